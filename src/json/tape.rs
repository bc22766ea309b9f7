//! The way by simd-json's tape: records with known keys of the expected types, in any order and with any
//! white space.
//!
//! The tape is a flat list of nodes: an object, then its keys and values in turn. Whenever simd-json and
//! serde_json may differ, or a value would go to `extra`, the line is left to `thorough`.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use simd_json::{Buffers, Node, StaticNode, Tape};

use super::Keys;
use crate::record::{Record, timestamp};

/// Parses lines; holds the buffers that are reused from line to line.
pub(super) struct TapeParser {
    /// A copy of the line, which simd-json decodes in place, and its padding. Never gets shorter.
    line: Vec<u8>,
    buffers: Buffers,
    /// Empty between lines: only its room is kept, so that it borrows from none.
    tape: Tape<'static>,
}

impl Default for TapeParser {
    fn default() -> Self {
        Self { line: Vec::new(), buffers: Buffers::default(), tape: Tape::null().reset() }
    }
}

/// Which of the five fields have been seen, a bit for each, to catch duplicates.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    /// Notes a field; `None` if it has been seen before, since what is overridden goes to `extra`.
    fn first(&mut self, field: u8) -> Option<()> {
        let bit = 1 << field;
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first.then_some(())
    }
}

impl TapeParser {
    /// Parses one line, and gives `take` back if the line has anything unexpected.
    pub(super) fn parse<R, F>(&mut self, line: &[u8], keys: &Keys, take: F) -> Result<R, F>
    where
        F: FnOnce(&Record<'_>) -> R,
    {
        if may_hold_surrogate(line) {
            return Err(take);
        }
        // The padding may be any bytes: what is left of longer lines serves as well as zeros.
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

/// Built once: a search that is built per line costs more than the search.
static UNICODE_ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));

/// Whether there is an escape from `\ud000` on. serde_json refuses a lone surrogate, and is left to decide
/// whether one is alone.
fn may_hold_surrogate(line: &[u8]) -> bool {
    UNICODE_ESCAPE
        .find_iter(line)
        .any(|at| line.get(at + 2).is_some_and(|c| c.eq_ignore_ascii_case(&b'd')))
}

/// The record of a tape; `None` for an unknown key, a key twice, or a value of another type.
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
                // A time that the column does not hold whole goes to `extra` too.
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
                // `count` is of all nodes in the object, `len` of its members.
                let (members, after) = rest.split_at_checked(*count)?;
                record.args = Some(strings(members, *len)?);
                rest = after;
            }
            _ => return None,
        }
    }
    Some(record)
}

/// An integer of 64 bits with a sign; `None` for fractions and for larger ones.
fn integer(number: StaticNode) -> Option<i64> {
    match number {
        // `-0`, the only zero that comes with a sign, is a float to serde_json.
        StaticNode::I64(number) => (number != 0).then_some(number),
        StaticNode::U64(number) => i64::try_from(number).ok(),
        _ => None,
    }
}

/// More members than this are left to the way that does not compare every key with every other, which
/// takes time that grows with their square.
const MAX_MEMBERS: usize = 32;

/// The members of an object that holds strings only, no key twice; `None` for other objects.
fn strings<'a>(members: &'a [Node<'a>], len: usize) -> Option<Vec<(&'a str, &'a str)>> {
    if len > MAX_MEMBERS {
        return None;
    }
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(len);
    for pair in members.chunks_exact(2) {
        // Up to the first value that is not a string, each member has two nodes.
        let [Node::String(key), Node::String(value)] = pair else { return None };
        if pairs.iter().any(|(other, _)| other == key) {
            return None;
        }
        pairs.push((key, value));
    }
    Some(pairs)
}
