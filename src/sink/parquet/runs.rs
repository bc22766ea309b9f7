//! Columns of few different values as runs.
//!
//! The columns that say where a line comes from are constant over thousands of rows. They arrive as
//! dictionary arrays, as text, or run-end encoded around either; whichever it is, the same rows give
//! the same runs. Dictionaries may differ from array to array, so values are compared as text.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;

use crate::table;

/// Columns with more different values than this are left to Arrow's writer. Codes have at most 16 bits then,
/// which `rle` relies on.
const MAX_VALUES: usize = 1 << 16;

/// Longer values are left to Arrow's writer, which cuts the bounds that go into the footer, but hashes the value of each
/// row: those that names in archives can have are not.
const MAX_VALUE_BYTES: usize = 1 << 16;

/// Columns whose runs have fewer rows than this, on average, are left to Arrow's writer.
const ROWS_PER_RUN: usize = 2;

/// Rows after which the average is judged for the first time.
const ROWS_TO_JUDGE: usize = 4096;

/// A column as runs of codes, and the values in the order of first use.
#[derive(Default)]
pub(super) struct Runs<'a> {
    /// The values by their codes; none twice.
    pub(super) values: Vec<&'a str>,
    /// Code and rows; `None` for nulls. Neighbours differ.
    pub(super) runs: Vec<(Option<u32>, usize)>,
    codes: HashMap<&'a str, u32>,
    /// Values used last, by a cheap hash, so that the few which alternate (`INFO`, `WARN`) are not looked up
    /// in the map each time.
    recent: [Option<(&'a str, u32)>; 16],
    /// Rows so far.
    rows: usize,
}

impl<'a> Runs<'a> {
    /// The runs of all arrays of a row group; `None` if the values are too many or too long, or change too
    /// often, or are not text.
    pub(super) fn new(arrays: &[&'a ArrayRef]) -> Option<Self> {
        let mut runs = Self::default();
        for array in arrays {
            match array.as_run_opt::<Int32Type>() {
                Some(array) => {
                    let values = Values::new(array.values())?;
                    for (index, rows) in table::runs(array) {
                        let code = values.code(index, &mut runs)?;
                        runs.push(code, rows)?;
                    }
                }
                None => {
                    let values = Values::new(array)?;
                    let mut start = 0;
                    while start < array.len() {
                        let end = values.end_of_run(start);
                        let code = values.code(start, &mut runs)?;
                        runs.push(code, end - start)?;
                        start = end;
                    }
                }
            }
        }
        Some(runs)
    }

    /// The code of a value, a new one if it is new; `None` if it is too long or one too many.
    fn code(&mut self, value: &'a str) -> Option<u32> {
        if value.len() > MAX_VALUE_BYTES {
            return None;
        }
        let slot = value.as_bytes().first().map_or(0, |&byte| usize::from(byte)) + value.len();
        let recent = &mut self.recent[slot % 16];
        if let Some((_, code)) = recent.filter(|recent| recent.0 == value) {
            return Some(code);
        }
        let code = *self.codes.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() as u32 - 1
        });
        *recent = Some((value, code));
        (self.values.len() <= MAX_VALUES).then_some(code)
    }

    /// Adds rows of a code, or nulls; `None` if runs have become too short to go on.
    fn push(&mut self, code: Option<u32>, rows: usize) -> Option<()> {
        if let Some((_, count)) = self.runs.last_mut().filter(|last| last.0 == code) {
            // Runs that meet at the border of two arrays become one.
            *count += rows;
        } else {
            // Judged only at the start of a run, which depends on the rows and not on the arrays: the same
            // rows must always be encoded in the same way.
            if self.rows > ROWS_TO_JUDGE && self.runs.len() * ROWS_PER_RUN > self.rows {
                return None;
            }
            self.runs.push((code, rows));
        }
        self.rows += rows;
        Some(())
    }
}

/// An array whose values are text.
enum Values<'a> {
    /// One text per row, or per run.
    Plain(&'a StringArray),
    /// A dictionary array.
    Coded { keys: &'a Int32Array, values: &'a StringArray },
}

impl<'a> Values<'a> {
    /// `None` for an array of another type.
    fn new(array: &'a ArrayRef) -> Option<Self> {
        if let Some(array) = array.as_string_opt::<i32>() {
            return Some(Self::Plain(array));
        }
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let values = array.values().as_string_opt::<i32>()?;
        Some(Self::Coded { keys: array.keys(), values })
    }

    /// The code of the value at `index`: `Some(None)` for a null, `None` if `runs` refuses the value.
    fn code(&self, index: usize, runs: &mut Runs<'a>) -> Option<Option<u32>> {
        match self {
            Self::Plain(values) if values.is_null(index) => Some(None),
            Self::Plain(values) => runs.code(values.value(index)).map(Some),
            Self::Coded { keys, values } => match keys.is_valid(index).then(|| keys.value(index)) {
                Some(key) if values.is_valid(key as usize) => {
                    runs.code(values.value(key as usize)).map(Some)
                }
                _ => Some(None),
            },
        }
    }

    /// The first row after `from` that differs from it, or the number of rows. Rows with different keys of
    /// the same text count as different: `push` joins them.
    fn end_of_run(&self, from: usize) -> usize {
        match self {
            Self::Plain(values) => {
                let of = |row| values.is_valid(row).then(|| values.value(row));
                let first = of(from);
                (from + 1..values.len()).find(|&row| of(row) != first).unwrap_or(values.len())
            }
            Self::Coded { keys, .. } if keys.null_count() == 0 => {
                let keys = &keys.values()[from..];
                keys.iter().position(|key| *key != keys[0]).map_or(from + keys.len(), |n| from + n)
            }
            Self::Coded { keys, .. } => {
                let of = |row| keys.is_valid(row).then(|| keys.value(row));
                let first = of(from);
                (from + 1..keys.len()).find(|&row| of(row) != first).unwrap_or(keys.len())
            }
        }
    }
}
