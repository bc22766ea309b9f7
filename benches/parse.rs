//! One core, from memory: line to record, and the fields that cost most.

use std::hint::black_box;
use std::io::Read as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::format::harness::KEYS;
use ripsaw::json::Parser;
use ripsaw::record::{ansi, level::Level, timestamp};
use ripsaw::synth::Recipe;

/// Text of a generated bundle: 16 MiB of NDJSON.
fn text() -> Vec<u8> {
    let recipe = Recipe { entries: 24, bytes: 16 << 20, ..Recipe::default() };
    let mut text = Vec::new();
    for entry in recipe.entries() {
        entry.log().read_to_end(&mut text).expect("memory can be read");
    }
    text
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect()
}

fn records(criterion: &mut Criterion) {
    let text = text();
    let lines = lines(&text);
    let messages: usize = lines
        .iter()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_slice(line).expect("a record");
            value["out"].as_str().map_or(0, str::len)
        })
        .sum();
    let mut group = criterion.benchmark_group("record");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let mut parser = Parser::new(KEYS);
    let mut fastest = || -> usize {
        let mut length =
            |line: &&[u8]| parser.parse(line, |record| record.message.map_or(0, str::len));
        lines.iter().map(|line| length(line).expect("a record")).sum()
    };
    assert_eq!(fastest(), messages);
    group.bench_function("parse", |bencher| bencher.iter(|| black_box(fastest())));
    let parser = Parser::new(KEYS);
    let thoroughly = || -> usize {
        let length = |line: &&[u8]| {
            parser.parse_thoroughly(line, |record| record.message.map_or(0, str::len))
        };
        lines.iter().map(|line| length(line).expect("a record")).sum()
    };
    assert_eq!(thoroughly(), messages);
    group.bench_function("thorough", |bencher| bencher.iter(|| black_box(thoroughly())));
    group.finish();
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
    assert_eq!(ansi::strip(coloured), "deployment \"web\" exceeded its progress deadline");
    criterion.bench_function("ansi", |bencher| {
        bencher.iter(|| ansi::strip(black_box(coloured)).len());
    });
    assert_eq!(Level::parse("warning"), Some(Level::Warn));
    criterion.bench_function("level", |bencher| {
        bencher.iter(|| ["INFO", "info", "warning"].map(|word| Level::parse(black_box(word))));
    });
}

criterion_group!(benches, records, fields);
criterion_main!(benches);
