//! Where an output goes: whole files appear by renaming, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Error, Location, Result};

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
    /// A pipe or device, written as it is.
    Direct(File),
    Stdout,
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Self {
        Self { name: "-".into(), kind: Kind::Stdout }
    }

    /// A file; what is there now stays until [`commit`](Output::commit) replaces it. A link is
    /// followed; a pipe or device is written to directly.
    ///
    /// # Errors
    /// A directory, or one that cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.to_string_lossy().into_owned();
        let cannot = |cause| Error::io("cannot write", Location::bundle(&name), cause);
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => {
                let cause = io::Error::new(io::ErrorKind::IsADirectory, "it is a directory");
                return Err(cannot(cause).with_hint("name a file, such as logs.parquet"));
            }
            Ok(meta) if !meta.is_file() => {
                let file = OpenOptions::new().write(true).open(&target).map_err(|e| {
                    cannot(e).with_hint("it must be a pipe or device that you can write to")
                })?;
                return Ok(Self { name, kind: Kind::Direct(file) });
            }
            _ => {}
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let temporary = temporary_file(folder, &target).map_err(|e| {
            let hint = match e.kind() {
                io::ErrorKind::NotFound if !folder.exists() => {
                    format!("create {} first", folder.display())
                }
                _ => format!("{} must be a folder you can write to", folder.display()),
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

/// A new file beside the target, without the target's extension, so that nobody takes it for whole.
fn temporary_file(folder: &Path, target: &Path) -> io::Result<NamedTempFile> {
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{stem}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What any new file gets; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
