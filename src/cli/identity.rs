//! Which file something is, whatever its name.

use std::fs::Metadata;
use std::path::Path;

use walkdir::WalkDir;

/// A regular file: its device and its number there. Two names of one file have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    /// The file with this path, links followed.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Self::new(&std::fs::metadata(path).ok()?)
    }

    /// Whether the file is in this folder, or below it, under any name.
    pub(super) fn is_below(self, folder: &Path) -> bool {
        let found = WalkDir::new(folder).follow_links(true).min_depth(1).into_iter().flatten();
        let mut found = found.filter(|found| found.file_type().is_file());
        folder.is_dir() && found.any(|found| Self::of(found.path()) == Some(self))
    }
}

#[cfg(unix)]
impl Identity {
    fn new(meta: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        meta.is_file().then(|| Self(meta.dev(), meta.ino()))
    }

    /// The file that standard output was redirected to.
    pub(super) fn of_stdout() -> Option<Self> {
        Self::of_descriptor(&std::io::stdout())
    }

    /// The file that standard input was redirected from.
    pub(super) fn of_stdin() -> Option<Self> {
        Self::of_descriptor(&std::io::stdin())
    }

    fn of_descriptor(descriptor: &impl std::os::fd::AsFd) -> Option<Self> {
        let copy = descriptor.as_fd().try_clone_to_owned().ok()?;
        Self::new(&std::fs::File::from(copy).metadata().ok()?)
    }
}

/// Elsewhere files are told by their paths alone.
#[cfg(not(unix))]
impl Identity {
    fn new(_: &Metadata) -> Option<Self> {
        None
    }

    pub(super) fn of_stdout() -> Option<Self> {
        None
    }

    pub(super) fn of_stdin() -> Option<Self> {
        None
    }
}
