//! Objects of any keys to typed columns.
//!
//! Two ways to the same row. `line` reads lines like those before: it knows each key by its place in
//! the object, and writes values straight into their columns. Whatever surprises it goes to the
//! thorough way: the parser of [any keys](super::any) makes a record, and `spread` moves what fits a
//! column out of its `extra`. What fits is the same for both.
//!
//! `infer` finds the columns that records need.

mod both;
mod infer;
mod layout;
mod line;
mod nested;
mod passed;
mod shape;
mod spread;

use std::borrow::Cow;

pub use both::{KeyedRows, KeyedWay, keyed_rows, keys_of};
pub use infer::{Described, Inference};

use super::any::AnyParser;
use super::mapping::{Mapping, Ranked};
use super::thorough::Extra;
use crate::record::Record;
use crate::simd::Simd;
use crate::table::KeyColumns;
use layout::Layout;
use line::Found;
use shape::Shapes;

/// Parses objects of any keys into the columns of a [`KeyColumns`], one after the other.
pub(crate) struct KeyedParser {
    any: AnyParser,
    layout: Layout,
    shapes: Shapes,
    simd: Simd,
    /// Members of the line that is read which are not in columns of keys.
    found: Vec<Found>,
    /// A line with room after it, for loads of whole chunks.
    padded: Vec<u8>,
    /// A string that is decoded to see that it can be.
    passed: Vec<u8>,
}

/// What became of an object beside its row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// It has values in columns of keys.
    pub(crate) has_keys: bool,
    /// A key, or a type of its value, was not in the schema.
    pub(crate) is_late: bool,
}

impl KeyedParser {
    /// A parser for the columns of these keys; the mapping says which keys fill fixed columns.
    pub(crate) fn new(mapping: Mapping, columns: &KeyColumns) -> Self {
        let layout = Layout::of(columns);
        let shapes = Shapes::new(&layout);
        let simd = Simd::detect();
        Self {
            any: AnyParser::new(mapping),
            layout,
            shapes,
            simd,
            found: Vec::new(),
            padded: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Parses an object, gives `row` its values in columns of keys, and hands the rest to `take`, which
    /// is not called if there is an error. `onward` is a text that begins with the object: if it is long
    /// enough, chunks may be loaded from it.
    ///
    /// # Errors
    /// Why the text is not an object.
    pub(crate) fn parse(
        &mut self,
        json: &str,
        onward: &str,
        row: usize,
        columns: &mut KeyColumns,
        take: impl FnOnce(&Record<'_>, Outcome),
    ) -> Result<(), String> {
        let found = if onward.len() >= json.len() + line::MARGIN {
            line::read(self, json, onward.as_bytes(), row, columns)
        } else {
            let mut padded = std::mem::take(&mut self.padded);
            padded.clear();
            padded.extend_from_slice(json.as_bytes());
            padded.resize(json.len() + line::MARGIN, b'\n');
            let found = line::read(self, json, &padded, row, columns);
            self.padded = padded;
            found
        };
        let Some(has_keys) = found else {
            columns.forget(row);
            return self.parse_thoroughly(json, row, columns, take);
        };
        let members = self.found.iter().map(|found| (found.rank, &json[found.value.clone()]));
        if let Some(mut fields) = self.any.whole_fields(members) {
            take(&fields.record(), Outcome { has_keys, is_late: false });
        } else if self.found.iter().any(|found| found.is_nested) {
            // What is left of the objects depends on what the columns take.
            columns.forget(row);
            return self.parse_thoroughly(json, row, columns, take);
        } else {
            self.finish(json, has_keys, row, columns, take);
        }
        Ok(())
    }

    /// Completes a row of which the columns of keys have their values, and other members are found.
    #[cold]
    fn finish(
        &self,
        json: &str,
        has_keys: bool,
        row: usize,
        columns: &mut KeyColumns,
        take: impl FnOnce(&Record<'_>, Outcome),
    ) {
        let mut outcome = Outcome { has_keys, is_late: false };
        let members = self.found.iter().map(|found| Ranked {
            key: Cow::Borrowed(&json[found.key.clone()]),
            value: &json[found.value.clone()],
            rank: found.rank,
            taken: false,
        });
        let mut fields = self.any.fields(members.collect(), Extra::default());
        let record = fields.record();
        let Some(extra) = record.extra else { return take(&record, outcome) };
        // A key of the message, say, that is not the first of its kind, or has a value that is no message.
        let rest = spread::spread(extra, &self.layout, row, columns, &mut outcome);
        take(&Record { extra: rest.as_deref(), ..record.clone() }, outcome);
    }

    /// As [`parse`](Self::parse), by the thorough way alone.
    fn parse_thoroughly(
        &mut self,
        json: &str,
        row: usize,
        columns: &mut KeyColumns,
        take: impl FnOnce(&Record<'_>, Outcome),
    ) -> Result<(), String> {
        // Both are needed inside, and the parser is changed by what it parses.
        let layout = &self.layout;
        self.any.parse(json.as_bytes(), |record| {
            let mut outcome = Outcome::default();
            let rest = record
                .extra
                .and_then(|extra| spread::spread(extra, layout, row, columns, &mut outcome));
            take(&Record { extra: rest.as_deref(), ..record.clone() }, outcome);
        })
    }
}
