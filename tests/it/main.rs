//! One integration-test crate.

mod record;
mod identity;
mod oracle;
mod formats;
mod nasty;
mod json;
mod differential;
mod json_cases;
mod csv_reader;
mod readback;
mod runs;
mod text_sinks;
mod convert;
mod damage;
mod parquet;
mod inflate;
mod map;
mod readme;
mod package;
mod fixtures;
mod synth;
mod search;
mod command;
mod terminal;
