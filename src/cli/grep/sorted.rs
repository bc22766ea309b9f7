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

use super::context::Context;
use super::hits::{Part, Printer};
use super::json::AT_ONCE;
use super::lines::Body;
use super::page::Page;
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
    is_hit: bool,
    end: usize,
}

/// Prints rows that match, sorted, and those beside them.
pub(super) struct SortPrinter<W> {
    page: Page<W>,
    body: Body,
    context: Context,
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
    /// `limit`: bytes that are sorted in memory; `untimed` counts the rows without a time.
    pub(super) fn new(
        page: Page<W>,
        body: Body,
        context: Context,
        limit: usize,
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
            entry: usize::MAX,
            time: None,
            head: 0,
            runs: Vec::new(),
            untimed,
        }
    }

    /// Takes the text that was appended last as a row.
    fn add(&mut self, time: Option<i64>, is_hit: bool) -> io::Result<()> {
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
        self.items.push(Item { key, is_hit, end: self.text.len() });
        self.count += 1;
        if self.text.len() + self.items.len() * size_of::<Item>() > self.limit {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes what is in memory to a temporary file.
    fn spill(&mut self) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
        for (head, text) in sorted(&self.items, &self.text) {
            head.write(&mut file)?;
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
                run.head.write(&mut file)?;
                run.copy_to(&mut file)
            })?;
            self.runs.push(rewound(file)?);
        }
        Ok(())
    }
}

/// What stands before each text in a temporary file.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    key: Key,
    is_hit: bool,
    /// Bytes of the text.
    length: u64,
}

impl Head {
    const BYTES: usize = 25;

    fn write(self, file: &mut impl Write) -> io::Result<()> {
        let (time, number) = self.key;
        file.write_all(&time.to_le_bytes())?;
        file.write_all(&number.to_le_bytes())?;
        file.write_all(&self.length.to_le_bytes())?;
        file.write_all(&[u8::from(self.is_hit)])
    }

    fn of(bytes: [u8; Self::BYTES]) -> Self {
        let [time, number, length] = [0, 8, 16].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        });
        Self { key: (time.cast_signed(), number), is_hit: bytes[24] != 0, length }
    }
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

/// The items in order, each with its text.
fn sorted<'a>(items: &[Item], text: &'a [u8]) -> Vec<(Head, &'a [u8])> {
    let starts = [0].into_iter().chain(items.iter().map(|item| item.end));
    let texts = starts.zip(items).map(|(start, item)| {
        let text = &text[start..item.end];
        (Head { key: item.key, is_hit: item.is_hit, length: text.len() as u64 }, text)
    });
    let mut sorted: Vec<_> = texts.collect();
    sorted.sort_unstable_by_key(|(head, _)| head.key);
    sorted
}

/// A temporary file that is read. Texts are not held: each of many files may have a long one.
struct Run {
    file: BufReader<File>,
    /// Of the item that is next.
    head: Head,
}

impl Run {
    fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(BUFFER, file), head: Head::default() }
    }

    /// Goes to the next item; `false` where there is none.
    fn next(&mut self) -> io::Result<bool> {
        let mut head = [0; Head::BYTES];
        let read = self.file.read(&mut head)?;
        if read == 0 {
            return Ok(false);
        }
        self.file.read_exact(&mut head[read..])?;
        self.head = Head::of(head);
        Ok(true)
    }

    /// Writes the text of the item to `out`.
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
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        if part.entry != self.entry {
            self.entry = part.entry;
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

    fn finish(&mut self) -> io::Result<()> {
        let (page, context) = (&mut self.page, &mut self.context);
        if self.runs.is_empty() {
            for (head, text) in sorted(&self.items, &self.text) {
                print(page, context, head, |out| out.write_all(text))?;
            }
            page.finish()?;
            return page.flush();
        }
        self.spill()?;
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
