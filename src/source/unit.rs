//! Parts of the inputs that can be opened by themselves: what a process opens that reads only some of them.
//!
//! A plan lists inputs flat: archives in directories and in other archives are files there, and nothing is
//! opened but the directories of zip archives. A [`Unit`] names some of what is listed so, and
//! [`Catalog::of_unit`] lists it again elsewhere, later, if it is still the same.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use super::inputs::{has_zip_suffix, open_found};
use super::stream::has_compressed_suffix;
use super::{Catalog, Home, MapPolicy, Opens, Place, ReadOptions, Recognise, directory};
use crate::error::{Error, Location, Result};

/// A part of the inputs that is opened by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// A zip archive.
    Archive {
        /// The input, as it was given.
        input: String,
        /// The path of the archive below that; `None`: the input is the archive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// Shows whether it is the same.
        stamp: Stamp,
        /// The members that are read, as they are listed; `None`: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entries: Option<Range<usize>>,
    },
    /// Files.
    Files {
        /// The input, as it was given.
        input: String,
        /// The input itself, or files below it.
        files: Vec<Listed>,
    },
}

/// A file of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// The path below the input; `None`: the input is the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Shows whether it is the same.
    stamp: Stamp,
}

/// What shows that a file has changed: its size, and either the hash of a zip archive's directory, which has the
/// check sums of all entries, or the time of the last change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp(u64, u64);

impl Stamp {
    /// That of a file which is no zip archive; zeros if it is not there.
    fn of_file(path: &Path) -> Self {
        let Ok(meta) = fs::metadata(path) else { return Self::default() };
        let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self(meta.len(), modified.map_or(0, |since| since.as_nanos() as u64))
    }
}

impl Unit {
    /// The input, as it was given.
    pub(crate) fn input(&self) -> &str {
        match self {
            Self::Archive { input, .. } | Self::Files { input, .. } => input,
        }
    }

    /// The name of its bundle.
    pub(crate) fn bundle(&self) -> String {
        match self {
            Self::Archive { input, path: Some(path), .. } => format!("{input}!{path}"),
            Self::Archive { input, .. } | Self::Files { input, .. } => input.clone(),
        }
    }

    /// The path of its only file in the bundle; `None` for archives and several files.
    fn file(&self) -> Option<&str> {
        match self {
            Self::Files { files, .. } if files.len() == 1 => files[0].path.as_deref(),
            _ => None,
        }
    }

    /// The error if it is not what it was.
    pub(crate) fn changed(&self) -> Error {
        let location = match self.file() {
            Some(file) => Location::entry(self.bundle(), file.to_owned()),
            None => Location::bundle(self.bundle()),
        };
        Error::new("cannot read a span", location, "the input is not the planned one")
            .with_hint("it has changed since; plan again")
    }
}

