//! logfmt, keys and values (brandur.org/logfmt; kr/logfmt): what Heroku, Grafana, Prometheus and Docker write.
//!
//! ```text
//! ts=2026-03-09T10:00:00.123Z level=warn component=tsdb msg="compaction took \"long\"" duration=5.2s retried
//! ```

use std::borrow::Cow;

use super::made::{Decoder, Made, Make};
use super::{Format, Sample, Settings, ndjson};
use crate::identity::Identity;
use crate::json::{Mapping, close_object, push_key, push_quoted};
use crate::source::Newlines;
use crate::source::Reference;
use crate::table::Origin;

/// logfmt.
pub(super) static FORMAT: Format = Format {
    name: "logfmt",
    title: "logfmt: Grafana, Prometheus, Docker, Heroku ...",
    detected_by: "lines of key=value, at least two, one of them a time, level or message",
    columns: ndjson::COLUMNS,
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(Decoder::<Pairs>::new(settings, &ORIGIN)),
};

/// Each line is a record of its own.
static ORIGIN: Origin =
    Origin { name: "logfmt", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let mapping = Mapping::usual();
    sample.has_lines(|line| is_record(line, mapping)).then(|| "lines of key=value".into())
}

/// Whether a line begins with a pair, has two or more, one of them of a time, level or message, and not more other words
/// than those.
fn is_record(line: &str, mapping: &Mapping) -> bool {
    let (mut pairs, mut others, mut is_telling, mut rest) = (0, 0, false, line);
    loop {
        match next_pair(rest) {
            Ok(Some((Pair { value: Value::None, .. }, _))) if pairs == 0 => return false,
            Ok(Some((Pair { value: Value::None, .. }, after))) => {
                others += 1;
                rest = after;
            }
            Ok(Some((Pair { key, .. }, after))) => {
                pairs += 1;
                is_telling |= mapping.is_telling(key);
                rest = after;
            }
            Ok(None) => return pairs >= 2 && is_telling && others <= pairs,
            Err(_) => return false,
        }
    }
}

/// A key with what follows it.
struct Pair<'a> {
    key: &'a str,
    value: Value<'a>,
}

enum Value<'a> {
    /// No `=` follows the key.
    None,
    Bare(&'a str),
    /// What is between the quotes, and whether it has backslashes.
    Quoted(&'a str, bool),
}

/// What is wrong with the pair that a text begins with.
enum Fault {
    NoKey,
    OpenQuote,
    /// Something follows a closing quote.
    NoBlank,
}

/// The pair that a text begins with after blanks, and the text after it; `None` if there is no more.
#[inline]
fn next_pair(text: &str) -> Result<Option<(Pair<'_>, &str)>, (Fault, &str)> {
    let blanks = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let text = &text[blanks..];
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = text.as_bytes();
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b'"');
    let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
    let key = &text[..end];
    if end == 0 {
        return Err((Fault::NoKey, text));
    }
    match bytes.get(end) {
        None | Some(b' ' | b'\t') => Ok(Some((Pair { key, value: Value::None }, &text[end..]))),
        Some(b'=') if bytes.get(end + 1) == Some(&b'"') => {
            let rest = &text[end + 2..];
            let (close, has_escapes) =
                closing_quote(rest.as_bytes()).ok_or((Fault::OpenQuote, &text[end + 1..]))?;
            let after = &rest[close + 1..];
            if !matches!(after.as_bytes(), [] | [b' ' | b'\t', ..]) {
                return Err((Fault::NoBlank, after));
            }
            Ok(Some((Pair { key, value: Value::Quoted(&rest[..close], has_escapes) }, after)))
        }
        Some(b'=') => {
            let rest = &text[end + 1..];
            let length = rest.bytes().position(|byte| matches!(byte, b' ' | b'\t'));
            let (value, after) = rest.split_at(length.unwrap_or(rest.len()));
            Ok(Some((Pair { key, value: Value::Bare(value) }, after)))
        }
        // A quote within a key.
        Some(_) => Err((Fault::NoKey, text)),
    }
}

