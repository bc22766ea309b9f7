//! One integration-test crate.

mod record;
mod identity;
mod text_sinks;
mod parquet;
mod fixtures;
mod synth;
