//! The passes of the work, each timed alone on one thread.
//!
//! All of them take one portion of text in turns: memory stays that of a portion, whatever the input.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use memchr::memchr_iter;
use ripsaw::error::{Error, Location, Result};
use ripsaw::format::{Decoder, Settings};
use ripsaw::pipeline::BLOCK_BYTES;
use ripsaw::sink::{Encoder, FileFormat, Sink, SinkOptions};
use ripsaw::source::{Ending, Feed, Piece, Portion, is_blank};
use ripsaw::table::{Dictionaries, Lines, LinesBuilder, lines_schema, text_bytes};

use super::interrupt::Interrupt;
use super::settings::Reading;

/// What a pass took.
pub(super) struct Pass {
    /// As JSON names it: a format's name, or `read`, `split`, `parse`.
    pub(super) name: &'static str,
    /// As people name it.
    pub(super) title: String,
    pub(super) elapsed: Duration,
    /// Rows that it counted, where it counts any.
    pub(super) rows: Option<u64>,
    /// Bytes that it wrote, where it writes any.
    pub(super) written: Option<u64>,
}

/// Counts what is written to nowhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
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

/// Reads the inputs once, and does everything to every portion.
pub(super) fn measure(
    reading: &Reading,
    formats: &[&'static FileFormat],
    interrupt: &Interrupt,
) -> Result<Vec<Pass>> {
    let scan = reading.open()?;
    let catalog = scan.catalog();
    let dictionaries = Dictionaries::new(catalog);
    let mut builder = LinesBuilder::new(reading.options.pipeline.ansi, false);
    let empty = builder.finish(&dictionaries).batch;
    let open = |format| Writing::open(format, &empty);
    let mut writings: Vec<Writing> = formats.iter().copied().map(open).collect::<Result<_>>()?;

    let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), 0..catalog.entries.len());
    let mut portion = Portion::new();
    let mapping = reading.options.pipeline.mapping.clone();
    let mut decoder = Decoder::new(Settings { max_line: catalog.options().max_line, mapping });
    let (mut read, mut split, mut parse) = Default::default();
    let (mut split_rows, mut parsed_rows) = (0, 0);
    while !feed.is_done() {
        if interrupt.is_requested() {
            return Err(Error::interrupted());
        }
        timed(&mut read, || feed.fill(&mut portion));
        split_rows += timed(&mut split, || rows_in(&portion));
        let lines =
            timed(&mut parse, || decode(&mut decoder, &portion, &mut builder, &dictionaries));
        parsed_rows += lines.batch.num_rows() as u64;
        for writing in &mut writings {
            writing.write(&lines.batch)?;
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
        pass("split", "split into lines", split, Some(split_rows)),
        pass("parse", "parse to columns", parse, Some(parsed_rows)),
    ];
    for writing in writings {
        passes.push(writing.finish()?);
    }
    Ok(passes)
}

fn timed<R>(spent: &mut Duration, work: impl FnOnce() -> R) -> R {
    let started = Instant::now();
    let done = work();
    *spent += started.elapsed();
    done
}

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

/// Rows that the text will have: the non-blank lines, and one for the end of a damaged entry.
fn rows_in(portion: &Portion) -> u64 {
    portion.pieces().iter().map(|piece| rows_of(piece, portion.text(piece))).sum()
}

fn rows_of(piece: &Piece, text: &[u8]) -> u64 {
    let failed = matches!(piece.ending, Ending::Failed { .. });
    if piece.cut.is_some() {
        return 1 + u64::from(failed);
    }
    let mut text = text;
    if piece.offset == 0 {
        text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    }
    let mut rows = 0;
    let mut start = 0;
    for end in memchr_iter(b'\n', text) {
        rows += u64::from(!is_blank(&text[start..end]));
        start = end + 1;
    }
    // The head of a line goes into the row that ends a damaged entry.
    let is_head = matches!(piece.ending, Ending::Failed { partial: true, .. });
    rows + u64::from(!is_head && !is_blank(&text[start..])) + u64::from(failed)
}

/// Columns on their way into a format, and to nowhere.
struct Writing {
    format: &'static FileFormat,
    encoder: Arc<dyn Encoder>,
    sink: Box<dyn Sink>,
    counter: Counter,
    /// Rows that do not fill a block yet.
    held: Vec<RecordBatch>,
    held_rows: usize,
    held_bytes: usize,
    elapsed: Duration,
}

impl Writing {
    fn open(format: &'static FileFormat, empty: &RecordBatch) -> Result<Self> {
        let counter = Counter::default();
        let written = format.prepare(&SinkOptions::default())?;
        let sink = written.open(Box::new(counter.clone()), &lines_schema());
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

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let started = Instant::now();
        let mut done = 0;
        while done < batch.num_rows() {
            let room = self.encoder.rows_per_block().map(|rows| rows - self.held_rows);
            let take = room.unwrap_or(usize::MAX).min(batch.num_rows() - done);
            let part = batch.slice(done, take);
            self.held_bytes += text_bytes(&part);
            self.held.push(part);
            self.held_rows += take;
            done += take;
            if room.is_none_or(|room| room == take) || self.held_bytes >= BLOCK_BYTES {
                self.encode()?;
            }
        }
        self.elapsed += started.elapsed();
        Ok(())
    }

    fn encode(&mut self) -> Result<()> {
        let block = self.encoder.encode(&self.held).and_then(|block| self.sink.append(block));
        self.held.clear();
        (self.held_rows, self.held_bytes) = (0, 0);
        block.map(drop).map_err(cannot_encode)
    }

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

fn cannot_encode(cause: io::Error) -> Error {
    Error::io("cannot encode rows", Location::default(), cause)
}
