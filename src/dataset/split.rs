//! Rows → their partitions, on the threads that make the rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use arrow::array::{Array, AsArray, RecordBatch, TimestampNanosecondArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Int32Type, Schema, TimestampNanosecondType};

use super::manifest::{RowRun, push_run};
use super::partition::{PartitionKey, Values};
use crate::record::timestamp::format_utc;
use crate::sink::{Block, Encoder};
use crate::table::{Column, Lines, cell_text, runs, text_bytes};

/// Rows of one partition.
pub(super) struct Fragment {
    pub(super) values: Values,
    /// The bundle that has the file for itself; `None`: files may hold several.
    pub(super) owner: Option<u64>,
    /// Without the columns that partition.
    pub(super) batch: RecordBatch,
    /// The bundles of its rows, in order.
    pub(super) runs: Vec<RowRun>,
    /// About how much memory it holds.
    pub(super) bytes: usize,
}

/// What a fragment takes beside its rows, measured: two dozen arrays, with runs and validity of their own.
const ARRAYS: usize = 12 << 10;

/// Divides batches into fragments.
pub(super) struct Splitter {
    /// What partitions them.
    pub(super) keys: Vec<PartitionKey>,
    /// By entry of the catalog, the bundle that it is of.
    pub(super) bundles: Vec<u64>,
    /// Each bundle has files of its own.
    pub(super) per_bundle: bool,
}

impl Encoder for Splitter {
    fn uses_records(&self) -> bool {
        false
    }

    fn bytes_of(&self, block: &Block) -> usize {
        let fragments: Option<&Vec<Fragment>> = block.downcast_ref();
        fragments.map_or(0, |fragments| fragments.iter().map(|fragment| fragment.bytes).sum())
    }

    /// Never called: the bundles of rows are in their tallies.
    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Err(io::Error::other("rows without their entries"))
    }

    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        let of = |entry: usize| self.bundles.get(entry).copied().unwrap_or_default();
        let mut of_rows = Vec::new();
        for (entry, tally) in &lines.tallies {
            push_run(&mut of_rows, RowRun { bundle: of(*entry), rows: tally.lines.unsigned_abs() });
        }
        Ok(Box::new(self.fragments(&lines.batch, &of_rows)?))
    }
}

impl Splitter {
    /// The rows of a batch by partition, in the order of their first rows.
    pub(super) fn fragments(
        &self,
        batch: &RecordBatch,
        bundles: &[RowRun],
    ) -> io::Result<Vec<Fragment>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        // Otherwise rows would be counted for bundles that they are not of.
        let counted: u64 = bundles.iter().map(|run| run.rows).sum();
        if counted != batch.num_rows() as u64 {
            let cause = format!("{} rows, and {counted} were counted", batch.num_rows());
            return Err(io::Error::other(cause));
        }
        let mut groups = Groups::new(batch.num_rows());
        if self.per_bundle {
            let owners = bundles.iter().map(|run| (Some(run.bundle), run.rows as usize));
            groups.refine(owners, |_| None);
        }
        for key in &self.keys {
            groups.refine_by(*key, batch)?;
        }
        let stored = batch.project(&stored(&self.keys, batch.num_columns()));
        let stored = stored.map_err(io::Error::other)?;
        if let [only] = &groups.found[..] {
            let bytes = text_bytes(batch) + ARRAYS;
            let (runs, batch) = (bundles.to_vec(), stored);
            let owner = self.owner(&runs);
            return Ok(vec![Fragment { values: only.clone().into(), owner, batch, runs, bytes }]);
        }
        let mut of_row = Vec::with_capacity(batch.num_rows());
        bundles.iter().for_each(|run| of_row.resize(of_row.len() + run.rows as usize, run.bundle));
        let fragment = |(values, rows): (Vec<Option<String>>, Vec<u32>)| {
            let mut runs = Vec::new();
            for &row in &rows {
                push_run(&mut runs, RowRun { bundle: of_row[row as usize], rows: 1 });
            }
            // Copied, so that a few rows do not keep all others in memory.
            let batch = take_record_batch(&stored, &UInt32Array::from(rows));
            let batch = batch.map_err(io::Error::other)?;
            let bytes = text_bytes(&batch) + ARRAYS;
            Ok(Fragment { values: values.into(), owner: self.owner(&runs), batch, runs, bytes })
        };
        groups.into_rows().into_iter().map(fragment).collect()
    }

    fn owner(&self, runs: &[RowRun]) -> Option<u64> {
        runs.first().filter(|_| self.per_bundle).map(|run| run.bundle)
    }
}

