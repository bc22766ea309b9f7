//! Logs of one kind, whole logs or steps, read side by side with their lines in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};

use super::lines::{Digests, Head, Line, Lines};
use super::waiting::Waiting;
use crate::source::Catalog;

/// The text of an entry, decompressed as it is read.
type Source = Box<dyn Read + Send>;

/// The logs of one side of a comparison, as one stream of lines in the order of time.
pub(super) struct Side<'a> {
    catalog: &'a Catalog,
    digests: &'a Digests,
    /// In the order of the entries that the side was made of.
    pub(super) logs: Vec<Log>,
    /// Times of the next lines, logs, and line numbers (0 if a log is not open yet), the earliest first.
    /// Lines that were taken out of turn stay in it, and are recognised by their number.
    heads: BinaryHeap<Reverse<(i64, usize, i64)>>,
    /// Lines that were passed without finding a twin.
    pub(super) waiting: Waiting,
}

/// One log, and what was counted of it so far.
pub(super) struct Log {
    /// Index into the catalog's entries.
    entry: usize,
    /// Open from the time of its first line to its end: few files are open at once.
    lines: Option<Lines<Source>>,
    /// Its next line.
    head: Option<Line>,
    /// Lines that are not blank.
    pub(super) count: i64,
    /// Blank lines; known at its end, as is all that follows.
    pub(super) blank: i64,
    /// Bytes of text.
    pub(super) bytes: i64,
    /// It was read to its end.
    pub(super) is_whole: bool,
}

impl<'a> Side<'a> {
    /// Looks at the first line of each log, but opens none yet.
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
        // A log whose beginning shows no line is opened at once.
        let times = entries.iter().map(|&entry| first(entry).unwrap_or(i64::MIN));
        let heads = times.zip(0..).map(|(time, log)| Reverse((time, log, 0))).collect();
        Self { catalog, digests, logs, heads, waiting: Waiting::default() }
    }

    /// The earliest line of all logs, which stays the next one; opens the log that it is in. `None` if all
    /// logs are at their ends.
    pub(super) fn head(&mut self) -> Option<Head> {
        loop {
            let &Reverse((_, log, number)) = self.heads.peek()?;
            let head = self.head_of(log);
            // Otherwise this is a line that was taken out of turn, or a log to open.
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

    /// The next line of a log; `None` if it is not open yet, or at its end.
    pub(super) fn head_of(&self, log: usize) -> Option<Head> {
        Some(Head { line: self.logs[log].head?, log })
    }

    /// Moves a log to its next line. At its end the file is closed and its counts are final.
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

/// The lines in the first `bytes` of an entry, without the last one if it may continue after them.
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

/// In place of a log that cannot be opened. The decoder will report why.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Other.into())
    }
}
