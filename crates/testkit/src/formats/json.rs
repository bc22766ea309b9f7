//! Docker, NDJSON, and JSON documents.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::envelope::{self, behind_mark, is_action};
use super::keys::Keys;
use super::lines::{Line, lines, plain, plain_row, without_mark};
use super::record::fill_from;
use crate::oracle::{INVALID, NO_OBJECT, NOT_UTF8, Row, TOO_LONG, clean, members, object, string};

/// The row of a record that may be invalid.
pub(super) fn record(raw: &[u8], line: i64, max_line: usize, keys: &Keys) -> Row {
    if raw.len() > max_line {
        return Row::error(line, TOO_LONG, &raw[..raw.len().min(4096)]);
    }
    if std::str::from_utf8(raw).is_err() {
        return Row::error(line, NOT_UTF8, raw);
    }
    match serde_json::from_slice::<Value>(raw) {
        Ok(Value::Object(_)) => {
            let mut row = Row::empty(line);
            fill_from(&mut row, &members(std::str::from_utf8(raw).unwrap()), keys);
            row
        }
        Ok(_) => Row::error(line, NO_OBJECT, raw),
        Err(_) => Row::error(line, INVALID, raw),
    }
}

pub(super) fn ndjson(text: &[u8], max_line: usize) -> Vec<Row> {
    let lines = lines(text);
    let is_object = |line: &Line| {
        let text = line.raw.iter().find(|byte| !b" \t".contains(byte));
        text == Some(&b'{')
    };
    let row = |(index, line): (usize, &Line)| {
        if line.raw.len() > max_line || std::str::from_utf8(line.raw).is_err() {
            return match is_object(line) {
                true => vec![record(line.raw, line.number, max_line, Keys::of_any())],
                false => vec![plain_row(line, max_line)],
            };
        }
        if is_object(line) {
            if is_action(line.raw) && lines.get(index + 1).is_some_and(is_object) {
                return Vec::new();
            }
            return envelope::rows(line.raw, line.number, max_line);
        }
        match behind_mark(line.raw) {
            Some(start) => envelope::rows(&line.raw[start..], line.number, max_line),
            None => vec![plain_row(line, max_line)],
        }
    };
    lines.iter().enumerate().flat_map(row).collect()
}

/// A row whose message is not whole yet.
struct Open {
    stream: Option<String>,
    row: usize,
    text: String,
    joined: Vec<String>,
    time: Option<String>,
}

impl Open {
    fn finish(self, rows: &mut [Row]) {
        let row = &mut rows[self.row];
        row.message = Some(clean(&self.text));
        if !self.joined.is_empty() {
            let joined = format!("\"joined\":[{}]", self.joined.join(","));
            row.extra =
                Some(match row.extra.as_deref().and_then(|extra| extra.strip_suffix('}')) {
                    Some(others) => format!("{others},{joined}}}"),
                    None => format!("{{{joined}}}"),
                });
        }
        open_object(row, &self.text, self.time.as_deref());
    }
}

/// Fills a row of Docker's from the object that its message is; `time` is Docker's, as written.
pub(super) fn open_object(row: &mut Row, text: &str, time: Option<&str>) {
    if !text.trim_start().starts_with('{')
        || !serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
    {
        return;
    }
    let mut own = Row::empty(row.line);
    fill_from(&mut own, &members(text), Keys::of_any());
    let mut extra: Vec<(String, String)> = Vec::new();
    let outer = row.extra.take();
    let time = time.filter(|_| own.timestamp.is_some()).map(|time| format!("{{\"time\":{time}}}"));
    let has_time =
        outer.as_deref().is_some_and(|extra| members(extra).iter().any(|m| m.0 == "time"));
    let time = time.filter(|_| !has_time);
    for object in [outer, time, own.extra.take()].into_iter().flatten() {
        for (key, value) in members(&object) {
            let mut key = key;
            while extra.iter().any(|other| other.0 == key) {
                key.push('_');
            }
            extra.push((key, value.to_owned()));
        }
    }
    own.extra = (!extra.is_empty()).then(|| object(&extra));
    if own.timestamp.is_none() {
        (own.timestamp, own.zone) = (row.timestamp, row.zone.take());
    }
    *row = own;
}

