//! Timestamps, levels and ANSI removal, against oracles written another way.

pub(crate) mod ansi;
mod level;
mod timestamp;
