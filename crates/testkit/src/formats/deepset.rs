//! deepset: pages, arrays, records a line, CSV.

use std::ops::Range;

use super::json::{Document, record};
use super::keys::Keys;
use super::lines::{is_blank, lines, without_mark};
use super::record::fill_from;
use crate::oracle::{FIELDS, NOT_UTF8, OPEN, Row, TOO_LONG, members};

const PAGE: [&str; 3] = ["data", "has_more", "total"];

pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    let document = Document::new(text);
    let Some(first) = document.values().into_iter().next() else { return Vec::new() };
    let has_brace = document.text[first.start] == b'{';
    let mut rows = Vec::new();
    if !has_brace && document.text[first.start] != b'[' {
        return csv(text, max_line);
    }
    let is_on_one_line = document.line(first.start) == document.line(first.end);
    if has_brace && is_on_one_line && !is_page(&document, &first) {
        for line in lines(text) {
            let line_alone = Document::new(line.raw);
            match line_alone.values().first() {
                Some(value) if is_page(&line_alone, value) => {
                    page(&line_alone, value, line.number - 1, max_line, &mut rows);
                }
                _ => {
                    rows.push(record(line.raw, line.number, max_line, &Keys::of_deepset()));
                }
            }
        }
        return rows;
    }
    for value in document.values() {
        let parts = match document.text[value.start] {
            b'[' => document.parts(value.start, b',').0,
            _ => vec![value],
        };
        for part in parts {
            if is_page(&document, &part) {
                page(&document, &part, 0, max_line, &mut rows);
            } else {
                element(&document, part, 0, max_line, &mut rows);
            }
        }
    }
    rows
}

fn is_page(document: &Document, value: &Range<usize>) -> bool {
    let is_object = document.text.get(value.start) == Some(&b'{');
    let first = is_object.then(|| document.members(value.start).into_iter().next()).flatten();
    first.is_some_and(|(key, _)| key.is_some_and(|key| PAGE.contains(&&*key)))
}

fn element(doc: &Document, part: Range<usize>, before: i64, max_line: usize, rows: &mut Vec<Row>) {
    let line = before + doc.line(part.start);
    rows.push(record(&doc.text[part], line, max_line, &Keys::of_deepset()));
}

fn page(doc: &Document, page: &Range<usize>, before: i64, max_line: usize, rows: &mut Vec<Row>) {
    for (key, value) in doc.members(page.start) {
        let key = key.unwrap_or_default();
        if key == "data" && doc.text.get(value.start) == Some(&b'[') {
            for part in doc.parts(value.start, b',').0 {
                element(doc, part, before, max_line, rows);
            }
        } else if !is_known(&key, &doc.text[value.clone()]) {
            let raw = std::str::from_utf8(&doc.text[value.clone()]).unwrap();
            let object = format!("{{{}:{raw}}}", serde_json::to_string(&key).unwrap());
            let last = |end: usize, byte| doc.text[..end].iter().rposition(|&b| b == byte).unwrap();
            let line = before + doc.line(last(last(value.start, b':'), b'"'));
            rows.push(record(object.as_bytes(), line, usize::MAX, &Keys::none()));
        }
    }
}

fn is_known(key: &str, value: &[u8]) -> bool {
    match key {
        "has_more" => value == b"true" || value == b"false",
        "total" => std::str::from_utf8(value).is_ok_and(|value| value.parse::<i64>().is_ok()),
        _ => false,
    }
}

/// One record of a CSV file.
pub(super) struct CsvRecord<'a> {
    pub(super) line: i64,
    /// Without its line end.
    pub(super) raw: &'a [u8],
    pub(super) cells: Vec<Vec<u8>>,
    /// It is a line whose quote is not closed. It has cells only as the header.
    pub(super) is_open: bool,
}

