//! The table `lines` by plain loops, slow and from the rules alone: nothing of the library but the
//! identity of a path, which has tests of its own.

use std::fs;
use std::io::Read;
use std::path::Path;

use ripsaw::identity::{Identity, identify};
use serde_json::Value;

use crate::ansi;
use crate::formats;

/// One row of the table, every column as a plain value.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub bundle: String,
    pub file: String,
    pub line: i64,
    pub identity: Identity,
    pub timestamp: Option<i64>,
    pub zone: Option<String>,
    pub level: Option<String>,
    pub level_text: Option<String>,
    pub pos: Option<i64>,
    pub message: Option<String>,
    pub args: Option<Vec<(String, String)>>,
    pub extra: Option<String>,
    /// The class of the error: one of [`ERRORS`].
    pub error: Option<&'static str>,
}

pub const INVALID: &str = "invalid JSON at byte ";
pub const NO_OBJECT: &str = "not a JSON object but ";
pub const TOO_LONG: &str = "the line has ";
pub const UNREADABLE: &str = "could not read the rest of the entry: ";
pub const NOT_UTF8: &str = "invalid UTF-8 at byte ";
pub const FIELDS: &str = "the record has ";
pub const OPEN: &str = "a quote is not closed";
pub const PAIRS: &str = "invalid logfmt at byte ";

/// How the texts in the column `error` begin.
pub const ERRORS: [&str; 8] =
    [INVALID, NO_OBJECT, TOO_LONG, UNREADABLE, NOT_UTF8, FIELDS, OPEN, PAIRS];

impl Row {
    pub fn empty(line: i64) -> Self {
        Row {
            bundle: String::new(),
            file: String::new(),
            line,
            identity: Identity::default(),
            timestamp: None,
            zone: None,
            level: None,
            level_text: None,
            pos: None,
            message: None,
            args: None,
            extra: None,
            error: None,
        }
    }

    pub fn error(line: i64, class: &'static str, raw: &[u8]) -> Self {
        let text = raw.strip_suffix(b"\r").unwrap_or(raw);
        let message = Some(String::from_utf8_lossy(text).into_owned());
        Row { message, error: Some(class), ..Row::empty(line) }
    }

    pub fn is_unreadable(&self) -> bool {
        self.error == Some(UNREADABLE)
    }
}

/// A line that is no record.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    pub line: i64,
    pub offset: u64,
    pub raw: Option<Vec<u8>>,
}

/// One log file.
#[derive(Debug)]
pub struct Entry {
    pub file: String,
    pub format: &'static str,
    pub bytes: usize,
    pub failed: bool,
    pub rows: Vec<Row>,
    pub rejects: Vec<Reject>,
}

/// How an entry's bytes end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Whole,
    /// All bytes are here, but they are not the declared ones.
    Mismatch,
    /// The rest is lost.
    Lost,
}

/// The entries of an input, all of them Harness logs: a zip, a directory, a file.
pub fn entries(input: &Path, max_line: usize) -> Vec<Entry> {
    read(input, max_line, false)
}

/// The entries of an input, each of the format that it is told to be of.
pub fn entries_of_formats(input: &Path, max_line: usize) -> Vec<Entry> {
    read(input, max_line, true)
}

fn read(input: &Path, max_line: usize, recognise: bool) -> Vec<Entry> {
    let mut reader = Reader { max_line, recognise, entries: Vec::new() };
    let name = input.to_str().unwrap();
    if input.is_dir() {
        reader.directory(input, name);
    } else {
        let bytes = fs::read(input).unwrap();
        if bytes.starts_with(b"PK") {
            reader.archive(&bytes, name);
        } else {
            reader.file(name, input.file_name().unwrap().to_str().unwrap(), bytes);
        }
    }
    reader.entries
}

/// The rows of an input, each file of the format that it is told to be of.
pub fn rows_of_formats(input: &Path, max_line: usize) -> Vec<Row> {
    entries_of_formats(input, max_line).into_iter().flat_map(|entry| entry.rows).collect()
}

/// The rows of an input.
pub fn rows(input: &Path, max_line: usize) -> Vec<Row> {
    entries(input, max_line).into_iter().flat_map(|entry| entry.rows).collect()
}

struct Reader {
    max_line: usize,
    recognise: bool,
    entries: Vec<Entry>,
}

