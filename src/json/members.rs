//! The members of an object whose text needs no second look: one pass, values as written.
//!
//! It takes a part of what serde_json takes and leaves the rest to the thorough way: keys with
//! escapes, keys that come twice, surrogates, exponents, deep nesting, and whatever is wrong. What it
//! takes is valid JSON: values are checked to their last byte, though not decoded.

use std::borrow::Cow;

use super::plain::plain;
use super::thorough::{self, string};

/// A member of an object: key and value as written, borrowed from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quick<'a> {
    /// Without its quotes; it has no escapes.
    pub(crate) key: &'a str,
    /// As JSON, without white space around it.
    pub(crate) value: &'a str,
}

/// More members than this are left to the way that does not compare every key with every other, which takes
/// time that grows with their square.
const MAX_MEMBERS: usize = 48;

/// Deeper values are left to serde_json, which refuses 128 levels and more.
const MAX_DEPTH: usize = 32;

/// Longer numbers may be out of a float's range, which ends at 309 digits; serde_json refuses those. In
/// bytes, sign and point included.
const MAX_DIGITS: usize = 300;

/// Appends the members of the object that the text is, in their order, white space around it aside. `None`:
/// it may be an object all the same, or not; some members may have been appended.
pub(crate) fn quick_members<'a>(text: &'a str, members: &mut Vec<Quick<'a>>) -> Option<()> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0 };
    scan.blanks();
    scan.expect(b'{')?;
    scan.blanks();
    if scan.peek() != Some(b'}') {
        loop {
            let (key, escaped) = scan.string()?;
            if escaped || members.len() == MAX_MEMBERS || members.iter().any(|m| m.key == key) {
                return None;
            }
            scan.colon()?;
            let start = scan.at;
            scan.value(0)?;
            members.push(Quick { key, value: &text[start..scan.at] });
            if !scan.comma(b'}')? {
                break;
            }
        }
    }
    scan.expect(b'}')?;
    scan.blanks();
    // Anything after the object makes the text invalid.
    (scan.at == text.len()).then_some(())
}

/// Where the value ends that begins here, in an object; `None` if it is for serde_json to judge.
pub(super) fn value_end(text: &str, at: usize) -> Option<usize> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at };
    scan.value(0)?;
    Some(scan.at)
}

/// The values of these keys in an object, as written; of keys that come twice the last. `None` inside for a
/// key that it does not have, `None` instead if the text is not an object.
pub(crate) fn values_of<'a, const N: usize>(
    json: &'a str,
    keys: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    let mut members = Vec::new();
    if quick_members(json, &mut members).is_some() {
        let value = |key| members.iter().find(|member| member.key == key).map(|m| m.value);
        return Some(keys.map(value));
    }
    let object = thorough::members(json.as_bytes()).ok()?;
    Some(keys.map(|key| object.members.iter().find(|(own, _)| own == key).map(|(_, v)| *v)))
}

/// A string decoded; `None` for other values. The value must be valid JSON.
pub(crate) fn value_as_text(value: &str) -> Option<Cow<'_, str>> {
    value.starts_with('"').then(|| string(value)).flatten()
}

/// The members of an object: keys decoded, values as text, which is the JSON of those that are not strings.
/// `None` if the text is not an object, or has a key twice.
pub(crate) fn texts_of(json: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let text = |value| value_as_text(value).unwrap_or(Cow::Borrowed(value));
    let mut members = Vec::new();
    if quick_members(json, &mut members).is_some() {
        return Some(members.iter().map(|m| (Cow::Borrowed(m.key), text(m.value))).collect());
    }
    let object = thorough::members(json.as_bytes()).ok()?;
    let members = object.members.into_iter().map(|(key, value)| (key, text(value)));
    object.overridden.is_empty().then(|| members.collect())
}

/// A text that is being read. Its functions return `None` for what is invalid or left to serde_json; where
/// `at` is then does not matter.
struct Scan<'a> {
    text: &'a str,
    /// The same text, for access by bytes.
    bytes: &'a [u8],
    /// The first byte that is not read yet. Between characters whenever a value begins or ends.
    at: usize,
}

impl<'a> Scan<'a> {
    /// The next byte; `None` at the end.
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes white space, of which JSON has four characters.
    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes this byte.
    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes a colon and the white space around it.
    #[inline]
    fn colon(&mut self) -> Option<()> {
        self.blanks();
        self.expect(b':')?;
        self.blanks();
        Some(())
    }

    /// Passes a comma. Whether another member or element follows; if not, `end` is next. A comma before `end`
    /// is passed here, and refused where the member would begin.
    #[inline]
    fn comma(&mut self, end: u8) -> Option<bool> {
        self.blanks();
        if self.peek()? == end {
            return Some(false);
        }
        self.expect(b',')?;
        self.blanks();
        Some(true)
    }

    /// The inside of a string as written, and whether it has escapes.
    #[inline]
    fn string(&mut self) -> Option<(&'a str, bool)> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(&self.bytes[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                // A raw control character.
                _ => return None,
            }
        }
        // Never within a character: both ends are next to a quote.
        let inside = &self.text[start..self.at];
        self.at += 1;
        Some((inside, escaped))
    }

    /// Passes an escape.
    fn escape(&mut self) -> Option<()> {
        match *self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                // Surrogates begin with `d`. Whether one has its other half is not looked at here.
                if !digits.iter().all(u8::is_ascii_hexdigit)
                    || digits[0].eq_ignore_ascii_case(&b'd')
                {
                    return None;
                }
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }

    /// Passes a value that is in `depth` others.
    #[inline]
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.object(depth + 1),
            b'[' => self.array(depth + 1),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// Passes `true`, `false` or `null`. What follows is checked by the caller, so `nullx` is refused.
    fn word(&mut self, word: &str) -> Option<()> {
        self.bytes[self.at..].starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    /// Passes a number without an exponent: whether `1e400` is in range takes parsing it.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        let whole = self.digits();
        let leading_zero = whole > 1 && self.bytes[self.at - whole] == b'0';
        if whole == 0 || leading_zero {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        let is_plain = !matches!(self.peek(), Some(b'e' | b'E'));
        (is_plain && self.at - start <= MAX_DIGITS).then_some(())
    }

    /// Passes digits; returns how many.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Passes an object in a value. Keys that come twice do not matter there: the value is kept as written.
    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.blanks();
        if depth == MAX_DEPTH {
            return None;
        }
        if self.peek()? != b'}' {
            loop {
                self.string()?;
                self.colon()?;
                self.value(depth)?;
                if !self.comma(b'}')? {
                    break;
                }
            }
        }
        self.expect(b'}')
    }

    /// Passes an array.
    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.blanks();
        if depth == MAX_DEPTH {
            return None;
        }
        if self.peek()? != b']' {
            loop {
                self.value(depth)?;
                if !self.comma(b']')? {
                    break;
                }
            }
        }
        self.expect(b']')
    }
}
