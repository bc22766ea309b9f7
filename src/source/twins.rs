//! Warnings of logs that are there twice: an archive beside the tree that was extracted from it,
//! beside another archive of the same logs, or a log beside its compressed copy.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use super::stream::has_compressed_suffix;
use super::{Catalog, Entry, Place};
use crate::error::{Error, Location};

/// Members of an archive by which the folder that it was extracted to is looked for.
const PROBES: usize = 16;

/// Folders with a file of the same name and size that are looked at.
const CANDIDATES: usize = 64;

/// Bytes of two texts that are compared.
const BEGINNING: usize = 16 << 10;

/// What a warning is about.
const TASK: &str = "logs are there twice";

const TWICE: &str = "their rows come twice";

const NAME_ONE: &str = "give one of them as INPUT";

/// Warnings that are given one by one.
const NAMED: usize = 10;

/// Inputs that are compared with each other.
const INPUTS: usize = 64;

/// An entry's path and size.
type Size<'a> = (&'a str, u64);

impl Catalog {
    /// Warns of all logs that are there twice.
    pub(super) fn find_twins(&mut self) {
        let mut found = self.extracted();
        found.append(&mut self.extracted_inputs());
        found.append(&mut self.repacked());
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

    /// Looks again after entries were left out.
    pub(super) fn forget_twins(&mut self) {
        if !self.twins.is_empty() {
            let twins = std::mem::take(&mut self.twins);
            self.warnings.retain(|warning| !twins.contains(&warning.to_string()));
            self.find_twins();
        }
    }

    /// Archives found in a bundle that holds most of their entries as files, too.
    fn extracted(&self) -> Vec<Error> {
        let by_bundle = self.by_bundle();
        let mut files: HashMap<usize, Files<'_>> = HashMap::new();
        let mut found = Vec::new();
        for (archive, (outer, path)) in self.archives() {
            let Some(members) = by_bundle.get(&archive) else { continue };
            let Some(beside) = by_bundle.get(&outer) else { continue };
            let files = files.entry(outer).or_insert_with(|| Files::new(beside));
            if let Some((folder, twice)) = files.extracted(members) {
                let count = entries(twice);
                let (what, hint) = match folder {
                    "" => ("the files beside it", NAME_ONE.to_owned()),
                    _ => (folder, format!("--file '!{folder}**' reads the archive alone")),
                };
                let cause = format!("{path} and {what} hold the same {count}: {TWICE}");
                found.push(self.twice(outer, cause, hint));
            }
        }
        found
    }

    /// Archives and directories among the inputs that hold the same.
    fn extracted_inputs(&self) -> Vec<Error> {
        let by_bundle = self.by_bundle();
        let is_tree = |bundle: &usize| {
            let entry = self.entries.iter().find(|entry| entry.bundle == *bundle);
            entry.is_some_and(|entry| matches!(entry.place, Place::File(_)))
        };
        let found: HashSet<usize> = self.archives().map(|(archive, _)| archive).collect();
        let inputs = (0..self.bundles.len()).filter(|bundle| !found.contains(bundle));
        let (trees, archives): (Vec<usize>, Vec<usize>) =
            inputs.filter(|bundle| by_bundle.contains_key(bundle)).take(INPUTS).partition(is_tree);
        let mut twins = Vec::new();
        for tree in trees.iter().filter(|_| !archives.is_empty()) {
            let files = Files::new(&by_bundle[tree]);
            for archive in &archives {
                let Some((folder, twice)) = files.extracted(&by_bundle[archive]) else { continue };
                let count = entries(twice);
                let folder = Path::new(&self.bundles[*tree].name).join(folder);
                let cause = format!("{} holds the same {count}: {TWICE}", folder.display());
                twins.push(self.twice(*archive, cause, NAME_ONE.to_owned()));
            }
        }
        twins
    }

    /// Archives in one folder whose names differ in their suffixes alone and that hold the same.
    fn repacked(&self) -> Vec<Error> {
        let by_bundle = self.by_bundle();
        let mut by_stem: BTreeMap<(usize, &str), Vec<(usize, &str)>> = BTreeMap::new();
        for (archive, (outer, path)) in self.archives() {
            by_stem.entry((outer, stem(path))).or_default().push((archive, path));
        }
        let mut found = Vec::new();
        for ((outer, _), mut archives) in by_stem {
            archives.sort_by_key(|(_, path)| *path);
            // The same INPUT twice is meant so.
            archives.dedup_by_key(|(_, path)| *path);
            let [(first, first_path), others @ ..] = &archives[..] else { continue };
            let Some(members) = by_bundle.get(first) else { continue };
            for (other, path) in others {
                let same = by_bundle.get(other).is_some_and(|others| is_mostly(members, others));
                if same {
                    let count = entries(members.len());
                    let cause = format!("{first_path} and {path} hold the same {count}: {TWICE}");
                    found.push(self.twice(outer, cause, NAME_ONE.to_owned()));
                }
            }
        }
        found
    }

    /// Logs beside a compressed copy of the same text.
    fn recompressed(&self) -> Vec<Error> {
        let compressed: Vec<usize> = (0..self.entries.len())
            .filter(|&index| has_compressed_suffix(&self.entries[index].path))
            .collect();
        if compressed.is_empty() {
            return Vec::new();
        }
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
        // In their order: a compressed tar file is then read once.
        let both: BTreeSet<usize> = pairs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        let beginnings: HashMap<usize, Option<u64>> =
            both.into_iter().map(|index| (index, self.beginning(index))).collect();
        let is_same = |(a, b, _): &&(usize, usize, &str)| {
            beginnings[a].is_some() && beginnings[a] == beginnings[b]
        };
        let warn = |(_, index, name): &(usize, usize, &str)| {
            let Entry { bundle, path, .. } = &self.entries[*index];
            let cause = format!("{name} and {path} begin with the same text: rows may come twice");
            let hint = format!("--file '!{path}' leaves the compressed one out");
            self.twice(*bundle, cause, hint)
        };
        pairs.iter().filter(is_same).map(warn).collect()
    }

    /// A hash of the text that an entry begins with; `None` if it has none.
    fn beginning(&self, entry: usize) -> Option<u64> {
        if !self.entries[entry].can_be_read_twice() {
            return None;
        }
        let text = self.head(entry, BEGINNING);
        let mut hasher = DefaultHasher::new();
        hasher.write(&text);
        (!text.is_empty()).then(|| hasher.finish())
    }

    fn twice(&self, bundle: usize, cause: String, hint: String) -> Error {
        let location = Location::bundle(&self.bundles[bundle].name);
        Error::new(TASK, location, cause).with_hint(hint)
    }

    /// Bundles that are archives found in another bundle, which that is, and their path in it.
    fn archives(&self) -> impl Iterator<Item = (usize, (usize, &str))> {
        let outer: HashMap<&str, usize> =
            self.bundles.iter().enumerate().map(|(index, b)| (b.name.as_str(), index)).collect();
        self.bundles.iter().enumerate().filter_map(move |(index, bundle)| {
            // Names of files may have the separator in them.
            let mut cuts = bundle.name.match_indices('!').map(|(at, _)| at);
            let at = cuts.rfind(|&at| outer.contains_key(&bundle.name[..at]))?;
            Some((index, (*outer.get(&bundle.name[..at])?, &bundle.name[at + 1..])))
        })
    }

    /// The entries of every bundle that has a size and a text.
    fn by_bundle(&self) -> HashMap<usize, Vec<Size<'_>>> {
        let mut by_bundle: HashMap<usize, Vec<Size<'_>>> = HashMap::new();
        if self.bundles.len() < 2 {
            return by_bundle;
        }
        for entry in &self.entries {
            if let Some(bytes) = entry.inflated_bytes.filter(|bytes| *bytes > 0) {
                by_bundle.entry(entry.bundle).or_default().push((&entry.path, bytes));
            }
        }
        by_bundle
    }
}

