//! A directory that appears whole or not at all: written under a temporary name beside it, then renamed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::left_over;
use super::output::temporary_prefix;
use crate::error::{Error, Location, Result};
use crate::source::TEMPORARY;

/// A directory that is written. Dropped before [`commit`](Self::commit), it is removed.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    temporary: tempfile::TempDir,
    /// Its lock says that somebody writes it.
    _lock: Option<fs::File>,
}

impl Folder {
    /// Begins a new directory. What runs that were killed have left of one of this name is removed.
    ///
    /// # Errors
    /// It exists already and is not empty, even as a dangling link: directories are never replaced. Or the folder that
    /// it is to be in cannot be written.
    pub fn create(target: &Path) -> Result<Self> {
        let cannot = |cause| Self::error_of(target, cause);
        // Without the last slash, which would be a folder without a name.
        let target: PathBuf = target.components().collect();
        match fs::symlink_metadata(&target) {
            // The current directory, or the one around it, has no name here that it could get.
            Ok(meta) if meta.is_dir() && target.file_name().is_some() && is_empty(&target) => {}
            Ok(_) => {
                return Err(
                    cannot(io::Error::other("it already exists")).with_hint("name a new directory")
                );
            }
            Err(_) => {}
        }
        // In the same folder, so that the rename stays within one file system.
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let (temporary, lock) = Self::temporary(folder, &target).map_err(|cause| {
            cannot(cause).with_hint(format!("{} must be a writable folder", folder.display()))
        })?;
        Ok(Self { target, temporary, _lock: lock })
    }

    /// A new directory in `folder`, named `.NAME.RANDOM.partial`, and its lock.
    fn temporary(
        folder: &Path,
        target: &Path,
    ) -> io::Result<(tempfile::TempDir, Option<fs::File>)> {
        let prefix = temporary_prefix(target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(TEMPORARY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // The mode of any new directory before the umask; tempfile's own would be 0700.
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        left_over::replace_folder(folder, &prefix, || builder.tempdir_in(folder))
    }

    /// Where its files are written.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// An error of writing it.
    pub fn error(&self, cause: io::Error) -> Error {
        Self::error_of(&self.target, cause)
    }

    fn error_of(target: &Path, cause: io::Error) -> Error {
        match cause.kind() {
            io::ErrorKind::Interrupted => Error::interrupted(),
            _ => Error::io("cannot write", Location::bundle(target.to_string_lossy()), cause),
        }
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// The operating system's: somebody has made one of that name meanwhile, for example.
    pub fn commit(self) -> Result<()> {
        fs::rename(self.temporary.path(), &self.target).map_err(|cause| self.error(cause))?;
        // It has its new name, so the old one must not be removed on drop.
        let _ = self.temporary.keep();
        Ok(())
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| files.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out/");
        let names = || {
            let files = fs::read_dir(root.path()).unwrap();
            let mut names: Vec<_> =
                files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            names.sort_unstable();
            names
        };
        let folder = Folder::create(&target).unwrap();
        fs::write(folder.path().join("a"), "a").unwrap();
        assert!(!target.exists() && names().len() == 1);
        drop(folder);
        assert!(names().is_empty());
        // As after a kill: the folder stays, the lock ends.
        let killed = Folder::create(&target).unwrap();
        fs::write(killed.path().join("a"), "a").unwrap();
        let Folder { temporary, _lock, .. } = killed;
        let (_, lock) = (temporary.keep(), drop(_lock));
        let () = lock;
        let folder = Folder::create(&target).unwrap();
        let other = Folder::create(&target).unwrap();
        assert_eq!(names().len(), 2);
        folder.commit().unwrap();
        fs::write(target.join("b"), "b").unwrap();
        assert!(other.commit().is_err() && Folder::create(&target).is_err());
        assert_eq!(names(), ["out"]);
    }
}
