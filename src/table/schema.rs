//! The columns of the two tables: names, types and meanings, once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::KeySchema;

/// The version of the tables, as `ripsaw.table` in the metadata of Parquet and Arrow files.
pub const TABLE_VERSION: &str = "2";

/// The columns of the table `lines`, in order: the discriminant is the index in [`lines_schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "`meaning` has what each is")]
pub enum Column {
    Bundle,
    File,
    Line,
    Account,
    Org,
    Project,
    Pipeline,
    Run,
    Execution,
    Stage,
    StepGroup,
    Step,
    Unit,
    Iteration,
    Timestamp,
    Zone,
    Level,
    LevelNumber,
    LevelText,
    Pos,
    Message,
    Args,
    Extra,
    ParseError,
}

/// A column: its name, type and meaning.
struct Definition {
    name: &'static str,
    kind: Kind,
    nullable: bool,
    /// One clause without a full stop, as the documentation of the tables has it.
    meaning: &'static str,
}

/// The type of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text of few values, as a dictionary: `step`, `file`.
    Name,
    /// The same, with the values in the order of what they mean: `level`, from TRACE to FATAL.
    OrderedName,
    Text,
    Int8,
    Int64,
    Bool,
    /// Nanoseconds since 1970, UTC.
    Time,
    /// Text to text: `args`.
    Map,
    /// Text that is a JSON object: `extra`.
    Json,
}

/// A column that may be null.
const fn column(name: &'static str, kind: Kind, meaning: &'static str) -> Definition {
    Definition { name, kind, nullable: true, meaning }
}

/// A column that is never null.
const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Definition {
    Definition { nullable: false, ..column(name, kind, meaning) }
}

/// The definitions of [`Column::ALL`], in its order.
static LINES: [Definition; Column::ALL.len()] = [
    required(
        "bundle",
        Kind::Name,
        "the input as named; for an archive inside another, both joined by `!`",
    ),
    required(
        "file",
        Kind::Name,
        "the path of the entry in its bundle; `bundle` and `file` identify a log",
    ),
    required("line", Kind::Int64, "the physical line on which the record begins, from 1"),
    column("account", Kind::Name, "the account, from the path"),
    column("org", Kind::Name, "the organisation, from the path"),
    column("project", Kind::Name, "the project, from the path"),
    column("pipeline", Kind::Name, "the pipeline or workflow"),
    column("run", Kind::Int64, "the run number"),
    column("execution", Kind::Name, "the id of the execution, run or build"),
    column("stage", Kind::Name, "the stage or job"),
    column("step_group", Kind::Name, "the step groups, joined by `/`"),
    column("step", Kind::Name, "the step"),
    column("unit", Kind::Name, "the command unit, or `addon:20004`, `engine:main`, `serviceId:x`"),
    column(
        "iteration",
        Kind::Name,
        "loop suffixes of stage, groups and step (`0_2`); null without a loop",
    ),
    column(
        "timestamp",
        Kind::Time,
        "the time in UTC; null if absent or outside the years 1677 to 2262",
    ),
    column("zone", Kind::Text, "the offset of the time as written, such as `+05:30`"),
    column(
        "level",
        Kind::OrderedName,
        "TRACE, DEBUG, INFO, WARN, ERROR or FATAL, from any spelling",
    ),
    column("level_number", Kind::Int8, "the level as a number, 1 (TRACE) to 6 (FATAL)"),
    column("level_text", Kind::Text, "the level as written"),
    column("pos", Kind::Int64, "the writer's own counter"),
    column("message", Kind::Text, "the message, without escape sequences and its final newline"),
    column("args", Kind::Map, "the arguments of the record; null and empty are different"),
    column("extra", Kind::Json, "a JSON object of all fields without a column, values as written"),
    column("parse_error", Kind::Text, "why the line could not be parsed; its text is in `message`"),
];

