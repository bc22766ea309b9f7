//! The dictionaries of the identity columns, complete before the first line is read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, StringArray, new_null_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Int32Type};

use super::IDENTITY_COLUMNS;
use crate::identity::{Identity, identify_in};
use crate::record::level::Level;
use crate::source::{Catalog, Entry};

const COLUMNS: usize = IDENTITY_COLUMNS.len();

/// Values of every identity column, shared by all batches, and each entry's codes into them.
#[derive(Debug)]
pub struct Dictionaries {
    columns: [ArrayRef; COLUMNS],
    /// By entry: one code per column, `None` for null.
    codes: Vec<[Option<i32>; COLUMNS]>,
    runs: Vec<Option<i64>>,
    levels: ArrayRef,
}

/// Values of one column in the order of first use.
#[derive(Default)]
struct Interner<'a> {
    codes: HashMap<&'a str, i32>,
    values: Vec<&'a str>,
}

impl<'a> Interner<'a> {
    fn code(&mut self, value: &'a str) -> i32 {
        *self.codes.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() as i32 - 1
        })
    }
}

impl Dictionaries {
    /// Reads the identity of every entry's path.
    pub fn new(catalog: &Catalog) -> Self {
        let identify = |entry: &Entry| identify_in(catalog.bundle_of(entry), &entry.path);
        let identities: Vec<Identity> = catalog.entries.iter().map(identify).collect();
        let mut interners: [Interner<'_>; COLUMNS] = Default::default();
        let mut codes = Vec::with_capacity(identities.len());
        for (entry, identity) in catalog.entries.iter().zip(&identities) {
            let values = values(catalog.bundle_of(entry), &entry.path, identity);
            let mut row = [None; COLUMNS];
            for ((code, interner), value) in row.iter_mut().zip(&mut interners).zip(values) {
                *code = value.map(|value| interner.code(value));
            }
            codes.push(row);
        }
        let columns = interners.map(|interner| Arc::new(StringArray::from(interner.values)) as _);
        let runs = identities.iter().map(|identity| identity.run).collect();
        let levels = Arc::new(StringArray::from(Level::NAMES.to_vec()));
        Self { columns, codes, runs, levels }
    }

    /// The identity columns in table order, `run` included, for runs of rows: (entry, rows).
    pub(super) fn arrays(&self, runs: &[(usize, usize)], rows: usize) -> Vec<ArrayRef> {
        let mut arrays: Vec<ArrayRef> =
            (0..COLUMNS).map(|column| self.array(column, runs, rows)).collect();
        arrays.insert(6, self.run_array(runs, rows));
        arrays
    }

    fn array(&self, column: usize, runs: &[(usize, usize)], rows: usize) -> ArrayRef {
        let values = &self.columns[column];
        if values.is_empty() {
            let values = values.data_type().clone();
            let data_type = DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
            return new_null_array(&data_type, rows);
        }
        let mut keys = Vec::with_capacity(rows);
        for &(entry, rows) in runs {
            keys.resize(keys.len() + rows, self.codes[entry][column].unwrap_or(0));
        }
        let nulls = nulls(runs, rows, |entry| self.codes[entry][column].is_none());
        coded(Int32Array::new(ScalarBuffer::from(keys), nulls), values)
    }

    fn run_array(&self, runs: &[(usize, usize)], rows: usize) -> ArrayRef {
        let mut values = Vec::with_capacity(rows);
        for &(entry, rows) in runs {
            values.resize(values.len() + rows, self.runs[entry].unwrap_or(0));
        }
        let nulls = nulls(runs, rows, |entry| self.runs[entry].is_none());
        Arc::new(Int64Array::new(ScalarBuffer::from(values), nulls))
    }

    /// The level column from the builder's codes.
    pub(super) fn level_array(&self, codes: Int32Array) -> ArrayRef {
        coded(codes, &self.levels)
    }
}

fn values<'a>(
    bundle: &'a str,
    file: &'a str,
    identity: &'a Identity,
) -> [Option<&'a str>; COLUMNS] {
    [
        Some(bundle),
        Some(file),
        identity.account.as_deref(),
        identity.org.as_deref(),
        identity.project.as_deref(),
        identity.pipeline.as_deref(),
        identity.execution.as_deref(),
        identity.stage.as_deref(),
        identity.group.as_deref(),
        identity.step.as_deref(),
        identity.unit.as_deref(),
        identity.iteration.as_deref(),
    ]
}

fn nulls(
    runs: &[(usize, usize)],
    rows: usize,
    is_null: impl Fn(usize) -> bool,
) -> Option<NullBuffer> {
    if !runs.iter().any(|&(entry, _)| is_null(entry)) {
        return None;
    }
    let mut valid = arrow::array::BooleanBufferBuilder::new(rows);
    for &(entry, rows) in runs {
        valid.append_n(rows, !is_null(entry));
    }
    let valid: BooleanBuffer = valid.finish();
    Some(NullBuffer::new(valid))
}

fn coded(keys: Int32Array, values: &ArrayRef) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::clone(values)))
}
