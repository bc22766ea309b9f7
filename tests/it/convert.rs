//! Whole conversions against the oracle: every output format, zip and tree, any number of threads.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use arrow::datatypes::TimeUnit;
use ripsaw::error::Result;
use ripsaw::format::harness;
use ripsaw::identity::identify;
use ripsaw::pipeline::{self, Report, Watcher};
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::sink::Sink;
use ripsaw::sink::csv::{Csv, CsvWriter};
use ripsaw::sink::ipc::{IpcCompression, IpcKind, IpcSink};
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::parquet::{Parquet, ParquetSink};
use ripsaw::sink::text::TextSink;
use ripsaw::source::{FormatId, MapPolicy, ReadOptions};
use ripsaw::synth::{Layout, Recipe};
use ripsaw::table::{Dictionaries, Malformed, Tally, entries_batch, lines_schema};
use tempfile::TempDir;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::nasty;
use crate::oracle::{self, Entry, Reject, Row};
use crate::readback;

/// An output format and its choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    Parquet(TimeUnit),
    ArrowFile(IpcCompression),
    ArrowStream,
    Csv,
    Ndjson,
}

pub(crate) const FORMATS: [Format; 7] = [
    Format::Parquet(TimeUnit::Microsecond),
    Format::Parquet(TimeUnit::Nanosecond),
    Format::ArrowFile(IpcCompression::None),
    Format::ArrowFile(IpcCompression::Lz4),
    Format::ArrowStream,
    Format::Csv,
    Format::Ndjson,
];

/// How a bundle is read and converted.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) read: ReadOptions,
    pub(crate) threads: usize,
    pub(crate) row_group_rows: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self { read: ReadOptions::default(), threads: 2, row_group_rows: 100 }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What came of a conversion.
pub(crate) struct Converted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) malformed: Vec<Malformed>,
}

#[derive(Default)]
struct Malformeds(Vec<Malformed>);

impl Watcher for Malformeds {
    fn malformed(&mut self, lines: Vec<Malformed>) -> Result<()> {
        self.0.extend(lines);
        Ok(())
    }
}

/// Opens an input; `of` is the format of all its entries, or each is detected.
pub(crate) fn open(input: &Path, of: Option<&str>, setup: Setup) -> Result<Scan> {
    let pipeline =
        pipeline::Options { threads: setup.threads, keep_raw: true, ..Default::default() };
    let format = of.map(|name| FormatId::named(name).unwrap());
    let options = ScanOptions { read: setup.read, format, pipeline, ..Default::default() };
    Scan::open_with([input], options)
}

/// The entries as Harness's, whatever they look like.
pub(crate) fn convert(input: &Path, format: Format, setup: Setup) -> Converted {
    convert_scan(&open(input, Some("harness"), setup).unwrap(), format, setup).unwrap()
}

pub(crate) fn convert_scan(scan: &Scan, format: Format, setup: Setup) -> Result<Converted> {
    let (memory, mut seen) = (Memory::default(), Malformeds::default());
    let sink = sink(format, setup, memory.clone());
    let Report { tallies, .. } = scan.run(sink, &mut seen)?;
    let bytes = std::mem::take(&mut *memory.0.lock().unwrap());
    Ok(Converted { bytes, tallies, malformed: seen.0 })
}

pub(crate) fn sink(format: Format, setup: Setup, out: Memory) -> Box<dyn Sink> {
    let schema = lines_schema();
    match format {
        Format::Parquet(timestamp_unit) => {
            let row_group_rows = setup.row_group_rows;
            let options = Parquet { row_group_rows, timestamp_unit, ..Default::default() };
            Box::new(ParquetSink::new(out, &schema, &options).unwrap())
        }
        Format::ArrowFile(compression) => {
            Box::new(IpcSink::new(out, schema, IpcKind::File, compression).unwrap())
        }
        Format::ArrowStream => {
            Box::new(IpcSink::new(out, schema, IpcKind::Stream, IpcCompression::None).unwrap())
        }
        Format::Csv => {
            let csv = CsvWriter::new(&schema, Csv::default()).unwrap();
            Box::new(TextSink::new(out, csv))
        }
        Format::Ndjson => Box::new(TextSink::new(out, NdjsonWriter::new(&schema).unwrap())),
    }
}

