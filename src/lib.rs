//! ripsaw turns log archives into answers: it reads a bundle of logs (a `logs.zip`, a tar, a directory)
//! in parallel, and hands out its lines as Arrow batches, as records, or as a Parquet, Arrow, CSV or
//! NDJSON file. Nothing is lost on the way: a line that cannot be parsed is a row with its text and
//! the reason.
//!
//! # Example
//!
//! ```
//! # fn main() -> ripsaw::Result<()> {
//! let mut rows = 0;
//! for batch in ripsaw::Scan::open(["fixtures/deploy.zip"])?
//!     .columns(["timestamp", "step", "message"])
//!     .batches()?
//! {
//!     rows += batch?.num_rows();
//! }
//! assert_eq!(rows, 1332);
//! # Ok(())
//! # }
//! ```
//!
//! Record by record:
//!
//! ```
//! # fn main() -> ripsaw::Result<()> {
//! let errors = ripsaw::Filter::default().level("ERROR+")?;
//! for record in ripsaw::Scan::open(["fixtures/deploy.zip"])?.filter(errors).records()? {
//!     let record = record?;
//!     println!("{}: {}", record.text("step").unwrap_or_default(), record.message().unwrap_or(""));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a line
//!
//! ```text
//! source  →  format  →  table  →  sink
//!  zip, tar,   lines to   Arrow      Parquet, Arrow IPC,
//!  dir, file   fields     columns    CSV, NDJSON, or yours
//! ```
//!
//! - [`Scan`] opens inputs, detects the [format](format::FORMATS) of each entry, selects rows by a
//!   [`Filter`] or a [`Matcher`], and columns by name. It reads on all processors, and hands rows out in
//!   the order of the input, whatever the number of threads.
//! - [`Batches`] and [`Records`] are iterators; dropping one stops its threads. [`Scan::write`] writes a
//!   file by an [`OutputFormat`](sink::OutputFormat): [`Parquet`], [`ArrowIpc`], [`Csv`], [`Ndjson`], or
//!   one of your own, as `examples/custom_sink.rs` has it.
//! - A [`Plan`] cuts a scan into [`Span`]s, which other threads, processes or machines can read apart.
//! - [`table`] has the two tables: `lines`, a row for each line of log, and `entries`, a row for each log
//!   file.
//!
//! # Features
//!
//! `cli`, on by default, builds the `ripsaw` command. A library is best without it:
//! `ripsaw = { version = "0.2", default-features = false }`. `fetch` and `serve`, on by default, too, are the
//! clients and the servers of the platforms' APIs.
//!
//! The modules below are in the order of the flow; each uses only the ones above it.

#[doc(hidden)]
pub mod simd;
mod parallel;
pub mod error;
pub mod identity;
pub mod source;
pub mod record;
pub mod table;
#[doc(hidden)]
pub mod json;
pub mod query;
pub mod format;
pub mod sink;
pub mod pipeline;
pub mod index;
pub mod scan;
pub mod dataset;
pub mod extract;
#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod synth;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

// The command names the library as any program does.
#[cfg(feature = "cli")]
extern crate self as ripsaw;

pub use error::{Error, ErrorKind, Result};
pub use query::{Filter, Matcher};
pub use scan::{
    Batches, ColumnTypes, LogRecord, Plan, PlanOptions, Records, Scan, ScanOptions, Span,
};
pub use sink::csv::Csv;
pub use sink::ipc::ArrowIpc;
pub use sink::ndjson::Ndjson;
pub use sink::parquet::Parquet;
