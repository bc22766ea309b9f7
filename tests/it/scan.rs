//! The front door: batches, records and files by way of `Scan`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use ripsaw::query::{Filter, Levels, Matcher, PatternOptions};
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::sink::{Block, Encoder, Flow, Sink};
use ripsaw::synth::Recipe;
use ripsaw::table::lines_schema;
use ripsaw::{ArrowIpc, Csv, Ndjson, Parquet};

/// Every bundle of the fixtures that opens.
pub(crate) fn inputs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut inputs: Vec<String> = ["deploy.zip", "odd.zip", "standard.zip", "containers.zip"]
        .iter()
        .map(|name| folder.join(name).to_string_lossy().into_owned())
        .collect();
    for format in std::fs::read_dir(folder.join("formats")).unwrap() {
        let input = format.unwrap().path().join("input");
        if input.is_dir() {
            inputs.push(input.to_string_lossy().into_owned());
        }
    }
    assert!(inputs.len() > 10, "{inputs:?}");
    inputs
}

pub(crate) fn table(scan: &Scan) -> RecordBatch {
    let batches = scan.batches().unwrap();
    let schema = batches.schema();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn filters() -> Vec<(&'static str, Filter)> {
    let levels = |text| Filter { levels: Levels::parse(text).ok(), ..Filter::default() };
    let of = |text| Filter {
        wheres: vec![ripsaw::query::Where::parse(text).unwrap()],
        ..Filter::default()
    };
    vec![
        ("all", Filter::default()),
        ("level", levels("WARN+")),
        ("message", of("contains(message, 'e')")),
        ("args", of("args/command ne null or length(message) gt 20")),
        ("extra", of("extra/log_id ne null")),
    ]
}

/// Whatever columns are asked for, they hold what the whole table holds.
#[test]
fn columns_are_those_of_the_whole_table() {
    let schema = lines_schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut choices: Vec<Vec<&str>> = names.iter().map(|name| vec![*name]).collect();
    choices.push(vec!["timestamp", "step", "message"]);
    choices.push(vec!["message", "line", "args", "level"]);
    choices.push(names.iter().rev().copied().collect());
    for input in inputs() {
        for (name, filter) in filters() {
            let whole = Scan::open([&input]).unwrap().threads(2).filter(filter);
            let all = table(&whole);
            let choices = if name == "all" { &choices[..] } else { &choices[names.len()..] };
            for columns in choices {
                let scan = whole.clone().columns(columns.iter().copied());
                let some = table(&scan);
                assert_eq!(some.schema(), scan.schema().unwrap());
                let expected: Vec<usize> =
                    columns.iter().map(|name| schema.index_of(name).unwrap()).collect();
                assert_eq!(some, all.project(&expected).unwrap(), "{input} {name} {columns:?}");
            }
        }
    }
}

/// The counts of a run do not depend on the columns that are built.
#[test]
fn counts_do_not_depend_on_columns() {
    for input in inputs() {
        for (name, filter) in filters() {
            let scan = Scan::open([&input]).unwrap().filter(filter);
            let counted = |scan: &Scan| {
                let mut batches = scan.batches().unwrap();
                assert!(batches.by_ref().all(|batch| batch.is_ok()));
                scan.entries_batch(batches.report().unwrap())
            };
            let all = counted(&scan);
            assert_eq!(counted(&scan.clone().columns(["line"])), all, "{input} {name}");
        }
    }
}

#[test]
fn files_have_the_columns_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let scan = Scan::open(["fixtures/deploy.zip"]).unwrap().columns(["line", "message"]);
    let csv = folder.path().join("a.csv");
    let report = scan.write(Csv::default(), &csv).unwrap();
    let text = std::fs::read_to_string(csv).unwrap();
    assert!(text.starts_with("line,message\r\n"), "{text}");
    assert_eq!(report.total().lines, 1332);
    let json = folder.path().join("a.ndjson");
    scan.write(Ndjson::default(), &json).unwrap();
    let text = std::fs::read_to_string(json).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["line", "message"]);
    assert_eq!(text.lines().count(), 1332);
    let parquet = folder.path().join("a.parquet");
    scan.write(Parquet::default(), &parquet).unwrap();
    let file = std::fs::File::open(parquet).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 1000).unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let back = concat_batches(&batches[0].schema(), &batches).unwrap();
    let table = table(&scan);
    assert_eq!(back.column(1).as_string::<i32>(), table.column(1).as_string::<i32>());
}

/// Readers of the files can tell which version of the table they have.
#[test]
fn files_say_the_version_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let scan = Scan::open(["fixtures/deploy.zip"]).unwrap();
    let parquet = folder.path().join("a.parquet");
    scan.write(Parquet::default(), &parquet).unwrap();
    let file = std::fs::File::open(parquet).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().metadata()["ripsaw.table"], "2");
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let version = pairs.iter().find(|pair| pair.key == "ripsaw.table").unwrap();
    assert_eq!(version.value.as_deref(), Some("2"));
    let level = reader.schema().field_with_name("level").unwrap().clone();
    assert_eq!(level.dict_is_ordered(), Some(true));
    let arrow = folder.path().join("a.arrow");
    scan.columns(["level"]).write(ArrowIpc::default(), &arrow).unwrap();
    let file = std::fs::File::open(arrow).unwrap();
    let reader = arrow::ipc::reader::FileReader::try_new(file, None).unwrap();
    assert_eq!(reader.schema().metadata()["ripsaw.table"], "2");
    assert_eq!(reader.schema().field(0).dict_is_ordered(), Some(true));
}

