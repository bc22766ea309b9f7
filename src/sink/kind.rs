//! How the values of a column are read, by its type in the schema.

use arrow::datatypes::{DataType, Field, TimeUnit};
use arrow::error::ArrowError;

use super::buffer::{CHUNK, TextBuffer};
use super::scan::Span;
use super::value::{LONGEST_ESCAPE, PLAIN_ROOM, put_json_string};
use crate::table::is_json;

/// How the values of a column are read.
#[derive(Debug)]
pub(super) enum Kind {
    /// Text by 32-bit keys.
    Dictionary,
    Text,
    /// JSON text, which NDJSON embeds rather than quotes: `extra`, keys of mixed types.
    Json,
    Int64,
    Int8,
    Double,
    Boolean,
    Nanoseconds,
    /// Only in batches of a library's user: ripsaw's own have nanoseconds.
    Microseconds,
    /// Text to text: `args`.
    Map,
    List(Box<Kind>),
    Struct(Members),
}

/// The members of an object.
#[derive(Debug)]
pub(super) struct Members {
    /// What comes before the value of each member in JSON, such as `,"method":`.
    keys: Vec<TextBuffer>,
    kinds: Vec<Kind>,
    /// Bytes of an object beside its texts.
    room: usize,
}

impl Members {
    fn new<'a>(fields: impl Iterator<Item = &'a Field> + Clone) -> Result<Self, ArrowError> {
        let keys: Vec<_> = fields.clone().map(|field| json_key(field.name())).collect();
        let kinds = fields.map(kind).collect::<Result<_, _>>()?;
        // 3: a comma, which is the key's, and the quotes of a text. Then the braces, and a chunk for what is
        // stored over the end.
        let room = keys.iter().map(|key| key.as_slice().len() + PLAIN_ROOM + 3).sum::<usize>();
        Ok(Self { keys, kinds, room: room + 2 + CHUNK })
    }

    /// What comes before the value of each member, a comma first.
    pub(super) fn keys(&self) -> &[TextBuffer] {
        &self.keys
    }

    pub(super) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Bytes of an object beside its texts: keys, numbers, punctuation.
    pub(super) fn room(&self) -> usize {
        self.room
    }
}

/// What comes before the value of a member in JSON: a comma, the key as a string, a colon.
pub(super) fn json_key(name: &str) -> TextBuffer {
    let name = Span::from(name.as_bytes());
    let mut key = TextBuffer::default();
    // A name may need escapes: it is a key of the input, or of a library's user.
    let place = key.place(LONGEST_ESCAPE * name.len() + 4);
    place[0] = b',';
    let colon = 1 + put_json_string(name, &mut place[1..]);
    place[colon] = b':';
    key.advance(colon + 1);
    key
}

/// The kind of a field; an error for a type that has no text form here.
pub(super) fn kind(field: &Field) -> Result<Kind, ArrowError> {
    Ok(match field.data_type() {
        DataType::Dictionary(key, value)
            if **key == DataType::Int32 && **value == DataType::Utf8 =>
        {
            Kind::Dictionary
        }
        DataType::Utf8 if is_json(field) => Kind::Json,
        DataType::Utf8 => Kind::Text,
        DataType::Int64 => Kind::Int64,
        DataType::Int8 => Kind::Int8,
        DataType::Float64 => Kind::Double,
        DataType::Boolean => Kind::Boolean,
        // Times are written with a `Z`: a column of local times would become wrong without a sign of it.
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) if &**zone == "UTC" => {
            Kind::Nanoseconds
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            Kind::Microseconds
        }
        DataType::Map(entries, _) if is_text_map(entries) => Kind::Map,
        DataType::List(item) => Kind::List(Box::new(kind(item)?)),
        DataType::Struct(fields) => {
            Kind::Struct(Members::new(fields.iter().map(|field| field.as_ref()))?)
        }
        other => {
            return Err(ArrowError::SchemaError(format!(
                "column `{}` has the type {other}, which has no text form here",
                field.name()
            )));
        }
    })
}

/// Whether the entries of a map are pairs of texts.
fn is_text_map(entries: &Field) -> bool {
    matches!(entries.data_type(), DataType::Struct(pair)
        if pair.len() == 2 && pair.iter().all(|field| *field.data_type() == DataType::Utf8))
}
