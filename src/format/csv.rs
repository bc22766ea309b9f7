//! CSV with a header, as log services export it: CloudWatch, Datadog, Papertrail. The separator is a comma, a tab or a
//! semicolon.
//!
//! ```text
//! Date,Host,Service,Status,Message
//! 2026-03-09T10:00:00.123Z,web-1,shop,error,"no such user, ""eve"""
//! ```
//!
//! The names are keys as in [`ndjson`]. All values are texts, since CSV has no types.

use memchr::{memchr, memchr_iter, memrchr};

use super::direct::Direct;
use super::lines::{self, Place};
use super::made::PADDING;
use super::objects::Objects;
use super::records::{Records, Room, fields_of, reader, trimmed};
use super::{Decode, Format, Sample, Settings, ndjson};
use crate::identity::Identity;
use crate::json::{Mapping, close_object, push_quoted};
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
    framing: || Box::new(Csv::Unknown),
    decoder: |settings: &Settings| {
        let objects = Objects::new(settings.mapping.clone(), settings.max_line);
        let (room, json) = (Room::default(), String::new());
        let direct = Direct::new(settings.mapping.clone());
        let (max_line, is_direct, keys) =
            (settings.max_line, direct.is_possible(), Keys::default());
        Box::new(Decoder { max_line, objects, direct, is_direct, room, json, keys })
    },
};

/// A record may span lines.
static ORIGIN: Origin =
    Origin { name: "csv", spans_lines: true, own_lines: true, size_limits: &[] };

/// Fields of a record that are written directly.
const COLUMNS: usize = 16;

/// What may separate fields, the likeliest first.
const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];

/// The separator that gives the first record of a text the most fields.
fn separator_of(text: &[u8]) -> u8 {
    let fields = |separator: &u8| fields_of(text, *separator).map_or(0, |fields| fields.len());
    // Of several that give as many, the first.
    SEPARATORS.into_iter().rev().max_by_key(fields).unwrap_or(SEPARATORS[0])
}

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let first = sample.first_line();
    // Most other texts end here.
    SEPARATORS.iter().find(|separator| first.contains(separator))?;
    let separator = separator_of(sample.text);
    let names = fields_of(sample.text, separator)?;
    let mapping = Mapping::default();
    let is_named = names.len() > 1 && names.iter().all(|name| !name.trim().is_empty());
    let is_unique = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    let is_of = |kind: fn(&str) -> bool| names.iter().any(|name| kind(&key_of(name, &mapping)));
    let (is_time, is_message) =
        (|key: &str| Mapping::is_time(key), |key: &str| Mapping::is_message(key));
    if !is_named || !is_unique || !is_of(is_time) || !is_of(is_message) {
        return None;
    }
    // The next record shows whether the first is a header or a line of prose.
    let (mut reader, mut room, mut at) = (reader(separator), Room::default(), 0);
    let mut counts = Vec::new();
    while counts.len() < 2
        && let Some(length) = room.read(&mut reader, &sample.text[at..], !sample.is_whole)
    {
        if room.is_record(&sample.text[at..at + length]) {
            counts.push(room.fields());
        }
        at += length;
    }
    let is_alike = counts.get(1).is_none_or(|second| *second == names.len());
    is_alike.then(|| "CSV with a time and a message".into())
}

/// The key of a name: in lower case, if only that fills a column.
fn key_of(name: &str, mapping: &Mapping) -> String {
    let lower = name.to_lowercase();
    if !mapping.is_known(name) && mapping.is_known(&lower) { lower } else { name.to_owned() }
}

/// Cuts after records. The context is the separator and the header.
enum Csv {
    /// Nothing was seen of the text yet.
    Unknown,
    Records(u8, Records),
}

impl Framing for Csv {
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        if let Self::Unknown = self {
            let separator = separator_of(text);
            *self = Self::Records(separator, Records::new(separator));
        }
        match self {
            Self::Records(_, records) => records.cut(text, is_long),
            // The text above has decided.
            Self::Unknown => None,
        }
    }

    fn context(&self) -> Vec<u8> {
        match self {
            Self::Unknown => Vec::new(),
            Self::Records(separator, records) => [&[*separator][..], &records.context()].concat(),
        }
    }
}

struct Decoder {
    max_line: usize,
    objects: Objects,
    direct: Direct,
    is_direct: bool,
    room: Room,
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
}