/// Rows that have the same values so far.
struct Groups {
    /// The group of each row, as an index into `found`.
    of_row: Vec<u32>,
    /// The values of each group.
    found: Vec<Vec<Option<String>>>,
}

impl Groups {
    /// All rows in one.
    fn new(rows: usize) -> Self {
        Self { of_row: vec![0; rows], found: vec![Vec::new()] }
    }

    /// Divides the groups by another key.
    fn refine_by(&mut self, key: PartitionKey, batch: &RecordBatch) -> io::Result<()> {
        match key {
            PartitionKey::Date => {
                let times = batch.column(Column::Timestamp.index());
                let times = times.as_primitive::<TimestampNanosecondType>();
                self.refine(days(times), |day| Some(day.map(name_of_day)));
            }
            PartitionKey::Column(column) => {
                let column = batch.column(column.index());
                let run = column.as_run_opt::<Int32Type>().ok_or_else(not_runs)?;
                let texts = runs(run).map(|(index, rows)| (cell_text(run.values(), index), rows));
                self.refine(texts, |text| Some(text.map(Cow::into_owned)));
            }
        }
        Ok(())
    }

    /// Divides the groups by the values of all rows, given as runs; `text` is what goes to the values of a group,
    /// if anything does.
    fn refine<V: Clone + Eq + std::hash::Hash>(
        &mut self,
        values: impl Iterator<Item = (Option<V>, usize)>,
        text: impl Fn(Option<V>) -> Option<Option<String>>,
    ) {
        let before = std::mem::take(&mut self.found);
        let mut known: HashMap<(u32, Option<V>), u32> = HashMap::new();
        let mut row = 0;
        for (value, rows) in values {
            let mut last = None;
            for group in &mut self.of_row[row..row + rows] {
                let code = match last {
                    Some((own, code)) if own == *group => code,
                    _ => *known.entry((*group, value.clone())).or_insert_with(|| {
                        let mut values = before[*group as usize].clone();
                        values.extend(text(value.clone()));
                        self.found.push(values);
                        self.found.len() as u32 - 1
                    }),
                };
                last = Some((*group, code));
                *group = code;
            }
            row += rows;
        }
    }

    /// The rows of each group, in order.
    fn into_rows(self) -> Vec<(Vec<Option<String>>, Vec<u32>)> {
        let mut rows: Vec<_> = self.found.into_iter().map(|values| (values, Vec::new())).collect();
        for (row, group) in self.of_row.into_iter().enumerate() {
            rows[group as usize].1.push(row as u32);
        }
        rows
    }
}

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// The days since 1970 of all rows, as runs.
fn days(times: &TimestampNanosecondArray) -> impl Iterator<Item = (Option<i64>, usize)> {
    let day = |row: usize| times.is_valid(row).then(|| times.value(row).div_euclid(DAY));
    let mut row = 0;
    std::iter::from_fn(move || {
        let start = row;
        let first = (start < times.len()).then(|| day(start))?;
        while row < times.len() && day(row) == first {
            row += 1;
        }
        Some((first, row - start))
    })
}

/// A day since 1970 as `2026-01-31`.
fn name_of_day(day: i64) -> String {
    // Its noon: the midnight of the first day is before all times that there are.
    let noon = day.saturating_mul(DAY).saturating_add(DAY / 2);
    let mut text = format_utc(noon).to_string();
    text.truncate("2026-01-31".len());
    text
}

/// The columns that partition are runs of rows.
fn not_runs() -> io::Error {
    io::Error::other("a column of the table is not run-end encoded")
}

/// The columns of the table that files have: all but those that partition.
fn stored(keys: &[PartitionKey], columns: usize) -> Vec<usize> {
    let lacks =
        |index: usize| keys.iter().any(|key| key.column().is_some_and(|own| own.index() == index));
    (0..columns).filter(|&index| !lacks(index)).collect()
}

/// The schema of files.
///
/// # Errors
/// Arrow's.
pub(super) fn file_schema(table: &Schema, keys: &[PartitionKey]) -> io::Result<Schema> {
    table.project(&stored(keys, table.fields().len())).map_err(io::Error::other)
}
