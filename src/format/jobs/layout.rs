//! Which files are whole logs, which are steps', and which belong to the same job.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::folders::{Folder, Folders, folders, split};
use super::heads::{HEAD, Heads, is_among};
use super::names::{
    FIRST_STEP, SYSTEM, alike, begins_job, last_part, numbered, of_job, of_step, title,
};
use super::side::first_lines;
use crate::identity::Identity;
use crate::source::{Catalog, FormatId};

/// The files of one job, or of several jobs of one name.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// Entries that are logs of whole jobs.
    pub(super) whole: Vec<usize>,
    /// Entries that are parts of them.
    pub(super) steps: Vec<usize>,
}

impl Job {
    pub(super) fn entries(&self) -> impl Iterator<Item = &usize> {
        self.whole.iter().chain(&self.steps)
    }
}

/// Names the stages and steps of the entries, makes those of one archive one format, and gives the
/// jobs of all archives.
pub(super) fn survey(
    catalog: &mut Catalog,
    own: &[usize],
    [azure, github]: [Option<FormatId>; 2],
) -> Vec<Job> {
    let folders = folders(catalog, own);
    let archives = archives(catalog, &folders);
    let (mut jobs, mut named, mut formats) = (Vec::new(), Vec::new(), Vec::new());
    let is_azure = |entry: &&usize| catalog.entries[**entry].format == azure;
    for archive in &archives {
        let (own_jobs, identities) = archive.jobs(catalog);
        jobs.extend(own_jobs);
        named.extend(identities);
        let all = archive.whole.iter().chain(archive.jobs.iter().flat_map(|(_, steps)| *steps));
        // Old archives of GitHub have the marks of Azure.
        let format = if archive.is_github(catalog) { github } else { azure };
        if all.clone().any(|entry| is_azure(&entry)) {
            formats.extend(all.map(|&entry| (entry, format)));
        }
    }
    for (entry, identity) in named {
        catalog.entries[entry].identity = identity;
    }
    for (entry, format) in formats {
        let entry = &mut catalog.entries[entry];
        if entry.format != format {
            entry.format = format;
            entry.told_by = "the other files of its archive".into();
        }
    }
    jobs
}

/// An archive, or what is left of one.
struct Archive<'a> {
    /// Logs of whole jobs.
    whole: Vec<usize>,
    /// Names of jobs, and the files in their folders.
    jobs: Vec<(Cow<'a, str>, &'a [usize])>,
}

/// Tells folders of jobs from those that archives were unpacked to.
fn archives<'a>(catalog: &'a Catalog, folders: &'a Folders) -> Vec<Archive<'a>> {
    let mut archives: BTreeMap<(usize, &str), Archive<'_>> = BTreeMap::new();
    for (folder, entries) in folders {
        let Folder { bundle, path } = folder;
        let is_job = !is_root(catalog, folders, folder);
        let root = if is_job { split(path).0 } else { path };
        let archive = archives
            .entry((*bundle, root))
            .or_insert_with(|| Archive { whole: Vec::new(), jobs: Vec::new() });
        if is_job {
            let name = if path.is_empty() {
                bundle_title(catalog, *bundle, entries)
            } else {
                last_part(path).into()
            };
            archive.jobs.push((name, entries));
        } else {
            archive.whole.extend(entries);
        }
    }
    archives.into_values().collect()
}

/// The last part of a bundle's name, without what says that it is an archive. Of a file by itself,
/// the folder that it is in.
fn bundle_title<'a>(catalog: &'a Catalog, bundle: usize, entries: &[usize]) -> Cow<'a, str> {
    let name = Path::new(&catalog.bundles[bundle].name);
    let file = is_file_by_itself(catalog, bundle, entries);
    let folder = if file { folder_of_file(name) } else { name };
    let Some(title) = folder.file_name().and_then(|title| title.to_str()) else {
        // `.` and the like.
        let real = fs::canonicalize(folder).unwrap_or_default();
        return real.file_name().unwrap_or_default().to_string_lossy().into_owned().into();
    };
    let suffix = ["zip", "tar", "tgz", "gz", "zst", "xz", "bz2"];
    let cut = |title: &'a str| {
        let (rest, end) = title.rsplit_once('.')?;
        suffix.contains(&end).then_some(rest)
    };
    if file {
        return title.into();
    }
    let plain = cut(title).unwrap_or(title);
    plain.strip_suffix(".tar").unwrap_or(plain).into()
}

/// Whether a bundle is a log file that was named as INPUT.
fn is_file_by_itself(catalog: &Catalog, bundle: usize, entries: &[usize]) -> bool {
    let name = Path::new(&catalog.bundles[bundle].name);
    let is_own = |entry: &&usize| catalog.entries[**entry].bundle == bundle;
    let own = entries.iter().find(is_own).map(|entry| catalog.entries[*entry].path.as_str());
    name.file_name().zip(own).is_some_and(|(name, path)| name == path)
}

/// The folder of a file, as it is written, or else where it is.
fn folder_of_file(file: &Path) -> &Path {
    let folder = file.parent().unwrap_or(file);
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Names in a folder that are looked at.
const MAX_NAMES: usize = 4096;

/// Whether the folder that a file is in is that of a job: by what else is in it, or by the log of a
/// whole job of its name beside it.
fn is_in_folder_of_job(file: &Path) -> bool {
    let folder = fs::canonicalize(folder_of_file(file)).unwrap_or_default();
    let names = |folder: PathBuf| {
        let found = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_NAMES);
        found.filter_map(|found| found.file_name().into_string().ok())
    };
    let stage = alike(&folder.file_name().unwrap_or_default().to_string_lossy());
    let is_whole = |name: String| {
        let (_, name) = split(&name);
        numbered(name).is_some_and(|(_, title)| alike(title) == stage)
    };
    let beside = folder.parent().map(|parent| names(parent.to_owned()));
    let is_certain = |name: String| begins_job(split(&name).1);
    names(folder).any(is_certain) || beside.into_iter().flatten().any(is_whole)
}

