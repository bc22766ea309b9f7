//! Archives whose entries are there once more: in a tree that was extracted from them, whatever its
//! top folder is called, or in another archive.

use std::collections::{HashMap, HashSet};

use super::{Catalog, Place};

/// Members of an archive by which others that hold them are looked for.
const PROBES: usize = 16;

/// Files of the same name and size that are looked at.
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

/// Where the entries of an archive may be once more: bundle, the folder there, and the folder of the
/// archive that it stands for.
type Shift<'a> = (usize, &'a str, &'a str);

/// The entries of all bundles by what is known of them without a look.
pub(super) struct Contents<'a> {
    catalog: &'a Catalog,
    by_bundle: HashMap<usize, Vec<usize>>,
    by_name: HashMap<(&'a str, u64), Vec<usize>>,
    by_path: HashMap<(usize, &'a str), usize>,
    trees: HashSet<usize>,
}

impl<'a> Contents<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let (by_bundle, by_name, by_path) = Default::default();
        let mut contents = Self { catalog, by_bundle, by_name, by_path, trees: HashSet::new() };
        if catalog.bundles.len() < 2 {
            return contents;
        }
        for (index, entry) in catalog.entries.iter().enumerate() {
            if let Place::File(_) | Place::Lines(_) = entry.place {
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
        archives.sort_unstable();
        archives
    }

    pub(super) fn is_tree(&self, bundle: usize) -> bool {
        self.trees.contains(&bundle)
    }

    /// The copy of most entries of an archive in a tree or in an archive before it.
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
        let is_same = 2 * shared.len() > members.len()
            && shared.iter().take(COMPARED).all(|(a, b)| self.begin_alike(*a, *b));
        is_same.then_some(Copy { bundle, folder, entries: shared.len() })
    }

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
            path.clear();
            path.push_str(to);
            path.push_str(rest);
            let other = *self.by_path.get(&(bundle, path.as_str()))?;
            let is_same = self.catalog.bytes_of(member) == self.catalog.bytes_of(other);
            is_same.then_some((member, other))
        };
        members.iter().filter_map(twin).collect()
    }

    fn begin_alike(&self, one: usize, other: usize) -> bool {
        self.catalog.beginning(one) == self.catalog.beginning(other)
    }
}

impl Catalog {
    /// Bytes of an entry before it is decompressed, if it has any and they are known.
    fn bytes_of(&self, entry: usize) -> Option<u64> {
        let entry = &self.entries[entry];
        let bytes = match entry.place {
            Place::File(_) => Some(entry.stored_bytes),
            _ => entry.inflated_bytes,
        };
        bytes.filter(|bytes| *bytes > 0)
    }
}

/// What two paths begin with before the longest end that they share, by whole parts.
fn heads<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let mut shared = 0;
    for (a, b) in one.rsplit('/').zip(other.rsplit('/')) {
        if a != b {
            break;
        }
        shared += a.len() + 1;
    }
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
