//! Fragments → Parquet files: rows wait in memory for their partition, row groups are encoded on a pool of
//! threads, and files grow in a folder of their own until the run is committed.
//!
//! Memory is bounded by [`Limits::memory`], whatever the number of partitions: when it is full, the partition that
//! holds the most is written, even if that makes a small row group. Files are open only while a row group is
//! appended, so thousands of partitions need no more than one descriptor a thread.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::manifest::{RowRun, push_run};
use super::partition::{PARTITION, PartitionKey, Values, json_of};
use super::reopened::{Reopened, Shut};
use super::split::Fragment;
use super::waiting::Waiting;
use crate::sink::parquet::{ParquetFiles, ParquetSink};
use crate::sink::{Block, Encoder as _, Sink as _};

/// Where files end and what may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Rows of a row group.
    pub(super) group_rows: usize,
    /// Bytes of text of a row group.
    pub(super) group_bytes: usize,
    /// Bytes after which a file is complete.
    pub(super) file_bytes: u64,
    /// Bytes of rows that wait for their row group.
    pub(super) memory: usize,
    /// Threads that encode.
    pub(super) threads: usize,
}

/// What the metadata of a row group takes in memory, measured.
const GROUP: usize = 24 << 10;

impl Limits {
    /// Row groups of files that are open, at most.
    fn open_groups(&self) -> usize {
        (self.memory / 2 / GROUP).max(1)
    }
}

/// A file that is complete, but has not got its name yet.
#[derive(Debug)]
pub(super) struct StagedFile {
    pub(super) path: PathBuf,
    pub(super) values: Values,
    pub(super) owner: Option<u64>,
    pub(super) bytes: u64,
    pub(super) runs: Vec<RowRun>,
}

/// Writes the files of a run.
pub(super) struct Writer {
    pool: rayon::ThreadPool,
    shared: Arc<Shared>,
    partitions: Vec<Partition>,
    places: HashMap<(Values, Option<u64>), usize>,
    /// Bytes that wait in all partitions.
    waiting: usize,
    /// Row groups of files that are open.
    groups: usize,
    limits: Limits,
}

/// What the threads share.
struct Shared {
    files: ParquetFiles,
    keys: Vec<PartitionKey>,
    /// Where files grow.
    folder: PathBuf,
    /// Number of the next file in it.
    next: AtomicU64,
    file_bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

/// Row groups on their way.
#[derive(Default)]
struct State {
    groups: usize,
    failed: Option<io::Error>,
}

/// Rows of one partition, and where they go.
struct Partition {
    waiting: Waiting,
    /// Steps so far.
    steps: u64,
    /// Row groups of the file that is open, about.
    groups: usize,
    files: Arc<Mutex<Files>>,
}

/// The files of a partition.
struct Files {
    values: Values,
    owner: Option<u64>,
    /// The number of the step that comes next.
    next: u64,
    /// What waits for row groups before it.
    early: BTreeMap<u64, Step>,
    open: Option<OpenFile>,
    complete: Vec<StagedFile>,
}

/// What happens next to the files of a partition.
enum Step {
    /// A row group, and the bundles of its rows.
    Group(Block, Vec<RowRun>),
    /// The file is complete: what is known of its row groups takes memory until then.
    End,
}

/// A file that grows.
struct OpenFile {
    path: PathBuf,
    sink: ParquetSink<Reopened>,
    /// Shared with the sink, to close it between row groups.
    file: Shut,
    runs: Vec<RowRun>,
}

impl Writer {
    /// Writes files with these columns into `folder`.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub(super) fn new(
        files: ParquetFiles,
        keys: Vec<PartitionKey>,
        folder: &Path,
        limits: Limits,
    ) -> io::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(limits.threads)
            .thread_name(|number| format!("ripsaw-file-{number}"))
            .build()
            .map_err(io::Error::other)?;
        let shared = Shared {
            files,
            keys,
            folder: folder.to_owned(),
            next: AtomicU64::new(0),
            file_bytes: limits.file_bytes,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        let (partitions, places) = (Vec::new(), HashMap::new());
        Ok(Self {
            pool,
            shared: Arc::new(shared),
            partitions,
            places,
            waiting: 0,
            groups: 0,
            limits,
        })
    }

