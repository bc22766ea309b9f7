//! How far a run has come.

use std::sync::atomic::AtomicU64;

/// How far the reading has come, counted by every thread.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read as stored (compressed in an archive).
    pub stored: AtomicU64,
    /// Bytes of text.
    pub inflated: AtomicU64,
    /// Entries read to their end.
    pub entries: AtomicU64,
    /// Entries that were decoded from UTF-16 or UTF-32.
    pub transcoded: AtomicU64,
}
