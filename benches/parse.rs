//! One core, from memory: lines to records, by this crate's ways and by others, and the fields that
//! cost most. Every parser is given the same text and cuts it into lines itself.

use std::borrow::Cow;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow_json::ReaderBuilder;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use memchr::memchr_iter;
use ripsaw::format::harness::{HarnessDecoder, KEYS};
use ripsaw::json::Parser;
use ripsaw::record::{ansi, level::Level, timestamp};
use ripsaw::scan::Scan;
use ripsaw::simd::Simd;
use ripsaw::source::{Feed, Portion};
use ripsaw::synth::Recipe;
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi};
use serde::Deserialize;
use simd_json::{Buffers, Node, Tape};

/// Lines, and bytes of their messages as a parser sees them.
type Answer = (usize, usize);

/// Longer lines are not parsed.
const MAX_LINE: usize = 64 << 20;

/// Rows of a batch of arrow-json's: its default.
const BATCH_ROWS: usize = 1024;

/// A generated bundle of 16 MiB, read.
struct Input {
    dictionaries: Dictionaries,
    portions: Vec<Portion>,
    /// The text of all portions.
    text: Vec<u8>,
}

impl Input {
    fn read() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let recipe = Recipe { entries: 24, bytes: 16 << 20, ..Recipe::default() };
        recipe.write_tree(folder.path()).expect("the bundle is written");
        let (dictionaries, portions) = portions(folder.path());
        let pieces = portions.iter().flat_map(|portion| {
            portion.pieces().iter().flat_map(|piece| portion.text(piece).iter().copied())
        });
        let text: Vec<u8> = pieces.collect();
        assert!(text.len() >= 16 << 20 && text.ends_with(b"\n"));
        Self { dictionaries, portions, text }
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        memchr_iter(b'\n', &self.text).map(move |end| {
            let line = &self.text[start..end];
            start = end + 1;
            line
        })
    }

    /// The sum of what is measured of every line.
    fn sum(&self, mut measure: impl FnMut(&[u8]) -> usize) -> Answer {
        self.lines().fold((0, 0), |(lines, bytes), line| (lines + 1, bytes + measure(line)))
    }
}

/// All the text of a bundle, as the pipeline reads it.
fn portions(bundle: &Path) -> (Dictionaries, Vec<Portion>) {
    let scan = Scan::open([bundle]).expect("the bundle opens");
    let catalog = scan.catalog();
    let mut portions = Vec::new();
    for run in Feed::plan(catalog) {
        let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), run);
        while !feed.is_done() {
            let mut portion = Portion::new();
            feed.fill(&mut portion);
            portions.push(portion);
        }
    }
    (Dictionaries::new(catalog), portions)
}

/// Times what gives the expected answer.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    expected: Answer,
    mut work: impl FnMut() -> Answer,
) {
    assert_eq!(work(), expected, "{name}");
    group.bench_function(name, |bencher| bencher.iter(&mut work));
}

fn parse(criterion: &mut Criterion) {
    let input = Input::read();
    let message = |line: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(line).expect("a record");
        value["out"].as_str().expect("a message").to_owned()
    };
    let raw = input.sum(|line| message(line).len());
    let plain = input.sum(|line| without_end(&ansi::strip(&message(line))).len());
    assert!(plain.1 < raw.1 - raw.0 / 2, "the messages have newlines");

    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(input.text.len() as u64)).sample_size(20);
    let split = (raw.0, input.text.len() - raw.0);
    bench(&mut group, "split", split, || input.sum(|line| black_box(line).len()));
    bench(&mut group, "utf-8", (1, input.text.len()), || {
        (1, simdutf8::basic::from_utf8(&input.text).map_or(0, str::len))
    });
    for simd in Simd::available() {
        let mut decoder = HarnessDecoder::with(simd, MAX_LINE);
        let mut rows = LinesBuilder::new(MessageAnsi::Strip, false);
        let name = format!("fast/{}", simd.name());
        bench(&mut group, &name, plain, || columns(&input, &mut decoder, &mut rows));
    }
    let mut parser = Parser::new(KEYS);
    bench(&mut group, "tape", raw, || {
        let mut length = |line: &_| parser.parse(line, |record| record.message.map_or(0, str::len));
        input.sum(|line| length(line).expect("a record"))
    });
    bench(&mut group, "thorough", raw, || {
        let length =
            |line: &_| parser.parse_thoroughly(line, |record| record.message.map_or(0, str::len));
        input.sum(|line| length(line).expect("a record"))
    });
    peers(&mut group, &input, raw);
    group.finish();
}

fn without_end(message: &str) -> &str {
    let shorter = message.strip_suffix('\n');
    shorter.map_or(message, |message| message.strip_suffix('\r').unwrap_or(message))
}

