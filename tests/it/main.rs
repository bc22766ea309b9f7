//! One integration-test crate.

mod record;
mod identity;
mod text_sinks;
mod fixtures;
mod synth;
