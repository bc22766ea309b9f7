//! `--join`: lines that continue a record are part of its row, and a text is cut where rows begin.
//!
//! Which lines go to which row follows from the text alone: a line that continues a record goes to the row of the line
//! before it. It begins a row of its own if nothing comes before it, if that line has an error row, if it is in
//! another entry, or if the row would be longer than the longest line. [`Join`] follows this rule
//! while a text is decoded, and [`cut`] where it is cut, so pieces of any size give the same rows.

use memchr::{memchr, memrchr};

use super::lines::{Place, is_blank};
use crate::table::{LinesBuilder, TextRow};

/// What a line gives to the lines after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Nothing: it has no stamp and continues the line before it.
    None,
    /// A time; its level is that of a line before it. Apify stamps each line of a stack trace.
    Time,
    /// Time and level: nothing before it matters any more.
    Whole,
}

/// Puts lines together while a piece is decoded. A piece begins where a row does.
pub(super) struct Join {
    /// The longest row in bytes of text; `None`: each line is a row.
    limit: Option<usize>,
    /// The row that the next line may go to.
    open: Option<Open>,
}

struct Open {
    /// Where the text of the row begins.
    start: u64,
    /// The number of its last line so far.
    last: i64,
}

impl Join {
    pub(super) fn new(is_wanted: bool, max_line: usize) -> Self {
        Self { limit: is_wanted.then_some(max_line), open: None }
    }

    /// A line begins a record.
    #[inline]
    pub(super) fn begin(&mut self, Place { line, offset }: Place) {
        if self.limit.is_some() {
            self.open = Some(Open { start: offset, last: line });
        }
    }

    /// A line is by itself, or has no row.
    pub(super) fn end(&mut self) {
        self.open = None;
    }

    /// Adds the row of a text line of so many bytes, or joins it to the row before. `is_own`: it has a stamp. Whether it
    /// is a row.
    #[inline]
    pub(super) fn push(
        &mut self,
        row: &TextRow<'_>,
        (place, length): (Place, usize),
        is_own: bool,
        rows: &mut LinesBuilder,
    ) -> bool {
        if row.continued
            && let Some(blank) = self.joins(place, length)
        {
            rows.join_text(row, blank);
            return false;
        }
        match is_own && !row.continued {
            true => self.begin(place),
            // One that continues a record has noted where its row begins.
            false if row.continued => {}
            false => self.end(),
        }
        rows.push_text(row);
        true
    }

    /// Where a line of so many bytes goes that continues a record: to the row before it, after so many blank lines;
    /// `None`: it begins a row.
    pub(super) fn joins(&mut self, place: Place, length: usize) -> Option<usize> {
        let limit = self.limit? as u64;
        match &mut self.open {
            Some(Open { start, last }) if place.offset + length as u64 - *start <= limit => {
                let blank = place.line - *last - 1;
                *last = place.line;
                usize::try_from(blank).ok()
            }
            _ => {
                self.begin(place);
                None
            }
        }
    }
}

/// What is known of the lines of a format.
pub(super) struct Rules {
    /// What a line gives to those after it.
    pub(super) anchor: Box<dyn Fn(&str) -> Anchor + Send>,
    /// Whether a line begins a record, whatever comes before it; `None`: if it gives anything.
    pub(super) begins: Option<fn(&str) -> bool>,
}

impl Rules {
    fn gives(&self, line: &str) -> bool {
        (self.anchor)(line) != Anchor::None
    }

    fn begins(&self, line: &str) -> bool {
        self.begins.map_or_else(|| self.gives(line), |begins| begins(line))
    }
}

/// Where the last row of a text begins, which itself begins with one; `None` if it has one row alone. `is_first`:
/// nothing before the text can be continued.
pub(super) fn cut(text: &[u8], rules: &Rules, is_first: bool, max_line: usize) -> Option<usize> {
    last_record(text, rules).or_else(|| last_row(text, rules, is_first, max_line))
}

/// Where the last complete line begins that begins a record, from the second line on. Looks backwards: it is near the
/// end, unless a record is long.
fn last_record(text: &[u8], rules: &Rules) -> Option<usize> {
    let mut end = memrchr(b'\n', text)?;
    loop {
        let start = memrchr(b'\n', &text[..end])? + 1;
        if std::str::from_utf8(&text[start..end]).is_ok_and(|line| rules.begins(line)) {
            return Some(start);
        }
        end = start - 1;
    }
}

/// The same of any row, by a look at all lines.
fn last_row(text: &[u8], rules: &Rules, is_first: bool, max_line: usize) -> Option<usize> {
    let (mut row, mut is_first, mut found) = (None, is_first, 0);
    let mut start = 0;
    while start <= text.len() {
        let newline = memchr(b'\n', &text[start..]).map(|length| start + length);
        let end = newline.unwrap_or(text.len());
        let line = &text[start..end];
        let is_beyond = |row: usize| end.max(start + 1) - row > max_line;
        let (before, is_whole) = (row, newline.is_some());
        if !is_whole || is_blank(line) {
            // Nothing that comes later has room in the row.
            if before.is_some_and(is_beyond) {
                (row, found) = (None, start);
            }
        } else {
            let text = std::str::from_utf8(line).ok();
            let is_refused = text.is_none() || line.len() > max_line;
            let gives = text.is_some_and(|text| rules.gives(text));
            let begins = is_refused || is_first || text.is_some_and(|text| rules.begins(text));
            if begins || before.is_none_or(is_beyond) {
                found = start;
                row = (!is_refused && (gives || !is_first)).then_some(start);
            }
            is_first &= !gives;
        }
        // After a line by itself a row begins.
        if row.is_none() && is_whole {
            found = end + 1;
        }
        start = end + 1;
    }
    Some(found).filter(|&found| found > 0)
}
