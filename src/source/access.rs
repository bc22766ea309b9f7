//! Points of access: where deflated text can be entered in the middle.
//!
//! A block of deflate data can be decoded if the 32 KiB of text before it are known, so a point is the place
//! of a block, in bits, and that text, compressed. Points are noted while an entry is inflated from its
//! beginning, and used by later runs, which get to a place in the text without inflating all that is before.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Text between two points, at least.
const DISTANCE: usize = 512 << 10;

/// The text before a block that it may refer to, at most.
const HISTORY: usize = 32 << 10;

/// A place in deflated text that can be entered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AccessPoint {
    /// Bytes of text before it.
    pub(crate) text: u64,
    /// Bits of data before it.
    pub(crate) bit: u64,
    /// The text just before it, compressed by zstd.
    pub(crate) history: Vec<u8>,
}

impl AccessPoint {
    /// The text just before it.
    ///
    /// # Errors
    /// It is not what [`Points`] noted.
    pub(super) fn history(&self) -> io::Result<Vec<u8>> {
        zstd::bulk::decompress(&self.history, HISTORY)
    }
}

impl fmt::Debug for AccessPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessPoint").field("text", &self.text).finish_non_exhaustive()
    }
}

/// The points of an entry, while they are noted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points(Arc<Mutex<Vec<AccessPoint>>>);

impl Points {
    /// Text between two points, at least, in bytes.
    pub(super) fn distance(&self) -> usize {
        DISTANCE
    }

    /// Notes a block; `history`: the text just before it.
    pub(super) fn note(&self, text: u64, bit: u64, history: &[u8]) {
        // Memory for it is all that can be missing; the entry has a point less then.
        if let Ok(history) = zstd::bulk::compress(history, 1) {
            let mut points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            points.push(AccessPoint { text, bit, history });
        }
    }

    /// What was noted, in the order of the text.
    pub(crate) fn take(&self) -> Vec<AccessPoint> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Knows where an entry can be entered.
pub(crate) trait Access: fmt::Debug + Send + Sync {
    /// The last point at this offset of the text or before it; `None`: only its beginning.
    fn before(&self, text: u64) -> Option<AccessPoint>;
}
