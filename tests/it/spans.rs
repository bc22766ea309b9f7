//! Plans: all rows of all spans are the rows of the scan.

use std::fmt::Write as _;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use ripsaw::query::{Filter, Levels};
use ripsaw::scan::{Plan, Scan, Span};
use ripsaw::synth::Recipe;

use crate::scan::{inputs, table};

/// Rows as text: dictionaries of parts differ from those of the whole.
fn texts(batch: &RecordBatch) -> Vec<String> {
    let columns = batch.columns();
    let cell = |column, row| ripsaw::table::cell_text(column, row).unwrap_or("NULL".into());
    let row = |row| columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join("\t");
    (0..batch.num_rows()).map(row).collect()
}

/// Reads spans as another process would: from their JSON, and the inputs opened anew.
fn read_apart(input: &Path, spans: &[Span], filter: Option<&Filter>) -> Vec<String> {
    let json = serde_json::to_string(spans).unwrap();
    let spans: Vec<Span> = serde_json::from_str(&json).unwrap();
    let mut scan = Scan::open([input]).unwrap().threads(1);
    if let Some(filter) = filter {
        scan = scan.filter(filter.clone());
    }
    let batches = scan.read_spans(&spans).unwrap();
    let schema = batches.schema();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    texts(&concat_batches(&schema, &batches).unwrap())
}

fn check(input: &Path, target: u64, filter: Option<&Filter>) -> Plan {
    let mut scan = Scan::open([input]).unwrap();
    if let Some(filter) = filter {
        scan = scan.filter(filter.clone());
    }
    let all = texts(&table(&scan));
    let plan = scan.plan(target).unwrap();
    assert_eq!(read_apart(input, &plan.spans, filter), all, "{input:?} {target}: together");
    let groups: Vec<&[Span]> = plan.groups(target).collect();
    assert_eq!(groups.concat(), plan.spans);
    let apart: Vec<String> =
        groups.iter().flat_map(|group| read_apart(input, group, filter)).collect();
    assert_eq!(apart, all, "{input:?} {target}: group by group");
    plan
}

#[test]
fn spans_of_the_fixtures() {
    let levels = Levels::parse("WARN+").ok();
    let filter = Filter { levels, ..Filter::default() };
    for input in inputs() {
        for target in [1, 200, 1 << 30] {
            check(Path::new(&input), target, None);
            check(Path::new(&input), target, Some(&filter));
        }
    }
}

#[test]
fn a_large_file_is_cut_into_spans_of_about_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe { entries: 3, bytes: 6 << 20, big_entry: true, ..Recipe::default() };
    recipe.write_tree(folder.path()).unwrap();
    let plan = check(folder.path(), 1 << 20, None);
    let sizes: Vec<u64> = plan.spans.iter().map(|span| span.text_bytes().unwrap()).collect();
    assert!(plan.spans.len() > 4, "{sizes:?}");
    assert!(sizes.iter().all(|&size| size < (1 << 20) + (64 << 10)), "{sizes:?}");
    let cut = plan.spans.iter().filter(|span| span.bytes().is_some());
    assert!(cut.clone().count() > 3);
    assert!(cut.clone().any(|span| span.first_line() > 1));
}

#[test]
fn what_can_be_read_once_is_refused() {
    let error = Scan::open(["-"]).unwrap().plan(1).unwrap_err();
    assert!(error.to_string().contains("it can be read only once"), "{error}");
}

#[test]
fn other_inputs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ndjson");
    std::fs::write(&file, "{\"level\":\"info\",\"msg\":\"a\"}\n".repeat(9)).unwrap();
    let plan = Scan::open([&file]).unwrap().plan(40).unwrap();
    assert!(plan.spans.len() > 2, "{plan:?}");
    std::fs::write(&file, "{\"level\":\"info\",\"msg\":\"b\"}\n".repeat(8)).unwrap();
    let scan = Scan::open([&file]).unwrap();
    let error = scan.read_spans(&plan.spans).err().unwrap().to_string();
    assert!(error.contains("the input is not the planned one"), "{error}");
    assert!(Scan::open(["fixtures/deploy.zip"]).unwrap().read_spans(&plan.spans).is_err());
}

/// Lines of text with times, levels, and lines that continue them.
fn stamped() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("2026-03-09T10:00:00.5Z ERROR boom\n"),
        Just("2026-03-09 10:00:01 INFO fine\n"),
        Just("    at main.rs:7\n"),
        Just("\n"),
        Just("no stamp\r\n"),
        Just("2026-03-09T10:00:02.1234567Z ##[error]x\n"),
        Just("{\"level\":\"warn\",\"msg\":\"json\"}\n"),
        Just("\u{1b}[31mred\u{1b}[0m\n"),
    ];
    (any::<bool>(), prop::collection::vec(line, 1..60), any::<bool>()).prop_map(
        |(mark, lines, ended)| {
            let mut text = String::from(if mark { "\u{feff}" } else { "" });
            lines.iter().for_each(|line| text.push_str(line));
            if !ended {
                text.pop();
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn spans_of_text(text in stamped(), target in 1_u64..300) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.log");
        std::fs::write(&file, &text).unwrap();
        if Scan::open([&file]).is_ok() {
            check(&file, target, None);
        }
    }
}

/// Numbers of lines in spans are those of the whole file.
#[test]
fn lines_are_numbered_through() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.log");
    let mut text = String::new();
    for line in 1..=5000 {
        writeln!(text, "line {line}").unwrap();
    }
    std::fs::write(&file, text).unwrap();
    let scan = Scan::open([&file]).unwrap().columns(["line", "message"]);
    let plan = scan.plan(1000).unwrap();
    assert!(plan.spans.len() > 30);
    for span in &plan.spans {
        for batch in scan.read_spans(std::slice::from_ref(span)).unwrap() {
            let batch = batch.unwrap();
            let lines = batch.column(0).as_primitive::<Int64Type>();
            let messages = batch.column(1).as_string::<i32>();
            assert!(lines.len() < 200);
            for (line, message) in lines.iter().zip(messages) {
                assert_eq!(message, line.map(|line| format!("line {line}")).as_deref());
            }
        }
    }
}
