//! What does not fit a data set, and is refused before anything is written.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::manifest::{Manifest, OWN};
use super::{DataSet, cannot_write, partition};
use crate::error::{Error, Location, Result};

/// What to do if a file of a data set is not as it was.
pub(super) const DAMAGED: &str =
    "put back the file as it was, or write a new data set from all bundles";

impl DataSet {
    /// Compares what is asked for with what there is.
    pub(super) fn check(&mut self) -> Result<()> {
        let asked = self.options.partition_by.clone();
        let Some(manifest) = &self.manifest else {
            self.keys = partition::keys_of(&asked.unwrap_or_default())?;
            return Ok(());
        };
        self.keys = partition::keys_of(&manifest.partition_by)?;
        if let Some(asked) = asked.filter(|asked| *asked != manifest.partition_by) {
            let cause = match (manifest.partition_by.join(","), asked.join(",")) {
                (own, asked) if own.is_empty() => format!("it is not partitioned by {asked}"),
                (own, asked) if asked.is_empty() => format!("it is partitioned by {own}"),
                (own, asked) => format!("it is partitioned by {own}, not by {asked}"),
            };
            return Err(self.refuse(cause));
        }
        if self.options.per_bundle && !manifest.per_bundle {
            return Err(self.refuse("its files hold several bundles, not one each".into()));
        }
        self.options.per_bundle = manifest.per_bundle;
        // Without the lock another run may be moving them.
        if self.lock.is_some() {
            self.check_files(manifest)?;
            self.refuse_foreign(manifest)?;
        }
        Ok(())
    }

    /// Whether all files are there, as far as their sizes say.
    fn check_files(&self, manifest: &Manifest) -> Result<()> {
        for file in &manifest.files {
            let cause = match fs::metadata(self.root.join(&file.path)) {
                Ok(meta) if meta.is_file() && meta.len() == file.bytes => continue,
                Ok(meta) => format!("{} has {} bytes, not {}", file.path, meta.len(), file.bytes),
                Err(_) => format!("{} is missing", file.path),
            };
            return Err(self.refuse(cause).with_hint(DAMAGED));
        }
        Ok(())
    }

    /// Refuses Parquet files that no run has written: other readers would take their rows for a part of it.
    fn refuse_foreign(&self, manifest: &Manifest) -> Result<()> {
        let own: HashSet<PathBuf> =
            manifest.files.iter().map(|file| self.root.join(&file.path)).collect();
        // Names that begin so are hidden from readers.
        let is_shown = |entry: &DirEntry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        };
        let found = WalkDir::new(&self.root).into_iter().filter_entry(is_shown);
        let is_parquet = |path: &Path| path.extension().is_some_and(|name| name == "parquet");
        let mut foreign = found
            .filter_map(|entry| {
                Some(entry.ok().filter(|entry| !entry.file_type().is_dir())?.into_path())
            })
            .filter(|path| is_parquet(path) && !own.contains(path));
        let Some(first) = foreign.next() else { return Ok(()) };
        let cause = match foreign.count() {
            0 => format!("{} is not of the data set", first.display()),
            others => {
                format!("{} and {others} other files are not of the data set", first.display())
            }
        };
        let hint =
            "move what is in them elsewhere: other readers take it for a part of the data set";
        Err(self.refuse(cause).with_hint(hint))
    }
}

/// Refuses a directory with files that are not a data set's.
pub(super) fn refuse_others(path: &Path) -> Result<()> {
    let cannot =
        |cause: &str| Error::new("cannot write", Location::bundle(path.to_string_lossy()), cause);
    // Its rows would be read twice: as its own, and as those of the data set around it.
    if let Some(outer) = DataSet::around(path) {
        let cause = format!("it is inside of {}, which is a data set", outer.display());
        return Err(cannot(&cause).with_hint("write to a directory beside it"));
    }
    let listing = match fs::read_dir(path) {
        Ok(listing) => listing,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            return Err(cannot("it is a file").with_hint("name a directory that is empty or new"));
        }
        Err(e) => return Err(cannot_write(path, e)),
    };
    let mut names = listing.filter_map(|entry| Some(entry.ok()?.file_name()));
    if !DataSet::is_at(path) && names.any(|name| name != OWN) {
        return Err(cannot("the directory has files, and is not a data set that ripsaw wrote")
            .with_hint("name a directory that is empty or new"));
    }
    Ok(())
}
