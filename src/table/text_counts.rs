//! Lines of text as such, counted apart from how they are decoded: what a receipt compares rows with.
//!
//! A text comes in parts, and a line may lie in two of them. A line is blank only if all of its parts are,
//! which is why the first and the last line of a part are kept apart from those between.

use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use memchr::memchr_iter;

use crate::source::{PassedLines, is_blank};

/// Counts of the lines of a text, or of a part of it; parts add up, also where one ends within a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextCounts {
    newlines: i64,
    /// Blank lines between the first newline and the last.
    blank: i64,
    /// What is before the first newline, or all, is not blank.
    head: bool,
    /// What comes after the last newline is not blank.
    tail: bool,
    /// Something comes after the last newline.
    is_open: bool,
    /// All rows that the text gives.
    decoded: RowLines,
    /// The rows that pass the filters.
    selected: RowLines,
    /// The rows that are in the output: without duplicates, if `--dedupe` is given.
    kept: RowLines,
}

/// The lines on which rows begin; parts add up, also where both have rows of one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowLines {
    /// Lines on which a row begins.
    pub begun: i64,
    /// The first and the last of those lines; `None` without rows, or if their numbers are not those of this
    /// text.
    bounds: Option<(i64, i64)>,
    /// Rows that begin on no line: error rows that say why an entry ends.
    pub without_line: i64,
}

impl RowLines {
    /// Of rows whose `line` is the one they begin on. With `has_end` the last one says why the entry ends:
    /// it is of no line unless it has text, which is then an unfinished line.
    pub(crate) fn of(batch: &RecordBatch, rows: Range<usize>, has_end: bool) -> Self {
        let column = |name| batch.column_by_name(name).expect("a column of the table");
        let lines = column("line").as_primitive::<Int64Type>().values();
        let messages = column("message").as_string::<i32>();
        let errors = column("parse_error");
        let end = rows.end;
        let is_end = |row| has_end && row + 1 == end;
        let has_blanks =
            |row| messages.value(row).split('\n').all(|line: &str| is_blank(line.as_bytes()));
        let is_of_none = |row| match messages.is_null(row) {
            // An error row without text. A record may have no message either, but it has a line.
            true => errors.is_valid(row),
            false => is_end(row) && has_blanks(row),
        };
        let mut all = Self::default();
        for row in rows {
            let line = lines[row];
            if is_of_none(row) {
                all.without_line += 1;
            // Rows are in the order of lines, so those that share a line are neighbours: the elements of
            // one JSON array, for example.
            } else if all.bounds.is_none_or(|(_, last)| last != line) {
                all.begun += 1;
                all.bounds = Some((all.bounds.map_or(line, |(first, _)| first), line));
            }
        }
        all
    }

    /// Of so many rows, each on a line of its own, whatever number it has. With `is_failed` the last one says
    /// why the entry ends, and has none.
    pub(crate) fn of_own(rows: usize, is_failed: bool) -> Self {
        let without_line = i64::from(is_failed);
        Self { begun: rows as i64 - without_line, bounds: None, without_line }
    }

    /// Adds the rows of the part that follows.
    fn add(&mut self, next: &Self) {
        self.begun += next.begun;
        self.bounds = match (self.bounds, next.bounds) {
            (Some((first, end)), Some((start, last))) => {
                // A line on which both parts have rows was counted by both.
                self.begun -= i64::from(end == start);
                Some((first, last))
            }
            (one, other) => one.or(other),
        };
        self.without_line += next.without_line;
    }
}

