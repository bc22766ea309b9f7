//! ripsaw turns execution-log bundles into columns.
//!
//! ```text
//! source  →  entry  →  line  →  record  →  batch  →  sink
//!  zip, dir,   one log   bytes to   decoded    Arrow       Parquet, Arrow IPC,
//!  file, -     file      newline    fields     columns     CSV, NDJSON
//! ```
//!
//! [`query`] says what of it is wanted.
//!
//! The modules below stand in the order of the flow; each uses only the ones above it, and
//! [`pipeline`] joins them.

mod mask;
pub mod error;
pub mod identity;
pub mod source;
pub mod record;
pub mod batch;
pub mod json;
pub mod query;
pub mod format;
pub mod sink;
pub mod pipeline;
pub mod scan;
#[cfg(feature = "cli")]
pub mod synth;