impl Reader {
    fn directory(&mut self, root: &Path, bundle: &str) {
        let mut names = Vec::new();
        list(root, "", &mut names);
        names.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        for name in names {
            let bytes = fs::read(root.join(&name)).unwrap();
            if name.to_lowercase().ends_with(".zip") {
                self.archive(&bytes, &format!("{bundle}!{name}"));
            } else {
                self.file(bundle, &name, bytes);
            }
        }
    }

    fn file(&mut self, bundle: &str, file: &str, bytes: Vec<u8>) {
        let text = unpack(bytes);
        self.text(bundle, file, &text, End::Whole);
    }

    fn archive(&mut self, zip: &[u8], bundle: &str) {
        for member in members_of_zip(zip) {
            if member.name.ends_with('/') && member.inflated == 0 {
                continue;
            }
            if member.flags & 1 == 1 || ![0, 8].contains(&member.method) {
                self.text(bundle, &member.name, b"", End::Mismatch);
                continue;
            }
            let (text, end) = member.text(zip);
            if member.name.to_lowercase().ends_with(".zip") {
                self.archive(&text, &format!("{bundle}!{}", member.name));
            } else {
                self.text(bundle, &member.name, &unpack(text), end);
            }
        }
    }

    fn text(&mut self, bundle: &str, file: &str, text: &[u8], end: End) {
        let text = &utf8(text);
        let (mut rows, rejects) = lines(text, self.max_line, end);
        let mut identity = identify(file);
        if identity == Identity::default() {
            identity = identify(&format!("{bundle}/{file}"));
        }
        let mut format = "harness";
        if identity == Identity::default() && end == End::Whole && self.recognise {
            format = formats::recognise(file, text);
        }
        if format != "harness" {
            rows = formats::rows_of(format, file, text, self.max_line, Some(formats::MODIFIED));
            identity = formats::identity(format, bundle, file);
        }
        for row in &mut rows {
            row.bundle = bundle.to_owned();
            row.file = file.to_owned();
            let own = std::mem::take(&mut row.identity);
            row.identity = Identity {
                stage: own.stage.or(identity.stage.clone()),
                step_group: own.step_group.or(identity.step_group.clone()),
                step: own.step.or(identity.step.clone()),
                ..identity.clone()
            };
        }
        let (file, bytes, failed) = (file.to_owned(), text.len(), end != End::Whole);
        let entry = Entry { file, format, bytes, failed, rows, rejects };
        match formats::has_steps(format) {
            true => self.entries.extend(formats::stretches(entry, text)),
            false => self.entries.push(entry),
        }
    }
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for found in fs::read_dir(folder).unwrap() {
        let found = found.unwrap();
        let name = format!("{prefix}{}", found.file_name().to_str().unwrap());
        if found.path().is_dir() {
            list(&found.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}

/// A text with a mark of UTF-16 in UTF-8.
fn utf8(text: &[u8]) -> Vec<u8> {
    let from: fn([u8; 2]) -> u16 = match text {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return text.to_vec(),
    };
    let units: Vec<u16> = text[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

fn unpack(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
        return text;
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return zstd::decode_all(&bytes[..]).unwrap();
    }
    bytes
}

/// What the central directory says of a member. The zip crate keeps one entry of each name only.
struct Member {
    name: String,
    flags: u64,
    method: u64,
    crc: u64,
    stored: u64,
    inflated: u64,
    header: u64,
}

fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    bytes[at..at + len].iter().rev().fold(0, |sum, byte| sum * 256 + u64::from(*byte))
}

fn members_of_zip(zip: &[u8]) -> Vec<Member> {
    let end = zip.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let (mut count, mut at) = (number(zip, end + 10, 2), number(zip, end + 16, 4));
    if let Some(wide) = zip[..end].windows(4).rposition(|four| four == b"PK\x06\x06") {
        (count, at) = (number(zip, wide + 32, 8), number(zip, wide + 48, 8));
    }
    let mut members = Vec::new();
    for _ in 0..count {
        let record = &zip[at as usize..];
        assert_eq!(record[..4], *b"PK\x01\x02");
        let [name, extra, comment] = [28, 30, 32].map(|at| number(record, at, 2) as usize);
        let mut member = Member {
            name: file_name(&record[46..46 + name]),
            flags: number(record, 8, 2),
            method: number(record, 10, 2),
            crc: number(record, 16, 4),
            stored: number(record, 20, 4),
            inflated: number(record, 24, 4),
            header: number(record, 42, 4),
        };
        member.widen(&record[46 + name..46 + name + extra]);
        members.push(member);
        at += (46 + name + extra + comment) as u64;
    }
    members
}

fn file_name(raw: &[u8]) -> String {
    const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => {
            let upper = |byte: u8| CP437.chars().nth(usize::from(byte) - 128).unwrap();
            raw.iter().map(|&b| if b < 128 { char::from(b) } else { upper(b) }).collect()
        }
    }
}

impl Member {
    /// Sizes that stand in the zip64 field.
    fn widen(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, len) = (number(extra, 0, 2), number(extra, 2, 2) as usize);
            let mut at = 4;
            for value in [&mut self.inflated, &mut self.stored, &mut self.header] {
                if id == 1 && *value == 0xffff_ffff && at + 8 <= 4 + len {
                    *value = number(extra, at, 8);
                    at += 8;
                }
            }
            extra = &extra[4 + len..];
        }
    }

