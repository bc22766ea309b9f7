//! One integration-test crate.

mod record;
mod identity;
mod oracle;
mod nasty;
mod json;
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
mod fixtures;
mod synth;
mod command;
