//! Whether text outside of all documents begins one: text of other kinds has brackets too.
//!
//! `[INFO] started` and `{placeholder} missing` begin with a bracket and are lines of text. So a document
//! is an object, or an array whose first element is one, and nothing but a comma or another document
//! follows it on the line on which it ends.
//!
//! At most [`WINDOW`] bytes decide, and the answer is the same however much of the text is at hand: an
//! entry that is read in pieces gives the rows of the whole.

use memchr::memchr;

use super::document::{Items, PAGE, RS, Reading, State, key_of};
use super::envelope::{self, WHOLE};
use crate::json::Valid;

/// Bytes of a document that are examined before it is taken for one.
pub(super) const WINDOW: usize = 64 << 10;

/// What comes after the text at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: the entry ends.
    End,
    /// The next piece, which begins between two items.
    Cut,
    /// Text that may belong to the last item.
    More,
}

/// What begins at some place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A JSON document.
    Document,
    /// A line of text. From the first one on, the entry consists of lines.
    Text,
    /// Not decided by the bytes at hand: ask again with more of them.
    Unknown,
}

use Opening::{Document, Text, Unknown};

/// Decides what a text begins with; `text` starts at the first byte that is not blank. `reading`:
/// what an object may be beside a record.
pub(super) fn opening(text: &[u8], reading: Reading, rest: Rest) -> Opening {
    match shape(text, rest) {
        Shape::Other => Text,
        Shape::Cut => at_end(rest),
        // `[]` alone may be an empty answer of an API, or an empty list in a log.
        Shape::Empty(end) => match closes_line(text, end, rest) {
            Document => before_documents(&text[end..], reading, rest),
            other => other,
        },
        Shape::Array(first) => match follows_element(text, first, rest) {
            Document => on_one_line(text, rest),
            other => other,
        },
        // A page is read record by record, so it need not be seen to its end here.
        Shape::Object(key) if reading == Reading::Pages && PAGE.contains(&&*key_of(key)) => {
            on_one_line(text, rest)
        }
        Shape::Object(_) => object(text, reading, rest),
    }
}

/// The answer if the text at hand ends before there is one. A piece is never cut within what was taken for
/// a document.
fn at_end(rest: Rest) -> Opening {
    match rest {
        Rest::End => Document,
        // Had it been a document, the cut would be after it.
        Rest::Cut => Text,
        Rest::More => Unknown,
    }
}

/// What a text looks like from its first bytes.
enum Shape<'a> {
    /// Its first key with its quotes; empty for `{}`.
    Object(&'a [u8]),
    /// An array whose first element is an object, and the offset of that object.
    Array(usize),
    /// `[]`, and the offset after it.
    Empty(usize),
    /// The text ends before that is known.
    Cut,
    /// Not JSON, or an array of other values: `[1, 2]` and `[main] INFO`.
    Other,
}

/// Reads the first few tokens of a text; `rest` says what a text that ends within them means.
fn shape(text: &[u8], rest: Rest) -> Shape<'_> {
    // The first byte within the brackets that is not blank.
    let inside = 1 + text.get(1..).map_or(0, blanks);
    match (text.first(), text.get(inside)) {
        (Some(b'[' | b'{'), None) | (None, _) => Shape::Cut,
        (Some(b'{'), Some(b'}')) => Shape::Object(&[]),
        (Some(b'{'), Some(b'"')) => key(text, inside, rest),
        (Some(b'['), Some(b']')) => Shape::Empty(inside + 1),
        // One level deep: `[{` needs a key after it, as in `[{"a":1}]`.
        (Some(b'['), Some(b'{')) => match shape(&text[inside..], rest) {
            Shape::Object(_) => Shape::Array(inside),
            Shape::Cut => Shape::Cut,
            _ => Shape::Other,
        },
        _ => Shape::Other,
    }
}

/// The shape of an object whose first key begins at `start` with its quote. A key ends on its line and has
/// a colon after it.
fn key(text: &[u8], start: usize, rest: Rest) -> Shape<'_> {
    let mut at = start + 1;
    loop {
        match text.get(at) {
            Some(b'"') => break,
            // Whatever is escaped, also a quote.
            Some(b'\\') => at += 2,
            Some(b'\n') => return Shape::Other,
            Some(_) => at += 1,
            None => return Shape::Cut,
        }
    }
    let behind = at + 1 + blanks(&text[at + 1..]);
    match text.get(behind) {
        Some(b':') => Shape::Object(&text[start..=at]),
        // At the end of the entry a truncated object still counts as one.
        None if rest != Rest::Cut => Shape::Cut,
        _ => Shape::Other,
    }
}

