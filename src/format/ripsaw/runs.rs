//! Which logs the rows of a text are of: one pass, which holds the runs found and one line in memory.
//!
//! A run is a stretch of rows of one log. ripsaw writes entry by entry, so that a file has about as many
//! runs as logs, unless its rows were sorted otherwise.

use super::Hindrance;
use super::row::Row;
use crate::format::pass::lines_of;
use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, ColumnSet, Part, PartOf, StoredText};

/// Most runs of a file; each holds the names of its log in memory.
pub(super) const MOST: usize = 1_000_000;

/// Divides a text into runs of rows of one log each, which together are the whole text. Lines that are not
/// rows are runs without a log, of the file itself; blank lines belong to the run before them.
pub(super) fn find(text: &StoredText, max_line: usize) -> Result<Vec<Part>, Hindrance> {
    let mut lines = lines_of(text, max_line);
    let mut parts: Vec<Part> = Vec::new();
    let (mut line, mut apart, mut number, mut at) = (Vec::new(), String::new(), 0, 0);
    while let Some(length) = lines.next(&mut line).map_err(Hindrance::Io)? {
        number += 1;
        let end = at + length;
        // `Some`: a run begins here, of this log or none. `None`: the line continues the last run.
        let (line, keyed) = told(&line, &mut apart, at == 0, max_line);
        let is_new = match (line, parts.last_mut()) {
            (Line::Blank, Some(_)) => None,
            (Line::Blank, None) => Some(None),
            (Line::NoRow, Some(Part { of: PartOf::Entry, .. })) => None,
            (Line::NoRow, _) => Some(None),
            (Line::Row(row), Some(Part { of: PartOf::Log(log), .. })) if row.is_of(log) => None,
            (Line::Row(row), _) => Some(Some(row.log())),
        };
        match (is_new, parts.last_mut()) {
            (Some(log), _) => {
                let of = log.map_or(PartOf::Entry, PartOf::Log);
                parts.push(Part { of, bytes: at..end, first_line: number, keyed });
            }
            (None, Some(part)) => {
                part.bytes.end = end;
                part.keyed = match (part.keyed, keyed) {
                    (Some(one), Some(other)) => Some(one.and(other)),
                    (one, other) => one.or(other),
                };
            }
            (None, None) => {}
        }
        // Checked as they are found: the memory for them is the reason for the limit.
        if parts.len() > MOST {
            return Err(Hindrance::TooManyRuns);
        }
        at = end;
    }
    Ok(parts)
}

/// What a line of the text is.
enum Line<'a> {
    Blank,
    /// Not one that ripsaw wrote, or longer than the limit.
    NoRow,
    Row(Box<Row<'a>>),
}

/// What a line is, with its columns if it has keys, which are put `apart`. `is_first`: a byte order mark may precede it.
fn told<'a>(
    line: &'a [u8],
    apart: &'a mut String,
    is_first: bool,
    max_line: usize,
) -> (Line<'a>, Option<ColumnSet>) {
    let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(line);
    if is_blank(line) {
        return (Line::Blank, None);
    }
    let text = std::str::from_utf8(line).ok().filter(|text| text.len() <= max_line);
    match text.and_then(|line| Row::parse(line, apart).ok()) {
        Some((row, keyed)) => (Line::Row(Box::new(row)), keyed),
        None => (Line::NoRow, None),
    }
}
