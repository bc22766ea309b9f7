//! Plans: all rows of all spans are the rows of the scan.

use std::ffi::OsStr;
use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use ripsaw::query::{Filter, Levels};
use ripsaw::scan::{Plan, PlanOptions, Scan, ScanOptions, Span};
use ripsaw::synth::Recipe;

use crate::scan::{inputs, table};

/// Rows as text: dictionaries of parts differ from those of the whole.
fn texts(batch: &RecordBatch) -> Vec<String> {
    let columns = batch.columns();
    let cell = |column, row| ripsaw::table::cell_text(column, row).unwrap_or("NULL".into());
    let row = |row| columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join("\t");
    (0..batch.num_rows()).map(row).collect()
}

/// Reads spans as another process would: from their JSON, and only their files opened.
fn read_apart(plan: &Plan, spans: &[Span], filter: Option<&Filter>) -> Vec<String> {
    let json = serde_json::to_string(spans).unwrap();
    let spans: Vec<Span> = serde_json::from_str(&json).unwrap();
    let mut scan = Scan::open_spans(&plan.inputs, &spans, ScanOptions::default()).unwrap();
    if let Some(filter) = filter {
        scan = scan.filter(filter.clone());
    }
    rows(&scan.threads(1))
}

fn rows(scan: &Scan) -> Vec<String> {
    texts(&table(scan))
}

fn plan(inputs: &[impl AsRef<OsStr>], target: u64, filter: Option<&Filter>) -> Plan {
    let filter = filter.cloned().unwrap_or_default();
    let options = PlanOptions { target_bytes: target, filter, ..PlanOptions::default() };
    Plan::of(inputs, &ScanOptions::default(), &options).unwrap()
}

fn check(inputs: &[impl AsRef<OsStr> + Debug], target: u64, filter: Option<&Filter>) -> Plan {
    let mut scan = Scan::open(inputs).unwrap();
    if let Some(filter) = filter {
        scan = scan.filter(filter.clone());
    }
    let all = rows(&scan);
    let plan = plan(inputs, target, filter);
    let together = read_apart(&plan, &plan.spans, filter);
    assert_same(&together, &all, &format!("{inputs:?} {target}: together"));
    let groups: Vec<&[Span]> = plan.groups(target).collect();
    assert_eq!(groups.concat(), plan.spans);
    let apart: Vec<String> =
        groups.iter().flat_map(|group| read_apart(&plan, group, filter)).collect();
    assert_same(&apart, &all, &format!("{inputs:?} {target}: group by group"));
    plan
}

/// Names the first rows that differ: all of them would fill screens.
fn assert_same(found: &[String], expected: &[String], what: &str) {
    let at = found.iter().zip(expected).position(|(found, expected)| found != expected);
    assert_eq!(at.map(|at| (&found[at], &expected[at])), None, "{what}: {at:?}");
    assert_eq!(found.len(), expected.len(), "{what}");
}

/// Writes an archive of a folder's files.
fn zip_of(folder: &Path, out: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(out).unwrap());
    let files = walkdir::WalkDir::new(folder).sort_by_file_name();
    for found in files.into_iter().map(Result::unwrap).filter(|found| found.file_type().is_file()) {
        let name = found.path().strip_prefix(folder).unwrap().to_string_lossy();
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(found.path()).unwrap()).unwrap();
    }
    zip.finish().unwrap();
}

/// Copies a folder and all below.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for found in std::fs::read_dir(from).unwrap() {
        let path = found.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(std::fs::copy(&path, &to).unwrap()),
        }
    }
}

#[test]
fn spans_of_the_fixtures() {
    let levels = Levels::parse("WARN+").ok();
    let filters = [
        Filter { levels, ..Filter::default() },
        Filter::default().glob("step", "*e*").unwrap(),
        Filter::default().expression("stage eq 'build' or step ne null").unwrap(),
    ];
    for input in inputs() {
        for target in [1, 200, 1 << 30] {
            check(&[&input], target, None);
            filters.iter().for_each(|filter| drop(check(&[&input], target, Some(filter))));
        }
    }
}

/// Rows that say why an entry could not be read are there once.
#[test]
fn spans_of_damaged_archives() {
    for name in ["corrupt.zip", "crc.zip", "sizes.zip", "unsupported.zip"] {
        for target in [1, 1 << 30] {
            check(&[Path::new("fixtures").join(name)], target, None);
        }
    }
}

