//! The arguments that concern keys of generic JSON, and those of `ripsaw schema`.

use std::ffi::OsString;

use clap::{Args as ClapArgs, ValueEnum, ValueHint, value_parser};
use ripsaw::scan::MAX_COLUMNS;

use super::{ConsoleArgs, InputArgs, ReadArgs};

/// Which keys of generic JSON (the formats ndjson and json) become columns.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Keys of generic JSON")]
pub(in crate::cli) struct KeyArgs {
    /// A typed column for each key, or all of them in extra
    #[arg(long, value_name = "WHERE", default_value = "columns")]
    pub(in crate::cli) keys: KeyPlace,
    /// The columns of keys: from a look at parts of the input (sample), from all of it (scan), or as
    /// in FILE, the JSON of 'ripsaw schema' or a Parquet file
    #[arg(long, value_name = "sample|scan|FILE", default_value = "sample", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) schema: OsString,
    /// Columns of keys at most; other keys are in extra
    #[arg(long, value_name = "N", default_value_t = MAX_COLUMNS as u64, value_parser = value_parser!(u64).range(1..=100_000))]
    pub(in crate::cli) max_columns: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KeyPlace {
    // Columns of their own.
    Columns,
    // The column `extra`.
    Extra,
}

/// Show the columns that the keys of generic JSON give: name, type, nulls, examples
///
/// Applies to the formats ndjson and json. Looks at parts of the input, as 'ripsaw convert' does before
/// it starts; --scan reads all of it.
#[derive(Debug, ClapArgs)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub(in crate::cli) struct SchemaArgs {
    #[command(flatten)]
    pub(in crate::cli) inputs: InputArgs,
    /// Read all of the input
    #[arg(long)]
    pub(in crate::cli) scan: bool,
    /// Print JSON, which 'ripsaw convert --schema FILE' takes
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Columns at most; other keys are in extra
    #[arg(long, value_name = "N", default_value_t = MAX_COLUMNS as u64, value_parser = value_parser!(u64).range(1..=100_000))]
    pub(in crate::cli) max_columns: u64,
    #[command(flatten)]
    pub(in crate::cli) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::cli) console: ConsoleArgs,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  ripsaw schema app.ndjson
  ripsaw schema app.ndjson --scan --json > schema.json
  ripsaw convert tuesday.ndjson -o tuesday.parquet --schema schema.json";
