//! CSV as ripsaw writes it: a unit is some records. An empty field is null, and `""` an empty text.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{Schema, SchemaRef};
use memchr::{memchr, memchr2};

use super::columns::{COLUMNS, Kind, kind};
use super::keys::text_field;
use super::table::{Batches, Bytes, Rows, Source, damaged};
use super::untyped::{Values, text_of};
use crate::source::BYTE_ORDER_MARK;

/// Bytes of a unit, about, and of a record at most.
const UNIT: usize = 1 << 20;
const LONGEST: usize = 1 << 30;

/// Bytes that are read at a time.
const STEP: usize = 1 << 20;

/// A CSV file.
#[derive(Debug)]
pub(super) struct Csv {
    source: Source,
    schema: SchemaRef,
    units: Vec<u64>,
    /// Where the units are.
    ranges: Vec<Range<u64>>,
    failure: Option<String>,
    /// Another program has put quotes around all fields, null or not.
    is_all_quoted: bool,
    /// What fields without quotes have for null, as `--csv-null` wrote it.
    null: Option<String>,
}

impl Csv {
    /// Finds the records of a file; `None` if its header is not one that ripsaw writes.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn open(source: Source) -> io::Result<Option<Self>> {
        let bytes = source.open()?;
        let mut start = vec![0; BYTE_ORDER_MARK.len()];
        let read = bytes.read_some(&mut start, 0)?;
        let at = if start[..read] == *BYTE_ORDER_MARK { read as u64 } else { 0 };
        let mut records = Records { bytes: &bytes, at, text: Vec::new(), used: 0 };
        let Some(header) = records.next()? else { return Ok(None) };
        let is_all_quoted = header.starts_with(b"\"");
        let names: Vec<String> = fields(header).filter_map(|field| field.text).collect();
        if names.iter().filter(|name| COLUMNS.contains(&&***name)).count() < 3 {
            return Ok(None);
        }
        let (mut units, mut ranges) = (Vec::new(), Vec::new());
        let mut start = records.place();
        let (mut rows, mut failure) = (0, None);
        let (mut nulls, mut keys) = (Nulls::new(&names), KeyValues::new(&names, is_all_quoted));
        loop {
            let record = records.next();
            match record {
                Ok(Some(record)) => {
                    nulls.look_at(record);
                    keys.look_at(record);
                    rows += 1;
                }
                Ok(None) => {}
                Err(ref error) => failure = Some(error.to_string()),
            }
            let (is_last, end) = (!matches!(record, Ok(Some(_))), records.place());
            if rows > 0 && (is_last || end - start >= UNIT as u64) {
                units.push(rows);
                ranges.push(start..end);
                (rows, start) = (0, end);
            }
            if is_last {
                break;
            }
        }
        drop(bytes);
        let null = nulls.text;
        let fields = names.iter().enumerate();
        let fields = fields.map(|(at, name)| text_field(name, keys.is_json(at, null.as_deref())));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Some(Self { source, schema, units, ranges, failure, is_all_quoted, null }))
    }
}

impl Rows for Csv {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn units(&self) -> &[u64] {
        &self.units
    }

