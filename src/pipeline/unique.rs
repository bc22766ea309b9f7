//! Rows that are the first with their key.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

use crate::json::values_of;
use crate::table::{Column, Lines, cell_text, is_json, key_of};

/// The keys seen so far, 16 bytes each whatever their length. Two different keys are taken for one with
/// a chance of 2 to the power of -128.
#[derive(Debug, Default)]
pub(super) struct Unique {
    seen: HashSet<u128>,
}

/// The keys of rows: the value of this key of each, from its column or from `extra`, hashed; `None` for rows
/// without it. Any thread may do this, before the order of rows matters.
pub(super) fn keys_of(batch: &RecordBatch, key: &str) -> Vec<Option<u128>> {
    let extra = batch.column_by_name("extra").expect("a column of the table");
    let extra: &StringArray = extra.as_string();
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let own = fields.skip(Column::ALL.len()).find(|(field, _)| key_of(field) == key);
    let of_row = |(row, extra): (usize, Option<&str>)| match own
        .and_then(|(field, column)| value(field, column, row))
    {
        Some(value) => Some(hash(&value)),
        None => Some(hash(member(extra?, key)?)),
    };
    extra.iter().enumerate().map(of_row).collect()
}

/// The value of a key's column as JSON; `None` for null.
fn value<'a>(field: &Field, column: &'a ArrayRef, row: usize) -> Option<Cow<'a, str>> {
    let text = cell_text(column, row)?;
    Some(match field.data_type() {
        DataType::Utf8 if !is_json(field) => serde_json::Value::from(text).to_string().into(),
        _ => text,
    })
}

/// The value of a member as written: `1` and `1.0` are different keys, and so are `1` and `"1"`.
fn member<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let [value] = values_of(json, [key])?;
    value
}

/// Two hashes of 64 bits that differ in what comes before the value.
fn hash(value: &str) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        value.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

impl Unique {
    /// Keeps the rows whose keys were not seen before, and those without one. Called in the order of
    /// rows, by one thread at a time, so which of two equal rows stays does not depend on threads.
    pub(super) fn keep(
        &mut self,
        lines: &mut Lines,
        keys: &[Option<u128>],
    ) -> Result<(), ArrowError> {
        let mut rest = keys;
        for (_, tally) in &mut lines.tallies {
            let (own, behind) = rest.split_at(tally.lines as usize);
            tally.unkeyed += own.iter().filter(|key| key.is_none()).count() as i64;
            rest = behind;
        }
        // Inserting says whether it was new; a key that comes twice in this batch is a duplicate as
        // well.
        let is_new = |key: &Option<u128>| key.is_none_or(|key| self.seen.insert(key));
        let wanted: Vec<bool> = keys.iter().map(is_new).collect();
        if wanted.iter().all(|&wanted| wanted) {
            return Ok(());
        }
        let before: Vec<i64> = lines.tallies.iter().map(|(_, tally)| tally.lines).collect();
        lines.keep(&BooleanArray::from(wanted))?;
        for ((_, tally), before) in lines.tallies.iter_mut().zip(before) {
            tally.duplicates += before - tally.lines;
        }
        Ok(())
    }
}
