//! Outputs of typed columns: booleans, integers, doubles, text, JSON text, structs and lists of any schema,
//! read back by other readers and compared value by value and null by null.

mod model;
mod text;
mod binary;

use model::{Table, cells};
