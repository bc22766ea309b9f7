//! Rows of records whose keys are columns.

use std::sync::Arc;

use super::LinesBuilder;
use crate::record::Record;
use crate::table::KeySchema;
use crate::table::keys::KeyColumns;
use crate::table::schema::run_schema_with;

impl LinesBuilder {
    /// With columns for these keys after the fixed ones.
    #[must_use]
    pub fn with_keys(self, keys: &Arc<KeySchema>) -> Self {
        let schema = run_schema_with(keys);
        Self { keys: Some(Box::new(KeyColumns::new(Arc::clone(keys)))), schema, ..self }
    }

    /// Leaves the columns of keys empty that are not wanted, as [`KeyColumns::leave_out`] has it.
    #[must_use]
    pub(crate) fn of_keys(mut self, wanted: &[Vec<usize>]) -> Self {
        if let Some(keys) = &mut self.keys {
            keys.leave_out(wanted);
        }
        self
    }

    /// Does not collect the JSON of records without a message.
    #[must_use]
    pub(crate) fn without_records(mut self) -> Self {
        self.columns.json.leave_out();
        self
    }

    /// The columns of keys, if there are any: taken out while a record is parsed, and to be
    /// [put back](Self::put_keys) after it.
    #[inline]
    pub(crate) fn take_keys(&mut self) -> Option<Box<KeyColumns>> {
        self.keys.take()
    }

    /// See [`take_keys`](Self::take_keys).
    #[inline]
    pub(crate) fn put_keys(&mut self, keys: Box<KeyColumns>) {
        self.keys = Some(keys);
    }

    /// The row that comes next.
    #[inline]
    pub(crate) fn row(&self) -> usize {
        self.columns.rows()
    }

    /// As [`push_record`](Self::push_record), of a record whose keys are in their columns already:
    /// `has_keys` if it has any, `is_late` if one is not among them.
    pub(crate) fn push_keyed(
        &mut self,
        line: i64,
        record: &Record<'_>,
        json: &str,
        (has_keys, is_late): (bool, bool),
    ) {
        let row = self.columns.rows();
        self.push(line, record);
        let says_more = has_keys && self.columns.message.is_blank();
        if says_more || self.is_detected_by_json(record) {
            self.columns.json.set(row, json.trim_ascii());
        }
        if is_late && let Some(part) = self.parts.last_mut() {
            part.tally.late += 1;
        }
    }
}
