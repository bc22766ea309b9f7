//! Where an output goes: whole files appear by renaming, or not at all.
//!
//! A table is written to `.NAME.XXXXXX.partial` beside its target and renamed by [`Output::commit`]. If the
//! run fails or is interrupted first, the temporary file is deleted and the old file, if any, is untouched. If it is
//! killed, the next run with this target deletes it.
//! Pipes, devices and descriptors cannot be replaced, so they are written to directly.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::descriptor;
use super::left_over;
use super::target::{Target, folder_of};
use crate::error::{Error, Location, Result};
use crate::source::{TEMPORARY, hint};

/// Bytes collected before they are written, for writers around an output: the Arrow sinks write pieces of a
/// few bytes.
pub const BUFFER: usize = 256 << 10;

/// An output that is being written.
#[derive(Debug)]
pub struct Output {
    /// As the user named it, for messages; `-` is standard output.
    name: String,
    kind: Kind,
}

/// How bytes reach the output.
#[derive(Debug)]
enum Kind {
    /// A temporary file beside the target, deleted on drop unless committed.
    File { file: File, temporary: TempPath, target: PathBuf },
    /// A pipe, device or descriptor, written to directly.
    Direct(File),
    /// Standard output, through the lock that the rest of the program prints with.
    Stdout,
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Self {
        Self { name: "-".into(), kind: Kind::Stdout }
    }

    /// A file. An existing file stays until [`commit`](Output::commit) replaces it; the new one gets its
    /// mode and, if that is permitted, its owner. Links are followed, also to a file that does not exist
    /// yet. A pipe or device is written to directly; so is a descriptor (`/dev/stdout`, `/dev/fd/3`), from
    /// its current position.
    ///
    /// # Errors
    /// A directory, or one that cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.to_string_lossy().into_owned();
        let cannot = |cause| Error::io("cannot write", Location::bundle(&name), cause);
        let target = match Target::of(path).map_err(cannot)? {
            Target::File(target) => target,
            Target::Directory => {
                let cause = io::Error::new(io::ErrorKind::IsADirectory, "it is a directory");
                return Err(cannot(cause).with_hint("name a file, such as logs.parquet"));
            }
            Target::Descriptor(1) => return Ok(Self { name, kind: Kind::Stdout }),
            Target::Descriptor(number) => {
                let file = descriptor::open(number)
                    .map_err(|e| cannot(e).with_hint("open it in the shell, such as 3>FILE"))?;
                return Ok(Self { name, kind: Kind::Direct(file) });
            }
            Target::Device(device) => {
                // Appending: the device may be another process's descriptor of a regular file, whose content
                // would be overwritten from its start.
                let file = OpenOptions::new()
                    .append(true)
                    .open(&device)
                    .map_err(|e| cannot(e).with_hint("it must be a writable pipe or device"))?;
                return Ok(Self { name, kind: Kind::Direct(file) });
            }
        };
        // In the same folder, as a rename across file systems fails.
        let folder = folder_of(&target);
        let replaced = fs::metadata(&target).ok();
        let temporary = temporary_file(folder, &target, replaced.as_ref()).map_err(|e| {
            let hint = match e.kind() {
                // An address (`s3://logs/a.parquet`) or a `~` in quotes looks like a folder that is missing.
                io::ErrorKind::NotFound if !folder.exists() => hint::of_output(path)
                    .unwrap_or_else(|| format!("create {} first", folder.display())),
                _ => format!("{} must be a writable folder", folder.display()),
            };
            cannot(e).with_hint(hint)
        })?;
        let (file, temporary) = temporary.into_parts();
        Ok(Self { name, kind: Kind::File { file, temporary, target } })
    }

    /// A handle to write with, unbuffered; all handles share one position.
    ///
    /// # Errors
    /// The system has no handle left.
    pub fn writer(&self) -> Result<Box<dyn Write + Send>> {
        let file = match &self.kind {
            Kind::File { file, .. } | Kind::Direct(file) => file,
            Kind::Stdout => return Ok(Box::new(io::stdout())),
        };
        match file.try_clone() {
            Ok(file) => Ok(Box::new(file)),
            Err(e) => Err(self.error(e)),
        }
    }

    /// Gives the file its name. Returns its size in bytes; `None` for pipes, devices and descriptors.
    ///
    /// # Errors
    /// The file cannot be renamed; it is gone then.
    pub fn commit(self) -> Result<Option<u64>> {
        let Kind::File { file, temporary, target } = self.kind else { return Ok(None) };
        let located = |e| Error::io("cannot write", Location::bundle(&self.name), e);
        let bytes = file.metadata().map_err(located)?.len();
        temporary.persist(&target).map_err(|e| located(e.error))?;
        // Not before: with the file its lock ends, and another run would take it for left over.
        drop(file);
        Ok(Some(bytes))
    }

    /// An error of writing to this output, with its name, and a hint if the disk is full.
    pub fn error(&self, cause: io::Error) -> Error {
        let full = cause.kind() == io::ErrorKind::StorageFull;
        let error = Error::io("cannot write", Location::bundle(&self.name), cause);
        if full { error.with_hint("free some space, or write to another disk") } else { error }
    }
}

/// What the name of a temporary file for `target` begins with, such as `.logs.`: without the target's
/// extension, so that nobody takes it for a whole file, and short enough for every file system.
pub fn temporary_prefix(target: &Path) -> String {
    /// Bytes. Names may have 255; what tempfile adds and `.partial` must fit too.
    const LONGEST: usize = 64;
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    // Never within a character of several bytes: slicing there would panic.
    let end = (0..=LONGEST.min(stem.len())).rev().find(|&end| stem.is_char_boundary(end));
    format!(".{}.", &stem[..end.unwrap_or(0)])
}

/// A new file beside the target, with the mode and the owner of the file that it replaces.
fn temporary_file(
    folder: &Path,
    target: &Path,
    replaced: Option<&Metadata>,
) -> io::Result<NamedTempFile> {
    let prefix = temporary_prefix(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
        // What any new file gets, less the umask; or no more than the old file has, so that a private file is
        // never readable by others while it is written.
        let mode = replaced.map_or(0o666, |meta| meta.mode() & 0o777);
        builder.permissions(fs::Permissions::from_mode(mode));
        let temporary = left_over::replace(folder, &prefix, || builder.tempfile_in(folder))?;
        if let Some(meta) = replaced {
            let file = temporary.as_file();
            // Only the superuser may change the owner; anyone may set a group they belong to.
            if fchown(file, Some(meta.uid()), Some(meta.gid())).is_err() {
                let _ = fchown(file, None, Some(meta.gid()));
            }
            // After the change of owner, which clears the set-user and set-group bits.
            file.set_permissions(meta.permissions())?;
        }
        Ok(temporary)
    }
    #[cfg(not(unix))]
    {
        let _ = replaced;
        left_over::replace(folder, &prefix, || builder.tempfile_in(folder))
    }
}
