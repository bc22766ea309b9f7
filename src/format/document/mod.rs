//! JSON documents: arrays of records, concatenated records, pages of records. From the first line that
//! [is not part of one](super::opening) the text consists of lines.
//!
//! Within a document only brackets and strings are looked at, so an element that is not JSON is
//! malformed by itself and does not affect what follows.
//!
//! The same walk is done twice: [`Documents`] walks to find where to cut, [`each_item`] to decode the
//! pieces. Both start from a [`State`], which is all that a piece needs to know of the text before it;
//! for that, cuts are made only between items. An answer must never depend on how much text is at
//! hand: if more of it could change the answer, there is none yet ([`Rest::More`]).

mod ends;
mod passing;
mod pieces;

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::envelope::{self, WHOLE};
use super::opening::{Opening, Rest, closes_line, follows_item, opening};
use crate::json::is_valid;

pub(super) use pieces::{Documents, each_item};

/// Where in a document the next item is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Outside of everything: a document may begin, or text.
    #[default]
    Top,
    /// In an array of records, `[{...}, {...}]`.
    Array,
    /// Among the fields of a page, `{"data":[...],"has_more":false}`.
    Page,
    /// In the records of a page: the array that is its field `data`.
    Data,
    /// As [`Page`](Self::Page), of a page in an array.
    InnerPage,
    /// As [`Data`](Self::Data), of a page in an array.
    InnerData,
    /// After all documents: lines of text up to the end.
    Text,
    /// In the records of a large object that [holds them](super::envelope).
    Elements,
    /// After the records of such an object, in its last members.
    Trailing,
}

impl State {
    /// In the order of their discriminants.
    const ALL: [Self; 9] = [
        Self::Top,
        Self::Array,
        Self::Page,
        Self::Data,
        Self::InnerPage,
        Self::InnerData,
        Self::Text,
        Self::Elements,
        Self::Trailing,
    ];

