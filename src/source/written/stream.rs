//! The text of a log that is in files of rows: each row as a line of NDJSON, in the order of the lines of the
//! log.
//!
//! A log of a data set may be in several files, one for each day, say. Its rows are merged by the numbers of
//! their lines; a file is opened when the first of its lines comes. Within a file the order of rows stays as
//! it is, unless it was sorted by something else.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::file::WrittenFile;
use super::regroup;
use super::runs::Span;
use super::table::{Batches, damaged};
use super::text::{Lines, RowWriter};
use crate::error::Plain;
use crate::source::log::Log;

/// Rows of a log in one file.
#[derive(Debug, Clone)]
pub(crate) struct LogPart {
    pub(super) file: Arc<WrittenFile>,
    pub(super) spans: Vec<Span>,
    /// No line has a lower number.
    pub(super) lowest: i64,
}

/// A log that is in files of rows.
#[derive(Debug, Clone)]
pub(crate) struct WrittenLog {
    pub(super) log: Log,
    /// Its rows name their stage themselves.
    pub(in crate::source) has_stages: bool,
    pub(in crate::source) parts: Vec<LogPart>,
    /// Why there is no more of it.
    pub(in crate::source) failure: Option<String>,
}

impl LogPart {
    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.spans.iter().map(|span| span.rows.end - span.rows.start).sum()
    }
}

impl WrittenLog {
    /// Its text, front to back.
    pub(crate) fn open(self: &Arc<Self>) -> impl Read + Send + use<> {
        let mut waiting: Vec<usize> = (0..self.parts.len()).collect();
        // The last is the next to be opened.
        waiting.sort_by_key(|&at| Reverse((self.parts[at].lowest, at)));
        LogReader {
            log: Arc::clone(self),
            waiting,
            open: self.parts.iter().map(|_| None).collect(),
            heads: BinaryHeap::new(),
            failure: self.failure.clone(),
            text: Vec::new(),
            given: 0,
        }
    }
}

/// Reads a log.
struct LogReader {
    log: Arc<WrittenLog>,
    /// Parts that are not open yet.
    waiting: Vec<usize>,
    /// By part.
    open: Vec<Option<PartReader>>,
    /// The next line of each open part.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    /// Returned after all text.
    failure: Option<String>,
    text: Vec<u8>,
    /// How much of the text is given.
    given: usize,
}

/// Bytes of text that are put together at a time.
const CHUNK: usize = 256 << 10;

impl LogReader {
    /// Fills the text with what comes next; nothing at the end.
    fn refill(&mut self) {
        self.text.clear();
        self.given = 0;
        while self.text.len() < CHUNK {
            // A part whose lines may be before all others is opened first.
            let next = self.heads.peek().map(|Reverse((line, _))| *line);
            if let Some(&part) = self.waiting.last()
                && next.is_none_or(|line| self.log.parts[part].lowest <= line)
            {
                self.waiting.pop();
                self.open[part] = Some(PartReader::new(&self.log, part));
                self.advance(part);
                continue;
            }
            let Some(Reverse((_, part))) = self.heads.pop() else { break };
            let Some(reader) = &mut self.open[part] else { break };
            // With one part there is nothing to compare with.
            match self.heads.is_empty() && self.waiting.is_empty() {
                true => reader.take_all(&mut self.text),
                false => reader.take_row(&mut self.text),
            }
            self.advance(part);
        }
    }

    /// Finds the next line of a part.
    fn advance(&mut self, part: usize) {
        let Some(reader) = &mut self.open[part] else { return };
        match reader.next_line() {
            Ok(Some(line)) => self.heads.push(Reverse((line, part))),
            Ok(None) => self.open[part] = None,
            Err(error) => {
                // Other files have their rows all the same. Of several causes the first is as good as any.
                self.failure.get_or_insert_with(|| Plain(&error).to_string());
                self.open[part] = None;
            }
        }
    }
}

impl Read for LogReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.given == self.text.len() {
            self.refill();
        }
        let length = into.len().min(self.text.len() - self.given);
        into[..length].copy_from_slice(&self.text[self.given..][..length]);
        self.given += length;
        match self.failure.take_if(|_| length == 0) {
            Some(failure) => Err(damaged(failure)),
            None => Ok(length),
        }
    }
}

