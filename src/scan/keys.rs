//! The first look at generic JSON: which keys get columns, and of which type.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use rayon::prelude::*;

use super::fillable::fillable;
use super::{Scan, written};
use crate::error::{Error, Location, Result};
use crate::format::each_key_of_rows;
use crate::json::{AnyParser, Inference};
use crate::pipeline::{self, Step};
use crate::sink::{Block, Encoder};
use crate::source::Reference;
use crate::source::{BYTE_ORDER_MARK, Catalog, Entry, FormatId};
use crate::table::{Column, Dictionaries, KeySchema};

/// Columns of keys at most, unless asked for otherwise; those of a struct count each.
pub const MAX_COLUMNS: usize = 1_000;

/// Which keys of generic JSON are columns.
#[derive(Debug, Clone, Default)]
pub enum KeyPolicy {
    /// None: all are in `extra`.
    #[default]
    Extra,
    /// Those that a look at parts of the input finds.
    Sample,
    /// All: the input is read once more, before the rows are.
    Scan,
    /// These.
    Pinned(Arc<KeySchema>),
}

impl KeyPolicy {
    /// The keys of a file: the JSON of a [`KeySchema`], or the columns of a Parquet file beside the fixed
    /// ones.
    ///
    /// # Errors
    /// Why it cannot be read, or is neither.
    pub fn read(path: &Path) -> Result<Self> {
        let cannot = |cause: String| {
            let location = Location::bundle(path.to_string_lossy());
            Error::new("cannot read the schema", location, cause)
        };
        let mut file = File::open(path).map_err(|e| cannot(e.to_string()))?;
        let mut start = [0; 4];
        let is_parquet = file.read_exact(&mut start).is_ok() && start == *b"PAR1";
        let schema = if is_parquet {
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default());
            let metadata = metadata.map_err(|e| cannot(e.to_string()))?;
            KeySchema::of_arrow(metadata.schema().fields()).map_err(cannot)?
        } else {
            file.rewind().map_err(|e| cannot(e.to_string()))?;
            serde_json::from_reader(file).map_err(|e| cannot(e.to_string()))?
        };
        Ok(Self::Pinned(Arc::new(schema)))
    }
}

/// Bytes of text that are looked at of the beginning of each entry.
const HEAD: usize = 256 << 10;

/// Bytes that are looked at in other places of a large file, and how many such places there are: the last is
/// its end.
const PART: u64 = 64 << 10;
const PARTS: u64 = 4;

/// Entries that are looked at, spread over all.
const ENTRIES: usize = 64;

/// Members of compressed tar files that are looked at.
const STREAMED: usize = 4;

/// How long a look at all rows waits for the next ones before it asks again.
const TICK: Duration = Duration::from_secs(1);

impl Scan {
    /// Makes keys of generic JSON (the formats `ndjson` and `json`) columns after the fixed ones, at most
    /// `max_columns`. With [`KeyPolicy::Scan`] all of the input is read for that, with [`KeyPolicy::Sample`] parts
    /// of it; a key or a type that was not seen then stays in `extra`.
    ///
    /// # Errors
    /// With [`KeyPolicy::Scan`], a thread that cannot be started.
    pub fn keys(mut self, keys: &KeyPolicy, max_columns: usize) -> Result<Self> {
        if matches!(keys, KeyPolicy::Extra) {
            (self.options.keys, self.fixed) = (None, None);
            return Ok(self);
        }
        // Of what is still to come on standard input this much is known.
        let arrived = self.catalog.with_arrived(has_keys);
        let is_generic = arrived.entries.iter().any(has_keys);
        // What files of columns say of theirs need not be looked for in rows.
        let known = written::keys(&self.catalog).unwrap_or_default();
        self.options.keys = match keys {
            _ if !is_generic => None,
            // Returned above.
            KeyPolicy::Extra => None,
            KeyPolicy::Pinned(schema) => Some(Arc::clone(schema)),
            KeyPolicy::Sample => {
                let seen = self.infer_of(&arrived, is_unknown).schema(max_columns);
                Some(Arc::new(known.with(&seen).limited(max_columns)))
            }
            KeyPolicy::Scan => {
                self.must_be_read_twice()?;
                let seen = self.infer_rows_of(is_unknown)?.schema(max_columns);
                Some(Arc::new(known.with(&seen).limited(max_columns)))
            }
        };
        let fixed = || fillable(&self.catalog, &arrived, &self.options.mapping);
        self.fixed = self.options.keys.is_some().then(fixed);
        Ok(self)
    }

