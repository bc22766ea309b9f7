//! The dictionaries of the identity columns, complete before the first line is read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, Int64Array, StringArray};
use arrow::datatypes::Int32Type;

use super::IDENTITY_COLUMNS;
use super::text_runs::run_array;
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

    /// The identity columns in table order, `run` included, for runs of rows: (entry, last row + 1).
    pub(super) fn arrays(&self, runs: &[(usize, usize)]) -> Vec<ArrayRef> {
        let mut arrays: Vec<ArrayRef> =
            (0..COLUMNS).map(|column| self.array(column, runs)).collect();
        arrays.insert(6, self.run_array(runs));
        arrays
    }

    fn array(&self, column: usize, runs: &[(usize, usize)]) -> ArrayRef {
        let code = |entry: usize| self.codes[entry][column];
        let (ends, codes) = merged(runs, code);
        let values = Arc::clone(&self.columns[column]);
        run_array(ends, &DictionaryArray::<Int32Type>::new(Int32Array::from(codes), values))
    }

    fn run_array(&self, runs: &[(usize, usize)]) -> ArrayRef {
        let (ends, values) = merged(runs, |entry| self.runs[entry]);
        run_array(ends, &Int64Array::from(values))
    }

    /// The names of the levels.
    pub(super) fn levels(&self) -> &ArrayRef {
        &self.levels
    }
}

/// Runs of entries as runs of what `value` says of them.
fn merged<T: PartialEq>(
    runs: &[(usize, usize)],
    value: impl Fn(usize) -> Option<T>,
) -> (Vec<i32>, Vec<Option<T>>) {
    let (mut ends, mut values) = (Vec::new(), Vec::new());
    for &(entry, end) in runs {
        let value = value(entry);
        if values.last() == Some(&value) {
            ends.pop();
        } else {
            values.push(value);
        }
        ends.push(end as i32);
    }
    (ends, values)
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
