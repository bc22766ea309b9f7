//! The rows of a file that is sorted by time, log by log: a unit is decoded once, and the text of its rows is kept in a
//! temporary file by log.
//!
//! Without it each log decodes all units that it has rows in, so that a file of a thousand logs is decoded a thousand
//! times.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;

use super::columns::{LINE, OF_LOG};
use super::file::WrittenFile;
use super::runs::Names;
use super::spill::{Chunk, Spill};
use super::table::damaged;
use super::text::{Lines, RowWriter};
use crate::error::Plain;
use crate::source::log::Log;

/// Logs that decode a unit for their own rows alone. With more of them, all of it is worth decoding.
const ALONE: u32 = 2;

/// Bytes of text that are put together before they are written.
const TEXT: usize = 32 << 20;

/// A unit of a file of rows.
#[derive(Debug, Default)]
pub(super) struct Regrouped {
    /// The logs that have decoded it.
    readers: Mutex<u32>,
    /// `None` if there is no place for it.
    decoded: OnceLock<Option<Decoded>>,
}

/// Rows of a unit.
#[derive(Debug, Default)]
struct Decoded {
    logs: HashMap<Log, Vec<Chunk>>,
    /// Why there are no more.
    failure: Option<String>,
}

/// The rows of a log that are not written yet.
struct Group {
    has_stages: bool,
    writer: RowWriter,
    lines: Lines,
    chunks: Vec<Chunk>,
}

impl Regrouped {
    /// Appends the rows of a log, and returns whether it did: the log should decode the unit itself if not.
    ///
    /// # Errors
    /// Why there are not all rows of it.
    pub(super) fn read(
        &self,
        (file, unit): (&WrittenFile, usize),
        log: &Log,
        out: &mut Lines,
    ) -> io::Result<bool> {
        {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            *readers = readers.saturating_add(1);
            if *readers <= ALONE {
                return Ok(false);
            }
        }
        let spill = file.spill();
        let decoded = self.decoded.get_or_init(|| decode(file, unit, spill).ok());
        let Some(Decoded { logs, failure }) = decoded else { return Ok(false) };
        for chunk in logs.get(log).into_iter().flatten() {
            spill.read(chunk, out)?;
        }
        match failure {
            Some(cause) => Err(damaged(cause.clone())),
            None => Ok(true),
        }
    }
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
    let names = file.columns.indices(&[&OF_LOG[..], &[LINE]].concat());
    let mut columns = [&names[..], &file.writer(&Log::default(), true).columns].concat();
    columns.sort_unstable();
    columns.dedup();
    let rows = file.rows.units()[unit];
    let before: u64 = file.rows.units()[..unit].iter().sum();
    let mut start = before;
    let mut bytes = 0;
    for batch in file.rows.read(&columns, unit, &[0..rows])? {
        let batch = batch?;
        for (log, (has_stages, rows)) in by_log(file, &project(&batch, &columns, &names)?, &names)?
        {
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

/// The rows of each log in a batch of the columns that name them, and whether they name their stage.
fn by_log(
    file: &WrittenFile,
    batch: &RecordBatch,
    columns: &[usize],
) -> io::Result<HashMap<Log, (bool, Vec<u32>)>> {
    let names = Names::of(file, columns, batch)?;
    let mut logs: HashMap<Log, (bool, Vec<u32>)> = HashMap::new();
    for rows in names.stretches() {
        let (log, has_stages) = names.log(file, rows.start);
        let own = logs.entry(log).or_default();
        own.0 |= has_stages;
        own.1.extend(rows.start as u32..rows.end as u32);
    }
    Ok(logs)
}
