//! The order in which a writer puts its keys, and the text between the values.
//!
//! An encoder writes the same bytes between two values on every line, such as `","pos":`. A [`Shape`]
//! has these bytes as [`Infix`]es, which are compared in one step, so that no key is ever looked up.

use memchr::memchr2;

use crate::json::Keys;

/// A field that has a column; what it is for is said at [`Keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// A string without escapes.
    Level,
    /// An integer that is not negative.
    Pos,
    /// Any string.
    Message,
    /// A string, a time with an offset.
    Time,
    /// `null`, or an object of strings.
    Args,
}

/// Keys in the order of one writer, each at most once, without white space. That of the message is always
/// among them: [`of`](Shape::of) refuses records without one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// Each field in its order, with the text before its value: `{"level":"`, then `","pos":`.
    pub(super) values: Vec<(Infix, Field)>,
    /// What follows the last value: `}`, or `"}` after a string.
    pub(super) end: Infix,
}

/// Up to 16 bytes that must come next: enough for a short key with its quotes, colon and comma.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Infix {
    /// The text, its first byte lowest; zeros above.
    bytes: u128,
    /// Ones for the bytes that count.
    mask: u128,
    /// Bytes of the text.
    pub(super) len: usize,
}

impl Infix {
    /// `None` for more than 16 bytes.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let mask = u128::MAX.checked_shr(128 - 8 * text.len() as u32).unwrap_or(0);
        Some(Self { bytes: u128::from_le_bytes(bytes), mask, len: text.len() })
    }

    /// Whether the bytes begin with it.
    #[inline(always)]
    pub(super) fn begins(&self, bytes: &[u8; 16]) -> bool {
        (u128::from_le_bytes(*bytes) ^ self.bytes) & self.mask == 0
    }
}

impl Shape {
    /// The shape of these fields in this order; `None` if a key is too long for an [`Infix`] or there are no
    /// fields.
    pub(super) fn new(keys: &Keys, fields: &[Field]) -> Option<Self> {
        let mut values = Vec::with_capacity(fields.len());
        let mut before = String::from("{");
        for &field in fields {
            let key = match field {
                Field::Level => keys.level,
                Field::Pos => keys.pos,
                Field::Message => keys.message,
                Field::Time => keys.time,
                Field::Args => keys.args,
            };
            // The quotes of a string are part of the text around it: its value is what they enclose.
            let quote = if field.is_string() { "\"" } else { "" };
            before.push_str(&format!("\"{key}\":{quote}"));
            values.push((Infix::new(before.as_bytes())?, field));
            before = format!("{quote},");
        }
        let quote = if fields.last()?.is_string() { "\"" } else { "" };
        Some(Self { values, end: Infix::new(format!("{quote}}}").as_bytes())? })
    }

    /// The shape of a line that is known to be a record of these keys; `None` if it is written in a way that
    /// no shape has: with white space, an unknown key, a key twice, or nested args.
    pub(super) fn of(line: &[u8], keys: &Keys) -> Option<Self> {
        let mut fields: Vec<Field> = Vec::new();
        let mut rest = line.strip_prefix(b"{")?;
        loop {
            let (key, after) = string(rest)?;
            let field = Field::of(key, keys).filter(|field| !fields.contains(field))?;
            fields.push(field);
            // The type of the value is not looked at: `"level":30` gives a shape that takes other lines.
            rest = value(after.strip_prefix(b":")?)?;
            match rest {
                // The JSON of a record without a message is kept, which the fast way does not do.
                [b'}'] | [b'}', b'\r'] if !fields.contains(&Field::Message) => return None,
                [b'}'] | [b'}', b'\r'] => return Self::new(keys, &fields),
                [b',', more @ ..] => rest = more,
                _ => return None,
            }
        }
    }
}

impl Field {
    /// The field of a key, as written; `None` for an unknown key, as for one with escapes.
    fn of(key: &[u8], keys: &Keys) -> Option<Field> {
        Some(match std::str::from_utf8(key).ok()? {
            key if key == keys.level => Field::Level,
            key if key == keys.pos => Field::Pos,
            key if key == keys.message => Field::Message,
            key if key == keys.time => Field::Time,
            key if key == keys.args => Field::Args,
            _ => return None,
        })
    }

    /// Whether the value is in quotes.
    fn is_string(self) -> bool {
        matches!(self, Field::Level | Field::Message | Field::Time)
    }
}

/// The inside of a string as written, and what follows its closing quote.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.strip_prefix(b"\"")?;
    let mut end = 0;
    loop {
        end += memchr2(b'"', b'\\', body.get(end..)?)?;
        if body[end] == b'"' {
            return Some((&body[..end], &body[end + 1..]));
        }
        // Past the byte after a backslash, which may be a quote.
        end += 2;
    }
}

/// What follows a value of valid JSON; something unusable, which the caller refuses, after a nested object.
fn value(text: &[u8]) -> Option<&[u8]> {
    match text.first()? {
        b'"' => Some(string(text)?.1),
        b'{' => {
            let mut rest = &text[1..];
            // Only strings may hold what ends an object of strings.
            while let Some(at) = memchr2(b'"', b'}', rest) {
                match rest[at] {
                    b'}' => return Some(&rest[at + 1..]),
                    _ => rest = string(&rest[at..])?.1,
                }
            }
            None
        }
        _ => Some(&text[memchr2(b',', b'}', text)?..]),
    }
}
