//! Which bundles the inputs have, and which of them a data set has already.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use twox_hash::XxHash3_64;

use super::manifest::{BundleRecord, Stamp};
use crate::error::{Error, Location, Result};
use crate::index::{change_of, fingerprint};
use crate::source::{Catalog, Entry};

/// Bundles of the inputs that a data set does not have as they are now.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    pub(super) found: Vec<Bundle>,
    /// Ids of bundles below the inputs that have no logs any more.
    pub(super) emptied: Vec<u64>,
    /// By path as the inputs have it.
    places: HashMap<PathBuf, usize>,
}

/// An archive, a log file, or the loose files of a directory.
#[derive(Debug)]
pub(super) struct Bundle {
    /// Its path without links.
    pub(super) path: String,
    /// What its rows call it.
    pub(super) name: String,
    pub(super) stamp: Stamp,
    /// It is the loose files of a directory.
    pub(super) is_loose: bool,
    /// The data set has it as it was.
    pub(super) replaces: Option<u64>,
}

/// A bundle of the inputs, as its entries come.
struct Found {
    /// As the inputs have it.
    raw: PathBuf,
    path: PathBuf,
    /// What its rows call it.
    name: String,
    is_loose: bool,
    /// Of entries.
    entries: Vec<usize>,
}

/// What is left of the inputs.
pub(super) struct Choice {
    pub(super) bundles: Bundles,
    pub(super) unchanged: usize,
    /// Paths of those that could not be read whole.
    pub(super) damaged: Vec<String>,
}

/// What the data set has.
pub(super) struct Before<'s> {
    pub(super) known: &'s [BundleRecord],
    /// When the last run was.
    pub(super) written: Option<SystemTime>,
    /// Bundles that do not exist any more are taken out.
    pub(super) prune: bool,
}

impl Before<'_> {
    /// Whether it has bundles of this directory.
    pub(super) fn has_bundles_in(&self, directory: &Path) -> bool {
        let Ok(directory) = fs::canonicalize(directory) else { return false };
        self.known.iter().any(|known| path_of(&known.path).starts_with(&directory))
    }
}

/// Leaves out of a catalog that was only listed the bundles that the data set has as they are, and those that are
/// there twice.
///
/// # Errors
/// What can be read only once; files that are in two bundles; what the operating system says.
pub(super) fn choose(
    catalog: &mut Catalog,
    inputs: &[PathBuf],
    before: &Before<'_>,
) -> Result<Choice> {
    let Before { known, written, prune } = *before;
    let found = find(catalog)?;
    // Of inputs inside of others, whose bundles are each read once.
    catalog.warnings.clear();
    refuse_overlaps(&found, known)?;
    refuse_names(&found, known, prune)?;
    let emptied = emptied(catalog, inputs, &found, known);
    let known: HashMap<&str, &BundleRecord> =
        known.iter().map(|bundle| (bundle.path.as_str(), bundle)).collect();
    let mut bundles = Bundles::default();
    let (mut unchanged, mut damaged) = (0, Vec::new());
    let mut wanted = vec![false; catalog.entries.len()];
    bundles.emptied = emptied;
    for Found { raw, path, name, is_loose, entries } in found {
        let stamp = stamp_of(catalog, &entries, &path, is_loose)
            .map_err(|e| Error::io("cannot read", Location::bundle(raw.to_string_lossy()), e))?;
        let path = text_of(&path);
        let known = known.get(path.as_str());
        // A zip archive may have been mended without a change of its directory.
        let is_mended = |known: &BundleRecord| known.damaged && is_later(&path, written);
        if let Some(known) = known.filter(|known| known.stamp == stamp && !is_mended(known)) {
            unchanged += 1;
            damaged.extend(known.damaged.then_some(path));
            continue;
        }
        entries.iter().for_each(|&entry| wanted[entry] = true);
        bundles.places.insert(raw, bundles.found.len());
        let replaces = known.map(|known| known.id);
        bundles.found.push(Bundle { path, name, stamp, is_loose, replaces });
    }
    let mut wanted = wanted.into_iter();
    catalog.leave_out_unseen(|_| wanted.next().unwrap_or(false));
    Ok(Choice { bundles, unchanged, damaged })
}

