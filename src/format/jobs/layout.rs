//! Which files are logs of whole jobs, which are logs of steps, and which belong to the same job.
//!
//! An archive is `0_build.txt` beside a folder `build` with the files of its steps. It may be unpacked in
//! other folders, be incomplete, or have names that were cut or cleaned differently, so that a folder has
//! to be recognised by what is in it and beside it.

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

/// The files of one job, or of several jobs of one name, which share a folder.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// Entries that are logs of whole jobs.
    pub(super) whole: Vec<usize>,
    /// Entries that are parts of them.
    pub(super) steps: Vec<usize>,
}

impl Job {
    /// The whole logs, then the steps.
    pub(super) fn entries(&self) -> impl Iterator<Item = &usize> {
        self.whole.iter().chain(&self.steps)
    }
}

/// Names the stages and steps of the entries, gives all entries of one archive one format, and returns the
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
        // Changes to the catalog wait, because the archives refer to it.
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
        catalog.entries[entry].identity = identity.shared();
    }
    for (entry, format) in formats {
        let entry = &mut catalog.entries[entry];
        if entry.format != format {
            entry.format = format;
            entry.detected_by = "the other files of its archive".into();
        }
    }
    jobs
}

/// An archive, or what is left of one. Its outermost folder may be any folder of a bundle.
struct Archive<'a> {
    /// Logs of whole jobs.
    whole: Vec<usize>,
    /// Names of jobs, and the entries in their folders.
    jobs: Vec<(Cow<'a, str>, &'a [usize])>,
}

/// Separates folders of jobs from folders that archives were unpacked to, and puts each job's folder into
/// the archive whose outermost folder is directly above it.
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
            // With an empty path, the INPUT is itself the folder of a job.
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

/// The job's name if a bundle is the folder of a job: its last part without the suffixes of an archive. For
/// a file by itself, the name of the folder on disk that it is in.
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

/// Whether a bundle is a single log file that was named as INPUT.
fn is_file_by_itself(catalog: &Catalog, bundle: usize, entries: &[usize]) -> bool {
    let name = Path::new(&catalog.bundles[bundle].name);
    let is_own = |entry: &&usize| catalog.entries[**entry].bundle == bundle;
    let own = entries.iter().find(is_own).map(|entry| catalog.entries[*entry].path.as_str());
    name.file_name().zip(own).is_some_and(|(name, path)| name == path)
}

/// The folder of a file as the user wrote it; `.` if it has none.
fn folder_of_file(file: &Path) -> &Path {
    let folder = file.parent().unwrap_or(file);
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Names in a folder on disk that are read at most.
const MAX_NAMES: usize = 4096;

/// Whether a file on disk is in the folder of a job: by what else is in the folder, or by the log of a whole
/// job of the folder's name beside it. Looks at files that are not INPUTs, but only at their names.
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

/// Whether the files in a folder are logs of whole jobs, and so the folder is an archive's outermost one;
/// if not, it is the folder of a job. Certain evidence is tried first.
fn is_root(catalog: &Catalog, folders: &Folders, folder: &Folder) -> bool {
    let own = &folders[folder];
    let Folder { bundle, path } = folder;
    let names = || own.iter().map(|&entry| split(&catalog.entries[entry].path).1);
    let has_jobs = folders.keys().any(|Folder { bundle: other, path: below }| {
        other == bundle && !below.is_empty() && below != path && split(below).0 == path
    });
    // A job's own folder has no folders of jobs below it.
    if names().any(begins_job) {
        return has_jobs;
    }
    if path.is_empty() && !has_jobs && is_file_by_itself(catalog, *bundle, own) {
        // Steps are numbered from 1; numbers from 0 are whole logs on GitHub.
        let is_counted_from_1 = names().any(|name| numbered(name).is_some_and(|(n, _)| n > 0));
        return !(is_counted_from_1
            && is_in_folder_of_job(Path::new(&catalog.bundles[*bundle].name)));
    }
    // The outermost folder of a bundle without any evidence is an archive.
    if path.is_empty() || has_jobs {
        return true;
    }
    // A whole log of the folder's name in the folder above it.
    let above = Folder { bundle: *bundle, path: split(path).0.to_owned() };
    let whole = folders.get(&above).into_iter().flatten();
    let mut titles = whole.map(|&entry| title(split(&catalog.entries[entry].path).1));
    if titles.any(|title| alike(title) == alike(last_part(path))) {
        return false;
    }
    // GitHub names its archives `logs_<digits>`, and counts jobs from 0 and steps from 1.
    let digits = last_part(path).strip_prefix("logs_").unwrap_or_default();
    let is_archive = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_archive
        || names().any(|name| numbered(name).is_some_and(|(number, _)| number <= 0))
        || own.iter().any(|&entry| has_sections_within(&catalog.head(entry, 4 << 10)))
}

/// Whether a section begins within another one, as in the log of a whole job on Azure. A step's log has at
/// most one at a time.
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
    /// Whether the archive is GitHub's: it counts jobs from 0, in old archives from below it, and Azure from
    /// 1; only GitHub has the service's own log.
    fn is_github(&self, catalog: &Catalog) -> bool {
        let name = |entry: &usize| split(&catalog.entries[*entry].path).1;
        let mut numbers = self.whole.iter().filter_map(|entry| numbered(name(entry)));
        let mut steps = self.jobs.iter().flat_map(|(_, steps)| *steps).map(name);
        numbers.any(|(number, _)| number <= 0)
            || steps.any(|name| name == SYSTEM || numbered(name) == Some((1, FIRST_STEP)))
    }

    /// The jobs, one per folder, and the identities of all entries. A whole log without a folder is named by
    /// itself and belongs to no job.
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
            // From the surest to the weakest evidence.
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

    /// The only folder whose name fits; `None` if none or several do.
    fn only(&self, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let mut places = (0..self.jobs.len()).filter(|&place| is_it(&self.jobs[place].0));
        places.next().filter(|_| places.next().is_none())
    }

    /// The folder of this name, or the only one with a name of the same letters and digits.
    fn folder_of(&self, title: &str) -> Option<usize> {
        let exact = self.jobs.iter().position(|(name, _)| name == title);
        exact.or_else(|| self.only(|name| alike(name) == alike(title)))
    }

    /// The only folder whose name is a prefix of the file's name, or the other way round: services cut long
    /// names. A prefix needs at least `LEAST` letters and digits.
    fn folder_by_prefix(&self, title: &str) -> Option<usize> {
        const LEAST: usize = 8;
        let title = alike(title);
        let begins = |long: &str, short: &str| short.len() >= LEAST && long.starts_with(short);
        self.only(|name| begins(&title, &alike(name)) || begins(&alike(name), &title))
    }

    /// The folder whose steps have at least half of the first lines of a whole log, whatever its name.
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
