//! The passes of the work, each timed alone on one thread: read, split, parse, encode per format.
//!
//! All passes take the same portion of text in turns before the next portion is read: memory is bounded by
//! a portion, whatever the size of the input. The sum of the passes is therefore not the time of a
//! conversion, but shows where that time goes. `bench` calls this once per round.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use arrow::error::ArrowError;
use memchr::memchr_iter;
use ripsaw::error::{Error, Location, Result};
use ripsaw::format::{Decoder, Settings};
use ripsaw::pipeline::BLOCK_BYTES;
use ripsaw::sink::{Encoder, FileFormat, Sink, SinkOptions};
use ripsaw::source::{Ending, Feed, Piece, Portion, ReadOptions, is_blank};
use ripsaw::table::{Column, Dictionaries, Lines, LinesBuilder, Tally, text_bytes};

use super::interrupt::Interrupt;
use super::key_names::with_columns;
use super::settings::Reading;

/// What one pass over the whole input took.
pub(super) struct Pass {
    /// In JSON: `read`, `split`, `parse`, or the name of a format.
    pub(super) name: &'static str,
    /// In the table, such as `encode as Parquet`.
    pub(super) title: String,
    /// The sum over all portions.
    pub(super) elapsed: Duration,
    /// Rows that it counted; `None` if it counts none. `bench` checks that all passes agree.
    pub(super) rows: Option<u64>,
    /// Bytes that it encoded; `None` if it encodes nothing.
    pub(super) written: Option<u64>,
}

/// A writer that counts bytes and discards them. Clones share the count.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Bytes written so far through all clones.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the inputs once, and runs every pass on each portion.
///
/// # Errors
/// An input that cannot be opened, rows that a format cannot hold, or an interruption.
pub(super) fn measure(
    reading: &Reading,
    formats: &[&'static FileFormat],
    interrupt: &Interrupt,
) -> Result<Vec<Pass>> {
    let scan = with_columns(reading.open()?, &reading.keys, &reading.columns)?;
    let catalog = scan.catalog();
    let dictionaries = Dictionaries::new(catalog);
    let mut builder = LinesBuilder::new(reading.options.pipeline.ansi, false);
    if let Some(keys) = scan.key_schema() {
        builder = builder.with_keys(keys);
    }
    let schema = scan.schema()?;
    // Sinks begin with a batch that has no rows but all dictionaries.
    let empty = columns_of(&builder.finish(&dictionaries).batch, &schema)?;
    let open = |format| Writing::open(format, &schema, &empty);
    let mut writings: Vec<Writing> = formats.iter().copied().map(open).collect::<Result<_>>()?;

    // One feed over all entries, in order: the pipeline's scheduling is not measured here.
    let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), 0..catalog.entries.len());
    let mut portion = Portion::new();
    let mapping = reading.options.pipeline.mapping.clone();
    let ReadOptions { max_line, join, .. } = *catalog.options();
    let mut decoder = Decoder::new(Settings { max_line, mapping, join });
    // Times add up over portions; those of the formats are kept in each `Writing`.
    let (mut read, mut split, mut parse) = Default::default();
    let (mut split_rows, mut parsed_rows) = (Some(0), 0);
    while !feed.is_done() {
        if interrupt.is_requested() {
            return Err(Error::interrupted());
        }
        timed(&mut read, || feed.fill(&mut portion));
        // Splitting is part of parsing in a conversion; it is repeated here to show its share.
        let counted = timed(&mut split, || rows_in(&portion));
        let lines =
            timed(&mut parse, || decode(&mut decoder, &portion, &mut builder, &dictionaries));
        split_rows = split_rows
            .filter(|_| !join && is_row_per_line(&portion, &lines))
            .map(|sum| sum + counted);
        parsed_rows += lines.batch.num_rows() as u64;
        let batch = columns_of(&lines.batch, &schema)?;
        for writing in &mut writings {
            writing.write(&batch)?;
        }
    }
    let pass = |name, title: &str, elapsed, rows| Pass {
        name,
        title: title.to_owned(),
        elapsed,
        rows,
        written: None,
    };
    let mut passes = vec![
        pass("read", "read and inflate", read, None),
        pass("split", "split into lines", split, split_rows),
        pass("parse", "parse to columns", parse, Some(parsed_rows)),
    ];
    for writing in writings {
        passes.push(writing.finish()?);
    }
    Ok(passes)
}

/// The columns of a batch that are written: without those that nothing can fill, as in a conversion.
fn columns_of(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let table = batch.schema_ref();
    let columns = schema.fields().iter().map(|field| table.index_of(field.name()));
    let columns: std::result::Result<Vec<usize>, ArrowError> = columns.collect();
    columns
        .and_then(|columns| batch.project(&columns))
        .map_err(|e| cannot_encode(io::Error::other(e)))
}

/// Does some work and adds the time it takes to `spent`.
fn timed<R>(spent: &mut Duration, work: impl FnOnce() -> R) -> R {
    let started = Instant::now();
    let done = work();
    *spent += started.elapsed();
    done
}

/// Decodes all pieces of a portion into one batch.
fn decode(
    decoder: &mut Decoder,
    portion: &Portion,
    builder: &mut LinesBuilder,
    dictionaries: &Dictionaries,
) -> Lines {
    for piece in portion.pieces() {
        decoder.decode(piece, portion.text(piece), builder);
    }
    builder.finish(dictionaries)
}

