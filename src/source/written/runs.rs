//! Which logs the rows of a file are of: a pass over the columns that name them and the numbers of lines.
//!
//! ripsaw writes entry by entry, so that the rows of a log are adjacent. A log that is there twice, as of
//! an input that was given twice, begins again at its first line. In a file that was sorted by time, the
//! rows of all logs are mixed: see [`regroup`](super::regroup).

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use twox_hash::XxHash3_64;

use super::cells::{Cells, texts};
use super::columns::{COLUMNS, Kind, LINE, NAMES, OF_LOG, RUN};
use super::file::WrittenFile;
use crate::error::Plain;
use crate::parallel;
use crate::source::log::Log;

/// Rows of one log in a file.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) log: Log,
    /// Its rows name their stage themselves.
    pub(super) has_stages: bool,
    /// Its rows, by unit.
    pub(super) spans: Vec<Span>,
    /// The number of its first line, and the lowest and the highest.
    pub(super) first: i64,
    pub(super) lowest: i64,
    pub(super) highest: i64,
}

/// Rows of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) unit: usize,
    pub(super) rows: Range<u64>,
}

impl Run {
    /// Adds the rows of another one, which come after its own.
    pub(super) fn append(&mut self, other: Self) {
        for span in other.spans {
            match self.spans.last_mut() {
                Some(last) if last.unit == span.unit && last.rows.end == span.rows.start => {
                    last.rows.end = span.rows.end;
                }
                _ => self.spans.push(span),
            }
        }
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
    }
}

/// Adjacent rows of one log in a unit.
struct Stretch {
    run: Run,
    /// Rows whose lines are as low as none before them in the stretch: there the log may begin again.
    lows: Vec<(u64, i64)>,
    last: i64,
}

/// What the pass over a unit has found.
#[derive(Default)]
struct Found {
    stretches: Vec<Stretch>,
    failure: Option<String>,
}

/// The logs of a file in the order of their first rows, and why they are not all there is.
pub(super) fn find(file: &WrittenFile, threads: usize) -> (Vec<Run>, Option<String>) {
    let units: Vec<usize> = (0..file.rows.units().len()).collect();
    // Each is a pass over thousands of rows.
    let found = parallel::map(&units, threads, usize::MAX, |&unit| look(file, unit));
    let mut stretches = Vec::new();
    let mut failure = file.rows.failure().map(str::to_owned);
    for unit in found {
        stretches.extend(unit.stretches);
        if unit.failure.is_some() {
            failure = unit.failure;
            break;
        }
    }
    let failure = failure.map(|cause| format!("{}: {cause}", file.name));
    (in_order(stretches), failure)
}

/// The runs of a file whose rows are in the order of the logs.
fn in_order(stretches: Vec<Stretch>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    // The last run of each log.
    let mut known: HashMap<Log, usize> = HashMap::new();
    for Stretch { run, lows, last: end } in stretches {
        let before = known.get(&run.log).copied();
        let is_adjacent = before.is_some_and(|at| at + 1 == runs.len());
        let mut pieces = match before {
            // The log begins again, or continues.
            Some(at) if is_adjacent => pieces(run, &lows, (runs[at].first, last)),
            _ => {
                let first = run.first;
                pieces(run, &lows, (first, None))
            }
        }
        .into_iter();
        if let Some((is_new, piece)) = pieces.next() {
            match before {
                Some(at) if !is_new && (is_adjacent || piece.lowest > runs[at].highest) => {
                    runs[at].append(piece);
                }
                _ => {
                    known.insert(piece.log.clone(), runs.len());
                    runs.push(piece);
                }
            }
        }
        for (_, piece) in pieces {
            known.insert(piece.log.clone(), runs.len());
            runs.push(piece);
        }
        last = Some(end);
    }
    runs
}

/// Cuts adjacent rows where the log begins again: at its `first` line, after a later one. Each piece says
/// whether it does. `last`: the line before them, of the same log.
fn pieces(run: Run, lows: &[(u64, i64)], (first, last): (i64, Option<i64>)) -> Vec<(bool, Run)> {
    let Some(Span { unit, rows }) = run.spans.first().cloned() else { return Vec::new() };
    let begins = last.is_some_and(|last| last > first) && run.first == first;
    let mut starts = vec![(rows.start, begins)];
    starts.extend(lows.iter().filter(|(_, line)| *line == first).map(|(row, _)| (*row, true)));
    let ends = starts[1..].iter().map(|(row, _)| *row).chain([rows.end]);
    let cut = |((start, is_new), end): (&(u64, bool), u64)| {
        let spans = vec![Span { unit, rows: *start..end }];
        (*is_new, Run { spans, ..run.clone() })
    };
    starts.iter().zip(ends).map(cut).collect()
}

