//! Rows that ripsaw wrote, as rows again.

use super::LinesBuilder;
use crate::record::Record;

impl LinesBuilder {
    /// Adds a row that ripsaw has written before: its message and time are taken as they are. With an
    /// `error` it is the row of a malformed line. `is_line`: a blank message is a blank line, whatever the record
    /// has besides. A part of an entry must have begun.
    pub(crate) fn push_row(
        &mut self,
        (line, offset): (i64, u64),
        record: &Record<'_>,
        error: Option<&str>,
        is_line: bool,
    ) {
        self.push_row_message(record);
        let is_line = is_line && record.message.is_some();
        // The original JSON is gone, so `extra` and the args take its place.
        let json =
            (!is_line && self.is_detected_by_json(record)).then(|| record.json_beside_message());
        self.finish_row((line, offset), record, error, json.as_deref());
    }

    /// Begins a row that ripsaw has written before.
    fn push_row_message(&mut self, record: &Record<'_>) {
        if record.stage.is_some() || !self.stages.is_empty() {
            self.set_stage(record.stage);
        }
        match record.message {
            Some(message) => self.columns.message.push_whole(message),
            None => self.columns.message.push_null(),
        }
    }

    /// Completes it; `json` is its text in place of the message.
    fn finish_row(
        &mut self,
        (line, offset): (i64, u64),
        record: &Record<'_>,
        error: Option<&str>,
        json: Option<&str>,
    ) {
        let row = self.columns.rows();
        match (error, json) {
            (Some(error), _) => self.columns.error.set(row, error),
            (None, Some(json)) => self.columns.json.set(row, json),
            (None, None) => {}
        }
        self.push_fields(line, record.timestamp, record);
        if let Some(error) = error {
            let raw = record.message.map(str::as_bytes);
            self.note_malformed(line, offset, raw, error.to_owned());
        }
    }

    /// As [`push_row`](Self::push_row), of a row whose keys are in their columns already: `json` is all that it
    /// has beside its message, and `is_late` whether one of the keys is not among the columns.
    pub(crate) fn push_row_of_keys(
        &mut self,
        line: i64,
        offset: u64,
        record: &Record<'_>,
        error: Option<&str>,
        (json, is_late): (&str, bool),
    ) {
        self.push_row_message(record);
        let json = self.columns.message.is_blank().then_some(json);
        self.finish_row((line, offset), record, error, json);
        if is_late && let Some(part) = self.parts.last_mut() {
            part.tally.late += 1;
        }
    }
}
