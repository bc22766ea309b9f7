//! `--count-by`: the number of rows for each value of a column, or for each combination of values.
//!
//! A [`Key`] is a column of the table `lines`, a span of time, or a key of JSON records. Names are counted with
//! what contains them: the steps `Test` of two stages are different. All counts are in memory until the last
//! row has been read.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;

use arrow::array::RecordBatch;
use ripsaw::index::{BlockCounts, Counting};
use ripsaw::query::KeyText;
use ripsaw::record::level::Level;
use ripsaw::source::Catalog;
use ripsaw::table::{Column, cell_text};
use serde_json::Value;

use super::super::key_names::COUNT_BY;
use super::super::layout::{column_width, width_of};
use super::super::names::separator;
use super::super::terminal::printable;
use super::count_key::{Key, Scalar, value};
use super::form::{one_cell, one_line};
use super::hits::{Part, Printer};
use super::keys::column_of;
use super::page::Extent;
use super::rows::Rows;

/// What is counted, and how it is printed.
#[derive(Debug, Clone)]
pub(super) struct CountBy {
    /// Each part of a key of the map: what it is read from.
    sources: Vec<Key>,
    /// The column of each, by index.
    columns: Vec<usize>,
    /// The keys as given: which sources each has, outermost first.
    groups: Vec<Range<usize>>,
    /// Objects of JSON.
    pub(super) json: bool,
    /// Aligned for people, on a terminal or not.
    pretty: bool,
    /// Which of the counts are printed.
    extent: Extent,
}

impl CountBy {
    /// Counts by these keys; one that is given twice counts once. The keys of records are added to `texts`.
    pub(super) fn new(
        keys: &[Key],
        extent: Extent,
        (json, pretty): (bool, bool),
        texts: &mut Vec<(KeyText, &'static str)>,
    ) -> Self {
        let (sources, groups) = (Vec::new(), Vec::new());
        let mut by = Self { sources, columns: Vec::new(), groups, json, pretty, extent };
        for (at, key) in keys.iter().enumerate() {
            if keys[..at].contains(key) {
                continue;
            }
            // `stage,step`: what contains a name is not repeated where it is a key itself.
            let path = key.path();
            let above = keys.iter().map(Key::path).filter(|other| other.len() < path.len());
            let above: Vec<Key> = above.flatten().collect();
            let start = by.sources.len();
            by.sources.extend(path.into_iter().filter(|part| part == key || !above.contains(part)));
            by.groups.push(start..by.sources.len());
        }
        let column = |key: &Key| match key {
            Key::Column(column) => column.index(),
            Key::Span(_) => Column::Timestamp.index(),
            Key::Record(path) => column_of(path, COUNT_BY, json, texts),
        };
        by.columns = by.sources.iter().map(column).collect();
        by
    }

    /// How blocks of rows are counted; `None` if their rows must be looked at.
    pub(super) fn counting(&self, catalog: &Catalog) -> Option<Counting> {
        let mut counting = Counting::default();
        for source in &self.sources {
            match source {
                Key::Column(Column::Level) => {}
                Key::Column(Column::Stage) => {
                    // Rows may name it themselves.
                    catalog.entries.iter().all(|entry| entry.stages.is_empty()).then_some(())?;
                }
                Key::Column(column) if Column::OF_ENTRY.contains(column) => {}
                Key::Span(span) if counting.span.is_none() => counting.span = Some(span.nanos()),
                _ => return None,
            }
        }
        Some(counting)
    }

    /// The columns that are read, by index in the table.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.columns.clone()
    }
}

/// One value per source; `None` is null.
type Values = Vec<Option<Scalar>>;

/// Values and how many rows have them.
type Counted = (Values, u64);

/// Counts rows, and prints the counts at the end.
pub(super) struct CountPrinter<W> {
    out: W,
    by: CountBy,
    /// Rows so far. Memory grows with the number of different values.
    counts: HashMap<Values, u64>,
    /// The values of the row that is looked at, kept for its memory.
    values: Values,
    /// Align columns, and escape control characters.
    for_people: bool,
    /// The names of entries, as their rows have them; `None` without an index, as rows are counted one by one then.
    entries: Option<RecordBatch>,
}

impl<W> CountPrinter<W> {
    /// `entries`: the names of all entries, if an index may count their rows.
    pub(super) fn new(
        out: W,
        by: CountBy,
        on_terminal: bool,
        entries: Option<RecordBatch>,
    ) -> Self {
        let for_people = on_terminal || by.pretty;
        Self { out, by, counts: HashMap::new(), values: Vec::new(), for_people, entries }
    }

    /// What rows of a block have that are of a level, or of none.
    fn values_of(&self, counts: &BlockCounts, level: usize) -> Values {
        let value = |source: &Key| match source {
            Key::Column(Column::Level) => {
                Level::NAMES.get(level).map(|name| (*name).into()).map(Scalar::Text)
            }
            Key::Column(column) => {
                let names = self.entries.as_ref()?.column_by_name(column.name())?;
                cell_text(names, counts.entry).map(|name| Scalar::Text(name.into_owned()))
            }
            Key::Span(span) => counts.first.map(|first| Scalar::Number(span.begin(first))),
            Key::Record(_) => None,
        };
        self.by.sources.iter().map(value).collect()
    }
}