    /// The state that a piece's context names; other bytes are read as [`Top`](Self::Top).
    fn of_byte(byte: u8) -> Self {
        Self::ALL.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// What objects may be beside records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing else.
    Lines,
    /// Pages of records, as deepset has them.
    Pages,
    /// Large objects with an array of records, which is read record by record.
    Objects,
}

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// An element of an array or a page, or an object at the top; or whatever is in its place, JSON or not.
    Record(&'a [u8]),
    /// A field of a page other than its records: the key with its quotes, the value as written.
    Field(&'a [u8], &'a [u8]),
    /// The opening brace of a page, which has no row.
    PageBegin,
    /// An element of a large object, the text of that object before its array, and whether its elements
    /// hold records in turn.
    Element(&'a [u8], &'a [u8], bool),
    /// The text of a large object before its array, where that is not repeated in its records.
    Leading(&'a [u8]),
    /// The text after the array of a large object, with its closing brace.
    Trailing(&'a [u8]),
}

/// It is before each object of a JSON text sequence (RFC 7464).
pub(super) const RS: u8 = 0x1e;

/// The keys of a page. An object that begins with any of them is one.
pub(super) const PAGE: [&str; 3] = ["data", "has_more", "total"];

/// A key decoded, without its quotes; empty if it is not a valid string.
pub(super) fn key_of(quoted: &[u8]) -> Cow<'_, str> {
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    match std::str::from_utf8(inside) {
        Ok(inside) if !inside.contains('\\') => Cow::Borrowed(inside),
        _ => Cow::Owned(serde_json::from_slice(quoted).unwrap_or_default()),
    }
}

/// Walks through the items of a text, which begins where an item may begin.
pub(super) struct Items<'a> {
    text: &'a [u8],
    /// The offset up to which the text is read.
    pub(super) at: usize,
    /// Where in a document `at` is.
    pub(super) state: State,
    /// What objects at the top may be.
    reading: Reading,
    /// Of the large object that is read: the text before its array, and whether its elements hold records.
    envelope: (&'a [u8], bool),
    /// What comes after the text: it decides whether an item that reaches the end is complete.
    rest: Rest,
    /// The brackets that are open while a value is passed; kept to be reused.
    open: Vec<u8>,
    /// Where the last item ends.
    done: usize,
    /// An item of the same array or page precedes, without a comma since. What follows then needs a closer
    /// look: the array may have been left unfinished.
    is_behind: bool,
}

impl<'a> Items<'a> {
    /// Items of a text that begins in this state.
    pub(super) fn new(text: &'a [u8], state: State, reading: Reading, rest: Rest) -> Self {
        let (open, envelope) = (Vec::new(), (&[][..], false));
        // Texts are cut only after items.
        Self { text, at: 0, state, reading, envelope, rest, open, done: 0, is_behind: true }
    }

    /// Whether an item that reaches the end of the text may be incomplete.
    fn more(&self) -> bool {
        self.rest == Rest::More
    }

    /// The next item and where it begins. `None` if no complete one is left; `at` is then where the
    /// incomplete item, or the lines of text, begin: what a cut or a next piece starts with.
    pub(super) fn next(&mut self) -> Option<(usize, Item<'a>)> {
        let found = self.next_item();
        if let Some((_, item)) = found {
            (self.done, self.is_behind) = (self.at, item != Item::PageBegin);
        }
        found
    }

    /// As [`next`](Self::next), but `done` and `is_behind` still describe the item before.
    fn next_item(&mut self) -> Option<(usize, Item<'a>)> {
        loop {
            if self.state == State::Text {
                return None;
            }
            // Brackets between items are passed in this loop; only items return.
            let end = self.at;
            self.skip_blanks();
            let start = self.at;
            let byte = *self.text.get(start)?;
            self.is_behind &= memchr(b',', &self.text[end..start]).is_none();
            let is_next = match self.state {
                State::Top => opening(&self.text[start..], self.reading, self.rest),
                _ => self.goes_on(start),
            };
            match is_next {
                Opening::Document => {}
                Opening::Unknown => return None,
                Opening::Text => {
                    // Its whole line, but for the items on it.
                    let line = memrchr(b'\n', &self.text[self.done..start]);
                    self.at = line.map_or(self.done, |newline| self.done + newline + 1);
                    self.state = State::Text;
                    return None;
                }
            }
            match (self.state, byte) {
                (State::Top, b'[') => self.enter(State::Array),
                (State::Top | State::Array, b'{') if self.reading == Reading::Pages => {
                    // Whether it is a page is decided by its first key alone, so that a page need not be
                    // read to its end before its first record is.
                    let inside = self.behind_blanks(start + 1);
                    let end = match self.text.get(inside) {
                        Some(b'"') => self.end_of_string(inside)?,
                        None if self.more() => return None,
                        _ => inside,
                    };
                    if PAGE.contains(&&*key_of(&self.text[inside..end])) {
                        let is_inner = self.state == State::Array;
                        self.enter(if is_inner { State::InnerPage } else { State::Page });
                        return Some((start, Item::PageBegin));
                    } else {
                        return self.record();
                    }
                }
                (State::Top, b'{') if self.reading == Reading::Objects => match self.object()? {
                    Some(item) => return Some((start, item)),
                    None => continue,
                },
                (State::Elements, b']') => self.leave(State::Trailing),
                (State::Elements, _) => {
                    let (start, item) = self.record()?;
                    let Item::Record(element) = item else { return Some((start, item)) };
                    let (leading, holds) = self.envelope;
                    return Some((start, Item::Element(element, leading, holds)));
                }
                (State::Trailing, b'}') => self.leave(State::Top),
                (State::Trailing, _) => return self.trailing(),
                (State::Array, b']') | (State::Page, b'}') => self.leave(State::Top),
                (State::Data, b']') => self.leave(State::Page),
                (State::InnerData, b']') => self.leave(State::InnerPage),
                (State::InnerPage, b'}') => self.leave(State::Array),
                (State::Page | State::InnerPage, b'"') => match self.field()? {
                    Some(field) => return Some((start, field)),
                    None => continue,
                },
                _ => return self.record(),
            }
        }
    }

    /// Passes an opening bracket.
    fn enter(&mut self, state: State) {
        self.at += 1;
        (self.state, self.is_behind) = (state, false);
    }

    /// Passes a closing bracket. What was inside counts as one item of the state around it.
    fn leave(&mut self, state: State) {
        self.at += 1;
        (self.state, self.is_behind) = (state, true);
    }

    /// Whether the array or page continues here. Its closing bracket counts only if nothing else follows
    /// on that line.
    fn goes_on(&self, start: usize) -> Opening {
        let is_page = matches!(self.state, State::Page | State::InnerPage);
        let text = &self.text[start..];
        match text[0] {
            b']' if self.state == State::Array => closes_line(text, 1, self.rest),
            b'}' if self.state == State::Page => closes_line(text, 1, self.rest),
            _ if self.state == State::Trailing => Opening::Document,
            // The end of a page's records or of an inner page; or one that fits nothing, a malformed record.
            b'}' | b']' => Opening::Document,
            // A page's next key, with or without a comma before it.
            b'"' if is_page => Opening::Document,
            _ if !self.is_behind => Opening::Document,
            _ => follows_item(text, self.rest),
        }
    }

    /// The offset after blanks and commas. Commas separate items, but one too many or too few is no error.
    fn behind_blanks(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | &RS) = self.text.get(at) {
            at += 1;
        }
        at
    }

    /// Moves to where the next item may begin.
    fn skip_blanks(&mut self) {
        self.at = self.behind_blanks(self.at);
    }

    /// Reads a field of a page. `None` if it is incomplete; `Some(None)` if it is the array of records, whose
    /// bracket is then passed.
    fn field(&mut self) -> Option<Option<Item<'a>>> {
        let start = self.at;
        let end = self.end_of_string(start)?;
        let key = &self.text[start..end];
        let colon = self.behind_blanks(end);
        // A string without a value: as an item of its own it becomes an error row.
        if self.text.get(colon) != Some(&b':') {
            if colon == self.text.len() && self.more() {
                return None;
            }
            return self.record().map(|(_, item)| Some(item));
        }
        let value = self.behind_blanks(colon + 1);
        if value == self.text.len() && self.more() {
            return None;
        }
        if key_of(key) == PAGE[0] && self.text.get(value) == Some(&b'[') {
            self.at = value;
            let is_inner = self.state == State::InnerPage;
            self.enter(if is_inner { State::InnerData } else { State::Data });
            return Some(None);
        }
        let end = self.end_of_value(value)?;
        self.at = end;
        Some(Some(Item::Field(key, self.text[value..end].trim_ascii_end())))
    }

