//! The sink of a search: rows that match, entry by entry.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{RecordBatch, StringArray};
use ripsaw::query::Selection;
use ripsaw::sink::{Block, Encoder, Flow, Sink};
use ripsaw::table::{Lines, Texts, expand, lines_schema, text_bytes};

use super::rows::Rows;

/// What becomes of the rows. Called on one thread, in the order of the input.
pub(super) trait Printer {
    /// Consecutive rows of an entry, and those of them that match. `done`: no more will be asked for.
    fn rows(&mut self, part: &Part, rows: &Rows, done: bool) -> io::Result<()>;

    /// An entry is read to its end; how many rows of it matched.
    fn end_entry(&mut self, _entry: usize, _hits: u64) -> io::Result<()> {
        Ok(())
    }

    /// Whether rows after the last match are printed.
    fn wants_more(&self) -> bool {
        false
    }

    /// What was printed is to be seen now.
    fn flush(&mut self) -> io::Result<()>;

    /// There is no more.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Rows of one entry.
pub(super) struct Part {
    pub(super) entry: usize,
    /// Rows of the batch.
    pub(super) rows: Range<usize>,
    /// Those of them that match.
    pub(super) hits: Vec<usize>,
}

struct Found {
    /// `None`: no rows.
    batch: Option<RecordBatch>,
    raw: Option<Vec<Vec<u8>>>,
    records: Option<StringArray>,
    parts: Vec<Part>,
}

/// Finds what matches, on any thread.
pub(super) struct Finder {
    /// Where all rows are needed: which match. Else the pipeline has left those only.
    pub(super) selection: Option<Arc<Selection>>,
    /// The first hit is all that is asked for, whichever it is; it is counted here.
    pub(super) stop_at_first: Option<Arc<Tally>>,
}

impl Encoder for Finder {
    fn flow(&self) -> Flow {
        let has_hit = |tally: &Arc<Tally>| tally.hits.load(Ordering::Relaxed) > 0;
        if self.stop_at_first.as_ref().is_some_and(has_hit) { Flow::Stop } else { Flow::Continue }
    }

    fn bytes_of(&self, block: &Block) -> usize {
        let found: Option<&Found> = block.downcast_ref();
        let raw = found.and_then(|found| found.raw.as_ref());
        let raw = raw.map_or(0, |raw| raw.iter().map(Vec::len).sum());
        raw + found.and_then(|found| found.batch.as_ref()).map_or(0, text_bytes)
    }

    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Err(io::Error::other("a search needs the entries of the rows"))
    }

    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        let wanted =
            self.selection.as_ref().map(|selection| selection.rows(&lines.batch, &lines.texts()));
        let is_hit = |row: &usize| wanted.as_ref().is_none_or(|wanted| wanted.value(*row));
        let mut parts = Vec::new();
        let mut start = 0;
        for (entry, tally) in &lines.tallies {
            let rows = start..start + tally.lines as usize;
            start = rows.end;
            let hits = rows.clone().filter(is_hit).collect();
            parts.push(Part { entry: *entry, rows, hits });
        }
        if let (Some(tally), true) =
            (&self.stop_at_first, parts.iter().any(|part| !part.hits.is_empty()))
        {
            tally.hits.fetch_add(1, Ordering::Relaxed);
        }
        let batch = match lines.batch.num_rows() {
            0 => None,
            _ => Some(expand(&lines.batch, &lines_schema()).map_err(io::Error::other)?),
        };
        Ok(Box::new(Found { batch, raw: lines.raw.clone(), records: lines.records.clone(), parts }))
    }
}

/// What a search found, for whoever asked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Rows that matched.
    pub(super) hits: AtomicU64,
    /// Entries that had one.
    pub(super) entries: AtomicU64,
}

/// Hands what was found to a printer.
pub(super) struct Hits {
    pub(super) finder: Arc<Finder>,
    pub(super) printer: Box<dyn Printer>,
    /// Entries of the catalog.
    pub(super) entries: usize,
    /// Rows of an entry that are printed at most.
    pub(super) max_count: Option<u64>,
    /// After so many rows of the last entry that match there is nothing to wait for.
    pub(super) enough: Option<u64>,
    pub(super) tally: Arc<Tally>,
    /// The entry that is read, and its hits so far.
    pub(super) current: usize,
    pub(super) hits: u64,
}

impl Hits {
    fn end_entries(&mut self, before: usize) -> io::Result<()> {
        while self.current < before {
            self.printer.end_entry(self.current, self.hits)?;
            self.tally.entries.fetch_add(u64::from(self.hits > 0), Ordering::Relaxed);
            self.current += 1;
            self.hits = 0;
        }
        Ok(())
    }
}

impl Sink for Hits {
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::clone(&self.finder) as _
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let found = block.downcast::<Found>().map_err(|_| io::Error::other("a strange block"))?;
        let found = *found;
        let rows = found.batch.as_ref().map(|batch| {
            let texts = Texts::new(batch, found.records.as_ref());
            Rows::new(batch, texts, found.raw.as_deref())
        });
        let mut parts = found.parts;
        for part in &mut parts {
            self.end_entries(part.entry)?;
            let Some(rows) = &rows else { continue };
            let limit = self.max_count.unwrap_or(u64::MAX);
            let room = usize::try_from(limit - self.hits).unwrap_or(usize::MAX);
            part.hits.truncate(room);
            self.hits += part.hits.len() as u64;
            self.tally.hits.fetch_add(part.hits.len() as u64, Ordering::Relaxed);
            self.printer.rows(part, rows, self.hits == limit)?;
        }
        let is_last = self.current + 1 == self.entries;
        let has_all = self.enough.is_some_and(|enough| is_last && self.hits >= enough);
        Ok(if has_all && !self.printer.wants_more() { Flow::Stop } else { Flow::Continue })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.printer.flush()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.end_entries(self.entries)?;
        self.printer.finish()?;
        self.printer.flush()
    }
}
