//! What `ripsaw fetch` noted of the runs whose logs it wrote: one JSON object each in `.ripsaw/fetch/` beside
//! them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::source::Catalog;

/// No note is as large.
const LARGEST: u64 = 1 << 20;

/// How a run ended, as its platform said. Members that are not known yet are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct State {
    /// Such as `harness` or `apify`.
    platform: String,
    /// The execution, run or build.
    id: String,
    /// In the platform's own word, such as `Failed`.
    #[serde(default)]
    pub(super) status: Option<String>,
    /// When it began, in RFC 3339.
    #[serde(default)]
    started_at: Option<String>,
    /// When it ended, in RFC 3339.
    #[serde(default)]
    ended_at: Option<String>,
    /// The id of the actor whose run it is.
    #[serde(default)]
    pub(super) actor: Option<String>,
}

impl State {
    /// When it began.
    pub(super) fn start(&self) -> Option<Timestamp> {
        self.started_at.as_deref()?.parse().ok()
    }

    /// When it ended.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.ended_at.as_deref()?.parse().ok()
    }
}

/// All notes, by platform and id.
#[derive(Debug, Default)]
pub(super) struct States(HashMap<(String, String), State>);

impl States {
    /// Reads the notes beside the files of a catalog. One that is damaged counts as none: it only adds to what
    /// the logs say.
    pub(super) fn beside(catalog: &Catalog) -> Self {
        let mut folders = BTreeSet::new();
        for home in (0..catalog.entries.len()).filter_map(|entry| catalog.home_of(entry)) {
            folders.extend(home.directory.map(Path::to_owned));
            folders.extend(home.path.parent().map(Path::to_owned));
        }
        let notes = folders.iter().flat_map(|folder| notes_in(folder));
        let states = notes.filter_map(|note| {
            let is_small = note.metadata().is_ok_and(|about| about.len() <= LARGEST);
            let text = is_small.then(|| fs::read(&note).ok()).flatten()?;
            serde_json::from_slice::<State>(&text).ok()
        });
        Self(states.map(|state| ((state.platform.clone(), state.id.clone()), state)).collect())
    }

    /// What is noted of a run.
    pub(super) fn of(&self, platform: &str, id: &str) -> Option<&State> {
        self.0.get(&(platform.to_owned(), id.to_owned()))
    }
}

/// The files that may be notes, in the order of their names.
fn notes_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder.join(".ripsaw").join("fetch")) else { return Vec::new() };
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    let mut notes: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .collect();
    notes.sort();
    notes
}
