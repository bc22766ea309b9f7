//! Columns of few different values as runs.
//!
//! The columns that say where a line comes from are constant over thousands of rows. They come as
//! dictionary arrays, as text, or run-end encoded around either; whichever it is, the same rows give
//! the same runs.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;

use crate::table;

/// More different values than this are left to Arrow's writer.
const MAX_VALUES: usize = 1 << 16;

/// Longer values are left to Arrow's writer, which cuts the bounds that go into the footer.
const MAX_VALUE_BYTES: usize = 4096;

/// Values that change more often than this, on average, are left to Arrow's writer.
const ROWS_PER_RUN: usize = 2;

/// So many rows are looked at before that is judged.
const ROWS_TO_JUDGE: usize = 4096;

/// A column as runs of codes, and the values in the order of first use.
#[derive(Default)]
pub(super) struct Runs<'a> {
    pub(super) values: Vec<&'a str>,
    pub(super) runs: Vec<(Option<u32>, usize)>,
    codes: HashMap<&'a str, u32>,
    /// Values used last, so that the few which take turns are not hashed each time.
    recent: [Option<(&'a str, u32)>; 16],
    rows: usize,
}

impl<'a> Runs<'a> {
    /// `None` where the values are too many or too long, or change too often, or are not text.
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

    fn push(&mut self, code: Option<u32>, rows: usize) -> Option<()> {
        if let Some((_, count)) = self.runs.last_mut().filter(|last| last.0 == code) {
            *count += rows;
        } else {
            // Judged only where a run begins, which depends on the rows and not on the arrays.
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
    Plain(&'a StringArray),
    Coded { keys: &'a Int32Array, values: &'a StringArray },
}

impl<'a> Values<'a> {
    fn new(array: &'a ArrayRef) -> Option<Self> {
        if let Some(array) = array.as_string_opt::<i32>() {
            return Some(Self::Plain(array));
        }
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let values = array.values().as_string_opt::<i32>()?;
        Some(Self::Coded { keys: array.keys(), values })
    }

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

    /// Where the rows that are as row `from` is, end.
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
