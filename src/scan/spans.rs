//! Scans of some spans of a plan, and of one entry.

use std::collections::HashSet;
use std::sync::Arc;

use super::indexed::tell_formats;
use super::plan::{Span, SpanPart};
use super::{Scan, ScanOptions};
use crate::error::{Error, Location, Result};
use crate::index::Files;
use crate::source::{Catalog, Part, Unit};

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
        if spans.iter().all(|span| span.part.is_none()) {
            return Ok(());
        }
        let changed = |span: &Span| span.unit.changed();
        let of = |entry: usize| {
            let number = self.catalog.entries[entry].unit.unwrap_or_default();
            spans.get(number).and_then(|span| Some((span, span.part.as_ref()?)))
        };
        let mut parts = Vec::new();
        // Parts of plain text are not of whole blocks.
        let mut plain = HashSet::new();
        for (index, entry) in self.catalog.entries.iter().enumerate() {
            let part = of(index).filter(|(_, part)| !part.is_indexed).map(|(_, part)| {
                plain.insert(entry.number);
                let SpanPart { bytes, first_line, .. } = part.clone();
                Part { log: None, bytes, first_line }
            });
            parts.push((index, part));
        }
        let divided = self.catalog.of_parts(parts);
        let mut divided = divided.map_err(|index| match of(index) {
            Some((span, _)) => changed(span),
            None => Error::new(TASK, self.catalog.locate(index), "it no longer exists"),
        })?;
        for entry in &mut divided.entries {
            let span = spans.get(entry.unit.unwrap_or_default());
            let Some((span, part)) = span.and_then(|span| Some((span, span.part.as_ref()?))) else {
                continue;
            };
            if part.is_indexed {
                let indexes = self.indexes.as_ref();
                let blocks = indexes.and_then(|own| own.blocks(entry.number, &part.bytes));
                entry.blocks = Some(Arc::new(blocks.ok_or_else(|| changed(span))?));
            }
        }
        self.indexes =
            self.indexes.as_ref().map(|own| own.without(|number| plain.contains(&number)));
        self.catalog = Arc::new(divided);
        // Each part is of one entry.
        let has_one = |(number, _): &(usize, &Span)| {
            let own = self.catalog.entries.iter().filter(|entry| entry.unit == Some(*number));
            own.count() == 1
        };
        let divided = spans.iter().enumerate().filter(|(_, span)| span.part.is_some());
        match divided.clone().find(|span| !has_one(span)) {
            Some((_, span)) => Err(changed(span)),
            None => Ok(()),
        }
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
