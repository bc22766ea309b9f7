//! A scan cut into spans, which other threads, processes or machines can read apart.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Location, Result};
use crate::source::{Catalog, Entry, Part};

/// Consecutive lines of one entry: all, or those between two cuts. It can be serialised, and read by
/// another process that opens the same inputs in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The number of the entry among all of the inputs.
    entry: usize,
    /// Its bundle, path and size, to notice that the inputs are not the planned ones.
    bundle: String,
    file: String,
    stored_bytes: u64,
    /// The bytes of the entry's text, and the number of the first line; `None`: all of it.
    part: Option<(Range<u64>, i64)>,
    /// Bytes of text, as far as they are known before it is read.
    text_bytes: Option<u64>,
}

impl Span {
    /// The name of the entry's bundle.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The path of the entry in its bundle.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its bytes in the entry's text; `None`: all.
    pub fn bytes(&self) -> Option<Range<u64>> {
        self.part.as_ref().map(|(bytes, _)| bytes.clone())
    }

    /// The number of its first line in the entry, from 1.
    pub fn first_line(&self) -> i64 {
        self.part.as_ref().map_or(1, |(_, line)| *line)
    }

    /// Bytes of text, as far as they are known before it is read.
    pub fn text_bytes(&self) -> Option<u64> {
        self.text_bytes
    }

    /// The span of a whole entry, or of a part of its text.
    fn of(catalog: &Catalog, entry: &Entry, part: Option<Part>) -> Self {
        let text_bytes = part.as_ref().map(|part| part.bytes.end - part.bytes.start);
        Self {
            entry: entry.number,
            bundle: catalog.bundle_of(entry).to_owned(),
            file: entry.path.clone(),
            stored_bytes: entry.stored_bytes,
            text_bytes: text_bytes.or(entry.inflated_bytes),
            part: part.map(|part| (part.bytes, part.first_line)),
        }
    }
}

/// All rows of a scan, as spans in output order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The spans.
    pub spans: Vec<Span>,
}

impl Plan {
    /// One span for each entry, or several of about `target_bytes` of text if it can be cut.
    pub(super) fn new(catalog: &Catalog, target_bytes: u64) -> Result<Self> {
        let mut spans = Vec::new();
        for (index, entry) in catalog.entries.iter().enumerate() {
            // Each span opens its entry anew: a pipe would be empty by then.
            if !catalog.can_be_read_twice(index) {
                return Err(Error::new(
                    "cannot plan",
                    catalog.locate(index),
                    "it can be read only once",
                )
                .with_hint("write it to a file first"));
            }
            let is_large = entry.inflated_bytes.is_some_and(|bytes| bytes > target_bytes);
            // `None` for what has no random access to lines, such as a compressed entry.
            let parts = is_large.then(|| catalog.parts(index, target_bytes)).flatten();
            match parts {
                Some(parts) if parts.len() > 1 => {
                    spans
                        .extend(parts.into_iter().map(|part| Span::of(catalog, entry, Some(part))));
                }
                _ => spans.push(Span::of(catalog, entry, None)),
            }
        }
        Ok(Self { spans })
    }

    /// Consecutive spans in groups of about `target_bytes` of text each: many small entries, or one
    /// large span.
    pub fn groups(&self, target_bytes: u64) -> impl Iterator<Item = &[Span]> {
        let mut bytes = 0_u64;
        self.spans.chunk_by(move |before, after| {
            // Of compressed entries the size may show only in reading.
            let size = |span: &Span| span.text_bytes.unwrap_or(span.stored_bytes);
            // Called once for each neighbouring pair, in order; `bytes` is the size of the group so far.
            bytes = bytes.saturating_add(size(before));
            let is_full = bytes.saturating_add(size(after)) > target_bytes;
            if is_full {
                bytes = 0;
            }
            !is_full
        })
    }
}

/// The entries and parts that spans are, of a catalog from which entries may have been left out.
pub(super) fn spans_of(catalog: &Catalog, spans: &[Span]) -> Result<Catalog> {
    let changed = |span: &Span| {
        let location = Location::entry(span.bundle.clone(), span.file.clone());
        Error::new("cannot read a span", location, "the input is not the planned one")
            .with_hint("open the same inputs in the same order; plan again if they have changed")
    };
    let mut parts = Vec::with_capacity(spans.len());
    for span in spans {
        // Entries keep the number they had when all were listed, in that order, so filters do not
        // disturb it.
        let index = catalog.entries.binary_search_by_key(&span.entry, |entry| entry.number);
        let index = index.map_err(|_| changed(span))?;
        let entry = &catalog.entries[index];
        let is_same = catalog.bundle_of(entry) == span.bundle
            && entry.path == span.file
            && entry.stored_bytes == span.stored_bytes;
        if !is_same {
            return Err(changed(span));
        }
        let part = span.part.clone();
        let part = part.map(|(bytes, first_line)| Part { log: None, bytes, first_line });
        parts.push((index, part));
    }
    catalog.of_parts(parts).map_err(|index| {
        let entry = &catalog.entries[index];
        let span = spans.iter().find(|span| span.entry == entry.number);
        span.map_or_else(
            || Error::new("cannot read a span", catalog.locate(index), "it no longer exists"),
            changed,
        )
    })
}