/// How many blanks a text begins with: JSON's white space.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// An object: it must be closed. One that is not, within the window, must be JSON as far as it goes.
fn object(text: &[u8], reading: Reading, rest: Rest) -> Opening {
    let window = &text[..text.len().min(WINDOW)];
    // If the window is only a part of the text, more follows it, whatever comes after the text.
    let is_all = window.len() == text.len();
    if let Some(end) = close(window, if is_all { rest } else { Rest::More }) {
        return closes_line(text, end, rest);
    }
    match rest {
        // It may be closed by what comes next.
        Rest::More if is_all => Unknown,
        // Its records are read one by one, so it need not be seen to its end, nor be all JSON.
        _ if reading == Reading::Objects
            && envelope::begins(&text[..text.len().min(WHOLE)]).is_some() =>
        {
            Document
        }
        // Longer than the window, and not closed before the cut either.
        Rest::Cut if close(text, rest).is_none() => Text,
        _ => {
            // Valid up to the end of the window is convincing: `{name} was ...` fails at its first word.
            let parsed = serde_json::from_slice::<Valid>(window);
            if parsed.is_err_and(|error| error.is_eof()) { Document } else { Text }
        }
    }
}

/// The offset after the bracket that closes the one that a text begins with; `None` if it is not closed.
fn close(text: &[u8], rest: Rest) -> Option<usize> {
    Items::new(text, State::Top, Reading::Lines, rest).close(0)
}

/// Checks an array or a page. Its elements are read before its end is seen, so only an end on its first
/// line counts: `[{"a":1}] retrying` is text, but one over several lines is a document at once.
fn on_one_line(text: &[u8], rest: Rest) -> Opening {
    let window = &text[..text.len().min(WINDOW)];
    let line = &window[..memchr(b'\n', window).unwrap_or(window.len())];
    // The line is complete, or as long as will be examined.
    let is_whole = line.len() < window.len() || window.len() < text.len();
    match close(line, if is_whole { Rest::More } else { rest }) {
        Some(end) => closes_line(text, end, rest),
        None if rest == Rest::More && !is_whole => Unknown,
        None => Document,
    }
}

/// Whether the first element of an array is followed by a comma, by the end of the array or, on another
/// line, by what [may follow an item](follows_item). An element over several lines is taken on trust.
fn follows_element(text: &[u8], first: usize, rest: Rest) -> Opening {
    let window = &text[first..text.len().min(first + WINDOW)];
    let line = &window[..memchr(b'\n', window).unwrap_or(window.len())];
    let Some(end) = close(line, Rest::More) else { return Document };
    let behind = &text[first + end..];
    let blank = blanks(behind);
    match behind.get(blank) {
        Some(b',' | b']') => Document,
        // A comma is missing between two elements on lines of their own.
        Some(_) if memchr(b'\n', &behind[..blank]).is_some() => {
            follows_item(&behind[blank..], rest)
        }
        Some(_) => Text,
        None if rest == Rest::More => Unknown,
        None => Document,
    }
}

/// Whether an array continues although no comma separates the next text from the item before it: with an
/// object, or with something that ends in a comma or the array's bracket on its line. If not, the array
/// was left unfinished and lines of text follow.
pub(super) fn follows_item(text: &[u8], rest: Rest) -> Opening {
    match shape(text, rest) {
        Shape::Object(_) => return Document,
        Shape::Cut => return if rest == Rest::More { Unknown } else { Document },
        _ => {}
    }
    let window = &text[..text.len().min(WINDOW)];
    let line = match memchr(b'\n', window) {
        Some(newline) => &window[..newline],
        // No line of a log is so long.
        None if window.len() < text.len() => return Document,
        None if rest == Rest::More => return Unknown,
        None => window,
    };
    match line.trim_ascii_end().last() {
        Some(b',') => Document,
        // `[main] [done]` closes its own brackets, not the array.
        Some(b']') if !line.starts_with(b"[") => Document,
        _ => Text,
    }
}

/// Whether the line ends where a document does (at `end`), or another document follows on it.
pub(super) fn closes_line(text: &[u8], end: usize, rest: Rest) -> Opening {
    let behind = &text[end..];
    let at =
        behind.iter().take_while(|byte| matches!(**byte, b' ' | b'\t' | b'\r' | b',' | RS)).count();
    match behind.get(at) {
        Some(b'\n') => Document,
        // `{"a":1}{"b":2}` is two documents, `{"a":1} {done}` is text.
        Some(b'{' | b'[') => match shape(&behind[at..], rest) {
            Shape::Other => Text,
            Shape::Cut => at_end(rest),
            _ => Document,
        },
        Some(_) => Text,
        None if rest == Rest::More => Unknown,
        None => Document,
    }
}

/// What an empty array is whose line ends with it: a document if documents or nothing follow, text if text
/// does, because then it may as well be a printed list.
fn before_documents(text: &[u8], reading: Reading, rest: Rest) -> Opening {
    let mut behind = text;
    loop {
        let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | RS);
        behind = &behind[behind.iter().take_while(is_blank).count()..];
        match shape(behind, rest) {
            Shape::Empty(end) if closes_line(behind, end, rest) == Document => {
                behind = &behind[end..];
            }
            Shape::Empty(end) => return closes_line(behind, end, rest),
            _ if behind.is_empty() => return at_end(rest),
            _ => return opening(behind, reading, rest),
        }
    }
}