    fn read(&self, columns: &[usize], unit: usize, rows: &[Range<u64>]) -> io::Result<Batches> {
        let bytes = self.source.open()?;
        let range = self.ranges[unit].clone();
        let text = bytes.read(range.start, (range.end - range.start) as usize)?;
        let mut builders: Vec<StringBuilder> =
            columns.iter().map(|_| StringBuilder::new()).collect();
        let (mut at, mut row, mut count) = (0, 0, 0);
        let mut failure = None;
        while let Some(length) = record_length(&text[at..], true) {
            let record = &text[at..at + length];
            at += length;
            if rows.iter().any(|rows| rows.contains(&row)) {
                let all: Vec<CsvField> = fields(record).collect();
                if all.len() != self.schema.fields().len() {
                    let cause = "a record of the CSV file has another number of fields";
                    failure = Some(Err(damaged(cause)));
                    break;
                }
                for (builder, &column) in builders.iter_mut().zip(columns) {
                    let CsvField { text, is_quoted } = &all[column];
                    let is_null = |text: &&str| match is_quoted {
                        true => self.is_all_quoted && text.is_empty(),
                        false => self.null.as_deref() == Some(*text),
                    };
                    builder.append_option(text.as_deref().filter(|text| !is_null(text)));
                }
                count += 1;
            }
            row += 1;
        }
        let arrays = builders.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let schema = self.schema.project(columns).map_err(io::Error::other)?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let batch = RecordBatch::try_new_with_options(Arc::new(schema), arrays.collect(), &options);
        let batch = batch.map_err(io::Error::other);
        Ok(Box::new(std::iter::once(batch).chain(failure)))
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// Finds out what a file has for null: a text without quotes in a column of numbers, times or objects that is none of
/// those.
struct Nulls {
    columns: Vec<(usize, Kind)>,
    /// Records that are still looked at: most have some null.
    left: usize,
    text: Option<String>,
}

impl Nulls {
    fn new(names: &[String]) -> Self {
        let kind_of = |name: &String| {
            let place = COLUMNS.iter().position(|own| own == name)?;
            Some(kind(place)).filter(|kind| *kind != Kind::Text)
        };
        let columns = names.iter().enumerate();
        let columns = columns.filter_map(|(at, name)| Some((at, kind_of(name)?))).collect();
        Self { columns, left: 1000, text: None }
    }

    fn look_at(&mut self, record: &[u8]) {
        if self.left == 0 || self.text.is_some() {
            return;
        }
        self.left -= 1;
        let all: Vec<CsvField> = fields(record).collect();
        let of_column = |(at, kind): &(usize, Kind)| {
            let field = all.get(*at).filter(|field| !field.is_quoted)?;
            field.text.clone().filter(|text| !may_be(text, *kind))
        };
        self.text = self.columns.iter().find_map(of_column);
    }
}

/// Finds out which columns of keys are JSON.
struct KeyValues {
    /// Those that may be, with their places.
    columns: Vec<(usize, Values)>,
    is_all_quoted: bool,
}

impl KeyValues {
    fn new(names: &[String], is_all_quoted: bool) -> Self {
        let keys = names.iter().enumerate().filter(|(_, name)| !COLUMNS.contains(&name.as_str()));
        let columns = keys.map(|(at, _)| (at, Values::default())).collect();
        Self { columns, is_all_quoted }
    }

    fn look_at(&mut self, record: &[u8]) {
        if self.columns.is_empty() {
            return;
        }
        let mut keys = self.columns.iter_mut().peekable();
        for (at, (field, is_quoted)) in raw_fields(record).enumerate() {
            let Some((_, values)) = keys.next_if(|(own, _)| *own == at) else { continue };
            if !field.is_empty() {
                values.add(&text_of(field, is_quoted));
            } else if is_quoted && !self.is_all_quoted {
                values.add("");
            }
        }
        self.columns.retain(|(_, values)| !values.is_text());
    }

    fn is_json(&self, column: usize, null: Option<&str>) -> bool {
        self.columns.iter().any(|(at, values)| *at == column && values.is_json(null))
    }
}

/// Whether a text may be a value of such a column.
fn may_be(text: &str, kind: Kind) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Integer => text.parse::<i64>().is_ok(),
        Kind::Time => {
            let date = text.trim_start_matches(['-', '+']);
            date.len() > 4 && date.bytes().take(4).all(|byte| byte.is_ascii_digit())
        }
        Kind::Args | Kind::Json => text.starts_with('{'),
    }
}

/// The records of a file, one after the other.
struct Records<'b> {
    bytes: &'b Bytes,
    /// Where the text ends in the file.
    at: u64,
    text: Vec<u8>,
    /// How much of the text is given.
    used: usize,
}

