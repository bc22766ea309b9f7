//! Indexes: what one costs to build, and questions that it answers, beside the same without.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::query::{Filter, Levels, Matcher, PatternOptions, Selection};
use ripsaw::scan::{IndexPolicy, Scan, ScanOptions};
use ripsaw::synth::Recipe;

const BYTES: u64 = 32 << 20;

fn open(bundle: &Path, index: IndexPolicy) -> Scan {
    let options = ScanOptions { index, ..ScanOptions::default() };
    Scan::open_with([bundle], options).expect("the bundle opens")
}

fn by_pattern(pattern: &str) -> Selection {
    let matcher = Matcher::new(&[pattern.to_owned()], PatternOptions::default());
    Selection { matcher: Some(Arc::new(matcher.expect("a pattern"))), ..Selection::default() }
}

/// The rows that are selected, of inputs that are opened anew, as a command does.
fn rows(bundle: &Path, index: IndexPolicy, selection: &Selection) -> usize {
    let batches = open(bundle, index).select(selection.clone()).batches().expect("it starts");
    batches.map(|batch| batch.expect("the bundle is sound").num_rows()).sum()
}

fn index(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle: PathBuf = folder.path().join("logs.zip");
    let mut zip = Vec::new();
    let recipe = Recipe { entries: 40, bytes: BYTES, big_entry: true, ..Recipe::default() };
    recipe.write_zip(&mut zip).expect("the bundle is written");
    std::fs::write(&bundle, zip).expect("the bundle is written");

    let scan = open(&bundle, IndexPolicy::Beside);
    let mut group = criterion.benchmark_group("index");
    group.sample_size(10).throughput(Throughput::Bytes(BYTES));
    group.bench_function("build", |bencher| {
        bencher.iter(|| scan.build_indexes(true, &mut ()).expect("it is written"));
    });
    let levels = Some(Levels::parse("FATAL").expect("levels"));
    let by_level = Filter { levels, ..Filter::default() };
    let questions = [
        ("absent literal", by_pattern("zqxjkvwy")),
        ("literal", by_pattern("panicked")),
        ("level", Selection { filter: by_level, ..Selection::default() }),
    ];
    for (name, selection) in questions {
        let expected = rows(&bundle, IndexPolicy::Never, &selection);
        assert_eq!(rows(&bundle, IndexPolicy::Beside, &selection), expected);
        for (kind, policy) in [("with", IndexPolicy::Beside), ("without", IndexPolicy::Never)] {
            group.bench_function(format!("{name}, {kind}"), |bencher| {
                bencher.iter(|| black_box(rows(&bundle, policy.clone(), &selection)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, index);
criterion_main!(benches);
