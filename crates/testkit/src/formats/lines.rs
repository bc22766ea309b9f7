//! Physical lines, and the formats that are nothing but text.

use crate::formats::stamps::Stamps;
use crate::oracle::{NOT_UTF8, Row, TOO_LONG, clean};

/// A physical line that is not blank.
pub(super) struct Line<'a> {
    pub(super) number: i64,
    /// Without its `\n`.
    pub(super) raw: &'a [u8],
    /// Whether a `\n` follows.
    pub(super) is_complete: bool,
}

impl<'a> Line<'a> {
    /// Without its line end.
    pub(super) fn content(&self) -> &'a [u8] {
        let content = self.raw.strip_suffix(b"\r").filter(|_| self.is_complete);
        content.unwrap_or(self.raw)
    }

    /// A text from its end as a message: the `\r` of the line's end may stand before colours.
    pub(super) fn message(&self, text: &str) -> String {
        let mut message = clean(text);
        if self.is_complete && !self.raw.ends_with(b"\r") && message.ends_with('\r') {
            message.pop();
        }
        message
    }
}

pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

pub(super) fn is_blank(line: &[u8]) -> bool {
    let content = line.strip_suffix(b"\r").unwrap_or(line);
    content.iter().all(|&byte| byte == b' ' || byte == b'\t')
}

/// The lines that are not blank.
pub(super) fn lines(text: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut rest = without_mark(text);
    let mut number = 1;
    while !rest.is_empty() {
        let end = rest.iter().position(|&byte| byte == b'\n');
        let raw = &rest[..end.unwrap_or(rest.len())];
        if !is_blank(raw) {
            lines.push(Line { number, raw, is_complete: end.is_some() });
        }
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        number += 1;
    }
    lines
}

/// The text of a line, or the row of its error.
pub(super) fn text_of<'a>(line: &Line<'a>, max_line: usize) -> Result<&'a str, Box<Row>> {
    if line.raw.len() > max_line {
        let kept = &line.raw[..line.raw.len().min(4096)];
        return Err(Row::error(line.number, TOO_LONG, kept).into());
    }
    std::str::from_utf8(line.content())
        .map_err(|_| Row::error(line.number, NOT_UTF8, line.raw).into())
}

/// The format `text`.
pub(super) fn plain(text: &[u8], max_line: usize) -> Vec<Row> {
    lines(text).iter().map(|line| plain_row(line, max_line)).collect()
}

/// A line as a message and nothing else.
pub(super) fn plain_row(line: &Line<'_>, max_line: usize) -> Row {
    match text_of(line, max_line) {
        Ok(text) => Row { message: Some(line.message(text)), ..Row::empty(line.number) },
        Err(error) => *error,
    }
}

/// The formats of which each line begins with a stamp, or continues the one before it.
pub(super) fn stamped(text: &[u8], max_line: usize, stamps: &dyn Stamps) -> Vec<Row> {
    let mut rows = Vec::new();
    // The last row with a stamp that others may continue.
    let mut head: Option<Row> = None;
    for line in lines(text) {
        let refused = text_of(&line, max_line).err();
        // A line that is too long is a stamp to the lines after it all the same.
        let Ok(text) = std::str::from_utf8(line.content()) else {
            rows.extend(refused.map(|error| *error));
            continue;
        };
        let mut row = Row::empty(line.number);
        match stamps.stamp(text) {
            Some((stamp, rest)) => {
                (row.timestamp, row.zone) = (Some(stamp.nanos), Some(stamp.zone));
                row.level_text = stamp.level;
                let continuable = stamps.fill(&mut row, &rest, head.as_ref(), &line);
                match &mut head {
                    Some(head) if !continuable => {
                        (head.timestamp, head.zone) = (row.timestamp, row.zone.clone());
                    }
                    _ => head = Some(row.clone()),
                }
            }
            None => {
                row.message = Some(line.message(text));
                if let Some(head) = &head {
                    (row.timestamp, row.zone) = (head.timestamp, head.zone.clone());
                    (row.level, row.level_text) = (head.level.clone(), head.level_text.clone());
                    row.extra = Some(super::CONTINUED.to_owned());
                }
            }
        }
        rows.push(refused.map_or(row, |error| *error));
    }
    rows
}
