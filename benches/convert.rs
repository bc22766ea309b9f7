//! Whole conversions of a generated bundle, in bytes of NDJSON per second.

use std::fs::File;
use std::io;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::scan::Scan;
use ripsaw::sink::csv::CsvWriter;
use ripsaw::sink::ipc::{IpcCompression, IpcKind, IpcSink};
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::parquet::{Parquet, ParquetSink};
use ripsaw::sink::text::TextSink;
use ripsaw::sink::{Discard, Sink};
use ripsaw::synth::{Made, Recipe};
use ripsaw::table::lines_schema;

/// Converts and checks that no line is lost.
fn convert(bundle: &Path, lines: u64, sink: impl Sink + 'static, threads: usize) {
    let scan = Scan::open([bundle]).expect("the bundle opens").threads(threads);
    let report = scan.run(Box::new(sink), &mut ());
    let total = report.expect("the conversion succeeds").total();
    assert_eq!((total.lines as u64, total.malformed), (lines, 0));
}

fn bundle(folder: &Path) -> Made {
    let recipe = Recipe { entries: 60, bytes: 64 << 20, big_entry: true, ..Recipe::default() };
    let zip = File::create(folder.join("logs.zip")).expect("a file in a temporary folder");
    let made = recipe.write_zip(io::BufWriter::new(zip)).expect("the bundle is written");
    recipe.write_tree(&folder.join("tree")).expect("the tree is written");
    made
}

fn sinks(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = bundle(folder.path());
    let schema = lines_schema();
    let mut group = criterion.benchmark_group("convert");
    group.throughput(Throughput::Bytes(made.bytes)).sample_size(10);
    let all = std::thread::available_parallelism().map_or(1, Into::into);
    for (source, threads) in [("logs.zip", 1), ("logs.zip", all), ("tree", 1), ("tree", all)] {
        let path = folder.path().join(source);
        let name = |sink: &str| format!("{source}/{sink}/{threads}");
        group.bench_function(name("discard"), |bencher| {
            bencher.iter(|| convert(&path, made.lines, Discard, threads));
        });
        group.bench_function(name("parquet"), |bencher| {
            bencher.iter(|| {
                let sink = ParquetSink::new(io::sink(), &schema, &Parquet::default());
                convert(&path, made.lines, sink.expect("a sink"), threads);
            });
        });
        group.bench_function(name("arrow"), |bencher| {
            bencher.iter(|| {
                let (kind, compression) = (IpcKind::File, IpcCompression::None);
                let sink = IpcSink::new(io::sink(), schema.clone(), kind, compression);
                convert(&path, made.lines, sink.expect("a sink"), threads);
            });
        });
        group.bench_function(name("csv"), |bencher| {
            bencher.iter(|| {
                let format = CsvWriter::new(&schema, Default::default()).expect("a format");
                convert(&path, made.lines, TextSink::new(io::sink(), format), threads);
            });
        });
        group.bench_function(name("ndjson"), |bencher| {
            bencher.iter(|| {
                let format = NdjsonWriter::new(&schema).expect("a format");
                convert(&path, made.lines, TextSink::new(io::sink(), format), threads);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, sinks);
criterion_main!(benches);