    /// Makes these keys columns, whatever formats the entries have: the columns of parts of inputs are then the same.
    /// All fixed columns are there.
    #[must_use]
    pub fn pinned(mut self, keys: Option<Arc<KeySchema>>) -> Self {
        (self.options.keys, self.fixed) = (keys, None);
        self
    }

    /// Whether some records may have keys of their own: generic JSON, or what is detected in reading.
    pub fn has_keys(&self) -> bool {
        self.entries().iter().any(has_keys)
    }

    /// The columns of keys that the rows have; `None` if they have none.
    pub fn key_schema(&self) -> Option<&Arc<KeySchema>> {
        self.options.keys.as_ref()
    }

    /// Refuses a second reading of what can be read only once.
    fn must_be_read_twice(&self) -> Result<()> {
        let entries = self.entries().iter().enumerate();
        let mut once = entries.filter(|(_, entry)| has_keys(entry) && !entry.can_be_read_twice());
        once.next().map_or(Ok(()), |(index, _)| {
            let cause = "it can be read only once";
            let error = Error::new("cannot look at all keys", self.catalog.locate(index), cause);
            Err(error.with_hint("write it to a file first"))
        })
    }

    /// The keys of generic JSON in all of the input. What can be read only once is empty afterwards.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub fn infer_all(&self) -> Result<Inference> {
        self.infer_rows_of(has_keys)
    }

    fn infer_rows_of(&self, is_wanted: impl Fn(&Entry) -> bool) -> Result<Inference> {
        let catalog = self.catalog.of_entries(is_wanted);
        if catalog.entries.is_empty() {
            return Ok(Inference::default());
        }
        self.infer_rows(catalog, true)
    }

    /// Reads rows, and looks at what is in `extra`; `all` or only the first batch of them.
    fn infer_rows(&self, catalog: Catalog, all: bool) -> Result<Inference> {
        let options = pipeline::Options {
            columns: Some([Column::Extra.index()].into()),
            keys: None,
            ..self.options.of_all_rows()
        };
        let catalog = Arc::new(catalog);
        let dictionaries = Arc::new(Dictionaries::new(&catalog));
        let encoder: Arc<dyn Encoder> = Arc::new(Look);
        let mut running = pipeline::start(&catalog, &dictionaries, &encoder, &options)?;
        let mut seen = Inference::default();
        loop {
            match running.next(TICK)? {
                Step::Block(block) => {
                    if let Ok(block) = block.downcast::<Inference>() {
                        seen.merge(*block);
                    }
                    if !all {
                        return Ok(seen);
                    }
                }
                Step::End(_) => return Ok(seen),
                Step::Malformed(_) | Step::Observed(_) | Step::Nothing => {}
            }
        }
    }

    /// The keys of generic JSON in parts of the input: the beginnings of some entries, other places of
    /// large files, and what has come of standard input.
    pub fn infer_parts(&self) -> Inference {
        self.infer_of(&self.catalog.with_arrived(has_keys), has_keys)
    }

    fn infer_of(&self, catalog: &Catalog, has_keys: impl Fn(&Entry) -> bool) -> Inference {
        // What has come of standard input may be of another format.
        let is_wanted = |entry: &Entry| has_keys(entry) && entry.can_be_read_twice();
        let all: Vec<usize> = (0..catalog.entries.len())
            .filter(|&index| is_wanted(&catalog.entries[index]))
            .collect();
        // Members of a compressed tar file are behind one another in one stream, and a look at one decompresses
        // what comes before it: only the first ones are near.
        let (apart, streamed): (Vec<usize>, Vec<usize>) =
            all.into_iter().partition(|&index| catalog.can_be_read_beside_others(index));
        let looked_at = apart.len().min(ENTRIES);
        let spread = |number: usize| number * (apart.len() - 1) / (looked_at - 1).max(1);
        let mut entries: Vec<usize> = (0..looked_at).map(|number| apart[spread(number)]).collect();
        entries.extend(streamed.into_iter().take(STREAMED));
        entries.sort_unstable();
        let look = |&entry: &usize| self.look_at(catalog, entry);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.options.threads).build();
        let seen: Vec<Inference> = match pool {
            Ok(pool) if entries.len() > 1 => {
                pool.install(|| entries.par_iter().map(look).collect())
            }
            _ => entries.iter().map(look).collect(),
        };
        // In the order of entries, so that the columns have the same order every time.
        let mut all = Inference::default();
        seen.into_iter().for_each(|seen| all.merge(seen));
        all
    }

    /// Looks at the beginning of an entry, and at more of a large file.
    fn look_at(&self, catalog: &Catalog, index: usize) -> Inference {
        let entry = &catalog.entries[index];
        let in_memory =
            self.catalog.entries[..].iter().any(|own| own.number == entry.number && own.is_live());
        let is_read = in_memory || entry.written().is_some();
        if is_read || entry.format.is_some_and(FormatId::has_keys_of_beginning) {
            let own = catalog.of_entries(|other| other.number == entry.number);
            return self.infer_rows(own, false).unwrap_or_default();
        }
        let mut seen = Inference::default();
        let head = catalog.head(index, HEAD);
        let is_whole = head.len() < HEAD;
        let lines = whole_lines(head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head), is_whole);
        if entry.keyed().is_some() {
            each_key_of_rows(lines, &mut |keys| seen.add(Some(keys)));
            return seen;
        }
        let mut parser = AnyParser::new(self.options.mapping.clone());
        let format = catalog.format_of(index, &head);
        let reference = entry.reference;
        format.each_extra(&mut parser, (lines, reference), &mut |extra| seen.add(extra));
        let is_plain = entry.inflated_bytes == Some(entry.stored_bytes);
        if !is_whole
            && is_plain
            && let Some(path) = catalog.file_of(index)
        {
            // What comes before an error is good to know. A file in UTF-16 has other bytes than its text:
            // parts of it are not text, and say nothing.
            let _ = look_at_parts(path, (format, reference), &mut parser, &mut seen);
        }
        seen
    }
}

