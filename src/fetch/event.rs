//! What a fetch reports while it runs.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// What happened. `id` is the platform's id of the item: of the execution, run, export or pipeline.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The items have been listed.
    Found {
        /// How many.
        items: usize,
    },
    /// The server is slow, refuses for now, or asks to wait.
    Waiting {
        /// Of which item; empty while items are listed.
        id: String,
        /// Why.
        reason: String,
        /// How long.
        pause: Duration,
    },
    /// Something that the user should know, though nothing failed.
    Notice {
        /// Of which item; empty if it concerns all.
        id: String,
        /// What.
        text: String,
    },
    /// An item is there.
    Done(Fetched),
    /// An item could not be fetched.
    Failed {
        /// Of which item.
        id: String,
        /// Why.
        error: Error,
    },
    /// Sent several times a second.
    Progress(Transferred),
    /// The bytes of a log that is followed, as they come.
    Text(Vec<u8>),
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transferred {
    /// Items that are done or failed.
    pub done: usize,
    /// All items; 0 while they are listed.
    pub items: usize,
    /// Bytes that were received.
    pub bytes: u64,
    /// Bytes of all downloads so far, as far as the servers declare them.
    pub expected: u64,
}

/// An item that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The platform's id.
    pub id: String,
    /// Where it is.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
    /// The platform's word for how it ended.
    pub status: Option<String>,
    /// It was there already, and was not fetched again.
    pub is_kept: bool,
    /// Whether the run has ended; if not, it is fetched again the next time.
    pub is_finished: bool,
}

/// What would be fetched, for a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The platform's id.
    pub id: String,
    /// The platform's word for how it ended, if it is known without another request.
    pub status: Option<String>,
    /// When it started, in RFC 3339, if that is known.
    pub started_at: Option<String>,
    /// Where it is, if it is there already.
    pub path: Option<PathBuf>,
}

/// What was done in all.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Items that were fetched.
    pub fetched: usize,
    /// Items that were there already.
    pub kept: usize,
    /// Items that could not be fetched.
    pub failed: usize,
    /// Bytes that were received.
    pub bytes: u64,
    /// In a dry run: what would be fetched.
    pub planned: Vec<Planned>,
}