/// A directory of archives, archives in archives, damage, and logs of all formats beside them.
#[test]
fn spans_of_a_directory_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("fixtures"), folder.path());
    std::fs::write(folder.path().join("formats/broken.zip"), "no zip").unwrap();
    std::fs::write(folder.path().join("zebra.log"), "the last\n").unwrap();
    let tar = std::process::Command::new("tar")
        .current_dir(folder.path())
        .args(["czf", "formats/a.tar.gz", "deploy.zip", "app.ndjson"])
        .status();
    assert!(tar.is_ok_and(|status| status.success()));
    for target in [1, 100_000, 1 << 30] {
        check(&[folder.path()], target, None);
    }
    let inputs = [folder.path().join("formats"), folder.path().join("deploy.zip")];
    check(&inputs, 10_000, None);
}

/// The files of a job may be in archives, and in archives in those, or be given one by one.
#[test]
fn spans_of_files_that_are_read_together() {
    for format in ["github", "azure", "firstgen"] {
        let folder = tempfile::tempdir().unwrap();
        let input = Path::new("fixtures/formats").join(format).join("input");
        let outer = tempfile::tempdir().unwrap();
        zip_of(&input, &outer.path().join("inner.zip"));
        std::fs::copy("fixtures/odd.zip", outer.path().join("other.zip")).unwrap();
        let nested = folder.path().join("nested.zip");
        zip_of(outer.path(), &nested);
        for target in [1, 1 << 30] {
            check(&[outer.path()], target, None);
            check(&[&nested], target, None);
        }
        std::fs::remove_file(&nested).unwrap();
        copy(&input, folder.path());
        let mut inputs: Vec<PathBuf> =
            std::fs::read_dir(folder.path()).unwrap().map(|found| found.unwrap().path()).collect();
        inputs.sort();
        for target in [1, 1 << 30] {
            check(&inputs, target, None);
        }
    }
}

#[test]
fn a_large_file_is_cut_into_spans_of_about_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe { entries: 3, bytes: 6 << 20, big_entry: true, ..Recipe::default() };
    recipe.write_tree(folder.path()).unwrap();
    let plan = check(&[folder.path()], 1 << 20, None);
    let sizes: Vec<u64> = plan.spans.iter().map(Span::text_bytes).collect();
    assert!(plan.spans.len() > 4, "{sizes:?}");
    assert!(sizes.iter().all(|&size| size < (1 << 20) + (64 << 10)), "{sizes:?}");
    let cut = plan.spans.iter().filter(|span| span.bytes().is_some());
    assert!(cut.clone().count() > 3);
    assert!(cut.clone().any(|span| span.first_line() > 1));
    let whole = PlanOptions { target_bytes: 1 << 20, divide: false, ..PlanOptions::default() };
    let whole = Plan::of([folder.path()], &ScanOptions::default(), &whole).unwrap();
    assert!(whole.spans.iter().all(|span| span.bytes().is_none()));
}

/// With an index, a deflated entry is divided as well, and its parts read no blocks that a filter rules out.
#[test]
fn a_large_entry_with_an_index_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("a.zip");
    let recipe = Recipe { entries: 3, bytes: 6 << 20, big_entry: true, ..Recipe::default() };
    recipe.write_zip(std::fs::File::create(&zip).unwrap()).unwrap();
    assert!(plan(&[&zip], 1 << 20, None).spans.iter().all(|span| span.bytes().is_none()));
    let scan = Scan::open([&zip]).unwrap();
    scan.build_indexes(true, &mut ()).unwrap();
    let filter = Filter::default().level("FATAL").unwrap();
    for input in [&*zip, folder.path()] {
        let plan = check(&[input], 1 << 20, None);
        assert!(plan.spans.iter().filter(|span| span.bytes().is_some()).count() > 3, "{plan:?}");
        check(&[input], 1 << 20, Some(&filter));
    }
    let plan = plan(&[&zip], 1 << 20, None);
    std::fs::remove_file(folder.path().join("a.zip.ripsaw")).unwrap();
    let part = plan.spans.iter().find(|span| span.bytes().is_some()).unwrap();
    let read = Scan::open_spans(&plan.inputs, std::slice::from_ref(part), ScanOptions::default());
    assert!(read.err().unwrap().to_string().contains("the input is not the planned one"));
}

