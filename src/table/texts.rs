//! The text of rows, for those who search or print them.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};

use super::Column;

/// What a row says: its message, or the JSON of its record as written, if the record has no message or a
/// blank one beside other content: `{"level":"info","event":"start"}`.
///
/// The table's column stays null or blank there: this is what `grep` looks into and what `cat` prints.
pub struct Texts<'a> {
    messages: &'a StringArray,
    /// One value per row, null if the message is what the row says; `None` if all are.
    records: Option<&'a StringArray>,
}

impl<'a> Texts<'a> {
    /// The columns that it looks at, by index in the table `lines`.
    pub(crate) const COLUMNS: [usize; 1] = [Column::Message.index()];

    /// The texts of a batch of the table `lines`. `records`: the JSON that some rows have in place of their
    /// message.
    pub fn new(batch: &'a RecordBatch, records: Option<&'a StringArray>) -> Self {
        let messages = batch.column_by_name("message").expect("a column of the table");
        Self { messages: messages.as_string(), records }
    }

    /// The text of a row; `None` if it has neither message nor record.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        if let Some(records) = self.records.filter(|records| records.is_valid(row)) {
            return Some(records.value(row));
        }
        self.messages.is_valid(row).then(|| self.messages.value(row))
    }
}
