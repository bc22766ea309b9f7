//! Plain text: one row per line, without a time or level.

use super::lines::TextLine;
use super::wanted::each_wanted_line;
use super::{Decode, Format, Settings};
use crate::identity::Identity;
use crate::query::{Wanted, Writing};
use crate::source::{Newlines, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// The last of all formats, which takes any file.
pub(super) static FORMAT: Format = Format {
    name: "text",
    title: "plain text",
    detected_by: "anything else",
    columns: &[("message", "the line")],
    origin: &ORIGIN,
    recognise: |_| Some("nothing else fits".into()),
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(Text { max_line: settings.max_line }),
};

/// No limits of size are known, and each row is a line.
static ORIGIN: Origin =
    Origin { name: "text", spans_lines: false, own_lines: true, size_limits: &[] };

/// Needs nothing of the text before a piece.
struct Text {
    max_line: usize,
}

impl Decode for Text {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        let wanted = (Wanted { levels: None, times: None, ..wanted }, Writing::Text);
        each_wanted_line(piece, text, wanted, self.max_line, &ORIGIN, rows, |line, rows| {
            push(line, rows);
        });
    }
}

/// Adds the row of a line with the whole line as its message. Other formats use it for lines that are
/// not theirs.
pub(super) fn push(line: &TextLine<'_, '_>, rows: &mut LinesBuilder) {
    // Not that of a record before it.
    rows.set_stage(None);
    rows.push_text(&row(line));
}

/// The row of a line of text.
pub(super) fn row<'a>(line: &TextLine<'a, 'a>) -> TextRow<'a> {
    line.row(Stamp::default(), ["", line.text])
}
