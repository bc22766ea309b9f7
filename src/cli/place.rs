//! Where an output goes, and where it must not go.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::Target;
use ripsaw::sink::output::Output;

use super::identity::Identity;

/// What to do about an output that would replace what is read.
pub(super) const OTHER_FILE: &str = "write to another file";

/// Where an output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Standard output.
    Stdout,
    /// A file, pipe or device.
    Path(PathBuf),
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        let is_stdout = path.as_os_str() == "-"
            || Target::of(&path).is_ok_and(|target| target == Target::Descriptor(1));
        if is_stdout { Self::Stdout } else { Self::Path(path) }
    }
}

impl Place {
    /// As messages name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".into(),
            Self::Path(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Begins the output.
    pub(super) fn create(&self) -> Result<Output> {
        match self {
            Self::Stdout => Ok(Output::stdout()),
            Self::Path(path) => Output::create(path),
        }
    }

    /// Whether there is a temporary file while it is written.
    pub(super) fn is_file(&self) -> bool {
        match self {
            Self::Stdout => false,
            Self::Path(path) => matches!(Target::of(path), Ok(Target::File(_))),
        }
    }

    /// The path without links, also of a file that is not there yet. `None` where it has none.
    fn real_path(&self) -> Option<PathBuf> {
        let path = match self {
            // What the shell made of it: the file that it was redirected to.
            Self::Stdout => {
                return fs::canonicalize("/dev/stdout").ok().filter(|path| path.is_file());
            }
            Self::Path(path) => path,
        };
        if let Ok(real) = fs::canonicalize(path) {
            return real.is_file().then_some(real);
        }
        let Ok(Target::File(path)) = Target::of(path) else { return None };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    }

    /// Which file it is, where it is one that is there.
    fn identity(&self) -> Option<Identity> {
        match self {
            Self::Stdout => Identity::of_stdout(),
            Self::Path(path) => Identity::of(path),
        }
    }

    /// Refuses a place that is an input or inside one: it would be read while it is written, or
    /// replaced by what was read from it. Pipes and terminals pass.
    pub(super) fn check(&self, inputs: &[OsString]) -> Result<()> {
        let (real, identity) = (self.real_path(), self.identity());
        if real.is_none() && identity.is_none() {
            return Ok(());
        }
        for input in inputs {
            let path = Path::new(input);
            let found = if input == "-" { None } else { fs::canonicalize(path).ok() };
            let read = if input == "-" { Identity::of_stdin() } else { Identity::of(path) };
            let is_same_path = found.is_some() && found == real;
            if is_same_path || identity.is_some() && read == identity {
                return Err(self.refuse("it is an INPUT").with_hint(OTHER_FILE));
            }
            let Some(found) = found else { continue };
            let is_inside = real.as_ref().is_some_and(|real| real.starts_with(&found))
                || identity.is_some_and(|identity| identity.is_below(&found));
            if is_inside {
                let cause = format!("it is inside the INPUT {}", path.display());
                return Err(self.refuse(cause).with_hint("write to a folder outside of it"));
            }
        }
        Ok(())
    }

    /// Refuses two outputs in one place.
    pub(super) fn check_apart(&self, other: &Self, option: &str) -> Result<()> {
        if !self.is_same_as(other) {
            return Ok(());
        }
        let hint = format!("use another file for {option}");
        Err(self.refuse("another output is written to it").with_hint(hint))
    }

    /// Whether both are the same file, pipe or device, by whatever name.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let is_same_path = match (self.real_path(), other.real_path()) {
            (Some(one), Some(other)) => one == other,
            _ => self == other,
        };
        let (one, other) = (self.identity(), other.identity());
        is_same_path || one.is_some() && one == other
    }

    /// An error of this place.
    pub(super) fn refuse(&self, cause: impl Into<String>) -> Error {
        Error::new("cannot write", Location::bundle(self.name()), cause)
    }
}
