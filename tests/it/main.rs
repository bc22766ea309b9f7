//! One integration-test crate.

mod record;
mod identity;
mod formats;
mod json;
mod keys;
mod differential;
mod docs;
mod problems;
mod program;
mod json_cases;
mod csv_reader;
mod readback;
mod readback_ndjson;
mod runs;
mod scan;
mod text_sinks;
mod typed;
mod convert;
mod receipt;
mod receipt_truth;
mod damage;
mod hostile;
mod parquet;
mod inflate;
mod map;
mod names;

mod package;
mod fixtures;
mod spans;
mod synth;
mod search;
mod index;
mod containers;
mod dataset;
mod command;
mod help;
mod batches;
mod bench;
mod outputs;
mod truncated;
mod mutants;
mod memory;
mod utf16;
mod written;
mod terminal;
mod shell;
mod live;
#[cfg(feature = "fetch")]
mod extract;
mod fetch;
#[cfg(feature = "serve")]
mod serve;

use ripsaw_testkit::{nasty, oracle};