/// Where the quote is that ends a text, the first one without a backslash before it, and whether there are backslashes.
fn closing_quote(text: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut has_escapes) = (0, false);
    loop {
        at += memchr::memchr2(b'"', b'\\', &text[at..])?;
        if text[at] == b'"' {
            return Some((at, has_escapes));
        }
        has_escapes = true;
        at += 2;
        if at > text.len() {
            return None;
        }
    }
}

/// Writes pairs as members.
#[derive(Default)]
pub(super) struct Pairs;

impl Make for Pairs {
    const ARE_PAIRS: bool = true;

    fn pairs<'l>(&mut self, line: &'l str, pairs: &mut Vec<(&'l str, Cow<'l, str>)>) -> bool {
        let mut rest = line;
        loop {
            match next_pair(rest) {
                Ok(None) => return true,
                Ok(Some((Pair { key, value: Value::Bare(text) }, after))) => {
                    pairs.push((key, Cow::Borrowed(text)));
                    rest = after;
                }
                Ok(Some((Pair { key, value: Value::Quoted(text, has_escapes) }, after))) => {
                    pairs.push((key, if has_escapes { unescaped(text) } else { text.into() }));
                    rest = after;
                }
                // A key alone is true.
                Ok(Some(_)) | Err(_) => return false,
            }
        }
    }

    fn make(&mut self, line: &str, _: Reference, json: &mut String) -> Made {
        let (start, mut rest) = (json.len(), line);
        loop {
            match next_pair(rest) {
                Ok(None) => {
                    close_object(json, start);
                    return Made::Object;
                }
                // A line that does not begin with a pair is text.
                Ok(Some((Pair { value: Value::None, .. }, _))) | Err((Fault::NoKey, _))
                    if json.len() == start =>
                {
                    return Made::Text;
                }
                Ok(Some((pair, after))) => {
                    push(json, start, &pair);
                    rest = after;
                }
                Err((fault, at)) => {
                    let byte = line.len() - at.len() + 1;
                    let what = match fault {
                        Fault::NoKey => "a pair has no key",
                        Fault::OpenQuote => "a quote is not closed",
                        Fault::NoBlank => "no blank follows a closing quote",
                    };
                    return Made::Fault(format!("invalid logfmt at byte {byte}: {what}"));
                }
            }
        }
    }
}

/// Adds a pair.
#[inline]
fn push(json: &mut String, start: usize, Pair { key, value }: &Pair<'_>) {
    // Most keys are names.
    if key.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        json.push(if json.len() == start { '{' } else { ',' });
        push_quoted(json, key);
        json.push(':');
    } else {
        push_key(json, start, key);
    }
    match value {
        Value::None => json.push_str("true"),
        Value::Bare(text) => push_quoted(json, text),
        Value::Quoted(text, _) => push_quoted(json, &unescaped(text)),
    }
}

/// A text without the escapes of JSON; a backslash before anything else stays.
fn unescaped(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = escape(rest);
        match letter {
            Some(letter) => out.push(letter),
            None => out.push('\\'),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The letter of the escape that a text begins with, and its length; of anything else the backslash alone stays.
fn escape(text: &str) -> (Option<char>, usize) {
    let letter = match text.as_bytes().get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return escape_of_code(text),
        Some(b'x') => return escape_of_control(text),
        _ => return (None, 1),
    };
    (Some(letter), 2)
}

/// The same of `\x1b`, as Go writes a control character. Of others `C:\xampp` may be the beginning.
fn escape_of_control(text: &str) -> (Option<char>, usize) {
    let digits = text.get(2..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match code.filter(u8::is_ascii_control) {
        Some(code) => (Some(char::from(code)), 4),
        None => (None, 1),
    }
}

/// The same of `\u00e9`, or a pair of surrogates.
fn escape_of_code(text: &str) -> (Option<char>, usize) {
    let code = |start: usize| {
        let digits = text.get(start..start + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let Some(first) = code(0) else { return (None, 1) };
    let both = [first, code(6).unwrap_or_default()];
    match char::decode_utf16(both).next() {
        Some(Ok(letter)) => (Some(letter), if letter.len_utf16() == 2 { 12 } else { 6 }),
        _ => (None, 1),
    }
}