pub(crate) fn read_back(bytes: &[u8], format: Format) -> Vec<Row> {
    match format {
        Format::Parquet(_) => readback::parquet(bytes),
        Format::ArrowFile(_) => readback::arrow_file(bytes),
        Format::ArrowStream => readback::arrow_stream(bytes),
        Format::Csv => readback::csv(bytes),
        Format::Ndjson => readback::ndjson(bytes),
    }
}

/// The row as the format can hold it.
fn held_by(format: Format, mut row: Row) -> Row {
    match format {
        Format::Parquet(TimeUnit::Microsecond) => {
            row.timestamp =
                row.timestamp.map(|nanos| nanos.div_euclid(1_000).saturating_mul(1_000));
        }
        // A line end inside a line would cut it for some readers; between tokens any space is one.
        Format::Ndjson => row.extra = row.extra.map(|json| json.replace(['\r', '\n'], " ")),
        _ => {}
    }
    row
}

pub(crate) fn assert_rows(read: &[Row], expected: Vec<Row>, format: Format) {
    let expected: Vec<Row> = expected.into_iter().map(|row| held_by(format, row)).collect();
    for (read, expected) in read.iter().zip(&expected) {
        assert_eq!(read, expected, "{format:?}");
    }
    assert_eq!(read.len(), expected.len(), "{format:?}");
}

/// Holds one conversion against the oracle: rows, counts and malformed lines.
pub(crate) fn assert_like_the_oracle(input: &Path, format: Format, setup: Setup) {
    let converted = convert(input, format, setup);
    let entries = oracle::entries(input, setup.read.max_line);
    assert_tallies(&converted.tallies, &entries);
    assert_malformed(&converted.malformed, &entries);
    let expected = entries.into_iter().flat_map(|entry| entry.rows).collect();
    assert_rows(&read_back(&converted.bytes, format), expected, format);
}

pub(crate) fn assert_tallies(tallies: &[Tally], entries: &[Entry]) {
    assert_eq!(tallies.len(), entries.len());
    for (tally, entry) in tallies.iter().zip(entries) {
        assert_eq!(tally.failure.is_some(), entry.failed, "{} {:?}", entry.file, tally.failure);
        let tally = Tally { failure: None, missed: 0, ..tally.clone() };
        assert_eq!(tally, tally_of(entry), "{}", entry.file);
    }
}

/// The counts of an entry from its rows.
fn tally_of(entry: &Entry) -> Tally {
    let names = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let count =
        |test: &dyn Fn(&Row) -> bool| entry.rows.iter().filter(|row| test(row)).count() as i64;
    let cut = |row: &Row| {
        row.error.is_none()
            && row.message.as_ref().is_some_and(|text| text.ends_with("... (log line truncated)"))
    };
    Tally {
        lines: entry.rows.len() as i64,
        malformed: count(&|row| row.error.is_some()),
        inflated_bytes: entry.bytes as i64,
        first_timestamp: entry.rows.iter().filter_map(|row| row.timestamp).min(),
        last_timestamp: entry.rows.iter().filter_map(|row| row.timestamp).max(),
        levels: names.map(|name| count(&|row| row.level.as_deref() == Some(name))),
        first_pos: entry.rows.iter().find_map(|row| row.pos),
        truncated_lines: count(&cut),
        local_times: count(&|row| row.timestamp.is_some() && row.zone.is_none()) > 0,
        ..Tally::of(&harness::ORIGIN)
    }
}

fn assert_malformed(malformed: &[Malformed], entries: &[Entry]) {
    let expected: Vec<(usize, &Reject)> = entries
        .iter()
        .enumerate()
        .flat_map(|(index, entry)| entry.rejects.iter().map(move |reject| (index, reject)))
        .collect();
    assert_eq!(malformed.len(), expected.len());
    for (malformed, (index, reject)) in malformed.iter().zip(expected) {
        let Malformed { entry, line, offset, raw, reason, ends_entry, is_selected } =
            malformed.clone();
        assert!(is_selected);
        assert_eq!(
            ends_entry,
            entries[entry].failed && line == entries[entry].rows.last().unwrap().line
        );
        assert_eq!((entry, Reject { line, offset, raw }), (index, reject.clone()), "{reason}");
    }
}