/// Whether a file was written later than that.
fn is_later(path: &str, than: Option<SystemTime>) -> bool {
    let Ok(meta) = fs::metadata(path_of(path)) else { return false };
    // Copies keep the time of the original, but not that of their last change.
    let (changed, _) = change_of(&meta);
    let changed = UNIX_EPOCH + Duration::from_nanos(u64::try_from(changed).unwrap_or_default());
    let last = meta.modified().map_or(changed, |modified| modified.max(changed));
    than.is_some_and(|than| last > than)
}

impl Bundles {
    /// The bundle that an entry is of, as an index.
    pub(super) fn of(&self, catalog: &Catalog, entry: usize) -> Option<usize> {
        let origin = catalog.origin_of(entry)?;
        let by_path = |path: &Path| self.places.get(path).copied();
        let by_input = || by_path(origin.directory?);
        // An archive among loose files, which its name does not show.
        let by_folder = || origin.path.ancestors().skip(1).find_map(by_path);
        by_path(&origin.path).or_else(by_input).or_else(by_folder)
    }
}

/// The bundles of a catalog that was only listed, each once.
fn find(catalog: &Catalog) -> Result<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    let mut by_raw: HashMap<(PathBuf, usize), Option<usize>> = HashMap::new();
    let mut by_path: HashMap<PathBuf, usize> = HashMap::new();
    for (index, entry) in catalog.entries.iter().enumerate() {
        let Some(origin) = catalog.origin_of(index) else {
            let cause =
                "a data set knows its bundles by their files, and this can be read only once";
            return Err(Error::new("cannot add to a data set", catalog.locate(index), cause)
                .with_hint("write it to a file first"));
        };
        let loose = origin.directory.filter(|_| !is_archive(&entry.path));
        let raw = loose.map_or_else(|| origin.path.clone(), Path::to_owned);
        let copy = origin.copy;
        let place = match by_raw.get(&(raw.clone(), copy)) {
            Some(place) => *place,
            None => {
                let path = canonical(&raw)?;
                let place = match by_path.get(&path) {
                    // The same once more.
                    Some(_) => None,
                    None => {
                        by_path.insert(path.clone(), found.len());
                        let is_loose = loose.is_some();
                        let raw = raw.clone();
                        let name = name_of(catalog, entry, origin.directory.is_some() && !is_loose);
                        found.push(Found { raw, path, name, is_loose, entries: Vec::new() });
                        Some(found.len() - 1)
                    }
                };
                by_raw.insert((raw, copy), place);
                place
            }
        };
        if let Some(place) = place {
            found[place].entries.push(index);
        }
    }
    Ok(found)
}

/// What the rows of a bundle call it; `is_inner`: it is an archive among loose files.
fn name_of(catalog: &Catalog, entry: &Entry, is_inner: bool) -> String {
    let bundle = catalog.bundle_of(entry);
    if is_inner { format!("{bundle}!{}", entry.path) } else { bundle.to_owned() }
}

/// Whether a file below a directory is a bundle of its own, by its name.
fn is_archive(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    ends(&[".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tzst"])
        || ends(&[".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lzma"])
}

/// Refuses a bundle that is called as another one is: name and path would not say any more which log is meant. With
/// `prune` those that do not exist any more give up their names.
fn refuse_names(found: &[Found], known: &[BundleRecord], prune: bool) -> Result<()> {
    let known = known.iter().map(|bundle| (bundle.name.as_str(), bundle.path.clone()));
    let mut owners: HashMap<&str, String> = known.collect();
    // Names that are not UTF-8 may look the same, and no others can be given.
    for own in found.iter().filter(|own| !own.name.contains(char::REPLACEMENT_CHARACTER)) {
        let path = text_of(&own.path);
        let Some(other) = owners.get(own.name.as_str()).filter(|other| **other != path) else {
            owners.insert(&own.name, path);
            continue;
        };
        let is_gone = is_gone(other);
        if is_gone && prune {
            continue;
        }
        let cause = format!("{other} is called so as well");
        let hint = match is_gone {
            true => "--prune removes the rows of bundles that do not exist any more".to_owned(),
            false => format!("name it by its whole path: {}", own.path.display()),
        };
        return Err(Error::new("cannot add to a data set", Location::bundle(&own.name), cause)
            .with_hint(hint));
    }
    Ok(())
}

/// Whether a bundle does not exist any more.
pub(super) fn is_gone(path: &str) -> bool {
    fs::metadata(path_of(path)).is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
}

