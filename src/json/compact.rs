//! The way for records exactly as Go's encoder writes them: the five keys in the order level, pos,
//! message, time, args, no white space, args null or empty. One pass, no tree.

use memchr::{memchr, memchr2};

use super::Keys;
use crate::record::{Record, timestamp};

/// What stands between the values, and a buffer reused from line to line.
pub(super) struct CompactParser {
    before: [Infix; 5],
    message: String,
}

impl CompactParser {
    pub(super) fn new(keys: &Keys) -> Self {
        let Keys { level, pos, message, time, args } = keys;
        let before = [
            format!(r#"{{"{level}":""#),
            format!(r#"","{pos}":"#),
            format!(r#","{message}":""#),
            format!(r#"","{time}":""#),
            format!(r#"","{args}":"#),
        ];
        Self { before: before.map(Infix::new), message: String::new() }
    }

    /// Gives `take` back where the line holds any surprise.
    pub(super) fn parse<R, F>(&mut self, line: &str, take: F) -> Result<R, F>
    where
        F: FnOnce(&Record<'_>) -> R,
    {
        match self.record(line) {
            Some(record) => Ok(take(&record)),
            None => Err(take),
        }
    }

    fn record<'a>(&'a mut self, line: &'a str) -> Option<Record<'a>> {
        let before = &self.before;
        let rest = before[0].strip(line)?;
        let (level, rest) = plain_string(rest)?;
        let rest = before[1].strip(rest)?;
        let (pos, rest) = integer(rest)?;
        let rest = before[2].strip(rest)?;
        let (body, escaped, rest) = string_body(rest)?;
        let rest = before[3].strip(rest)?;
        let (time, rest) = plain_string(rest)?;
        let args = match before[4].strip(rest)?.as_bytes() {
            b"null}" | b"null}\r" => None,
            b"{}}" | b"{}}\r" => Some(Vec::new()),
            _ => return None,
        };
        let time = timestamp::parse(time).filter(|time| time.exact)?;
        let message = match escaped {
            true => unescape(body, &mut self.message)?,
            false => body,
        };
        Some(Record {
            level: Some(level),
            pos: Some(pos),
            timestamp: Some(time.nanos?),
            zone: time.zone,
            message: Some(message),
            args,
            extra: None,
        })
    }
}

/// Text that must come next, compared by its first and its last eight bytes, which overlap.
struct Infix {
    text: String,
    ends: Option<(u64, u64)>,
}

impl Infix {
    fn new(text: String) -> Self {
        let ends = (8..=16).contains(&text.len()).then(|| ends(text.as_bytes())).flatten();
        Self { text, ends }
    }

    fn strip<'a>(&self, text: &'a str) -> Option<&'a str> {
        let Some(expected) = self.ends else { return text.strip_prefix(self.text.as_str()) };
        let head = text.as_bytes().get(..self.text.len())?;
        if ends(head)? == expected { text.get(self.text.len()..) } else { None }
    }
}

fn ends(bytes: &[u8]) -> Option<(u64, u64)> {
    let (head, tail) = (bytes.first_chunk()?, bytes.last_chunk()?);
    Some((u64::from_le_bytes(*head), u64::from_le_bytes(*tail)))
}

/// A string without escapes, its opening quote already read; and what follows, from its closing one.
fn plain_string(text: &str) -> Option<(&str, &str)> {
    let end = special(text.as_bytes())?;
    if text.as_bytes()[end] == b'"' { text.split_at_checked(end) } else { None }
}

/// The first quote, backslash or control character. Eight bytes at a time: levels and times end
/// before a call of a vectorised search would have paid.
fn special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The lowest bit set is exact; those above it may be carries.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c)) | controls;
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let start = words.len() * 8;
    rest.iter().position(|&b| b < b' ' || b == b'"' || b == b'\\').map(|at| start + at)
}

/// A string as written, and whether it has escapes; its opening quote already read.
fn string_body(text: &str) -> Option<(&str, bool, &str)> {
    let bytes = text.as_bytes();
    let mut at = memchr2(b'"', b'\\', bytes)?;
    let escaped = bytes[at] == b'\\';
    while bytes[at] == b'\\' {
        // Past the escaped character, which may be a quote or a backslash.
        let next = at + 2;
        at = next + memchr2(b'"', b'\\', bytes.get(next..)?)?;
    }
    let least = bytes[..at].iter().fold(u8::MAX, |least, &b| least.min(b));
    let (body, rest) = text.split_at_checked(at).filter(|_| least >= b' ')?;
    Some((body, escaped, rest))
}

/// An integer that JSON and int64 have room for, and what follows it.
fn integer(text: &str) -> Option<(i64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let leading_zero = length > 1 && digits.starts_with('0');
    if !(1..=18).contains(&length) || leading_zero {
        return None;
    }
    Some((digits.bytes().fold(0, |value, b| value * 10 + i64::from(b - b'0')), rest))
}

/// Decodes the escapes of a string; `None` for a surrogate, alone or in a pair, and for what is no
/// escape.
fn unescape<'a>(body: &str, into: &'a mut String) -> Option<&'a str> {
    into.clear();
    let mut rest = body;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        into.push_str(&rest[..at]);
        let (decoded, length) = match rest.as_bytes().get(at + 1)? {
            b'n' => ('\n', 2),
            b'"' => ('"', 2),
            b'\\' => ('\\', 2),
            b't' => ('\t', 2),
            b'r' => ('\r', 2),
            b'/' => ('/', 2),
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'u' => (char::from_u32(code_unit(rest.as_bytes().get(at + 2..at + 6)?)?)?, 6),
            _ => return None,
        };
        into.push(decoded);
        rest = &rest[at + length..];
    }
    into.push_str(rest);
    Some(into)
}

fn code_unit(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}
