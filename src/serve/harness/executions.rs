//! The executions of an archive, and the logs in them.
//!
//! A log of Harness NextGen has its own key. Every other log is given one, so that any archive can be asked:
//! `archive/pipeline/BUNDLE/1/-ID/PATH`, where ID is made of the bundle's name.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use super::super::archive::Archive;
use super::super::hash::stable_id;
use super::key::{Key, NOBODY, key_of};
use super::times::{Times, times_of};
use crate::identity::Identity;

/// A log.
#[derive(Debug)]
pub(super) struct Log {
    /// Its index in the catalog.
    pub(super) entry: usize,
    /// Account, `/`, and its key: as the platform names what it stores, and the files of a zip.
    pub(super) name: String,
    /// Index of its execution.
    pub(super) execution: usize,
    /// What its key says.
    pub(super) identity: Identity,
    /// It is of another format, so its rows are written as records of Harness.
    pub(super) is_foreign: bool,
}

/// A run of a pipeline.
#[derive(Debug)]
pub(super) struct Execution {
    /// The account.
    pub(super) account: String,
    /// What the key of its first log says: organisation, project, pipeline, run.
    pub(super) identity: Identity,
    /// The plan execution id.
    pub(super) id: String,
    /// The key that those of its logs begin with.
    pub(super) base: String,
    /// Its keys are in the simplified layout.
    pub(super) is_simplified: bool,
    /// Its logs, by index, in the order of their names.
    pub(super) logs: Vec<usize>,
    times: OnceLock<Times>,
}

impl Execution {
    /// The pipeline's identifier.
    pub(super) fn pipeline(&self) -> &str {
        self.identity.pipeline.as_deref().unwrap_or(NOBODY)
    }

    /// The number of the run.
    pub(super) fn run(&self) -> i64 {
        self.identity.run.unwrap_or(1)
    }

    /// The status in the platform's word.
    pub(super) fn status<'a>(&self, archive: &'a Archive) -> &'a str {
        let state = archive.states().of("harness", &self.id);
        state.and_then(|state| state.status.as_deref()).unwrap_or("Success")
    }

    /// When it began and ended, found when it is first asked for.
    pub(super) fn times(&self, archive: &Archive, logs: &[Log]) -> Times {
        *self.times.get_or_init(|| {
            let own = self.logs.iter().map(|log| logs[*log].entry);
            times_of(archive, archive.states().of("harness", &self.id), own)
        })
    }
}

/// All executions and logs.
#[derive(Debug)]
pub(super) struct Executions {
    /// The logs in bytewise order of their names; of several of one name the first of the input.
    pub(super) logs: Vec<Log>,
    /// The executions, in the order of the input.
    pub(super) all: Vec<Execution>,
    /// Indices of executions by id; of several of one id the first.
    by_id: HashMap<String, usize>,
    /// By bundle: how many of its logs are among these; `None` if another bundle has some of the same names.
    whole: Vec<Option<usize>>,
}

impl Executions {
    pub(super) fn of(archive: &Archive) -> Self {
        let catalog = archive.catalog();
        let (mut all, mut by_base, mut logs) = (Vec::new(), HashMap::new(), Vec::new());
        for (entry, listed) in catalog.entries.iter().enumerate() {
            let key = key_of(catalog.bundle_of(listed), &listed.path);
            let is_foreign = key.is_none() && !archive.is_format(entry, "harness");
            let key = key.unwrap_or_else(|| made_up(archive, entry));
            let base = &key.text[..key.base];
            let execution =
                *by_base.entry(format!("{}/{base}", key.account)).or_insert_with(|| {
                    all.push(execution_of(&key, base));
                    all.len() - 1
                });
            let name = format!("{}/{}", key.account, key.text);
            logs.push(Log { entry, name, execution, identity: key.identity, is_foreign });
        }
        let whole = keep_one_of_each(archive, &mut logs);
        for (index, log) in logs.iter().enumerate() {
            let execution: &mut Execution = &mut all[log.execution];
            execution.logs.push(index);
        }
        let mut by_id = HashMap::new();
        for (index, execution) in all.iter().enumerate() {
            by_id.entry(execution.id.clone()).or_insert(index);
        }
        Self { logs, all, by_id, whole }
    }

