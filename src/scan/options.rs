//! How inputs are opened and read.

use crate::pipeline;
use crate::source::{FormatId, ReadOptions};

/// How inputs are opened and their lines are read.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Limits, and whether files are mapped.
    pub read: ReadOptions,
    /// The format of all entries; `None`: each is detected.
    pub format: Option<FormatId>,
    /// List an input that cannot be opened among the catalog's problems, and read the others.
    pub skip_unreadable: bool,
    /// How lines are decoded, and on how many threads.
    pub pipeline: pipeline::Options,
}