impl Catalog {
    /// Lists an input; archives in it are not opened.
    pub(crate) fn list_flat(
        input: &str,
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Result<Self> {
        let mut catalog = Self { opens: Opens::Inputs, ..Self::empty(options, recogniser) };
        catalog.add(input.as_ref(), 1)?;
        Ok(catalog)
    }

    /// Lists a zip archive below an input that is a directory.
    pub(crate) fn list_found(
        input: &str,
        path: &str,
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Self {
        let mut catalog = Self { opens: Opens::Inputs, ..Self::empty(options, recogniser) };
        let found = directory::find(Path::new(input), path);
        let bundle = catalog.add_bundle(input.to_owned());
        catalog.bundles[bundle].home = Home::Directory(input.into());
        catalog.count_stored(found.bytes);
        let map = options.map != MapPolicy::Never;
        match found.is_regular().then(|| open_found(&found, map)).flatten() {
            Some(archive) => catalog.add_found_archive(input, bundle, found, archive, 0),
            None => catalog.push_found(bundle, found),
        }
        catalog
    }

    /// Lists a unit, and what must be listed with it; only the entries of the unit are to be read. They are of the
    /// unit `number`.
    ///
    /// # Errors
    /// It is gone, or not what it was.
    pub(crate) fn of_unit(
        unit: &Unit,
        number: usize,
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Result<Self> {
        let mut catalog = match unit {
            Unit::Archive { input, path: Some(path), .. } => {
                Self::list_found(input, path, options, recogniser)
            }
            Unit::Files { input, files } if files.iter().all(|file| file.path.is_some()) => {
                Self::list_files(input, files, options, recogniser)
            }
            Unit::Archive { input, .. } | Unit::Files { input, .. } => {
                Self::list_flat(input, options, recogniser)?
            }
        };
        let is_same = match unit {
            Unit::Archive { stamp, entries, .. } => {
                let has_all = entries.as_ref().is_none_or(|own| own.end <= catalog.entries.len());
                has_all && catalog.stamp() == *stamp
            }
            Unit::Files { input, files } => files.iter().all(|file| file.is_same(input)),
        };
        if !is_same {
            return Err(unit.changed());
        }
        for (place, entry) in catalog.entries.iter_mut().enumerate() {
            let is_wanted = match unit {
                Unit::Archive { entries: Some(entries), .. } => entries.contains(&place),
                _ => true,
            };
            entry.unit = is_wanted.then_some(number);
        }
        Ok(catalog)
    }

    /// Lists files below a directory.
    fn list_files(
        input: &str,
        files: &[Listed],
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Self {
        let mut catalog = Self { opens: Opens::Inputs, ..Self::empty(options, recogniser) };
        let bundle = catalog.add_bundle(input.to_owned());
        catalog.bundles[bundle].home = Home::Directory(input.into());
        for path in files.iter().filter_map(|file| file.path.as_deref()) {
            let found = directory::find(Path::new(input), path);
            catalog.count_stored(found.bytes);
            catalog.push_found(bundle, found);
        }
        catalog
    }

    /// Lists with the files of a unit all others that they may belong to: those of the same directory, and the
    /// inputs beside it.
    pub(crate) fn around(
        unit: &Unit,
        number: usize,
        inputs: &[String],
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Self {
        let mut catalog = Self { opens: Opens::Inputs, ..Self::empty(options, recogniser) };
        let own = unit.input();
        let folder = plain(own).parent().map(Path::to_owned).unwrap_or_default();
        let near = folder.parent().unwrap_or(&folder);
        let is_near = |input: &&String| !has_zip_suffix(input) && plain(input).starts_with(near);
        for input in inputs.iter().filter(|input| *input == own || is_near(input)) {
            // One that cannot be opened is reported by its own unit.
            let _ = catalog.add(input.as_ref(), 1);
        }
        let Unit::Files { files, .. } = unit else { return catalog };
        let paths: HashSet<&str> = files.iter().filter_map(|file| file.path.as_deref()).collect();
        // The same input may be given twice.
        let bundle = catalog.bundles.iter().position(|bundle| bundle.name == own);
        for entry in &mut catalog.entries {
            let is_wanted = Some(entry.bundle) == bundle
                && (paths.is_empty() || paths.contains(entry.path.as_str()));
            entry.unit = is_wanted.then_some(number);
        }
        catalog
    }

    /// Whether the input that was listed is a zip archive.
    pub(crate) fn is_archive(&self) -> bool {
        matches!(self.bundles.last().map(|bundle| &bundle.home), Some(Home::Zip(..)))
    }

    /// Whether an entry of a flat listing is a file in a directory that is opened as an archive.
    pub(crate) fn is_unopened(&self, entry: usize) -> bool {
        let entry = &self.entries[entry];
        let is_below = matches!(self.bundles[entry.bundle].home, Home::Directory(_));
        is_below && matches!(entry.place, Place::File(_)) && has_zip_suffix(&entry.path)
    }

    /// Whether the path of an entry alone says what its identity is.
    pub(crate) fn is_named(&self, entry: usize) -> bool {
        self.recognise_by_path(&self.entries[entry]).is_some()
    }

    /// About how many bytes of text an entry of a flat listing has.
    pub(crate) fn likely_bytes(&self, entry: usize) -> u64 {
        // Of logs that are compressed.
        const RATIO: u64 = 8;
        let entry = &self.entries[entry];
        let is_packed = has_zip_suffix(&entry.path) || has_compressed_suffix(&entry.path);
        match entry.inflated_bytes.filter(|_| !is_packed) {
            Some(bytes) => bytes,
            None => entry.stored_bytes.saturating_mul(RATIO),
        }
    }

    /// What shows that the archive of this catalog has changed.
    pub(crate) fn stamp(&self) -> Stamp {
        match self.bundles.last().map(|bundle| &bundle.home) {
            Some(Home::Zip(_, archive)) => {
                let hash = archive.directory().map(|bytes| XxHash3_64::oneshot(&bytes));
                Stamp(archive.backing().len(), hash.unwrap_or_default())
            }
            // It could not be opened.
            _ => Stamp(self.stored_bytes.unwrap_or_default(), 0),
        }
    }

    /// An entry of a flat listing as a file below its input.
    ///
    /// # Errors
    /// A name that is not Unicode.
    pub(crate) fn listed(&self, index: usize) -> Result<Listed> {
        let entry = &self.entries[index];
        let input = self.bundle_of(entry);
        if matches!(self.bundles[entry.bundle].home, Home::Directory(_)) {
            let path = Path::new(input).join(&entry.path);
            if entry.path.contains(char::REPLACEMENT_CHARACTER) && path.symlink_metadata().is_err()
            {
                return Err(unnamable(self.locate(index)));
            }
            let stamp = Stamp::of_file(&path);
            return Ok(Listed { path: Some(entry.path.clone()), stamp });
        }
        Ok(Listed { path: None, stamp: Stamp::of_file(Path::new(input)) })
    }

    /// Adds the bundles and entries of another catalog.
    pub(crate) fn append(&mut self, other: Self) {
        let first = self.bundles.len();
        self.bundles.extend(other.bundles);
        let moved = |mut file: super::IgnoredFile| {
            file.bundle += first;
            file
        };
        self.ignored.extend(other.ignored.into_iter().map(moved));
        self.entries.extend(other.entries.into_iter().map(|mut entry| {
            entry.bundle += first;
            entry
        }));
        self.nested += other.nested;
        self.problems.extend(other.problems);
        self.refused.extend(other.refused);
        self.warnings.extend(other.warnings);
        self.stored_bytes = self.stored_bytes.zip(other.stored_bytes).map(|(a, b)| a + b);
    }
}

impl Listed {
    /// Whether the file is what it was.
    fn is_same(&self, input: &str) -> bool {
        let path = match &self.path {
            Some(path) => Path::new(input).join(path),
            None => input.into(),
        };
        Stamp::of_file(&path) == self.stamp
    }
}

/// The error of a name that a plan, which is text, cannot have.
pub(crate) fn unnamable(location: Location) -> Error {
    Error::new("cannot plan", location, "its name is not Unicode").with_hint("rename it")
}

/// A path without `.`.
fn plain(path: &str) -> PathBuf {
    Path::new(path).components().filter(|part| *part != Component::CurDir).collect()
}
