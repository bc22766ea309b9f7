//! Both ways to the same rows, apart: for the fuzz target and the test that compare them.

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::{Inference, KeyedParser};
use crate::json::any::AnyParser;
use crate::json::mapping::Mapping;
use crate::record::Record;
use crate::table::{KeyColumns, KeySchema};

/// A way to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyedWay {
    /// The usual one: by the keys of the lines before, where that goes.
    Fast,
    /// Always the thorough one, by serde_json.
    Thorough,
}

/// Rows as [`keyed_rows`] makes them.
#[derive(Debug, PartialEq)]
pub struct KeyedRows {
    /// The columns of keys.
    pub columns: Vec<ArrayRef>,
    /// What else each row has, or why it is none.
    pub rests: Vec<String>,
}

/// The rows of all lines of a text, one after the other by the same parser.
pub fn keyed_rows(schema: &Arc<KeySchema>, text: &str, way: KeyedWay) -> KeyedRows {
    let mut columns = KeyColumns::new(Arc::clone(schema));
    let mut parser = KeyedParser::new(Mapping::default(), &columns);
    let mut rests = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let (row, mut rest) = (rests.len(), None);
        let take = |record: &Record<'_>, outcome| {
            rest = Some(format!("{record:?} {outcome:?}"));
        };
        let parsed = match way {
            KeyedWay::Fast => parser.parse(line, &text[start..], row, &mut columns, take),
            KeyedWay::Thorough => parser.parse_apart(line, row, &mut columns, way, take),
        };
        rests.push(parsed.map_or_else(|reason| reason, |()| rest.expect("a record is handed on")));
        start += line.len() + 1;
    }
    KeyedRows { columns: columns.finish(rests.len()), rests }
}

/// The keys of the records among the lines of a text.
pub fn keys_of(text: &str) -> KeySchema {
    let mut parser = AnyParser::new(Mapping::default());
    let mut seen = Inference::default();
    for line in text.split('\n') {
        // Only records have keys.
        let _ = parser.parse(line.as_bytes(), |record| seen.add(record.extra));
    }
    seen.schema(usize::MAX)
}