#[test]
fn records_are_the_rows() {
    for input in inputs() {
        let scan = Scan::open([&input]).unwrap();
        let table = table(&scan);
        let messages = table.column_by_name("message").unwrap().as_string::<i32>();
        let mut rows = 0;
        for (row, record) in scan.records().unwrap().enumerate() {
            let record = record.unwrap();
            assert_eq!(record.message(), messages.iter().nth(row).unwrap());
            assert_eq!(record.text("message").as_deref(), record.message());
            assert!(record.line() > 0);
            let level = record.level().map(|level| level.name());
            assert_eq!(record.text("level").as_deref(), level);
            rows += 1;
        }
        assert_eq!(rows, table.num_rows(), "{input}");
    }
}

#[test]
fn filters_add_up_and_matches_are_found() {
    let scan = Scan::open(["fixtures/deploy.zip"]).unwrap();
    let all = table(&scan);
    let levels = |text| Filter { levels: Levels::parse(text).ok(), ..Filter::default() };
    let both = table(&scan.clone().filter(levels("INFO+")).filter(levels("DEBUG,WARN,ERROR")));
    let one = table(&scan.clone().filter(levels("WARN,ERROR")));
    assert_eq!(both, one);
    assert!(0 < one.num_rows() && one.num_rows() < all.num_rows());
    let pattern = Matcher::new(&["(?i)error".into()], PatternOptions::default()).unwrap();
    let found = table(&scan.matching(pattern));
    let contains = |text: Option<&str>| text.is_some_and(|t| t.to_lowercase().contains("error"));
    let messages = all.column_by_name("message").unwrap().as_string::<i32>();
    assert_eq!(found.num_rows(), messages.iter().filter(|text| contains(*text)).count());
    assert!(found.num_rows() > 0);
}

#[test]
fn wrong_columns_are_refused() {
    let scan = Scan::open(["fixtures/deploy.zip"]).unwrap();
    for (columns, cause) in [
        (vec!["mesage"], "unknown column \"mesage\""),
        (vec!["line", "line"], "column \"line\" is selected twice"),
        (vec![], "no column is selected"),
    ] {
        let scan = scan.clone().columns(columns);
        let error = scan.batches().err().unwrap().to_string();
        assert!(error.contains(cause), "{error}");
        assert!(scan.records().is_err() && scan.schema().is_err());
        assert!(scan.write_into(Csv::default(), Vec::new()).is_err());
    }
}

#[test]
fn missing_inputs_are_errors_or_problems() {
    assert!(Scan::open(["fixtures/none.zip"]).is_err());
    let options = ScanOptions { skip_unreadable: true, ..ScanOptions::default() };
    let scan = Scan::open_with(["fixtures/none.zip", "fixtures/deploy.zip"], options).unwrap();
    assert_eq!(scan.catalog().problems.len(), 1);
    assert_eq!(table(&scan).num_rows(), 1332);
}

/// Dropping an iterator that is not at its end stops its threads.
#[cfg(target_os = "linux")]
#[test]
fn dropping_stops_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe { entries: 40, bytes: 40 << 20, ..Recipe::default() };
    recipe.write_tree(folder.path()).unwrap();
    let scan = Scan::open([folder.path()]).unwrap().threads(3);
    // Threads are named by the process; others of this test run have the same name.
    let mut batches = scan.batches().unwrap();
    assert!(batches.next().unwrap().unwrap().num_rows() > 0);
    let shared = Arc::strong_count(scan.catalog());
    assert!(shared > 1, "{shared}");
    drop(batches);
    let deadline = Instant::now() + Duration::from_secs(60);
    while Arc::strong_count(scan.catalog()) > 1 {
        assert!(Instant::now() < deadline, "the threads go on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Counts rows, and has enough after the first block.
struct FirstBlock(Arc<AtomicUsize>);

struct Count;

impl Encoder for Count {
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        Ok(Box::new(batches.iter().map(RecordBatch::num_rows).sum::<usize>()))
    }
}

impl Sink for FirstBlock {
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::new(Count)
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let rows = *block.downcast::<usize>().unwrap();
        self.0.fetch_add(rows, Ordering::Relaxed);
        Ok(if rows > 0 { Flow::Stop } else { Flow::Continue })
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.fetch_add(1 << 40, Ordering::Relaxed);
        Ok(())
    }
}

/// A sink that has enough ends the run, and is finished.
#[test]
fn a_sink_can_have_enough() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe { entries: 40, bytes: 20 << 20, ..Recipe::default() };
    recipe.write_tree(folder.path()).unwrap();
    let scan = Scan::open([folder.path()]).unwrap().threads(3);
    let all = scan.count_all(&mut ()).unwrap().total().lines;
    let seen = Arc::new(AtomicUsize::new(0));
    let report = scan.run(Box::new(FirstBlock(Arc::clone(&seen))), &mut ()).unwrap();
    let seen = seen.load(Ordering::Relaxed);
    assert_eq!(seen >> 40, 1, "finish was called once");
    let rows = (seen & 0xff_ffff_ffff) as i64;
    assert!(0 < rows && rows <= report.total().lines && report.total().lines < all);
}
