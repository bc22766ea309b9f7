//! Searches: the plan, filters and patterns over columns, and whole runs over a directory.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::format::harness::HarnessDecoder;
use ripsaw::query::{Filter, Levels, Matcher, Names, PatternOptions, Selection, Where};
use ripsaw::scan::Scan;
use ripsaw::sink::Discard;
use ripsaw::source::{Catalog, Feed, Portion};
use ripsaw::synth::Recipe;
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi, Texts};

const BYTES: u64 = 16 << 20;

fn open(bundle: &Path) -> Scan {
    Scan::open([bundle]).expect("the bundle opens").threads(1)
}

/// Every line of the bundle, in batches.
fn batches(catalog: &Arc<Catalog>) -> Vec<RecordBatch> {
    let dictionaries = Dictionaries::new(catalog);
    let mut decoder = HarnessDecoder::new(64 << 20);
    let mut rows = LinesBuilder::new(MessageAnsi::Strip, false);
    let mut batches = Vec::new();
    for run in Feed::plan(catalog) {
        let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), run);
        while !feed.is_done() {
            let mut portion = Portion::new();
            feed.fill(&mut portion);
            for piece in portion.pieces() {
                decoder.decode(piece, portion.text(piece), &mut rows);
            }
            batches.push(rows.finish(&dictionaries).batch);
        }
    }
    batches
}

fn by_pattern(pattern: &str, ignore_case: bool) -> Selection {
    let options = PatternOptions { ignore_case, ..Default::default() };
    let matcher = Matcher::new(&[pattern.to_owned()], options).expect("a pattern");
    Selection { matcher: Some(Arc::new(matcher)), ..Selection::default() }
}

fn by_where(text: &str) -> Selection {
    let wheres = vec![Where::parse(text).expect("a filter")];
    Selection { filter: Filter { wheres, ..Filter::default() }, ..Selection::default() }
}

/// How many rows of a batch are wanted.
fn wanted(selection: &Selection, batch: &RecordBatch) -> usize {
    selection.rows(batch, &Texts::new(batch, None)).true_count()
}

fn search(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recipe = Recipe { entries: 500, bytes: BYTES, ..Recipe::default() };
    recipe.write_tree(folder.path()).expect("the bundle is written");
    let whole = open(folder.path());
    let batches = batches(whole.catalog());
    let lines: usize = batches.iter().map(RecordBatch::num_rows).sum();

    let names = Names::parse(&["*a*", "!*z*"]).expect("globs");
    let filter = Filter { names: vec![("step", names)], ..Filter::default() };
    let plan = Selection { filter, ..Selection::default() };
    let skipped = whole.clone().admit(&plan).skipped();
    assert!((1..500).contains(&skipped), "{skipped}");
    criterion.bench_function("plan of 500 entries", |bencher| {
        bencher.iter_batched(
            || whole.clone(),
            |scan| assert_eq!(scan.admit(&plan).skipped(), skipped),
            criterion::BatchSize::LargeInput,
        );
    });

    let levels = Some(Levels::parse("WARN+").expect("levels"));
    let by_level = Filter { levels, ..Filter::default() };
    let selections = [
        ("level", Selection { filter: by_level, ..Selection::default() }),
        ("where level", by_where("level ge 'WARN'")),
        ("where message", by_where("contains(message, 'retry') or pos gt 1000")),
        ("literal", by_pattern("retry", false)),
        ("literal, any case", by_pattern("retry", true)),
        ("regex", by_pattern(r"[a-z]+-[0-9]{3,}", false)),
    ];
    let mut group = criterion.benchmark_group("columns");
    group.throughput(Throughput::Elements(lines as u64)).sample_size(10);
    for (name, selection) in &selections {
        let count =
            || -> usize { batches.iter().map(|batch| wanted(selection, black_box(batch))).sum() };
        let hits = count();
        assert!(0 < hits && hits < lines, "{name}: {hits} of {lines}");
        group.bench_function(*name, |bencher| bencher.iter(|| assert_eq!(count(), hits)));
    }
    group.finish();

    let mut group = criterion.benchmark_group("directory, one thread");
    group.throughput(Throughput::Bytes(BYTES)).sample_size(10);
    for (name, selection) in selections {
        let expected: usize = batches.iter().map(|batch| wanted(&selection, batch)).sum();
        let scan = whole.clone().select(selection);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let report = scan.run(Box::new(Discard), &mut ());
                assert_eq!(report.expect("a search").total().lines, expected as i64);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
