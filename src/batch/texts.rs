//! The text of rows, for those who search or print them.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};

/// What a row says: its message, or of a record without one its JSON as written.
///
/// The table's column stays null there: this is what `grep` looks into and what `cat` prints.
pub struct Texts<'a> {
    messages: &'a StringArray,
    records: Option<&'a StringArray>,
    extra: &'a StringArray,
}

impl<'a> Texts<'a> {
    /// Of a batch of the table `lines`. `records`: the JSON of rows without a message.
    pub fn new(batch: &'a RecordBatch, records: Option<&'a StringArray>) -> Self {
        let column = |name| batch.column_by_name(name).expect("a column of the table").as_string();
        Self { messages: column("message"), records, extra: column("extra") }
    }

    /// The text of a row; `None` if it has neither message nor record.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        if self.messages.is_valid(row) {
            return Some(self.messages.value(row));
        }
        // Rows that no line gives have their fields in `extra` alone.
        let of = |texts: &'a StringArray| texts.is_valid(row).then(|| texts.value(row));
        self.records.and_then(of).or_else(|| of(self.extra))
    }
}
