//! A decoded line and the meaning of its fields.

pub mod ansi;
pub mod level;
pub mod timestamp;
