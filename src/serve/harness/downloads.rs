//! Downloads: a zip of all logs below a prefix, which is asked for, made, and then fetched by a link.
//!
//! As on the platform a download is remembered by its exact prefix, and begins anew when its link has expired or it
//! has failed.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use super::super::archive::Archive;
use super::super::hash::SecretIds;
use super::super::zip::{Content, Parts, Whole, Zip};
use super::content;
use super::executions::{Executions, Log};
use crate::source::Stored;

/// How long a link is good for.
const GOOD_FOR: Duration = Duration::from_secs(48 * 60 * 60);
/// Downloads that are remembered; those with the oldest links are forgotten first.
const REMEMBERED: usize = 10_000;

/// How far a download is.
#[derive(Clone)]
pub(super) enum Progress {
    /// It is being made.
    Working,
    /// It can be fetched.
    Done(Arc<Zip>),
    /// A log cannot be read.
    Failed,
}

/// A download that was asked for.
#[derive(Clone)]
pub(super) struct Download {
    /// The secret part of its link.
    pub(super) id: String,
    /// When the link expires.
    pub(super) expires: SystemTime,
    /// How far it is.
    pub(super) progress: Progress,
}

/// What to do next of a download.
struct Task {
    prefix: String,
    id: String,
    logs: Range<usize>,
}

/// The downloads that were asked for.
#[derive(Default)]
struct Known {
    /// By account and prefix.
    all: HashMap<String, Download>,
    /// Prefixes by the secret part of the link.
    by_id: HashMap<String, String>,
}

/// All downloads, and a thread that reads logs for them.
pub(super) struct Downloads {
    archive: Arc<Archive>,
    executions: Arc<Executions>,
    ids: SecretIds,
    known: Arc<Mutex<Known>>,
    tasks: Sender<Task>,
}

impl Downloads {
    pub(super) fn new(archive: &Arc<Archive>, executions: &Arc<Executions>) -> Self {
        let known = Arc::<Mutex<Known>>::default();
        let (tasks, received) = channel::<Task>();
        let worker = {
            let (archive, executions) = (Arc::clone(archive), Arc::clone(executions));
            let known = Arc::clone(&known);
            move || {
                for Task { prefix, id, logs } in received {
                    finish(&known, &prefix, &id, zip_of(&archive, &executions.logs[logs]));
                }
            }
        };
        // Without the thread no task is taken, so that `start` finds the channel closed.
        let _ = thread::Builder::new().name("zip".into()).spawn(worker);
        let (archive, executions) = (Arc::clone(archive), Arc::clone(executions));
        Self { archive, executions, ids: SecretIds::default(), known, tasks }
    }

    /// The download of a prefix, if it was asked for before and has not expired. One that has failed is
    /// forgotten.
    pub(super) fn known(&self, prefix: &str) -> Option<Download> {
        let mut known = lock(&self.known);
        let download = known.all.get(prefix)?.clone();
        let is_expired = download.expires <= SystemTime::now();
        if is_expired || matches!(download.progress, Progress::Failed) {
            known.forget(prefix);
        }
        (!is_expired).then_some(download)
    }

    /// Begins a download of some logs.
    pub(super) fn start(&self, prefix: &str, logs: Range<usize>) -> Download {
        let expires = SystemTime::now() + GOOD_FOR;
        let download = Download { id: self.ids.make(), expires, progress: Progress::Working };
        lock(&self.known).remember(prefix, download.clone());
        let own = &self.executions.logs[logs.clone()];
        let made = match self.executions.file_of(&self.archive, logs.clone()) {
            Some(file) => Some(Whole::of(file).map(Zip::File)),
            // Nothing is read for it, so there is no reason to wait for the thread.
            None if own.iter().all(|log| stored(&self.archive, log).is_some()) => {
                Some(zip_of(&self.archive, own))
            }
            None => {
                let (prefix, id) = (prefix.to_owned(), download.id.clone());
                let is_sent = self.tasks.send(Task { prefix, id, logs }).is_ok();
                (!is_sent).then(|| Err(io::Error::other("there is no thread to read logs")))
            }
        };
        if let Some(made) = made {
            finish(&self.known, prefix, &download.id, made);
        }
        download
    }

    /// The zip that a link is of, by its secret part.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Zip>> {
        let known = lock(&self.known);
        let download = known.all.get(known.by_id.get(id)?)?;
        match &download.progress {
            Progress::Done(zip) if download.expires > SystemTime::now() => Some(Arc::clone(zip)),
            _ => None,
        }
    }
}

/// Lays out a zip of logs.
fn zip_of(archive: &Arc<Archive>, logs: &[Log]) -> io::Result<Zip> {
    let members = logs.iter().map(|log| {
        let content = stored(archive, log)
            .map_or_else(|| Content::Text(content::opener(archive, log)), Content::Stored);
        (log.name.clone(), content)
    });
    Parts::of(members).map(Zip::Parts)
}

/// A log's data as its archive stores it, unless its rows are written in another way.
fn stored(archive: &Archive, log: &Log) -> Option<Stored> {
    (!log.is_foreign).then(|| archive.catalog().stored(log.entry)).flatten()
}

impl Known {
    fn remember(&mut self, prefix: &str, download: Download) {
        self.forget(prefix);
        if self.all.len() >= REMEMBERED {
            let oldest = self.all.iter().min_by_key(|(_, download)| download.expires);
            if let Some(oldest) = oldest.map(|(prefix, _)| prefix.clone()) {
                self.forget(&oldest);
            }
        }
        self.by_id.insert(download.id.clone(), prefix.to_owned());
        self.all.insert(prefix.to_owned(), download);
    }

    fn forget(&mut self, prefix: &str) {
        if let Some(download) = self.all.remove(prefix) {
            self.by_id.remove(&download.id);
        }
    }
}

/// Notes how a download ended, unless it was forgotten meanwhile.
fn finish(known: &Mutex<Known>, prefix: &str, id: &str, made: io::Result<Zip>) {
    let progress = made.map_or(Progress::Failed, |zip| Progress::Done(Arc::new(zip)));
    if let Some(download) = lock(known).all.get_mut(prefix).filter(|download| download.id == id) {
        download.progress = progress;
    }
}

/// A panic elsewhere cannot leave the two maps inconsistent in a way that matters.
fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
