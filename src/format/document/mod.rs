//! JSON documents: arrays of records, concatenated records, pages of records. From the first line that
//! [is not part of one](super::opening) the text consists of lines.
//!
//! Within a document only brackets and strings are looked at, so an element that is not JSON is
//! malformed by itself and does not affect what follows.
//!
//! The same walk is done twice: [`Documents`] walks to find where to cut, [`each_item`] to decode the
//! pieces. Both start from a [`State`], which is all that a piece needs to know of the text before it;
//! for that, cuts are made only between items. An answer must never depend on how much text is at
//! hand: where more of it could change the answer, there is none yet ([`Rest::More`]).

mod ends;
mod pieces;

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::opening::{Opening, Rest, closes_line, follows_item, opening};

pub(super) use pieces::{Documents, each_item};

/// Where in a document the next item is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Outside of everything.
    #[default]
    Top,
    /// In an array of records.
    Array,
    /// Among the fields of a page.
    Page,
    /// In the records of a page.
    Data,
    /// As [`Page`](Self::Page), of a page in an array.
    InnerPage,
    /// As [`Data`](Self::Data), of a page in an array.
    InnerData,
    /// After all documents: lines of text up to the end.
    Text,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Top,
        Self::Array,
        Self::Page,
        Self::Data,
        Self::InnerPage,
        Self::InnerData,
        Self::Text,
    ];

    fn of_byte(byte: u8) -> Self {
        Self::ALL.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A record, or whatever is in its place.
    Record(&'a [u8]),
    /// A field of a page: the key as written, the value.
    Field(&'a [u8], &'a [u8]),
    /// The beginning of a page.
    PageBegin,
}

/// The keys of a page.
pub(super) const PAGE: [&str; 3] = ["data", "has_more", "total"];

/// A key without its quotes, decoded.
pub(super) fn key_of(quoted: &[u8]) -> Cow<'_, str> {
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    match std::str::from_utf8(inside) {
        Ok(inside) if !inside.contains('\\') => Cow::Borrowed(inside),
        _ => Cow::Owned(serde_json::from_slice(quoted).unwrap_or_default()),
    }
}

/// Iterates over the items of a text.
pub(super) struct Items<'a> {
    text: &'a [u8],
    pub(super) at: usize,
    pub(super) state: State,
    /// Whether objects at the top may be pages.
    pages: bool,
    rest: Rest,
    open: Vec<u8>,
    /// Where the last item ends.
    done: usize,
    /// Whether an item of the same array or page comes before, without a comma since.
    is_behind: bool,
}

impl<'a> Items<'a> {
    pub(super) fn new(text: &'a [u8], state: State, pages: bool, rest: Rest) -> Self {
        // Texts are cut only after items.
        Self { text, at: 0, state, pages, rest, open: Vec::new(), done: 0, is_behind: true }
    }

    /// Whether an item that reaches the end of the text may be incomplete.
    fn more(&self) -> bool {
        self.rest == Rest::More
    }

    /// The next item and where it begins. `None` if no complete one is left; `at` is then where the
    /// incomplete item, or the lines of text, begin.
    pub(super) fn next(&mut self) -> Option<(usize, Item<'a>)> {
        let found = self.next_item();
        if let Some((_, item)) = found {
            (self.done, self.is_behind) = (self.at, item != Item::PageBegin);
        }
        found
    }

    fn next_item(&mut self) -> Option<(usize, Item<'a>)> {
        loop {
            if self.state == State::Text {
                return None;
            }
            let end = self.at;
            self.skip_blanks();
            let start = self.at;
            let byte = *self.text.get(start)?;
            self.is_behind &= memchr(b',', &self.text[end..start]).is_none();
            let is_next = match self.state {
                State::Top => opening(&self.text[start..], self.pages, self.rest),
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
                (State::Top | State::Array, b'{') if self.pages => {
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

    fn enter(&mut self, state: State) {
        self.at += 1;
        (self.state, self.is_behind) = (state, false);
    }

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
            b'}' | b']' => Opening::Document,
            b'"' if is_page => Opening::Document,
            _ if !self.is_behind => Opening::Document,
            _ => follows_item(text, self.rest),
        }
    }

    fn behind_blanks(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',') = self.text.get(at) {
            at += 1;
        }
        at
    }

    fn skip_blanks(&mut self) {
        self.at = self.behind_blanks(self.at);
    }

    /// A field of a page; `Some(None)` if it holds the records, which are then entered.
    fn field(&mut self) -> Option<Option<Item<'a>>> {
        let start = self.at;
        let end = self.end_of_string(start)?;
        let key = &self.text[start..end];
        let colon = self.behind_blanks(end);
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

    fn record(&mut self) -> Option<(usize, Item<'a>)> {
        let start = self.at;
        let end = self.end_of_value(start)?;
        self.at = end;
        Some((start, Item::Record(self.text[start..end].trim_ascii_end())))
    }
}
