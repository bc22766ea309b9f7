//! The deployments in exports of FirstGen, and the files of each.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use walkdir::WalkDir;

use super::super::archive::Archive;
use super::super::zip::{Content, Parts, Whole, Zip};
use crate::source::members;

/// The folder that all deployments of an export are in.
const EXPORT: &str = "HarnessExecutionsLogs";

/// A folder of an export.
#[derive(Debug)]
pub(super) struct Deployment {
    /// The account, if the name of the export has it.
    account: Option<String>,
    /// The folder's name, which begins with that of the application.
    name: String,
    /// The folder's path in its bundle, with a `/` at the end.
    folder: String,
    /// Its logs in the catalog.
    entries: Vec<usize>,
    /// When it began, in milliseconds since 1970.
    start: i64,
}

/// All deployments, in the order of the input.
pub(super) struct Deployments {
    archive: Arc<Archive>,
    all: Vec<Deployment>,
}

impl Deployments {
    pub(super) fn of(archive: &Arc<Archive>) -> Self {
        let (mut all, mut known) = (Vec::new(), HashMap::new());
        for (entry, listed) in archive.entries().iter().enumerate() {
            let Some(id) = listed.identity.execution.as_deref() else { continue };
            let is_export = archive.is_format(entry, "firstgen");
            let Some(folder) = is_export.then(|| folder_of(&listed.path, id)).flatten() else {
                continue;
            };
            let index = *known.entry((listed.bundle, folder)).or_insert_with(|| {
                let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder);
                all.push(Deployment {
                    account: listed.identity.account.clone(),
                    name: name.to_owned(),
                    folder: folder.to_owned(),
                    entries: Vec::new(),
                    start: time_in(name).unwrap_or(i64::MAX),
                });
                all.len() - 1
            });
            let deployment: &mut Deployment = &mut all[index];
            deployment.entries.push(entry);
            let start = listed.outcome.start.map(|nanos| nanos.div_euclid(1_000_000));
            deployment.start = deployment.start.min(start.unwrap_or(i64::MAX));
        }
        for deployment in &mut all {
            if deployment.start == i64::MAX {
                deployment.start = archive.modified(deployment.entries[0]).unwrap_or_default();
            }
        }
        Self { archive: Arc::clone(archive), all }
    }

    /// The deployments of an account that pass all filters.
    pub(super) fn found(&self, account: &str, filters: &[Value]) -> Vec<&Deployment> {
        let is_own = |deployment: &&Deployment| {
            deployment.account.as_deref().is_none_or(|own| own == account)
                && filters.iter().all(|filter| self.passes(deployment, filter))
        };
        self.all.iter().filter(is_own).collect()
    }

    /// Whether a deployment passes a filter by its application or its start. Others are not known here, and pass.
    fn passes(&self, deployment: &Deployment, filter: &Value) -> bool {
        let application = &filter["application"];
        let names = application["values"].as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        let start = &filter["startTime"];
        let is_in_time = match (start["operator"].as_str(), start["value"].as_i64()) {
            (Some("AFTER"), Some(time)) => deployment.start > time,
            (Some("BEFORE"), Some(time)) => deployment.start < time,
            (Some("EQUALS"), Some(time)) => deployment.start == time,
            _ => true,
        };
        // An export has the applications' names, and no ids: an id is of whatever there is.
        let is_named = |name: &str| self.all.iter().any(|own| is_of(own, name));
        let is_of_application =
            names.is_empty() || names.iter().any(|name| is_of(deployment, name) || !is_named(name));
        is_in_time && is_of_application
    }

    /// The export of some deployments: the file that has just these, or a new one.
    ///
    /// # Errors
    /// Why a file cannot be read.
    pub(super) fn export(&self, deployments: &[&Deployment]) -> std::io::Result<Zip> {
        if let Some(path) = self.whole(deployments) {
            return Whole::of(path).map(Zip::File);
        }
        let mut files = Vec::new();
        let mut archives = HashMap::new();
        for deployment in deployments {
            let catalog = self.archive.catalog();
            let first = deployment.entries[0];
            if let Some(path) = catalog.zip_of(first) {
                // What lies beside the logs in the archive is no entry.
                let all = archives.entry(path).or_insert_with(|| members(path).unwrap_or_default());
                let own = all.iter().filter(|own| own.entry.name.starts_with(&deployment.folder));
                files.extend(own.map(|own| (own.entry.name.clone(), Content::Stored(own.clone()))));
            } else if let Some(folder) = self.directory_of(deployment) {
                files.extend(files_below(&folder, &deployment.name));
            } else {
                files.extend(deployment.entries.iter().map(|entry| self.text(*entry)));
            }
        }
        Parts::of(files.into_iter()).map(Zip::Parts)
    }

    /// The zip file that has these deployments and no others.
    fn whole(&self, deployments: &[&Deployment]) -> Option<&Path> {
        let catalog = self.archive.catalog();
        let path = catalog.zip_of(deployments.first()?.entries[0])?;
        let is_of_it = |deployment: &Deployment| {
            deployment.entries.iter().all(|entry| catalog.zip_of(*entry) == Some(path))
        };
        let all = self.all.iter().filter(|own| catalog.zip_of(own.entries[0]) == Some(path));
        let is_whole =
            deployments.iter().all(|own| is_of_it(own)) && all.count() == deployments.len();
        is_whole.then_some(path)
    }

    /// The folder in the file system that a deployment is.
    fn directory_of(&self, deployment: &Deployment) -> Option<PathBuf> {
        let catalog = self.archive.catalog();
        let entry = deployment.entries[0];
        let file = catalog.file_of(entry)?;
        let below = catalog.entries[entry].path.strip_prefix(&deployment.folder)?;
        let depth = Path::new(below).components().count();
        file.ancestors().nth(depth).map(Path::to_owned)
    }

    /// A log by itself.
    fn text(&self, entry: usize) -> (String, Content) {
        let archive = Arc::clone(&self.archive);
        let open = move || archive.catalog().text(entry);
        (self.archive.entries()[entry].path.clone(), Content::Text(Box::new(open)))
    }
}

