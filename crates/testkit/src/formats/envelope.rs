//! Objects that hold records, and several objects in one text.

use std::ops::Range;

use serde_json::Value;

use super::json::{Document, record};
use super::keys::Keys;
use super::record::fill_from;
use crate::oracle::{INVALID, Row, TOO_LONG, members};

/// A larger object is read record by record.
const LARGE: usize = 512 << 10;

/// A member of an object.
#[derive(Clone)]
struct Member {
    key: String,
    /// The key and the value as written.
    quoted: String,
    value: String,
}

fn holders(level: &str) -> &'static [&'static str] {
    match level {
        "" => &["Records", "records", "events", "items", "logEvents", "resourceLogs"],
        "resourceLogs" => &["scopeLogs"],
        "scopeLogs" => &["logRecords"],
        _ => &[],
    }
}

/// What an object that holds records consists of.
struct Parts {
    /// The key of the array.
    level: String,
    records: Vec<Range<usize>>,
    before: Vec<Member>,
    after: Vec<Member>,
    /// The part that could not be parsed as a member.
    rest: Option<Range<usize>>,
    /// Whether a time, level or message is before the array, and after it.
    telling: [bool; 2],
}

/// The rows of a document.
pub(super) fn rows_of_document(raw: &[u8], line: i64, max_line: usize) -> Vec<Row> {
    match raw.len() > LARGE {
        true => held(raw, line, max_line, (false, true)),
        false => None,
    }
    .unwrap_or_else(|| rows(raw, line, max_line))
}

/// The rows of what begins with a brace.
pub(super) fn rows(raw: &[u8], line: i64, max_line: usize) -> Vec<Row> {
    let is_valid = std::str::from_utf8(raw).is_ok() && serde_json::from_slice::<Value>(raw).is_ok();
    if !is_valid && let Some(parts) = several(raw) {
        let newlines = |at: usize| raw[..at].iter().filter(|&&byte| byte == b'\n').count() as i64;
        return parts
            .into_iter()
            .flat_map(|part| rows(&raw[part.clone()], line + newlines(part.start), max_line))
            .collect();
    }
    held(raw, line, max_line, (is_valid, false))
        .unwrap_or_else(|| vec![record(raw, line, max_line, Keys::of_any())])
}

/// The rows of an object that holds records.
fn held(
    raw: &[u8],
    line: i64,
    max_line: usize,
    (is_valid, is_large): (bool, bool),
) -> Option<Vec<Row>> {
    let document = Document::whole(raw);
    let parts = parts(&document, "")?;
    if parts.telling[0] || !is_large && parts.telling[1] {
        return None;
    }
    let is_object = |record: &Range<usize>| raw[record.start] == b'{';
    if is_valid && !parts.records.iter().all(is_object) {
        return None;
    }
    let mut rows = Vec::new();
    let (mut of_each, mut after) = (parts.before.clone(), Vec::new());
    if is_large {
        after = parts.after.clone();
    } else {
        of_each.extend(parts.after.clone());
    }
    // What is repeated in records may be in none.
    let first = &raw[parts.records.first()?.clone()];
    let first = record(first, line, max_line, Keys::of_any());
    if is_large && !of_each.is_empty() && first.error.is_some_and(|error| error != TOO_LONG) {
        rows.push(of_members(&of_each, line, max_line));
    }
    // Without the rows of members that no record has.
    let mut read = Vec::new();
    expand(&document, (&parts, &of_each, &[]), line, (max_line, [false; 2]), &mut read);
    let is_broken = [!is_valid && !is_large, !is_valid || is_large];
    expand(&document, (&parts, &of_each, &[]), line, (max_line, is_broken), &mut rows);
    if !after.is_empty() {
        let at = parts.records.last().unwrap().end;
        let close = raw[at..].iter().position(|&byte| byte == b']').unwrap();
        let rest = &raw[at + close + 1..];
        let start = rest.iter().position(|&byte| byte == b'"').unwrap();
        let place = document.line(at + close + 1 + start) + line - 1;
        rows.push(of_members(&after, place, max_line));
    }
    // Those that are too long are not broken.
    let is_whole = |row: &Row| row.error.is_none_or(|error| error == TOO_LONG);
    (is_valid || read.iter().any(is_whole)).then_some(rows)
}

