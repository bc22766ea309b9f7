//! The columns of the two tables.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The dictionary columns that are the same for every line of an entry, in table order; `run`
/// stands between `pipeline` and `execution`.
pub const IDENTITY_COLUMNS: [&str; 12] = [
    "bundle",
    "file",
    "account",
    "org",
    "project",
    "pipeline",
    "execution",
    "stage",
    "group",
    "step",
    "unit",
    "iteration",
];

/// Where columns stand in the table `lines`.
pub(crate) mod place {
    pub(crate) const TIMESTAMP: usize = 14;
    pub(crate) const LEVEL: usize = 16;
    pub(crate) const POS: usize = 18;
    pub(crate) const MESSAGE: usize = 19;
    pub(crate) const ARGS: usize = 20;
    pub(crate) const EXTRA: usize = 21;
    pub(crate) const ERROR: usize = 22;
}

static LINES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = vec![
        dictionary("bundle", false),
        dictionary("file", false),
        Field::new("line", DataType::Int64, false),
    ];
    fields.extend(identity());
    fields.extend([
        timestamp("timestamp"),
        Field::new("zone", DataType::Utf8, true),
        dictionary("level", true),
        Field::new("level_text", DataType::Utf8, true),
        Field::new("pos", DataType::Int64, true),
        Field::new("message", DataType::Utf8, true),
        Field::new("args", args_type(), true),
        json("extra"),
        Field::new("error", DataType::Utf8, true),
    ]);
    Arc::new(Schema::new(fields))
});

static ENTRIES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let count = |name: &str| Field::new(name, DataType::Int64, false);
    let mut fields = vec![dictionary("bundle", false), dictionary("file", false)];
    fields.extend(identity());
    fields.extend([
        Field::new("format", DataType::Utf8, false),
        Field::new("bytes", DataType::Int64, true),
        count("inflated_bytes"),
        count("lines"),
        count("malformed"),
        timestamp("first_timestamp"),
        timestamp("last_timestamp"),
        count("trace"),
        count("debug"),
        count("info"),
        count("warn"),
        count("error"),
        count("fatal"),
        Field::new("first_pos", DataType::Int64, true),
        count("truncated_lines"),
        Field::new("at_size_limit", DataType::Boolean, false),
        Field::new("status", DataType::Utf8, true),
        timestamp("start"),
        timestamp("end"),
        Field::new("failure", DataType::Utf8, true),
    ]);
    Arc::new(Schema::new(fields))
});

/// The table `lines`: one row per non-blank line.
pub fn lines_schema() -> SchemaRef {
    Arc::clone(&LINES)
}

static RUNS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let in_runs = |field: &Arc<Field>| match field.data_type() {
        DataType::Dictionary(..) => run_end_encoded(field),
        _ if ["run", "zone", "level_text"].contains(&field.name().as_str()) => {
            run_end_encoded(field)
        }
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(LINES.fields().iter().map(in_runs).collect::<Vec<_>>()))
});

/// The table `lines` as [`LinesBuilder`](super::LinesBuilder) makes it: the columns that stay the
/// same over many rows are run-end encoded.
pub fn run_schema() -> SchemaRef {
    Arc::clone(&RUNS)
}

/// The table `entries`: one row per entry.
pub fn entries_schema() -> SchemaRef {
    Arc::clone(&ENTRIES)
}

fn identity() -> [Field; 11] {
    [
        dictionary("account", true),
        dictionary("org", true),
        dictionary("project", true),
        dictionary("pipeline", true),
        Field::new("run", DataType::Int64, true),
        dictionary("execution", true),
        dictionary("stage", true),
        dictionary("group", true),
        dictionary("step", true),
        dictionary("unit", true),
        dictionary("iteration", true),
    ]
}

fn dictionary(name: &str, nullable: bool) -> Field {
    let data_type = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Field::new(name, data_type, nullable)
}

fn run_end_encoded(field: &Field) -> Arc<Field> {
    let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
    let values = Arc::new(Field::new("values", field.data_type().clone(), true));
    let data_type = DataType::RunEndEncoded(ends, values);
    // A run-end encoded column has no nulls of its own, its values may have.
    Arc::new(Field::new(field.name(), data_type, true))
}

fn timestamp(name: &str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), true)
}

/// JSON text, marked with Arrow's canonical extension type.
fn json(name: &str) -> Field {
    let name_of_type = HashMap::from([("ARROW:extension:name".into(), "arrow.json".into())]);
    Field::new(name, DataType::Utf8, true).with_metadata(name_of_type)
}

/// `map<utf8, utf8>` with the names that Arrow's map builder and Parquet's MAP give its parts.
pub(super) fn args_type() -> DataType {
    let members =
        vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)];
    let entries = Field::new("entries", DataType::Struct(members.into()), false);
    DataType::Map(Arc::new(entries), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_where_they_are_said_to() {
        use place::{ARGS, ERROR, EXTRA, LEVEL, MESSAGE, POS, TIMESTAMP};
        let places = [TIMESTAMP, LEVEL, POS, MESSAGE, ARGS, EXTRA, ERROR];
        let names = places.map(|place| LINES.field(place).name().clone());
        assert_eq!(names, ["timestamp", "level", "pos", "message", "args", "extra", "error"]);
    }
}