/// Warns of inputs that lie inside of others.
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
        let cause = format!("it is in {outer}, which is an INPUT too: its rows come twice");
        found.push(
            Error::new("logs are there twice", location, cause).with_hint("name one of them"),
        );
    }
    found
}

/// The files of a bundle, to look for extracted archives among them.
struct Files<'a> {
    by_name: HashMap<Size<'a>, Vec<&'a str>>,
    all: HashSet<Size<'a>>,
}

impl<'a> Files<'a> {
    fn new(files: &[Size<'a>]) -> Self {
        let mut by_name: HashMap<Size<'a>, Vec<&'a str>> = HashMap::new();
        for &(path, bytes) in files {
            by_name.entry((base_name(path), bytes)).or_default().push(path);
        }
        Self { by_name, all: files.iter().copied().collect() }
    }

    /// The folder that holds most of `members` at their paths, and how many.
    fn extracted(&self, members: &[Size<'_>]) -> Option<(&'a str, usize)> {
        let mut folders: Vec<&str> = Vec::new();
        for (path, bytes) in members.iter().take(PROBES) {
            let candidates = self.by_name.get(&(base_name(path), *bytes)).into_iter().flatten();
            for file in candidates.take(CANDIDATES) {
                let folder = file.strip_suffix(*path);
                let folder = folder.filter(|folder| folder.is_empty() || folder.ends_with('/'));
                if let Some(folder) = folder.filter(|folder| !folders.contains(folder)) {
                    folders.push(folder);
                }
            }
        }
        let counted = folders.into_iter().map(|folder| (folder, self.count(folder, members)));
        counted.max_by_key(|(_, count)| *count).filter(|(_, count)| 2 * count > members.len())
    }

    fn count(&self, folder: &str, members: &[Size<'_>]) -> usize {
        let is_there = |(path, bytes): &&Size<'_>| {
            self.all.contains(&(format!("{folder}{path}").as_str(), *bytes))
        };
        members.iter().filter(is_there).count()
    }
}

fn is_mostly(members: &[Size<'_>], others: &[Size<'_>]) -> bool {
    let all: HashSet<&Size<'_>> = others.iter().collect();
    let same = members.iter().filter(|member| all.contains(member)).count();
    2 * same > members.len().max(others.len())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path without the suffixes of archives.
fn stem(path: &str) -> &str {
    const SUFFIXES: [&str; 11] =
        [".gz", ".zst", ".xz", ".lzma", ".bz2", ".tar", ".zip", ".tgz", ".tbz2", ".txz", ".tzst"];
    let mut stem = path;
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| stem.strip_suffix(suffix)) {
        stem = shorter;
    }
    stem
}

fn entries(count: usize) -> String {
    if count == 1 { "entry".into() } else { format!("{count} entries") }
}