/// Reads the rows of a log in one file.
struct PartReader {
    log: Arc<WrittenLog>,
    file: Arc<WrittenFile>,
    writer: RowWriter,
    /// What is not read yet.
    spans: VecDeque<Span>,
    /// The rows that are being read, and the numbers in the file of those that come next.
    batches: Option<(Batches, Numbers)>,
    /// Rows that are read, and how many of them are given.
    lines: Lines,
    next: usize,
    /// The rows must be put in order first.
    must_sort: bool,
    failure: Option<io::Error>,
}

impl PartReader {
    fn new(log: &Arc<WrittenLog>, part: usize) -> Self {
        let LogPart { file, spans, .. } = &log.parts[part];
        Self {
            log: Arc::clone(log),
            writer: file.writer(&log.log, log.has_stages),
            file: Arc::clone(file),
            spans: spans.iter().cloned().collect(),
            batches: None,
            lines: Lines::default(),
            next: 0,
            must_sort: file.rows.is_sorted_otherwise(),
            failure: None,
        }
    }

    /// The number of the next line; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<i64>> {
        if std::mem::take(&mut self.must_sort) {
            self.sort();
        }
        loop {
            if let Some((line, _)) = self.lines.rows.get(self.next) {
                return Ok(Some(*line));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            self.lines.clear();
            self.next = 0;
            if !self.read_more()? {
                return Ok(None);
            }
        }
    }

    /// Reads the next batch, if there is one.
    fn read_more(&mut self) -> io::Result<bool> {
        loop {
            if let Some((batches, numbers)) = &mut self.batches {
                match batches.next() {
                    Some(Ok(batch)) => {
                        let number = || numbers.next().unwrap_or_default();
                        let written = self.writer.write(&batch, number, &mut self.lines);
                        written.map_err(|error| self.named(&error))?;
                        return Ok(true);
                    }
                    Some(Err(error)) => return Err(self.named(&error)),
                    None => self.batches = None,
                }
            }
            let Some(unit) = self.spans.front().map(|span| span.unit) else { return Ok(false) };
            let regrouped = regroup::read(&self.file, unit, &self.log.log, &mut self.lines);
            let is_read = regrouped.map_err(|error| self.named(&error))?;
            let mut ranges = Vec::new();
            while self.spans.front().is_some_and(|next| next.unit == unit) {
                ranges.extend(self.spans.pop_front().map(|next| next.rows));
            }
            if is_read {
                return Ok(true);
            }
            if self.file.is_mixed() {
                ranges.clear();
                // Damage shows again when they are read.
                let _ = regroup::ranges_of(&self.file, unit, &self.log.log, &mut ranges);
            }
            let batches = self.file.read(&self.writer.columns, unit, &ranges);
            let batches = batches.map_err(|error| self.named(&error))?;
            let before: u64 = self.file.rows.units()[..unit].iter().sum();
            self.batches = Some((batches, Numbers { before, ranges: ranges.into() }));
        }
    }

    /// Reads all rows and puts them in the order of their lines.
    fn sort(&mut self) {
        loop {
            match self.read_more() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        self.lines = self.lines.sorted();
    }

    /// An error of the file.
    fn named(&self, error: &io::Error) -> io::Error {
        damaged(format!("{}: {}", self.file.name, Plain(error)))
    }

    /// Gives the next row.
    fn take_row(&mut self, text: &mut Vec<u8>) {
        let start = self.lines.start(self.next);
        let end = self.lines.start(self.next + 1);
        text.extend_from_slice(&self.lines.text[start..end]);
        self.next += 1;
    }

    /// Gives all rows that are read.
    fn take_all(&mut self, text: &mut Vec<u8>) {
        let start = self.lines.start(self.next);
        text.extend_from_slice(&self.lines.text[start..]);
        self.next = self.lines.rows.len();
    }
}

/// The numbers of rows in their file, from 1.
struct Numbers {
    before: u64,
    ranges: VecDeque<Range<u64>>,
}

impl Numbers {
    fn next(&mut self) -> Option<i64> {
        loop {
            match self.ranges.front_mut()?.next() {
                Some(row) => return Some((self.before + row) as i64 + 1),
                None => drop(self.ranges.pop_front()),
            }
        }
    }
}