impl Records<'_> {
    /// Where the next record begins.
    fn place(&self) -> u64 {
        self.at - (self.text.len() - self.used) as u64
    }

    /// The next record with its line end; `None` at the end.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let mut is_all = false;
        loop {
            let rest = &self.text[self.used..];
            if let Some(length) = record_length(rest, is_all) {
                let start = self.used;
                self.used += length;
                return Ok(Some(&self.text[start..start + length]));
            }
            if is_all {
                return match rest.is_empty() {
                    true => Ok(None),
                    false => Err(damaged("the CSV file ends within quotes")),
                };
            }
            if rest.len() > LONGEST {
                return Err(damaged("a record of the CSV file has more than 1 GiB"));
            }
            // As much again as there is, so that a long record is looked at few times.
            self.text.drain(..self.used);
            self.used = 0;
            let (old, step) = (self.text.len(), STEP.max(self.text.len()));
            self.text.resize(old + step, 0);
            let read = self.bytes.read_some(&mut self.text[old..], self.at)?;
            self.text.truncate(old + read);
            self.at += read as u64;
            is_all = read == 0;
        }
    }
}

/// The length of the first record of a text, with its line end; `None` if it is not whole. `is_all`: nothing
/// comes after the text.
fn record_length(text: &[u8], is_all: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        let next = at + memchr2(b'"', b'\n', &text[at..]).unwrap_or(text.len() - at);
        match text.get(next) {
            Some(b'\n') => return Some(next + 1),
            // Two quotes within quotes are the end of one and the beginning of the next.
            Some(_) => at = next + 1 + memchr(b'"', &text[next + 1..])? + 1,
            None => return (is_all && !text.is_empty()).then_some(text.len()),
        }
    }
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
struct CsvField {
    /// `None`: it is empty, without quotes.
    text: Option<String>,
    is_quoted: bool,
}

/// The fields of a record.
fn fields(record: &[u8]) -> impl Iterator<Item = CsvField> {
    raw_fields(record).map(|(field, is_quoted)| {
        let is_null = field.is_empty() && !is_quoted;
        let text = (!is_null).then(|| text_of(field, is_quoted).into_owned());
        CsvField { text, is_quoted }
    })
}

/// The fields of a record without the quotes around them, and whether those are there.
fn raw_fields(record: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let mut rest = Some(record.strip_suffix(b"\r").unwrap_or(record));
    std::iter::from_fn(move || {
        let text = rest?;
        let (field, after) = match text.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = quoted_length(quoted);
                ((&quoted[..end], true), quoted.get(end + 1..).unwrap_or_default())
            }
            None => {
                let end = memchr(b',', text).unwrap_or(text.len());
                ((&text[..end], false), &text[end..])
            }
        };
        // What follows a closing quote before the comma is not written by anybody.
        rest = memchr(b',', after).map(|comma| &after[comma + 1..]);
        Some(field)
    })
}

/// The length of a quoted text up to its closing quote.
fn quoted_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let Some(quote) = memchr(b'"', &text[at..]) else { return text.len() };
        at += quote;
        match text.get(at + 1) {
            Some(b'"') => at += 2,
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fields, record_length};

    fn all(text: &str) -> Vec<Vec<Option<String>>> {
        let (mut records, mut rest) = (Vec::new(), text.as_bytes());
        while let Some(length) = record_length(rest, true) {
            records.push(fields(&rest[..length]).map(|field| field.text).collect());
            rest = &rest[length..];
        }
        records
    }

    #[test]
    fn records_and_fields() {
        let some = |text: &str| Some(text.to_owned());
        let text = "a,,\"\",\"b \"\"c\"\", d\r\n\"\r\nx,y\n\"z\"";
        let expected = vec![
            vec![some("a"), None, some(""), some("b \"c\", d\r\n")],
            vec![some("x"), some("y")],
            vec![some("z")],
        ];
        assert_eq!(all(text), expected);
        assert_eq!(all(",\n"), [[None, None]]);
        assert_eq!(record_length(b"a,\"b\n", true), None);
        assert_eq!(record_length(b"a", false), None);
        assert!(all("").is_empty());
    }
}
