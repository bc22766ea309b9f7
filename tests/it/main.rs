//! One integration-test crate.

mod record;
mod identity;