/// A folder with bundles.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where something of this name is, or may be.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn zip(&self, name: &str, entries: &[(String, Vec<u8>)]) -> PathBuf {
        self.file(name, &zipped(entries))
    }

    pub(crate) fn tree(&self, name: &str, entries: &[(String, Vec<u8>)]) -> PathBuf {
        for (path, bytes) in entries {
            let path = self.file(&format!("{name}/{path}"), bytes);
            let file = File::options().append(true).open(path).unwrap();
            file.set_modified(
                UNIX_EPOCH + Duration::from_secs(ripsaw_testkit::formats::MODIFIED as u64),
            )
            .unwrap();
        }
        self.path(name)
    }
}

/// A zip of the entries in their order, every third one stored.
pub(crate) fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (path, bytes)) in entries.iter().enumerate() {
        let method = match index % 3 {
            2 => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        let options =
            SimpleFileOptions::default().compression_method(method).compression_level(None);
        // As `MODIFIED` has it.
        let date = zip::DateTime::from_date_and_time(2026, 11, 20, 0, 0, 0).unwrap();
        let options = options.last_modified_time(date);
        zip.start_file(path.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn every_rule_in_every_format_from_zip_and_tree() {
    let folder = Folder::new();
    let entries = nasty::bundle();
    let inputs = [folder.zip("logs.zip", &entries), folder.tree("logs", &entries)];
    for input in &inputs {
        for format in FORMATS {
            assert_like_the_oracle(input, format, Setup::default());
        }
    }
}

#[test]
fn every_fixture_in_every_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let suffix = path.extension().unwrap_or_default().to_str().unwrap();
        if ["zip", "gz", "zst", "log", "ndjson"].contains(&suffix) {
            found += 1;
            for format in FORMATS {
                assert_like_the_oracle(&path, format, Setup::default());
            }
        }
    }
    assert!(found > 0, "no bundle in fixtures/");
}

#[test]
fn generated_bundles() {
    let recipes = [
        Recipe { seed: 7, oddities: 0.2, bytes: 400 << 10, ..Recipe::default() },
        Recipe { seed: 8, oddities: 0.5, big_entry: true, entries: 90, ..Recipe::default() },
        Recipe {
            seed: 9,
            oddities: 0.2,
            layout: Layout::Standard,
            bytes: 400 << 10,
            ..Recipe::default()
        },
    ];
    for recipe in recipes {
        let folder = Folder::new();
        let mut zip = Vec::new();
        recipe.write_zip(&mut zip).unwrap();
        let tree = folder.tree("tree", &[]);
        recipe.write_tree(&tree).unwrap();
        for input in [folder.file("logs.zip", &zip), tree] {
            for format in [Format::Parquet(TimeUnit::Nanosecond), Format::Ndjson] {
                assert_like_the_oracle(&input, format, Setup::default());
            }
        }
    }
}

#[test]
fn other_containers() {
    let folder = Folder::new();
    let lines = nasty::joined(&nasty::lines(), "\n");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&lines).unwrap();
    // Two members, the second one begins within a line.
    let (head, tail) = lines.split_at(lines.len() / 3 * 2);
    let mut members = Vec::new();
    for part in [head, tail] {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(part).unwrap();
        members.extend(gz.finish().unwrap());
    }
    let files = [
        ("plain.log".to_owned(), lines.clone()),
        ("one.log.gz".to_owned(), gz.finish().unwrap()),
        ("two.gz".to_owned(), members),
        ("unnamed".to_owned(), zstd::encode_all(&lines[..], 1).unwrap()),
        ("one.log.zst".to_owned(), zstd::encode_all(&lines[..], 1).unwrap()),
    ];
    for (name, bytes) in &files {
        let input = folder.file(name, bytes);
        assert_like_the_oracle(&input, Format::ArrowStream, Setup::default());
    }
    let inner = zipped(&[("deep/a".to_owned(), nasty::record("a"))]);
    let mut all = files.to_vec();
    all.push(("inner.zip".to_owned(), inner.clone()));
    all.push(("zips/outer.ZIP".to_owned(), zipped(&[("x/inner.zip".to_owned(), inner)])));
    all.sort();
    for input in [folder.tree("tree", &all), folder.zip("all.zip", &all)] {
        assert_like_the_oracle(&input, Format::Csv, Setup::default());
    }
}