    fn text(&self, zip: &[u8]) -> (Vec<u8>, End) {
        let local = &zip[self.header as usize..];
        let start = 30 + number(local, 26, 2) as usize + number(local, 28, 2) as usize;
        let stored = &local[start..local.len().min(start + self.stored as usize)];
        let (text, whole) =
            if self.method == 0 { (stored.to_vec(), true) } else { inflate(stored) };
        let crc = u64::from(crc32fast::hash(&text));
        match (whole, text.len() as u64 == self.inflated && crc == self.crc) {
            (true, true) => (text, End::Whole),
            (true, false) => (text, End::Mismatch),
            (false, _) => (text, End::Lost),
        }
    }
}

/// The text, as far as it goes, and whether that is to its end.
fn inflate(stored: &[u8]) -> (Vec<u8>, bool) {
    let mut text = Vec::new();
    let mut state = flate2::Decompress::new(false);
    let mut part = vec![0; 1 << 16];
    loop {
        // Not by flate2's reader: it drops the text of the call that meets the damage.
        let (read, written) = (state.total_in() as usize, state.total_out());
        let status = state.decompress(&stored[read..], &mut part, flate2::FlushDecompress::Finish);
        text.extend(&part[..(state.total_out() - written) as usize]);
        match status {
            Ok(flate2::Status::StreamEnd) => return (text, true),
            Ok(_) if state.total_out() > written => {}
            _ => return (text, false),
        }
    }
}

/// The rows of one whole file.
pub fn file(text: &[u8], max_line: usize) -> Vec<Row> {
    lines(text, max_line, End::Whole).0
}

fn lines(text: &[u8], max_line: usize, end: End) -> (Vec<Row>, Vec<Reject>) {
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    let (mut line, mut offset) = (1, 0);
    let mut rest = text;
    if let Some(behind_mark) = text.strip_prefix(b"\xef\xbb\xbf") {
        rest = behind_mark;
        offset = 3;
    }
    while !rest.is_empty() {
        let newline = rest.iter().position(|&byte| byte == b'\n');
        let this = &rest[..newline.unwrap_or(rest.len())];
        if newline.is_none() && end == End::Lost {
            break;
        }
        if let Some(row) = row(this, line, max_line) {
            if row.error.is_some() {
                let kept =
                    if row.error == Some(TOO_LONG) { &this[..4096.min(this.len())] } else { this };
                rejects.push(Reject { line, offset, raw: Some(kept.to_vec()) });
            }
            rows.push(row);
        }
        rest = newline.map_or(&[], |newline| &rest[newline + 1..]);
        offset += this.len() as u64 + u64::from(newline.is_some());
        line += 1;
    }
    if end != End::Whole {
        let raw = (!rest.is_empty()).then(|| rest.to_vec());
        let message = raw.as_deref().map(|raw| {
            String::from_utf8_lossy(raw.strip_suffix(b"\r").unwrap_or(raw)).into_owned()
        });
        rows.push(Row { message, error: Some(UNREADABLE), ..Row::empty(line) });
        rejects.push(Reject { line, offset, raw });
    }
    (rows, rejects)
}

