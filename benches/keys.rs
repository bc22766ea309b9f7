//! Lines of generic JSON to typed columns, from memory, on one thread: the three sets of `ripsaw bench`.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::Scan;
use ripsaw::format::{Decoder, Settings};
use ripsaw::scan::{KeyPolicy, MAX_COLUMNS};
use ripsaw::source::{Feed, Portion};
use ripsaw::synth::{Content, NdjsonSet, Recipe};
use ripsaw::table::{Column, Dictionaries, LinesBuilder, MessageAnsi};
use serde_json::Value;

/// Bytes of a set.
const BYTES: u64 = 16 << 20;

/// What takes the text to batches, again and again.
struct Work {
    portions: Vec<Portion>,
    dictionaries: Dictionaries,
    decoder: Decoder,
    rows: LinesBuilder,
}

impl Work {
    fn new(file: &Path) -> Self {
        let scan = Scan::open([file]).and_then(|scan| scan.keys(&KeyPolicy::Scan, MAX_COLUMNS));
        let scan = scan.expect("the file can be read");
        let keys = scan.key_schema().expect("records with keys");
        let mut feed = Feed::new(Arc::clone(scan.catalog()), Arc::default(), 0..1);
        let mut portions = Vec::new();
        while !feed.is_done() {
            let mut portion = Portion::new();
            feed.fill(&mut portion);
            portions.push(portion);
        }
        Self {
            portions,
            dictionaries: Dictionaries::new(scan.catalog()),
            decoder: Decoder::new(Settings { max_line: 64 << 20, ..Settings::default() }),
            rows: LinesBuilder::new(MessageAnsi::Strip, false).with_keys(keys),
        }
    }

    fn batches(&mut self) -> impl Iterator<Item = RecordBatch> {
        self.portions.iter().map(|portion| {
            for piece in portion.pieces() {
                self.decoder.decode(piece, portion.text(piece), &mut self.rows);
            }
            self.rows.finish(&self.dictionaries).batch
        })
    }
}

/// Values that are not null in a column, or in the members of a struct.
fn values_in(column: &ArrayRef) -> usize {
    match column.as_struct_opt() {
        Some(members) => members.columns().iter().map(values_in).sum(),
        // Those of runs are in the values.
        None => column.len() - column.logical_null_count(),
    }
}

/// Values that are not null in an object, and in the objects in it.
fn values_of(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(values_of).sum(),
        value => usize::from(!value.is_null()),
    }
}

fn keys(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("keys");
    group.sample_size(10);
    for set in NdjsonSet::ALL {
        let content = Content::Ndjson(set);
        let recipe = Recipe { content, entries: 1, bytes: BYTES, ..Recipe::default() };
        let tree = folder.path().join(format!("{set:?}"));
        let made = recipe.write_tree(&tree).expect("files can be written");
        let file = tree.join(recipe.entries()[0].name());
        let mut work = Work::new(&file);
        // Every value is in a column: its key's, or the one of the time, the level or the message.
        let fixed = [Column::Timestamp, Column::LevelText, Column::Message].map(Column::index);
        let (mut rows, mut found) = (0, 0);
        for batch in work.batches() {
            rows += batch.num_rows();
            let of_keys = Column::ALL.len()..batch.num_columns();
            found += of_keys.chain(fixed).map(|at| values_in(batch.column(at))).sum::<usize>();
        }
        let text = std::fs::read_to_string(&file).expect("the file is there");
        let all = |line: &str| values_of(&serde_json::from_str(line).expect("JSON"));
        assert_eq!((rows as u64, found), (made.lines, text.lines().map(all).sum()), "{set:?}");
        group.throughput(Throughput::Bytes(made.bytes));
        group.bench_function(format!("{set:?}").to_lowercase(), |bencher| {
            bencher.iter(|| work.batches().for_each(|batch| drop(black_box(batch))));
        });
    }
    group.finish();
}

criterion_group!(benches, keys);
criterion_main!(benches);
