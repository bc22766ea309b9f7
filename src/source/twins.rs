//! Warnings of logs that are there twice: an archive beside the tree that was extracted from it, beside
//! another archive of the same logs, or a log beside its compressed copy.
//!
//! Nothing is left out on suspicion: rows are only said to be duplicated, with a hint of how to leave
//! one of the two out. `copies` finds archives; compressed copies are found here, by name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use super::copies::{Contents, Copy};
use super::stream::has_compressed_suffix;
use super::{Catalog, Entry};
use crate::error::{Error, Location, Remedy};

/// Bytes of two texts that are compared: enough to tell the logs of two runs apart.
const BEGINNING: usize = 16 << 10;

/// What a warning is about.
const TASK: &str = "duplicate logs";

/// What follows from it.
const TWICE: &str = "their rows are duplicated";

/// The hint for two inputs.
const NAME_ONE: &str = "name only one of them";

/// Warnings that are given one by one; of the others, only how many there are.
const NAMED: usize = 10;

impl Catalog {
    /// Warns of all logs that are there twice, after the look at all entries.
    pub(super) fn find_twins(&mut self) {
        let mut found = self.copies();
        found.append(&mut self.recompressed());
        let more = found.len().saturating_sub(NAMED);
        found.truncate(NAMED);
        if more > 0 {
            let cause = format!("{more} more pairs of files");
            found.push(Error::new(TASK, Location::default(), cause));
        }
        self.twins = found.iter().map(ToString::to_string).collect();
        self.warnings.extend(found);
    }

    /// Looks again after entries were left out: a warning of what is left out would mislead.
    pub(super) fn forget_twins(&mut self) {
        if !self.twins.is_empty() {
            let twins = std::mem::take(&mut self.twins);
            self.warnings.retain(|warning| !twins.contains(&warning.to_string()));
            self.find_twins();
        }
    }

    /// Archives whose entries are there once more.
    fn copies(&self) -> Vec<Error> {
        let contents = Contents::new(self);
        let outer: HashMap<usize, (usize, &str)> = self.found_archives().collect();
        let archives = contents.archives();
        let warn = |archive: usize| {
            let copy = contents.copy_of(archive)?;
            Some(self.copied(archive, &copy, contents.is_tree(copy.bundle), &outer))
        };
        let mut found: Vec<Error> = archives.into_iter().filter_map(warn).collect();
        // An archive may be in the bundle list more than once, as when the same INPUT is given twice.
        let mut said = HashSet::new();
        found.retain(|warning| said.insert(warning.to_string()));
        found
    }

    /// Says what an archive and its copy are: as paths of the bundle that both are in, if there is one,
    /// as then `--file` can leave one out.
    fn copied(
        &self,
        archive: usize,
        copy: &Copy<'_>,
        is_tree: bool,
        outer: &HashMap<usize, (usize, &str)>,
    ) -> Error {
        let Copy { bundle, folder, entries: count } = *copy;
        let count = entries(count);
        if let Some(&(around, path)) = outer.get(&archive) {
            if around == bundle {
                let what = if folder.is_empty() { "the files beside it" } else { folder };
                let cause = format!("{path} and {what} have the same {count}: {TWICE}");
                return match folder {
                    "" => self.twice(around, cause, NAME_ONE),
                    _ => self
                        .twice(around, cause, "leave the folder out")
                        .with_remedy(Remedy::LeaveOut(format!("{folder}**"))),
                };
            }
            if let Some(&(same, other)) = outer.get(&bundle).filter(|(same, _)| *same == around) {
                let (first, second) = (path.min(other), path.max(other));
                let cause = format!("{first} and {second} have the same {count}: {TWICE}");
                return self.twice(same, cause, NAME_ONE);
            }
        }
        let name = &self.bundles[bundle].name;
        let place = match folder {
            "" => name.clone(),
            _ if is_tree => Path::new(name).join(folder).display().to_string(),
            _ => format!("{name}!{folder}"),
        };
        let cause = format!("{place} has the same {count}: {TWICE}");
        self.twice(archive, cause, NAME_ONE)
    }

