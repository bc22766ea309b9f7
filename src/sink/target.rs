//! What the path of an output leads to: a file, a device, or a descriptor that is already open.
//!
//! `-o /dev/stdout` must append to standard output, not replace it by renaming a file over it, and a link
//! must stay a link to the new file. So links are followed here, step by step, before anything is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where bytes for a path go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file, which may not exist yet, by its path without links at the end.
    File(PathBuf),
    /// A pipe or device.
    Device(PathBuf),
    /// A descriptor that this process was started with, such as `/dev/stdout` or `/dev/fd/3`.
    Descriptor(i32),
    /// A directory: a table cannot be written to it as a file.
    Directory,
}

impl Target {
    /// Follows the links of a path, also those that lead to no file yet.
    ///
    /// # Errors
    /// A link that cannot be read; links that lead in a circle.
    pub fn of(path: &Path) -> io::Result<Self> {
        /// Linux's own limit, from which on it answers `ELOOP`.
        const MAX_LINKS: usize = 40;
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            // Tested before every step: `/dev/stdout` is itself a link, to `/proc/self/fd/1`, and that one to
            // whatever the shell opened. Followed to the end, it would be a file to be replaced.
            if let Some(number) = descriptor(&path) {
                return Ok(Self::Descriptor(number));
            }
            if is_in_process(&path) {
                // Another process's descriptor: opening it is safe, but its link is only text, and the
                // name in it may belong to another file by now.
                return Ok(Self::Device(path));
            }
            match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_symlink() => {
                    let link = fs::read_link(&path)?;
                    // A relative link starts from its own folder; `join` with an absolute one is that one.
                    path = folder_of(&path).join(link);
                }
                Ok(meta) if meta.is_dir() => return Ok(Self::Directory),
                Ok(meta) if !meta.is_file() => return Ok(Self::Device(path)),
                // Also if it does not exist or cannot be looked at: creating the file reports why.
                _ => return Ok(Self::File(path)),
            }
        }
        Err(io::Error::other("too many symbolic links, or a cycle of them"))
    }
}

/// The folder that a file is in, by its path: `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The descriptor that a path in `/dev/fd` or `/proc/self/fd` names; `None` for any other path.
fn descriptor(path: &Path) -> Option<i32> {
    let number = path.file_name()?.to_str()?.parse().ok().filter(|number| *number >= 0)?;
    // `/dev/fd` is a folder of its own on some systems, and a link into `/proc` on Linux.
    let folder = fs::canonicalize(folder_of(path)).ok()?;
    if folder == Path::new("/dev/fd") {
        return Some(number);
    }
    let own = PathBuf::from(format!("/proc/{}", std::process::id()));
    let rest = folder.strip_prefix(own).ok()?;
    // `task/TID/fd` is what `/proc/thread-self/fd` leads to.
    let is_own = rest == Path::new("fd") || rest.starts_with("task") && rest.ends_with("fd");
    is_own.then_some(number)
}

/// Whether a path is a link in `/proc/PID/fd`, of any process.
fn is_in_process(path: &Path) -> bool {
    let folder = fs::canonicalize(folder_of(path));
    folder.is_ok_and(|folder| folder.starts_with("/proc") && folder.ends_with("fd"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_what_is_not_there_yet() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        symlink("b", path("a")).expect("a link");
        symlink("c", path("b")).expect("a link");
        assert_eq!(Target::of(&path("a")).expect("links"), Target::File(path("c")));
        symlink("circle", path("circle")).expect("a link");
        assert!(Target::of(&path("circle")).is_err());
        assert_eq!(Target::of(folder.path()).expect("a folder"), Target::Directory);
        let null = Path::new("/dev/null");
        assert_eq!(Target::of(null).expect("a device"), Target::Device(null.into()));
    }

    #[test]
    fn descriptors_have_many_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("out");
        symlink("/dev/stderr", &link).expect("a link");
        let names = [("/dev/stdout", 1), ("/dev/stderr", 2), ("/dev/fd/7", 7)];
        let links = [(link.to_str().expect("a path"), 2)];
        for (name, number) in names.into_iter().chain(links) {
            let target = Target::of(Path::new(name)).expect(name);
            assert_eq!(target, Target::Descriptor(number), "{name}");
        }
        #[cfg(target_os = "linux")]
        for name in ["/proc/self/fd/7", "/proc/thread-self/fd/7"] {
            let target = Target::of(Path::new(name)).expect(name);
            assert_eq!(target, Target::Descriptor(7), "{name}");
        }
    }
}
