//! One core: batches to blocks of every output format, in bytes of the NDJSON that they came from.
//!
//! Blocks are appended to an output that drops them, so that their memory is used again. Arrow's
//! blocks are the buffers of the batch themselves: their bytes are first touched when they are
//! written, which `arrow, copied` has in it.

use std::io::{self, Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::ipc::reader::FileReader;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use ripsaw::format::harness::HarnessDecoder;
use ripsaw::scan::Scan;
use ripsaw::sink::{FileFormat, Sink, SinkOptions};
use ripsaw::source::{Feed, Portion};
use ripsaw::synth::{Made, Recipe};
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi, lines_schema};

/// A format, what it is called here, and how the rows of a file of it are counted.
struct Case {
    name: &'static str,
    format: &'static str,
    compression: Option<&'static str>,
    rows: fn(Vec<u8>) -> u64,
}

const CASES: [Case; 5] = [
    Case {
        name: "parquet, zstd:1",
        format: "parquet",
        compression: Some("zstd:1"),
        rows: parquet_rows,
    },
    Case {
        name: "parquet, none",
        format: "parquet",
        compression: Some("none"),
        rows: parquet_rows,
    },
    Case { name: "arrow", format: "arrow", compression: None, rows: arrow_rows },
    Case { name: "csv", format: "csv", compression: None, rows: csv_rows },
    Case { name: "ndjson", format: "ndjson", compression: None, rows: ndjson_rows },
];

fn parquet_rows(file: Vec<u8>) -> u64 {
    let file = SerializedFileReader::new(Bytes::from(file)).expect("a Parquet file");
    let groups = file.metadata().row_groups();
    groups.iter().map(|group| group.num_rows() as u64).sum()
}

fn arrow_rows(file: Vec<u8>) -> u64 {
    let file = FileReader::try_new(Cursor::new(file), None).expect("an Arrow file");
    file.map(|batch| batch.expect("a batch").num_rows() as u64).sum()
}

/// Newlines outside quotes, but for the header's.
fn csv_rows(file: Vec<u8>) -> u64 {
    let mut quoted = false;
    let ends_row = |byte: &&u8| {
        quoted ^= **byte == b'"';
        **byte == b'\n' && !quoted
    };
    file.iter().filter(ends_row).count() as u64 - 1
}

fn ndjson_rows(file: Vec<u8>) -> u64 {
    let lines = file.split_inclusive(|&byte| byte == b'\n');
    lines.filter(|line| line.starts_with(b"{") && line.ends_with(b"}\n")).count() as u64
}

/// What is written to it can be looked at.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bundle(folder: &Path) -> Made {
    let recipe = Recipe { entries: 48, bytes: 32 << 20, ..Recipe::default() };
    recipe.write_tree(folder).expect("the bundle is written")
}

/// A batch per portion of text, as the pipeline has them, and one without rows.
fn batches(bundle: &Path) -> (Vec<RecordBatch>, RecordBatch) {
    let scan = Scan::open([bundle]).expect("the bundle opens");
    let catalog = scan.catalog();
    let dictionaries = Dictionaries::new(catalog);
    let mut decoder = HarnessDecoder::new(catalog.options().max_line);
    let mut rows = LinesBuilder::new(MessageAnsi::Strip, false);
    let empty = rows.finish(&dictionaries).batch;
    let mut portion = Portion::new();
    let mut batches = Vec::new();
    for run in Feed::plan(catalog) {
        let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), run);
        while !feed.is_done() {
            feed.fill(&mut portion);
            for piece in portion.pieces() {
                decoder.decode(piece, portion.text(piece), &mut rows);
            }
            batches.push(rows.finish(&dictionaries).batch);
        }
    }
    (batches, empty)
}

/// Cuts batches into blocks of as many rows as the encoder wants.
fn blocks(batches: &[RecordBatch], rows_per_block: Option<usize>) -> Vec<Vec<RecordBatch>> {
    let Some(rows) = rows_per_block else {
        return batches.iter().map(|batch| vec![batch.clone()]).collect();
    };
    let mut blocks = Vec::new();
    let (mut block, mut room) = (Vec::new(), rows);
    for batch in batches {
        let mut done = 0;
        while done < batch.num_rows() {
            let take = room.min(batch.num_rows() - done);
            block.push(batch.slice(done, take));
            done += take;
            room -= take;
            if room == 0 {
                blocks.push(std::mem::take(&mut block));
                room = rows;
            }
        }
    }
    if !block.is_empty() {
        blocks.push(block);
    }
    blocks
}

fn open(case: &Case, output: impl Write + Send + 'static, empty: &RecordBatch) -> Box<dyn Sink> {
    let format = FileFormat::of_name(case.format).expect("a format");
    let compression = case.compression.map(str::to_owned);
    let options = SinkOptions { compression, ..SinkOptions::default() };
    let written = format.prepare(&options).expect("options of the format");
    let mut sink = written.open(Box::new(output), &lines_schema()).expect("a sink");
    sink.begin(empty).expect("memory can be written");
    sink
}

fn write(sink: &mut dyn Sink, blocks: &[Vec<RecordBatch>]) {
    let encoder = sink.encoder();
    for block in blocks {
        let block = encoder.encode(block).expect("rows of the schema");
        sink.append(block).expect("memory can be written");
    }
}

fn sinks(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = bundle(folder.path());
    let (batches, empty) = batches(folder.path());
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows as u64, made.lines);
    let mut group = criterion.benchmark_group("sinks");
    group.throughput(Throughput::Bytes(made.bytes)).sample_size(20);
    for case in &CASES {
        let memory = Memory::default();
        let mut sink = open(case, memory.clone(), &empty);
        let blocks = blocks(&batches, sink.encoder().rows_per_block());
        write(sink.as_mut(), &blocks);
        sink.finish().expect("memory can be written");
        let file = std::mem::take(&mut *memory.bytes());
        assert_eq!((case.rows)(file), made.lines, "{}", case.name);

        let mut sink = open(case, io::sink(), &empty);
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| write(sink.as_mut(), &blocks));
        });
        if case.format == "arrow" {
            let memory = Memory::default();
            let mut sink = open(case, memory.clone(), &empty);
            group.bench_function("arrow, copied", |bencher| {
                bencher.iter(|| {
                    memory.bytes().clear();
                    write(sink.as_mut(), &blocks);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, sinks);
criterion_main!(benches);
