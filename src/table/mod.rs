//! Records → Arrow columns.
//!
//! Decoders push rows into a [`LinesBuilder`]; its `finish` gives [`Lines`]: a batch of the table `lines`
//! with the counts of each entry. [`Column`] has the names, types and meanings; [`Dictionaries`] the values
//! that are the same for all lines of an entry. Counts of all batches add up to one [`Tally`] per entry,
//! which is a row of the table `entries`.

mod cell;
mod columns;
mod continuity;
mod dictionary;
mod entries;
mod keys;
mod builder;
mod lines;
mod null_rows;
mod pool;
mod runs;
mod schema;
mod tally;
mod text_counts;
mod text_runs;
mod weight;
mod texts;

pub use builder::{LinesBuilder, MessageAnsi};
pub(crate) use builder::{Stamp, TextRow};
pub use cell::cell_text;
pub(crate) use columns::{Columns, Members};
pub use continuity::Continuity;
pub use dictionary::Dictionaries;
pub use entries::entries_batch;
pub(crate) use keys::{Item, KeyColumns, Names, Slot, key_of};
pub use keys::{KeyField, KeyPath, KeySchema, KeyType, Scalar};
pub use lines::{Lines, Malformed, NAMED, TextPart};
pub use runs::{expand, runs};
pub(crate) use runs::{expand_column, expand_names};
pub use schema::{
    Column, TABLE_VERSION, entries_columns, entries_schema, lines_schema, lines_schema_with,
    run_schema,
};
pub(crate) use schema::{append_fields, is_json, json_mark};
pub use tally::{Origin, Pages, Tally};
pub use text_counts::{RowLines, TextCounts};
pub use texts::Texts;
pub use weight::text_bytes;
pub(crate) use weight::{TextBytes, malformed_bytes};
