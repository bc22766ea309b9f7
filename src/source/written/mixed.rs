//! A unit of a file whose logs are mixed: its rows by log, once they are decoded. See [`regroup`](super::regroup).

use std::collections::HashMap;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::spill::{Chunk, Spill};
use super::table::damaged;
use super::text::Lines;
use crate::source::log::Log;

/// Logs that decode a unit for their own rows alone. With more of them, all of it is worth decoding.
const ALONE: usize = 2;

/// A unit of a file of rows.
#[derive(Debug, Default)]
pub(super) struct MixedUnit {
    /// The logs that have decoded it.
    readers: AtomicUsize,
    /// `None` if it cannot be kept.
    decoded: OnceLock<Option<Decoded>>,
}

/// Rows of a unit.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) logs: HashMap<Log, Vec<Chunk>>,
    /// Why these are not all.
    pub(super) failure: Option<String>,
}

impl MixedUnit {
    /// Appends the rows of a log, and returns whether it did: the log should decode the unit itself if not. The unit
    /// is decoded once.
    ///
    /// # Errors
    /// Why there are not all rows of it.
    pub(super) fn read(
        &self,
        log: &Log,
        spill: &Spill,
        decode: impl FnOnce() -> io::Result<Decoded>,
        out: &mut Lines,
    ) -> io::Result<bool> {
        if self.readers.fetch_add(1, Ordering::Relaxed) < ALONE {
            return Ok(false);
        }
        let decoded = self.decoded.get_or_init(|| decode().ok());
        let Some(Decoded { logs, failure }) = decoded else { return Ok(false) };
        for chunk in logs.get(log).into_iter().flatten() {
            spill.read(chunk, out)?;
        }
        match failure {
            Some(cause) => Err(damaged(cause.clone())),
            None => Ok(true),
        }
    }
}