/// Looks at the rows of a unit.
fn look(file: &WrittenFile, unit: usize) -> Found {
    let mut found = Found::default();
    if let Err(error) = look_into(file, unit, &mut found.stretches) {
        found.failure = Some(Plain(&error).to_string());
    }
    found
}

fn look_into(file: &WrittenFile, unit: usize, found: &mut Vec<Stretch>) -> io::Result<()> {
    let rows = file.rows.units()[unit];
    let before: u64 = file.rows.units()[..unit].iter().sum();
    let columns = file.columns.indices(&NAMES);
    if columns.is_empty() {
        let log = file.log();
        add(found, unit, 0..rows.min(1), (&log, false), |row| number(before, row));
        // Without a look at each: there may be as many as the file pleases to say.
        if let Some(Stretch { run, last, .. }) = found.last_mut().filter(|_| rows > 0) {
            (run.highest, *last) = (number(before, rows - 1), number(before, rows - 1));
            if let Some(span) = run.spans.last_mut() {
                span.rows.end = rows;
            }
        }
        return Ok(());
    }
    let mut start = 0;
    let all = 0..rows;
    for batch in file.read(&columns, unit, std::slice::from_ref(&all))? {
        let batch = Names::of(file, &columns, &batch?)?;
        let end = start + batch.rows as u64;
        for stretch in batch.stretches() {
            let (log, has_stages) = batch.log(file, stretch.start);
            let rows = start + stretch.start as u64..start + stretch.end as u64;
            let line = |row: u64| match &batch.lines {
                Some(lines) if !lines.is_null((row - start) as usize) => {
                    lines.value((row - start) as usize)
                }
                _ => number(before, row),
            };
            add(found, unit, rows, (&log, has_stages), line);
        }
        start = end;
    }
    Ok(())
}

/// The number of a row, from 1, after so many others.
pub(super) fn number(before: u64, row: u64) -> i64 {
    i64::try_from(before.saturating_add(row)).unwrap_or(i64::MAX).saturating_add(1)
}

/// Adds adjacent rows of a log.
fn add(
    found: &mut Vec<Stretch>,
    unit: usize,
    rows: Range<u64>,
    (log, has_stages): (&Log, bool),
    line: impl Fn(u64) -> i64,
) {
    if rows.is_empty() {
        return;
    }
    if found.last().is_none_or(|last| last.run.log != *log) {
        let first = line(rows.start);
        let spans = vec![Span { unit, rows: rows.start..rows.start }];
        let (lowest, highest) = (first, first);
        let run = Run { log: log.clone(), has_stages, spans, first, lowest, highest };
        found.push(Stretch { run, lows: Vec::new(), last: first });
    }
    let Some(Stretch { run, lows, last }) = found.last_mut() else { return };
    run.has_stages |= has_stages;
    for row in rows.clone() {
        let line = line(row);
        if line < *last && line <= run.lowest {
            lows.push((row, line));
        }
        run.lowest = run.lowest.min(line);
        run.highest = run.highest.max(line);
        *last = line;
    }
    if let Some(span) = run.spans.last_mut() {
        span.rows.end = rows.end;
    }
}

/// The columns of a batch that name logs.
pub(super) struct Names {
    rows: usize,
    /// With the places of their columns.
    texts: Vec<(usize, StringArray)>,
    runs: Option<Int64Array>,
    pub(super) lines: Option<Int64Array>,
}

impl Names {
    /// Those of a batch of these columns of a file.
    pub(super) fn of(
        file: &WrittenFile,
        columns: &[usize],
        batch: &RecordBatch,
    ) -> io::Result<Self> {
        let mut names = Self { rows: batch.num_rows(), texts: Vec::new(), runs: None, lines: None };
        for (index, column) in columns.iter().enumerate() {
            let place = file.columns.fixed.iter().position(|own| *own == Some(*column));
            let array = batch.column(index);
            match place {
                Some(place @ (LINE | RUN)) => {
                    let Cells::Integers(values) = Cells::of(Kind::Integer, array)? else {
                        continue;
                    };
                    let to = if place == LINE { &mut names.lines } else { &mut names.runs };
                    *to = Some(values);
                }
                Some(place) => names.texts.push((place, texts(array)?)),
                None => {}
            }
        }
        Ok(names)
    }