/// The columns of the table `entries` after those that name the entry.
static COUNTS: [Definition; 21] = [
    required("format", Kind::Text, "the format of the log"),
    column("stored_bytes", Kind::Int64, "the size as stored: compressed in an archive"),
    required("text_bytes", Kind::Int64, "the size of the text"),
    required("lines", Kind::Int64, "rows of the table `lines`"),
    required("malformed_lines", Kind::Int64, "rows with a `parse_error`"),
    column("first_timestamp", Kind::Time, "the earliest time"),
    column("last_timestamp", Kind::Time, "the latest time"),
    required("trace_lines", Kind::Int64, "rows of the level TRACE"),
    required("debug_lines", Kind::Int64, "rows of the level DEBUG"),
    required("info_lines", Kind::Int64, "rows of the level INFO"),
    required("warn_lines", Kind::Int64, "rows of the level WARN"),
    required("error_lines", Kind::Int64, "rows of the level ERROR"),
    required("fatal_lines", Kind::Int64, "rows of the level FATAL"),
    column("first_pos", Kind::Int64, "the first `pos`"),
    required("truncated_lines", Kind::Int64, "rows whose message the platform truncated"),
    required(
        "at_size_limit",
        Kind::Bool,
        "whether the log ends at a size at which the platform truncates logs",
    ),
    column("status", Kind::Text, "the status of the step, from the platform"),
    column("started_at", Kind::Time, "the start of the step, from the platform"),
    column("ended_at", Kind::Time, "the end of the step, from the platform"),
    column(
        "duration_ms",
        Kind::Int64,
        "milliseconds from `started_at` to `ended_at`; if one is null, from the earliest to the latest time",
    ),
    column("read_error", Kind::Text, "why the entry could not be read to its end"),
];

impl Column {
    /// All of them, in order.
    pub const ALL: [Self; 24] = [
        Self::Bundle,
        Self::File,
        Self::Line,
        Self::Account,
        Self::Org,
        Self::Project,
        Self::Pipeline,
        Self::Run,
        Self::Execution,
        Self::Stage,
        Self::StepGroup,
        Self::Step,
        Self::Unit,
        Self::Iteration,
        Self::Timestamp,
        Self::Zone,
        Self::Level,
        Self::LevelNumber,
        Self::LevelText,
        Self::Pos,
        Self::Message,
        Self::Args,
        Self::Extra,
        Self::ParseError,
    ];

    /// Those that are the same for every line of an entry.
    pub const OF_ENTRY: [Self; 13] = [
        // In the order of the table; the dictionaries have these columns but `run`, in turn.
        Self::Bundle,
        Self::File,
        Self::Account,
        Self::Org,
        Self::Project,
        Self::Pipeline,
        Self::Run,
        Self::Execution,
        Self::Stage,
        Self::StepGroup,
        Self::Step,
        Self::Unit,
        Self::Iteration,
    ];

    /// Its index in the table.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        LINES[self.index()].name
    }

    /// What it holds.
    pub fn meaning(self) -> &'static str {
        LINES[self.index()].meaning
    }

    /// The column with exactly this name, as the table spells it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

/// The schemas are built once: every batch holds a pointer to one of these.
static LINES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(LINES.iter().map(field)));

static ENTRIES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = Column::OF_ENTRY.into_iter().map(|column| field(&LINES[column.index()]));
    schema(own.chain(COUNTS.iter().map(field)))
});

/// What batches have inside the pipeline, before a sink or a caller expands the runs.
static RUNS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let lines = lines_schema();
    schema(LINES.iter().zip(lines.fields()).map(|(definition, field)| {
        // Names change with the entry, and levels and offsets seldom within it. `line`, `timestamp`,
        // `pos` and messages differ from row to row: runs of one row would only add to them.
        let in_runs = match definition.kind {
            Kind::Name | Kind::OrderedName | Kind::Int8 => true,
            _ => ["run", "zone", "level_text"].contains(&definition.name),
        };
        if in_runs { run_end_encoded(field) } else { field.as_ref().clone() }
    }))
});

/// The table `lines`: one row per non-blank line.
pub fn lines_schema() -> SchemaRef {
    Arc::clone(&LINES_SCHEMA)
}

