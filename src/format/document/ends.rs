//! Where a value in a document ends.
//!
//! Only brackets and strings are looked at, so invalid JSON has an end as well: `{"a":nul}` ends at its
//! brace, and the parser refuses it later. An end must not depend on text that is not at hand: if it
//! could, the answer is `None`, and the same value is looked at again with more of the text.

use super::{Items, State};
use crate::simd::mask::{BITS, Structure};

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
        match self.close_whole(start, open) {
            Close::Found(end) => Some(end),
            Close::Missing => None,
            Close::Unclear => self.close_any(start, open),
        }
    }

    /// As [`close_open`](Self::close_open), of any value, byte by byte.
    fn close_any(&mut self, start: usize, open: &[u8]) -> Option<usize> {
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

    /// As [`close_open`](Self::close_open), of a value without newlines in strings, stray backslashes, and
    /// brackets that match none: 64 bytes at a time.
    fn close_whole(&mut self, start: usize, open: &[u8]) -> Close {
        self.open.clear();
        self.open.extend_from_slice(open);
        let (chunks, rest) = self.text[start..].as_chunks::<BITS>();
        // Zeros are nothing of interest.
        let mut last = [0; BITS];
        last[..rest.len()].copy_from_slice(rest);
        let (mut is_in_string, mut is_escaped) = (0, 0);
        for (index, chunk) in chunks.iter().chain([&last]).enumerate() {
            let marks = Structure::of(chunk);
            let escaped = if marks.backslashes | is_escaped == 0 {
                0
            } else {
                escaped(marks.backslashes, &mut is_escaped)
            };
            // From each opening quote to before its closing one.
            let strings = parity(marks.quotes & !escaped) ^ is_in_string;
            is_in_string = 0_u64.wrapping_sub(strings >> 63);
            let mut brackets = (marks.openings | marks.closings) & !strings;
            while brackets != 0 {
                let at = brackets.trailing_zeros() as usize;
                // What comes after the end of the value is not its own.
                let before = (1 << at) - 1;
                let (bit, byte) = (brackets & brackets.wrapping_neg(), chunk[at]);
                brackets ^= bit;
                if marks.openings & bit != 0 {
                    self.open.push(byte);
                    continue;
                }
                // ASCII has the closing bracket two after the opening one.
                if self.open.pop() != Some(byte - 2) {
                    return Close::Unclear;
                }
                if self.open.is_empty() {
                    return match marks.is_odd(strings, before) {
                        true => Close::Unclear,
                        false => Close::Found(start + index * BITS + at + 1),
                    };
                }
            }
            if marks.is_odd(strings, u64::MAX) {
                return Close::Unclear;
            }
        }
        Close::Missing
    }
}

/// What a quick look says of the end of a value.
enum Close {
    /// The offset after it.
    Found(usize),
    /// The text ends before.
    Missing,
    /// It takes a closer look.
    Unclear,
}

/// The bytes after a backslash that is not escaped itself. `is_escaped`: the first byte is one because of the
/// bytes before, and whether the next one is. Runs of backslashes are told apart as in simdjson.
fn escaped(backslashes: u64, is_escaped: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslashes = backslashes & !*is_escaped;
    let behind = backslashes << 1 | *is_escaped;
    let odd_starts = backslashes & !EVEN & !behind;
    let (even_runs, is_over) = odd_starts.overflowing_add(backslashes);
    *is_escaped = u64::from(is_over);
    (EVEN ^ (even_runs << 1)) & behind
}

/// Each bit: whether the bits up to it, and it, are odd in number.
fn parity(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].iter().fold(bits, |bits, shift| bits ^ bits << shift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Reading;
    use super::*;
    use crate::format::opening::Rest;

    proptest! {
        #[test]
        fn chunks_close_what_bytes_close(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", "\"", "\"", "\\", "\\\\", "\n", ",", ":", "{}", "[1]",
                    "\"a\":", "\"b\\\"}\"", "\"[\\\\\"", "\"0123456789\"", "                    ",
                ]),
                0..80,
            ),
            is_open: bool,
        ) {
            let text = format!("{{{}", pieces.concat());
            for rest in [Rest::More, Rest::End] {
                let mut items = Items::new(text.as_bytes(), State::Top, Reading::Lines, rest);
                let open: &[u8] = if is_open { b"{" } else { b"" };
                let any = items.close_any(0, open);
                match items.close_whole(0, open) {
                    Close::Found(end) => prop_assert_eq!(Some(end), any),
                    Close::Missing => prop_assert_eq!(None, any),
                    Close::Unclear => {}
                }
            }
        }
    }

    #[test]
    fn usual_values_are_closed_by_chunks() {
        let text = format!("{{\"a\\\\\\\"\":[{{}},\"{}\"]}} \n\\", "}".repeat(200));
        let mut items = Items::new(text.as_bytes(), State::Top, Reading::Lines, Rest::More);
        let end = text.rfind('}').unwrap() + 1;
        assert!(matches!(items.close_whole(0, &[]), Close::Found(found) if found == end));
    }
}