    /// Adjacent rows of one log.
    pub(super) fn stretches(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at;
            at = (at + 1..self.rows).find(|&row| !self.is_same(row)).unwrap_or(self.rows);
            (start < at).then_some(start..at)
        })
    }

    /// The rows of each log with the first of them, however the logs are mixed.
    pub(super) fn by_log(&self) -> Vec<(usize, Vec<u32>)> {
        let mut logs: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
        for rows in self.stretches() {
            let alike = known.entry(self.hash(rows.start)).or_default();
            let at = alike.iter().find(|&&at| self.are_same(logs[at].0, rows.start));
            let at = at.copied().unwrap_or_else(|| {
                alike.push(logs.len());
                logs.push((rows.start, Vec::new()));
                logs.len() - 1
            });
            logs[at].1.extend(rows.start as u32..rows.end as u32);
        }
        logs
    }

    /// A hash of the bundle and the file of a row: logs that have both in common are few.
    fn hash(&self, row: usize) -> u64 {
        let most = OF_LOG[1];
        let own =
            self.texts.iter().filter(|(place, values)| *place <= most && !values.is_null(row));
        own.fold(0, |hash, (_, values)| {
            XxHash3_64::oneshot_with_seed(hash, values.value(row).as_bytes())
        })
    }

    /// Whether a row is of the same log as the row before.
    fn is_same(&self, row: usize) -> bool {
        self.are_same(row - 1, row)
    }

    /// Whether two rows are of the same log.
    fn are_same(&self, one: usize, other: usize) -> bool {
        self.texts.iter().all(|(_, values)| same_text(values, one, other))
            && self.runs.as_ref().is_none_or(|runs| {
                runs.is_null(other) == runs.is_null(one)
                    && (runs.is_null(other) || runs.value(other) == runs.value(one))
            })
    }

    /// The log of a row, and whether its rows name their stage.
    pub(super) fn log(&self, file: &WrittenFile, row: usize) -> (Log, bool) {
        let mut log = file.log();
        for (place, values) in &self.texts {
            log.set(COLUMNS[*place], (!values.is_null(row)).then(|| values.value(row)));
        }
        if let Some(runs) = &self.runs {
            log.identity.run = (!runs.is_null(row)).then(|| runs.value(row));
        }
        let has_stages = file.take_stage(&mut log);
        (log, has_stages)
    }
}

/// Whether two rows have the same text.
fn same_text(values: &StringArray, one: usize, other: usize) -> bool {
    match (values.is_null(one), values.is_null(other)) {
        (false, false) => values.value(one) == values.value(other),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Log, Stretch, add, in_order};

    /// The rows of a file: the name of a log, and the numbers of its lines.
    fn stretches(rows: &[(&str, &[i64])]) -> Vec<Stretch> {
        let mut found = Vec::new();
        let mut at = 0;
        for (file, lines) in rows {
            let log = Log { file: (*file).to_owned(), ..Log::default() };
            let rows = at..at + lines.len() as u64;
            add(&mut found, 0, rows, (&log, false), |row| lines[(row - at) as usize]);
            at += lines.len() as u64;
        }
        found
    }

    /// Each run with the number of its rows.
    fn runs(rows: &[(&str, &[i64])]) -> Vec<(String, u64)> {
        let runs = in_order(stretches(rows));
        let rows =
            |run: &super::Run| run.spans.iter().map(|span| span.rows.end - span.rows.start).sum();
        runs.iter().map(|run| (run.log.file.clone(), rows(run))).collect()
    }

    fn named(runs: &[(&str, u64)]) -> Vec<(String, u64)> {
        runs.iter().map(|(file, rows)| ((*file).to_owned(), *rows)).collect()
    }

    #[test]
    fn a_log_that_begins_again_is_another() {
        // Once more, next to the first and after another.
        assert_eq!(runs(&[("a", &[1, 2, 3, 1, 2, 3])]), named(&[("a", 3), ("a", 3)]));
        assert_eq!(
            runs(&[("a", &[1, 2]), ("b", &[1]), ("a", &[1, 2])]),
            named(&[("a", 2), ("b", 1), ("a", 2)])
        );
        // It continues.
        assert_eq!(
            runs(&[("a", &[1, 2]), ("b", &[1]), ("a", &[3, 4])]),
            named(&[("a", 4), ("b", 1)])
        );
        // Records that end in another order than they begin, and several on one line.
        assert_eq!(runs(&[("a", &[2, 1, 3, 5, 4])]), named(&[("a", 5)]));
        assert_eq!(runs(&[("a", &[1, 1, 1, 2, 2])]), named(&[("a", 5)]));
    }
}