    /// Logs beside a compressed copy of the same text: `a.log` and `a.log.gz`, in the same folder.
    fn recompressed(&self) -> Vec<Error> {
        let compressed: Vec<usize> = (0..self.entries.len())
            .filter(|&index| has_compressed_suffix(&self.entries[index].path))
            .collect();
        if compressed.is_empty() {
            return Vec::new();
        }
        // After the quick way out: most inputs have no compressed entry.
        let plain: HashMap<(usize, &str), usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| ((entry.bundle, entry.path.as_str()), index))
            .collect();
        let pairs: Vec<(usize, usize, &str)> = compressed
            .into_iter()
            .filter_map(|index| {
                let Entry { bundle, path, .. } = &self.entries[index];
                let (name, _) = path.rsplit_once('.')?;
                Some((*plain.get(&(*bundle, name))?, index, name))
            })
            .collect();
        // In the order of entries: a compressed tar file is then read once.
        let both: BTreeSet<usize> = pairs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        let beginnings: HashMap<usize, Option<u64>> =
            both.into_iter().map(|index| (index, self.beginning(index))).collect();
        let is_same = |(a, b, _): &&(usize, usize, &str)| {
            beginnings[a].is_some() && beginnings[a] == beginnings[b]
        };
        let warn = |(_, index, name): &(usize, usize, &str)| {
            let Entry { bundle, path, .. } = &self.entries[*index];
            let cause =
                format!("{name} and {path} begin with the same text: rows may be duplicated");
            self.twice(*bundle, cause, "leave the compressed one out")
                .with_remedy(Remedy::LeaveOut(path.clone()))
        };
        pairs.iter().filter(is_same).map(warn).collect()
    }

    /// A hash of the text that an entry begins with, without its compression; `None` if it has none or
    /// can be read only once.
    pub(super) fn beginning(&self, entry: usize) -> Option<u64> {
        let text = self.head(entry, BEGINNING);
        let mut hasher = DefaultHasher::new();
        hasher.write(&text);
        (!text.is_empty()).then(|| hasher.finish())
    }

    /// The warning about a bundle.
    fn twice(&self, bundle: usize, cause: String, hint: &str) -> Error {
        let location = Location::bundle(&self.bundles[bundle].name);
        Error::new(TASK, location, cause).with_hint(hint)
    }

    /// Bundles that are archives found in another bundle: their index, that of the other bundle, and
    /// their path in it.
    fn found_archives(&self) -> impl Iterator<Item = (usize, (usize, &str))> {
        let outer: HashMap<&str, usize> =
            self.bundles.iter().enumerate().map(|(index, b)| (b.name.as_str(), index)).collect();
        self.bundles.iter().enumerate().filter_map(move |(index, bundle)| {
            // Names of files may have a `!`, too: what comes before the cut must be the name of a
            // bundle.
            let mut cuts = bundle.name.match_indices('!').map(|(at, _)| at);
            let at = cuts.rfind(|&at| outer.contains_key(&bundle.name[..at]))?;
            Some((index, (*outer.get(&bundle.name[..at])?, &bundle.name[at + 1..])))
        })
    }
}

/// Warns of inputs that lie inside of others, as in `ripsaw logs logs/a.log`. Links are resolved first.
pub(super) fn inside_of_others(inputs: &[PathBuf]) -> Vec<Error> {
    if inputs.len() < 2 {
        return Vec::new();
    }
    let real: Vec<Option<PathBuf>> = inputs.iter().map(|path| path.canonicalize().ok()).collect();
    let mut found = Vec::new();
    for (inner, path) in inputs.iter().zip(&real) {
        let Some(path) = path else { continue };
        let is_outer = |outer: &&PathBuf| {
            *outer != path && outer.is_dir() && path.starts_with(outer.as_path())
        };
        let Some(outer) = real.iter().flatten().find(is_outer) else { continue };
        let outer = real.iter().position(|real| real.as_ref() == Some(outer));
        let outer = outer.map_or(Path::new(""), |index| &inputs[index]).display().to_string();
        let location = Location::bundle(inner.display().to_string());
        let cause =
            format!("it is inside {outer}, which is also an input: its rows are duplicated");
        found
            .push(Error::new("duplicate logs", location, cause).with_hint("name only one of them"));
    }
    found
}

/// A number of entries in words, after `the same`.
fn entries(count: usize) -> String {
    if count == 1 { "entry".into() } else { format!("{count} entries") }
}
