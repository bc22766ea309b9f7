//! Rows that were decoded last: small logs are next to one another, and decoding a page for each of them would
//! decode it as often as it has logs.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;

use super::spill::Spill;
use super::table::{Batches, Rows};

/// Rows of a window. It begins at a multiple of that.
const ROWS: u64 = 8192;

/// Bytes of windows that are kept at a time, about: a log of a data set may have rows in a hundred files.
const KEPT: usize = 256 << 20;

/// Ranges of rows that are put together from windows at most.
const RANGES: usize = 64;

/// The windows of all files of a catalog.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    next_file: AtomicU64,
    /// Rows of files that are sorted by time, and files out of archives.
    pub(crate) spill: Spill,
    kept: Mutex<Kept>,
}

/// Windows, and how large they are together.
#[derive(Debug, Default)]
struct Kept {
    windows: HashMap<Key, Window>,
    /// By when they were used last.
    uses: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

/// A window that is kept.
#[derive(Debug)]
struct Window {
    rows: Arc<Vec<RecordBatch>>,
    bytes: usize,
    used: u64,
}

impl Kept {
    /// A window, if it is there.
    fn get(&mut self, key: &Key) -> Option<Arc<Vec<RecordBatch>>> {
        let window = self.windows.get_mut(key)?;
        self.clock += 1;
        if let Some(key) = self.uses.remove(&window.used) {
            self.uses.insert(self.clock, key);
        }
        window.used = self.clock;
        Some(Arc::clone(&window.rows))
    }

    /// Adds one, and forgets those that were not used for the longest time.
    fn add(&mut self, key: Key, rows: Arc<Vec<RecordBatch>>) {
        // Two threads may have decoded the same.
        if self.get(&key).is_some() {
            return;
        }
        self.clock += 1;
        let bytes = rows.iter().map(RecordBatch::get_array_memory_size).sum();
        self.uses.insert(self.clock, key.clone());
        self.windows.insert(key, Window { rows, bytes, used: self.clock });
        self.bytes += bytes;
        while self.bytes > KEPT
            && let Some((_, oldest)) = self.uses.pop_first()
        {
            self.bytes -= self.windows.remove(&oldest).map_or(0, |window| window.bytes);
        }
    }
}

/// What a window has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = lock().get(&key) {
            return Ok(window);
        }
        let total = rows.units().get(key.unit).copied().unwrap_or(0);
        let range = key.number * ROWS..total.min((key.number + 1) * ROWS);
        // Not while it is locked: other threads decode other windows.
        let batches = rows
            .read(&key.columns, key.unit, std::slice::from_ref(&range))?
            .collect::<io::Result<Vec<_>>>()?;
        let window = Arc::new(batches);
        lock().add(key, Arc::clone(&window));
        Ok(window)
    }
}
