//! The manifest of a data set: which files belong to it. Others beside them are of runs that were killed, or
//! that have not ended yet.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where the manifest is in the folder of a data set.
pub(crate) const MANIFEST: &str = ".ripsaw/manifest.json";

/// The version of the manifest.
pub(crate) const VERSION: u64 = 1;

/// What reading a data set needs of its manifest; other members are ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    ripsaw_data_set: u64,
    /// The files of the data set.
    pub(crate) files: Vec<ManifestFile>,
}

/// A file of a data set.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct ManifestFile {
    /// Relative to the folder of the data set, with `/` between parts.
    pub(crate) path: String,
}

impl Manifest {
    /// The manifest of the data set in this folder.
    ///
    /// # Errors
    /// Why it cannot be read, or is none.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        Self::parse(&std::fs::read(folder.join(MANIFEST))?)
    }

    /// The manifest of the data set in this folder whose files are all there, or the names of those that are
    /// missing: another run may replace the manifest, and remove files, at any time, so it is read once more
    /// then.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn whole(folder: &Path) -> io::Result<(Self, Vec<String>)> {
        let missing = |manifest: &Self| -> Vec<String> {
            let paths = manifest.files.iter().map(|file| &file.path);
            paths.filter(|path| !file_of(folder, path).is_file()).cloned().collect()
        };
        let first = Self::read(folder)?;
        if missing(&first).is_empty() {
            return Ok((first, Vec::new()));
        }
        let second = Self::read(folder)?;
        let missing = missing(&second);
        Ok((second, missing))
    }

    fn parse(json: &[u8]) -> io::Result<Self> {
        let invalid = |cause: String| io::Error::new(io::ErrorKind::InvalidData, cause);
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| invalid(format!("it is not the manifest of a data set: {error}")))?;
        if manifest.ripsaw_data_set != VERSION {
            let version = manifest.ripsaw_data_set;
            return Err(invalid(format!("it is of version {version}, and this ripsaw reads 1")));
        }
        match manifest.files.iter().find(|file| !is_inside(&file.path)) {
            Some(file) => Err(invalid(format!("{:?} is not a file of a data set", file.path))),
            None => Ok(manifest),
        }
    }
}

/// Whether a path stays in the folder of its data set: nothing outside is part of one.
pub(crate) fn is_inside(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\')
}

/// A file of the data set in this folder.
pub(crate) fn file_of(folder: &Path, path: &str) -> PathBuf {
    folder.join(path.split('/').collect::<PathBuf>())
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn only_files_inside_count() {
        let json =
            |path: &str| format!(r#"{{"ripsaw_data_set":1,"x":0,"files":[{{"path":"{path}"}}]}}"#);
        for path in ["a.parquet", "a=1/b.parquet"] {
            assert_eq!(Manifest::parse(json(path).as_bytes()).unwrap().files[0].path, path);
        }
        for path in ["", "/a", "../a", "a/../../b", "a//b", "./a"] {
            assert!(Manifest::parse(json(path).as_bytes()).is_err(), "{path}");
        }
        for json in ["", "[]", "{}", r#"{"ripsaw_data_set":2,"files":[]}"#] {
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