/// Whether the keys of an entry's records may be columns. What is detected only in reading may be generic
/// JSON.
fn has_keys(entry: &Entry) -> bool {
    entry.format.is_none_or(|format| format.has_keys()) || written::has_keys(entry)
}

/// Whether the keys of an entry's records are in no file of columns that has their types.
fn is_unknown(entry: &Entry) -> bool {
    entry.format.is_none_or(|format| format.has_keys()) || written::has_untyped_keys(entry)
}

/// Looks at some places of a file beside its beginning.
fn look_at_parts(
    path: &Path,
    (format, reference): (FormatId, Reference),
    parser: &mut AnyParser,
    seen: &mut Inference,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    for part in 1..=PARTS {
        let end = length / PARTS * part + if part == PARTS { length % PARTS } else { 0 };
        let start = end.saturating_sub(PART).max(HEAD as u64);
        if start >= end {
            continue;
        }
        bytes.clear();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(end - start).read_to_end(&mut bytes)?;
        // It begins in the middle of a line.
        let first = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |newline| newline + 1);
        let lines = whole_lines(&bytes[first..], part == PARTS);
        format.each_extra(parser, (lines, reference), &mut |extra| seen.add(extra));
    }
    Ok(())
}

/// A text up to its last newline, unless it is whole.
fn whole_lines(text: &[u8], is_whole: bool) -> &[u8] {
    let end = match is_whole {
        true => text.len(),
        false => memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1),
    };
    &text[..end]
}

/// Looks at rows on the threads that make them.
struct Look;

impl Encoder for Look {
    fn uses_records(&self) -> bool {
        false
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        let mut seen = Inference::default();
        for batch in batches {
            // The only column.
            let extra = batch.column(0).as_string::<i32>();
            extra.iter().for_each(|extra| seen.add(extra));
        }
        Ok(Box::new(seen))
    }
}
