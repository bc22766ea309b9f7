//! deepset's logs as CSV: a header, then records whose texts may contain newlines.
//!
//! Each record is written as a JSON object with the header's names as keys and parsed as any other record,
//! so that columns and `extra` are filled by the same rules.

use super::{COMMA, Decoder, ORIGIN};
use crate::format::lines::{self, Place};
use crate::format::records::{Next, OPEN, Reader, fields_of, trimmed};
use crate::json::is_valid;
use crate::query::{LevelMarks, Marks, Needles, TimeMarks, Wanted, Writing};
use crate::record::Record;
use crate::record::ansi::ESC;
use crate::source::{Ending, Piece};
use crate::table::LinesBuilder;

/// The columns of an export.
const COLUMNS: [&str; 7] =
    ["log_id", "logged_at", "level", "origin", "message", "exceptions", "extra_fields"];

/// What is wrong with a first line that has none of them: the beginning of a page may be missing.
const NO_HEADER: &str = "neither a page, nor a header with any of deepset's columns";

impl Decoder {
    /// Decodes a piece of records. `header`: the header's record from the context; empty if the piece begins
    /// with it. Records that are not wanted are left out.
    pub(super) fn decode_csv(
        &mut self,
        piece: &Piece,
        text: &[u8],
        (header, wanted): (&[u8], Wanted<'_>),
        rows: &mut LinesBuilder,
    ) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize, &ORIGIN);
        let (rest, first) = match lines::begin(piece, text, self.max_line, rows) {
            Ok(begun) => begun,
            Err(end) => return lines::finish(piece, end, None, rows),
        };
        let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
        let mut names = Some(fields_of(header, COMMA)).filter(|names| !names.is_empty());
        let mut tests = names.as_deref().map(|names| Tests::new(names, wanted));
        let mut reader = Reader::new(COMMA, self.max_line);
        reader.columns = names.as_ref().map_or(0, Vec::len);
        let (mut start, mut line) = (0, first.line);
        loop {
            let next = reader.read(rest, partial);
            let record = &rest[start..reader.at];
            let place = Place { line, offset: first.offset + start as u64 };
            match (next, &names) {
                (Next::More, _) => break,
                (Next::Blank, _) => {}
                // The first record of the entry.
                (_, None) => {
                    let own = fields_of(record, COMMA);
                    if !own.iter().any(|name| COLUMNS.contains(&name.as_str())) {
                        self.refuse(trimmed(record), NO_HEADER, place, rows);
                    }
                    reader.columns = own.len();
                    tests = Some(Tests::new(&own, wanted));
                    names = Some(own);
                }
                (Next::Open, Some(_)) => {
                    self.refuse(trimmed(record), OPEN, place, rows);
                }
                (Next::Record, Some(names)) => {
                    let read = (&reader, rest);
                    let is_excluded = reader.fields() == names.len()
                        && tests.as_ref().is_some_and(|tests| tests.exclude(record, read));
                    if !is_excluded {
                        self.push_csv(names, read, record, place, rows);
                    }
                }
            }
            line += reader.lines;
            start = reader.at;
        }
        // What is left is a record that could not be read to its end.
        let end = Place { line, offset: first.offset + start as u64 };
        lines::finish(piece, end, (start < rest.len()).then_some(&rest[start..]), rows);
    }

    /// Writes the error row of a line: one whose quote is not closed, or a header of something else.
    fn refuse(&self, line: &[u8], reason: &str, place: Place, rows: &mut LinesBuilder) {
        if line.len() > self.max_line || std::str::from_utf8(line).is_err() {
            return lines::refuse_text(line, self.max_line, place, rows);
        }
        rows.push_malformed(place.line, place.offset, Some(line), reason.to_owned());
    }

    /// Writes the row of a record, or its error row if it is too long, not UTF-8, or has too many or too few
    /// fields.
    fn push_csv(
        &mut self,
        names: &[String],
        (reader, text): (&Reader, &[u8]),
        record: &[u8],
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        let record = trimmed(record);
        if record.len() > self.max_line || std::str::from_utf8(record).is_err() {
            return lines::refuse_text(record, self.max_line, place, rows);
        }
        if reader.fields() != names.len() {
            let reason =
                format!("the record has {} fields, the header {}", reader.fields(), names.len());
            return rows.push_malformed(place.line, place.offset, Some(record), reason);
        }
        let mut json = String::from("{");
        // An empty field is absent: CSV cannot write null.
        let cells = names.iter().zip(reader.texts(text));
        for (name, text) in cells.filter(|(_, text)| !text.is_empty()) {
            // These two hold JSON, which would otherwise be a string with quotes escaped twice.
            let is_json =
                matches!(name.as_str(), "exceptions" | "extra_fields") && is_valid(text.as_bytes());
            let quoted = |text: &str| serde_json::Value::from(text).to_string();
            let value = if is_json { text.trim().to_owned() } else { quoted(&text) };
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&format!("{}:{value}", quoted(name)));
        }
        json.push('}');
        let parsed = self.parser.parse(json.as_bytes(), |record: &Record<'_>| {
            rows.push_record(place.line, record, json.as_bytes());
        });
        if let Err(reason) = parsed {
            rows.push_malformed(place.line, place.offset, Some(record), reason);
        }
    }
}

/// What is wanted of a record, and the fields that show it: those of which there is one.
struct Tests<'a> {
    wanted: Wanted<'a>,
    message: Option<usize>,
    level: Option<usize>,
    time: Option<usize>,
}

impl<'a> Tests<'a> {
    fn new(names: &[String], wanted: Wanted<'a>) -> Self {
        let field = |name: &str| {
            let mut all = names.iter().enumerate().filter(|(_, own)| *own == name);
            all.next().map(|(at, _)| at).filter(|_| all.next().is_none())
        };
        let (message, level, time) = (field("message"), field("level"), field("logged_at"));
        Self { wanted, message, level, time }
    }

    /// Whether a record, which was read last and has all fields, is surely not wanted.
    fn exclude(&self, record: &[u8], (reader, text): (&Reader, &[u8])) -> bool {
        let Wanted { needles, levels, times } = self.wanted;
        // A row whose message is blank has text that is not in the record: JSON of all its fields.
        let lacks_literal = |needles: &Needles| {
            let message = self.message.map(|at| reader.field(text, at)).unwrap_or_default();
            let is_text = message.iter().any(u8::is_ascii_graphic) && !message.contains(&ESC);
            is_text && needles.begin(record, Writing::Text).are_none()
        };
        let is_outside = |times: &TimeMarks| {
            let time = self.time.map(|at| reader.field(text, at));
            time.is_some_and(|time| times.exclude_text(&time))
        };
        let has_other = |levels: &LevelMarks| {
            let level = self.level.map(|at| reader.field(text, at)).unwrap_or_default();
            let is_word = !level.is_empty() && level.iter().all(u8::is_ascii_alphanumeric);
            is_word && !levels.are_in(&[&br#""level":""#[..], &level, b"\""].concat())
        };
        times.is_some_and(is_outside)
            || levels.is_some_and(has_other)
            || needles.is_some_and(lacks_literal)
    }
}
