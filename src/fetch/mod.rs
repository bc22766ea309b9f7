//! Logs from the platforms that made them: Harness NextGen and FirstGen, Apify, deepset.
//!
//! [`run`] lists what is wanted and fetches it, several items at a time. What is complete gets its name in the
//! output directory; what is known of each item is in `.ripsaw/fetch` there, so that a run that has ended is
//! fetched once, and a download that broke off is continued.

mod stop;
mod secret;
mod address;
mod pace;
mod event;
mod agent;
mod exchange;
mod client;
mod name;
mod state;
mod verify;
mod context;
mod item;
mod download;
mod archive;
pub mod harness;
pub mod firstgen;
pub mod apify;
pub mod deepset;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

pub use address::Address;
pub use agent::Connection;
use client::Client;
use context::Context;
pub use event::{Event, Fetched, Planned, Summary, Transferred};
use item::{Item, Platform};
pub use secret::Secret;
use state::Store;
use stop::Stop;

/// What is fetched.
#[derive(Debug)]
pub enum Source {
    /// Executions of Harness NextGen.
    Harness(harness::Harness),
    /// Exports of Harness FirstGen.
    FirstGen(firstgen::FirstGen),
    /// Logs of Apify.
    Apify(apify::Apify),
    /// Logs of deepset's pipelines.
    Deepset(deepset::Deepset),
}

/// How it is fetched.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// The directory that the logs go to.
    pub out: PathBuf,
    /// How many items are fetched at a time.
    pub jobs: usize,
    /// How servers are talked to.
    pub connection: Connection,
    /// The API key or token; `None` asks without.
    pub secret: Option<Secret>,
    /// The environment variable that the secret is expected in, for hints.
    pub secret_name: &'static str,
    /// How long to wait for a platform to prepare a download, and the longest pause it may ask for.
    pub wait: Duration,
    /// Fetch also what is there already.
    pub force: bool,
    /// Ask the platform to prepare downloads anew.
    pub refresh: bool,
    /// Fetch also runs that have not ended.
    pub allow_running: bool,
    /// Only list what would be fetched.
    pub dry_run: bool,
}

/// Fetches what a source has. `is_stopped` is asked several times a second; `observe` is given all events.
/// An item that fails is an event and counted; the others are fetched all the same.
///
/// # Errors
/// Items cannot be listed, the output directory cannot be used, or interrupted.
pub fn run(
    source: Source,
    options: &FetchOptions,
    is_stopped: &dyn Fn() -> bool,
    observe: &mut dyn FnMut(Event),
) -> Result<Summary> {
    match source {
        Source::Harness(platform) => fetch(platform, options, is_stopped, observe),
        Source::FirstGen(platform) => fetch(platform, options, is_stopped, observe),
        Source::Apify(platform) => fetch(platform, options, is_stopped, observe),
        Source::Deepset(platform) => fetch(platform, options, is_stopped, observe),
    }
}

/// An item's id, and its files.
type Answer = (String, Result<Vec<Fetched>>);

/// The run of one platform.
struct Run<P: Platform> {
    platform: P,
    context: Context,
    /// Items, once they are listed.
    items: Vec<Item<P::Detail>>,
    /// The next item that no worker has taken.
    next: AtomicUsize,
}

fn fetch<P: Platform>(
    platform: P,
    options: &FetchOptions,
    is_stopped: &dyn Fn() -> bool,
    observe: &mut dyn FnMut(Event),
) -> Result<Summary> {
    let (events, received) = channel();
    let secret = (options.secret.clone(), options.secret_name);
    let context = Context {
        client: Client::new(&options.connection, options.wait, secret, events)?,
        store: Store::open(&options.out, platform.name(), options.dry_run)?,
        wait: options.wait,
        timeout: options.connection.timeout,
        force: options.force,
        refresh: options.refresh,
        allow_running: options.allow_running,
        received: AtomicU64::new(0),
        expected: AtomicU64::new(0),
        verified: Arc::default(),
    };
    let mut watch =
        Watch { stop: context.client.stop.clone(), is_stopped, observe, events: &received };
    // On a thread of its own, so that it can be stopped while a server keeps it waiting.
    let (run, listed) = watch.over(move |done: Sender<_>| {
        let listed = platform.list(&context);
        let _ = done.send(((platform, context), listed));
    })?;
    let (platform, context) = run;
    let mut items = listed?;
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.id.clone()));
    if options.dry_run {
        let planned = items.iter().map(|item| planned(&context, item)).collect();
        return Ok(Summary { planned, ..Summary::default() });
    }
    (watch.observe)(Event::Found { items: items.len() });
    let run = Arc::new(Run { platform, context, items, next: AtomicUsize::new(0) });
    watch.work(&run, options.jobs.max(1))
}

