//! Ctrl-C, SIGTERM and SIGHUP.
//!
//! A command that writes nothing to clean up simply ends. One that has a temporary file calls
//! [`Interrupt::hold`]: the signal then only sets a flag, the pipeline sees it at its next tick, and
//! dropping the output removes the file. While a pager has the terminal no signal ends the process: the
//! shell and the pager would both read the keys.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::process::{self, Child};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ripsaw::error::{Error, Location, Result};

use super::exit::Exit;

/// Whether the user asked to stop. Clones share the state: one is owned by the signal handler.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<Mutex<State>>);

/// What the handler and the command share.
#[derive(Debug, Default)]
struct State {
    /// There is something to clean up before the process ends, such as a temporary file.
    held: bool,
    /// A signal arrived after [`hold`](Interrupt::hold) or [`wait_for_pager`](Interrupt::wait_for_pager).
    requested: bool,
    /// The pager, once it has been started; dropping the output waits for the user to quit it.
    pager: Option<Arc<Mutex<Child>>>,
}

impl Interrupt {
    /// Catches the signals from now on. Until [`hold`](Self::hold) they end the process at once. Can be
    /// called once per process.
    pub(super) fn catch() -> Result<Self> {
        let interrupt = Self::default();
        let seen = interrupt.clone();
        ctrlc::set_handler(move || seen.signal())
            .map_err(|e| Error::new("cannot catch signals", Location::default(), e.to_string()))?;
        Ok(interrupt)
    }

    /// From now on the first signal asks to stop, and only the second ends the process at once.
    pub(super) fn hold(&self) {
        self.state().held = true;
    }

    /// From now on signals only ask to stop: a pager runs, which has its own way with Ctrl-C.
    pub(super) fn wait_for_pager(&self, pager: Arc<Mutex<Child>>) {
        self.state().pager = Some(pager);
    }

    /// Whether a signal asked the command to stop, or the pager has been quit; polled several times a
    /// second.
    pub(super) fn is_requested(&self) -> bool {
        self.is_signalled() || self.has_left_pager()
    }

    /// Whether it was a signal.
    pub(super) fn is_signalled(&self) -> bool {
        self.state().requested
    }

    /// Whether the user has quit the pager: nobody will see the rest of the output.
    fn has_left_pager(&self) -> bool {
        let pager = self.state().pager.clone();
        pager.is_some_and(|pager| {
            let mut child = pager.lock().unwrap_or_else(PoisonError::into_inner);
            child.try_wait().is_ok_and(|status| status.is_some())
        })
    }

    /// What the handler does. It runs on a thread of its own, not in signal context, so it may lock.
    fn signal(&self) {
        // The lock is held until the process has ended: otherwise the command could pass `hold` and create a
        // temporary file in between, which nobody would remove.
        let mut state = self.state();
        // A second signal ends the process even if the command hangs, on a dead network drive for example.
        if state.pager.is_some() || state.held && !state.requested {
            state.requested = true;
            return;
        }
        if stderr().is_terminal() {
            // Clears what is left of a progress bar; nothing can be done about a failure here.
            let _ = stderr().write_all(b"\r\x1b[K");
        }
        // Without unwinding: destructors on other threads do not run, hence `held`.
        process::exit(Exit::Interrupted as i32);
    }

    /// A panic elsewhere poisons the lock but cannot leave two flags inconsistent.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
