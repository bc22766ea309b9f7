//! Rows of all entries in chronological order: `--sort time`.
//!
//! Rows are kept as text and sorted in memory, up to a limit. Beyond it they go to temporary files, each
//! sorted, which are merged at the end (an external merge sort): memory does not depend on the number of
//! rows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hits::{Part, Printer};
use super::lines::Form;
use super::rows::Rows;

/// Bytes of text and of their keys that are sorted in memory.
pub(super) const IN_MEMORY: usize = 32 << 20;

/// Bytes that are read from or written to a temporary file at a time.
const BUFFER: usize = 128 << 10;

/// Temporary files that are open at once; then all are merged into one. With their buffers that is 8 MiB.
const MAX_RUNS: usize = 64;

/// Nanoseconds since 1970, then the number of the row in the input: rows of one time stay in order.
type Key = (i64, u64);

/// A row in memory.
struct Item {
    /// Its place in the output.
    key: Key,
    /// End of its text in `SortPrinter::text`; it begins where that of the item before ends.
    end: usize,
}

/// Prints rows that match, sorted by time. A row without a time follows the row before it in its entry.
pub(super) struct SortPrinter<W> {
    out: W,
    form: Form,
    /// Bytes of text and keys that may be in memory.
    limit: usize,
    /// Text of the rows in memory, in input order.
    text: Vec<u8>,
    /// One per row in memory, in the same order.
    items: Vec<Item>,
    /// Rows so far, including those in files.
    count: u64,
    /// The entry that is read; none at first.
    entry: usize,
    /// The last time in the entry; `None` before the first.
    time: Option<i64>,
    /// Index of the first item of the entry; those before its first time get that time.
    head: usize,
    /// Sorted temporary files; unnamed, so they go away with the process.
    runs: Vec<File>,
    /// Rows without a time, for a note at the end.
    untimed: Arc<AtomicU64>,
}

impl<W: Write> SortPrinter<W> {
    /// A printer that keeps `limit` bytes in memory. `untimed` counts the rows without a time.
    pub(super) fn new(out: W, form: Form, limit: usize, untimed: Arc<AtomicU64>) -> Self {
        Self {
            out,
            form,
            limit,
            text: Vec::new(),
            items: Vec::new(),
            count: 0,
            entry: usize::MAX,
            time: None,
            head: 0,
            runs: Vec::new(),
            untimed,
        }
    }

    /// Adds the row whose text was appended last.
    fn add(&mut self, time: Option<i64>) {
        match (time, self.time) {
            (Some(time), None) => {
                // Rows before the first time of an entry, such as a banner, belong to it.
                self.items[self.head..].iter_mut().for_each(|item| item.key.0 = time);
            }
            (None, _) => {
                self.untimed.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        self.time = time.or(self.time);
        // An entry without any time comes first.
        let key = (self.time.unwrap_or(i64::MIN), self.count);
        self.items.push(Item { key, end: self.text.len() });
        self.count += 1;
    }

    /// Writes what is in memory to a temporary file, sorted.
    fn spill(&mut self) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
        for (key, text) in sorted(&self.items, &self.text) {
            write_head(&mut file, key, text.len() as u64)?;
            file.write_all(text)?;
        }
        self.runs.push(rewound(file)?);
        self.text.clear();
        // One very long row must not keep its memory; below twice the limit the allocation is reused.
        self.text.shrink_to(2 * self.limit);
        self.items.clear();
        self.head = 0;
        // This rewrites all earlier rows, but only once per 63 files: about every 2 GB of text.
        if self.runs.len() == MAX_RUNS {
            let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
            merge(self.runs.drain(..), |run| {
                write_head(&mut file, run.key, run.length)?;
                run.copy_to(&mut file)
            })?;
            self.runs.push(rewound(file)?);
        }
        Ok(())
    }
}

/// Writes what precedes each text in a temporary file: time, number and length, 8 bytes each, little-endian.
fn write_head(file: &mut impl Write, (time, number): Key, length: u64) -> io::Result<()> {
    file.write_all(&time.to_le_bytes())?;
    file.write_all(&number.to_le_bytes())?;
    file.write_all(&length.to_le_bytes())
}

/// Flushes the file and goes back to its beginning, to read it.
fn rewound(file: BufWriter<File>) -> io::Result<File> {
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Passes each item of all files, in order, to `take`, which must read its text before the next one comes.
fn merge(
    files: impl Iterator<Item = File>,
    mut take: impl FnMut(&mut Run) -> io::Result<()>,
) -> io::Result<()> {
    let mut runs: Vec<Run> = files.map(Run::new).collect();
    // Has the next key of each file; `Reverse`, because the heap gives the greatest first.
    let mut heap = BinaryHeap::new();
    for (index, run) in runs.iter_mut().enumerate() {
        if run.next()? {
            heap.push(Reverse((run.key, index)));
        }
    }
    while let Some(Reverse((_, index))) = heap.pop() {
        let run = &mut runs[index];
        take(run)?;
        if run.next()? {
            heap.push(Reverse((run.key, index)));
        }
    }
    Ok(())
}

/// The items in order, each with its text.
fn sorted<'a>(items: &[Item], text: &'a [u8]) -> Vec<(Key, &'a [u8])> {
    let starts = [0].into_iter().chain(items.iter().map(|item| item.end));
    let texts = starts.zip(items).map(|(start, item)| (item.key, &text[start..item.end]));
    let mut sorted: Vec<_> = texts.collect();
    // Keys are unique, since they include the number of the row.
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A sorted temporary file that is read. Only keys are held, not texts: each of many files may have a long
/// one.
struct Run {
    /// Between `next` and `copy_to` it is at the beginning of a text.
    file: BufReader<File>,
    /// Of the current item.
    key: Key,
    /// Bytes of the current item's text.
    length: u64,
}

impl Run {
    /// Before the first item; call [`next`](Self::next).
    fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(BUFFER, file), key: (0, 0), length: 0 }
    }

    /// Goes to the next item; `false` at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        // As `write_head` writes it.
        let mut head = [0; 24];
        let read = self.file.read(&mut head)?;
        // The end of the file between two items; inside a head `read_exact` reports it.
        if read == 0 {
            return Ok(false);
        }
        self.file.read_exact(&mut head[read..])?;
        let [time, number, length] = [0, 8, 16].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(word)
        });
        self.key = (time.cast_signed(), number);
        self.length = length;
        Ok(true)
    }

    /// Writes the text of the current item to `out`, without holding all of it.
    fn copy_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        let copied = io::copy(&mut self.file.by_ref().take(self.length), out)?;
        if copied < self.length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

impl<W: Write> Printer for SortPrinter<W> {
    /// Keeps the rows; nothing is printed before all entries have been read.
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        if part.entry != self.entry {
            self.entry = part.entry;
            self.time = None;
            self.head = self.items.len();
        }
        for &row in &part.hits {
            self.form.write(part.entry, rows, row, ':', &mut self.text);
            self.add(rows.time(row));
            if self.text.len() + self.items.len() * size_of::<Item>() > self.limit {
                self.spill()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Prints all rows in order.
    fn finish(&mut self) -> io::Result<()> {
        if self.runs.is_empty() {
            let text = std::mem::take(&mut self.text);
            return sorted(&self.items, &text)
                .into_iter()
                .try_for_each(|(_, text)| self.out.write_all(text));
        }
        self.spill()?;
        let out = &mut self.out;
        merge(self.runs.drain(..), |run| run.copy_to(out))
    }
}
