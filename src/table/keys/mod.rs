//! Columns of keys: what generic JSON has beside the fixed columns, typed.
//!
//! A [`KeySchema`] says which keys are columns, and of which type; [`KeyColumns`] collects their values.
//! They come after the fixed columns of the table `lines`.

mod columns;
mod path;
mod schema;
mod union;
mod values;

pub(crate) use columns::{Item, KeyColumns, Slot};
pub use path::KeyPath;
pub use schema::{KeyField, KeySchema, KeyType, Scalar};
pub(crate) use schema::{Names, key_of};
