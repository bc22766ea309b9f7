//! CSV with a header, as log services export it: CloudWatch, Datadog, Papertrail. The separator is a comma, a tab or a
//! semicolon.
//!
//! ```text
//! Date,Host,Service,Status,Message
//! 2026-03-09T10:00:00.123Z,web-1,shop,error,"no such user, ""eve"""
//! ```
//!
//! The names are keys as in [`ndjson`]. All values are texts, since CSV has no types.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::direct::Direct;
use super::lines::{self, Place};
use super::made::PADDING;
use super::objects::Objects;
use super::records::{Next, OPEN, Reader, Records, SEPARATORS, fields_of, ranges, trimmed};
use super::{Decode, Format, Sample, Settings, ndjson};
use crate::identity::Identity;
use crate::json::{Mapping, close_object, push_quoted, quoted_key};
use crate::query::Wanted;
use crate::source::{Ending, Framing, Piece};
use crate::table::{LinesBuilder, Origin};

/// CSV. deepset's comes before it.
pub(super) static FORMAT: Format = Format {
    name: "csv",
    title: "CSV and TSV with a header: CloudWatch, Datadog, Papertrail",
    detected_by: "a first record with names of a time and of a message",
    columns: ndjson::COLUMNS,
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Csv { max_line: usize::MAX, records: None }),
    decoder: |settings: &Settings| {
        let objects = Objects::new(settings.mapping.clone(), settings.max_line);
        let direct = Direct::new(settings.mapping.clone());
        let (max_line, is_direct) = (settings.max_line, direct.is_possible());
        let (json, keys) = (String::new(), Keys::default());
        Box::new(Decoder { max_line, objects, direct, is_direct, json, keys })
    },
};

/// A record may span lines.
static ORIGIN: Origin =
    Origin { name: "csv", spans_lines: true, own_lines: true, size_limits: &[] };

/// The separator that gives the first record of a text the most fields.
fn separator_of(text: &[u8]) -> u8 {
    let fields = |separator: &u8| fields_of(text, *separator).len();
    // Of several that give as many, the first.
    SEPARATORS.into_iter().rev().max_by_key(fields).unwrap_or(SEPARATORS[0])
}

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let first = sample.first_line();
    // Most other texts end here.
    SEPARATORS.iter().find(|separator| first.contains(separator))?;
    let separator = separator_of(sample.text);
    let names = fields_of(sample.text, separator);
    let mapping = Mapping::usual();
    let is_named = names.len() > 1 && names.iter().all(|name| !name.trim().is_empty());
    let mut seen = HashSet::new();
    let is_unique = names.iter().all(|name| seen.insert(name));
    let is_of = |kind: fn(&str) -> bool| names.iter().any(|name| kind(&key_of(name, mapping)));
    let (is_time, is_message) =
        (|key: &str| Mapping::is_time(key), |key: &str| Mapping::is_message(key));
    if !is_named || !is_unique || !is_of(is_time) || !is_of(is_message) {
        return None;
    }
    // The next record shows whether the first is a header or a line of prose.
    let mut reader = Reader::new(separator, usize::MAX);
    let mut counts = Vec::new();
    while counts.len() < 2 {
        match reader.read(sample.text, !sample.is_whole) {
            Next::Record => {
                counts.push(reader.fields());
                reader.columns = names.len();
            }
            Next::Blank => {}
            Next::Open | Next::More => break,
        }
    }
    let is_alike = counts.get(1).is_none_or(|second| *second == names.len());
    is_alike.then(|| "CSV with a time and a message".into())
}

/// The key of a name: one that fills a column and is the same in other letters, with preference in lower case. Azure names
/// the zone after it.
fn key_of(name: &str, mapping: &Mapping) -> String {
    let plain = name.strip_suffix(" [UTC]").unwrap_or(name);
    let lower = plain.to_lowercase();
    if mapping.is_known(name) {
        return name.to_owned();
    }
    match [plain, &lower].into_iter().find(|own| mapping.is_known(own)) {
        Some(own) => own.to_owned(),
        None => mapping.known_as(plain).unwrap_or(name).to_owned(),
    }
}

/// Cuts after records. The context is the separator and the header.
struct Csv {
    max_line: usize,
    /// With their separator; none before anything was seen of the text.
    records: Option<(u8, Records)>,
}

impl Framing for Csv {
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let max_line = self.max_line;
        let (_, records) = self.records.get_or_insert_with(|| {
            let separator = separator_of(text);
            (separator, Records::new(separator, max_line))
        });
        records.cut(text, is_long)
    }

    fn context(&self) -> Vec<u8> {
        let records = self.records.as_ref();
        records.map_or_else(Vec::new, |(separator, records)| {
            [&[*separator][..], &records.context()].concat()
        })
    }

    fn limit(&mut self, max_line: usize) {
        self.max_line = max_line;
    }
}

