//! Where an output goes: whole files appear by renaming, or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::descriptor;
use super::target::{Target, folder_of};
use crate::error::{Error, Location, Result};
use crate::source::hint;

/// Bytes collected before they are written: the Arrow sinks write small pieces.
pub const BUFFER: usize = 256 << 10;

/// An output that is being written.
#[derive(Debug)]
pub struct Output {
    name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A temporary file beside the target, gone unless committed.
    File {
        file: File,
        temporary: TempPath,
        target: PathBuf,
    },
    /// A pipe, device or descriptor, written as it is.
    Direct(File),
    Stdout,
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Self {
        Self { name: "-".into(), kind: Kind::Stdout }
    }

    /// A file; what is there now stays until [`commit`](Output::commit) replaces it, and then leaves
    /// its mode and, where that is allowed, its owner. Links are followed, also to a file that is not
    /// there yet. A pipe or device is written to directly; so is a descriptor (`/dev/stdout`,
    /// `/dev/fd/3`), from where it stands.
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
                let file = OpenOptions::new()
                    .append(true)
                    .open(&device)
                    .map_err(|e| cannot(e).with_hint("it must be a writable pipe or device"))?;
                return Ok(Self { name, kind: Kind::Direct(file) });
            }
        };
        let folder = folder_of(&target);
        let replaced = fs::metadata(&target).ok();
        let temporary = temporary_file(folder, &target, replaced.as_ref()).map_err(|e| {
            let hint = match e.kind() {
                io::ErrorKind::NotFound if !folder.exists() => hint::of_output(path)
                    .unwrap_or_else(|| format!("create {} first", folder.display())),
                _ => format!("{} must be a writable folder", folder.display()),
            };
            cannot(e).with_hint(hint)
        })?;
        let (file, temporary) = temporary.into_parts();
        Ok(Self { name, kind: Kind::File { file, temporary, target } })
    }

    /// A handle to write with.
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

    /// Gives the file its name. Returns its size in bytes, where it is a file.
    ///
    /// # Errors
    /// The file cannot be renamed; it is gone then.
    pub fn commit(self) -> Result<Option<u64>> {
        let Kind::File { file, temporary, target } = self.kind else { return Ok(None) };
        let located = |e| Error::io("cannot write", Location::bundle(&self.name), e);
        let bytes = file.metadata().map_err(located)?.len();
        drop(file);
        temporary.persist(&target).map_err(|e| located(e.error))?;
        Ok(Some(bytes))
    }

    /// An error of writing to this output.
    pub fn error(&self, cause: io::Error) -> Error {
        let full = cause.kind() == io::ErrorKind::StorageFull;
        let error = Error::io("cannot write", Location::bundle(&self.name), cause);
        if full { error.with_hint("free some space, or write to another disk") } else { error }
    }
}

/// What the name of a temporary file for `target` begins with: without the target's extension, so that
/// nobody takes it for whole, and short enough for every file system.
pub fn temporary_prefix(target: &Path) -> String {
    const LONGEST: usize = 64;
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
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
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
        // What any new file gets, the umask takes its part; or no more than the old one has.
        let mode = replaced.map_or(0o666, |meta| meta.mode() & 0o777);
        builder.permissions(fs::Permissions::from_mode(mode));
        let temporary = builder.tempfile_in(folder)?;
        if let Some(meta) = replaced {
            let file = temporary.as_file();
            // Only the superuser gives files away; anybody gives one to a group that he is in.
            if fchown(file, Some(meta.uid()), Some(meta.gid())).is_err() {
                let _ = fchown(file, None, Some(meta.gid()));
            }
            // After it: a change of owner takes bits away.
            file.set_permissions(meta.permissions())?;
        }
        Ok(temporary)
    }
    #[cfg(not(unix))]
    {
        let _ = replaced;
        builder.tempfile_in(folder)
    }
}
