//! Data sets: directories of Parquet files that many runs add bundles to, partitioned as Hive does it.
//!
//! ```text
//! DIR/.ripsaw/manifest.json                              which bundles, which files, which rows of which are where
//! DIR/pipeline=web/date=2026-01-31/r000001-00000.parquet
//! ```
//!
//! [`DataSet::open`] takes the right to change one, [`DataSet::scan`] opens the bundles of the inputs that it does not
//! have as they are, and an [`Update`] writes their rows and makes all changes take effect at once.
//!
//! `check` refuses what does not fit, `bundles` finds what is new, `split` divides rows by `partition`, `writer` makes
//! files of them, `rewrite` keeps the rows of files that lose some, `commit` says when a run has happened, `manifest`
//! what there is then.

mod partition;
mod manifest;
mod bundles;
mod check;
mod split;
mod waiting;
mod reopened;
mod writer;
mod rewrite;
mod names;
mod order;
mod lock;
mod commit;
mod place;
mod sort;
mod update;
mod compact;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Location, Result};
use crate::pipeline::BLOCK_BYTES;
use crate::scan::{KeyPolicy, Scan, ScanOptions};
use crate::sink::parquet::Parquet;
use crate::sink::parquet::ParquetFiles;
use crate::source::{hint, is_empty_directory as is_empty};
use crate::table::{Column, KeySchema, lines_schema_with};
use bundles::{Before, Bundles};
use check::{DAMAGED, refuse_others};
use lock::Lock;
use manifest::{Manifest, OWN};
use partition::PartitionKey;
use split::file_schema;
use writer::{Limits, Writer};

pub use partition::PARTITION;
pub use update::{Committed, Update};

/// How a data set is made, and how its files are written.
#[derive(Debug, Clone)]
pub struct DataSetOptions {
    /// Names of the columns that partition it; `None`: as it is, or not at all.
    pub partition_by: Option<Vec<String>>,
    /// Each bundle gets files of its own.
    pub per_bundle: bool,
    /// Bundles that do not exist any more are taken out.
    pub prune: bool,
    /// Bytes after which a file is complete.
    pub file_bytes: u64,
    /// Bytes of rows that wait for the other rows of their row group.
    pub memory: usize,
    /// How the files are written.
    pub parquet: Parquet,
}

impl Default for DataSetOptions {
    fn default() -> Self {
        Self {
            partition_by: None,
            per_bundle: false,
            prune: false,
            file_bytes: 256 << 20,
            memory: 256 << 20,
            parquet: Parquet::default(),
        }
    }
}

/// A data set, and the right to change it.
#[derive(Debug)]
pub struct DataSet {
    root: PathBuf,
    options: DataSetOptions,
    keys: Vec<PartitionKey>,
    /// `None`: no run has happened yet.
    manifest: Option<Manifest>,
    /// `None`: it is only looked at.
    lock: Option<Lock>,
    /// The directory was created here.
    is_new: bool,
}

/// What the inputs have that a data set does not have.
#[derive(Debug, Default)]
pub struct Changes {
    /// Paths of bundles that are new.
    pub added: Vec<String>,
    /// Paths of bundles that are not as they were.
    pub changed: Vec<String>,
    /// How many bundles are as they were.
    pub unchanged: usize,
    /// Paths of those that could not be read to their end when they were added.
    pub damaged: Vec<String>,
    bundles: Bundles,
}

