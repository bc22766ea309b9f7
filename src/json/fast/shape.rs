//! The order in which a writer puts its keys, and the text between the values.

use memchr::memchr2;

use crate::json::Keys;

/// A field that has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Level,
    Pos,
    Message,
    Time,
    Args,
}

/// Keys in the order of one writer, each at most once, without white space.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) values: Vec<(Infix, Field)>,
    pub(super) end: Infix,
}

/// Up to 16 bytes that must come next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Infix {
    bytes: u128,
    mask: u128,
    pub(super) len: usize,
}

impl Infix {
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
    /// `None` where a key is too long.
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
            let quote = if field.is_string() { "\"" } else { "" };
            before.push_str(&format!("\"{key}\":{quote}"));
            values.push((Infix::new(before.as_bytes())?, field));
            before = format!("{quote},");
        }
        let quote = if fields.last()?.is_string() { "\"" } else { "" };
        Some(Self { values, end: Infix::new(format!("{quote}}}").as_bytes())? })
    }

    /// The shape of a line that is known to be a record of these keys; `None` where it is written in
    /// a way that no shape has.
    pub(super) fn of(line: &[u8], keys: &Keys) -> Option<Self> {
        let mut fields: Vec<Field> = Vec::new();
        let mut rest = line.strip_prefix(b"{")?;
        loop {
            let (key, after) = string(rest)?;
            let field = Field::of(key, keys).filter(|field| !fields.contains(field))?;
            fields.push(field);
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

    fn is_string(self) -> bool {
        matches!(self, Field::Level | Field::Message | Field::Time)
    }
}

/// A string as written, and what follows it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.strip_prefix(b"\"")?;
    let mut end = 0;
    loop {
        end += memchr2(b'"', b'\\', body.get(end..)?)?;
        if body[end] == b'"' {
            return Some((&body[..end], &body[end + 1..]));
        }
        end += 2;
    }
}

/// What follows a value.
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