/// `None` for a blank line.
pub fn row(raw: &[u8], line: i64, max_line: usize) -> Option<Row> {
    let content = raw.strip_suffix(b"\r").unwrap_or(raw);
    if content.iter().all(|&byte| byte == b' ' || byte == b'\t') {
        return None;
    }
    if raw.len() > max_line {
        return Some(Row::error(line, TOO_LONG, &raw[..raw.len().min(4096)]));
    }
    Some(match serde_json::from_slice::<Value>(raw) {
        Ok(Value::Object(_)) => record(std::str::from_utf8(raw).unwrap(), line),
        Ok(_) => Row::error(line, NO_OBJECT, raw),
        Err(_) => Row::error(line, INVALID, raw),
    })
}

const JSON_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The members of an object that is known to be valid: decoded key, value as written.
pub fn members(object: &str) -> Vec<(String, &str)> {
    let inner = object.trim_matches(JSON_SPACE);
    let inner = inner.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' | b':' if depth == 0 => {
                parts.push(inner[start..at].trim_matches(JSON_SPACE));
                start = at + 1;
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return Vec::new();
    }
    parts.push(inner[start..].trim_matches(JSON_SPACE));
    parts.chunks(2).map(|pair| (string(pair[0]), pair[1])).collect()
}

pub fn string(json: &str) -> String {
    serde_json::from_str(json).unwrap()
}

pub type Members<'a> = Vec<(String, &'a str)>;

/// The members whose key does not come again, and those whose key does.
pub fn split_overridden<'a>(members: &[(String, &'a str)]) -> (Members<'a>, Members<'a>) {
    let (mut last, mut overridden) = (Vec::new(), Vec::new());
    for (at, member) in members.iter().enumerate() {
        let comes_again = members[at + 1..].iter().any(|(key, _)| *key == member.0);
        if comes_again { &mut overridden } else { &mut last }.push(member.clone());
    }
    (last, overridden)
}

fn record(json: &str, line: i64) -> Row {
    let mut row = Row::empty(line);
    let mut extra = Vec::new();
    let (last, overridden) = split_overridden(&members(json));
    let mut duplicates = Vec::new();
    for (key, value) in &last {
        let fits = match key.as_str() {
            _ if *value == "null" && ["out", "level", "pos", "time", "args"].contains(&&**key) => {
                true
            }
            "out" => {
                row.message = scalar(value).map(|text| clean(&text));
                row.message.is_some()
            }
            "level" => {
                row.level_text = scalar(value);
                row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
                row.level_text.is_some()
            }
            "pos" => {
                // The integer -0 is 0; as written it is something else.
                row.pos = value.parse().ok().filter(|_| *value != "-0");
                row.pos.is_some()
            }
            "time" => match value.starts_with('"').then(|| time(&string(value))).flatten() {
                Some(time) => {
                    (row.timestamp, row.zone) = (time.nanos, time.zone);
                    time.exact
                }
                None => false,
            },
            "args" if value.starts_with('{') => {
                let (last, overridden) = split_overridden(&members(value));
                let text =
                    |raw: &str| if raw.starts_with('"') { string(raw) } else { raw.to_owned() };
                row.args = Some(last.into_iter().map(|(key, raw)| (key, text(raw))).collect());
                let named = |(key, raw)| (format!("args/{key}"), raw);
                duplicates.extend(overridden.into_iter().map(named));
                true
            }
            _ => false,
        };
        if !fits {
            extra.push((key.clone(), (*value).to_owned()));
        }
    }
    duplicates.extend(overridden);
    if !duplicates.is_empty() {
        // One that the line has itself is overridden too.
        let own = extra.iter().position(|(key, _)| key == "_duplicates").map(|at| extra.remove(at));
        duplicates.extend(own.iter().map(|(key, raw): &(String, String)| (key.clone(), &**raw)));
        extra.push(("_duplicates".to_owned(), object(&gathered(&duplicates))));
    }
    row.extra = (!extra.is_empty()).then(|| object(&extra));
    row
}

/// `[first, second]` for every key.
pub fn gathered(members: &[(String, &str)]) -> Vec<(String, String)> {
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in members {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let values = |key: &String| -> Vec<&str> {
        members.iter().filter(|(other, _)| other == key).map(|(_, value)| *value).collect()
    };
    keys.into_iter().map(|key| (key.clone(), format!("[{}]", values(key).join(",")))).collect()
}

pub fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::to_string(key).unwrap()))
        .collect();
    format!("{{{}}}", members.join(","))
}