/// What would be done with an item.
fn planned<D>(context: &Context, item: &Item<D>) -> Planned {
    let record = context.store.load(&item.id);
    let kept = context.kept(&record);
    Planned {
        id: item.id.clone(),
        status: item.status.clone().or(record.status),
        started_at: item.started_at.clone().or(record.started_at),
        path: kept.map(|kept| kept.path),
    }
}

/// Time between two looks at whether it is stopped, and between two reports of progress.
const TICK: Duration = Duration::from_millis(50);
/// How long threads may take to stop. A server may keep them waiting; then the process ends without them.
const GRACE: Duration = Duration::from_secs(1);

/// The thread that watches the others.
struct Watch<'a> {
    stop: Stop,
    is_stopped: &'a dyn Fn() -> bool,
    observe: &'a mut dyn FnMut(Event),
    events: &'a Receiver<Event>,
}

impl Watch<'_> {
    /// Runs something on another thread, until it has sent its result.
    fn over<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Sender<T>) + Send + 'static,
    ) -> Result<T> {
        let (done, result) = channel();
        let thread = thread::spawn(move || work(done));
        loop {
            self.drain();
            match result.recv_timeout(TICK) {
                Ok(result) => {
                    let _ = thread.join();
                    self.drain();
                    return Ok(result);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
            }
            if (self.is_stopped)() {
                self.stop.request();
                // What it has not finished in that time is left.
                return result
                    .recv_timeout(GRACE)
                    .map_or(Err(Error::interrupted()), |_| Err(Error::interrupted()));
            }
        }
    }

    /// Hands events on.
    fn drain(&mut self) {
        self.events.try_iter().for_each(&mut *self.observe);
    }

    /// Fetches all items with several threads.
    fn work<P: Platform>(&mut self, run: &Arc<Run<P>>, jobs: usize) -> Result<Summary> {
        let (done, results) = channel();
        let threads: Vec<JoinHandle<()>> = (0..jobs.min(run.items.len()))
            .map(|_| {
                let (run, done) = (Arc::clone(run), done.clone());
                thread::spawn(move || work(&run, &done))
            })
            .collect();
        drop(done);
        let mut summary = Summary::default();
        let mut stopped: Option<Instant> = None;
        loop {
            let result = results.recv_timeout(TICK);
            self.drain();
            match result {
                Ok((id, result)) => self.count(&mut summary, id, result),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            (self.observe)(Event::Progress(progress(run, &summary)));
            if stopped.is_none() && (self.is_stopped)() {
                self.stop.request();
                stopped = Some(Instant::now());
            }
            if stopped.is_some_and(|since| since.elapsed() > GRACE) {
                return Err(Error::interrupted());
            }
        }
        self.drain();
        // A thread that panicked has left an item without a result.
        if threads.into_iter().any(|thread| thread.join().is_err()) {
            return Err(lost());
        }
        summary.bytes = run.context.received.load(Ordering::Relaxed);
        if stopped.is_some() { Err(Error::interrupted()) } else { Ok(summary) }
    }

    /// Counts and reports an item.
    fn count(&mut self, summary: &mut Summary, id: String, result: Result<Vec<Fetched>>) {
        match result {
            Ok(outcomes) => {
                for outcome in outcomes {
                    *(if outcome.is_kept { &mut summary.kept } else { &mut summary.fetched }) += 1;
                    (self.observe)(Event::Done(outcome));
                }
            }
            Err(error) if error.is_interrupted() => {}
            Err(error) => {
                summary.failed += 1;
                (self.observe)(Event::Failed { id, error });
            }
        }
    }
}

/// A thread ended without a result.
fn lost() -> Error {
    Error::new("cannot fetch", crate::error::Location::default(), "a thread ended early")
}

fn progress<P: Platform>(run: &Run<P>, summary: &Summary) -> Transferred {
    Transferred {
        done: summary.fetched + summary.kept + summary.failed,
        items: run.items.len(),
        bytes: run.context.received.load(Ordering::Relaxed),
        expected: run.context.expected.load(Ordering::Relaxed),
    }
}

/// Fetches items until there are no more.
fn work<P: Platform>(run: &Run<P>, done: &Sender<Answer>) {
    loop {
        let number = run.next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = run.items.get(number) else { return };
        let result = one(run, item);
        let is_over = result.as_ref().is_err_and(Error::is_interrupted);
        if done.send((item.id.clone(), result)).is_err() || is_over {
            return;
        }
    }
}

fn one<P: Platform>(run: &Run<P>, item: &Item<P::Detail>) -> Result<Vec<Fetched>> {
    run.context.client.stop.check()?;
    let mut record = run.context.store.load(&item.id);
    match run.context.kept(&record) {
        Some(kept) if run.platform.suits(&record) => Ok(vec![kept]),
        _ => run.platform.fetch(&run.context, item, &mut record),
    }
}