#[test]
fn two_entries_of_one_name() {
    let folder = Folder::new();
    let entries = ["same1", "same2"].map(|name| (name.to_owned(), nasty::record(name)));
    let mut zip = zipped(&entries);
    for at in 0..zip.len() - 5 {
        if zip[at..at + 5] == *b"same2" && zip[at.saturating_sub(1)] != b'"' {
            zip[at + 4] = b'1';
        }
    }
    let input = folder.file("logs.zip", &zip);
    let rows = oracle::rows(&input, usize::MAX);
    assert_eq!(rows.iter().filter(|row| row.file == "same1").count(), 2);
    assert_like_the_oracle(&input, Format::Csv, Setup::default());
}

/// Lines of many shapes, until there are so many bytes.
fn varied(seed: u64, bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut shapes = nasty::lines();
    shapes.retain(|line| line.len() < 300);
    let mut text = Vec::with_capacity(bytes + 1_000);
    while text.len() < bytes {
        if random.u8(..) < 24 {
            text.extend(&shapes[random.usize(..shapes.len())]);
        } else {
            let words = (0..random.usize(..20)).map(|_| random.alphanumeric()).collect::<String>();
            let message = words.repeat(random.usize(..5));
            let pos = random.u32(..);
            let time = format!("2024-05-01T10:00:00.{:09}Z", random.u32(..1_000_000_000));
            let line = format!(
                r#"{{"level":"info","pos":{pos},"out":"{message}\n","time":"{time}","args":null}}"#
            );
            text.extend(line.bytes());
        }
        text.push(b'\n');
    }
    text
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut entries = vec![("acc/acc/pipeline/p/1/-e/build/big".to_owned(), varied(1, 10 << 20))];
    let sizes = [3 << 20, 2 << 20, 2 << 20].into_iter().chain((0..60).map(|n| n * 1_500));
    for (index, size) in sizes.enumerate() {
        let name = format!("acc/acc/pipeline/p/1/-e/stage{}/step{index}", index % 7);
        entries.push((name, varied(index as u64 + 2, size)));
    }
    let folder = Folder::new();
    let input = folder.zip("logs.zip", &entries);
    let formats = [
        (Format::Parquet(TimeUnit::Microsecond), 20_000),
        (Format::ArrowFile(IpcCompression::Lz4), 0),
        (Format::ArrowStream, 0),
        (Format::Csv, 0),
        (Format::Ndjson, 0),
    ];
    for (format, row_group_rows) in formats {
        let run = |threads| {
            convert(&input, format, Setup { threads, row_group_rows, ..Setup::default() })
        };
        let one = run(1);
        assert!(one.tallies.iter().map(|tally| tally.lines).sum::<i64>() > 130_000);
        for threads in [2, 8] {
            let many = run(threads);
            assert!(one.bytes == many.bytes, "{format:?} with {threads} threads");
            assert_eq!(one.tallies, many.tallies);
            assert_eq!(one.malformed, many.malformed);
        }
    }
}

#[test]
fn the_table_of_entries() {
    let folder = Folder::new();
    let input = folder.zip("logs.zip", &nasty::bundle());
    let setup = Setup::default();
    let scan = open(&input, Some("harness"), setup).unwrap();
    let converted = convert_scan(&scan, Format::Csv, setup).unwrap();
    let dictionaries = Dictionaries::new(scan.catalog());
    let batch = entries_batch(scan.catalog(), &dictionaries, &converted.tallies);
    let entries = oracle::entries(&input, setup.read.max_line);
    assert_eq!(batch.num_rows(), entries.len());
    for (row, entry) in entries.iter().enumerate() {
        let tally = tally_of(entry);
        let text = |name: &str| readback::text(&batch, name, row);
        assert_eq!(text("file").as_ref(), Some(&entry.file));
        let stage = identify(&entry.file).stage;
        assert_eq!(text("stage"), stage);
        let columns = ["text_bytes", "lines", "malformed_lines", "first_pos", "truncated_lines"];
        let levels = [
            "trace_lines",
            "debug_lines",
            "info_lines",
            "warn_lines",
            "error_lines",
            "fatal_lines",
        ];
        let integer = |name| readback::integer(&batch, name, row);
        assert_eq!(
            columns.map(integer),
            [
                Some(tally.inflated_bytes),
                Some(tally.lines),
                Some(tally.malformed),
                tally.first_pos,
                Some(tally.truncated_lines)
            ]
        );
        assert_eq!(levels.map(integer), tally.levels.map(Some));
        let time = |name| readback::timestamp(&batch, name, row);
        assert_eq!(time("first_timestamp"), tally.first_timestamp);
        assert_eq!(time("last_timestamp"), tally.last_timestamp);
    }
}

