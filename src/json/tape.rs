//! The way by simd-json's tape: records with known keys of the expected types.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use simd_json::{Buffers, Node, StaticNode, Tape};

use super::Keys;
use crate::record::{Record, timestamp};

/// Buffers reused from line to line.
pub(super) struct TapeParser {
    line: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Default for TapeParser {
    fn default() -> Self {
        Self { line: Vec::new(), buffers: Buffers::default(), tape: Tape::null().reset() }
    }
}

/// Which of the five fields have been seen, to catch duplicates.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    fn first(&mut self, field: u8) -> Option<()> {
        let bit = 1 << field;
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first.then_some(())
    }
}

impl TapeParser {
    /// Gives `take` back where the line holds any surprise.
    pub(super) fn parse<R, F>(&mut self, line: &[u8], keys: &Keys, take: F) -> Result<R, F>
    where
        F: FnOnce(&Record<'_>) -> R,
    {
        if may_hold_surrogate(line) {
            return Err(take);
        }
        // What is left of longer lines serves as padding.
        if self.line.len() < line.len() + simd_json::INPUT_PADDING {
            self.line.resize(line.len() + simd_json::INPUT_PADDING, 0);
        }
        self.line[..line.len()].copy_from_slice(line);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let filled =
            simd_json::fill_tape_padded(&mut self.line, line.len(), &mut self.buffers, &mut tape);
        let result = match filled.ok().and_then(|()| record(&tape.0, keys)) {
            Some(record) => Ok(take(&record)),
            None => Err(take),
        };
        self.tape = tape.reset();
        result
    }
}

static UNICODE_ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));

/// serde_json refuses a lone surrogate; whether one is alone is its business.
fn may_hold_surrogate(line: &[u8]) -> bool {
    UNICODE_ESCAPE
        .find_iter(line)
        .any(|at| line.get(at + 2).is_some_and(|c| c.eq_ignore_ascii_case(&b'd')))
}

fn record<'a>(nodes: &'a [Node<'a>], keys: &Keys) -> Option<Record<'a>> {
    let (Node::Object { len, .. }, mut rest) = nodes.split_first()? else { return None };
    let mut record = Record::default();
    let mut seen = Seen::default();
    for _ in 0..*len {
        let (Node::String(key), after) = rest.split_first()? else { return None };
        let (value, after) = after.split_first()?;
        rest = after;
        match value {
            Node::String(text) if *key == keys.message => {
                seen.first(0)?;
                record.message = Some(text);
            }
            Node::String(text) if *key == keys.time => {
                seen.first(1)?;
                let time = timestamp::parse(text).filter(|time| time.exact)?;
                record.timestamp = Some(time.nanos?);
                record.zone = time.zone;
            }
            Node::String(text) if *key == keys.level => {
                seen.first(2)?;
                record.level = Some(text);
            }
            Node::Static(number) if *key == keys.pos => {
                seen.first(3)?;
                record.pos = Some(integer(*number)?);
            }
            Node::Static(StaticNode::Null) if *key == keys.args => seen.first(4)?,
            Node::Object { len, count } if *key == keys.args => {
                seen.first(4)?;
                let (members, after) = rest.split_at_checked(*count)?;
                record.args = Some(strings(members, *len)?);
                rest = after;
            }
            _ => return None,
        }
    }
    Some(record)
}

fn integer(number: StaticNode) -> Option<i64> {
    match number {
        // A negative zero is no integer to serde_json.
        StaticNode::I64(number) => (number != 0).then_some(number),
        StaticNode::U64(number) => i64::try_from(number).ok(),
        _ => None,
    }
}

/// More members than this are left to the way that does not compare every key with every other.
const MAX_MEMBERS: usize = 32;

/// The members of an object that holds strings only, no key twice.
fn strings<'a>(members: &'a [Node<'a>], len: usize) -> Option<Vec<(&'a str, &'a str)>> {
    if len > MAX_MEMBERS {
        return None;
    }
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(len);
    for pair in members.chunks_exact(2) {
        let [Node::String(key), Node::String(value)] = pair else { return None };
        if pairs.iter().any(|(other, _)| other == key) {
            return None;
        }
        pairs.push((key, value));
    }
    Some(pairs)
}
