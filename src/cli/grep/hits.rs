//! The sink of a search: finds the rows that match, and hands them to a printer entry by entry.
//!
//! The [`Finder`] runs on all threads, block by block; [`Hits`] gets the blocks on one thread in input order.
//! Whatever depends on order (`-m`, context, ends of entries) therefore happens in [`Hits`].

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use ripsaw::index::BlockCounts;
use ripsaw::query::Selection;
use ripsaw::sink::{Block, Encoder, Flow, Sink};
use ripsaw::table::{Lines, Texts, expand, lines_schema, text_bytes};

use super::files::Files;
use super::form::Form;
use super::rows::Rows;

/// What is done with the rows. Called on one thread, in the order of the input.
pub(super) trait Printer {
    /// Consecutive rows of one entry, and which of them match. `done`: the file has reached `-m`, so no more
    /// of its rows will match.
    fn rows(&mut self, part: &Part, rows: &Rows, done: bool) -> io::Result<()>;

    /// A file has been read to its end, and so many of its rows matched. Called once for every file of the
    /// catalog, also for those without rows, with the last of its entries.
    fn end_file(&mut self, _entry: usize, _hits: u64) -> io::Result<()> {
        Ok(())
    }

    /// Rows that match and were counted without being read, of one block.
    fn counted(&mut self, _counts: &BlockCounts) {}

    /// Whether rows after the last match are printed.
    fn wants_more(&self) -> bool {
        false
    }

    /// Whether no more rows are wanted: the search may stop.
    fn is_full(&self) -> bool {
        false
    }

    /// Passes on what is buffered, so that the user sees it now.
    fn flush(&mut self) -> io::Result<()>;

    /// All entries have ended: prints what had to wait for that.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Consecutive rows of one entry; a block may have several parts, and an entry several blocks.
pub(super) struct Part {
    /// Index in the catalog.
    pub(super) entry: usize,
    /// Rows of the batch that belong to the entry.
    pub(super) rows: Range<usize>,
    /// Those that match, in order.
    pub(super) hits: Vec<usize>,
    /// How these are printed, if the finder knows.
    pub(super) printed: Option<Printed>,
}

/// Rows as they are printed, one after the other.
#[derive(Default)]
pub(super) struct Printed {
    pub(super) text: Vec<u8>,
    /// Where each row ends in the text.
    pub(super) ends: Vec<usize>,
}

impl Printed {
    /// Rows of an entry.
    fn of(form: &Form, entry: usize, rows: &Rows, hits: &[usize]) -> Self {
        let mut printed = Self::default();
        for &hit in hits {
            form.write(entry, rows, hit, ':', &mut printed.text);
            printed.ends.push(printed.text.len());
        }
        printed
    }
}

/// A block: what the finder passes on to the printing thread.
struct Found {
    /// All columns, with plain (not run-encoded) values; `None` if there are no rows.
    batch: Option<RecordBatch>,
    /// The line of each row as in the log, with `--raw`.
    raw: Option<Vec<Vec<u8>>>,
    /// The offsets of those lines, with `-b`.
    offsets: Option<Vec<u64>>,
    /// The JSON of rows that have no message.
    records: Option<StringArray>,
    /// In input order, including entries without rows here.
    parts: Vec<Part>,
}

impl Found {
    /// The rows, if there are any.
    fn rows(&self) -> Option<Rows<'_>> {
        let batch = self.batch.as_ref()?;
        let texts = Texts::new(batch, self.records.as_ref());
        Some(Rows::new(batch, texts, self.raw.as_deref(), self.offsets.as_deref()))
    }
}

/// Finds what matches, on any thread.
pub(super) struct Finder {
    /// Which rows match, if all rows arrive because of context lines. `None`: the pipeline has left only the
    /// matches.
    pub(super) selection: Option<Arc<Selection>>,
    /// How rows are printed, if only matches are, in this order: threads do more of the work then.
    pub(super) form: Option<Arc<Form>>,
    /// `grep -q`: any match ends the search, whichever thread finds it first. The match is counted here.
    pub(super) stop_at_first: Option<Arc<Tally>>,
}

impl Encoder for Finder {
    /// Stops all threads once a match is known.
    fn flow(&self) -> Flow {
        let has_hit = |tally: &Arc<Tally>| tally.hits.load(Ordering::Relaxed) > 0;
        if self.stop_at_first.as_ref().is_some_and(has_hit) { Flow::Stop } else { Flow::Continue }
    }

    /// A search counts only what it finds.
    fn skips(&self) -> bool {
        true
    }

    /// What a block holds in memory, so that the pipeline can limit how far threads run ahead.
    fn bytes_of(&self, block: &Block) -> usize {
        let found: Option<&Found> = block.downcast_ref();
        let raw = found.and_then(|found| found.raw.as_ref());
        let raw: usize = raw.map_or(0, |raw| raw.iter().map(Vec::len).sum());
        let parts = found.iter().flat_map(|found| &found.parts);
        let printed = parts.filter_map(|part| Some(part.printed.as_ref()?.text.len()));
        raw + printed.sum::<usize>()
            + found.and_then(|found| found.batch.as_ref()).map_or(0, text_bytes)
    }

