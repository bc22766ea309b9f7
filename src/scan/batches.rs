//! Batches, one after the other: a run whose sink is the caller.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Scan;
use super::types::ColumnTypes;
use crate::error::{Error, Location, Result};
use crate::index::add_unread;
use crate::pipeline::{self, Report, Running, Step};
use crate::sink::{Block, Encoder};
use crate::source::Catalog;
use crate::table::{Dictionaries, Tally, text_bytes};

/// How long a caller waits for the next batch before it looks again.
const TICK: Duration = Duration::from_secs(1);

/// What came of waiting for a batch.
#[derive(Debug)]
pub enum Next {
    /// A batch with rows.
    Batch(RecordBatch),
    /// Nothing yet.
    Nothing,
    /// All is read.
    End,
}

/// Batches in the order of the input, decoded ahead on other threads. Dropping it stops them.
///
/// Rows of an entry that cannot be read whole end with an error row, whose `parse_error` has the reason.
pub struct Batches {
    schema: SchemaRef,
    catalog: Arc<Catalog>,
    /// `None` once all is read, or an error has ended it.
    running: Option<Running>,
    report: Option<Report>,
    /// By entry: what is known of blocks that are not read.
    pub(super) unread: Vec<Option<Tally>>,
}

impl Batches {
    /// Starts the threads; the batches have the columns of the scan, in its order.
    pub(super) fn start(catalog: &Arc<Catalog>, scan: &Scan) -> Result<Self> {
        let projection = scan.projection()?;
        let types = scan.types;
        let schema = types.schema(&projection.schema());
        let options = pipeline::Options {
            columns: projection.columns(),
            paths: projection.paths(),
            ..scan.options.clone()
        };
        let dictionaries = Arc::new(Dictionaries::new(catalog));
        let encoder: Arc<dyn Encoder> = Arc::new(Expander { types, schema: Arc::clone(&schema) });
        let running = pipeline::start(catalog, &dictionaries, &encoder, &options)?;
        let catalog = Arc::clone(catalog);
        Ok(Self { schema, catalog, running: Some(running), report: None, unread: Vec::new() })
    }

    /// The columns of the batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// What is read: the entries of the scan, or of spans the entry of each.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// What was counted, by entry of the [catalog](Self::catalog): there once all batches have been handed out.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Waits for the next batch, but not much longer than `patience`: for callers who look after something else
    /// meanwhile.
    ///
    /// # Errors
    /// As the iterator's items; it is at its end then.
    pub fn next_within(&mut self, patience: Duration) -> Result<Next> {
        let next = self.pull(patience);
        if next.is_err() {
            // Stops the threads.
            self.running = None;
        }
        next
    }

    /// The next batch with rows.
    fn pull(&mut self, patience: Duration) -> Result<Next> {
        let Some(running) = &mut self.running else { return Ok(Next::End) };
        let start = Instant::now();
        let mut left = patience;
        loop {
            let step = running.next(left)?;
            // Rows that a filter leaves out arrive as batches without any, one after the other.
            left = patience.saturating_sub(start.elapsed());
            match step {
                Step::Block(block) => {
                    let block = block.downcast::<RecordBatch>().map_err(|_| mixed_up())?;
                    // A portion of which no row was selected is a batch all the same. Callers would
                    // have to skip it.
                    if block.num_rows() > 0 {
                        return Ok(Next::Batch(*block));
                    }
                }
                // Malformed lines are rows of the batches.
                Step::Malformed(_) | Step::Observed(_) | Step::Nothing => {}
                Step::End(tallies) => {
                    let running = self.running.take();
                    self.report = running.map(|running| {
                        let mut report = running.finish(tallies);
                        add_unread(&self.unread, &mut report);
                        report
                    });
                    return Ok(Next::End);
                }
            }
            if left.is_zero() {
                return Ok(Next::Nothing);
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            return match self.next_within(TICK) {
                Ok(Next::Batch(batch)) => Some(Ok(batch)),
                Ok(Next::Nothing) => continue,
                Ok(Next::End) => None,
                Err(error) => Some(Err(error)),
            };
        }
    }
}

/// Blocks come from [`Expander`] alone, so this cannot happen.
fn mixed_up() -> Error {
    Error::new("internal error", Location::default(), "a block that is not a batch")
}

/// Turns batches as the decoders build them into batches of plain columns.
struct Expander {
    types: ColumnTypes,
    schema: SchemaRef,
}

impl Encoder for Expander {
    fn uses_records(&self) -> bool {
        false
    }

    fn bytes_of(&self, block: &Block) -> usize {
        block.downcast_ref::<RecordBatch>().map_or(0, text_bytes)
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        // Each batch is a block of its own, since this encoder asks for no number of rows.
        let [batch] = batches else { return Err(io::Error::other("more than one batch")) };
        Ok(Box::new(self.types.convert(batch, &self.schema).map_err(io::Error::other)?))
    }
}