    /// Takes rows.
    ///
    /// # Errors
    /// That of an output, perhaps of rows that were taken before.
    pub(super) fn push(&mut self, fragment: Fragment) -> io::Result<()> {
        let Fragment { values, owner, batch, runs, bytes } = fragment;
        let key = (values, owner);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => {
                self.partitions.push(Partition::new(Arc::clone(&key.0), owner));
                let place = self.partitions.len() - 1;
                self.places.insert(key, place);
                place
            }
        };
        self.waiting += bytes;
        let partition = &mut self.partitions[place];
        partition.waiting.push(batch, runs, bytes);
        let Limits { group_rows, group_bytes, memory, .. } = self.limits;
        loop {
            let waiting = &self.partitions[place].waiting;
            if waiting.rows() < group_rows && waiting.bytes() < group_bytes {
                break;
            }
            self.write(place)?;
        }
        while self.waiting > memory {
            let largest =
                (0..self.partitions.len()).max_by_key(|&at| self.partitions[at].waiting.bytes());
            match largest.filter(|&at| self.partitions[at].waiting.rows() > 0) {
                Some(place) => self.write(place)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Lets a row group of a partition be encoded and appended; waits while too many are on their way.
    fn write(&mut self, place: usize) -> io::Result<()> {
        let partition = &mut self.partitions[place];
        let before = partition.waiting.bytes();
        let (batches, runs) = partition.waiting.take(self.limits.group_rows);
        self.waiting -= before - partition.waiting.bytes();
        partition.groups += 1;
        self.groups += 1;
        self.step(place, move |shared| {
            Ok(Step::Group(shared.files.encoder().encode(&batches)?, runs))
        })?;
        // Each row group of an open file has its place in memory: the file with the most is completed.
        while self.groups > self.limits.open_groups() {
            let most = (0..self.partitions.len()).max_by_key(|&at| self.partitions[at].groups);
            let Some(place) = most.filter(|&at| self.partitions[at].groups > 0) else { break };
            self.groups -= std::mem::take(&mut self.partitions[place].groups);
            self.step(place, |_| Ok(Step::End))?;
        }
        Ok(())
    }

    /// Lets a step of a partition's files be made on another thread.
    fn step(
        &mut self,
        place: usize,
        make: impl FnOnce(&Shared) -> io::Result<Step> + Send + 'static,
    ) -> io::Result<()> {
        let partition = &mut self.partitions[place];
        let number = partition.steps;
        partition.steps += 1;
        self.shared.start(2 * self.limits.threads)?;
        let (shared, files) = (Arc::clone(&self.shared), Arc::clone(&partition.files));
        self.pool.spawn(move || {
            // A panic must not end the process, and whoever waits must be woken.
            let take = AssertUnwindSafe(|| shared.take(&files, number, make(&shared)?));
            let result = catch_unwind(take);
            shared.end(result.unwrap_or_else(|_| Err(io::Error::other("a thread failed"))));
        });
        Ok(())
    }

    /// Writes all rows that wait, and completes the files.
    ///
    /// # Errors
    /// That of an output.
    pub(super) fn finish(mut self) -> io::Result<Vec<StagedFile>> {
        for place in 0..self.partitions.len() {
            while self.partitions[place].waiting.rows() > 0 {
                self.write(place)?;
            }
        }
        self.shared.wait_for_all()?;
        let mut complete = Vec::new();
        let complete_all =
            |partition: &Partition| self.shared.complete(&mut lock(&partition.files));
        // On all threads: each waits for the disk.
        self.pool.install(|| self.partitions.par_iter().try_for_each(complete_all))?;
        for partition in &self.partitions {
            complete.append(&mut lock(&partition.files).complete);
        }
        Ok(complete)
    }
}

impl Drop for Writer {
    /// Files are not removed while threads write to them.
    fn drop(&mut self) {
        let _ = self.shared.wait_for_all();
    }
}

impl Partition {
    fn new(values: Values, owner: Option<u64>) -> Self {
        let files = Files {
            values,
            owner,
            next: 0,
            early: BTreeMap::new(),
            open: None,
            complete: Vec::new(),
        };
        Self {
            waiting: Waiting::default(),
            steps: 0,
            groups: 0,
            files: Arc::new(Mutex::new(files)),
        }
    }
}

impl Shared {
    /// Counts a row group in, once there is room.
    fn start(&self, most: usize) -> io::Result<()> {
        let mut state = lock(&self.state);
        loop {
            if let Some(error) = state.failed.take() {
                return Err(error);
            }
            if state.groups < most {
                state.groups += 1;
                return Ok(());
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Counts a row group out.
    fn end(&self, result: io::Result<()>) {
        let mut state = lock(&self.state);
        state.groups -= 1;
        if let Err(error) = result {
            state.failed.get_or_insert(error);
        }
        self.changed.notify_all();
    }

    fn wait_for_all(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        while state.groups > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.failed.take().map_or(Ok(()), Err)
    }

    /// Takes a step, and those that waited for it.
    fn take(&self, files: &Mutex<Files>, number: u64, step: Step) -> io::Result<()> {
        let mut files = lock(files);
        files.early.insert(number, step);
        loop {
            let next = files.next;
            let Some(step) = files.early.remove(&next) else { return Ok(()) };
            files.next += 1;
            match step {
                Step::Group(block, runs) => self.append(&mut files, block, runs)?,
                Step::End => self.complete(&mut files)?,
            }
        }
    }

    /// Appends a row group to the file that is open, or to a new one.
    fn append(&self, files: &mut Files, block: Block, runs: Vec<RowRun>) -> io::Result<()> {
        let open = match &mut files.open {
            Some(open) => open,
            none => none.insert(self.create()?),
        };
        open.sink.append(block)?;
        runs.into_iter().for_each(|run| push_run(&mut open.runs, run));
        let bytes = open.sink.flushed()?;
        open.file.shut();
        if bytes >= self.file_bytes { self.complete(files) } else { Ok(()) }
    }

    fn create(&self) -> io::Result<OpenFile> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{number}.partial"));
        let (output, file) = Reopened::new(path.clone());
        Ok(OpenFile { path, sink: self.files.create(output)?, file, runs: Vec::new() })
    }

    /// Completes the file that is open.
    fn complete(&self, files: &mut Files) -> io::Result<()> {
        let Some(OpenFile { path, mut sink, file, runs }) = files.open.take() else {
            return Ok(());
        };
        sink.annotate(PARTITION, json_of(&self.keys, &files.values));
        Box::new(sink).finish()?;
        file.shut();
        // Durable before the journal says that it is there.
        let whole = File::open(&path)?;
        whole.sync_all()?;
        let bytes = whole.metadata()?.len();
        let (values, owner) = (Arc::clone(&files.values), files.owner);
        files.complete.push(StagedFile { path, values, owner, bytes, runs });
        Ok(())
    }
}

/// Locks what no panic leaves inconsistent: a run that had one fails as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
