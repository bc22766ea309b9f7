//! Lines of JSON to rows.
//!
//! Three ways, from fast to thorough. [`FastParser`] takes the lines that are exactly as an encoder
//! writes them. [`Parser`] takes one of the others: by simd-json's tape if it has only known keys of
//! the expected types; any other goes to `thorough`, where serde_json decides what is accepted and
//! every value keeps its bytes as written. All three give the same record for the same line.
//!
//! Objects of any keys are parsed by `any` to records and by `keyed` to columns. Both read them by what the
//! objects before looked like (`learned`) or, if they have anything unusual, with `thorough`. `members` has the grammar of
//! values, and the members of an object by itself. `names` has the keys in common use, `mapping` which of them go to which
//! column, `nested` finds them in inner objects, and `place` decides what fits a column.

mod any;
mod fast;
mod keyed;
mod learned;
mod mapping;
mod names;
mod nested;
mod place;
mod plain;
mod members;
mod number;
mod quote;
mod string;
mod tape;
mod thorough;
mod valid;

pub(crate) use any::AnyParser;
pub use fast::FastParser;
pub(crate) use fast::Task;
pub use keyed::{Described, Inference, KeyedRows, KeyedWay, keyed_rows, keys_of};
pub(crate) use keyed::{KeySpreader, KeyedParser, Outcome, merged};
pub(crate) use mapping::TextRole;
pub use mapping::{MappedColumn, Mapping};
pub(crate) use members::{texts_of, value_as_text, values_of};
pub(crate) use names::TIMES;
pub(crate) use plain::plain;
pub(crate) use quote::{close_object, push_key, push_member, push_quoted, quoted_key};
pub(crate) use valid::{Valid, is_valid};

use crate::record::Record;

/// Keys of a format, as the writer spells them: compared byte by byte, so `Level` is not `level`. They are
/// different from one another, and need no escapes.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// The level, a string.
    pub level: &'static str,
    /// The writer's own counter, an integer.
    pub pos: &'static str,
    /// The message, a string that may have several lines.
    pub message: &'static str,
    /// The time, RFC 3339.
    pub time: &'static str,
    /// The arguments: null, or an object of strings.
    pub args: &'static str,
}

/// Parses lines of one format. Holds the buffers that are reused from line to line.
pub struct Parser {
    /// The quick way, tried first.
    tape: tape::TapeParser,
    keys: Keys,
}

impl Parser {
    /// A parser for records with these keys.
    pub fn new(keys: Keys) -> Self {
        Self { tape: tape::TapeParser::default(), keys }
    }

    /// Parses one line (without its newline) into a record and hands it to `take`.
    ///
    /// # Errors
    /// Why the line is not a record: invalid JSON, or JSON that is not an object.
    pub fn parse<R>(
        &mut self,
        line: &[u8],
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        match self.tape.parse(line, &self.keys, take) {
            Ok(done) => Ok(done),
            // `take` has not been called, and comes back: it can be called once only.
            Err(take) => thorough::parse(line, &self.keys, take),
        }
    }

    /// Parses by the thorough way alone: the reference for the others.
    ///
    /// # Errors
    /// As [`parse`](Parser::parse).
    pub fn parse_thoroughly<R>(
        &self,
        line: &[u8],
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        thorough::parse(line, &self.keys, take)
    }
}
