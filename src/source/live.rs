//! Standard input and named pipes: bytes that come when their writer has some.
//!
//! A thread reads ahead, because no portable call says whether a pipe has bytes. So a reader can act
//! on what has come instead of waiting for more, and a writer is not held up by the decoding.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that are read at a time: what a pipe holds on Linux.
const CHUNK: usize = 64 << 10;

/// Chunks that are read ahead.
const AHEAD: usize = 16;

/// So long nothing comes where a writer pauses: what has come is acted on then.
const QUIET: Duration = Duration::from_millis(5);

/// What came so long ago is acted on where a writer always has some more soon.
const LONGEST: Duration = Duration::from_millis(50);

/// How much of a source is looked at before it is said what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// As much as any kind needs.
    Full,
    /// Of text no more than its first line: the next may be long in coming. Depends on the bytes alone,
    /// not on when they come.
    Line,
}

/// Bytes that arrive over time. They are read once, whoever asks; who comes second gets the rest.
#[derive(Debug)]
pub(super) struct Live(Mutex<State>);

#[derive(Debug)]
struct State {
    source: Source,
    /// What has come and was not read, from `at` on.
    chunk: Vec<u8>,
    at: usize,
    /// Bytes of the chunk.
    length: usize,
    /// Why nothing more comes. Every read says so: the first may be a look at what it is.
    failure: Option<io::Error>,
}

#[derive(Debug)]
enum Source {
    /// A regular file: it never makes anybody wait.
    File(File),
    Thread(Chunks),
    Ended,
}

/// The end of a thread that reads ahead.
#[derive(Debug)]
struct Chunks {
    full: Receiver<io::Result<Chunk>>,
    /// Chunks to be filled again.
    empty: SyncSender<Vec<u8>>,
}

/// Memory, and how much of it is filled.
type Chunk = (Vec<u8>, usize);

impl Live {
    /// Standard input.
    pub(super) fn stdin() -> io::Result<Self> {
        match stdin_as_file() {
            Some(file) => Ok(Self::new(Source::File(file))),
            None => Self::of(io::stdin()),
        }
    }

    /// Whatever may make its reader wait.
    pub(super) fn of(source: impl Read + Send + 'static) -> io::Result<Self> {
        let (full, chunks) = sync_channel(AHEAD);
        let (empty, used) = sync_channel(AHEAD);
        thread::Builder::new()
            .name("ripsaw-input".into())
            .spawn(move || read_ahead(source, &full, &used))?;
        Ok(Self::new(Source::Thread(Chunks { full: chunks, empty })))
    }

    fn new(source: Source) -> Self {
        Self(Mutex::new(State { source, chunk: Vec::new(), at: 0, length: 0, failure: None }))
    }

    /// Whether the writer pauses: nothing comes for a moment, which is the shorter the longer it is since
    /// something came that was not acted on. At the end there is no pause.
    pub(super) fn pauses(&self, since: Instant) -> bool {
        let patience = QUIET.min(LONGEST.saturating_sub(since.elapsed()));
        !self.state().is_ready(patience)
    }

    /// Whether a read returns at once before this instant; waits for that.
    pub(super) fn comes_before(&self, end: Instant) -> bool {
        self.state().is_ready(end.saturating_duration_since(Instant::now()))
    }

    /// Reads what comes; waits for one byte, and no longer.
    pub(super) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.state().read(into)
    }

    /// Puts bytes back that were read last.
    pub(super) fn unread(&self, bytes: Vec<u8>) {
        let mut state = self.state();
        let rest = state.chunk[state.at..state.length].to_vec();
        state.chunk = [bytes, rest].concat();
        (state.at, state.length) = (0, state.chunk.len());
    }

    /// The regular file that it is, from the beginning to the end, if it was opened there.
    pub(super) fn file(&self) -> Option<File> {
        match &self.state().source {
            Source::File(file) => file.try_clone().ok(),
            Source::Thread(_) | Source::Ended => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a read would return at once; waits for that as long as `patience`.
    fn is_ready(&mut self, patience: Duration) -> bool {
        if self.at < self.length || self.failure.is_some() {
            return true;
        }
        let Source::Thread(Chunks { full, .. }) = &self.source else { return true };
        match full.recv_timeout(patience) {
            Ok(read) => self.take_in(Some(read)),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => self.take_in(None),
        }
        true
    }

    /// Takes what the thread has read; `None`: it has come to the end.
    fn take_in(&mut self, read: Option<io::Result<Chunk>>) {
        match read {
            Some(Ok((chunk, length))) => {
                let old = std::mem::replace(&mut self.chunk, chunk);
                (self.at, self.length) = (0, length);
                if let Source::Thread(Chunks { empty, .. }) = &self.source {
                    // Where there is no room for it, it is more memory than is needed.
                    let _ = empty.try_send(old);
                }
            }
            Some(Err(error)) => (self.failure, self.source) = (Some(error), Source::Ended),
            None => self.source = Source::Ended,
        }
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.length && self.failure.is_none() {
            match &mut self.source {
                Source::File(file) => return file.read(into),
                Source::Thread(Chunks { full, .. }) => {
                    let read = full.recv().ok();
                    self.take_in(read);
                }
                Source::Ended => {}
            }
        }
        if self.at == self.length
            && let Some(error) = &self.failure
        {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        let length = into.len().min(self.length - self.at);
        into[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Reads what is there as often as there is room for it.
fn read_ahead(
    mut source: impl Read,
    full: &SyncSender<io::Result<Chunk>>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let mut chunk = used.try_recv().unwrap_or_default();
        chunk.resize(CHUNK, 0);
        let read = match source.read(&mut chunk) {
            Ok(0) => return,
            Ok(length) => Ok((chunk, length)),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            // Whoever shares it with us may have set it so that reads do not wait.
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(QUIET);
                continue;
            }
            Err(e) => Err(e),
        };
        let is_last = read.is_err();
        if full.send(read).is_err() || is_last {
            return;
        }
    }
}

/// Standard input, if it is a regular file that nothing was read of.
#[cfg(unix)]
fn stdin_as_file() -> Option<File> {
    use std::io::Seek as _;
    use std::os::fd::AsFd as _;
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    let is_whole = file.metadata().ok()?.is_file() && file.stream_position().ok()? == 0;
    is_whole.then_some(file)
}

#[cfg(not(unix))]
fn stdin_as_file() -> Option<File> {
    None
}

/// Reads what comes.
#[derive(Debug)]
pub(super) struct LiveReader(pub(super) Arc<Live>);

impl Read for LiveReader {
    /// Waits for one byte, and no longer.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}