impl<W: Write> Printer for CountPrinter<W> {
    /// Counts the matches; they come on one thread, so no lock is needed.
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        for &row in &part.hits {
            self.values.clear();
            let sources = self.by.sources.iter().zip(self.by.columns.iter().copied());
            let json = self.by.json;
            self.values.extend(sources.map(|source| value(source, json, rows, row)));
            match self.counts.get_mut(&self.values) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(self.values.clone(), 1);
                }
            }
        }
        Ok(())
    }

    fn counted(&mut self, counts: &BlockCounts) {
        for (level, &count) in counts.levels.iter().enumerate().filter(|(_, count)| **count > 0) {
            *self.counts.entry(self.values_of(counts, level)).or_default() += count;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Prints a line per key: only now are the counts complete.
    fn finish(&mut self) -> io::Result<()> {
        let mut counts: Vec<Counted> = self.counts.drain().collect();
        // Each value once, so this is an order that does not depend on the hash map's.
        counts.sort_unstable();
        let mut ordered = Vec::with_capacity(counts.len());
        order(&counts, &self.by, 0, &mut ordered);
        let from = match self.by.extent {
            Extent::Last(last) => ordered.len().saturating_sub(last),
            Extent::All | Extent::First(_) => 0,
        };
        if let Extent::First(first) = self.by.extent {
            ordered.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        }
        let printed = &ordered[from..];
        match (self.by.json, self.for_people) {
            (true, _) => printed.iter().try_for_each(|counted| self.print_json(counted)),
            (false, true) => self.print_aligned(printed),
            (false, false) => printed.iter().try_for_each(|(values, count)| {
                writeln!(self.out, "{count}\t{}", names(&self.by, values, false).join("\t"))
            }),
        }
    }
}

/// Appends counts in the order in which they are printed: by the first key, then by the second and so on.
/// Times ascend; other values begin with that of the largest count in total. `counts` are sorted by value
/// and agree in the keys before `key`.
fn order<'a>(counts: &'a [Counted], by: &CountBy, key: usize, ordered: &mut Vec<&'a Counted>) {
    let Some(group) = by.groups.get(key) else { return ordered.extend(counts) };
    let mut chunks: Vec<&[Counted]> =
        counts.chunk_by(|(a, _), (b, _)| a[group.clone()] == b[group.clone()]).collect();
    if !by.sources[group.start].is_time() {
        // Stable: of equal totals the smaller value comes first.
        chunks.sort_by_key(|chunk| Reverse(chunk.iter().map(|(_, count)| count).sum::<u64>()));
    }
    chunks.into_iter().for_each(|chunk| order(chunk, by, key + 1, ordered));
}

impl<W: Write> CountPrinter<W> {
    /// Prints the columns of the table by their names, and `count`.
    fn print_json(&mut self, (values, count): &Counted) -> io::Result<()> {
        for (at, (key, value)) in self.by.sources.iter().zip(values).enumerate() {
            let begin = if at == 0 { '{' } else { ',' };
            let name = Value::from(key.name());
            write!(self.out, "{begin}{name}:{}", key.json(value.as_ref()))?;
        }
        writeln!(self.out, ",\"count\":{count}}}")
    }

    /// Prints aligned columns: counts to the right, names to the left.
    fn print_aligned(&mut self, printed: &[&Counted]) -> io::Result<()> {
        let rows: Vec<(u64, Vec<String>)> =
            printed.iter().map(|(values, count)| (*count, names(&self.by, values, true))).collect();
        let digits = rows.iter().map(|(count, _)| count.to_string().len()).max().unwrap_or(0);
        let columns = self.by.groups.len();
        let widest =
            |column: usize| column_width(rows.iter().map(|(_, names)| width_of(&names[column])));
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        for (count, names) in &rows {
            write!(self.out, "{count:digits$}")?;
            for (at, (name, width)) in names.iter().zip(&widths).enumerate() {
                // Nothing after the last column: lines that end in blanks wrap.
                let pad = if at + 1 == columns { 0 } else { width.saturating_sub(width_of(name)) };
                write!(self.out, "  {name}{:pad$}", "")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }
}

/// The names of the keys, one each: its values without those that are null, or `(none)` if the key's own
/// is null.
fn names(by: &CountBy, values: &[Option<Scalar>], for_people: bool) -> Vec<String> {
    let separator = if for_people { separator() } else { "/" };
    let part = |at: usize| {
        let text = by.sources[at].text(values[at].as_ref())?;
        Some(match by.sources[at] {
            _ if !for_people => text.into_owned(),
            // Groups inside groups.
            Key::Column(Column::StepGroup) => printable(&text).replace('/', separator),
            _ => printable(&text).into_owned(),
        })
    };
    let name = |group: &Range<usize>| {
        let mut parts: Vec<String> = (group.start..group.end - 1).filter_map(part).collect();
        parts.push(part(group.end - 1).unwrap_or_else(|| "(none)".into()));
        let name = parts.join(separator);
        match by.groups.len() {
            _ if for_people => name,
            // One key needs no separator, so backslashes and tabs stay.
            1 => one_line(&name).into_owned(),
            _ => one_cell(&name).into_owned(),
        }
    };
    by.groups.iter().map(name).collect()
}
