//! Rows that ripsaw wrote as NDJSON, read back into the columns that they were written from.
//!
//! ```text
//! {"bundle":"run.zip","file":"build/test.log","line":1,"stage":"build","step":"test","message":"ok"}
//! ```
//!
//! Each row names its log by its identity columns. What an entry is called must be known before its rows
//! are read, so [`runs`] finds the logs in a pass of its own, and each run of rows of one log becomes an
//! entry. That needs a text that can be read twice and cut at any byte: a plain file. From anything else
//! the rows are read as ordinary NDJSON, with a warning.

mod keys;
mod row;
mod runs;

use std::borrow::Cow;
use std::collections::HashMap;

use super::lines::{TextLine, each_line};
use super::{Decode, Format, Sample, Settings, docker};
use crate::error::{Error, Location};
use crate::identity::Identity;
use crate::json::{KeySpreader, merged};
use crate::query::Wanted;
use crate::record::Record;
use crate::source::{Catalog, Entry, FormatId, Newlines, Piece, longest_row};
use crate::table::{LinesBuilder, Origin};
use row::Row;

/// Rows that ripsaw wrote. Before `ndjson`, which would read them too, but not into their columns.
pub(super) static FORMAT: Format = Format {
    name: "ripsaw",
    title: "rows that ripsaw wrote as NDJSON",
    detected_by: "objects with ripsaw's own columns, bundle, file and line first, then keys",
    columns: &[("all columns", "the key of the same name")],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(survey),
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| {
        let max_line = longest_row(settings.max_line);
        Box::new(Decoder { max_line, spreader: None, apart: String::new() })
    },
};

/// `line` is a column of the rows, not their place in this file.
static ORIGIN: Origin =
    Origin { name: "ripsaw", spans_lines: false, own_lines: false, size_limits: &[] };

/// The reason for files and for the entries made of them.
const DETECTED_BY: &str = "rows with ripsaw's columns bundle, file and line first";

/// The reason for the logs in files of columns.
pub(super) const IN_FILE: &str = "a file with ripsaw's columns";

/// The format that is read instead if the logs cannot be found beforehand.
const SUBSTITUTE: &str = "ndjson";

/// The first line may be longer than the sample, so its beginning is enough.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = row::begins_row(sample.first_line())
        || sample.has_lines(|line| row::begins_row(line.as_bytes()));
    is_one.then(|| DETECTED_BY.into())
}

/// The format of an entry whose format is detected while it is read, as on standard input: this format
/// becomes its substitute, because there is no second pass.
pub(super) fn in_passing(told: FormatId) -> FormatId {
    if Some(told) == FormatId::named(FORMAT.name) { substitute() } else { told }
}

/// Gives the keys of the rows in a text, an object for each, with those that are null.
pub(crate) fn each_keys(text: &[u8], each: &mut dyn FnMut(&str)) {
    for line in text.split(|&byte| byte == b'\n') {
        if let Some(keys) = std::str::from_utf8(line).ok().and_then(keys::of_line) {
            each(&keys);
        }
    }
}

/// This format.
pub(super) fn id() -> FormatId {
    FormatId::named(FORMAT.name).expect("a format")
}

/// See [`SUBSTITUTE`].
fn substitute() -> FormatId {
    FormatId::named(SUBSTITUTE).expect("a format")
}

/// Divides each file into its logs. Files that cannot be divided become ordinary NDJSON, with a warning.
fn survey(catalog: &mut Catalog, own: FormatId) {
    let files: Vec<usize> =
        (0..catalog.entries.len()).filter(|&at| is_text(&catalog.entries[at], own)).collect();
    let mut divided = HashMap::new();
    for file in files {
        let text = catalog.stored_text(file).ok_or(Hindrance::NotInPlace);
        let parts = text.and_then(|text| {
            Ok((runs::find(&text, longest_row(catalog.options().max_line))?, text))
        });
        match parts {
            Ok((parts, text)) => {
                // A copy of it goes to every part.
                catalog.entries[file].detected_by = Cow::Borrowed(DETECTED_BY);
                divided.insert(file, (text, parts));
            }
            Err(why) => {
                let warning = why.warning(catalog.locate(file));
                catalog.warnings.push(warning);
                let entry = &mut catalog.entries[file];
                entry.format = Some(substitute());
                entry.detected_by = "rows that ripsaw wrote, which cannot be read back here".into();
            }
        }
    }
    catalog.divide(divided);
}

