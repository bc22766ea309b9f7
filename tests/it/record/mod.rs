//! Timestamps, levels and ANSI removal, against oracles written another way.

mod level;
mod timestamp;