    /// The logs whose names begin with a prefix, by index.
    pub(super) fn below(&self, prefix: &str) -> Range<usize> {
        let start = self.logs.partition_point(|log| log.name.as_str() < prefix);
        let count = self.logs[start..].partition_point(|log| log.name.starts_with(prefix));
        start..start + count
    }

    /// The zip file that has these logs and no others, if there is one.
    pub(super) fn file_of<'a>(&self, archive: &'a Archive, logs: Range<usize>) -> Option<&'a Path> {
        let catalog = archive.catalog();
        let logs = &self.logs[logs];
        let bundle = catalog.entries[logs.first()?.entry].bundle;
        let is_of_it = |log: &Log| {
            catalog.entries[log.entry].bundle == bundle && catalog.zip_of(log.entry).is_some()
        };
        let is_whole = self.whole[bundle] == Some(logs.len()) && logs.iter().all(is_of_it);
        is_whole.then(|| catalog.zip_of(logs[0].entry)).flatten()
    }

    /// The log of a name.
    pub(super) fn log(&self, name: &str) -> Option<&Log> {
        let index = self.logs.binary_search_by(|log| log.name.as_str().cmp(name)).ok()?;
        self.logs.get(index)
    }

    /// The execution of an id.
    pub(super) fn by_id(&self, id: &str) -> Option<&Execution> {
        self.all.get(*self.by_id.get(id)?)
    }
}

/// Sorts logs by name, and keeps one of each name: that of the bundle with the most logs, since a run that was fetched
/// whole is there beside its steps. Returns what [`Executions::whole`] has.
fn keep_one_of_each(archive: &Archive, logs: &mut Vec<Log>) -> Vec<Option<usize>> {
    let entries = archive.entries();
    let bundle = |log: &Log| entries[log.entry].bundle;
    let mut sizes = vec![0_usize; archive.catalog().bundles.len()];
    logs.iter().for_each(|log| sizes[bundle(log)] += 1);
    // Stable: of equal ones the first of the input stays.
    logs.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| sizes[bundle(b)].cmp(&sizes[bundle(a)])));
    let mut whole = vec![Some(0); sizes.len()];
    logs.dedup_by(|later, first| {
        let is_same = later.name == first.name;
        if is_same && bundle(later) != bundle(first) {
            whole[bundle(later)] = None;
        }
        is_same
    });
    for log in logs {
        if let Some(count) = &mut whole[bundle(log)] {
            *count += 1;
        }
    }
    whole
}

fn execution_of(key: &Key, base: &str) -> Execution {
    let id = key.identity.execution.clone();
    Execution {
        account: key.account.clone(),
        identity: key.identity.clone(),
        // The standard layout has none.
        id: id.unwrap_or_else(|| stable_id(&[&key.account, base])),
        base: base.to_owned(),
        is_simplified: key.is_simplified,
        logs: Vec::new(),
        times: OnceLock::new(),
    }
}

/// The key of a log that has none. What its format knows of it, such as the step, is kept.
fn made_up(archive: &Archive, entry: usize) -> Key {
    let listed = &archive.entries()[entry];
    let execution = stable_id(&[archive.catalog().bundle_of(listed)]);
    let pipeline = archive.bundle_name(entry).to_owned();
    let base = format!("{NOBODY}/pipeline/{pipeline}/1/-{execution}");
    // The folders are the stages, so that a run of many logs can be asked for in parts.
    let (stage, step) = match listed.path.split_once('/') {
        Some((folder, rest)) if !folder.is_empty() => (Some(folder.to_owned()), rest),
        _ => (None, &*listed.path),
    };
    let identity = Identity {
        account: Some(NOBODY.to_owned()),
        pipeline: Some(pipeline),
        run: Some(1),
        execution: Some(execution),
        stage,
        step: Some(step.to_owned()),
        ..Identity::default()
    };
    let text = format!("{base}/{}", listed.path);
    let account = NOBODY.to_owned();
    Key { text, base: base.len(), is_simplified: true, account, identity }
}
