//! One integration-test crate.

mod identity;
