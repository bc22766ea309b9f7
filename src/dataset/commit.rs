//! How the changes of a run take effect: all or none, whenever the process ends.
//!
//! 1. Files grow in `.ripsaw/staging`, under names that no reader takes for Parquet.
//! 2. The journal is written, under its name at once: from here on the run has happened.
//! 3. Files are moved to their partitions, the manifest is replaced, old files are removed, then the journal.
//!
//! A run that finds a journal does the third step again, which changes nothing that was done; one that finds none
//! removes what is in `staging`. ripsaw reads the files that the manifest lists, so it sees the old rows or the new.
//! Other readers see both for the moment between the first move and the last removal.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::{MANIFEST, Manifest, OWN, prepare_json, write_json};
use crate::source::data_set::is_inside;

/// The folder where files grow, in [`OWN`].
pub(super) const STAGING: &str = "staging";

/// What a run changes, in [`OWN`].
const JOURNAL: &str = "journal.json";

/// What a run changes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Names in [`STAGING`], and paths in the data set.
    pub(super) moves: Vec<(String, String)>,
    /// Files that are no longer needed.
    pub(super) removed: Vec<String>,
    pub(super) manifest: Manifest,
}

/// Makes the changes of a run take effect.
pub(super) fn commit(root: &Path, journal: &Journal) -> io::Result<()> {
    let own = root.join(OWN);
    if !root.join(MANIFEST).exists() {
        // So that readers know a data set whose first run is not complete, and see no part of it.
        let (bundles, files) = (Vec::new(), Vec::new());
        write_json(&root.join(MANIFEST), &Manifest { bundles, files, ..journal.manifest.clone() })?;
    }
    // What takes space comes before the run has happened: a disk may be full.
    for folder in folders_of(root, journal) {
        fs::create_dir_all(folder)?;
    }
    let manifest = prepare_json(&root.join(MANIFEST), &journal.manifest)?;
    sync(&own.join(STAGING))?;
    write_json(&own.join(JOURNAL), journal)?;
    sync(&own)?;
    complete(root, journal, || Ok(manifest))
}

/// The folders that files are moved to.
fn folders_of(root: &Path, journal: &Journal) -> BTreeSet<PathBuf> {
    let folder = |(_, path): &(String, String)| Some(root.join(path).parent()?.to_owned());
    journal.moves.iter().filter_map(folder).collect()
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere folders cannot be opened.
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The manifest of a data set, also if the run that wrote it last has not completed.
pub(super) fn manifest_of(root: &Path) -> io::Result<Option<Manifest>> {
    match pending(root)? {
        Some(journal) => Ok(Some(journal.manifest)),
        None => Manifest::read(root),
    }
}

/// Completes a run that ended early, or removes what it left.
pub(super) fn recover(root: &Path) -> io::Result<()> {
    if let Some(journal) = pending(root)? {
        complete(root, &journal, || prepare_json(&root.join(MANIFEST), &journal.manifest))?;
    }
    match fs::remove_dir_all(root.join(OWN).join(STAGING)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Removes the files of a run that has not happened; of one that has, they are still needed.
pub(super) fn clean(root: &Path) {
    if matches!(pending(root), Ok(None)) {
        let _ = fs::remove_dir_all(root.join(OWN).join(STAGING));
    }
}

/// The journal of a run that has happened, and is not complete.
fn pending(root: &Path) -> io::Result<Option<Journal>> {
    let text = match fs::read(root.join(OWN).join(JOURNAL)) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let broken = |cause: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("its journal is damaged: {cause}"))
    };
    let journal: Journal = serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?;
    journal.manifest.check()?;
    let moves = journal.moves.iter().flat_map(|(staged, path)| [staged, path]);
    if let Some(path) = moves.chain(&journal.removed).find(|path| !is_inside(path)) {
        return Err(broken(format!("{path:?} is not a file of the data set")));
    }
    Ok(Some(journal))
}

/// Does what the journal says, as far as it is not done. `manifest` gives the new manifest under its temporary name.
fn complete(
    root: &Path,
    journal: &Journal,
    manifest: impl FnOnce() -> io::Result<PathBuf>,
) -> io::Result<()> {
    let own = root.join(OWN);
    for (staged, path) in &journal.moves {
        let (from, to) = (own.join(STAGING).join(staged), root.join(path));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        match fs::rename(&from, &to) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && to.exists() => {}
            result => result?,
        }
    }
    // Before anything goes that they replace.
    for folder in folders_of(root, journal) {
        sync(&folder)?;
    }
    fs::rename(manifest()?, root.join(MANIFEST))?;
    sync(&own)?;
    for path in &journal.removed {
        let path = root.join(path);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => remove_empty(root, &path),
        }
    }
    fs::remove_file(own.join(JOURNAL))
}

/// Removes the folders that a file was the last in.
fn remove_empty(root: &Path, path: &Path) {
    let inside = path.ancestors().skip(1).take_while(|folder| *folder != root);
    for folder in inside {
        // One that has other files stays.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
