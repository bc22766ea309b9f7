//! Ctrl-C, SIGTERM and SIGHUP.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ripsaw::error::{Error, Location, Result};

use super::exit::Exit;

/// Whether the user asked to stop.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// There is something to clean up before the process ends.
    held: bool,
    requested: bool,
}

impl Interrupt {
    /// Catches the signals from now on. Until [`hold`](Self::hold) they end the process at once.
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

    /// Whether to stop.
    pub(super) fn is_requested(&self) -> bool {
        self.state().requested
    }

    fn signal(&self) {
        // Locked until the end: nobody begins a file that nobody would remove.
        let mut state = self.state();
        if state.held && !state.requested {
            state.requested = true;
            return;
        }
        if stderr().is_terminal() {
            // What is left of a progress bar.
            let _ = stderr().write_all(b"\r\x1b[K");
        }
        process::exit(Exit::Interrupted as i32);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
