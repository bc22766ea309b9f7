//! The members of an object one after the other, in text that may be cut off or broken.

use std::ops::Range;

use super::Apart;
use crate::format::document::{Items, Reading, State};
use crate::format::opening::Rest;

/// Walks through the members of an object, without a look into their values.
pub(super) struct Walk<'a> {
    text: &'a [u8],
    items: Items<'a>,
    at: usize,
    /// No member was met so far.
    is_first: bool,
}

/// What comes next in an object.
pub(super) enum Step {
    /// A key with its quotes, and where its value begins.
    Key(Range<usize>, usize),
    /// The offset after the object.
    End(usize),
    /// No member begins here, or it is cut off.
    Broken(usize),
}

impl<'a> Walk<'a> {
    /// Of the object that a text begins with.
    pub(super) fn new(text: &'a [u8]) -> Option<Self> {
        let start = text.len() - text.trim_ascii_start().len();
        let items = Items::new(text, State::Array, Reading::Lines, Rest::More);
        (text.get(start) == Some(&b'{')).then_some(Self {
            text,
            items,
            at: start + 1,
            is_first: true,
        })
    }

    /// Passes blanks; `None` at the end.
    fn blanks(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.text.get(self.at).copied()
    }

    /// The next key. Its value must be passed before the one after it.
    pub(super) fn key(&mut self) -> Step {
        let start = self.at;
        let mut next = self.blanks();
        if next == Some(b'}') {
            return Step::End(self.at + 1);
        }
        if !self.is_first {
            if next != Some(b',') {
                return Step::Broken(start);
            }
            self.at += 1;
            next = self.blanks();
        }
        self.is_first = false;
        let key = self.at;
        let end = match next {
            Some(b'"') => self.items.end_of_string(key),
            _ => None,
        };
        let Some(end) = end else { return Step::Broken(start) };
        self.at = end;
        if self.blanks() != Some(b':') {
            return Step::Broken(start);
        }
        self.at += 1;
        match self.blanks() {
            Some(_) => Step::Key(key..end, self.at),
            None => Step::Broken(start),
        }
    }

    /// Passes a value; `None` if it is cut off.
    pub(super) fn value(&mut self, start: usize) -> Option<usize> {
        self.at = self.items.end_of_value(start)?;
        Some(self.at)
    }

    /// Passes an array of records and notes them; `None` if it is cut off.
    pub(super) fn records(&mut self, start: usize, all: &mut Apart<'_>) -> Option<()> {
        self.at = start + 1;
        loop {
            while let Some(b',') = self.blanks() {
                self.at += 1;
            }
            let record = self.at;
            match self.text.get(record) {
                Some(b']') => {
                    self.at += 1;
                    return Some(());
                }
                Some(b'}') | None => {
                    all.rest = Some(record);
                    return None;
                }
                Some(byte) => all.is_mixed |= *byte != b'{',
            }
            let Some(end) = self.value(record) else {
                all.records.push(record..self.text.trim_ascii_end().len());
                // The record is an error, which says enough.
                return None;
            };
            all.records.push(record..record + self.text[record..end].trim_ascii_end().len());
        }
    }
}
