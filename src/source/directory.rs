//! An extracted bundle: every file below a directory, as a list that `inputs` makes entries of.
//!
//! The order is that of bytes, not of the file system or the locale, as output follows it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::name::{is_clutter, is_temporary};
use super::written::{MANIFEST, Manifest, file_of};
use super::{Place, name};
use crate::error::Plain;

/// What is below a directory, in bytewise order of the relative path.
#[derive(Default)]
pub(super) struct Listing {
    /// The files, archives among them.
    pub(super) files: Vec<Found>,
    /// Relative path where known, and why it was left out; sorted as the files are.
    pub(super) problems: Vec<(Option<String>, String)>,
    /// Temporary files of runs that write, or were killed: no logs.
    pub(super) temporary: Vec<String>,
    /// The folders of data sets, each with a `/` at its end; that of the listing itself is empty.
    pub(super) data_sets: Vec<String>,
}

/// What the name of an index ends with, after the name of its file.
const INDEX_SUFFIX: &str = ".ripsaw";

/// Why a file of a data set cannot be read that its manifest lists.
const MISSING: &str = "the file is missing, but the manifest of the data set lists it";

/// One file of the listing.
pub(super) struct Found {
    /// Relative, `/` between parts.
    pub(super) name: String,
    /// To open it.
    pub(super) path: PathBuf,
    /// Its size in bytes when listed; 0 if that is not known.
    pub(super) bytes: u64,
    /// Why it cannot be read, if so: a link to nothing, a socket, a pipe.
    refusal: Option<String>,
}

impl Found {
    /// A file that is there.
    pub(super) fn regular(name: String, path: PathBuf, bytes: u64) -> Self {
        Self { name, path, bytes, refusal: None }
    }

    /// Whether it can be opened without waiting for a writer.
    pub(super) fn is_regular(&self) -> bool {
        self.refusal.is_none()
    }

    /// Where an entry of this file is read from.
    pub(super) fn place(&self) -> Place {
        match &self.refusal {
            Some(why) => Place::Unreadable(why.clone()),
            None => Place::File(self.path.clone()),
        }
    }
}

/// Whether there is a directory without any file in it.
pub(crate) fn is_empty_directory(path: &Path) -> bool {
    let Listing { files, problems, temporary, data_sets } = list(path);
    let is_empty = files.is_empty() && problems.is_empty() && temporary.is_empty();
    path.is_dir() && is_empty && data_sets.is_empty()
}

/// Lists `root` and all below: hidden files included, links followed, link loops reported. Folders are
/// not listed themselves, so an empty one leaves no trace.
pub(super) fn list(root: &Path) -> Listing {
    let mut listing = Listing::default();
    let mut walk = WalkDir::new(root).follow_links(true).into_iter();
    while let Some(found) = walk.next() {
        match found {
            Ok(found) if found.file_type().is_dir() => {
                // Of a run that extracts, or was killed.
                if found.depth() > 0 && found.file_name().to_str().is_some_and(is_temporary) {
                    listing.temporary.push(relative(root, found.path()));
                    walk.skip_current_dir();
                }
            }
            Ok(found) => {
                let meta = found.metadata();
                let refusal = match &meta {
                    Ok(meta) if meta.is_file() => None,
                    Ok(_) => Some(IRREGULAR.to_owned()),
                    Err(e) => Some(e.to_string()),
                };
                let bytes = meta.map_or(0, |meta| meta.len());
                listing.push(root, found.into_path(), bytes, refusal);
            }
            Err(e) => listing.refuse(root, &e),
        }
    }
    listing.files.sort_unstable_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    listing.leave_out_indexes();
    listing.keep_data_sets(root);
    listing.problems.sort_unstable();
    listing.temporary.sort_unstable();
    listing
}

/// One file below `root`, as a listing has it.
pub(super) fn find(root: &Path, name: &str) -> Found {
    let path = root.join(name);
    let (bytes, refusal) = match fs::metadata(&path) {
        Ok(meta) if meta.is_file() => (meta.len(), None),
        Ok(meta) => (meta.len(), Some(IRREGULAR.to_owned())),
        // A link to nothing.
        Err(e) => (0, Some(Plain(&e).to_string())),
    };
    Found { name: name.to_owned(), path, bytes, refusal }
}

