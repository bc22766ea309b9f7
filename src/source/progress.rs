//! How far a run has come, for the progress bar and the report at its end.

use std::sync::atomic::AtomicU64;

/// How far the reading has come, counted by all threads without any order between the numbers.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read as stored (compressed in an archive).
    pub stored: AtomicU64,
    /// Bytes of text, all of a record that is cut included.
    pub inflated: AtomicU64,
    /// Bytes that came out of archives and compressions.
    pub unpacked: AtomicU64,
    /// Entries read to their end, or as far as they can be.
    pub entries: AtomicU64,
    /// Entries that were decoded from UTF-16 or UTF-32.
    pub transcoded: AtomicU64,
}
