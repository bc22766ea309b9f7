//! Removal of terminal control sequences (ECMA-48) from messages.
//!
//! | sequence | from ESC to |
//! |---|---|
//! | CSI, `ESC [` | its final byte, 0x40-0x7E |
//! | OSC, `ESC ]`; APC, `ESC _` | BEL or ST (`ESC \`) |
//! | DCS, SOS, PM: `ESC P`, `ESC X`, `ESC ^` | ST |
//! | nF escape, as `ESC ( B` | its final byte, 0x30-0x7E |
//! | any other escape, as `ESC 7` | its second byte, 0x30-0x7E |
//!
//! Log services cut lines at a byte limit and programs die in the middle of a write, so a sequence
//! may lack its end. It is then removed as far as it goes:
//! - At the end of the text, or before the mark of a cut line, the whole rest of it is removed.
//! - A CSI or nF escape stops before a byte outside 0x20-0x7E, and that byte stays.
//! - OSC, DCS, SOS, PM and APC stop before the first control character (below 0x20) that is not
//!   their end. A terminal would swallow on, here a string never reaches past its line.
//! - An ESC before anything that cannot follow it (a control character, DEL, another ESC, a
//!   character outside ASCII) is removed alone.
//!
//! The text is read once from left to right and what remains is not read again: `ESC ESC[m [31m`
//! leaves `[31m`, which is text. No ESC remains, so a second removal changes nothing. C1 controls
//! of one character (U+009B for CSI and its like) are not read as sequences and stay.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

/// The first byte of every sequence.
pub(crate) const ESC: u8 = 0x1B;
/// The end of OSC and APC strings as most writers have it.
const BEL: u8 = 0x07;

/// What Harness appends to a line cut at its limit, be it in the middle of a sequence: without this
/// exception `ESC[1;9... (log line truncated)` would be a CSI with the final byte `l`.
pub(crate) const CUT_MARK: &str = "... (log line truncated)";

/// The text without its control sequences; borrowed when it has no ESC.
pub fn strip(text: &str) -> Cow<'_, str> {
    if memchr(ESC, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    pieces(text, |piece| kept.push_str(piece));
    Cow::Owned(kept)
}

/// Calls `keep` with each piece of text that remains without the control sequences, in order; no
/// piece is empty. Text without ESC is one piece.
pub fn pieces(text: &str, mut keep: impl FnMut(&str)) {
    let next = |at| memchr(ESC, &text.as_bytes()[at..]);
    pieces_between(text, next, |piece| keep(&text[piece]));
}

/// As [`pieces`], with the places of ESC from a search that was done before: `next(at)` is the number of
/// bytes from `at` to the first ESC, `None` if no more follow.
#[inline]
pub(crate) fn pieces_between(
    text: &str,
    next: impl Fn(usize) -> Option<usize>,
    mut keep: impl FnMut(Range<usize>),
) {
    let bytes = text.as_bytes();
    // A sequence never reaches into the mark, which must stay even after half a sequence.
    let end = text.strip_suffix(CUT_MARK).unwrap_or(text).len();
    let mut at = 0;
    while let Some(plain) = next(at) {
        if plain > 0 {
            keep(at..at + plain);
        }
        at += plain;
        // At least 1, the ESC itself, so the loop ends. What comes next is text, or an ESC of its own.
        at += sequence_len(&bytes[at..end]);
    }
    if at < text.len() {
        keep(at..text.len());
    }
}

/// The length of the sequence whose ESC is the first byte: 1 if nothing that follows belongs to it.
fn sequence_len(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        // Parameters 0x30 to 0x3F and intermediates 0x20 to 0x2F, as `31;1` in `ESC[31;1m`.
        Some(b'[') => 2 + len_to_final(&bytes[2..], 0x3F),
        // ECMA-48 ends neither with BEL. Writers do: titles and links (OSC), Buildkite's times (APC).
        Some(b']' | b'_') => 2 + len_to_terminator(&bytes[2..], true),
        Some(b'P' | b'X' | b'^') => 2 + len_to_terminator(&bytes[2..], false),
        Some(0x20..=0x2F) => 1 + len_to_final(&bytes[1..], 0x2F),
        Some(0x30..=0x7E) => 2,
        Some(_) | None => 1,
    }
}

/// The length of a run of bytes from 0x20 to `last_inner` and of the final byte after it, if there is one:
/// any other byte, such as a newline or the first of a character outside ASCII, is text.
fn len_to_final(bytes: &[u8], last_inner: u8) -> usize {
    let is_inner = |byte: &u8| (0x20..=last_inner).contains(byte);
    let run = bytes.iter().position(|byte| !is_inner(byte)).unwrap_or(bytes.len());
    let has_final = matches!(bytes.get(run), Some(0x20..=0x7E));
    run + usize::from(has_final)
}

/// The length of a control string's content and its terminator, if it has one. Without one the content ends
/// at the first control character, which stays.
fn len_to_terminator(bytes: &[u8], bell_ends: bool) -> usize {
    let content = bytes.iter().position(|&byte| byte < 0x20).unwrap_or(bytes.len());
    match bytes[content..] {
        [ESC, b'\\', ..] => content + 2,
        [BEL, ..] if bell_ends => content + 1,
        _ => content,
    }
}
