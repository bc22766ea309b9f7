//! Bytes → records: one file per format.

pub mod harness;
