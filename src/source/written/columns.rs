//! Which columns of a file are those of the table `lines`, and which are keys of its records.

use arrow::datatypes::{DataType, Field, Schema};

/// How a column is spelled in a row of NDJSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A number.
    Integer,
    /// A time.
    Time,
    /// An object of strings.
    Args,
    /// An object as it was written.
    Json,
}

/// The columns of the table `lines`, in order. The module `table` has them, too, but sources do not know
/// tables.
pub(crate) const COLUMNS: [&str; 24] = [
    "bundle",
    "file",
    "line",
    "account",
    "org",
    "project",
    "pipeline",
    "run",
    "execution",
    "stage",
    "step_group",
    "step",
    "unit",
    "iteration",
    "timestamp",
    "zone",
    "level",
    "level_number",
    "level_text",
    "pos",
    "message",
    "args",
    "extra",
    "parse_error",
];

/// Some of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ColumnSet(u32);

impl ColumnSet {
    /// Whether it has a column.
    pub(crate) fn has(self, name: &str) -> bool {
        COLUMNS.iter().position(|own| *own == name).is_some_and(|at| self.0 >> at & 1 == 1)
    }

    /// The columns of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl<'n> FromIterator<&'n str> for ColumnSet {
    /// Those with these names; others are left out.
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Self {
        let places =
            names.into_iter().filter_map(|name| COLUMNS.iter().position(|own| *own == name));
        Self(places.fold(0, |bits, at| bits | 1 << at))
    }
}

/// Places of some of them.
pub(super) const LINE: usize = 2;
pub(super) const RUN: usize = 7;
pub(super) const STAGE: usize = 9;
pub(super) const TIMESTAMP: usize = 14;
pub(super) const LEVEL: usize = 16;
pub(super) const LEVEL_NUMBER: usize = 17;
pub(super) const PARSE_ERROR: usize = 23;

/// Those that are the same for all rows of a log.
pub(super) const OF_LOG: [usize; 13] = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

/// Those, and the line.
pub(super) const NAMES: [usize; 14] = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, LINE];

/// Those that rows have beside the line, in the order of a row's text.
pub(super) const OF_ROW: [usize; 9] = [14, 15, 16, 18, 19, 20, 21, 22, 23];

/// Columns that only the table `entries` has, which tell it from `lines` if other columns are left out.
const OF_ENTRIES: [&str; 8] = [
    "format",
    "stored_bytes",
    "text_bytes",
    "lines",
    "malformed_lines",
    "first_timestamp",
    "last_timestamp",
    "duration_ms",
];

/// How a column is spelled, by its place.
pub(super) fn kind(column: usize) -> Kind {
    match COLUMNS[column] {
        "line" | "run" | "level_number" | "pos" => Kind::Integer,
        "timestamp" => Kind::Time,
        "args" => Kind::Args,
        "extra" => Kind::Json,
        _ => Kind::Text,
    }
}

/// Where the columns of a file are.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// By the place of a fixed column: its index in the file.
    pub(super) fixed: [Option<usize>; COLUMNS.len()],
    /// The columns of keys.
    pub(super) keys: Vec<usize>,
}

impl Columns {
    /// The columns of a file with this schema; `None` if it is not the table `lines`, or a column has a type that
    /// no output gives it.
    pub(super) fn of(schema: &Schema) -> Option<Self> {
        let mut columns = Self { fixed: [None; COLUMNS.len()], keys: Vec::new() };
        for (index, field) in schema.fields().iter().enumerate() {
            match COLUMNS.iter().position(|name| name == field.name()) {
                Some(place) if columns.fixed[place].is_none() && is_of(kind(place), field) => {
                    columns.fixed[place] = Some(index);
                }
                Some(_) => return None,
                None => columns.keys.push(index),
            }
        }
        let has_rows = |place: &usize| *place == LINE || *place >= TIMESTAMP;
        let is_lines = (0..COLUMNS.len()).any(|at| has_rows(&at) && columns.fixed[at].is_some());
        let names = |name: &&str| schema.fields().iter().any(|field| field.name() == *name);
        (is_lines || !OF_ENTRIES.iter().any(names)).then_some(columns)
    }

    /// The indices of some fixed columns, those that the file has, in the order of the file.
    pub(super) fn indices(&self, places: &[usize]) -> Vec<usize> {
        let mut indices: Vec<usize> =
            places.iter().filter_map(|&place| self.fixed[place]).collect();
        indices.sort_unstable();
        indices
    }
}

/// Whether a column of this type can be spelled so. Text is what CSV has of all of them.
fn is_of(kind: Kind, field: &Field) -> bool {
    let is_text = |data_type: &DataType| match data_type {
        DataType::Dictionary(_, values) => values.is_string(),
        data_type => data_type.is_string(),
    };
    let data_type = field.data_type();
    is_text(data_type)
        || match kind {
            Kind::Text | Kind::Json => false,
            Kind::Integer => data_type.is_integer(),
            Kind::Time => matches!(data_type, DataType::Timestamp(..)),
            Kind::Args => match data_type {
                DataType::Map(entries, _) => match entries.data_type() {
                    DataType::Struct(members) => {
                        members.len() == 2 && members.iter().all(|field| is_text(field.data_type()))
                    }
                    _ => false,
                },
                _ => false,
            },
        }
}