/// The files of a deployment on disk, by the names that they have in an export.
fn files_below(folder: &Path, name: &str) -> Vec<(String, Content)> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|file| file.file_type().is_file()).filter_map(|file| {
        let path = file.path().strip_prefix(folder).ok()?.to_string_lossy().replace('\\', "/");
        let file = file.into_path();
        let open = move || Ok(Box::new(File::open(&file)?) as _);
        Some((format!("{EXPORT}/{name}/{path}"), Content::Text(Box::new(open))))
    });
    files.collect()
}

/// The path of an entry up to the folder whose name ends in the id of its execution and four more characters.
fn folder_of<'a>(path: &'a str, id: &str) -> Option<&'a str> {
    let at = path.find(id)?;
    let end = at + path[at..].find('/')?;
    Some(&path[..=end])
}

/// Whether a deployment is of an application.
fn is_of(deployment: &Deployment, application: &str) -> bool {
    deployment.name.strip_prefix(application).is_some_and(|rest| rest.starts_with('_'))
}

/// The time in a folder's name, `_2020-06-05T20-50-58-752_`, in milliseconds since 1970.
fn time_in(name: &str) -> Option<i64> {
    const LENGTH: usize = "2020-06-05T20-50-58-752".len();
    name.match_indices('_').find_map(|(at, _)| {
        let time = name.get(at + 1..at + 1 + LENGTH)?;
        if name.as_bytes().get(at + 1 + LENGTH) != Some(&b'_') || !time.is_ascii() {
            return None;
        }
        let (date, time) = time.split_once('T')?;
        let (clock, millis) = time.rsplit_once('-')?;
        let time: DateTime = format!("{date}T{}.{millis}", clock.replace('-', ":")).parse().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_names() {
        let name = "Shop_Core_Canary_2020-06-05T20-50-58-752_kS3_-vQmR9uXb2LtYw7_cAQx7d";
        assert_eq!(time_in(name), Some(1_591_390_258_752));
        assert_eq!(time_in("Shop_2020-06-05"), None);
        assert_eq!(time_in("Shop_2020-13-05T20-50-58-752_x"), None);
    }

    #[test]
    fn folders_end_in_their_id() {
        assert_eq!(folder_of("E/a_ID1234/b/c.log", "ID"), Some("E/a_ID1234/"));
        assert_eq!(folder_of("c.log", "ID"), None);
    }
}
