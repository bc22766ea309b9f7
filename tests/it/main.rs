//! One integration-test crate.

mod record;