/// Why what is neither a file nor a folder is not opened: opening a pipe would wait for a writer.
const IRREGULAR: &str = "not a regular file";

impl Listing {
    /// Adds a file, unless it is what desktops leave behind (`.DS_Store`).
    fn push(&mut self, root: &Path, path: PathBuf, bytes: u64, refusal: Option<String>) {
        let name = relative(root, &path);
        if let Some(folder) = name.strip_suffix(MANIFEST)
            && (folder.is_empty() || folder.ends_with('/'))
        {
            self.data_sets.push(folder.to_owned());
        }
        if is_temporary(name.rsplit('/').next().unwrap_or_default()) {
            self.temporary.push(name);
        } else if !is_clutter(&name) {
            self.files.push(Found { name, path, bytes, refusal });
        }
    }

    /// Drops the index of a file beside it by its name: one that is damaged may not begin like one. The files
    /// are sorted.
    fn leave_out_indexes(&mut self) {
        let files = std::mem::take(&mut self.files);
        let has = |name: &str| {
            files.binary_search_by(|file| file.name.as_bytes().cmp(name.as_bytes())).is_ok()
        };
        let is_index = |file: &Found| file.name.strip_suffix(INDEX_SUFFIX).is_some_and(has);
        let indexes: Vec<bool> = files.iter().map(is_index).collect();
        let kept = files.into_iter().zip(indexes).filter(|(_, is_index)| !is_index);
        self.files = kept.map(|(file, _)| file).collect();
    }

    /// Of the files of data sets, keeps those that their manifests list. One that is missing is an entry that cannot
    /// be read.
    fn keep_data_sets(&mut self, root: &Path) {
        let mut folders = std::mem::take(&mut self.data_sets);
        folders.sort_unstable();
        for folder in folders {
            let inside = |file: &Found| file.name.starts_with(&folder);
            let path = file_of(root, &folder);
            let (manifest, missing) = match Manifest::whole(&path) {
                Ok(manifest) => manifest,
                Err(e) => {
                    self.files.retain(|file| !inside(file));
                    let name = format!("{folder}{MANIFEST}");
                    self.problems.push((Some(name), Plain(&e).to_string()));
                    continue;
                }
            };
            let listed: HashSet<&str> = manifest.files.iter().map(|file| &*file.path).collect();
            self.files.retain(|file| !inside(file) || listed.contains(&file.name[folder.len()..]));
            self.add_unlisted(&path, &folder, &manifest, &missing);
            self.data_sets.push(folder);
        }
    }

    /// Adds the files of a data set that the walk has not found: those that are missing, and those that have
    /// come since.
    fn add_unlisted(&mut self, path: &Path, folder: &str, manifest: &Manifest, missing: &[String]) {
        let has = |files: &[Found], name: &str| {
            files.binary_search_by(|file| file.name.as_bytes().cmp(name.as_bytes())).is_ok()
        };
        let mut others = Vec::new();
        for file in &manifest.files {
            let name = format!("{folder}{}", file.path);
            if has(&self.files, &name) && !missing.contains(&file.path) {
                continue;
            }
            let path = file_of(path, &file.path);
            let bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
            let refusal = missing.contains(&file.path).then(|| MISSING.to_owned());
            others.push(Found { name, path, bytes, refusal });
        }
        self.files.retain(|file| others.iter().all(|other| other.name != file.name));
        self.files.append(&mut others);
        self.files.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    }

    /// Adds what could not be walked: as a file that cannot be read if it is one, else as a problem.
    fn refuse(&mut self, root: &Path, error: &walkdir::Error) {
        // `None` stands for the root itself.
        let path = error.path().filter(|path| *path != root);
        if let Some(ancestor) = error.loop_ancestor() {
            let cause = format!("the link leads back to {}", ancestor.display());
            self.problems.push((path.map(|path| relative(root, path)), cause));
            return;
        }
        let cause = error.io_error().map_or_else(|| error.to_string(), |e| Plain(e).to_string());
        match path {
            // A link to nothing is an entry that cannot be read.
            Some(path) if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) => {
                self.push(root, path.to_owned(), 0, Some(cause));
            }
            _ => self.problems.push((path.map(|path| relative(root, path)), cause)),
        }
    }
}

/// A path below `root` with `/` between parts on all systems.
fn relative(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut path = String::new();
    for part in relative {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&name::of_file(part));
    }
    path
}