/// Whether every line that is not blank has a row. Not where records share or span lines, as in a JSON
/// document, nor where lines are left out because another entry has them, or for what they say.
fn is_row_per_line(portion: &Portion, lines: &Lines) -> bool {
    let of_entry = |(_, tally): &(usize, Tally)| {
        tally.origin.own_lines && !tally.origin.spans_lines && tally.actions == 0
    };
    lines.tallies.iter().all(of_entry)
        && portion.pieces().iter().all(|piece| piece.left_out.is_none())
        && !is_line_shared(lines)
}

/// Whether two rows of an entry are on one line.
fn is_line_shared(lines: &Lines) -> bool {
    let numbers = lines.batch.column(Column::Line.index()).as_primitive::<Int64Type>().values();
    let mut start = 0;
    lines.tallies.iter().any(|(_, tally)| {
        let rows = &numbers[start..start + tally.lines as usize];
        start += rows.len();
        rows.windows(2).any(|pair| pair[0] == pair[1])
    })
}

/// Rows that the text will have if each record is a line: one per non-blank line, and one that ends
/// each damaged entry.
fn rows_in(portion: &Portion) -> u64 {
    portion.pieces().iter().map(|piece| rows_of(piece, portion.text(piece))).sum()
}

/// The rows of one piece, counted without decoding.
fn rows_of(piece: &Piece, text: &[u8]) -> u64 {
    let failed = matches!(piece.ending, Ending::Failed { .. });
    // The head of a line longer than `--max-line`: one error row, whatever it contains.
    if piece.cut.is_some() {
        return 1 + u64::from(failed);
    }
    let mut text = text;
    // A byte order mark is not text: a file of nothing else has no row.
    if piece.offset == 0 {
        text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    }
    let mut rows = 0;
    let mut start = 0;
    for end in memchr_iter(b'\n', text) {
        rows += u64::from(!is_blank(&text[start..end]));
        start = end + 1;
    }
    // A line that was cut off by damage, `{"level":"INF`, goes into the row that ends the entry.
    let is_head = matches!(piece.ending, Ending::Failed { partial: true, .. });
    rows + u64::from(!is_head && !is_blank(&text[start..])) + u64::from(failed)
}

/// Batches on their way through one format's encoder; the bytes are counted and discarded.
struct Writing {
    /// Gives the pass its name.
    format: &'static FileFormat,
    /// Turns batches into blocks, here on the only thread.
    encoder: Arc<dyn Encoder>,
    /// Appends the blocks to `counter`.
    sink: Box<dyn Sink>,
    /// Bytes of the output so far.
    counter: Counter,
    /// Batches that do not fill a block yet: Parquet encodes whole row groups.
    held: Vec<RecordBatch>,
    /// Rows in `held`.
    held_rows: usize,
    /// Bytes of text in `held`.
    held_bytes: usize,
    /// Time spent in this format.
    elapsed: Duration,
}

impl Writing {
    /// Begins an output of this format with default options; `empty` has the dictionaries.
    fn open(format: &'static FileFormat, schema: &SchemaRef, empty: &RecordBatch) -> Result<Self> {
        let counter = Counter::default();
        let written = format.prepare(&SinkOptions::default())?;
        let sink = written.open(Box::new(counter.clone()), schema);
        let begun = sink.and_then(|mut sink| sink.begin(empty).map(|()| sink));
        let sink = begun.map_err(cannot_encode)?;
        let encoder = sink.encoder();
        let elapsed = Duration::ZERO;
        Ok(Self {
            format,
            encoder,
            sink,
            counter,
            held: Vec::new(),
            held_rows: 0,
            held_bytes: 0,
            elapsed,
        })
    }

    /// Adds rows, and encodes each block that they fill.
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let started = Instant::now();
        let mut done = 0;
        while done < batch.num_rows() {
            // `None` for formats whose blocks may have any number of rows: each batch is a block.
            let room = self.encoder.rows_per_block().map(|rows| rows - self.held_rows);
            let take = room.unwrap_or(usize::MAX).min(batch.num_rows() - done);
            let part = batch.slice(done, take);
            self.held_bytes += text_bytes(&part);
            self.held.push(part);
            self.held_rows += take;
            done += take;
            // As in the pipeline: a block ends at its rows or at its bytes, whichever comes first.
            if room.is_none_or(|room| room == take) || self.held_bytes >= BLOCK_BYTES {
                self.encode()?;
            }
        }
        self.elapsed += started.elapsed();
        Ok(())
    }

    /// Encodes and appends what is held as one block.
    fn encode(&mut self) -> Result<()> {
        let block = self.encoder.encode(&self.held).and_then(|block| self.sink.append(block));
        self.held.clear();
        (self.held_rows, self.held_bytes) = (0, 0);
        block.map(drop).map_err(cannot_encode)
    }

    /// Encodes the last, shorter block, and ends the output.
    fn finish(mut self) -> Result<Pass> {
        let started = Instant::now();
        if !self.held.is_empty() {
            self.encode()?;
        }
        self.sink.finish().map_err(cannot_encode)?;
        Ok(Pass {
            name: self.format.name,
            title: format!("encode as {}", self.format.title),
            elapsed: self.elapsed + started.elapsed(),
            rows: None,
            written: Some(self.counter.bytes()),
        })
    }
}

/// An error of encoding; nothing is written to disk, so it has no location.
fn cannot_encode(cause: io::Error) -> Error {
    Error::io("cannot encode rows", Location::default(), cause)
}
