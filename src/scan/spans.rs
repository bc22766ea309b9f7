//! Scans of some spans of a plan, and of one entry.

use std::collections::HashSet;
use std::sync::Arc;

use super::indexed::tell_formats;
use super::plan::{Span, SpanPart};
use super::{Scan, ScanOptions};
use crate::error::{Error, Location, Result};
use crate::index::Files;
use crate::source::{Catalog, Entry, Part, PartOf, Unit};

/// What could not be done.
const TASK: &str = "cannot read a span";

impl Scan {
    /// Opens spans of a [plan](super::Plan), and only the archives and files that they are of. The rows of all spans
    /// are the rows of a scan of all inputs, in the same order. `inputs`: all of the plan, which are looked at if a
    /// platform's logs must be read together.
    ///
    /// # Errors
    /// A span whose file has changed, or is gone; [`dedupe`](crate::pipeline::Options::dedupe), which would see only
    /// some of the rows.
    pub fn open_spans(inputs: &[String], spans: &[Span], options: ScanOptions) -> Result<Self> {
        if options.pipeline.dedupe.is_some() {
            let cause = "--dedupe compares all rows, and spans are read apart";
            return Err(Error::new(TASK, Location::default(), cause));
        }
        let units: Vec<&Unit> = spans.iter().map(|span| &span.unit).collect();
        let known: HashSet<&str> = inputs.iter().map(String::as_str).collect();
        if let Some(other) = units.iter().find(|unit| !known.contains(unit.input())) {
            return Err(other.changed());
        }
        let know = |catalog: &mut Catalog| drop(tell_formats(catalog, &options));
        let mut catalog = options.survey().catalog_of(&units, inputs, know)?;
        let mut refused = std::mem::take(&mut catalog.refused).into_iter();
        if !options.skip_unreadable
            && let Some(first) = refused.next()
        {
            return Err(first);
        }
        catalog.problems.extend(refused);
        let mut scan = Self::of(catalog, options, Files::default());
        scan.keep_spans(spans)?;
        Ok(scan)
    }

    /// Leaves out what was listed for the sake of others, and the rest of divided entries.
    fn keep_spans(&mut self, spans: &[Span]) -> Result<()> {
        Arc::make_mut(&mut self.catalog).entries.retain(|entry| entry.unit.is_some());
        let divided = || spans.iter().enumerate().filter(|(_, span)| span.part.is_some());
        if divided().next().is_none() {
            return Ok(());
        }
        for (number, span) in divided() {
            let is_own = |entry: &&Entry| entry.unit == Some(number);
            // Each part is of one entry.
            if self.catalog.entries.iter().filter(is_own).count() != 1 {
                return Err(span.unit.changed());
            }
        }
        let mut catalog = self.with_parts_of_texts(spans)?;
        for entry in &mut catalog.entries {
            let Some((span, part)) = part_of(spans, entry).filter(|(_, part)| part.is_indexed)
            else {
                continue;
            };
            let indexes = self.indexes.as_ref();
            let blocks = indexes.and_then(|own| own.blocks(entry.number, &part.bytes));
            entry.blocks = Some(Arc::new(blocks.ok_or_else(|| span.unit.changed())?));
        }
        // Parts of plain text are not of whole blocks.
        let is_plain =
            |entry: &&Entry| part_of(spans, entry).is_some_and(|(_, part)| !part.is_indexed);
        let plain: HashSet<usize> =
            catalog.entries.iter().filter(is_plain).map(|entry| entry.number).collect();
        let indexes = self.indexes.as_ref();
        self.indexes = indexes.map(|own| own.without(|number| plain.contains(&number)));
        self.catalog = Arc::new(catalog);
        Ok(())
    }

    /// The catalog with parts of plain texts in the place of their entries.
    fn with_parts_of_texts(&self, spans: &[Span]) -> Result<Catalog> {
        let entries = self.catalog.entries.iter().enumerate();
        let parts = entries.map(|(index, entry)| {
            let part = part_of(spans, entry).filter(|(_, part)| !part.is_indexed);
            let part = part.map(|(_, part)| {
                let SpanPart { bytes, first_line, .. } = part.clone();
                Part { of: PartOf::Entry, bytes, first_line, keyed: None }
            });
            (index, part)
        });
        self.catalog.of_parts(parts.collect()).map_err(|index| {
            match part_of(spans, &self.catalog.entries[index]) {
                Some((span, _)) => span.unit.changed(),
                None => Error::new(TASK, self.catalog.locate(index), "it no longer exists"),
            }
        })
    }

    /// The rows of one entry, by its index.
    ///
    /// # Errors
    /// As for [`batches`](Self::batches); an entry that does not exist.
    #[cfg(feature = "serve")]
    pub(crate) fn read_entry(&self, entry: usize) -> Result<super::Batches> {
        let own = self.catalog.of_parts(vec![(entry, None)]);
        let own = own.map_err(|_| {
            Error::new("cannot read", Location::default(), "there is no such entry")
        })?;
        super::Batches::start(&Arc::new(own), self)
    }
}

/// The span that an entry is read for, and its part; `None`: the entry is not divided.
fn part_of<'a>(spans: &'a [Span], entry: &Entry) -> Option<(&'a Span, &'a SpanPart)> {
    let span = spans.get(entry.unit?)?;
    Some((span, span.part.as_ref()?))
}
