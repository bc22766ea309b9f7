//! Items that are longer than the limit: they pass in parts, and only their end is looked for.

use memchr::memchr3;

use super::{Items, Reading, State};
use crate::format::envelope::WHOLE;
use crate::format::opening::{Opening, WINDOW, opening};

/// What is left of a text in which no item is complete.
pub(super) enum Unfinished {
    /// An item whose end comes later.
    Item(Walk),
    /// Nothing that has an end to look for.
    Nothing,
    /// More of the text must be seen.
    Unknown,
}

/// Where an item ends, apart from its brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// With the bracket that closes it.
    Closed,
    /// With its quote.
    Quoted,
    /// Before the next comma, or a bracket of what it is in.
    Separated,
    /// The same, or at its newline.
    Line,
}

/// Nested brackets whose kinds are kept; of deeper ones only the depth is.
const DEEPEST: usize = 1 << 16;

/// A walk through an item of which nothing is kept. As [`end_of_value`](Items::end_of_value), but a string
/// ends at a newline whatever follows, since that has not come yet.
#[derive(Debug)]
pub(super) struct Walk {
    ends: Ends,
    /// The brackets that are open.
    open: Vec<u8>,
    /// How many more are, within these.
    deeper: u64,
    is_in_string: bool,
    /// The last byte was a backslash that escapes the next.
    is_escaped: bool,
}

impl Items<'_> {
    /// What begins at `at`, where [`next`](Items::next) has stopped.
    pub(super) fn unfinished(&mut self) -> Unfinished {
        let text = &self.text[self.at..];
        let ends = match (self.state, text.first()) {
            (State::Text, _) | (_, None | Some(b']' | b'}')) => return Unfinished::Nothing,
            (State::Trailing, _) | (_, Some(b'{' | b'[')) => Ends::Closed,
            (State::Page | State::InnerPage, Some(b'"')) => Ends::Separated,
            (_, Some(b'"')) => Ends::Quoted,
            _ => Ends::Line,
        };
        let is_short = match self.state {
            State::Top if self.reading == Reading::Objects => text.len() < WHOLE,
            _ => text.len() < WINDOW,
        };
        // It may be text, or hold records.
        if is_short {
            return Unfinished::Unknown;
        }
        if self.state == State::Top && opening(text, self.reading, self.rest) != Opening::Document {
            return Unfinished::Nothing;
        }
        let open = if self.state == State::Trailing { vec![b'{'] } else { Vec::new() };
        let (is_in_string, is_escaped) = (false, false);
        Unfinished::Item(Walk { ends, open, deeper: 0, is_in_string, is_escaped })
    }
}

impl Walk {
    /// The offset after the item in the next part of the text; `None` if it goes on behind it.
    pub(super) fn end(&mut self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if self.is_in_string {
                if !self.is_escaped {
                    at += memchr3(b'"', b'\\', b'\n', &text[at..])?;
                }
                let is_escaped = std::mem::take(&mut self.is_escaped);
                let byte = text[at];
                // At a newline its quote is missing.
                if byte == b'\n' || byte == b'"' && !is_escaped {
                    self.is_in_string = false;
                    if self.is_outside() && self.ends == Ends::Quoted {
                        return Some(at + usize::from(byte == b'"'));
                    }
                }
                self.is_escaped = byte == b'\\' && !is_escaped;
                at += 1;
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' if self.open.len() == DEEPEST => self.deeper += 1,
                b'{' | b'[' => self.open.push(byte),
                b'}' | b']' if self.deeper > 0 => self.deeper -= 1,
                b'}' | b']' => {
                    // A bracket that was not closed ends together with the one around it.
                    let opening = if byte == b'}' { b'{' } else { b'[' };
                    // It closes the array or page around the item.
                    let depth = self.open.iter().rposition(|&open| open == opening);
                    let Some(depth) = depth else { return Some(at) };
                    self.open.truncate(depth);
                    if self.is_outside() && self.ends == Ends::Closed {
                        return Some(at + 1);
                    }
                }
                b',' if self.is_outside() && self.ends != Ends::Closed => return Some(at),
                b'\n' if self.is_outside() && self.ends == Ends::Line => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Whether no bracket is open.
    fn is_outside(&self) -> bool {
        self.open.is_empty()
    }
}