/// Where the records of a piece are.
pub(super) fn records(piece: &Piece, text: &[u8], max_line: usize) -> Vec<Range<usize>> {
    let own = || (separator_of(text), &[][..]);
    let context = piece.context.split_first();
    let context = context.map_or_else(own, |(separator, header)| (*separator, header));
    ranges((piece, text), context, max_line)
}

struct Decoder {
    max_line: usize,
    objects: Objects,
    direct: Direct,
    is_direct: bool,
    /// The object that was made last, and blanks.
    json: String,
    keys: Keys,
}

/// The keys of a header.
#[derive(Default)]
struct Keys {
    header: Vec<u8>,
    separator: u8,
    names: Vec<String>,
    /// As JSON, with the colon after them.
    keys: Vec<String>,
    /// No two are the same.
    are_distinct: bool,
}

impl Keys {
    fn set(&mut self, header: &[u8], separator: u8, mapping: &Mapping) {
        if self.header == header && self.separator == separator {
            return;
        }
        let names = fields_of(header, separator);
        let names: Vec<String> = names.iter().map(|name| key_of(name, mapping)).collect();
        let keys = names.iter().map(|name| quoted_key(name)).collect();
        let are_distinct = names.iter().collect::<HashSet<_>>().len() == names.len();
        *self = Self { header: header.to_vec(), separator, names, keys, are_distinct };
    }
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize, &ORIGIN);
        let (rest, first) = match lines::begin(piece, text, self.max_line, rows) {
            Ok(begun) => begun,
            Err(end) => return lines::finish(piece, end, None, rows),
        };
        let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
        let (separator, mut header) = match piece.context.split_first() {
            Some((separator, header)) => (*separator, header),
            None => (separator_of(rest), &[][..]),
        };
        let mapping = self.objects.mapping().clone();
        if !header.is_empty() {
            self.keys.set(header, separator, &mapping);
        }
        let mut reader = Reader::new(separator, self.max_line);
        reader.columns = self.keys.names.len() * usize::from(!header.is_empty());
        // All of it at once, which takes less time than each record.
        let valid = simdutf8::basic::from_utf8(rest).ok();
        let (mut start, mut line) = (0, first.line);
        let mut cells = Vec::with_capacity(reader.columns);
        loop {
            let next = reader.read(rest, partial);
            let record = trimmed(&rest[start..reader.at]);
            let place = Place { line, offset: first.offset + start as u64 };
            match next {
                Next::More => break,
                Next::Blank => {}
                Next::Record | Next::Open if header.is_empty() => {
                    header = &rest[start..reader.at];
                    self.keys.set(header, separator, &mapping);
                    reader.columns = self.keys.names.len();
                }
                Next::Record | Next::Open => {
                    let text = match valid {
                        Some(valid) => valid.get(start..start + record.len()),
                        None => std::str::from_utf8(record).ok(),
                    };
                    match text.filter(|text| text.len() <= self.max_line) {
                        None => lines::refuse_text(record, self.max_line, place, rows),
                        Some(text) if next == Next::Record => {
                            cells.clear();
                            cells.extend(reader.valid_texts(text, start));
                            self.push(text, &cells, place, rows);
                        }
                        Some(_) => {
                            let (raw, reason) = (Some(record), OPEN.to_owned());
                            rows.push_malformed(place.line, place.offset, raw, reason);
                        }
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
}

impl Decoder {
    /// Writes the row of a record with these cells, or the error row of one with too many or too few.
    fn push(
        &mut self,
        record: &str,
        cells: &[Cow<'_, str>],
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        let Self { direct, keys, json, .. } = self;
        if cells.len() != keys.keys.len() {
            let (fields, names) = (cells.len(), keys.keys.len());
            let reason = format!("the record has {fields} fields, the header {names}");
            let raw = Some(record.as_bytes());
            return rows.push_malformed(place.line, place.offset, raw, reason);
        }
        if self.is_direct && keys.are_distinct {
            let members = keys.names.iter().zip(cells).enumerate();
            let members = members.map(|(at, (name, cell))| (at, &**name, &**cell));
            // As CSV cannot write null.
            if direct.push(members.filter(|(.., cell)| !cell.is_empty()), place, rows) {
                return;
            }
        }
        json.clear();
        for (key, cell) in keys.keys.iter().zip(cells) {
            push_cell(json, key, cell);
        }
        close_object(json, 0);
        let length = json.len();
        json.push_str(PADDING);
        self.objects.push_made(&json[..length], json, record, place, rows);
    }
}

/// Adds a cell; an empty one is absent, as CSV cannot write null.
#[inline]
fn push_cell(json: &mut String, key: &str, cell: &str) {
    if !cell.is_empty() {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(key);
        push_quoted(json, cell);
    }
}
