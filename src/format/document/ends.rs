//! Where a value in a document ends.
//!
//! Only brackets and strings are looked at, so invalid JSON has an end as well: `{"a":nul}` ends at its
//! brace, and the parser refuses it later. An end must not depend on text that is not at hand: if it
//! could, the answer is `None`, and the same value is looked at again with more of the text.

use super::{Items, State};

impl Items<'_> {
    /// The offset after the value that begins at `start`; `None` if more of the text is needed.
    pub(in crate::format) fn end_of_value(&mut self, start: usize) -> Option<usize> {
        match self.text.get(start) {
            Some(b'{' | b'[') => self.end_of_brackets(start),
            Some(b'"') => self.end_of_string(start),
            _ => {
                // Not within a string or brackets, so the next separator ends it, valid or not.
                let is_end = |byte: &u8| match byte {
                    // A number or word never spans lines.
                    b'\n' => true,
                    b',' | b']' | b'}' => self.state != State::Top,
                    _ => false,
                };
                // A bracket that closes nothing is an item of its own.
                let rest = self.text.get(start + 1..).unwrap_or_default();
                match rest.iter().position(is_end) {
                    Some(length) => Some(start + 1 + length),
                    None => self.end(),
                }
            }
        }
    }

    /// The end of the text as the end of an unfinished value, unless more of the text is to come.
    fn end(&self) -> Option<usize> {
        (!self.more()).then_some(self.text.len())
    }

    /// The offset after the closing quote of the string that begins at `start`.
    ///
    /// JSON strings contain no newline, so a string that reaches one ends there: its quote is missing, and
    /// the next quote begins another string. But if after that quote comes what may follow a string (`,` `:`
    /// `}` `]`), the newline is taken as part of the string.
    pub(in crate::format) fn end_of_string(&self, start: usize) -> Option<usize> {
        let mut at = start + 1;
        let mut newline = None;
        loop {
            at += crate::json::plain(self.text.get(at..).unwrap_or_default());
            match self.text.get(at) {
                // No quote up to the end: the string ended at the newline, or is incomplete.
                None if self.more() => return None,
                None => return newline.or(Some(self.text.len())),
                Some(b'"') => {
                    let behind = self.text[at + 1..].trim_ascii_start().first();
                    return match newline {
                        // What follows the quote decides, and is not at hand.
                        Some(_) if behind.is_none() && self.more() => None,
                        Some(newline)
                            if !matches!(behind, None | Some(b',' | b':' | b'}' | b']')) =>
                        {
                            Some(newline)
                        }
                        _ => Some(at + 1),
                    };
                }
                Some(b'\n') => {
                    newline.get_or_insert(at);
                    at += 1;
                }
                // A backslash escapes any byte but a newline, which may have to end the string.
                Some(b'\\') if self.text.get(at + 1) != Some(&b'\n') => at += 2,
                Some(_) => at += 1,
            }
        }
    }

    /// The offset after an object or array; an unfinished one ends with the text.
    fn end_of_brackets(&mut self, start: usize) -> Option<usize> {
        self.close(start).or_else(|| self.end())
    }

    /// The offset after the bracket that closes the one at `start`; `None` if the text ends before that. An
    /// unmatched closing bracket ends the value before itself.
    pub(in crate::format) fn close(&mut self, start: usize) -> Option<usize> {
        self.close_open(start, &[])
    }

    /// As [`close`](Self::close), with brackets that were opened before `start`.
    pub(super) fn close_open(&mut self, start: usize, open: &[u8]) -> Option<usize> {
        self.open.clear();
        self.open.extend_from_slice(open);
        let mut at = start;
        while let Some(&byte) = self.text.get(at) {
            match byte {
                // Brackets in strings do not count.
                b'"' => {
                    at = self.end_of_string(at)?;
                    continue;
                }
                b'{' | b'[' => self.open.push(byte),
                b'}' | b']' => {
                    // A bracket that was not closed ends together with the one around it.
                    let opening = if byte == b'}' { b'{' } else { b'[' };
                    match self.open.iter().rposition(|&open| open == opening) {
                        Some(depth) => self.open.truncate(depth),
                        // It closes the array or page around the value.
                        None => return Some(at),
                    }
                    if self.open.is_empty() {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}