/// Whether the files in a folder are logs of whole jobs.
fn is_root(catalog: &Catalog, folders: &Folders, folder: &Folder) -> bool {
    let own = &folders[folder];
    let Folder { bundle, path } = folder;
    let names = || own.iter().map(|&entry| split(&catalog.entries[entry].path).1);
    let has_jobs = folders.keys().any(|Folder { bundle: other, path: below }| {
        other == bundle && !below.is_empty() && below != path && split(below).0 == path
    });
    if names().any(begins_job) {
        return has_jobs;
    }
    if path.is_empty() && !has_jobs && is_file_by_itself(catalog, *bundle, own) {
        let is_counted_from_1 = names().any(|name| numbered(name).is_some_and(|(n, _)| n > 0));
        return !(is_counted_from_1
            && is_in_folder_of_job(Path::new(&catalog.bundles[*bundle].name)));
    }
    if path.is_empty() || has_jobs {
        return true;
    }
    let above = Folder { bundle: *bundle, path: split(path).0.to_owned() };
    let whole = folders.get(&above).into_iter().flatten();
    let mut titles = whole.map(|&entry| title(split(&catalog.entries[entry].path).1));
    if titles.any(|title| alike(title) == alike(last_part(path))) {
        return false;
    }
    // GitHub names its archives so, and counts jobs from 0 and steps from 1.
    let digits = last_part(path).strip_prefix("logs_").unwrap_or_default();
    let is_archive = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_archive
        || names().any(|name| numbered(name).is_some_and(|(number, _)| number <= 0))
        || own.iter().any(|&entry| has_sections_within(&catalog.head(entry, 4 << 10)))
}

/// Whether sections begin within another, as in the log of a whole job of Azure's.
fn has_sections_within(head: &[u8]) -> bool {
    let mut open = 0;
    for line in head.split(|&byte| byte == b'\n') {
        let text = line.get(super::STAMP..).unwrap_or_default();
        if text.starts_with(b"##[section]Starting: ") {
            open += 1;
        } else if text.starts_with(b"##[section]Finishing: ") {
            open -= 1;
        }
        if open == 2 {
            return true;
        }
    }
    false
}

impl Archive<'_> {
    /// GitHub counts jobs from 0, in old archives from below it, and Azure from 1; only GitHub has
    /// the service's own log.
    fn is_github(&self, catalog: &Catalog) -> bool {
        let name = |entry: &usize| split(&catalog.entries[*entry].path).1;
        let mut numbers = self.whole.iter().filter_map(|entry| numbered(name(entry)));
        let mut steps = self.jobs.iter().flat_map(|(_, steps)| *steps).map(name);
        numbers.any(|(number, _)| number <= 0)
            || steps.any(|name| name == SYSTEM || numbered(name) == Some((1, FIRST_STEP)))
    }

    /// The jobs, and what entries are called.
    fn jobs(&self, catalog: &Catalog) -> (Vec<Job>, Vec<(usize, Identity)>) {
        let mut jobs: Vec<Job> = self
            .jobs
            .iter()
            .map(|(_, steps)| Job { steps: steps.to_vec(), ..Job::default() })
            .collect();
        let mut named = Vec::new();
        for (name, steps) in &self.jobs {
            let of_step =
                |&entry: &usize| (entry, of_step(name, split(&catalog.entries[entry].path).1));
            named.extend(steps.iter().map(of_step));
        }
        let mut heads = Heads::new(self.jobs.len());
        for &whole in &self.whole {
            let title = title(split(&catalog.entries[whole].path).1);
            let place = self
                .folder_of(title)
                .or_else(|| self.folder_by_text(whole, catalog, &mut heads))
                .or_else(|| self.folder_by_prefix(title));
            let stage = match place {
                Some(place) => {
                    jobs[place].whole.push(whole);
                    &*self.jobs[place].0
                }
                None => title,
            };
            named.push((whole, of_job(stage)));
        }
        (jobs, named)
    }

    /// The only folder of which this is true.
    fn only(&self, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let mut places = (0..self.jobs.len()).filter(|&place| is_it(&self.jobs[place].0));
        places.next().filter(|_| places.next().is_none())
    }

    /// The folder of this name, or the only one of a name that is alike.
    fn folder_of(&self, title: &str) -> Option<usize> {
        let exact = self.jobs.iter().position(|(name, _)| name == title);
        exact.or_else(|| self.only(|name| alike(name) == alike(title)))
    }

    /// The only folder of a name that was cut, or is not cut where the file's is.
    fn folder_by_prefix(&self, title: &str) -> Option<usize> {
        const LEAST: usize = 8;
        let title = alike(title);
        let begins = |long: &str, short: &str| short.len() >= LEAST && long.starts_with(short);
        self.only(|name| begins(&title, &alike(name)) || begins(&alike(name), &title))
    }

    /// The folder whose steps have the first lines of a whole log, whatever it is called.
    fn folder_by_text(&self, whole: usize, catalog: &Catalog, heads: &mut Heads) -> Option<usize> {
        let own = first_lines(catalog, whole, &heads.digests, HEAD);
        let shared = |place: usize| {
            let steps = heads.of(place, self.jobs[place].1, catalog);
            own.iter().filter(|line| is_among(line, steps)).count()
        };
        let (most, place) = (0..self.jobs.len()).map(shared).zip(0..).max()?;
        (most > 0 && 2 * most >= own.len()).then_some(place)
    }
}
