//! Objects of any keys to typed columns.
//!
//! Two ways to the same row. A [`Reader`] writes the values of objects like those before straight into their
//! columns. Whatever surprises it goes to the parser of [any keys](super::any), which makes a record, and
//! `spread` moves what fits a column out of its `extra`. What fits is the same for both.
//!
//! `infer` finds the columns that records need.

mod both;
mod infer;
mod merge;
mod spread;

pub use both::{KeyedRows, KeyedWay, keyed_rows, keys_of};
pub use infer::{Described, Inference};
pub(crate) use merge::merged;

use super::any::AnyParser;
use super::learned::{Layout, ROOT, Reader};
use super::mapping::Mapping;
use super::thorough::Extra;
use crate::record::Record;
use crate::table::{KeyColumns, Slot};

/// Parses objects of any keys into the columns of a [`KeyColumns`], one after the other.
pub(crate) struct KeyedParser {
    any: AnyParser,
    reader: Reader,
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
        Self { any: AnyParser::new(mapping), reader: Reader::new(columns, true) }
    }

    /// The column of a key of records.
    pub(crate) fn slot(&self, key: &str) -> Option<Slot> {
        self.reader.layout.target(ROOT, key).map(|target| target.slot)
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
        let Self { any, reader } = self;
        let Some(has_keys) = reader.read(any.mapping(), json, onward, row, columns) else {
            columns.forget(row);
            return self.parse_apart(json, row, columns, KeyedWay::Fast, take);
        };
        if let Some(mut fields) = any.whole_fields(reader.found(json)) {
            take(&fields.record(), Outcome { has_keys, is_late: false });
        } else if reader.found.iter().any(|found| found.is_nested) {
            // What is left of the objects depends on what the columns take.
            columns.forget(row);
            return self.parse_apart(json, row, columns, KeyedWay::Fast, take);
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
        let members = self.reader.found(json).collect();
        let mut fields = self.any.fields(members, Extra::default());
        let record = fields.record();
        let Some(extra) = record.extra else { return take(&record, outcome) };
        // A key of the message, say, that is not the first of its kind, or has a value that is no message.
        let rest = spread::spread(extra, &self.reader.layout, row, columns, &mut outcome);
        take(&Record { extra: rest.as_deref(), ..record.clone() }, outcome);
    }

    /// As [`parse`](Self::parse), by way of `extra`, which is made the usual way or the thorough one.
    fn parse_apart(
        &mut self,
        json: &str,
        row: usize,
        columns: &mut KeyColumns,
        way: KeyedWay,
        take: impl FnOnce(&Record<'_>, Outcome),
    ) -> Result<(), String> {
        let layout = &self.reader.layout;
        let take = |record: &Record<'_>| {
            let mut outcome = Outcome::default();
            let rest = record
                .extra
                .and_then(|extra| spread::spread(extra, layout, row, columns, &mut outcome));
            take(&Record { extra: rest.as_deref(), ..record.clone() }, outcome);
        };
        match way {
            KeyedWay::Fast => self.any.parse_text(json, json, take),
            KeyedWay::Thorough => self.any.parse_thoroughly(json.as_bytes(), take),
        }
    }
}

/// Gives the keys of records that were converted before to their columns.
pub(crate) struct KeySpreader {
    layout: Layout,
}

impl KeySpreader {
    /// For the columns of these keys.
    pub(crate) fn new(columns: &KeyColumns) -> Self {
        Self { layout: Layout::of(columns) }
    }

    /// The column of a key of records.
    pub(crate) fn slot(&self, key: &str) -> Option<Slot> {
        self.layout.target(ROOT, key).map(|target| target.slot)
    }

    /// Gives `row` the members of an object that have a column; returns those that do not fit.
    pub(crate) fn spread(
        &self,
        keys: &str,
        row: usize,
        columns: &mut KeyColumns,
    ) -> (Option<String>, Outcome) {
        let mut outcome = Outcome::default();
        let rest = spread::spread(keys, &self.layout, row, columns, &mut outcome);
        (rest, outcome)
    }
}
