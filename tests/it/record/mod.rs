//! Timestamps, levels and ANSI removal, against oracles written another way.

mod ansi;
mod level;
mod timestamp;
