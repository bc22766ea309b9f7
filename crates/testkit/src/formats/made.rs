//! JSON objects made of lines that are none, read as those of `ndjson`.

use super::json::record;
use super::keys::{Keys, usual};
use super::lines::{Line, lines, plain_row, text_of};
use crate::oracle::{Row, object};

/// The members of an object in order, values as JSON has them.
#[derive(Default)]
pub(super) struct Made(pub(super) Vec<(String, String)>);

impl Made {
    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.0.push((key.to_owned(), serde_json::to_string(text).unwrap()));
    }

    /// A member that may be absent.
    pub(super) fn any(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// What `ndjson` makes of the object. How long the line may be was asked before.
    pub(super) fn row(&self, line: i64) -> Row {
        record(object(&self.0).as_bytes(), line, usize::MAX, Keys::of_any())
    }
}

/// A row for each line: what `row` makes of it, or else its text.
pub(super) fn each(
    text: &[u8],
    max_line: usize,
    row: impl Fn(&Line<'_>, &str) -> Option<Row>,
) -> Vec<Row> {
    let one = |line: &Line<'_>| match text_of(line, max_line) {
        Err(error) => *error,
        Ok(text) => row(line, text).unwrap_or_else(|| plain_row(line, max_line)),
    };
    lines(text).iter().map(one).collect()
}

/// The keys of `ndjson` for these columns.
pub(super) fn names(columns: &[&str]) -> Vec<&'static str> {
    let all = usual().into_iter().filter(|(column, _)| columns.contains(column));
    all.flat_map(|(_, names)| names).collect()
}
