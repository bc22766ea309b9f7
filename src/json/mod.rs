//! Lines of JSON to rows.
//!
//! Three ways, from fast to thorough: [`FastParser`] takes the lines that are exactly as an encoder
//! writes them, [`Parser`] one of the others: by simd-json's tape where it has only known keys of
//! the expected types; whatever surprises that goes to `thorough`, where serde_json decides what is
//! accepted and every value keeps its bytes as written.
//!
//! Objects of any keys are `any`'s: their members are told by `members`, or else by `thorough`.

mod any;
mod fast;
mod plain;
mod members;
mod tape;
mod thorough;

pub(crate) use any::AnyParser;
pub use any::{MappedColumn, Mapping};
pub use fast::FastParser;
pub(crate) use fast::Task;
pub(crate) use members::{texts_of, value_as_text, values_of};
pub(crate) use plain::plain;

use crate::record::Record;

/// Keys of a format, as the writer spells them.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// The level.
    pub level: &'static str,
    /// The writer's own counter.
    pub pos: &'static str,
    /// The message.
    pub message: &'static str,
    /// The time.
    pub time: &'static str,
    /// The arguments.
    pub args: &'static str,
}

/// Parses lines of one format. Holds the buffers that are reused from line to line.
pub struct Parser {
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
    /// Why the line is no record: invalid JSON, or no object.
    pub fn parse<R>(
        &mut self,
        line: &[u8],
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        match self.tape.parse(line, &self.keys, take) {
            Ok(done) => Ok(done),
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
