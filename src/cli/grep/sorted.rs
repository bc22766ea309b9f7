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

use super::context::Context;
use super::files::Files;
use super::hits::{Part, Printer};
use super::json::AT_ONCE;
use super::lines::Body;
use super::page::Page;
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
    /// Matches are printed with the rows beside them.
    is_hit: bool,
    /// End of its text in `SortPrinter::text`; it begins where that of the item before ends.
    end: usize,
}

/// Prints rows that match, sorted by time, and the rows beside them in that order. A row without a time
/// follows the row before it in its file.
pub(super) struct SortPrinter<W> {
    page: Page<W>,
    body: Body,
    context: Context,
    /// Bytes of text and keys that may be in memory.
    limit: usize,
    /// Text of the rows in memory, in input order.
    text: Vec<u8>,
    /// One per row in memory, in the same order.
    items: Vec<Item>,
    /// Rows so far, including those in files.
    count: u64,
    /// The files of the entries.
    files: Files,
    /// The file that is read; none at first.
    file: usize,
    /// The last time in the file; `None` before the first.
    time: Option<i64>,
    /// Index of the first item of the file; those before its first time get that time.
    head: usize,
    /// Sorted temporary files; unnamed, so they go away with the process.
    runs: Vec<Stored>,
    /// Rows of the file before its first time that are in memory no more, in input order.
    waiting: Option<BufWriter<File>>,
    /// Rows without a time, for a note at the end.
    untimed: Arc<AtomicU64>,
}

impl<W: Write> SortPrinter<W> {
    /// A printer that keeps `limit` bytes in memory. `untimed` counts the rows without a time.
    pub(super) fn new(
        page: Page<W>,
        body: Body,
        context: Context,
        limit: usize,
        files: Files,
        untimed: Arc<AtomicU64>,
    ) -> Self {
        Self {
            page,
            body,
            context,
            limit,
            text: Vec::new(),
            items: Vec::new(),
            count: 0,
            files,
            file: usize::MAX,
            time: None,
            head: 0,
            runs: Vec::new(),
            waiting: None,
            untimed,
        }
    }

    /// Adds the row whose text was appended last.
    fn add(&mut self, time: Option<i64>, is_hit: bool) -> io::Result<()> {
        match (time, self.time) {
            (Some(time), None) => {
                // Rows before the first time of a file, such as a banner, belong to it.
                self.items[self.head..].iter_mut().for_each(|item| item.key.0 = time);
                self.place_waiting(time)?;
            }
            (None, _) => {
                self.untimed.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        self.time = time.or(self.time);
        // A file without any time comes first.
        let key = (self.time.unwrap_or(i64::MIN), self.count);
        self.items.push(Item { key, is_hit, end: self.text.len() });
        self.count += 1;
        if self.text.len() + self.items.len() * size_of::<Item>() > self.limit {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes what is in memory to a temporary file, sorted. Rows whose time is yet to come wait in a file of
    /// their own: a banner may be longer than the limit.
    fn spill(&mut self) -> io::Result<()> {
        let timed = if self.time.is_none() { self.head } else { self.items.len() };
        let end = timed.checked_sub(1).map_or(0, |last| self.items[last].end);
        if timed > 0 {
            let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
            store(&mut file, &self.items[..timed], 0, &self.text)?;
            self.runs.push(Stored { file: rewound(file)?, time: None });
        }
        if timed < self.items.len() {
            let file = match &mut self.waiting {
                Some(file) => file,
                None => {
                    let file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
                    self.waiting.insert(file)
                }
            };
            store(file, &self.items[timed..], end, &self.text)?;
        }
        self.text.clear();
        // One very long row must not keep its memory; below twice the limit the allocation is reused.
        self.text.shrink_to(2 * self.limit);
        self.items.clear();
        self.head = 0;
        self.merge_many()
    }

    /// The rows that waited for the first time of their file have it now.
    fn place_waiting(&mut self, time: i64) -> io::Result<()> {
        let Some(file) = self.waiting.take() else { return Ok(()) };
        self.runs.push(Stored { file: rewound(file)?, time: Some(time) });
        self.merge_many()
    }

    /// Merges the files into one when they are too many.
    fn merge_many(&mut self) -> io::Result<()> {
        // This rewrites all earlier rows, but only once per 63 files: about every 2 GB of text.
        if self.runs.len() == MAX_RUNS {
            let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
            merge(self.runs.drain(..), |run| {
                run.head.write(&mut file)?;
                run.copy_to(&mut file)
            })?;
            self.runs.push(Stored { file: rewound(file)?, time: None });
        }
        Ok(())
    }
}

/// A sorted temporary file, at its beginning.
struct Stored {
    file: File,
    /// The time of all its rows, if it became known after they were written.
    time: Option<i64>,
}

/// Writes items to a file, sorted; the text of the first begins at `start`.
fn store(file: &mut impl Write, items: &[Item], start: usize, text: &[u8]) -> io::Result<()> {
    for (head, text) in sorted(items, start, text) {
        head.write(file)?;
        file.write_all(text)?;
    }
    Ok(())
}

/// What precedes each text in a temporary file.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    key: Key,
    /// As in [`Item`].
    is_hit: bool,
    /// Bytes of the text.
    length: u64,
}

impl Head {
    /// Time, number and length, 8 bytes each, little-endian; a byte for `is_hit`.
    const BYTES: usize = 25;

    /// Writes it before its text.
    fn write(self, file: &mut impl Write) -> io::Result<()> {
        let (time, number) = self.key;
        file.write_all(&time.to_le_bytes())?;
        file.write_all(&number.to_le_bytes())?;
        file.write_all(&self.length.to_le_bytes())?;
        file.write_all(&[u8::from(self.is_hit)])
    }

    /// As [`write`](Self::write) wrote it.
    fn of(bytes: [u8; Self::BYTES]) -> Self {
        let [time, number, length] = [0, 8, 16].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        });
        Self { key: (time.cast_signed(), number), is_hit: bytes[24] != 0, length }
    }
}

/// Flushes the file and goes back to its beginning, to read it.
fn rewound(file: BufWriter<File>) -> io::Result<File> {
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Passes each item of all files, in order, to `take`, which must read its text before the next one comes.
fn merge(
    files: impl Iterator<Item = Stored>,
    mut take: impl FnMut(&mut Run) -> io::Result<()>,
) -> io::Result<()> {
    let mut runs: Vec<Run> = files.map(Run::new).collect();
    // Has the next key of each file; `Reverse`, because the heap gives the greatest first.
    let mut heap = BinaryHeap::new();
    for (index, run) in runs.iter_mut().enumerate() {
        if run.next()? {
            heap.push(Reverse((run.head.key, index)));
        }
    }
    while let Some(Reverse((_, index))) = heap.pop() {
        let run = &mut runs[index];
        take(run)?;
        if run.next()? {
            heap.push(Reverse((run.head.key, index)));
        }
    }
    Ok(())
}

/// The items in order, each with its text; that of the first begins at `start`.
fn sorted<'a>(items: &[Item], start: usize, text: &'a [u8]) -> Vec<(Head, &'a [u8])> {
    let starts = [start].into_iter().chain(items.iter().map(|item| item.end));
    let texts = starts.zip(items).map(|(start, item)| {
        let text = &text[start..item.end];
        (Head { key: item.key, is_hit: item.is_hit, length: text.len() as u64 }, text)
    });
    let mut sorted: Vec<_> = texts.collect();
    // Keys are unique, since they include the number of the row.
    sorted.sort_unstable_by_key(|(head, _)| head.key);
    sorted
}

/// A sorted temporary file that is read. Only keys are held, not texts: each of many files may have a long
/// one.
struct Run {
    /// Between `next` and `copy_to` it is at the beginning of a text.
    file: BufReader<File>,
    /// As in [`Stored`].
    time: Option<i64>,
    /// Of the current item.
    head: Head,
}

impl Run {
    /// Before the first item; call [`next`](Self::next).
    fn new(Stored { file, time }: Stored) -> Self {
        let file = BufReader::with_capacity(BUFFER, file);
        Self { file, time, head: Head::default() }
    }

