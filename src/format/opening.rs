//! Whether text outside of all documents begins one: text of other kinds has brackets too.
//!
//! A document is an object, or an array whose first element is one, and nothing but a comma or another
//! document follows it on the line that it ends on. What is looked at is bounded, and the same however
//! much of the text is at hand: an entry that is read in pieces gives the rows of the whole.

use memchr::memchr;

use super::document::{Items, PAGE, State, key_of};

/// Bytes of a document that are looked at.
const WINDOW: usize = 64 << 10;

/// What comes after a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: the entry ends.
    End,
    /// The next piece, which begins between two items.
    Cut,
    /// Text that may belong to the last item.
    More,
}

/// What begins at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Document,
    Text,
    /// What is at hand does not tell.
    Unknown,
}

use Opening::{Document, Text, Unknown};

/// Looks at a text from the first byte that may begin a document; `pages`: an object may be a page of
/// records.
pub(super) fn opening(text: &[u8], pages: bool, rest: Rest) -> Opening {
    match shape(text, rest) {
        Shape::Other => Text,
        Shape::Cut => at_end(rest),
        Shape::Empty(end) => match closes_line(text, end, rest) {
            Document => before_documents(&text[end..], pages, rest),
            other => other,
        },
        Shape::Array(first) => match follows_element(text, first, rest) {
            Document => on_one_line(text, rest),
            other => other,
        },
        Shape::Object(key) if pages && PAGE.contains(&&*key_of(key)) => on_one_line(text, rest),
        Shape::Object(_) => object(text, rest),
    }
}

/// What to say where the text at hand ends before there is an answer. A piece is never cut within what
/// was taken for a document.
fn at_end(rest: Rest) -> Opening {
    match rest {
        Rest::End => Document,
        Rest::Cut => Text,
        Rest::More => Unknown,
    }
}

/// What a text looks like from its first bytes.
enum Shape<'a> {
    /// With its first key in quotes, empty if there is none.
    Object(&'a [u8]),
    /// Where its first element begins, which is an object.
    Array(usize),
    /// An array without elements, and where it ends.
    Empty(usize),
    /// The text ends before that is known.
    Cut,
    Other,
}

fn shape(text: &[u8], rest: Rest) -> Shape<'_> {
    let inside = 1 + text.get(1..).map_or(0, blanks);
    match (text.first(), text.get(inside)) {
        (Some(b'[' | b'{'), None) | (None, _) => Shape::Cut,
        (Some(b'{'), Some(b'}')) => Shape::Object(&[]),
        (Some(b'{'), Some(b'"')) => key(text, inside, rest),
        (Some(b'['), Some(b']')) => Shape::Empty(inside + 1),
        (Some(b'['), Some(b'{')) => match shape(&text[inside..], rest) {
            Shape::Object(_) => Shape::Array(inside),
            Shape::Cut => Shape::Cut,
            _ => Shape::Other,
        },
        _ => Shape::Other,
    }
}

/// An object whose first key begins at `start`.
fn key(text: &[u8], start: usize, rest: Rest) -> Shape<'_> {
    let mut at = start + 1;
    loop {
        match text.get(at) {
            Some(b'"') => break,
            Some(b'\\') => at += 2,
            Some(b'\n') => return Shape::Other,
            Some(_) => at += 1,
            None => return Shape::Cut,
        }
    }
    let behind = at + 1 + blanks(&text[at + 1..]);
    match text.get(behind) {
        Some(b':') => Shape::Object(&text[start..=at]),
        None if rest != Rest::Cut => Shape::Cut,
        _ => Shape::Other,
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// An object: it must be closed. One that is not, within the window, must be JSON as far as it goes.
fn object(text: &[u8], rest: Rest) -> Opening {
    let window = &text[..text.len().min(WINDOW)];
    let is_all = window.len() == text.len();
    if let Some(end) = close(window, if is_all { rest } else { Rest::More }) {
        return closes_line(text, end, rest);
    }
    match rest {
        Rest::More if is_all => Unknown,
        Rest::Cut if close(text, rest).is_none() => Text,
        _ => {
            let parsed = serde_json::from_slice::<serde::de::IgnoredAny>(window);
            if parsed.is_err_and(|error| error.is_eof()) { Document } else { Text }
        }
    }
}

/// Behind where the brackets that open a text are closed.
fn close(text: &[u8], rest: Rest) -> Option<usize> {
    Items::new(text, State::Top, false, rest).close(0)
}

/// An array or a page: its elements may be read before its end is seen, so that counts if it is on the
/// same line.
fn on_one_line(text: &[u8], rest: Rest) -> Opening {
    let window = &text[..text.len().min(WINDOW)];
    let line = &window[..memchr(b'\n', window).unwrap_or(window.len())];
    let is_whole = line.len() < window.len() || window.len() < text.len();
    match close(line, if is_whole { Rest::More } else { rest }) {
        Some(end) => closes_line(text, end, rest),
        None if rest == Rest::More && !is_whole => Unknown,
        None => Document,
    }
}

/// Whether the first element of an array is followed by a comma, the end of the array or, on another
/// line, by what [may follow an item](follows_item). One of several lines is believed.
fn follows_element(text: &[u8], first: usize, rest: Rest) -> Opening {
    let window = &text[first..text.len().min(first + WINDOW)];
    let line = &window[..memchr(b'\n', window).unwrap_or(window.len())];
    let Some(end) = close(line, Rest::More) else { return Document };
    let behind = &text[first + end..];
    let blank = blanks(behind);
    match behind.get(blank) {
        Some(b',' | b']') => Document,
        Some(_) if memchr(b'\n', &behind[..blank]).is_some() => {
            follows_item(&behind[blank..], rest)
        }
        Some(_) => Text,
        None if rest == Rest::More => Unknown,
        None => Document,
    }
}

/// Whether what follows an item without a comma is another one all the same: an object, or something
/// with a comma or the end of the array behind it on its line. Else the array was left unfinished.
pub(super) fn follows_item(text: &[u8], rest: Rest) -> Opening {
    match shape(text, rest) {
        Shape::Object(_) => return Document,
        Shape::Cut => return if rest == Rest::More { Unknown } else { Document },
        _ => {}
    }
    let window = &text[..text.len().min(WINDOW)];
    let line = match memchr(b'\n', window) {
        Some(newline) => &window[..newline],
        None if window.len() < text.len() => return Document,
        None if rest == Rest::More => return Unknown,
        None => window,
    };
    match line.trim_ascii_end().last() {
        Some(b',') => Document,
        Some(b']') if !line.starts_with(b"[") => Document,
        _ => Text,
    }
}

/// Whether the line is over where a document ends, or another follows on it.
pub(super) fn closes_line(text: &[u8], end: usize, rest: Rest) -> Opening {
    let behind = &text[end..];
    let at = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b',')).count();
    match behind.get(at) {
        Some(b'\n') => Document,
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

/// Whether documents follow an empty array, or nothing: before text it is text as well.
fn before_documents(text: &[u8], pages: bool, rest: Rest) -> Opening {
    let mut behind = text;
    loop {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',');
        behind = &behind[behind.iter().take_while(is_blank).count()..];
        match shape(behind, rest) {
            Shape::Empty(end) if closes_line(behind, end, rest) == Document => {
                behind = &behind[end..];
            }
            Shape::Empty(end) => return closes_line(behind, end, rest),
            _ if behind.is_empty() => return at_end(rest),
            _ => return opening(behind, pages, rest),
        }
    }
}
