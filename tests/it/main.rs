//! One integration-test crate.

mod fixtures;
mod synth;