/// Whether an entry is a text of rows: those in files of columns are logs already.
fn is_text(entry: &Entry, own: FormatId) -> bool {
    entry.format == Some(own) && entry.written().is_none()
}

/// Why rows cannot be read back into their columns.
enum Hindrance {
    /// The text is not stored as it is: it is compressed, or in another encoding.
    NotInPlace,
    /// The rows change between logs more than [`runs::MOST`] times.
    TooManyRuns,
    /// The pass over the file failed.
    Io(std::io::Error),
}

impl Hindrance {
    /// The warning with what the user can do about it.
    fn warning(self, location: Location) -> Error {
        const TASK: &str = "cannot read rows back into their columns";
        match self {
            Self::NotInPlace => {
                let cause = "ripsaw's own rows can only be read back from a plain UTF-8 file; they are \
                             read as ordinary NDJSON";
                Error::new(TASK, location, cause).with_hint("decompress it, and name the file")
            }
            Self::TooManyRuns => {
                let cause = format!(
                    "the rows of one log should be adjacent, but these change between logs more than \
                     {} times; they are read as ordinary NDJSON",
                    runs::MOST
                );
                Error::new(TASK, location, cause).with_hint("sort them by bundle, file and line")
            }
            Self::Io(cause) => Error::io(TASK, location, cause),
        }
    }
}

/// Rows are lines for themselves: no context is needed.
struct Decoder {
    max_line: usize,
    /// Made with the first keys.
    spreader: Option<KeySpreader>,
    /// A row with its keys as one member.
    apart: String,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let Self { spreader, apart, .. } = self;
        each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
            push(line, apart, spreader, rows);
        });
    }
}

/// Writes a row as it was, or an error row of the file itself, with its physical line.
fn push(
    line: &TextLine<'_, '_>,
    apart: &mut String,
    spreader: &mut Option<KeySpreader>,
    rows: &mut LinesBuilder,
) {
    let place = line.place;
    match Row::parse(line.text, apart) {
        Ok((row, _)) => match row.keys() {
            None => {
                let record = row.record();
                let is_line = docker::is_output(record.extra);
                rows.push_row((row.line, place.offset), &record, row.error(), is_line);
            }
            Some(keys) => push_keyed(&row, keys, place.offset, spreader, rows),
        },
        Err(reason) => {
            rows.push_malformed(place.line, place.offset, Some(line.text.as_bytes()), reason);
        }
    }
}

/// Writes a row with keys: to their columns if the rows have those, else to `extra`.
fn push_keyed(
    row: &Row<'_>,
    keys: &str,
    offset: u64,
    spreader: &mut Option<KeySpreader>,
    rows: &mut LinesBuilder,
) {
    let record = row.record();
    let whole = merged(keys, record.extra);
    let number = rows.row();
    let (mut rest, mut is_late) = (Some(whole.clone()), false);
    if let Some(mut columns) = rows.take_keys() {
        let spreader = spreader.get_or_insert_with(|| KeySpreader::new(&columns));
        let (left, outcome) = spreader.spread(keys, number, &mut columns);
        rows.put_keys(columns);
        rest = match (left, record.extra) {
            (Some(left), extra) => Some(merged(&left, extra)),
            (None, extra) => extra.map(str::to_owned),
        };
        is_late = outcome.is_late;
    }
    // A record without a message is the text of its row.
    let json = Record { extra: Some(&whole), ..record.clone() }.json_beside_message().into_owned();
    let record = Record { extra: rest.as_deref(), ..record };
    rows.push_row_of_keys(row.line, offset, &record, row.error(), (&json, is_late));
}
