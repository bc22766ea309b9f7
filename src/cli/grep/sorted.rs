//! Rows of all entries in the order of time.
//!
//! Rows are sorted some megabytes at a time; what is more goes to temporary files, which are merged at
//! the end: memory does not depend on how many rows there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hits::{Part, Printer};
use super::lines::Form;
use super::rows::Rows;

/// Bytes of text that are sorted in memory.
pub(super) const IN_MEMORY: usize = 32 << 20;

/// Bytes of a temporary file that are read at a time.
const BUFFER: usize = 128 << 10;

/// Temporary files that are open at once; as many are merged into one.
const MAX_RUNS: usize = 64;

/// Time, then the order of the input.
type Key = (i64, u64);

struct Item {
    key: Key,
    end: usize,
}

/// Prints rows that match, sorted.
pub(super) struct SortPrinter<W> {
    out: W,
    form: Form,
    limit: usize,
    text: Vec<u8>,
    items: Vec<Item>,
    count: u64,
    entry: usize,
    /// The last time of the entry.
    time: Option<i64>,
    /// The first of the items that wait for the first time of the entry.
    head: usize,
    runs: Vec<File>,
    untimed: Arc<AtomicU64>,
}

impl<W: Write> SortPrinter<W> {
    /// `untimed` counts the rows without a time.
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

    fn add(&mut self, time: Option<i64>) {
        match (time, self.time) {
            (Some(time), None) => {
                // What stands before the first time of an entry belongs to it.
                self.items[self.head..].iter_mut().for_each(|item| item.key.0 = time);
            }
            (None, _) => {
                self.untimed.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        self.time = time.or(self.time);
        let key = (self.time.unwrap_or(i64::MIN), self.count);
        self.items.push(Item { key, end: self.text.len() });
        self.count += 1;
    }

    /// Writes what is in memory to a temporary file.
    fn spill(&mut self) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
        for (key, text) in sorted(&self.items, &self.text) {
            write_head(&mut file, key, text.len() as u64)?;
            file.write_all(text)?;
        }
        self.runs.push(rewound(file)?);
        self.text.clear();
        self.text.shrink_to(2 * self.limit);
        self.items.clear();
        self.head = 0;
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

/// What stands before each text in a temporary file: its key and its length.
fn write_head(file: &mut impl Write, (time, number): Key, length: u64) -> io::Result<()> {
    file.write_all(&time.to_le_bytes())?;
    file.write_all(&number.to_le_bytes())?;
    file.write_all(&length.to_le_bytes())
}

fn rewound(file: BufWriter<File>) -> io::Result<File> {
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Gives each item of all files in order to `take`, which must read its text.
fn merge(
    files: impl Iterator<Item = File>,
    mut take: impl FnMut(&mut Run) -> io::Result<()>,
) -> io::Result<()> {
    let mut runs: Vec<Run> = files.map(Run::new).collect();
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
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A temporary file that is read. Texts are not held: each of many files may have a long one.
struct Run {
    file: BufReader<File>,
    /// Of the item that is next, and the length of its text.
    key: Key,
    length: u64,
}

impl Run {
    fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(BUFFER, file), key: (0, 0), length: 0 }
    }

    /// Goes to the next item; `false` where there is none.
    fn next(&mut self) -> io::Result<bool> {
        let mut head = [0; 24];
        let read = self.file.read(&mut head)?;
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

    /// Writes the text of the item to `out`.
    fn copy_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        let copied = io::copy(&mut self.file.by_ref().take(self.length), out)?;
        if copied < self.length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

impl<W: Write> Printer for SortPrinter<W> {
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
