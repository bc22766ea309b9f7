//! sink

mod column;
mod value;
pub mod csv;
pub mod ndjson;
