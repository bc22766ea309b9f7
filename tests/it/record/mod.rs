//! Timestamps, levels and ANSI removal, against oracles written another way.

mod timestamp;
