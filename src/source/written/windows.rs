//! Rows that were decoded last: small logs are next to one another, and decoding a page for each of them would
//! decode it as often as it has logs.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;

use super::table::{Batches, Rows};

/// Rows of a window. It begins at a multiple of that.
const ROWS: u64 = 8192;

/// Windows that are kept at a time.
const KEPT: usize = 8;

/// Ranges of rows that are put together from windows at most.
const RANGES: usize = 64;

/// The windows of all files of a catalog.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    next_file: AtomicU64,
    /// The one that was used last is the last.
    kept: Mutex<VecDeque<(Key, Arc<Vec<RecordBatch>>)>>,
}

/// What a window has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    file: u64,
    columns: Vec<usize>,
    unit: usize,
    number: u64,
}

impl Windows {
    /// The number of a file.
    pub(super) fn add_file(&self) -> u64 {
        self.next_file.fetch_add(1, Ordering::Relaxed)
    }

    /// Rows of a unit of a file; see [`Rows::read`].
    pub(super) fn read(
        &self,
        (rows, file): (&dyn Rows, u64),
        columns: &[usize],
        unit: usize,
        ranges: &[Range<u64>],
    ) -> io::Result<Batches> {
        let total = rows.units().get(unit).copied().unwrap_or(0);
        let wanted: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        if wanted < total.min(ROWS) / 4
            && ranges.len() <= RANGES
            // Damage in the window may be in other rows.
            && let Ok(batches) = self.put_together((rows, file), columns, unit, ranges)
        {
            return Ok(Box::new(batches.into_iter().map(Ok)));
        }
        rows.read(columns, unit, ranges)
    }

    fn put_together(
        &self,
        of: (&dyn Rows, u64),
        columns: &[usize],
        unit: usize,
        ranges: &[Range<u64>],
    ) -> io::Result<Vec<RecordBatch>> {
        let mut parts = Vec::new();
        for range in ranges {
            let mut at = range.start;
            while at < range.end {
                let number = at / ROWS;
                let window =
                    self.window(of, Key { file: of.1, columns: columns.to_vec(), unit, number })?;
                let end = range.end.min((number + 1) * ROWS);
                let mut start = number * ROWS;
                for batch in &*window {
                    let own = start..start + batch.num_rows() as u64;
                    let (from, to) = (at.max(own.start), end.min(own.end));
                    if from < to {
                        parts.push(batch.slice((from - own.start) as usize, (to - from) as usize));
                    }
                    start = own.end;
                }
                if start < end {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                at = end;
            }
        }
        Ok(parts)
    }

    /// A window, decoded if it is not among the last.
    fn window(&self, (rows, _): (&dyn Rows, u64), key: Key) -> io::Result<Arc<Vec<RecordBatch>>> {
        let known = |kept: &mut VecDeque<(Key, Arc<Vec<RecordBatch>>)>| {
            let at = kept.iter().position(|(other, _)| *other == key)?;
            let found = kept.remove(at)?;
            kept.push_back(found.clone());
            Some(found.1)
        };
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = known(&mut lock()) {
            return Ok(window);
        }
        let total = rows.units().get(key.unit).copied().unwrap_or(0);
        let range = key.number * ROWS..total.min((key.number + 1) * ROWS);
        // Not while it is locked: other threads decode other windows.
        let batches = rows
            .read(&key.columns, key.unit, std::slice::from_ref(&range))?
            .collect::<io::Result<Vec<_>>>()?;
        let window = Arc::new(batches);
        let mut kept = lock();
        kept.push_back((key, Arc::clone(&window)));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(window)
    }
}
