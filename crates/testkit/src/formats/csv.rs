//! A header and records.

use super::deepset::{CsvRecord, csv_records};
use super::made::{Made, names};
use crate::oracle::{FIELDS, NOT_UTF8, OPEN, Row, TOO_LONG};

const COLUMNS: [&str; 4] = ["timestamp", "level", "message", "pos"];

pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    let records = csv_records(text, separator(text), max_line);
    let Some(header) = records.first() else { return Vec::new() };
    let keys: Vec<String> = header.cells.iter().map(|name| key(&lossy(name))).collect();
    records[1..].iter().map(|record| row(record, &keys, max_line)).collect()
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The one of which the first record has the most, and of several the first.
fn separator(text: &[u8]) -> u8 {
    let fields =
        |separator| csv_records(text, separator, usize::MAX).first().map_or(0, |it| it.cells.len());
    let mut best = b',';
    for other in [b'\t', b';'] {
        if fields(other) > fields(best) {
            best = other;
        }
    }
    best
}

/// The key of a cell: the one that `ndjson` knows, in whatever case, but rather in lower case.
fn key(name: &str) -> String {
    let known = names(&COLUMNS);
    if known.contains(&name) {
        return name.to_owned();
    }
    let short = name.replace(" [UTC]", "");
    let is_same = |own: &&&str| **own == short;
    let is_lower = |own: &&&str| **own == short.to_ascii_lowercase();
    let is_alike = |own: &&&str| short.len() > 1 && own.eq_ignore_ascii_case(&short);
    let found = known.iter().find(is_same);
    let found = found.or_else(|| known.iter().find(is_lower));
    let found = found.or_else(|| known.iter().find(is_alike));
    found.map_or(name, |own| own).to_owned()
}

fn row(record: &CsvRecord, keys: &[String], max_line: usize) -> Row {
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
    if cells.len() != keys.len() {
        return Row::error(line, FIELDS, raw);
    }
    let mut made = Made::default();
    for (key, cell) in keys.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        made.text(key, std::str::from_utf8(cell).unwrap());
    }
    made.row(line)
}

/// Whether a text begins with such a header.
pub(super) fn is_one(text: &[u8]) -> bool {
    let records = csv_records(text, separator(text), usize::MAX);
    let Some(header) = records.first() else { return false };
    let header: Vec<String> = header.cells.iter().map(|name| lossy(name)).collect();
    let has = |column: &str| {
        let known = names(&[column]);
        header.iter().any(|name| known.contains(&&*key(name)))
    };
    let is_odd = |(at, name): (usize, &String)| name.is_empty() || header[..at].contains(name);
    header.len() >= 2
        && !header.iter().enumerate().any(is_odd)
        && has("timestamp")
        && has("message")
        && records.get(1).is_none_or(|second| second.is_open || second.cells.len() == header.len())
}
