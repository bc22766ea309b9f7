//! Where an output goes, and where it must not go.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::Output;

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
        if path.as_os_str() == "-" { Self::Stdout } else { Self::Path(path) }
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
            Self::Path(path) => fs::metadata(path).map_or(true, |meta| meta.is_file()),
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
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    }

    /// Refuses a place that is an input or inside one: it would be read while it is written, or
    /// replaced by what was read from it.
    pub(super) fn check(&self, inputs: &[OsString]) -> Result<()> {
        let Some(real) = self.real_path() else { return Ok(()) };
        for input in inputs.iter().filter(|input| *input != "-") {
            let Ok(found) = fs::canonicalize(input) else { continue };
            if found == real {
                return Err(self.refuse("it is an INPUT").with_hint("write to another file"));
            }
            if real.starts_with(&found) {
                let cause = format!("it is inside the INPUT {}", Path::new(input).display());
                return Err(self.refuse(cause).with_hint("write to a folder outside of it"));
            }
        }
        Ok(())
    }

    /// Refuses two outputs in one place.
    pub(super) fn check_apart(&self, other: &Self, option: &str) -> Result<()> {
        let same = match (self.real_path(), other.real_path()) {
            (Some(one), Some(other)) => one == other,
            _ => self == other,
        };
        if !same {
            return Ok(());
        }
        let hint = format!("give {option} a file of its own");
        Err(self.refuse("something else is written there").with_hint(hint))
    }

    /// An error of this place.
    pub(super) fn refuse(&self, cause: impl Into<String>) -> Error {
        Error::new("cannot write", Location::bundle(self.name()), cause)
    }
}
