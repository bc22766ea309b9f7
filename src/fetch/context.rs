//! What all fetches of a run share.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::client::Client;
use super::event::Fetched;
use super::state::{Record, Store};
use super::verify;
use crate::error::Result;

/// The client, the output directory, and what the user asked for.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) store: Store,
    /// How long to wait for a platform to prepare a download.
    pub(super) wait: Duration,
    /// Of a connection.
    pub(super) timeout: Duration,
    /// Fetch also what is there already.
    pub(super) force: bool,
    /// Ask the platform to prepare downloads anew.
    pub(super) refresh: bool,
    /// Fetch also runs that have not ended.
    pub(super) allow_running: bool,
    /// Bytes of downloads so far, and those that were declared.
    pub(super) received: AtomicU64,
    pub(super) expected: AtomicU64,
    /// For the archives that are verified.
    pub(super) verified: Arc<crate::source::Progress>,
}

impl Context {
    /// Polls of a platform that prepares something, for as long as the user waits.
    pub(super) fn polls(&self) -> Polls {
        Polls { number: 0, deadline: Instant::now() + self.wait }
    }

    /// An item that is there and final, unless it is to be fetched all the same.
    pub(super) fn kept(&self, record: &Record) -> Option<Fetched> {
        if self.force || self.refresh || !record.finished {
            return None;
        }
        let path = self.store.file_of(record)?;
        Some(Fetched {
            id: record.id.clone(),
            path,
            bytes: record.bytes.unwrap_or_default(),
            status: record.status.clone(),
            is_kept: true,
            is_finished: true,
        })
    }

    /// Verifies an archive, if it is one, gives the item's file its name, and writes the state; `is_final`: nothing
    /// will be added to it.
    ///
    /// # Errors
    /// The archive is damaged, or the file cannot be written.
    pub(super) fn finish(
        &self,
        record: &mut Record,
        part: &Path,
        name: &str,
        is_final: bool,
    ) -> Result<Fetched> {
        if name.ends_with(".zip") {
            verify::archive(part, &self.client, &self.verified)?;
        }
        let bytes = std::fs::metadata(part).map_or(0, |data| data.len());
        let path = self.store.publish(part, name)?;
        // Not before: an older file, of the run as it was, could be taken for this one.
        record.finished = is_final;
        record.file = Some(name.to_owned());
        record.bytes = Some(bytes);
        record.partial = None;
        record.fetched_at = Some(now());
        self.store.save(record)?;
        Ok(Fetched {
            id: record.id.clone(),
            path,
            bytes,
            status: record.status.clone(),
            is_kept: false,
            is_finished: record.finished,
        })
    }
}

/// Polls, one after the other.
pub(super) struct Polls {
    number: u32,
    deadline: Instant,
}

impl Polls {
    /// Whether the user does not wait any longer.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() > self.deadline
    }

    /// How long the user still waits.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether there was no pause yet.
    pub(super) fn is_first(&self) -> bool {
        self.number == 0
    }

    /// The pause before the next poll; longer each time, as a platform that is asked often is slower.
    pub(super) fn pause(&mut self) -> Duration {
        const FIRST: Duration = Duration::from_millis(400);
        const LONGEST: Duration = Duration::from_secs(15);
        let pause = FIRST.saturating_mul(1 << self.number.min(10)).min(LONGEST);
        self.number += 1;
        pause
    }
}

/// Now, in RFC 3339, to the second.
pub(super) fn now() -> String {
    time(Timestamp::now().as_second())
}

/// Seconds since 1970 in RFC 3339.
pub(super) fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// Milliseconds since 1970, as Harness gives them, in RFC 3339; 0 means that there is none.
pub(super) fn time_of_millis(millis: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(millis).ok()?;
    (millis > 0).then(|| time.to_string())
}