fn expand(
    document: &Document,
    (parts, own, outer): (&Parts, &[Member], &[Member]),
    line: i64,
    (max_line, is_broken): (usize, [bool; 2]),
    rows: &mut Vec<Row>,
) -> bool {
    let (start, mut is_read) = (rows.len(), false);
    let length: usize = own.iter().map(|m| m.quoted.len() + m.value.len() + 2).sum();
    let mut added = own.to_vec();
    let is_apart = length > 4_096 || serde_json::from_str::<Value>(&joined(own)).is_err();
    if is_apart {
        rows.push(of_members(own, line, max_line));
        added.clear();
    }
    added.extend(outer.to_vec());
    for part in &parts.records {
        let raw = &document.text[part.clone()];
        let at = document.line(part.start) + line - 1;
        let inner = Document::whole(raw);
        if !holders(&parts.level).is_empty()
            && let Some(parts) = self::parts(&inner, &parts.level)
            && parts.records.iter().all(|record| raw[record.start] == b'{')
        {
            let own = [parts.before.clone(), parts.after.clone()].concat();
            is_read |=
                expand(&inner, (&parts, &own, &added), at, (max_line, [is_broken[1]; 2]), rows);
            continue;
        }
        let row = element(raw, at, max_line, &added);
        is_read |= row.error.is_none_or(|error| error == TOO_LONG);
        rows.push(row);
    }
    // Members that no record has.
    if is_broken[0] && !is_read && !own.is_empty() && !is_apart {
        rows.insert(start, of_members(own, line, max_line));
    }
    if let Some(rest) = parts.rest.clone() {
        let raw = &document.text[rest.clone()];
        let message = (!raw.is_empty()).then(|| String::from_utf8_lossy(raw).into_owned());
        let line = document.line(rest.start) + line - 1;
        rows.push(Row { message, error: Some(INVALID), ..Row::empty(line) });
    }
    is_read
}

/// The row of a record with the members of what holds it.
fn element(raw: &[u8], line: i64, max_line: usize, added: &[Member]) -> Row {
    let row = record(raw, line, max_line, Keys::of_any());
    if row.error.is_some() {
        return row;
    }
    let mut members = members(std::str::from_utf8(raw).unwrap());
    for Member { key, value, .. } in added {
        let mut key = key.clone();
        while members.iter().any(|own| own.0 == key) {
            key.push('_');
        }
        members.push((key, value));
    }
    let mut row = Row::empty(line);
    fill_from(&mut row, &members, Keys::of_any());
    row
}

/// The row of members that are not added to each record.
fn of_members(members: &[Member], line: i64, max_line: usize) -> Row {
    element(joined(members).as_bytes(), line, max_line, &[])
}

fn joined(members: &[Member]) -> String {
    let member = |member: &Member| format!("{}:{}", member.quoted, member.value);
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
}

/// Takes apart the object that a text is, or begins to be.
fn parts(document: &Document, level: &str) -> Option<Parts> {
    let text = document.text;
    let open =
        text.iter().position(|byte| !b" \t\r\n".contains(byte)).filter(|&at| text[at] == b'{')?;
    let (ranges, end) = document.parts(open, b',');
    let is_closed = closes(text, open, end);
    let (mut before, mut after, mut found) = (Vec::new(), Vec::new(), None);
    let (mut rest, mut telling) = (None, [false; 2]);
    let count = ranges.len();
    for (index, (part, (key, value))) in ranges.into_iter().zip(document.members(open)).enumerate()
    {
        let is_last = index + 1 == count && !is_closed;
        let Some(key) = key.filter(|_| !value.is_empty()) else {
            rest = Some(part);
            break;
        };
        let written = &text[value.clone()];
        let quoted = String::from_utf8_lossy(text[part.start..value.start].trim_ascii_end());
        let quoted = quoted.trim_end_matches(':').trim_end().to_owned();
        if found.is_none() && holders(level).contains(&&*key) && is_array_of_objects(written) {
            let (mut records, end) = document.parts(value.start, b',');
            if !closes(text, value.start, end) {
                let last = records.pop()?;
                // A record that is cut off is an error row, which says enough.
                let is_cut = !last.is_empty() && !is_complete(&text[last.clone()]);
                if !last.is_empty() {
                    records.push(last.clone());
                }
                rest = (!is_cut).then_some(text.len()..text.len());
                found = Some((key, records));
                break;
            }
            found = Some((key, records));
            continue;
        }
        telling[usize::from(found.is_some())] |= Keys::of_any().is_telling(&key, written);
        if is_last && !is_complete(written) {
            rest = Some(part);
            break;
        }
        let members = if found.is_none() { &mut before } else { &mut after };
        let value = String::from_utf8_lossy(written).into_owned();
        members.push(Member { key, quoted, value });
    }
    let (level, records) = found?;
    let is_cut = records.last().is_some_and(|last| {
        last.end == document.trim(0..text.len()).end && !is_complete(&text[last.clone()])
    });
    if !is_closed && rest.is_none() && !is_cut {
        rest = Some(text.len()..text.len());
    }
    Some(Parts { level, records, before, after, rest, telling })
}

