//! What the tests and the fuzz targets share. Not published.
//!
//! The oracles know the rules of `docs/formats.md`, and share no code with the library: they parse with
//! serde_json and plain loops, slowly. They report with panics, as tests do.

pub mod ansi;
pub mod oracle;
pub mod formats;
pub mod nasty;
pub mod cells;
pub mod check;
pub mod layout;
