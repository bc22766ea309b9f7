//! One integration-test crate.

mod record;
mod identity;
mod text_sinks;
mod command;
mod parquet;
mod readme;
mod fixtures;
mod synth;