#[test]
fn zip_and_tree_and_any_map_policy_give_the_same_rows() {
    let folder = Folder::new();
    let entries = nasty::bundle();
    let inputs = [folder.zip("logs.zip", &entries), folder.tree("logs", &entries)];
    let format = Format::ArrowStream;
    let mut rows = Vec::new();
    for input in &inputs {
        for map in [MapPolicy::Auto, MapPolicy::Always, MapPolicy::Never] {
            let read = ReadOptions { map, ..ReadOptions::default() };
            let converted = convert(input, format, Setup { read, ..Setup::default() });
            let mut read = read_back(&converted.bytes, format);
            read.iter_mut().for_each(|row| row.bundle.clear());
            rows.push(read);
        }
    }
    assert!(!rows[0].is_empty());
    for other in &rows[1..] {
        assert!(rows[0] == *other);
    }
}

fn with_limit(max_line: usize) -> Setup {
    Setup { read: ReadOptions { max_line, ..ReadOptions::default() }, ..Setup::default() }
}

#[test]
fn lines_above_the_limit() {
    let folder = Folder::new();
    let line = |length: usize| nasty::record(&"x".repeat(length - nasty::record("").len()));
    let lengths = [99, 100, 101, 4_095, 4_096, 4_097, 9_999, 10_000, 10_001, 300_000];
    let mut lines: Vec<Vec<u8>> = lengths.iter().map(|&length| line(length.max(91))).collect();
    lines.push("é".repeat(6_000).into_bytes());
    lines.push([&b"x"[..], "é".repeat(6_000).as_bytes()].concat());
    lines.push(vec![b' '; 20_000]);
    lines.extend(nasty::lines());
    for newline in ["\n", "\r\n"] {
        let text = nasty::joined(&lines, newline);
        let inputs = [
            folder.file("plain", &text),
            folder.file("packed", &zstd::encode_all(&text[..], 1).unwrap()),
            folder.zip("logs.zip", &[("a".to_owned(), text.clone())]),
        ];
        for max_line in [1, 100, 4_096, 10_000] {
            for input in &inputs {
                assert_like_the_oracle(input, Format::ArrowStream, with_limit(max_line));
            }
        }
    }
}

#[test]
fn streamed_entries() {
    let folder = Folder::new();
    let short = nasty::joined(&nasty::lines(), "\n");
    let long = nasty::record(&"0123456789".repeat(960_000));
    let middling = nasty::record(&"0123456789".repeat(450_000));
    let many = nasty::joined(&vec![nasty::record(&"many".repeat(400)); 5_600], "\n");
    let entries = [
        ("bare".to_owned(), long.clone()),
        ("first".to_owned(), [&long[..], b"\n", &short].concat()),
        ("last".to_owned(), [&short[..], &middling, b"\r\n", &long].concat()),
        ("many".to_owned(), [&short[..], &many, &middling, b"\n", &short].concat()),
        ("marked".to_owned(), [b"\xef\xbb\xbf", &long[..], b"\n", &short].concat()),
    ];
    assert!(entries.iter().all(|(_, text)| text.len() > 9 << 20));
    let input = folder.zip("logs.zip", &entries);
    for max_line in [100, 10_000, 64 << 20] {
        assert_like_the_oracle(&input, Format::ArrowStream, with_limit(max_line));
    }
}
