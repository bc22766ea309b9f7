//! Python's signals while Rust works: Ctrl-C ends it.

use std::cell::{Cell, RefCell};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline::Watcher;
use ripsaw::source::Progress;

use crate::errors::Failure;

/// How long a wait is before signals are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Lets Python handle Ctrl-C. Signals are those of Python's main thread: on others nothing comes of it.
///
/// # Errors
/// What a signal's handler raises.
pub(crate) fn check_signals() -> PyResult<()> {
    // Nobody waits for rows while the interpreter ends.
    Python::try_attach(|py| py.check_signals()).unwrap_or(Ok(()))
}

/// Does work on another thread, and waits for it without the interpreter's lock. A signal ends the wait; the work
/// then continues by itself, since nothing can end a system call that opens a pipe.
///
/// # Errors
/// What a signal's handler raises; the work's.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T, Failure> {
    py.detach(|| {
        let (sender, receiver) = channel();
        let body = move || {
            // Nobody waits for it after a signal.
            let _ = sender.send(work());
        };
        let started = thread::Builder::new().name("ripsaw-open".into()).spawn(body);
        let cannot_start = |e| Error::io("cannot start a thread", Location::default(), e);
        started.map_err(cannot_start)?;
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(done) => return Ok(done?),
                Err(RecvTimeoutError::Timeout) => check_signals()?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(
                        "internal error",
                        Location::default(),
                        "a thread failed",
                    )
                    .into());
                }
            }
        }
    })
}

/// Ends a run of the pipeline when a signal's handler raises.
#[derive(Default)]
pub(crate) struct Watch {
    raised: RefCell<Option<PyErr>>,
    /// When signals were looked at.
    looked: Cell<Option<Instant>>,
}

impl Watcher for Watch {
    fn progress(&mut self, _: &Progress) -> bool {
        !self.look()
    }
}

impl Watch {
    /// Whether Python has raised something. Looks at signals if it is time to.
    pub(crate) fn is_stopped(&self) -> bool {
        let is_due = self.looked.get().is_none_or(|looked| looked.elapsed() >= TICK);
        if is_due { self.look() } else { self.raised.borrow().is_some() }
    }

    fn look(&self) -> bool {
        self.looked.set(Some(Instant::now()));
        let mut raised = self.raised.borrow_mut();
        // What was raised first stays.
        if raised.is_none() {
            *raised = check_signals().err();
        }
        raised.is_some()
    }

    /// The outcome of a run, or what Python raised meanwhile.
    pub(crate) fn outcome<T>(self, outcome: Result<T, Error>) -> Result<T, Failure> {
        match self.raised.into_inner() {
            Some(raised) => Err(raised.into()),
            None => Ok(outcome?),
        }
    }
}
