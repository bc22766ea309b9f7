//! One line of JSON to the fields of a record.
//!
//! [`Parser`] tries the ways from fast to thorough: `compact` takes the records that are exactly as
//! their usual writer writes them, `tape` (simd-json) those that have only known keys of the
//! expected types; whatever surprises it goes to `thorough`, where serde_json decides what is
//! accepted and every value keeps its bytes as written.

mod compact;
mod tape;
mod thorough;

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
    compact: compact::CompactParser,
    tape: tape::TapeParser,
    keys: Keys,
}

impl Parser {
    /// A parser for records with these keys.
    pub fn new(keys: Keys) -> Self {
        let compact = compact::CompactParser::new(&keys);
        Self { compact, tape: tape::TapeParser::default(), keys }
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
        // The closure can run once only, so the ways hand it back when they cannot use it.
        let take = match std::str::from_utf8(line) {
            Ok(line) => match self.compact.parse(line, take) {
                Ok(done) => return Ok(done),
                Err(take) => take,
            },
            Err(_) => take,
        };
        self.parse_otherwise(line, take)
    }

    /// As [`parse`](Parser::parse), of a line that is known to be text.
    ///
    /// # Errors
    /// As [`parse`](Parser::parse).
    pub fn parse_text<R>(
        &mut self,
        line: &str,
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        match self.compact.parse(line, take) {
            Ok(done) => Ok(done),
            Err(take) => self.parse_otherwise(line.as_bytes(), take),
        }
    }

    fn parse_otherwise<R>(
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