pub fn scalar(value: &str) -> Option<String> {
    match value.chars().next().unwrap() {
        '"' => Some(string(value)),
        '{' | '[' => None,
        _ => Some(value.to_owned()),
    }
}

pub fn clean(message: &str) -> String {
    let mut text =
        if message.contains('\x1b') { ansi::oracle(message) } else { message.to_owned() };
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

pub fn level(text: &str) -> Option<&'static str> {
    let words = [
        ("TRACE", "trace trc finest 10"),
        ("DEBUG", "debug dbug dbg d perf verbose fine finer 20 100"),
        ("INFO", "info inf i notice information informational 30 200 250"),
        ("WARN", "warn wrn w warning 40 300"),
        ("ERROR", "error eror err e severe sfail 50 400"),
        ("FATAL", "fatal ftl f critical crit alert emergency emerg panic dpanic 60 500 550 600"),
    ];
    let lower = text.to_ascii_lowercase();
    let lower = if lower.starts_with('\x1b') { ansi::oracle(&lower) } else { lower };
    // Go's `INFO+2` is its word.
    let slog = regex::Regex::new("^(debug|info|warn|error)[+-][0-9]+$").unwrap();
    let is_short = lower.len() <= 13;
    let lower =
        slog.captures(&lower).filter(|_| is_short).map_or(lower.clone(), |it| it[1].to_owned());
    words
        .iter()
        .find(|(_, words)| words.split(' ').any(|word| word == lower))
        .map(|(name, _)| *name)
}

/// A time as read from text.
#[derive(Debug, PartialEq)]
pub struct Time {
    pub nanos: Option<i64>,
    pub zone: Option<String>,
    pub exact: bool,
}

/// An RFC 3339 time, counted year by year and month by month.
pub fn time(text: &str) -> Option<Time> {
    let (date, separator) = (text.get(..10)?, text.get(10..11)?);
    let (clock, tail) = (text.get(11..19)?, text.get(19..)?);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if !["T", "t", " "].contains(&separator) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = "";
    let mut zone = tail;
    if let Some(digits) = tail.strip_prefix('.') {
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        (fraction, zone) = digits.split_at(end);
        if fraction.is_empty() {
            return None;
        }
    }
    let days = days(year, month, day)?;
    let seconds = ((days * 24 + hour) * 60 + minute - offset(zone)?) * 60 + second;
    let billionths: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = i128::from(seconds) * 1_000_000_000 + billionths.parse::<i128>().unwrap();
    let nanos = i64::try_from(nanos).ok();
    let cut = fraction.chars().skip(9).any(|digit| digit != '0');
    let zone = (!zone.is_empty()).then(|| zone.to_owned());
    Some(Time { nanos, zone, exact: nanos.is_some() && !cut && second != 60 })
}

/// Three numbers of so many digits.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let mut numbers = [0; 3];
    if parts.len() != 3 {
        return None;
    }
    for ((number, part), digits) in numbers.iter_mut().zip(parts).zip(digits) {
        *number = digits_only(part, digits)?;
    }
    Some(numbers)
}

fn digits_only(text: &str, count: usize) -> Option<i64> {
    let all = text.len() == count && text.chars().all(|c| c.is_ascii_digit());
    all.then(|| text.parse().unwrap())
}

/// Minutes ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if ["", "Z", "z"].contains(&zone) {
        return Some(0);
    }
    let digits = zone.get(1..)?;
    let digits = if digits.get(2..3) == Some(":") {
        format!("{}{}", digits.get(..2)?, digits.get(3..)?)
    } else {
        digits.to_owned()
    };
    let both = digits_only(&digits, 4)?;
    let (hours, minutes) = (both / 100, both % 100);
    if hours > 23 || minutes > 59 {
        return None;
    }
    match &zone[..1] {
        "+" => Some(hours * 60 + minutes),
        "-" => Some(-hours * 60 - minutes),
        _ => None,
    }
}

fn is_leap(year: i64) -> bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
}

fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let days_of = |year| if is_leap(year) { 366 } else { 365 };
    let days_in = |month| match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=days_in(month)).contains(&day) {
        return None;
    }
    let years: i64 =
        (1970..year).map(days_of).sum::<i64>() - (year..1970).map(days_of).sum::<i64>();
    Some(years + (1..month).map(days_in).sum::<i64>() + day - 1)
}