/// Lines to a batch per portion, as the pipeline does.
fn columns(input: &Input, decoder: &mut HarnessDecoder, rows: &mut LinesBuilder) -> Answer {
    let mut answer = (0, 0);
    for portion in &input.portions {
        for piece in portion.pieces() {
            decoder.decode(piece, portion.text(piece), rows);
        }
        let lines = rows.finish(&input.dictionaries);
        assert!(lines.malformed.is_empty());
        let messages = lines.batch.column_by_name("message").expect("a column");
        answer.0 += lines.batch.num_rows();
        answer.1 += messages.as_string::<i32>().value_data().len();
    }
    answer
}

fn peers(group: &mut BenchmarkGroup<'_, WallTime>, input: &Input, raw: Answer) {
    let mut tape = SimdJson::default();
    bench(group, "peer/simd-json tape", raw, || input.sum(|line| tape.message_len(line)));
    bench(group, "peer/serde_json typed", raw, || {
        input.sum(|line| {
            let record: Typed<'_> = serde_json::from_slice(line).expect("a record");
            black_box(record).out.len()
        })
    });
    bench(group, "peer/serde_json value", raw, || {
        input.sum(|line| {
            let record: serde_json::Value = serde_json::from_slice(line).expect("a record");
            black_box(record)["out"].as_str().map_or(0, str::len)
        })
    });
    bench(group, "peer/sonic-rs typed", raw, || {
        input.sum(|line| {
            let record: Typed<'_> = sonic_rs::from_slice(line).expect("a record");
            black_box(record).out.len()
        })
    });
    let mut decoder = arrow_json_decoder();
    bench(group, "peer/arrow-json", raw, || arrow_json(&mut decoder, &input.text));
}

/// A record without its args, borrowed where it has no escapes.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, but not looked at")]
struct Typed<'a> {
    level: &'a str,
    pos: i64,
    #[serde(borrow)]
    out: Cow<'a, str>,
    time: &'a str,
}

/// simd-json's tape, all buffers reused.
struct SimdJson {
    line: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Default for SimdJson {
    fn default() -> Self {
        Self { line: Vec::new(), buffers: Buffers::default(), tape: Tape::null().reset() }
    }
}

impl SimdJson {
    fn message_len(&mut self, line: &[u8]) -> usize {
        let padded = line.len() + simd_json::INPUT_PADDING;
        if self.line.len() < padded {
            self.line.resize(padded, 0);
        }
        self.line[..line.len()].copy_from_slice(line);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        simd_json::fill_tape_padded(&mut self.line, line.len(), &mut self.buffers, &mut tape)
            .expect("a record");
        let length = tape.0.windows(2).find_map(|pair| match pair {
            [Node::String("out"), Node::String(message)] => Some(message.len()),
            _ => None,
        });
        self.tape = tape.reset();
        length.expect("a message")
    }
}

fn arrow_json_decoder() -> arrow_json::reader::Decoder {
    // Names of zones would take chrono-tz.
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()));
    let schema = Schema::new(vec![
        Field::new("level", DataType::Utf8, true),
        Field::new("pos", DataType::Int64, true),
        Field::new("out", DataType::Utf8, true),
        Field::new("time", time, true),
    ]);
    let builder = ReaderBuilder::new(Arc::new(schema)).with_batch_size(BATCH_ROWS);
    builder.build_decoder().expect("a decoder")
}

fn arrow_json(decoder: &mut arrow_json::reader::Decoder, text: &[u8]) -> Answer {
    let mut answer = (0, 0);
    let mut rest = text;
    loop {
        rest = &rest[decoder.decode(rest).expect("records")..];
        let Some(batch) = decoder.flush().expect("records") else { return answer };
        answer.0 += batch.num_rows();
        answer.1 += batch.column(2).as_string::<i32>().value_data().len();
    }
}

fn fields(criterion: &mut Criterion) {
    let times = ["2024-05-01T10:00:00.123456789Z", "2024-05-01T15:30:00.123+05:30"];
    let nanos = [1_714_557_600_123_456_789, 1_714_557_600_123_000_000];
    for (time, nanos) in times.iter().zip(nanos) {
        assert_eq!(timestamp::parse(time).and_then(|time| time.nanos), Some(nanos));
    }
    criterion.bench_function("timestamp", |bencher| {
        bencher.iter(|| times.map(|time| timestamp::parse(black_box(time)).map(|t| t.nanos)));
    });
    let coloured =
        "\u{1b}[1;91m\u{1b}[40mdeployment \"web\" exceeded its progress deadline\u{1b}[0m";
    let plain = "deployment \"web\" exceeded its progress deadline";
    for (name, text) in [("ansi/coloured", coloured), ("ansi/plain", plain)] {
        assert_eq!(ansi::strip(text), plain);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| ansi::strip(black_box(text)).len());
        });
    }
    let words = ["INFO", "info", "warning", "ERROR"];
    let levels = [Level::Info, Level::Info, Level::Warn, Level::Error];
    assert_eq!(words.map(Level::parse), levels.map(Some));
    criterion.bench_function("level", |bencher| {
        bencher.iter(|| words.map(|word| Level::parse(black_box(word))));
    });
}

criterion_group!(benches, parse, fields);
criterion_main!(benches);
