//! Records → Arrow columns.

mod dictionary;
mod entries;
mod lines;
mod runs;
mod schema;
mod tally;

pub use dictionary::Dictionaries;
pub use entries::entries_batch;
pub use lines::{Lines, LinesBuilder, Malformed, MessageAnsi};
pub use runs::{expand, runs};
pub use schema::{IDENTITY_COLUMNS, entries_schema, lines_schema};
pub use tally::Tally;