    /// Goes to the next item; `false` at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        let mut head = [0; Head::BYTES];
        let read = self.file.read(&mut head)?;
        // The end of the file between two items; inside a head `read_exact` reports it.
        if read == 0 {
            return Ok(false);
        }
        self.file.read_exact(&mut head[read..])?;
        self.head = Head::of(head);
        self.head.key.0 = self.time.unwrap_or(self.head.key.0);
        Ok(true)
    }

    /// Writes the text of the current item to `out`, without holding all of it.
    fn copy_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        let copied = io::copy(&mut self.file.by_ref().take(self.head.length), out)?;
        if copied < self.head.length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

impl<W: Write> SortPrinter<W> {
    /// Takes the rows of a part as objects.
    fn add_json(&mut self, part: &Part, rows: &Rows) -> io::Result<()> {
        for hits in part.hits.chunks(AT_ONCE) {
            let Body::Json(json) = &self.body else { return Ok(()) };
            let text = json.lines(rows.batch, hits)?;
            for (&row, line) in hits.iter().zip(text.split_inclusive('\n')) {
                self.text.extend_from_slice(line.as_bytes());
                self.add(rows.time(row), true)?;
            }
        }
        Ok(())
    }
}

/// Prints the next row of all.
fn print<W: Write>(
    page: &mut Page<W>,
    context: &mut Context,
    head: Head,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let group = page.group_of(0, head.key.0);
    context.add(page, group, head.is_hit, false, write)
}

impl<W: Write> Printer for SortPrinter<W> {
    /// Keeps the rows; nothing is printed before all entries have been read.
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        let file = self.files.of_entry(part.entry);
        if file != self.file {
            // A file without any time comes first.
            self.place_waiting(i64::MIN)?;
            self.file = file;
            self.time = None;
            self.head = self.items.len();
        }
        if matches!(self.body, Body::Json(_)) {
            return self.add_json(part, rows);
        }
        let wanted = match self.context.is_none() {
            true => part.hits.clone(),
            false => part.rows.clone().collect(),
        };
        let mut hits = part.hits.iter().copied().peekable();
        for row in wanted {
            let is_hit = hits.next_if_eq(&row).is_some();
            let Body::Text(form) = &self.body else { break };
            form.write(part.entry, rows, row, if is_hit { ':' } else { '-' }, &mut self.text);
            self.add(rows.time(row), is_hit)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Prints all rows in order.
    fn finish(&mut self) -> io::Result<()> {
        if self.runs.is_empty() && self.waiting.is_none() {
            let (page, context) = (&mut self.page, &mut self.context);
            for (head, text) in sorted(&self.items, 0, &self.text) {
                print(page, context, head, |out| out.write_all(text))?;
            }
            page.finish()?;
            return page.flush();
        }
        self.spill()?;
        self.place_waiting(i64::MIN)?;
        let (page, context) = (&mut self.page, &mut self.context);
        merge(self.runs.drain(..), |run| {
            let (head, mut is_copied) = (run.head, false);
            print(page, context, head, |out| {
                is_copied = true;
                run.copy_to(out)
            })?;
            if is_copied { Ok(()) } else { run.copy_to(&mut io::sink()) }
        })?;
        page.finish()?;
        page.flush()
    }
}
