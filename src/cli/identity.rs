//! Which file something is, whatever its name.
//!
//! Used to refuse outputs that would overwrite an input. Comparing paths is not enough: hard links, bind
//! mounts and shell redirections (`ripsaw cat x.log > x.log`) give one file several names, or none.

use std::fs::Metadata;
use std::path::Path;

use walkdir::WalkDir;

/// A regular file: its device and its inode number. All names of one file have the same identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    /// The file with this path, links followed; `None` if it does not exist or is a directory, pipe or
    /// device.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Self::new(&std::fs::metadata(path).ok()?)
    }

    /// Whether the file is in this folder or below it, under any name. Walks the whole folder, links
    /// followed; unreadable parts are skipped.
    pub(super) fn is_below(self, folder: &Path) -> bool {
        let found = WalkDir::new(folder).follow_links(true).min_depth(1).into_iter().flatten();
        let mut found = found.filter(|found| found.file_type().is_file());
        folder.is_dir() && found.any(|found| Self::of(found.path()) == Some(self))
    }
}

#[cfg(unix)]
impl Identity {
    /// `None` if it is not a regular file: a pipe or device can be input and output at once.
    fn new(meta: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        meta.is_file().then(|| Self(meta.dev(), meta.ino()))
    }

    /// The file that standard output was redirected to; `None` for a terminal or a pipe.
    pub(super) fn of_stdout() -> Option<Self> {
        Self::of_descriptor(&std::io::stdout())
    }

    /// The file that standard input was redirected from; `None` for a terminal or a pipe.
    pub(super) fn of_stdin() -> Option<Self> {
        Self::of_descriptor(&std::io::stdin())
    }

    /// The file behind an open descriptor, which may have no name any more.
    fn of_descriptor(descriptor: &impl std::os::fd::AsFd) -> Option<Self> {
        // The copy is closed on return; closing the descriptor itself would close standard output.
        let copy = descriptor.as_fd().try_clone_to_owned().ok()?;
        Self::new(&std::fs::File::from(copy).metadata().ok()?)
    }
}

/// Elsewhere no file has an identity: only paths are compared.
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
