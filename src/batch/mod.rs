//! Records → Arrow columns.

mod dictionary;
mod entries;
mod lines;
mod schema;
mod tally;

pub use dictionary::Dictionaries;
pub use entries::entries_batch;
pub use lines::{Lines, LinesBuilder, Malformed, MessageAnsi};
pub use schema::{IDENTITY_COLUMNS, entries_schema, lines_schema};
pub use tally::Tally;