impl DataSet {
    /// Opens a data set, or begins one in a directory that is empty or does not exist. A run that ended early is
    /// completed first.
    ///
    /// # Errors
    /// A directory that has other files, is partitioned otherwise, or is being changed by another run.
    pub fn open(path: &Path, options: DataSetOptions) -> Result<Self> {
        let cannot = |cause| cannot_write(path, cause);
        refuse_others(path)?;
        let is_new = match fs::create_dir(path) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let parent = path.parent().unwrap_or(path).display().to_string();
                let hint =
                    hint::of_output(path).unwrap_or_else(|| format!("create {parent} first"));
                return Err(cannot(e).with_hint(hint));
            }
            Err(e) => return Err(cannot(e)),
        };
        let own = path.join(OWN);
        fs::create_dir_all(&own).map_err(cannot)?;
        let Some(lock) = Lock::take(&own.join("lock")).map_err(cannot)? else {
            let cause = "another run is writing to it";
            let location = Location::bundle(path.to_string_lossy());
            return Err(Error::new("cannot write", location, cause)
                .with_hint("wait until it has ended; its bundles need not be read again"));
        };
        commit::recover(path).map_err(cannot)?;
        Self::with(path, options, Some(lock), is_new)
    }

    /// Looks at a data set, for what a run would do; changes nothing.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn look(path: &Path, options: DataSetOptions) -> Result<Self> {
        refuse_others(path)?;
        Self::with(path, options, None, false)
    }

    fn with(
        path: &Path,
        options: DataSetOptions,
        lock: Option<Lock>,
        is_new: bool,
    ) -> Result<Self> {
        let mut set =
            Self { root: path.to_owned(), options, keys: Vec::new(), manifest: None, lock, is_new };
        set.manifest = commit::manifest_of(path).map_err(|e| set.cannot_write(e))?;
        set.check()?;
        Ok(set)
    }

    /// Whether a directory is a data set.
    pub fn is_at(path: &Path) -> bool {
        path.join(manifest::MANIFEST).is_file()
    }

    /// The data set that a path is inside of.
    pub fn around(path: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.ancestors().skip(1).find(|outer| Self::is_at(outer)).map(Path::to_owned)
    }

    fn refuse(&self, cause: String) -> Error {
        Error::new("cannot write", Location::bundle(self.root.to_string_lossy()), cause)
            .with_hint("write to another directory, or leave out the option")
    }

    fn cannot_write(&self, cause: io::Error) -> Error {
        cannot_write(&self.root, cause)
    }

    /// The columns of keys that it has; `None` before the first run.
    pub fn key_policy(&self) -> Option<KeyPolicy> {
        let manifest = self.manifest.as_ref()?;
        Some(KeyPolicy::Pinned(manifest.keys.clone().into()))
    }

    /// Opens the bundles of the inputs that it does not have as they are; others are not looked at.
    ///
    /// # Errors
    /// As for [`Scan::open`]; an input that can be read only once.
    pub fn scan<I, S>(&self, inputs: I, options: ScanOptions) -> Result<(Scan, Changes)>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let known = self.manifest.as_ref().map_or(&[][..], |manifest| &manifest.bundles);
        let manifest = fs::metadata(self.root.join(manifest::MANIFEST));
        let written = manifest.and_then(|meta| meta.modified()).ok();
        let mut changes = Changes::default();
        let inputs: Vec<PathBuf> = inputs.into_iter().map(|input| input.as_ref().into()).collect();
        let before = Before { known, written, prune: self.options.prune };
        let mut open = |some: &[PathBuf]| {
            Scan::open_some(some, options.clone(), |catalog| {
                let choice = bundles::choose(catalog, &inputs, &before)?;
                changes.bundles = choice.bundles;
                (changes.unchanged, changes.damaged) = (choice.unchanged, choice.damaged);
                Ok(())
            })
        };
        let scan = open(&inputs).or_else(|error| {
            // A directory may have lost all that was in it.
            let is_left = |input: &&PathBuf| !before.has_bundles_in(input) || !is_empty(input);
            let left: Vec<PathBuf> = inputs.iter().filter(is_left).cloned().collect();
            if left.len() == inputs.len() { Err(error) } else { open(&left) }
        })?;
        for bundle in &changes.bundles.found {
            match bundle.replaces {
                None => changes.added.push(bundle.path.clone()),
                Some(_) => changes.changed.push(bundle.path.clone()),
            }
        }
        let emptied = known.iter().filter(|known| changes.bundles.emptied.contains(&known.id));
        changes.changed.extend(emptied.map(|known| known.path.clone()));
        Ok((scan, changes))
    }

    /// Begins to write files.
    fn writer(&self, keys: &KeySchema, threads: usize, sorted: bool) -> io::Result<Writer> {
        let folder = self.root.join(OWN).join(commit::STAGING);
        // Without what a run before has left.
        commit::recover(&self.root)?;
        fs::create_dir_all(&folder)?;
        let parquet = &self.options.parquet;
        let schema = file_schema(&lines_schema_with(keys), &self.keys)?;
        let mut files = ParquetFiles::new(&schema, parquet)?;
        if sorted {
            files = files.sorted_by(Column::Timestamp.name());
        }
        let limits = Limits {
            group_rows: parquet.row_group_rows.max(1),
            group_bytes: BLOCK_BYTES,
            file_bytes: self.options.file_bytes,
            memory: self.options.memory,
            threads,
        };
        Writer::new(files, self.keys.clone(), &folder, limits)
    }

    /// Refuses a scan with filters and other settings that change rows, if they differ from those of the first run.
    ///
    /// # Errors
    /// As it says.
    pub fn check_settings(&self, scan: &Scan) -> Result<()> {
        let settings = update::settings_of(scan, self.options.parquet.timestamp_unit);
        self.manifest
            .as_ref()
            .map_or(Ok(()), |own| self.refuse_other_settings(&own.settings, &settings))
    }

    /// Paths of its bundles that do not exist any more.
    pub fn gone(&self) -> Vec<String> {
        let bundles = self.manifest.iter().flat_map(|manifest| &manifest.bundles);
        let gone = bundles.map(|bundle| &bundle.path).filter(|path| bundles::is_gone(path));
        gone.cloned().collect()
    }
}

impl Drop for DataSet {
    /// Leaves nothing of a data set that did not come to be.
    fn drop(&mut self) {
        let Some(lock) = &self.lock else { return };
        let own = self.root.join(OWN);
        // A run that has happened is completed by the next one.
        if self.manifest.is_none() && matches!(commit::manifest_of(&self.root), Ok(None)) {
            let _ = fs::remove_dir_all(own.join(commit::STAGING));
            lock.remove();
            let _ = fs::remove_dir(&own);
            if self.is_new {
                let _ = fs::remove_dir(&self.root);
            }
        }
    }
}

fn cannot_write(path: &Path, cause: io::Error) -> Error {
    let full = cause.kind() == io::ErrorKind::StorageFull;
    let error = Error::io("cannot write", Location::bundle(path.to_string_lossy()), cause);
    if full { error.with_hint("free some space, or write to another disk") } else { error }
}