/// A process opens the archives of its spans, and no others.
#[test]
fn only_the_archives_of_spans_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.zip", "b.zip", "c.zip"] {
        std::fs::copy("fixtures/deploy.zip", folder.path().join(name)).unwrap();
    }
    let plan = plan(&[folder.path()], 1 << 30, None);
    assert_eq!(plan.spans.len(), 3);
    assert_eq!(plan.groups(1 << 30).count(), 1);
    std::fs::remove_file(folder.path().join("a.zip")).unwrap();
    std::fs::write(folder.path().join("b.zip"), "changed").unwrap();
    assert_eq!(read_apart(&plan, &plan.spans[2..], None).len(), 1332);
    for spans in [&plan.spans[..1], &plan.spans[1..2]] {
        let read = Scan::open_spans(&plan.inputs, spans, ScanOptions::default());
        let error = read.err().unwrap().to_string();
        assert!(error.contains("the input is not the planned one"), "{error}");
    }
}

#[test]
fn paths_rule_out_entries_of_a_plan() {
    let filter = Filter::default().glob("step", "no such step").unwrap();
    assert!(plan(&["fixtures/deploy.zip"], 1 << 30, Some(&filter)).spans.is_empty());
}

#[test]
fn what_can_be_read_once_is_refused() {
    let error = Plan::of(["-"], &ScanOptions::default(), &PlanOptions::default()).unwrap_err();
    assert!(error.to_string().contains("it can be read only once"), "{error}");
}

#[test]
fn spans_of_other_inputs_are_refused() {
    let plan = plan(&["fixtures/deploy.zip"], 1 << 30, None);
    let others = ["fixtures/odd.zip".to_owned()];
    let error = Scan::open_spans(&others, &plan.spans, ScanOptions::default()).err().unwrap();
    assert!(error.to_string().contains("the input is not the planned one"), "{error}");
}

#[test]
fn dedupe_is_refused() {
    let plan = plan(&["fixtures/deploy.zip"], 1 << 30, None);
    let mut options = ScanOptions::default();
    options.pipeline.dedupe = Some("log_id".into());
    let error = Scan::open_spans(&plan.inputs, &plan.spans, options).err().unwrap();
    assert!(error.to_string().contains("--dedupe compares all rows"), "{error}");
}

#[test]
fn changed_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ndjson");
    std::fs::write(&file, "{\"level\":\"info\",\"msg\":\"a\"}\n".repeat(9)).unwrap();
    let plan = plan(&[&file], 40, None);
    assert!(plan.spans.len() > 2, "{plan:?}");
    std::fs::write(&file, "{\"level\":\"info\",\"msg\":\"b\"}\n".repeat(8)).unwrap();
    let read = Scan::open_spans(&plan.inputs, &plan.spans, ScanOptions::default());
    let error = read.err().unwrap().to_string();
    assert!(error.contains("the input is not the planned one"), "{error}");
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
            check(&[&file], target, None);
        }
    }
}

/// Records of a format that is data, and lines that continue them.
fn of_rule() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("2026-03-09 10:00:01.000000 | node-1 | up\n"),
        Just("2026-03-09 10:00:02.000000 | node-2 | ERROR\n"),
        Just("Traceback\n"),
        Just("  at main.py\r\n"),
        Just("\n"),
        Just("2026-03-09 10:00:03 | \n"),
    ];
    prop::collection::vec(line, 1..60).prop_map(|lines| {
        format!("2026-03-09 10:00:00.000001 | RUN START: [a]\n{}", lines.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn spans_of_a_format_that_is_data(text in of_rule(), target in 1_u64..300) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("job-output.txt");
        std::fs::write(&file, &text).unwrap();
        let scan = Scan::open([&file]).unwrap();
        assert_eq!(scan.entries()[0].format.unwrap().format().name, "zuul");
        check(&[&file], target, None);
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
    let plan = plan(&[&file], 1000, None);
    assert!(plan.spans.len() > 30);
    for span in &plan.spans {
        let span = std::slice::from_ref(span);
        let scan = Scan::open_spans(&plan.inputs, span, ScanOptions::default()).unwrap();
        for batch in scan.columns(["line", "message"]).batches().unwrap() {
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
