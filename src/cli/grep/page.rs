//! What is printed, in order: headings, rows and the marks of gaps, no more of them than asked for.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::Style;
use ripsaw::record::timestamp::format_utc;

/// Bytes that are written at once.
const CHUNK: usize = 1 << 16;

/// Days.
const HEADING: Style = Style::new().bold();

/// What is printed above rows that belong together.
pub(super) enum Headings {
    /// Nothing.
    None,
    /// The heading of each entry, by index. Without any, only blank lines separate entries.
    Entries(Arc<[String]>),
    /// Lines are in the order of time: each day has a heading.
    Days { colour: bool },
}

/// Which rows of the output are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Extent {
    #[default]
    All,
    /// `--head`.
    First(u64),
    /// `--tail`.
    Last(usize),
}

/// The output of rows.
pub(super) struct Page<W> {
    out: W,
    headings: Headings,
    /// Rows beyond it are not printed.
    extent: Extent,
    /// A row is as many rows as it has lines.
    splits_rows: bool,
    /// What is not yet written.
    text: Vec<u8>,
    /// Rows printed.
    count: u64,
    /// The group of the last row printed.
    group: Option<i64>,
    /// The last rows, if only those are printed.
    held: VecDeque<Held>,
}

/// A row that is printed unless enough rows follow.
struct Held {
    /// As [`Page::group_of`] has it.
    group: i64,
    is_after_gap: bool,
    text: Vec<u8>,
}

impl<W: Write> Page<W> {
    /// `splits_rows`: a row may have several lines, of which each counts.
    pub(super) fn new(out: W, headings: Headings, extent: Extent, splits_rows: bool) -> Self {
        Self {
            out,
            headings,
            extent,
            splits_rows,
            text: Vec::new(),
            count: 0,
            group: None,
            held: VecDeque::new(),
        }
    }

    /// Whether rows that follow would not be printed.
    pub(super) fn is_full(&self) -> bool {
        self.extent == Extent::First(self.count) || self.extent == Extent::Last(0)
    }

    /// The group of a row: its entry, or the day of its time.
    pub(super) fn group_of(&self, entry: usize, time: i64) -> i64 {
        match self.headings {
            Headings::Days { .. } => time.div_euclid(NANOS_OF_DAY),
            _ => i64::try_from(entry).unwrap_or(i64::MAX),
        }
    }

    /// Prints a row as `write` appends it, unless that is nothing; `write` is not called for rows that are too
    /// many. `is_after_gap`: rows between it and the one before are not printed.
    pub(super) fn add(
        &mut self,
        group: i64,
        is_after_gap: bool,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Extent::Last(limit @ 1..) = self.extent {
            let mut text = Vec::new();
            write(&mut text)?;
            let lines = text.split_inclusive(|&byte| byte == b'\n' && self.splits_rows);
            for (number, line) in lines.enumerate() {
                self.held.push_back(Held {
                    group,
                    is_after_gap: is_after_gap && number == 0,
                    text: line.to_vec(),
                });
                if self.held.len() > limit {
                    self.held.pop_front();
                }
            }
            return Ok(());
        }
        if self.is_full() {
            return Ok(());
        }
        let before = self.text.len();
        self.push_heading(group, is_after_gap);
        let start = self.text.len();
        write(&mut self.text)?;
        if self.text.len() == start {
            self.text.truncate(before);
            return Ok(());
        }
        self.group = Some(group);
        self.count_rows(start);
        self.write_out(CHUNK)
    }

    /// Prints rows one after the other, each up to its end in the text.
    pub(super) fn add_rows(&mut self, group: i64, text: &[u8], ends: &[usize]) -> io::Result<()> {
        let text = &text[..ends.last().copied().unwrap_or(0)];
        if self.extent != Extent::All {
            let mut start = 0;
            for &end in ends {
                let row = &text[start..end];
                start = end;
                self.add(group, false, |out| out.write_all(row))?;
            }
            return Ok(());
        }
        if !text.is_empty() {
            self.push_heading(group, false);
            self.group = Some(group);
            self.write_out(0)?;
            self.out.write_all(text)?;
        }
        Ok(())
    }

    /// Counts what was appended, and takes off again what is too much.
    fn count_rows(&mut self, start: usize) {
        if !self.splits_rows {
            self.count += 1;
            return;
        }
        let ends = memchr::memchr_iter(b'\n', &self.text[start..]);
        let room = match self.extent {
            Extent::First(limit) => limit - self.count,
            _ => u64::MAX,
        };
        let mut end = 0;
        for newline in ends.take(usize::try_from(room).unwrap_or(usize::MAX)) {
            self.count += 1;
            end = newline + 1;
        }
        self.text.truncate(start + end);
    }

    /// Appends what separates a row from the one before.
    fn push_heading(&mut self, group: i64, is_after_gap: bool) {
        let is_new = self.group != Some(group);
        if is_new && !matches!(self.headings, Headings::None) {
            if self.group.is_some() {
                self.text.push(b'\n');
            }
            match &self.headings {
                Headings::Entries(names) => {
                    let name = usize::try_from(group).ok().and_then(|entry| names.get(entry));
                    self.text.extend_from_slice(name.map_or("", String::as_str).as_bytes());
                }
                Headings::Days { colour } => {
                    let day = day(group);
                    let _ = match colour {
                        true => writeln!(self.text, "{HEADING}{day}{HEADING:#}"),
                        false => writeln!(self.text, "{day}"),
                    };
                }
                Headings::None => {}
            }
        } else if is_after_gap && self.group.is_some() {
            self.text.extend_from_slice(b"--\n");
        }
    }

    /// Writes out what was printed so far.
    pub(super) fn write_all(&mut self) -> io::Result<()> {
        self.write_out(0)
    }

    /// Writes out the text if it is longer than this.
    fn write_out(&mut self, limit: usize) -> io::Result<()> {
        if self.text.len() > limit {
            self.out.write_all(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }

    /// Lets the reader see what was printed.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.write_out(0)?;
        self.out.flush()
    }

    /// There are no more rows.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.extent = Extent::All;
        for Held { group, is_after_gap, text } in std::mem::take(&mut self.held) {
            self.add(group, is_after_gap, |out| out.write_all(&text))?;
        }
        self.write_out(0)
    }
}

/// Groups of days are their numbers since 1970.
const NANOS_OF_DAY: i64 = 86_400_000_000_000;

/// A day since 1970 as a heading.
fn day(number: i64) -> String {
    match number.checked_mul(NANOS_OF_DAY) {
        Some(nanos) => {
            let text = format_utc(nanos);
            format!("{} UTC", text.split('T').next().unwrap_or_default())
        }
        // Files without any time come first.
        None => "no time".to_owned(),
    }
}