/// Whether brackets that begin at `open` are closed at `end`.
fn closes(text: &[u8], open: usize, end: usize) -> bool {
    let closing = if text[open] == b'{' { b'}' } else { b']' };
    end > open + 1 && text[end - 1] == closing && Document::whole(&text[..end - 1]).is_open(open)
}

/// Whether a value cannot go on: a number may.
fn is_complete(value: &[u8]) -> bool {
    let is_whole = serde_json::from_slice::<Value>(value).is_ok();
    match value[0] {
        b'{' | b'[' => closes(value, 0, Document::whole(value).parts(0, b',').1),
        b'"' => is_whole,
        _ => false,
    }
}

fn is_array_of_objects(value: &[u8]) -> bool {
    let text: Vec<u8> =
        value.iter().copied().filter(|byte| !b" \t\r\n".contains(byte)).take(3).collect();
    matches!(&text[..], [b'[', b'{', b'"' | b'}'])
}

fn begins_object(text: &[u8]) -> bool {
    let text: Vec<u8> =
        text.iter().copied().filter(|byte| !b" \t\r\n".contains(byte)).take(2).collect();
    matches!(&text[..], [b'{', b'"' | b'}'])
}

/// The objects of a text that has at least two, and what follows the last one.
fn several(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let document = Document::whole(text);
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(start) = (at..text.len()).find(|&at| !b" \t\r\n,\x1e".contains(&text[at])) {
        let end = match begins_object(&text[start..]) {
            true => document.parts(start, b',').1,
            false => text.len(),
        };
        parts.push(document.trim(start..end));
        at = end;
    }
    let begins = |part: &Range<usize>| begins_object(&text[part.clone()]);
    (parts.len() > 1 && parts[..2].iter().all(begins)).then_some(parts)
}

/// Where the object begins in a line that has a mark before it.
pub(super) fn behind_mark(line: &[u8]) -> Option<usize> {
    let mark = match line {
        [0x1e, ..] => 1,
        _ if line.starts_with(b"data:") => 5,
        _ => return None,
    };
    let start = (mark..line.len()).find(|&at| !b" \t\x1e".contains(&line[at]))?;
    begins_object(&line[start..]).then_some(start)
}

/// Whether a line is the action of a bulk request that has a document.
pub(super) fn is_action(line: &[u8]) -> bool {
    const KEYS: &str = " _id _index _routing _type _version _version_type dynamic_templates \
        if_primary_term if_seq_no list_executed_pipelines op_type pipeline require_alias \
        require_data_stream retry_on_conflict routing version version_type ";
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else { return false };
    let Some((key, Value::Object(own))) = object.iter().next() else { return false };
    object.len() == 1
        && ["create", "index", "update"].contains(&key.as_str())
        && own.keys().all(|key| KEYS.contains(&format!(" {key} ")))
}

/// Whether a file is one object that holds records, all of it on one line.
pub(super) fn is_one(text: &[u8]) -> bool {
    let document = Document::whole(text);
    let is_line = !text.trim_ascii().contains(&b'\n');
    is_line && parts(&document, "").is_some_and(|parts| !parts.telling[0])
}
