//! How a data set is divided: the columns whose values name its folders, spelled as Hive spells them.
//!
//! ```text
//! DIR/pipeline=web/date=2026-01-31/r000001-00000.parquet
//! ```
//!
//! Hive's rules (`FileUtils.escapePathName`, as Spark has them): characters that a path cannot have are `%`
//! and two hexadecimal digits, and null is `__HIVE_DEFAULT_PARTITION__`.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};
use twox_hash::XxHash3_64;

use crate::error::{Error, Location, Result};
use crate::table::Column;

/// Hive's name for null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The longest name of a folder that file systems take, in bytes.
const LONGEST: usize = 255;

/// The metadata of a file that has the exact values of its partition, as a JSON object.
pub const PARTITION: &str = "ripsaw.partition";

/// What a data set is partitioned by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartitionKey {
    /// A column of the table, which the files then lack.
    Column(Column),
    /// The day of `timestamp` in UTC.
    Date,
}

/// The columns that may partition a data set, beside `date`.
const COLUMNS: [Column; 13] = [
    Column::Bundle,
    Column::Account,
    Column::Org,
    Column::Project,
    Column::Pipeline,
    Column::Run,
    Column::Execution,
    Column::Stage,
    Column::StepGroup,
    Column::Step,
    Column::Unit,
    Column::Iteration,
    Column::Level,
];

/// The name of [`PartitionKey::Date`].
const DATE: &str = "date";

/// The values of a partition, in the order of the keys; `None` is null.
pub(super) type Values = Arc<[Option<String>]>;

impl PartitionKey {
    /// The key with this name.
    fn named(name: &str) -> Option<Self> {
        let column = || COLUMNS.into_iter().find(|column| column.name() == name);
        if name == DATE { Some(Self::Date) } else { column().map(Self::Column) }
    }

    /// Its name in paths.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Column(column) => column.name(),
            Self::Date => DATE,
        }
    }

    /// The column that the files lack.
    pub(super) fn column(self) -> Option<Column> {
        match self {
            Self::Column(column) => Some(column),
            Self::Date => None,
        }
    }
}

/// The keys with these names.
///
/// # Errors
/// A name that is not one of them, or is there twice.
pub(super) fn keys_of(names: &[String]) -> Result<Vec<PartitionKey>> {
    let cannot = |cause| Error::new("cannot partition", Location::default(), cause);
    let mut keys: Vec<PartitionKey> = Vec::with_capacity(names.len());
    for name in names {
        let key = PartitionKey::named(name).ok_or_else(|| {
            let known: Vec<&str> = COLUMNS.iter().map(|column| column.name()).collect();
            cannot(format!("files cannot be partitioned by {name:?}"))
                .with_hint(format!("use {} or {DATE}", known.join(", ")))
        })?;
        if keys.contains(&key) {
            return Err(cannot(format!("{name} is named twice")));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The folder of a partition, relative to the data set; empty if it is not partitioned.
pub(super) fn folder_of(keys: &[PartitionKey], values: &[Option<String>]) -> String {
    let mut folder = String::new();
    for (key, value) in keys.iter().zip(values.iter()) {
        if !folder.is_empty() {
            folder.push('/');
        }
        let start = folder.len();
        folder.push_str(key.name());
        folder.push('=');
        // Hive has no name for an empty text; the exact value is in the file.
        match value.as_deref() {
            None | Some("") => folder.push_str(NULL),
            Some(value) => {
                escape(value, &mut folder);
                if folder.len() - start > LONGEST {
                    shorten(value, start, &mut folder);
                }
            }
        }
    }
    folder
}

/// Cuts a name that file systems do not take, and adds a hash of the value, so that others stay apart.
fn shorten(value: &str, start: usize, folder: &mut String) {
    let hash = format!("~{:016x}", XxHash3_64::oneshot(value.as_bytes()));
    let mut end = start + LONGEST - hash.len();
    while !folder.is_char_boundary(end) {
        end -= 1;
    }
    // Not within an escape.
    if let Some(percent) = folder[..end].rfind('%').filter(|percent| percent + 3 > end) {
        end = percent;
    }
    folder.truncate(end);
    folder.push_str(&hash);
}

/// The values of a partition as the JSON object of [`PARTITION`].
pub(super) fn json_of(keys: &[PartitionKey], values: &Values) -> String {
    let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::String);
    let members = keys.iter().zip(values.iter());
    let members: Map<String, Value> =
        members.map(|(key, value)| (key.name().to_owned(), text(value))).collect();
    Value::Object(members).to_string()
}

/// Appends a value as it is in a path.
fn escape(value: &str, out: &mut String) {
    for letter in value.chars() {
        match letter {
            '\u{1}'..='\u{1f}' | '\u{7f}' | '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\'
            | '{' | '[' | ']' | '^'
            // Not Hive's, but no path can have it, and readers undo it as the others.
            | '\0' => {
                let _ = write!(out, "%{:02X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[Option<&str>]) -> Values {
        values.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn folders_are_spelled_as_hive_spells_them() {
        let names = ["pipeline", "date"].map(str::to_owned);
        let keys = keys_of(&names).unwrap();
        let folder = |a, b| folder_of(&keys, &values(&[a, b]));
        assert_eq!(
            folder(Some("a/b=c 100%"), Some("2026-01-31")),
            "pipeline=a%2Fb%3Dc 100%25/date=2026-01-31"
        );
        assert_eq!(folder(None, None), format!("pipeline={NULL}/date={NULL}"));
        assert_eq!(folder(Some("größe"), Some("x")), "pipeline=größe/date=x");
        assert_eq!(folder(Some(".."), Some("\u{1}\u{7f}^")), "pipeline=../date=%01%7F%5E");
        let json = json_of(&keys, &values(&[Some(""), None]));
        assert_eq!(json, r#"{"date":null,"pipeline":""}"#);
    }

    #[test]
    fn names_that_do_not_fit_are_refused() {
        let error = keys_of(&["message".to_owned()]).unwrap_err();
        assert!(error.hint().unwrap().contains("pipeline"), "{error}");
        assert!(keys_of(&["step".to_owned(), "step".to_owned()]).is_err());
    }

    #[test]
    fn names_that_are_too_long_are_cut() {
        let keys = keys_of(&["step".to_owned()]).unwrap();
        let folder = |value: &str| folder_of(&keys, &values(&[Some(value)]));
        for long in ["ü".repeat(200), "%".repeat(90), format!("{}%", "x".repeat(300))] {
            let [one, other] = [folder(&long), folder(&format!("{long}!"))];
            assert!(one.len() <= 255 && one.len() > 230, "{one}");
            assert_ne!(one, other);
            let (name, hash) = one.rsplit_once('~').unwrap();
            assert_eq!(hash.len(), 16);
            assert!(name.chars().last().is_some_and(|last| "üx5".contains(last)), "{name}");
        }
        assert_eq!(folder(&"x".repeat(250)), format!("step={}", "x".repeat(250)));
    }
}
