//! Where an output goes, and where it must not go.
//!
//! An output that is an input, or lies inside one, would be read while it is written, or would replace
//! the only copy of a log. Places are compared by path without links, for files that do not exist yet,
//! and by [`Identity`], for files with several names.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::dataset::DataSet;
use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::Target;
use ripsaw::sink::output::Output;

use super::identity::Identity;

/// The hint for an output that would replace what is read.
pub(super) const OTHER_FILE: &str = "write to another file";

/// Where an output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Standard output: `-`, or a path that leads to it, such as `/dev/stdout`.
    Stdout,
    /// A file that may not exist yet, a pipe or a device.
    Path(PathBuf),
}

impl From<PathBuf> for Place {
    /// Recognises standard output, also through links such as `/dev/fd/1`.
    fn from(path: PathBuf) -> Self {
        let is_stdout = path.as_os_str() == "-"
            || Target::of(&path).is_ok_and(|target| target == Target::Descriptor(1));
        if is_stdout { Self::Stdout } else { Self::Path(path) }
    }
}

impl Place {
    /// The name in messages; not escaped.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".into(),
            Self::Path(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Begins the output. A file gets its name only when the output is committed.
    pub(super) fn create(&self) -> Result<Output> {
        match self {
            Self::Stdout => Ok(Output::stdout()),
            Self::Path(path) => Output::create(path),
        }
    }

    /// Refuses a file in a data set: other readers would take it for a part of that.
    ///
    /// # Errors
    /// As it says.
    pub(super) fn refuse_in_data_set(&self) -> Result<()> {
        let Self::Path(path) = self else { return Ok(()) };
        let Some(set) = DataSet::around(path) else { return Ok(()) };
        let cause = format!("it is inside of {}, which is a data set", set.display());
        Err(self
            .refuse(&cause)
            .with_hint("write to another folder, or add to the data set: -o DIR/"))
    }

    /// Whether a temporary file is written first, which an interruption must remove.
    pub(super) fn is_file(&self) -> bool {
        match self {
            Self::Stdout => false,
            Self::Path(path) => matches!(Target::of(path), Ok(Target::File(_))),
        }
    }

    /// The path without links, even of a file that does not exist yet. `None` for pipes, devices and
    /// directories, and if a folder on the way does not exist.
    fn real_path(&self) -> Option<PathBuf> {
        let path = match self {
            Self::Stdout => {
                // The shell may have redirected it: `ripsaw cat logs > logs/all.txt`.
                return fs::canonicalize("/dev/stdout").ok().filter(|path| path.is_file());
            }
            Self::Path(path) => path,
        };
        // Something exists there; only a file can be overwritten.
        if let Ok(real) = fs::canonicalize(path) {
            return real.is_file().then_some(real);
        }
        // Nothing exists there, but a link may lead there: only the folder can be resolved.
        let Ok(Target::File(path)) = Target::of(path) else { return None };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    }

    /// The file that exists there; `None` if there is none, or if it is not a regular file.
    fn identity(&self) -> Option<Identity> {
        match self {
            Self::Stdout => Identity::of_stdout(),
            Self::Path(path) => Identity::of(path),
        }
    }

    /// Refuses a place that is an input or inside one. Pipes and terminals pass, because writing to them
    /// cannot damage what is read.
    ///
    /// # Errors
    /// The place is an input or lies below an input directory, under any name.
    pub(super) fn check(&self, inputs: &[OsString]) -> Result<()> {
        let (real, identity) = (self.real_path(), self.identity());
        if real.is_none() && identity.is_none() {
            return Ok(());
        }
        for input in inputs {
            let path = Path::new(input);
            // Standard input has no path, but it may have been redirected from the very file.
            let found = if input == "-" { None } else { fs::canonicalize(path).ok() };
            let read = if input == "-" { Identity::of_stdin() } else { Identity::of(path) };
            // The path covers a new file, the identity a hard link to an input.
            let is_same_path = found.is_some() && found == real;
            if is_same_path || identity.is_some() && read == identity {
                return Err(self.refuse("it is an INPUT").with_hint(OTHER_FILE));
            }
            // An input that does not exist is reported when it is opened.
            let Some(found) = found else { continue };
            // `starts_with` compares whole components: `logs2/x` is not inside `logs`. The identity takes a
            // walk through the input, so it comes last.
            let is_inside = real.as_ref().is_some_and(|real| real.starts_with(&found))
                || identity.is_some_and(|identity| identity.is_below(&found));
            if is_inside {
                let cause = format!("it is inside the INPUT {}", path.display());
                return Err(self.refuse(cause).with_hint("write to a folder outside of it"));
            }
        }
        Ok(())
    }

    /// Refuses two outputs in one place; `option` is that of this one, for the hint.
    pub(super) fn check_apart(&self, other: &Self, option: &str) -> Result<()> {
        if !self.is_same_as(other) {
            return Ok(());
        }
        let hint = format!("use another file for {option}");
        Err(self.refuse("another output is written to it").with_hint(hint))
    }

    /// Whether both are the same file, pipe or device, under any name.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let is_same_path = match (self.real_path(), other.real_path()) {
            (Some(one), Some(other)) => one == other,
            // Pipes and devices have no real path: two of them are the same if they are spelled the same.
            _ => self == other,
        };
        let (one, other) = (self.identity(), other.identity());
        is_same_path || one.is_some() && one == other
    }

    /// The error about writing a directory to standard output.
    pub(super) fn refuse_directory(&self) -> Error {
        self.refuse("a directory cannot be written to it").with_hint("name a directory with -o")
    }

    /// An error about writing to this place.
    pub(super) fn refuse(&self, cause: impl Into<String>) -> Error {
        Error::new("cannot write", Location::bundle(self.name()), cause)
    }
}
