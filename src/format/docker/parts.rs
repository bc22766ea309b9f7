//! Lines that are parts of a text, and where no text is open.

use std::borrow::Cow;

use memchr::memrchr;

use crate::format::joining::{Effect, Open, Part};
use crate::json::{value_as_text, values_of};
use crate::simd::mask::{Bytes, CHUNK, One};

/// The members of a line that decide whether it is joined to others; a text is open without a newline at its end.
/// `None` if the line is not an object, or `log` or `stream` is not a string: then it is a row by itself.
pub(super) fn part_of(line: &str) -> Option<Part<'_>> {
    let [log, stream, time] = values_of(line, ["log", "stream", "time"])?;
    let text = value_as_text(log?)?;
    let stream = value_as_text(stream.unwrap_or("\"\""))?;
    let is_open = !text.ends_with('\n');
    Some(Part { text, stream, time: Cow::Borrowed(time.unwrap_or("null")), is_open })
}

/// A line as the daemon writes it, whose `log` ends in a newline. If no text is open before it, it is a row
/// by itself.
pub(super) struct Closed<'a> {
    /// As written, with its quotes; what is between them may be no valid string.
    pub(super) log: &'a [u8],
    /// As written, without its quotes and without any escape.
    pub(super) time: &'a [u8],
}

impl<'a> Closed<'a> {
    /// Looks at bytes only, and is right if it finds one; lines that are written otherwise are `None` and
    /// have to be parsed. From the end of the line, because that is short.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        const BEFORE: &[u8] = br#"{"log":"#;
        let rest = line.strip_suffix(b"\"}")?;
        let quote = memrchr(b'"', rest)?;
        let (rest, time) = (&rest[..quote], &rest[quote + 1..]);
        let rest = rest.strip_suffix(br#"","time":"#)?;
        let rest = rest.strip_suffix(b"stdout").or_else(|| rest.strip_suffix(b"stderr"))?;
        let log = rest.strip_suffix(br#","stream":""#)?.strip_prefix(BEFORE)?;
        let inside = log.strip_prefix(b"\"")?.strip_suffix(br#"\n""#)?;
        // A quote ends the text, and a pair of backslashes does not escape what follows.
        let is_one = inside.last() != Some(&b'\\') && has_only_escaped_quotes(inside);
        (is_one && !time.contains(&b'\\')).then_some(Self { log, time })
    }
}

/// Whether there is one backslash before each quote. Of two, the second is the escaped one.
fn has_only_escaped_quotes(text: &[u8]) -> bool {
    let (chunks, rest) = text.as_chunks::<CHUNK>();
    // The backslashes of the chunk before.
    let mut last = 0;
    let mut is_one = |chunk: &[u8; CHUNK]| {
        let (quotes, slashes) = (One::<b'"'>::mask(chunk), One::<b'\\'>::mask(chunk));
        let before = slashes << 1 | last >> 31;
        let second = slashes << 2 | last >> 30;
        last = slashes;
        quotes & (!before | second) == 0
    };
    if !chunks.iter().all(&mut is_one) {
        return false;
    }
    let mut end = [0; CHUNK];
    end[..rest.len()].copy_from_slice(rest);
    is_one(&end)
}

/// Passes a line, and returns it if it is a row by itself as the daemon writes it. Nearly all lines are,
/// and are not parsed.
pub(super) fn pass<'a>(open: &mut Open, line: &'a [u8]) -> Option<Closed<'a>> {
    if open.is_empty()
        && let Some(closed) = Closed::of(line)
    {
        return Some(closed);
    }
    open.note(effect(line, false));
    None
}

/// What a line does to the text of its stream.
pub(super) fn effect(line: &[u8], is_clear: bool) -> Effect<'_> {
    if is_clear && Closed::of(line).is_some() {
        return Effect::None;
    }
    match std::str::from_utf8(line).ok().and_then(part_of) {
        None => Effect::None,
        Some(Part { stream, is_open: true, .. }) => Effect::Opens(stream),
        Some(Part { stream, .. }) => Effect::Closes(stream),
    }
}

#[cfg(test)]
mod tests {
    use memchr::memchr_iter;

    use super::*;

    /// As one byte after the other.
    #[test]
    fn quotes_are_escaped_by_one_backslash() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..4_000 {
            let length = random.usize(..120);
            let mut text: Vec<u8> = (0..length).map(|_| b"ab\\ "[random.usize(..4)]).collect();
            // Few quotes, nearly all of them behind a backslash.
            for at in 0..length {
                let is_behind = at > 0 && text[at - 1] == b'\\';
                if random.u8(..if is_behind { 4 } else { 250 }) == 0 {
                    text[at] = b'"';
                }
            }
            let is_escaped =
                |at: usize| at > 0 && text[at - 1] == b'\\' && (at == 1 || text[at - 2] != b'\\');
            let expected = memchr_iter(b'"', &text).all(is_escaped);
            assert_eq!(has_only_escaped_quotes(&text), expected, "{}", text.escape_ascii());
        }
    }
}
