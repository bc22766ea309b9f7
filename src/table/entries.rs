//! The table `entries`: one row per log file, from its identity, its tally and what the platform says of it.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};

use super::runs::expand_column;
use super::{Dictionaries, Tally, entries_schema};
use crate::identity::Outcome;
use crate::source::Catalog;

/// One row per entry, in the order of the catalog; `tallies` has one element per entry, in the same order.
/// The columns follow `COUNTS` of the schema, one by one.
pub fn entries_batch(
    catalog: &Catalog,
    dictionaries: &Dictionaries,
    tallies: &[Tally],
) -> RecordBatch {
    let rows = tallies.len();
    // Each entry is a run of one row, so the dictionaries make the identity columns as for lines.
    let runs: Vec<(usize, usize)> = (0..rows).map(|entry| (entry, entry + 1)).collect();
    let columns = dictionaries.arrays(&runs, &[]);
    let columns = columns.iter().map(expand_column).collect::<Result<Vec<_>, _>>();
    let mut columns = columns.expect("runs of the types of the table");
    let count = |of: &dyn Fn(&Tally) -> i64| -> ArrayRef {
        Arc::new(tallies.iter().map(of).map(Some).collect::<Int64Array>())
    };
    let time = |of: &dyn Fn(&Tally) -> Option<i64>| -> ArrayRef {
        let times: TimestampNanosecondArray = tallies.iter().map(of).collect();
        Arc::new(times.with_timezone("UTC"))
    };
    // Standard input, pipes and members of compressed tar files have no stored size: null, not 0. An
    // empty file does have one.
    let stored = |entry: &crate::source::Entry| {
        (entry.stored_bytes > 0 || entry.inflated_bytes == Some(0))
            .then_some(entry.stored_bytes as i64)
    };
    let formats = tallies.iter().map(|tally| tally.origin.name);
    columns.push(Arc::new(StringArray::from_iter_values(formats)));
    columns.push(Arc::new(catalog.entries.iter().map(stored).collect::<Int64Array>()));
    columns.push(count(&|tally| tally.inflated_bytes));
    columns.push(count(&|tally| tally.lines));
    columns.push(count(&|tally| tally.malformed));
    columns.push(time(&|tally| tally.first_timestamp));
    columns.push(time(&|tally| tally.last_timestamp));
    columns.extend((0..6).map(|level| count(&move |tally: &Tally| tally.levels[level])));
    columns.push(Arc::new(tallies.iter().map(|tally| tally.first_pos).collect::<Int64Array>()));
    columns.push(count(&|tally| tally.truncated_lines));
    let at_limit = tallies.iter().map(|tally| Some(tally.is_at_size_limit()));
    columns.push(Arc::new(at_limit.collect::<BooleanArray>()));
    let outcomes = || catalog.entries.iter().map(|entry| &entry.outcome);
    let instant = |of: fn(&Outcome) -> Option<i64>| -> ArrayRef {
        let times: TimestampNanosecondArray = outcomes().map(of).collect();
        Arc::new(times.with_timezone("UTC"))
    };
    let statuses = outcomes().map(|outcome| outcome.status.as_deref());
    columns.push(Arc::new(statuses.collect::<StringArray>()));
    columns.push(instant(|outcome| outcome.start));
    columns.push(instant(|outcome| outcome.end));
    let durations = outcomes().zip(tallies).map(|(outcome, tally)| tally.duration_ms(outcome));
    columns.push(Arc::new(durations.collect::<Int64Array>()));
    let failures = tallies.iter().map(|tally| tally.failure.as_deref());
    columns.push(Arc::new(failures.collect::<StringArray>()));
    RecordBatch::try_new(entries_schema(), columns).expect("the columns are the schema's")
}