/// The table `lines` as [`LinesBuilder`](super::LinesBuilder) makes it: the columns that stay the
/// same over many rows are run-end encoded.
pub fn run_schema() -> SchemaRef {
    Arc::clone(&RUNS_SCHEMA)
}

/// The table `lines` with columns of keys after the fixed ones.
pub fn lines_schema_with(keys: &KeySchema) -> SchemaRef {
    with_keys(lines_schema(), keys)
}

/// [`run_schema`] with columns of keys after the fixed ones.
pub(super) fn run_schema_with(keys: &KeySchema) -> SchemaRef {
    with_keys(run_schema(), keys)
}

fn with_keys(table: SchemaRef, keys: &KeySchema) -> SchemaRef {
    if keys.is_empty() { table } else { append_fields(&table, keys.arrow()) }
}

/// The table `entries`: one row per entry.
pub fn entries_schema() -> SchemaRef {
    Arc::clone(&ENTRIES_SCHEMA)
}

/// Names and meanings of the columns of the table `entries`, in order.
pub fn entries_columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = Column::OF_ENTRY.into_iter().map(|column| (column.name(), column.meaning()));
    own.chain(COUNTS.iter().map(|column| (column.name, column.meaning)))
}

/// A schema with the version of the tables in its metadata.
fn schema(fields: impl Iterator<Item = Field>) -> SchemaRef {
    let version = HashMap::from([("ripsaw.table".to_owned(), TABLE_VERSION.to_owned())]);
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), version))
}

/// The Arrow field of a column.
fn field(definition: &Definition) -> Field {
    let Definition { name, kind, nullable, .. } = definition;
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let data_type = match kind {
        Kind::Name | Kind::OrderedName => dictionary(),
        Kind::Text | Kind::Json => DataType::Utf8,
        Kind::Int8 => DataType::Int8,
        Kind::Int64 => DataType::Int64,
        Kind::Bool => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        Kind::Map => args_type(),
    };
    let field = Field::new(*name, data_type, *nullable);
    match kind {
        Kind::OrderedName => field.with_dict_is_ordered(true),
        Kind::Json => field.with_metadata(json_mark()),
        _ => field,
    }
}

/// Arrow's canonical extension type of text that is JSON: readers that know it show JSON, the others text.
const JSON: &str = "arrow.json";

/// The metadata of a field whose text is JSON.
pub(crate) fn json_mark() -> HashMap<String, String> {
    HashMap::from([("ARROW:extension:name".to_owned(), JSON.to_owned())])
}

/// Whether the text of a field is JSON.
pub(crate) fn is_json(field: &Field) -> bool {
    field.extension_type_name() == Some(JSON)
}

/// A schema with more fields after its own.
pub(crate) fn append_fields(table: &Schema, more: impl Iterator<Item = Field>) -> SchemaRef {
    let own = table.fields().iter().map(|field| field.as_ref().clone());
    let fields: Vec<Field> = own.chain(more).collect();
    Arc::new(Schema::new_with_metadata(fields, table.metadata().clone()))
}

/// The same column as runs. Row numbers are 32-bit: a batch never has more rows than that.
fn run_end_encoded(field: &Field) -> Field {
    let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
    let values = Arc::new(Field::new("values", field.data_type().clone(), true));
    let data_type = DataType::RunEndEncoded(ends, values);
    // Arrow keeps nulls in the values of the runs; a run-end encoded column has no validity of its own.
    Field::new(field.name(), data_type, true)
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
    fn columns_are_where_they_say() {
        let spelled = |column: Column| {
            let mut name = String::new();
            for letter in format!("{column:?}").chars() {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(letter.to_ascii_lowercase());
            }
            name
        };
        for (index, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), index);
            assert_eq!(column.name(), spelled(column));
            assert_eq!(lines_schema().field(index).name(), column.name());
            assert_eq!(Column::named(column.name()), Some(column));
        }
        assert_eq!(entries_columns().count(), entries_schema().fields().len());
        // Sources, which know no tables, have the names by themselves.
        assert_eq!(crate::source::COLUMNS, Column::ALL.map(Column::name));
    }
}
