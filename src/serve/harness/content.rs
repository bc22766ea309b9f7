//! The content of a log: its text as it is stored, or for a log of another format its rows as records of Harness.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::super::answer::Source;
use super::super::archive::Archive;
use super::super::body::Reader;
use super::super::zip::Opener;
use super::executions::Log;
use crate::scan::{LogRecord, Records};

/// Bytes of records that are written at once.
const WRITTEN: usize = 64 << 10;
/// What a record is made of.
const COLUMNS: [&str; 3] = ["timestamp", "level", "message"];

/// A log as a source.
pub(super) fn source(archive: &Arc<Archive>, log: &Log) -> Box<dyn Source> {
    match log.is_foreign {
        true => Box::new(Foreign { archive: Arc::clone(archive), entry: log.entry }),
        false => Box::new(archive.text(log.entry)),
    }
}

/// Opens a log from its beginning, again and again.
pub(super) fn opener(archive: &Arc<Archive>, log: &Log) -> Opener {
    let (archive, entry) = (Arc::clone(archive), log.entry);
    match log.is_foreign {
        true => Box::new(move || Ok(Box::new(RecordReader::open(&archive, entry)?))),
        false => Box::new(move || archive.catalog().text(entry)),
    }
}

/// A log of another format.
struct Foreign {
    archive: Arc<Archive>,
    entry: usize,
}

impl Source for Foreign {
    fn length(&self) -> Option<u64> {
        None
    }

    fn open(self: Box<Self>, from: u64) -> io::Result<Reader> {
        let mut records = RecordReader::open(&self.archive, self.entry)?;
        io::copy(&mut records.by_ref().take(from), &mut io::sink())?;
        Ok(Box::new(records))
    }
}

/// The rows of a log as lines of Harness.
struct RecordReader {
    records: Records,
    written: Cursor<Vec<u8>>,
    /// How many records there were.
    count: u64,
}

/// A line of Harness.
#[derive(Serialize)]
struct Line<'a> {
    level: Option<&'static str>,
    pos: u64,
    out: &'a str,
    time: Option<String>,
    args: Option<()>,
}

impl RecordReader {
    fn open(archive: &Archive, entry: usize) -> io::Result<Self> {
        let records = archive.records(entry, &COLUMNS).map_err(io::Error::other)?;
        Ok(Self { records, written: Cursor::default(), count: 0 })
    }

    fn write(&mut self, record: &LogRecord) -> io::Result<()> {
        let time = record.timestamp();
        let time = time.and_then(|time| Timestamp::from_nanosecond(time.into()).ok());
        let line = Line {
            level: record.level().map(|level| level.name()),
            pos: self.count,
            out: record.message().unwrap_or(""),
            time: time.map(|time| time.to_string()),
            args: None,
        };
        self.count += 1;
        let written = self.written.get_mut();
        serde_json::to_writer(&mut *written, &line)?;
        written.push(b'\n');
        Ok(())
    }

    /// Writes some more records.
    fn fill(&mut self) -> io::Result<()> {
        self.written.get_mut().clear();
        self.written.set_position(0);
        while self.written.get_ref().len() < WRITTEN {
            let Some(record) = self.records.next() else { break };
            self.write(&record.map_err(io::Error::other)?)?;
        }
        Ok(())
    }
}

impl Read for RecordReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.written.position() == self.written.get_ref().len() as u64 {
            self.fill()?;
        }
        self.written.read(into)
    }
}
