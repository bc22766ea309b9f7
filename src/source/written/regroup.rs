//! The rows of a file that is sorted by time, log by log: a unit is decoded once, and the text of its rows is kept in a
//! temporary file by log.
//!
//! Without it each log decodes all units that it has rows in, so that a file of a thousand logs is decoded a thousand
//! times.

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use arrow::array::{Array as _, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;

use super::columns::NAMES;
use super::file::WrittenFile;
use super::mixed::Decoded;
use super::runs::{Names, Run, Span, number};
use super::spill::{Chunk, Spill};
use super::text::{Lines, RowWriter};
use crate::error::Plain;
use crate::parallel;
use crate::source::log::Log;

/// Bytes of text that are put together before they are written.
const TEXT: usize = 32 << 20;

/// The rows of a log that are not written yet.
struct Group {
    has_stages: bool,
    writer: RowWriter,
    lines: Lines,
    chunks: Vec<Chunk>,
}

/// Appends the rows of a log in a unit; see [`MixedUnit::read`](super::mixed::MixedUnit::read).
///
/// # Errors
/// Why there are not all rows of it.
pub(super) fn read(
    file: &WrittenFile,
    unit: usize,
    log: &Log,
    out: &mut Lines,
) -> io::Result<bool> {
    let Some(mixed) = file.mixed.get(unit) else { return Ok(false) };
    let spill = file.spill();
    mixed.read(log, spill, || decode(file, unit, spill), out)
}

/// The logs of a file in the order of their first rows, and why they are not all there is. Their spans have the number
/// of their rows in each unit: which these are is looked up when they are read.
pub(super) fn find(file: &WrittenFile, threads: usize) -> (Vec<Run>, Option<String>) {
    let units: Vec<usize> = (0..file.rows.units().len()).collect();
    let found = parallel::map(&units, threads, usize::MAX, |&unit| {
        let mut logs = Logs::default();
        let result = each_names(file, unit, |names, before| logs.add(file, unit, names, before));
        (logs.runs, result.err().map(|error| Plain(&error).to_string()))
    });
    let mut logs = Logs::default();
    let mut failure = file.rows.failure().map(str::to_owned);
    for (runs, own) in found {
        runs.into_iter().for_each(|run| logs.append(run));
        if own.is_some() {
            failure = own;
            break;
        }
    }
    (logs.runs, failure.map(|cause| format!("{}: {cause}", file.name)))
}

/// Runs, one a log.
#[derive(Default)]
struct Logs {
    runs: Vec<Run>,
    places: HashMap<Log, usize>,
}

impl Logs {
    /// Adds rows of a unit, which come after so many others of the file.
    fn add(&mut self, file: &WrittenFile, unit: usize, names: &Names, before: u64) {
        for (first, rows) in names.by_log() {
            let (log, has_stages) = names.log(file, first);
            let lines = rows.iter().map(|&row| line_of(names, before, row as usize));
            let (lowest, highest) = lines
                .fold((i64::MAX, i64::MIN), |(low, high), line| (low.min(line), high.max(line)));
            let rows = 0..rows.len() as u64;
            let first = line_of(names, before, first);
            let spans = vec![Span { unit, rows }];
            self.append(Run { log, has_stages, spans, first, lowest, highest });
        }
    }

    fn append(&mut self, run: Run) {
        let Some(&at) = self.places.get(&run.log) else {
            self.places.insert(run.log.clone(), self.runs.len());
            self.runs.push(run);
            return;
        };
        let own = &mut self.runs[at];
        own.has_stages |= run.has_stages;
        own.lowest = own.lowest.min(run.lowest);
        own.highest = own.highest.max(run.highest);
        for span in run.spans {
            match own.spans.last_mut().filter(|last| last.unit == span.unit) {
                Some(last) => last.rows.end += span.rows.end,
                None => own.spans.push(span),
            }
        }
    }
}

fn line_of(names: &Names, before: u64, row: usize) -> i64 {
    match &names.lines {
        Some(lines) if !lines.is_null(row) => lines.value(row),
        _ => number(before, row as u64),
    }
}

/// The rows of a log in a unit.
///
/// # Errors
/// Why the unit cannot be read; the rows before that are there.
pub(super) fn ranges_of(
    file: &WrittenFile,
    unit: usize,
    log: &Log,
    ranges: &mut Vec<Range<u64>>,
) -> io::Result<()> {
    let of_unit: u64 = file.rows.units()[..unit].iter().sum();
    each_names(file, unit, |names, before| {
        let is_own = |first: usize| names.log(file, first).0 == *log;
        let own = names.by_log().into_iter().filter(|(first, _)| is_own(*first));
        for row in own.flat_map(|(_, rows)| rows) {
            let row = before - of_unit + u64::from(row);
            match ranges.last_mut().filter(|last| last.end == row) {
                Some(last) => last.end += 1,
                None => ranges.push(row..row + 1),
            }
        }
    })
}

/// Goes over the names of the rows of a unit; `work` is given how many rows of the file come before.
fn each_names(
    file: &WrittenFile,
    unit: usize,
    mut work: impl FnMut(&Names, u64),
) -> io::Result<()> {
    let columns = file.columns.indices(&NAMES);
    let rows = file.rows.units()[unit];
    let mut before = file.rows.units()[..unit].iter().sum();
    for batch in file.rows.read(&columns, unit, std::slice::from_ref(&(0..rows)))? {
        let batch = batch?;
        work(&Names::of(file, &columns, &batch)?, before);
        before += batch.num_rows() as u64;
    }
    Ok(())
}

/// Decodes a unit.
///
/// # Errors
/// Why its rows cannot be kept.
fn decode(file: &WrittenFile, unit: usize, spill: &Spill) -> io::Result<Decoded> {
    let mut groups = HashMap::new();
    let mut failure = None;
    match each_batch(file, unit, &mut groups, spill) {
        Ok(()) => {}
        Err(Stop::Damaged(error)) => failure = Some(Plain(&error).to_string()),
        Err(Stop::Full(error)) => return Err(error),
    }
    write(&mut groups, spill)?;
    let logs = groups.into_iter().map(|(log, group)| (log, group.chunks)).collect();
    Ok(Decoded { logs, failure })
}

/// Why a unit is not read to its end.
enum Stop {
    Damaged(io::Error),
    Full(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Damaged(error)
    }
}

fn each_batch(
    file: &WrittenFile,
    unit: usize,
    groups: &mut HashMap<Log, Group>,
    spill: &Spill,
) -> Result<(), Stop> {
    let names = file.columns.indices(&NAMES);
    let mut columns = [&names[..], &file.writer(&Log::default(), true).columns].concat();
    columns.sort_unstable();
    columns.dedup();
    let rows = file.rows.units()[unit];
    let before: u64 = file.rows.units()[..unit].iter().sum();
    let mut start = before;
    let mut bytes = 0;
    for batch in file.rows.read(&columns, unit, std::slice::from_ref(&(0..rows)))? {
        let batch = batch?;
        let of_rows = Names::of(file, &names, &project(&batch, &columns, &names)?)?;
        for (first, rows) in of_rows.by_log() {
            let (log, has_stages) = of_rows.log(file, first);
            let new = |log: &Log, has_stages| Group {
                has_stages,
                writer: file.writer(log, has_stages),
                lines: Lines::default(),
                chunks: Vec::new(),
            };
            let group = groups.entry(log.clone()).or_insert_with(|| new(&log, has_stages));
            if has_stages && !group.has_stages {
                (group.has_stages, group.writer) = (true, file.writer(&log, true));
            }
            let own = project(&batch, &columns, &group.writer.columns)?;
            let own = take_record_batch(&own, &UInt32Array::from(rows.clone()));
            let mut numbers = rows.iter().map(|row| (start + u64::from(*row)) as i64 + 1);
            let number = || numbers.next().unwrap_or_default();
            let old = group.lines.text.len();
            group.writer.write(&own.map_err(io::Error::other)?, number, &mut group.lines)?;
            bytes += group.lines.text.len() - old;
        }
        start += batch.num_rows() as u64;
        if bytes > TEXT {
            write(groups, spill).map_err(Stop::Full)?;
            bytes = 0;
        }
    }
    Ok(())
}

/// Writes what is put together.
fn write(groups: &mut HashMap<Log, Group>, spill: &Spill) -> io::Result<()> {
    for group in groups.values_mut().filter(|group| !group.lines.rows.is_empty()) {
        group.chunks.push(spill.write(&std::mem::take(&mut group.lines))?);
    }
    Ok(())
}

/// Some columns of a batch that has others.
fn project(batch: &RecordBatch, has: &[usize], wanted: &[usize]) -> io::Result<RecordBatch> {
    let places: Vec<usize> =
        wanted.iter().filter_map(|column| has.binary_search(column).ok()).collect();
    batch.project(&places).map_err(io::Error::other)
}
