//! Plain text: a row a line.

use super::lines::{TextLine, each_line};
use super::{Decode, Format, Settings};
use crate::identity::Identity;
use crate::query::Needles;
use crate::source::{Newlines, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// What is none of the others.
pub(super) static FORMAT: Format = Format {
    name: "text",
    title: "plain text",
    told_by: "anything else",
    columns: &[("message", "the line")],
    recognise: |_| Some("nothing else fits".into()),
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(Text { max_line: settings.max_line }),
};

static ORIGIN: Origin =
    Origin { name: "text", spans_lines: false, own_lines: true, size_limits: &[] };

struct Text {
    max_line: usize,
}

impl Decode for Text {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Option<&Needles>, rows: &mut LinesBuilder) {
        each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| push(line, rows));
    }
}

/// Adds the row of a line that is nothing but text.
pub(super) fn push(line: &TextLine<'_, '_>, rows: &mut LinesBuilder) {
    rows.push_text(&TextRow {
        line: line.place.line,
        stamp: Stamp::default(),
        message: ["", line.text],
        newline: line.newline,
        escapes: line.escapes,
        continued: false,
    });
}
