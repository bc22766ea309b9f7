//! One integration-test crate.

mod record;
mod text_sinks;
