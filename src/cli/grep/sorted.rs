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
        for ((time, number), text) in sorted(&self.items, &self.text) {
            file.write_all(&time.to_le_bytes())?;
            file.write_all(&number.to_le_bytes())?;
            file.write_all(&(text.len() as u64).to_le_bytes())?;
            file.write_all(text)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.text.clear();
        self.items.clear();
        self.head = 0;
        Ok(())
    }

    fn merge(&mut self) -> io::Result<()> {
        let files = self.runs.drain(..);
        let mut runs: Vec<Run> = files
            .map(|file| Run { file: BufReader::with_capacity(BUFFER, file), text: Vec::new() })
            .collect();
        let mut heap = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            heap.extend(run.next()?.map(|key| Reverse((key, index))));
        }
        while let Some(Reverse((_, index))) = heap.pop() {
            self.out.write_all(&runs[index].text)?;
            heap.extend(runs[index].next()?.map(|key| Reverse((key, index))));
        }
        Ok(())
    }
}

/// The items in order, each with its text.
fn sorted<'a>(items: &[Item], text: &'a [u8]) -> Vec<(Key, &'a [u8])> {
    let starts = [0].into_iter().chain(items.iter().map(|item| item.end));
    let texts = starts.zip(items).map(|(start, item)| (item.key, &text[start..item.end]));
    let mut sorted: Vec<_> = texts.collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A temporary file that is read.
struct Run {
    file: BufReader<File>,
    /// Of the item that is next.
    text: Vec<u8>,
}

impl Run {
    fn next(&mut self) -> io::Result<Option<Key>> {
        let mut head = [0; 24];
        let read = self.file.read(&mut head)?;
        if read == 0 {
            return Ok(None);
        }
        self.file.read_exact(&mut head[read..])?;
        let [time, number, length] = [0, 8, 16].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(word)
        });
        self.text.resize(length as usize, 0);
        self.file.read_exact(&mut self.text)?;
        Ok(Some((time.cast_signed(), number)))
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
        self.merge()
    }
}