    /// Never called: without a block size the pipeline calls `encode_lines`.
    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Err(io::Error::other("a search needs the entries of the rows"))
    }

    /// Finds the matches of a batch. The result does not depend on other batches.
    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        let wanted =
            self.selection.as_ref().map(|selection| selection.rows(&lines.batch, &lines.texts()));
        let is_hit = |row: &usize| wanted.as_ref().is_none_or(|wanted| wanted.value(*row));
        let mut parts = Vec::new();
        let mut start = 0;
        for (entry, tally) in &lines.tallies {
            // The tallies list the entries of the batch in row order, and `lines` is their number of rows.
            let rows = start..start + tally.lines as usize;
            start = rows.end;
            let hits = rows.clone().filter(is_hit).collect();
            parts.push(Part { entry: *entry, rows, hits, printed: None });
        }
        if let (Some(tally), true) =
            (&self.stop_at_first, parts.iter().any(|part| !part.hits.is_empty()))
        {
            tally.hits.fetch_add(1, Ordering::Relaxed);
        }
        // Parts are kept even without rows, so that `end_file` comes at the right time.
        let batch = match lines.batch.num_rows() {
            0 => None,
            _ => {
                let schema = without_runs(&lines.batch);
                Some(expand(&lines.batch, &schema).map_err(io::Error::other)?)
            }
        };
        let (raw, offsets) = (lines.raw.clone(), lines.offsets.clone());
        let mut found =
            Found { batch, raw, offsets, records: lines.records.clone(), parts: Vec::new() };
        if let (Some(form), Some(rows)) = (&self.form, found.rows()) {
            for part in &mut parts {
                part.printed = Some(Printed::of(form, part.entry, &rows, &part.hits));
            }
        }
        found.parts = parts;
        Ok(Box::new(found))
    }
}

/// The schema of a batch of the table `lines` without its runs; columns of keys, after the fixed ones, have none.
fn without_runs(batch: &RecordBatch) -> SchemaRef {
    let fixed = lines_schema();
    let keys = &batch.schema_ref().fields()[fixed.fields().len()..];
    if keys.is_empty() {
        return fixed;
    }
    let fields: Vec<FieldRef> = fixed.fields().iter().chain(keys).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// What a search found in total; atomic because `grep -q` counts on the finders' threads.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Rows that matched, up to `-m` per file.
    pub(super) hits: AtomicU64,
    /// Entries with a match.
    pub(super) entries: AtomicU64,
}

/// The half of the sink that runs on one thread: hands what was found to a printer.
pub(super) struct Hits {
    /// The other half.
    pub(super) finder: Arc<Finder>,
    pub(super) printer: Box<dyn Printer>,
    /// Number of entries in the catalog.
    pub(super) entries: usize,
    /// The files of those.
    pub(super) files: Files,
    /// `-m`: matches that are printed per file.
    pub(super) max_count: Option<u64>,
    /// After so many rows of the last entry that match there is nothing to wait for.
    pub(super) enough: Option<u64>,
    /// Shared with the command, which reads it after the run.
    pub(super) tally: Arc<Tally>,
    /// The entry whose rows come next; all before it have ended.
    pub(super) current: usize,
    /// Matches of the current file so far.
    pub(super) hits: u64,
    /// Those of them in entries before the current one.
    pub(super) hits_before: u64,
    /// Those that are counted without being read, in the order of entries.
    pub(super) counted: VecDeque<BlockCounts>,
}

impl Hits {
    /// Ends the current entry and all others before `before`.
    fn end_entries(&mut self, before: usize) -> io::Result<()> {
        while self.current < before {
            while let Some(counts) = self.counted.front().copied()
                && counts.entry == self.current
            {
                self.counted.pop_front();
                let hits = counts.levels.iter().sum::<u64>();
                self.hits += hits;
                self.tally.hits.fetch_add(hits, Ordering::Relaxed);
                self.printer.counted(&counts);
            }
            let has_hits = self.hits > self.hits_before;
            self.tally.entries.fetch_add(u64::from(has_hits), Ordering::Relaxed);
            if !self.files.continues(self.current) {
                self.printer.end_file(self.current, self.hits)?;
                self.hits = 0;
            }
            self.hits_before = self.hits;
            self.current += 1;
        }
        Ok(())
    }
}

impl Sink for Hits {
    /// The half that runs on all threads.
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::clone(&self.finder) as _
    }

    /// There is nothing to print before the first row.
    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    /// Prints a block. The next block may belong to the same entry, so the last entry stays open.
    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let found = block.downcast::<Found>().map_err(|_| io::Error::other("a strange block"))?;
        let mut found = *found;
        let mut parts = std::mem::take(&mut found.parts);
        let rows = found.rows();
        for part in &mut parts {
            self.end_entries(part.entry)?;
            let Some(rows) = &rows else { continue };
            let limit = self.max_count.unwrap_or(u64::MAX);
            // `-m` is applied here and not by the finders, which do not know how many matches came before.
            let room = usize::try_from(limit - self.hits).unwrap_or(usize::MAX);
            part.hits.truncate(room);
            self.hits += part.hits.len() as u64;
            self.tally.hits.fetch_add(part.hits.len() as u64, Ordering::Relaxed);
            self.printer.rows(part, rows, self.hits == limit)?;
        }
        let is_last = self.current + 1 == self.entries;
        let has_all = self.enough.is_some_and(|enough| is_last && self.hits >= enough);
        let stops = self.printer.is_full() || has_all && !self.printer.wants_more();
        Ok(if stops { Flow::Stop } else { Flow::Continue })
    }

    /// Matches are seen as soon as everything before them has been searched, even if the rest takes minutes.
    fn flush(&mut self) -> io::Result<()> {
        self.printer.flush()
    }

    /// Ends the remaining entries, with or without rows.
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.end_entries(self.entries)?;
        self.printer.finish()?;
        self.printer.flush()
    }
}
