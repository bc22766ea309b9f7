//! Temporary files and folders of runs that were killed.
//!
//! A run holds a lock on its temporary file or folder, which ends with the process however that ends: one without a lock is left over.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::{NamedTempFile, TempDir};

use crate::source::{RANDOM, TEMPORARY, is_temporary};

/// A new temporary file with a lock, if the file system has locks. What was left over with this prefix in the folder is
/// removed.
///
/// # Errors
/// The operating system's, of the new file.
pub(super) fn replace(
    folder: &Path,
    prefix: &str,
    create: impl Fn() -> io::Result<NamedTempFile>,
) -> io::Result<NamedTempFile> {
    loop {
        let file = create()?;
        // Another run may take it for left over before it has its lock: then it is gone.
        if file.as_file().lock().is_err() || file.path().exists() {
            remove(folder, prefix, file.path());
            return Ok(file);
        }
    }
}

/// As [`replace`], of a folder.
///
/// # Errors
/// The operating system's, of the new folder.
pub(super) fn replace_folder(
    folder: &Path,
    prefix: &str,
    create: impl Fn() -> io::Result<TempDir>,
) -> io::Result<(TempDir, Option<File>)> {
    loop {
        let own = create()?;
        // Not everywhere is a folder opened as a file: there nothing is taken for left over either.
        let lock = File::open(own.path()).ok().filter(|file| file.lock().is_ok());
        if lock.is_none() || own.path().exists() {
            remove(folder, prefix, own.path());
            return Ok((own, lock));
        }
    }
}

/// Removes what was left over, but not the run's own file. What cannot be removed stays.
fn remove(folder: &Path, prefix: &str, own: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in files.map(|file| file.path()).filter(|path| path != own) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let random = name.strip_prefix(prefix).unwrap_or_default();
        // Exactly this target's: `.a.b.XXXXXX.partial` is that of another.
        if !is_temporary(name) || random.len() != RANDOM + TEMPORARY.len() {
            continue;
        }
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let is_own = meta.is_file() || meta.is_dir();
        let Some(file) = is_own.then(|| File::open(&path).ok()).flatten() else { continue };
        match file.try_lock() {
            Ok(()) if meta.is_dir() => drop(fs::remove_dir_all(&path)),
            Ok(()) => drop(fs::remove_file(&path)),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(folder: &Path) -> NamedTempFile {
        let make = || tempfile::Builder::new().prefix(".o.").suffix(TEMPORARY).tempfile_in(folder);
        replace(folder, ".o.", make).unwrap()
    }

    #[test]
    fn what_nobody_writes_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let others = [
            ".o.partial",
            ".p.Ab12Cd.partial",
            ".o.x.Ab12Cd.partial",
            "o.Ab12Cd.partial",
            ".o.Ab12Cd",
        ];
        let left = [".o.Ab12Cd.partial", ".o.000000.partial"];
        others.iter().chain(&left).for_each(|name| fs::write(path.join(name), "a").unwrap());
        let folders = [".o.Folder.partial", ".o.Folders.partial"].map(|name| path.join(name));
        folders.iter().for_each(|folder| fs::create_dir_all(folder.join("a/b")).unwrap());
        let first = create(path);
        assert!(left.iter().all(|name| !path.join(name).exists()));
        // One that is being written stays.
        let second = create(path);
        assert!(first.path().exists() && second.path().exists());
        // As after a kill: the file stays, the lock ends.
        let (file, kept) = first.keep().unwrap();
        drop(file);
        let third = create(path);
        assert!(!kept.exists() && second.path().exists() && third.path().exists());
        assert!(others.iter().all(|name| path.join(name).exists()));
        assert!(!folders[0].exists() && folders[1].exists());
    }
}