    /// Reads an object at the top. `None` if it is incomplete; `Some(None)` if it is a large one that holds
    /// records: then the bracket of their array is passed.
    fn object(&mut self) -> Option<Option<Item<'a>>> {
        let start = self.at;
        let closed = self.close(start);
        let text = &self.text[start..];
        let is_small = match closed {
            Some(end) => end - start <= WHOLE,
            // Had it been small, it would not have been cut.
            None if self.rest == Rest::Cut => false,
            None if text.len() < WHOLE && self.more() => return None,
            None => text.len() < WHOLE,
        };
        let begun = if is_small { None } else { envelope::begins(&text[..text.len().min(WHOLE)]) };
        let Some((array, holds)) = begun else {
            return match closed {
                Some(end) => {
                    self.at = end;
                    Some(Some(Item::Record(&self.text[start..end])))
                }
                None => self.record().map(|(_, item)| Some(item)),
            };
        };
        self.at += array;
        self.enter(State::Elements);
        let leading = &text[..array];
        let is_repeated = envelope::are_repeated(leading);
        self.envelope = (if is_repeated { leading } else { &[] }, holds);
        // If its first record cannot be read, perhaps none can: then they are nowhere else.
        match is_repeated && self.begins_soundly(start + array + 1) {
            true => Some(None),
            false => Some(Some(Item::Leading(leading))),
        }
    }

    /// Whether the object that begins at `start`, after blanks, can be read.
    fn begins_soundly(&mut self, start: usize) -> bool {
        let rest = &self.text[start..];
        let start = start + rest.len() - rest.trim_ascii_start().len();
        let end = self.close(start);
        end.is_some_and(|end| is_valid(&self.text[start..end]))
    }

    /// Reads the last members of a large object, with its closing brace.
    fn trailing(&mut self) -> Option<(usize, Item<'a>)> {
        let start = self.at;
        let end = match self.close_open(start, b"{") {
            Some(end) => end,
            None if self.more() => return None,
            None => self.text.len(),
        };
        self.at = end;
        self.state = State::Top;
        Some((start, Item::Trailing(self.text[start..end].trim_ascii_end())))
    }

    /// Reads a value as a record, whatever it is.
    fn record(&mut self) -> Option<(usize, Item<'a>)> {
        let start = self.at;
        let end = self.end_of_value(start)?;
        self.at = end;
        Some((start, Item::Record(self.text[start..end].trim_ascii_end())))
    }
}
