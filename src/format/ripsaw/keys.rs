//! Rows with keys as members of their own, after the columns, as NDJSON has them.
//!
//! ```text
//! {"bundle":"a.log","file":"a.log","line":1,"level_number":3,"message":"ok","user":"eve","ms":12}
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::source::ColumnSet;
use crate::table::lines_schema;

/// Writes the row of a line with its keys as one member, `keys`; those that are null are left out. Returns the
/// columns of the row; `None` if the line is not such a row.
pub(super) fn put_apart(line: &str, out: &mut String) -> Option<ColumnSet> {
    let Members { columns, keys } = Members::of(line)?;
    let is_null = |value: &RawValue| value.get() == "null";
    out.clear();
    out.push('{');
    columns.iter().for_each(|(name, value)| push(name, value, out));
    let keys: Vec<_> = keys.iter().filter(|(_, value)| !is_null(value)).collect();
    if !keys.is_empty() {
        out.push_str(",\"keys\":{");
        keys.iter().for_each(|(name, value)| push(name, value, out));
        out.push('}');
    }
    out.push('}');
    Some(columns.iter().map(|(name, _)| &**name).collect())
}

/// The keys of a row as an object, with those that are null; `None` if it has none, or is not a row.
pub(super) fn of_line(line: &str) -> Option<String> {
    let Members { keys, .. } = Members::of(line)?;
    let mut object = "{".to_owned();
    keys.iter().for_each(|(name, value)| push(name, value, &mut object));
    object.push('}');
    Some(object)
}

/// Appends a member of an object.
fn push(name: &str, value: &RawValue, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    // A text can always be written.
    out.push_str(&serde_json::to_string(name).unwrap_or_default());
    out.push(':');
    out.push_str(value.get());
}

/// The members of a row, each as it is written.
struct Members<'a> {
    columns: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// There are some, and they come after all columns.
    keys: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Members<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let All(mut columns) = serde_json::from_str(line).ok()?;
        let schema = lines_schema();
        let is_column = |(name, _): &(Cow<'_, str>, _)| schema.column_with_name(name).is_some();
        let first = columns.iter().position(|member| !is_column(member))?;
        let keys = columns.split_off(first);
        let names = columns.iter().map(|(name, _)| &**name);
        let is_row = names.take(3).eq(["bundle", "file", "line"]) && !keys.iter().any(is_column);
        is_row.then_some(Self { columns, keys })
    }
}

/// All members of an object.
struct All<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A name, borrowed unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for All<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllVisitor;
        impl<'de> Visitor<'de> for AllVisitor {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(AllVisitor).map(Self)
    }
}
