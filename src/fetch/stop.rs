//! Whether the user asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// A flag that all threads of a fetch look at.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks all threads to stop.
    pub(super) fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// Interrupted.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
    }

    /// Waits, unless it is asked to stop meanwhile.
    ///
    /// # Errors
    /// Interrupted.
    pub(super) fn sleep_until(&self, at: Instant) -> Result<()> {
        const SLICE: Duration = Duration::from_millis(50);
        loop {
            self.check()?;
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// As [`sleep_until`](Self::sleep_until), for a while from now.
    ///
    /// # Errors
    /// Interrupted.
    pub(super) fn sleep(&self, pause: Duration) -> Result<()> {
        let now = Instant::now();
        self.sleep_until(now.checked_add(pause).unwrap_or(now + Duration::from_secs(1 << 31)))
    }
}
