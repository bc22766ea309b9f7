//! Files that ripsaw wrote as inputs: Parquet, Arrow and CSV, by themselves and in data sets.
//!
//! ```text
//! parquet ─┐                      ┌─ runs: the logs of a file, by the columns that name them
//! ipc ─────┼─ table: units of rows┤
//! csv ─────┘                      ├─ regroup: the same where the rows of all logs are mixed
//!                                 └─ stream: a log as lines of NDJSON, by text, cells and keys
//! ```
//!
//! The rows of a log become an entry, whose text is what the NDJSON output would be of it. So all that reads
//! text reads them: searches, context lines, counts. The format `ripsaw` makes rows of it again.

mod cells;
mod columns;
mod csv;
mod file;
pub(super) mod hive;
mod ipc;
mod json;
mod keys;
pub(crate) mod manifest;
mod mixed;
mod parquet;
mod regroup;
mod runs;
mod spill;
mod stream;
mod table;
mod text;
mod untyped;
mod windows;

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::backing::Backing;
use super::foreign::Foreign;
use super::log::Log;

pub(crate) use columns::{COLUMNS, ColumnSet};
pub(crate) use file::{Place as WrittenPlace, WrittenFile};
pub(super) use manifest::{MANIFEST, Manifest, file_of, is_inside};
pub(crate) use stream::{LogPart, WrittenLog};
pub(crate) use table::Bounds;
pub use table::is_decoding;
pub(crate) use windows::Windows;

use table::Source;

/// The formats of files of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// Parquet.
    Parquet,
    /// Arrow IPC, file or stream.
    Arrow,
    /// CSV.
    Csv,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub(super) enum Stored {
    /// In a file of this size.
    File(PathBuf, u64),
    /// In a part of one, or in memory.
    Part(Arc<Backing>, Range<u64>),
}

/// The logs of a file, in the order of their first rows.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) logs: Vec<WrittenLog>,
}

/// Opens a file; `None` if ripsaw did not write it.
///
/// # Errors
/// Why it cannot be read, if nothing shows who wrote it.
pub(super) fn open(
    container: Container,
    stored: Stored,
    place: WrittenPlace,
    threads: usize,
) -> io::Result<Option<Opened>> {
    let source = match stored {
        Stored::File(path, bytes) => Source::File(path, bytes),
        Stored::Part(backing, range) => Source::Part(backing, range),
    };
    let bytes = source.len();
    let (rows, is_untyped): (Box<dyn table::Rows>, bool) = match container {
        Container::Parquet => (Box::new(parquet::Parquet::open(source)?), false),
        Container::Arrow => (Box::new(ipc::Ipc::open(source)?), false),
        Container::Csv => match csv::Csv::open(source)? {
            Some(rows) => (Box::new(rows), true),
            None => return Ok(None),
        },
    };
    let Some(file) = WrittenFile::of(rows, place, bytes, is_untyped) else { return Ok(None) };
    let file = Arc::new(file);
    let (runs, failure) = match file.is_mixed() {
        true => regroup::find(&file, threads),
        false => runs::find(&file, threads),
    };
    let log = |run: runs::Run| {
        let part = LogPart { file: Arc::clone(&file), spans: run.spans, lowest: run.lowest };
        let (log, has_stages) = (run.log, run.has_stages);
        WrittenLog { log, has_stages, parts: vec![part], failure: None }
    };
    let mut logs: Vec<WrittenLog> = runs.into_iter().map(log).collect();
    // A file without rows is a log without lines. What is lost of a file is missing from its last log.
    if logs.is_empty() {
        let log = file.log();
        logs.push(WrittenLog { log, has_stages: false, parts: Vec::new(), failure: None });
    }
    if let Some(last) = logs.last_mut() {
        last.failure = failure;
    }
    Ok(Some(Opened { logs }))
}

impl Container {
    /// The format of a file that is no text.
    pub(super) fn of(foreign: &Foreign) -> Option<Self> {
        match foreign.name {
            "Parquet file" => Some(Self::Parquet),
            "Arrow file" | "Arrow stream" => Some(Self::Arrow),
            "CSV file that ripsaw wrote" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Whether a file that is not text may have rows that ripsaw wrote.
pub(super) fn may_be_rows(foreign: &Foreign) -> bool {
    Container::of(foreign).is_some()
}

impl WrittenLog {
    /// Whether it has no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What it is called.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Whether its rows name their stage themselves.
    pub(crate) fn has_stages(&self) -> bool {
        self.has_stages
    }

    /// The files that it is in.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<WrittenFile>> {
        self.parts.iter().map(|part| &part.file)
    }

    /// The same without the rows of some units. `is_kept` is given the number of a file, that of a unit, what is
    /// known of it, and how many of its rows the log has.
    pub(crate) fn retain(
        &self,
        mut is_kept: impl FnMut((u64, usize), &Bounds, u64) -> bool,
    ) -> Self {
        let part = |part: &LogPart| {
            let mut kept = Vec::new();
            for spans in part.spans.chunk_by(|one, other| one.unit == other.unit) {
                let rows = spans.iter().map(|span| span.rows.end - span.rows.start).sum();
                let unit = spans[0].unit;
                if is_kept((part.file.number, unit), &part.file.bounds(unit), rows) {
                    kept.extend_from_slice(spans);
                }
            }
            LogPart { spans: kept, ..part.clone() }
        };
        let mut parts: Vec<LogPart> = self.parts.iter().map(part).collect();
        parts.retain(|part| !part.spans.is_empty());
        Self { parts, ..self.clone() }
    }

    /// About how many bytes its text has.
    pub(super) fn text_bytes(&self) -> u64 {
        /// A row with its names, more or less.
        const ROW: u64 = 400;
        self.rows().saturating_mul(ROW)
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.parts.iter().map(LogPart::rows).sum()
    }

    /// Its share of the bytes of its files.
    pub(super) fn stored_bytes(&self) -> u64 {
        let share = |part: &LogPart| {
            let all: u64 = part.file.rows.units().iter().sum();
            (u128::from(part.file.bytes) * u128::from(part.rows()) / u128::from(all.max(1))) as u64
        };
        self.parts.iter().map(share).sum()
    }
}