pub(super) fn docker(text: &[u8], max_line: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut all_open: Vec<Open> = Vec::new();
    for line in lines(text) {
        let row = record(line.raw, line.number, max_line, &Keys::of_docker());
        if row.error.is_some() {
            rows.push(row);
            continue;
        }
        let members = members(std::str::from_utf8(line.raw).unwrap());
        let value = |key: &str| members.iter().rev().find(|member| member.0 == key).map(|m| m.1);
        let Some(log) = value("log").filter(|raw| raw.starts_with('"')).map(string) else {
            rows.push(row);
            continue;
        };
        let ends = log.ends_with('\n');
        let stream =
            value("stream").map(|raw| if raw.starts_with('"') { string(raw) } else { raw.into() });
        let place = all_open.iter().position(|open| open.stream == stream);
        if let Some(place) = place {
            let open = &mut all_open[place];
            open.text.push_str(&log);
            open.joined.push(value("time").unwrap_or("null").to_owned());
            if ends || open.text.len() > max_line {
                all_open.remove(place).finish(&mut rows);
            }
            continue;
        }
        if !ends {
            let (row, time) = (rows.len(), value("time").map(str::to_owned));
            all_open.push(Open { stream, row, text: log.clone(), joined: Vec::new(), time });
        }
        let mut row = row;
        if ends {
            open_object(&mut row, &log, value("time"));
        }
        rows.push(row);
    }
    for open in all_open {
        open.finish(&mut rows);
    }
    rows
}

/// Whether the bytes of a text are within strings.
#[derive(Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    /// Whether the next byte is outside strings, and no quote.
    fn is_outside(&mut self, byte: u8) -> bool {
        let is_escaped = std::mem::take(&mut self.is_escaped);
        match byte {
            _ if is_escaped => false,
            b'"' => {
                self.is_open = !self.is_open;
                false
            }
            _ => {
                self.is_escaped = self.is_open && byte == b'\\';
                !self.is_open
            }
        }
    }
}

/// The brackets that are open, and the quotes.
#[derive(Default)]
struct Brackets {
    open: Vec<u8>,
    quotes: Quotes,
}

/// What a byte does to brackets.
enum Pass {
    /// It closes the first one.
    Closed,
    /// It closes one that is not open.
    Stray,
    /// It is within a string, or a quote.
    Inside,
    /// All else.
    Outside,
}

impl Brackets {
    fn pass(&mut self, byte: u8) -> Pass {
        if !self.quotes.is_outside(byte) {
            return Pass::Inside;
        }
        let opening = match byte {
            b'{' | b'[' => {
                self.open.push(byte);
                return Pass::Outside;
            }
            b'}' => b'{',
            b']' => b'[',
            _ => return Pass::Outside,
        };
        // Those within it that were not closed end with it.
        let Some(at) = self.open.iter().rposition(|&open| open == opening) else {
            return Pass::Stray;
        };
        self.open.truncate(at);
        if at == 0 { Pass::Closed } else { Pass::Outside }
    }
}

/// JSON whose values may span lines, taken apart by quotes and brackets alone.
pub(super) struct Document<'a> {
    pub(super) text: &'a [u8],
    newlines: Vec<usize>,
}

