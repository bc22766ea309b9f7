//! Archives whose entries are there once more: in a tree that was extracted from them, whatever its top
//! folder is called, or in another archive.
//!
//! Names and sizes find the candidates, without reading anything; only then the beginnings of a few
//! texts are compared. `twins` makes warnings of what is found.

use std::collections::{HashMap, HashSet};

use super::{Catalog, Place};

/// Members of an archive, its first ones, that are looked up by name and size.
const PROBES: usize = 16;

/// Files of the same name and size that are looked at for each: a tree may have thousands of an
/// `index.log`.
const CANDIDATES: usize = 64;

/// Entries whose beginnings are compared: those of other runs have the same names, perhaps the same
/// sizes, but never the same text.
const COMPARED: usize = 3;

/// A copy of most entries of an archive.
pub(super) struct Copy<'a> {
    /// The bundle that the copy is in.
    pub(super) bundle: usize,
    /// The folder that it is in, with its `/`; empty for the outermost.
    pub(super) folder: &'a str,
    /// How many entries there are in both.
    pub(super) entries: usize,
}

/// How paths of an archive become those of its copy: the bundle of the copy, the folder there, and the
/// folder in the archive that it replaces. For `logs/a.log` and `x/y/a.log`: `x/y/` for `logs/`.
type Shift<'a> = (usize, &'a str, &'a str);

/// The entries of all bundles by what is known of them without a look.
pub(super) struct Contents<'a> {
    catalog: &'a Catalog,
    /// Entries of each bundle; here and below only those of a known size above 0.
    by_bundle: HashMap<usize, Vec<usize>>,
    /// By the last part of the path and the size in bytes.
    by_name: HashMap<(&'a str, u64), Vec<usize>>,
    /// By bundle and path.
    by_path: HashMap<(usize, &'a str), usize>,
    /// Bundles of plain files, rather than archives.
    trees: HashSet<usize>,
}

impl<'a> Contents<'a> {
    /// Sorts the entries of a catalog. Empty if there is one bundle, which has nothing to compare with.
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let (by_bundle, by_name, by_path) = Default::default();
        let mut contents = Self { catalog, by_bundle, by_name, by_path, trees: HashSet::new() };
        if catalog.bundles.len() < 2 {
            return contents;
        }
        for (index, entry) in catalog.entries.iter().enumerate() {
            if let Place::File(_) | Place::Lines(_) | Place::Written(_) = entry.place {
                contents.trees.insert(entry.bundle);
            }
            let Some(bytes) = catalog.bytes_of(index) else { continue };
            contents.by_bundle.entry(entry.bundle).or_default().push(index);
            contents.by_name.entry((base_name(&entry.path), bytes)).or_default().push(index);
            contents.by_path.insert((entry.bundle, &entry.path), index);
        }
        contents
    }

    /// The archives that have entries.
    pub(super) fn archives(&self) -> Vec<usize> {
        let is_archive = |bundle: &&usize| !self.trees.contains(bundle);
        let mut archives: Vec<usize> = self.by_bundle.keys().filter(is_archive).copied().collect();
        // The order of a map is random; warnings must come in the same order each time.
        archives.sort_unstable();
        archives
    }

    /// Whether a bundle is a folder or file, rather than an archive.
    pub(super) fn is_tree(&self, bundle: usize) -> bool {
        self.trees.contains(&bundle)
    }

    /// The copy of most entries of an archive in a tree, or in an archive that comes before it: of
    /// two archives the later one is reported, so that each pair is found once. Best is the copy
    /// with the most entries, then the earliest bundle.
    pub(super) fn copy_of(&self, archive: usize) -> Option<Copy<'a>> {
        let members = self.by_bundle.get(&archive)?;
        let mut shifts: Vec<Shift<'_>> = Vec::new();
        for &member in members.iter().take(PROBES) {
            let entry = &self.catalog.entries[member];
            let bytes = self.catalog.bytes_of(member)?;
            let found = self.by_name.get(&(base_name(&entry.path), bytes)).into_iter().flatten();
            for &other in found.take(CANDIDATES) {
                let bundle = self.catalog.entries[other].bundle;
                if !self.may_be_copy(archive, bundle) {
                    continue;
                }
                let (from, to) = heads(&entry.path, &self.catalog.entries[other].path);
                if !shifts.contains(&(bundle, to, from)) {
                    shifts.push((bundle, to, from));
                }
            }
        }
        let counted = shifts.into_iter().map(|shift| (self.shared(members, shift), shift));
        let (shared, (bundle, folder, _)) =
            counted.max_by_key(|(shared, shift)| (shared.len(), usize::MAX - shift.0))?;
        // More than half at the same paths: a few files of the same name and size are in many bundles.
        let is_same = 2 * shared.len() > members.len()
            && shared.iter().take(COMPARED).all(|(a, b)| self.begin_alike(*a, *b));
        is_same.then_some(Copy { bundle, folder, entries: shared.len() })
    }

    /// Whether the entries of another bundle count as copies of those of an archive.
    fn may_be_copy(&self, archive: usize, other: usize) -> bool {
        // The same INPUT twice is meant so.
        let name = |bundle: usize| &self.catalog.bundles[bundle].name;
        name(archive) != name(other) && (self.is_tree(other) || other < archive)
    }

    /// The members that are there at their shifted paths, and the entries there.
    fn shared(&self, members: &[usize], (bundle, to, from): Shift<'_>) -> Vec<(usize, usize)> {
        let mut path = String::new();
        let twin = |&member: &usize| {
            let rest = self.catalog.entries[member].path.strip_prefix(from)?;
            // One buffer for all paths: this runs for each member and each shift.
            path.clear();
            path.push_str(to);
            path.push_str(rest);
            let other = *self.by_path.get(&(bundle, path.as_str()))?;
            let is_same = self.catalog.bytes_of(member) == self.catalog.bytes_of(other);
            is_same.then_some((member, other))
        };
        members.iter().filter_map(twin).collect()
    }

    /// Whether two entries begin with the same text; also if both cannot be read.
    fn begin_alike(&self, one: usize, other: usize) -> bool {
        self.catalog.beginning(one) == self.catalog.beginning(other)
    }
}

impl Catalog {
    /// Bytes of an entry as they would be in an extracted tree, if it has any and their number is
    /// known: a `.gz` file counts as it is, whether in an archive or beside it.
    fn bytes_of(&self, entry: usize) -> Option<u64> {
        let entry = &self.entries[entry];
        let bytes = match entry.place {
            Place::File(_) => Some(entry.stored_bytes),
            _ => entry.inflated_bytes,
        };
        bytes.filter(|bytes| *bytes > 0)
    }
}

/// What two paths begin with before the longest end that they share, by whole parts: of `a/b/c` and
/// `x/b/c`, `a/` and `x/`.
fn heads<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let mut shared = 0;
    for (a, b) in one.rsplit('/').zip(other.rsplit('/')) {
        if a != b {
            break;
        }
        shared += a.len() + 1;
    }
    // `shared` counts a slash before each part, and the first part has none: hence the 1.
    let head = |path: &'a str| &path[..(path.len() + 1).saturating_sub(shared)];
    (head(one), head(other))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::heads;

    #[test]
    fn heads_are_folders() {
        for (one, other, expected) in [
            ("a/b/c", "x/b/c", ("a/", "x/")),
            ("b/c", "x/b/c", ("", "x/")),
            ("b/c", "b/c", ("", "")),
            ("xb/c", "yb/c", ("xb/", "yb/")),
            ("c", "c", ("", "")),
        ] {
            assert_eq!(heads(one, other), expected);
        }
    }
}
