//! Logs of one kind, read side by side, their lines in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};

use super::lines::{Digests, Head, Line, Lines};
use super::waiting::Waiting;
use crate::source::Catalog;

type Source = Box<dyn Read + Send>;

/// Logs of one kind, their lines in the order of time.
pub(super) struct Side<'a> {
    catalog: &'a Catalog,
    digests: &'a Digests,
    pub(super) logs: Vec<Log>,
    /// Times of the next lines, logs, and line numbers (0 where a log is not open yet), the earliest
    /// first; among them some of lines that were taken out of turn.
    heads: BinaryHeap<Reverse<(i64, usize, i64)>>,
    pub(super) waiting: Waiting,
}

pub(super) struct Log {
    entry: usize,
    lines: Option<Lines<Source>>,
    head: Option<Line>,
    pub(super) count: i64,
    pub(super) blank: i64,
    pub(super) bytes: i64,
    pub(super) is_whole: bool,
}

impl<'a> Side<'a> {
    pub(super) fn new(catalog: &'a Catalog, entries: &[usize], digests: &'a Digests) -> Self {
        let log = |&entry: &usize| Log {
            entry,
            lines: None,
            head: None,
            count: 0,
            blank: 0,
            bytes: 0,
            is_whole: false,
        };
        let logs: Vec<Log> = entries.iter().map(log).collect();
        let first = |entry| {
            let line = first_lines(catalog, entry, digests, 4 << 10).into_iter().next();
            line.map(|line| line.time)
        };
        let times = entries.iter().map(|&entry| first(entry).unwrap_or(i64::MIN));
        let heads = times.zip(0..).map(|(time, log)| Reverse((time, log, 0))).collect();
        Self { catalog, digests, logs, heads, waiting: Waiting::default() }
    }

    /// The earliest line. Opens the log that it is in.
    pub(super) fn head(&mut self) -> Option<Head> {
        loop {
            let &Reverse((_, log, number)) = self.heads.peek()?;
            let head = self.head_of(log);
            if let Some(head) = head.filter(|head| head.line.number == number) {
                return Some(head);
            }
            self.heads.pop();
            if number == 0 {
                let entry = self.logs[log].entry;
                let source = self.catalog.text(entry).unwrap_or_else(|_| Box::new(Unreadable));
                self.logs[log].lines = Some(Lines::new(source, self.digests));
                self.pop(log);
            }
        }
    }

    /// The next line of a log that is open.
    pub(super) fn head_of(&self, log: usize) -> Option<Head> {
        Some(Head { line: self.logs[log].head?, log })
    }

    /// Goes on to the next line of a log.
    pub(super) fn pop(&mut self, log: usize) {
        let own = &mut self.logs[log];
        let Some(lines) = &mut own.lines else { return };
        own.head = lines.next();
        match own.head {
            Some(line) => {
                own.count += 1;
                self.heads.push(Reverse((line.time, log, line.number)));
            }
            None => {
                (own.blank, own.bytes) = (lines.blank_lines(), lines.bytes());
                own.is_whole = lines.is_whole();
                own.lines = None;
            }
        }
    }
}

/// The lines in the first bytes of an entry, without the last one where it may go on.
pub(super) fn first_lines(
    catalog: &Catalog,
    entry: usize,
    digests: &Digests,
    bytes: usize,
) -> Vec<Line> {
    let head = catalog.head(entry, bytes);
    let whole = if head.len() < bytes {
        &head[..]
    } else {
        &head[..memchr::memrchr(b'\n', &head).map_or(head.len(), |newline| newline + 1)]
    };
    let mut lines = Lines::new(whole, digests);
    std::iter::from_fn(|| lines.next()).collect()
}

/// A log that cannot be opened: the decoder says why.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Other.into())
    }
}
