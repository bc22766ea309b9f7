//! How inputs are opened and read.

use std::path::{Path, PathBuf};

use crate::format::{Formats, Survey};
use crate::pipeline;
use crate::source::{FormatId, ReadOptions};

/// Which indexes a scan uses. They never change what it finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IndexPolicy {
    /// Those beside the logs, where they fit.
    #[default]
    Beside,
    /// Those in this folder.
    In(PathBuf),
    /// None.
    Never,
}

impl IndexPolicy {
    /// The folder of the indexes; `None`: they are beside the logs.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::In(folder) => Some(folder),
            Self::Beside | Self::Never => None,
        }
    }
}

/// How inputs are opened and their lines are read.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Limits, and whether files are mapped.
    pub read: ReadOptions,
    /// The format of all entries; `None`: each is detected.
    pub format: Option<FormatId>,
    /// [Formats](crate::format::of_file) of your own, which are tried before all others.
    pub own_formats: Vec<FormatId>,
    /// List an input that cannot be opened among the catalog's problems, and read the others.
    pub skip_unreadable: bool,
    /// Which indexes are used.
    pub index: IndexPolicy,
    /// How lines are decoded, and on how many threads.
    pub pipeline: pipeline::Options,
}

impl ScanOptions {
    /// The formats that are asked for.
    pub(super) fn formats(&self) -> Formats {
        Formats { forced: self.format, own: self.own_formats.clone() }
    }

    /// How its inputs are listed.
    pub(super) fn survey(&self) -> Survey {
        Survey {
            read: self.read,
            formats: self.formats(),
            threads: self.pipeline.threads,
            is_lenient: self.skip_unreadable,
        }
    }
}
