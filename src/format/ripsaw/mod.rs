//! Rows that ripsaw wrote as NDJSON: read back into the columns that they were written from.
//!
//! Each row names its log. What a log is called must be known before its rows are read, so [`runs`]
//! finds the logs in a pass of its own, and each run of rows of one log becomes an entry.

mod row;
mod runs;

use std::borrow::Cow;
use std::collections::HashMap;

use super::lines::{TextLine, each_line};
use super::{Decode, Format, Sample, Settings};
use crate::error::{Error, Location};
use crate::identity::Identity;
use crate::query::Needles;
use crate::source::{Catalog, FormatId, Newlines, Piece};
use crate::table::{LinesBuilder, Origin};
use row::Row;

/// Rows that ripsaw wrote.
pub(super) static FORMAT: Format = Format {
    name: "ripsaw",
    title: "rows that ripsaw wrote as NDJSON",
    told_by: "objects with ripsaw's own columns, bundle, file and line first",
    columns: &[("all columns", "the key of the same name")],
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(survey),
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(Decoder { max_line: settings.max_line }),
};

static ORIGIN: Origin =
    Origin { name: "ripsaw", spans_lines: false, own_lines: false, size_limits: &[] };

const TOLD_BY: &str = "rows with ripsaw's columns bundle, file and line first";

/// The format that is read in its place where the logs cannot be found beforehand.
const SUBSTITUTE: &str = "ndjson";

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = row::begins_row(sample.first_line())
        || sample.has_lines(|line| row::begins_row(line.as_bytes()));
    is_one.then(|| TOLD_BY.into())
}

/// The format in which an entry is read that is told to be of this one only then.
pub(super) fn in_passing(told: FormatId) -> FormatId {
    if Some(told) == FormatId::named(FORMAT.name) { substitute() } else { told }
}

fn substitute() -> FormatId {
    FormatId::named(SUBSTITUTE).expect("a format")
}

/// Finds the logs whose rows the files hold, and puts those in the place of the files.
fn survey(catalog: &mut Catalog, own: FormatId) {
    let files: Vec<usize> =
        (0..catalog.entries.len()).filter(|&at| catalog.entries[at].format == Some(own)).collect();
    let mut divided = HashMap::new();
    for file in files {
        let text = catalog.stored_text(file).ok_or(Hindrance::NotInPlace);
        let parts =
            text.and_then(|text| Ok((runs::find(&text, catalog.options().max_line)?, text)));
        match parts {
            Ok((parts, text)) => {
                // A copy of it goes to every part.
                catalog.entries[file].told_by = Cow::Borrowed(TOLD_BY);
                divided.insert(file, (text, parts));
            }
            Err(why) => {
                let warning = why.warning(catalog.locate(file));
                catalog.warnings.push(warning);
                let entry = &mut catalog.entries[file];
                entry.format = Some(substitute());
                entry.told_by = "rows that ripsaw wrote, which cannot be read back here".into();
            }
        }
    }
    catalog.divide(divided);
}

/// Why rows cannot be read back.
enum Hindrance {
    NotInPlace,
    TooManyRuns,
    Io(std::io::Error),
}

impl Hindrance {
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

struct Decoder {
    max_line: usize,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Option<&Needles>, rows: &mut LinesBuilder) {
        each_line(piece, text, self.max_line, &ORIGIN, rows, push);
    }
}

fn push(line: &TextLine<'_, '_>, rows: &mut LinesBuilder) {
    let place = line.place;
    match Row::parse(line.text) {
        Ok(row) => rows.push_row(row.line, place.offset, &row.record(), row.error()),
        Err(reason) => {
            rows.push_malformed(place.line, place.offset, Some(line.text.as_bytes()), reason);
        }
    }
}