impl<'a> Document<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self::whole(without_mark(text))
    }

    /// Of a part of a text.
    pub(super) fn whole(text: &'a [u8]) -> Self {
        let newlines = (0..text.len()).filter(|&at| text[at] == b'\n').collect();
        Document { text, newlines }
    }

    /// The physical line of a place.
    pub(super) fn line(&self, at: usize) -> i64 {
        self.newlines.partition_point(|&newline| newline < at) as i64 + 1
    }

    pub(super) fn trim(&self, part: Range<usize>) -> Range<usize> {
        let is_space = |at: &usize| b" \t\r\n".contains(&self.text[*at]);
        let start = part.clone().find(|at| !is_space(at)).unwrap_or(part.end);
        let end = (start..part.end).rev().find(|at| !is_space(at)).map_or(start, |last| last + 1);
        start..end
    }

    /// The values at the top.
    pub(super) fn values(&self) -> Vec<Range<usize>> {
        let mut values = Vec::new();
        let mut at = 0;
        loop {
            at = self.trim(at..self.text.len()).start;
            if at == self.text.len() {
                return values;
            }
            let end = if b"{[".contains(&self.text[at]) {
                self.parts(at, b',').1
            } else {
                let ends = |at: &usize| b" \t\r\n{[".contains(&self.text[*at]);
                (at..self.text.len()).find(ends).unwrap_or(self.text.len())
            };
            values.push(at..end);
            at = end;
        }
    }

    /// The documents, and where the lines of text begin that follow them.
    pub(super) fn documents(&self) -> (Vec<Range<usize>>, usize) {
        let (mut documents, mut at) = (Vec::new(), 0);
        loop {
            let is_blank = |at: &usize| !b" \t\r\n,\x1e".contains(&self.text[*at]);
            let Some(start) = (at..self.text.len()).find(is_blank) else {
                return (documents, self.text.len());
            };
            let Some(end) = self.document(start) else {
                let line = self.text[at..start].iter().position(|&byte| byte == b'\n');
                let is_first = documents.is_empty();
                return (documents, line.filter(|_| !is_first).map_or(at, |line| at + line + 1));
            };
            documents.push(start..end);
            at = end;
        }
    }

    /// Where the document ends that begins at `start`, if one does.
    fn document(&self, start: usize) -> Option<usize> {
        static BEGINS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"^(?:\[[ \t\r\n]*)?\{[ \t\r\n]*(?:\}|"(?s-u:[^"\\\n]|\\.)*"[ \t\r\n]*:)"#)
                .unwrap()
        });
        static EMPTY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[[ \t\r\n]*\]").unwrap());
        let (_, end) = self.parts(start, b',');
        let is_array = self.text[start] == b'[';
        let is_empty = is_array && self.text[start + 1..end].trim_ascii() == b"]";
        let rest = &self.text[end..];
        let mut blanks = rest.iter().copied();
        let next = blanks.find(|byte| !b" \t\r,".contains(byte));
        let on_this_line = !self.text[start..end].contains(&b'\n');
        let at = (end + rest.len()).saturating_sub(blanks.len() + 1);
        let ends_line = match next {
            Some(b'{' | b'[') => {
                BEGINS.is_match(&self.text[at..]) || EMPTY.is_match(&self.text[at..])
            }
            next => matches!(next, None | Some(b'\n')),
        };
        let follows = rest.iter().position(|byte| !b" \t\r\n,".contains(byte));
        let is_closed = matches!(self.text[end - 1], b'}' | b']');
        let is_one = match is_array {
            _ if is_empty => {
                ends_line && follows.is_none_or(|at| self.document(end + at).is_some())
            }
            _ if !BEGINS.is_match(&self.text[start..]) => false,
            true => ends_line || !on_this_line,
            false if end == self.text.len() && !is_closed => {
                let cut = serde_json::from_slice::<Value>(&self.text[start..]);
                cut.is_err_and(|error| error.is_eof())
            }
            false => ends_line && is_closed,
        };
        is_one.then_some(end)
    }

    /// What stands between the separators of the object or array that begins at `open`, and where
    /// that ends.
    pub(super) fn parts(&self, open: usize, separator: u8) -> (Vec<Range<usize>>, usize) {
        let (mut parts, mut start) = (Vec::new(), open + 1);
        let mut brackets = Brackets::default();
        let mut end = (self.text.len(), self.text.len());
        for at in open..self.text.len() {
            let byte = self.text[at];
            match brackets.pass(byte) {
                Pass::Stray => end = (at, at),
                Pass::Closed => end = (at, at + 1),
                Pass::Outside if byte == separator && brackets.open.len() == 1 => {
                    parts.push(self.trim(start..at));
                    start = at + 1;
                    continue;
                }
                Pass::Outside | Pass::Inside => continue,
            }
            break;
        }
        let last = self.trim(start.min(end.0)..end.0);
        if !last.is_empty() || !parts.is_empty() {
            parts.push(last);
        }
        (parts, end.1)
    }

    /// Whether the brackets that begin at `open` are not closed.
    pub(super) fn is_open(&self, open: usize) -> bool {
        let mut brackets = Brackets::default();
        let is_one = |byte: &u8| !matches!(brackets.pass(*byte), Pass::Stray | Pass::Closed);
        self.text[open..].iter().all(is_one) && brackets.open.len() == 1 && !brackets.quotes.is_open
    }

    /// The members of the object that begins at `open`: the key, if it is one, and the value's place.
    pub(super) fn members(&self, open: usize) -> Vec<(Option<String>, Range<usize>)> {
        let mut members = Vec::new();
        for part in self.parts(open, b',').0 {
            let mut quotes = Quotes::default();
            let is_colon = |&at: &usize| quotes.is_outside(self.text[at]) && self.text[at] == b':';
            let at = part.clone().find(is_colon).unwrap_or(part.end);
            let key = serde_json::from_slice(&self.text[part.start..at]).ok();
            members.push((key, self.trim((at + 1).min(part.end)..part.end)));
        }
        members
    }
}

pub(super) fn json(text: &[u8], max_line: usize) -> Vec<Row> {
    let document = Document::new(text);
    let mut rows = Vec::new();
    let (documents, lines) = document.documents();
    for value in documents {
        if document.text[value.start] == b'[' {
            for part in document.parts(value.start, b',').0 {
                let line = document.line(part.start);
                rows.extend(envelope::rows(&document.text[part], line, max_line));
            }
        } else {
            let line = document.line(value.start);
            rows.extend(envelope::rows_of_document(&document.text[value], line, max_line));
        }
    }
    let before = document.line(lines) - 1;
    for mut row in plain(&document.text[lines..], max_line) {
        row.line += before;
        rows.push(row);
    }
    rows
}