impl Keys {
    fn set(&mut self, header: &[u8], separator: u8, mapping: &Mapping) {
        if self.header == header && self.separator == separator {
            return;
        }
        let names = fields_of(header, separator).unwrap_or_default();
        let names: Vec<String> = names.iter().map(|name| key_of(name, mapping)).collect();
        let quoted = |name: &String| {
            let mut key = String::new();
            push_quoted(&mut key, name);
            key.push(':');
            key
        };
        let keys = names.iter().map(quoted).collect();
        *self = Self { header: header.to_vec(), separator, names, keys };
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
        let mut reader = reader(separator);
        let (mut at, mut line) = (0, first.line);
        while at < rest.len() {
            let place = Place { line, offset: first.offset + at as u64 };
            // Without quotes, a record is a line.
            let newline = memchr(b'\n', &rest[at..]).map(|newline| at + newline + 1);
            let end = newline.unwrap_or(rest.len());
            let own = &rest[at..end];
            if newline.is_some() && !header.is_empty() && memchr(b'"', own).is_none() {
                if !lines::is_blank(trimmed(own)) {
                    self.push_plain(trimmed(own), separator, place, rows);
                }
                (at, line) = (end, line + 1);
                continue;
            }
            let Some(length) = self.room.read(&mut reader, &rest[at..], partial) else { break };
            let record = &rest[at..at + length];
            let blank = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let blank = memrchr(b'\n', &record[..blank]).map_or(0, |newline| newline + 1);
            // The reader passes blank lines before a record, but the row's line is the record's.
            let (blank, record) = record.split_at(blank);
            let blank_lines = memchr_iter(b'\n', blank).count() as i64;
            let place =
                Place { line: line + blank_lines, offset: place.offset + blank.len() as u64 };
            if self.room.is_record(record) {
                match header.is_empty() {
                    true => {
                        header = record;
                        self.keys.set(header, separator, &mapping);
                    }
                    false => self.push_quoted(trimmed(record), place, rows),
                }
            }
            line += memchr_iter(b'\n', &rest[at..at + length]).count() as i64;
            at += length;
        }
        // What is left is a record that could not be read to its end.
        let end = Place { line, offset: first.offset + at as u64 };
        lines::finish(piece, end, (at < rest.len()).then_some(&rest[at..]), rows);
    }
}

impl Decoder {
    /// Writes the row of a record without quotes.
    fn push_plain(&mut self, record: &[u8], separator: u8, place: Place, rows: &mut LinesBuilder) {
        let text = match std::str::from_utf8(record) {
            Ok(text) if record.len() <= self.max_line => text,
            _ => return lines::refuse_text(record, self.max_line, place, rows),
        };
        if self.is_direct && self.push_direct(text, separator, place, rows) {
            return;
        }
        let (keys, json) = (&self.keys.keys, &mut self.json);
        json.clear();
        let mut fields = 0;
        let mut start = 0;
        loop {
            let end = memchr(separator, &record[start..]).map_or(text.len(), |end| start + end);
            if let Some(key) = keys.get(fields) {
                push_cell(json, key, &text[start..end]);
            }
            fields += 1;
            if end == text.len() {
                break;
            }
            start = end + 1;
        }
        self.finish(fields, text, place, rows);
    }

    /// Writes the row of a record without quotes, if it has nothing unusual.
    fn push_direct(
        &mut self,
        text: &str,
        separator: u8,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let names = &self.keys.names;
        // On the stack: exports have few columns.
        let mut members = [("", ""); COLUMNS];
        let (mut count, mut fields, mut start) = (0, 0, 0);
        let ends = memchr_iter(separator, text.as_bytes()).chain([text.len()]);
        for end in ends {
            let Some(name) = names.get(fields) else { return false };
            fields += 1;
            if end > start {
                let Some(member) = members.get_mut(count) else { return false };
                *member = (name, &text[start..end]);
                count += 1;
            }
            start = end + 1;
        }
        fields == names.len() && self.direct.push(&members[..count], place, rows)
    }

    /// Writes the row of the record that was read last.
    fn push_quoted(&mut self, record: &[u8], place: Place, rows: &mut LinesBuilder) {
        let text = match std::str::from_utf8(record) {
            Ok(text) if record.len() <= self.max_line => text,
            _ => return lines::refuse_text(record, self.max_line, place, rows),
        };
        if self.is_direct && self.room.fields() == self.keys.names.len() {
            let cells = self.keys.names.iter().zip(self.room.texts());
            let members: Vec<_> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
            let members: Vec<(&str, _)> =
                members.iter().map(|(name, cell)| (name.as_str(), &**cell)).collect();
            if self.direct.push(&members, place, rows) {
                return;
            }
        }
        self.json.clear();
        for (key, cell) in self.keys.keys.iter().zip(self.room.texts()) {
            push_cell(&mut self.json, key, &cell);
        }
        self.finish(self.room.fields(), text, place, rows);
    }

    /// Writes the row of the object that was made, or the error row of a record with too many or too few fields.
    fn finish(&mut self, fields: usize, record: &str, place: Place, rows: &mut LinesBuilder) {
        if fields != self.keys.keys.len() {
            let reason =
                format!("the record has {fields} fields, the header {}", self.keys.keys.len());
            let raw = Some(record.as_bytes());
            return rows.push_malformed(place.line, place.offset, raw, reason);
        }
        let json = &mut self.json;
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
