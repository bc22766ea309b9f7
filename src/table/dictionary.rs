//! The dictionaries of the identity columns, complete before the first line is read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, Int64Array, StringArray};
use arrow::datatypes::Int32Type;

use super::Column;
use super::text_runs::run_array;
use crate::record::level::Level;
use crate::source::Catalog;

/// How many columns of an entry are dictionaries: all but its run, which is a number.
const COLUMNS: usize = Column::OF_ENTRY.len() - 1;

/// The index of the stage among the dictionary columns: bundle, file, account, org, project, pipeline,
/// execution, stage.
const STAGE: usize = 7;

/// Values of every identity column, shared by all batches, and each entry's codes into them.
#[derive(Debug)]
pub struct Dictionaries {
    /// The values of every column, in the order of first use.
    columns: [ArrayRef; COLUMNS],
    /// By entry: one code per column, `None` for null.
    codes: Vec<[Option<i32>; COLUMNS]>,
    /// By entry: its run number.
    runs: Vec<Option<i64>>,
    /// The names of the levels, at the index of each.
    levels: ArrayRef,
    /// Codes of the stages that rows may name themselves, among the values of the column `stage`.
    stages: HashMap<&'static str, i32>,
}

/// Values of one column in the order of first use.
#[derive(Default)]
struct Interner<'a> {
    codes: HashMap<&'a str, i32>,
    values: Vec<&'a str>,
}

impl<'a> Interner<'a> {
    /// The code of a value, which is added if it is new.
    fn code(&mut self, value: &'a str) -> i32 {
        *self.codes.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() as i32 - 1
        })
    }
}

impl Dictionaries {
    /// Takes the identities of all entries.
    pub fn new(catalog: &Catalog) -> Self {
        let mut interners: [Interner<'_>; COLUMNS] = Default::default();
        let mut codes = Vec::with_capacity(catalog.entries.len());
        for entry in &catalog.entries {
            // Bundle and path, then the ten texts of the identity: the order of `COLUMNS`.
            let place = [catalog.bundle_of(entry), &entry.path].map(Some);
            let values = place.into_iter().chain(entry.identity.texts());
            let mut row = [None; COLUMNS];
            for ((code, interner), value) in row.iter_mut().zip(&mut interners).zip(values) {
                *code = value.map(|value| interner.code(value));
            }
            codes.push(row);
        }
        // All that rows may name goes in as well, or a batch would need a value that the dictionary lacks:
        // files are written with one dictionary for all batches.
        let stages = catalog.entries.iter().flat_map(|entry| entry.stages).copied();
        let stages = stages.map(|stage| (stage, interners[STAGE].code(stage))).collect();
        let columns = interners.map(|interner| Arc::new(StringArray::from(interner.values)) as _);
        let runs = catalog.entries.iter().map(|entry| entry.identity.run).collect();
        let levels = Arc::new(StringArray::from(Level::NAMES.to_vec()));
        Self { columns, codes, runs, levels, stages }
    }

    /// The identity columns in table order, `run` included, for runs of rows: (entry, last row + 1), none
    /// of them empty. `stages`: the rows from which on the stage is one that the rows name themselves, or
    /// with `None` the entry's again.
    pub(super) fn arrays(
        &self,
        runs: &[(usize, usize)],
        stages: &[(usize, Option<&'static str>)],
    ) -> Vec<ArrayRef> {
        let mut arrays: Vec<ArrayRef> =
            (0..COLUMNS).map(|column| self.array(column, runs)).collect();
        if !stages.is_empty() {
            arrays[STAGE] = self.stages(runs, stages);
        }
        // `run` comes after `pipeline` in the table.
        arrays.insert(6, self.run_array(runs));
        arrays
    }

    /// The column `stage` of rows that may name it themselves.
    fn stages(
        &self,
        runs: &[(usize, usize)],
        stages: &[(usize, Option<&'static str>)],
    ) -> ArrayRef {
        // A run ends where the entry does, and wherever the stage changes within it.
        let (mut ends, mut codes) = (Vec::new(), Vec::new());
        let mut stages = stages.iter().peekable();
        let mut named: Option<i32> = None;
        for &(entry, end) in runs {
            let own = self.codes[entry][STAGE];
            while let Some((row, stage)) = stages.next_if(|(row, _)| *row < end) {
                // The rows before the change have the stage named so far. There are none at the start of a
                // batch or an entry, or where the stage changes twice at one row.
                if *row > 0 && ends.last() != Some(&(*row as i32)) {
                    ends.push(*row as i32);
                    codes.push(named.or(own));
                }
                named = stage.and_then(|stage| self.stages.get(stage)).copied();
            }
            ends.push(end as i32);
            codes.push(named.or(own));
        }
        let values = Arc::clone(&self.columns[STAGE]);
        run_array(ends, &DictionaryArray::<Int32Type>::new(Int32Array::from(codes), values))
    }

    /// One dictionary column; entries in a row with the same value become one run.
    fn array(&self, column: usize, runs: &[(usize, usize)]) -> ArrayRef {
        let code = |entry: usize| self.codes[entry][column];
        let (ends, codes) = merged(runs, code);
        let values = Arc::clone(&self.columns[column]);
        run_array(ends, &DictionaryArray::<Int32Type>::new(Int32Array::from(codes), values))
    }

    /// The column `run`.
    fn run_array(&self, runs: &[(usize, usize)]) -> ArrayRef {
        let (ends, values) = merged(runs, |entry| self.runs[entry]);
        run_array(ends, &Int64Array::from(values))
    }

    /// The values of the column `level`, at the index of each [`Level`].
    pub(super) fn levels(&self) -> &ArrayRef {
        &self.levels
    }
}

/// Runs of entries as runs of values, with neighbours of the same value joined: ends, and values.
fn merged<T: PartialEq>(
    runs: &[(usize, usize)],
    value: impl Fn(usize) -> Option<T>,
) -> (Vec<i32>, Vec<Option<T>>) {
    let (mut ends, mut values) = (Vec::new(), Vec::new());
    for &(entry, end) in runs {
        let value = value(entry);
        if values.last() == Some(&value) {
            // The run before is longer than it seemed.
            ends.pop();
        } else {
            values.push(value);
        }
        ends.push(end as i32);
    }
    (ends, values)
}