/// The bundles below the inputs that are still there and have no logs any more, such as a directory whose
/// last loose file is gone. None if not all could be listed: then they may only be out of sight.
fn emptied(
    catalog: &Catalog,
    inputs: &[PathBuf],
    found: &[Found],
    known: &[BundleRecord],
) -> Vec<u64> {
    if !catalog.problems.is_empty() {
        return Vec::new();
    }
    let inputs: Vec<PathBuf> =
        inputs.iter().filter_map(|input| fs::canonicalize(input).ok()).collect();
    let found: HashSet<String> = found.iter().map(|own| text_of(&own.path)).collect();
    let is_emptied = |bundle: &&BundleRecord| {
        let path = path_of(&bundle.path);
        !found.contains(&bundle.path)
            && inputs.iter().any(|input| path.starts_with(input))
            && path.exists()
    };
    known.iter().filter(is_emptied).map(|bundle| bundle.id).collect()
}

/// Refuses files that would be in two bundles: loose files of a directory, and of one inside it.
fn refuse_overlaps(found: &[Found], known: &[BundleRecord]) -> Result<()> {
    let old = known.iter().filter(|bundle| bundle.loose).map(|bundle| Path::new(&bundle.path));
    let loose: Vec<&Path> = found.iter().filter(|own| own.is_loose).map(|own| &*own.path).collect();
    let outer: Vec<&Path> = loose.iter().copied().chain(old).collect();
    let is_plain = |own: &Found| own.is_loose || !is_archive(&own.path.to_string_lossy());
    let refuse = |inner: &Path, outer: &Path| {
        let cause = format!("its files are in {} as well, which is a bundle", outer.display());
        Err(Error::new("cannot add to a data set", Location::bundle(text_of(inner)), cause)
            .with_hint("name one of them only"))
    };
    for own in found.iter().filter(|own| is_plain(own)) {
        if let Some(outer) = outer.iter().find(|outer| is_inside(&own.path, outer)) {
            return refuse(&own.path, outer);
        }
    }
    // And what the data set has inside of a directory that is new.
    for known in known.iter().filter(|known| known.loose || !is_archive(&known.path)) {
        let inner = Path::new(&known.path);
        if let Some(outer) = loose.iter().find(|outer| is_inside(inner, outer)) {
            return refuse(inner, outer);
        }
    }
    Ok(())
}

fn is_inside(inner: &Path, outer: &Path) -> bool {
    inner != outer && inner.starts_with(outer)
}

/// The stamp of a bundle with these entries.
fn stamp_of(
    catalog: &Catalog,
    entries: &[usize],
    path: &Path,
    is_loose: bool,
) -> io::Result<Stamp> {
    if !is_loose {
        let directory =
            entries.first().map(|&entry| catalog.directory_of_zip(entry)).transpose()?;
        return Ok(match directory.flatten() {
            Some((size, directory)) => Stamp { size, hash: XxHash3_64::oneshot(&directory) },
            None => {
                let (size, hash) = fingerprint(path)?;
                Stamp { size, hash }
            }
        });
    }
    let (mut sum, mut bytes) = (0, Vec::new());
    for &entry in entries {
        let Entry { path, .. } = &catalog.entries[entry];
        let Some(origin) = catalog.origin_of(entry) else { continue };
        let (size, hash) = fingerprint(&origin.path)?;
        bytes.extend_from_slice(path.as_bytes());
        // Paths have no NUL.
        bytes.push(0);
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&hash.to_le_bytes());
        sum += size;
    }
    Ok(Stamp { size: sum, hash: XxHash3_64::oneshot(&bytes) })
}

fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path)
        .map_err(|e| Error::io("cannot read", Location::bundle(path.to_string_lossy()), e))
}

/// What the text of a path that is not UTF-8 begins with: no path without links does.
const BYTES: &str = "bytes:";

/// A path as text; the bytes of one that is not UTF-8 as hexadecimal digits.
fn text_of(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => {
            let bytes = path.as_os_str().as_encoded_bytes().iter();
            let digits = bytes.map(|byte| format!("{byte:02x}"));
            std::iter::once(BYTES.to_owned()).chain(digits).collect()
        }
    }
}

/// The path that [`text_of`] made a text of.
pub(super) fn path_of(text: &str) -> PathBuf {
    #[cfg(unix)]
    if let Some(digits) = text.strip_prefix(BYTES) {
        use std::os::unix::ffi::OsStringExt as _;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        if let Some(bytes) = bytes {
            return std::ffi::OsString::from_vec(bytes).into();
        }
    }
    text.into()
}