/// RFC 4180: a quoted cell may have separators, newlines, and quotes that are doubled. A line from which no such record
/// of at most `max_line` bytes begins is by itself.
pub(super) fn csv_records(text: &[u8], separator: u8, max_line: usize) -> Vec<CsvRecord<'_>> {
    let text = without_mark(text);
    let mut records: Vec<CsvRecord> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let newline = text[at..].iter().position(|&byte| byte == b'\n');
        let end_of_line = newline.map_or(text.len(), |newline| at + newline);
        if is_blank(&text[at..end_of_line]) {
            (at, line) = (end_of_line + 1, line + 1);
            continue;
        }
        let columns = records.first().map(|header| header.cells.len());
        let found = cells(text, at, separator).filter(|(end, cells)| {
            let is_wrong = columns.is_some_and(|columns| columns != cells.len());
            !text[at..*end].contains(&b'\n') || !is_wrong && end - at <= max_line
        });
        let is_open = found.is_none();
        let (end, cells) = found.unwrap_or((end_of_line, Vec::new()));
        let raw = &text[at..end];
        let raw = raw.strip_suffix(b"\r").filter(|_| end < text.len()).unwrap_or(raw);
        let cells = match columns {
            None if is_open => raw.split(|&byte| byte == separator).map(<[u8]>::to_vec).collect(),
            _ => cells,
        };
        records.push(CsvRecord { line, raw, cells, is_open });
        line += 1 + text[at..end].iter().filter(|&&byte| byte == b'\n').count() as i64;
        at = end + 1;
    }
    records
}

/// The cells of the record that begins at a place, and where its line end is; none if a quote is not closed, or is on
/// another line, with text after it, or there are too many such cells.
fn cells(text: &[u8], mut at: usize, separator: u8) -> Option<(usize, Vec<Vec<u8>>)> {
    let (mut cells, mut cell, mut is_start) = (Vec::new(), Vec::new(), true);
    let mut with_newlines = 0;
    loop {
        let Some(&byte) = text.get(at) else {
            cells.push(cell);
            return Some((at, cells));
        };
        let rest = &text[at..];
        at += 1;
        if byte == b'\n' {
            cells.push(cell);
            return Some((at - 1, cells));
        } else if byte == separator {
            cells.push(std::mem::take(&mut cell));
            is_start = true;
            continue;
        } else if byte == b'"' && is_start {
            loop {
                let byte = *text.get(at)?;
                at += 1;
                if byte != b'"' {
                    cell.push(byte);
                } else if text.get(at) == Some(&b'"') {
                    cell.push(b'"');
                    at += 1;
                } else {
                    break;
                }
            }
            if cell.contains(&b'\n') {
                with_newlines += 1;
                let rest = &text[at..];
                let is_end = rest.is_empty() || rest[0] == b'\n' || rest.starts_with(b"\r\n");
                if with_newlines > 64 || !is_end && rest[0] != separator {
                    return None;
                }
            }
        } else if !rest.starts_with(b"\r\n") {
            cell.push(byte);
        }
        is_start = false;
    }
}

fn csv(text: &[u8], max_line: usize) -> Vec<Row> {
    let records = csv_records(text, b',', max_line);
    let header = &records[0].cells;
    let names: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    records[1..].iter().map(|record| csv_row(record, &names, max_line)).collect()
}

fn csv_row(record: &CsvRecord, names: &[String], max_line: usize) -> Row {
    let &CsvRecord { line, raw, ref cells, .. } = record;
    if raw.len() > max_line {
        return Row::error(line, TOO_LONG, &raw[..raw.len().min(4096)]);
    }
    if std::str::from_utf8(raw).is_err() {
        return Row::error(line, NOT_UTF8, raw);
    }
    if record.is_open {
        return Row::error(line, OPEN, raw);
    }
    if cells.len() != names.len() {
        return Row::error(line, FIELDS, raw);
    }
    let mut parts = Vec::new();
    for (name, cell) in names.iter().zip(cells) {
        if cell.is_empty() {
            continue;
        }
        let may_be_json = ["exceptions", "extra_fields"].contains(&&**name);
        let cell = std::str::from_utf8(cell).unwrap();
        let value = if may_be_json && serde_json::from_str::<serde_json::Value>(cell).is_ok() {
            cell.to_owned()
        } else {
            serde_json::to_string(cell).unwrap()
        };
        parts.push(format!("{}:{value}", serde_json::to_string(name).unwrap()));
    }
    let mut row = Row::empty(line);
    let object = format!("{{{}}}", parts.join(","));
    fill_from(&mut row, &members(&object), &Keys::of_deepset());
    row
}