impl TextCounts {
    /// Counts a text by a plain scan, apart from how it is decoded.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut counts = Self::default();
        let mut start = 0;
        for newline in memchr_iter(b'\n', text) {
            let is_text = !is_blank(&text[start..newline]);
            match counts.newlines {
                // The line before the first newline may continue one of the part before.
                0 => counts.head = is_text,
                _ => counts.blank += i64::from(!is_text),
            }
            counts.newlines += 1;
            start = newline + 1;
        }
        let rest = &text[start..];
        counts.is_open = !rest.is_empty();
        match counts.newlines {
            // Without a newline, all of it is one line, which may have more on both sides.
            0 => counts.head = !is_blank(rest),
            _ => counts.tail = !is_blank(rest),
        }
        counts
    }

    /// Of text that was not kept, such as a record above the size limit.
    pub(crate) fn of_passed(lines: &PassedLines) -> Self {
        let PassedLines { newlines, blank, has_head, has_tail, is_open } = *lines;
        Self { newlines, blank, head: has_head, tail: has_tail, is_open, ..Self::default() }
    }

    /// Notes the rows of the part, all of which are in the output so far.
    pub(crate) fn count_rows(&mut self, rows: RowLines) {
        (self.decoded, self.selected, self.kept) = (rows, rows, rows);
    }

    /// Whether rows were noted.
    pub(super) fn has_rows(&self) -> bool {
        self.decoded != RowLines::default()
    }

    /// Notes the rows of the part that are still in the output.
    pub(super) fn keep_rows(&mut self, rows: RowLines) {
        self.kept = rows;
    }

    /// Notes that the rows which are in the output now are those that pass the filters.
    pub(crate) fn select_rows(&mut self) {
        self.selected = self.kept;
    }

    /// Adds the part that follows.
    pub(super) fn add(&mut self, next: &Self) {
        // The last line of this part and the first of the next are one line.
        let joined = next.head || if self.newlines > 0 { self.tail } else { self.head };
        match (self.newlines, next.newlines) {
            // It is the first line of both together, or the last, or one between two newlines.
            (0, _) => self.head = joined,
            (_, 0) => self.tail = joined,
            (..) => self.blank += i64::from(!joined),
        }
        if next.newlines > 0 {
            self.tail = next.tail;
            self.is_open = next.is_open;
        }
        self.is_open |= next.is_open;
        self.newlines += next.newlines;
        self.blank += next.blank;
        self.decoded.add(&next.decoded);
        self.selected.add(&next.selected);
        self.kept.add(&next.kept);
    }

    /// Physical lines; what comes after the last newline is one.
    pub fn lines(&self) -> i64 {
        self.newlines + i64::from(self.is_open)
    }

    /// Lines of spaces and tabs only.
    pub fn blank_lines(&self) -> i64 {
        self.lines() - self.text_lines()
    }

    /// Lines that are not blank.
    pub fn text_lines(&self) -> i64 {
        match self.newlines {
            0 => i64::from(self.head),
            // First and last line, and between them one line for each pair of neighbouring newlines.
            newlines => i64::from(self.head) + i64::from(self.tail) + newlines - 1 - self.blank,
        }
    }

    /// Where the rows begin that the text gives.
    pub fn decoded(&self) -> &RowLines {
        &self.decoded
    }

    /// Where those begin that pass the filters.
    pub fn selected(&self) -> &RowLines {
        &self.selected
    }

    /// Where those begin that are in the output.
    pub fn kept(&self) -> &RowLines {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::TextCounts;

    /// Any text in any parts, against lines split off one by one.
    #[test]
    fn parts_add_up() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let pieces = ["a", "\n", "\n", " ", "\t\n", "b\n", "", "x\n\n"];
            let parts: Vec<String> = (0..random.usize(0..6))
                .map(|_| (0..random.usize(0..5)).map(|_| random.choice(pieces).unwrap()).collect())
                .collect();
            let mut counts = TextCounts::default();
            parts.iter().for_each(|part| counts.add(&TextCounts::of(part.as_bytes())));
            let text = parts.concat();
            let lines: Vec<&str> = text.lines().collect();
            let blank = lines.iter().filter(|line| line.trim_matches([' ', '\t']).is_empty());
            assert_eq!(counts.lines(), lines.len() as i64, "{parts:?}");
            assert_eq!(counts.blank_lines(), blank.count() as i64, "{parts:?}");
        }
    }
}
