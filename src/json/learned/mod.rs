//! Objects like the ones before, of any keys: what [`KeyedParser`](super::KeyedParser) and
//! [`AnyParser`](super::AnyParser) read them by.
//!
//! `line` reads an object: it knows each key by its place among the others (`shape`), and writes values
//! straight into the columns that `layout` has for them. All else is found for the parsers to place. `nested` is
//! for objects in which keys may fill fixed columns, `passed` for columns that nobody wants.

mod layout;
mod line;
mod nested;
mod passed;
mod shape;

use std::borrow::Cow;
use std::ops::Range;

use super::mapping::{Mapping, Ranked};
use crate::simd::Simd;
use crate::table::KeyColumns;
pub(super) use layout::{Layout, ROOT, Target};
use shape::Shapes;

/// Reads one object after the other.
pub(super) struct Reader {
    pub(super) layout: Layout,
    shapes: Shapes,
    simd: Simd,
    /// Members of the object that is read which are not in columns of keys.
    pub(super) found: Vec<Found>,
    /// An object with room after it, for loads of whole chunks.
    padded: Vec<u8>,
    /// The messages among those found that have escapes, decoded.
    texts: Vec<u8>,
    /// A string that is decoded to see that it can be.
    passed: Vec<u8>,
}

/// A member for a fixed column, or without a column: where its key and its value are in the text.
#[derive(Clone)]
pub(super) struct Found {
    key: Range<usize>,
    value: Range<usize>,
    /// Where it is in [`Reader::texts`]; empty if it is not there.
    text: Range<usize>,
    /// Its rank among the keys of fixed columns.
    rank: Option<usize>,
    /// It is in an object of the record.
    pub(super) is_nested: bool,
}

impl Reader {
    /// For these columns. `opens`: an object with keys for fixed columns is read member by member.
    pub(super) fn new(columns: &KeyColumns, opens: bool) -> Self {
        let layout = Layout::of(columns);
        let shapes = Shapes::new(&layout, opens);
        Self {
            layout,
            shapes,
            simd: Simd::detect(),
            found: Vec::new(),
            padded: Vec::new(),
            texts: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Reads an object, and gives `row` its values in columns of keys; its other members are those
    /// [found](Self::found). Returns whether the row has values in columns of keys. `None`: it is for the
    /// thorough way, and the columns may have some of its values. `onward` is a text that begins with the
    /// object: if it is long enough, chunks may be loaded from it.
    #[inline]
    pub(super) fn read(
        &mut self,
        mapping: &Mapping,
        json: &str,
        onward: &str,
        row: usize,
        columns: &mut KeyColumns,
    ) -> Option<bool> {
        if onward.len() >= json.len() + line::MARGIN {
            return line::read(self, mapping, json, onward.as_bytes(), row, columns);
        }
        let mut padded = std::mem::take(&mut self.padded);
        padded.clear();
        padded.extend_from_slice(json.as_bytes());
        padded.resize(json.len() + line::MARGIN, b'\n');
        let has_keys = line::read(self, mapping, json, &padded, row, columns);
        self.padded = padded;
        has_keys
    }

    /// The members that were found in the object last read, which is `json`.
    #[inline]
    pub(super) fn found<'a>(&'a self, json: &'a str) -> impl ExactSizeIterator<Item = Ranked<'a>> {
        // Escapes give whole characters. Without this text a message would be decoded once more.
        let texts = match self.texts.is_empty() {
            true => "",
            false => simdutf8::basic::from_utf8(&self.texts).unwrap_or_default(),
        };
        self.found.iter().map(move |found| Ranked {
            key: Cow::Borrowed(&json[found.key.clone()]),
            value: &json[found.value.clone()],
            text: if found.text.is_empty() { None } else { texts.get(found.text.clone()) },
            rank: found.rank,
            taken: false,
        })
    }
}
