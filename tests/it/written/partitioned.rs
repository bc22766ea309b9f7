//! Data sets: tables in many files, with values of columns in their paths, and a manifest that lists them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Schema, TimestampNanosecondType};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;
use ripsaw::Scan;
use serde_json::{Map, Value, json};

use super::{QUESTIONS, ndjson, run, said, text};
use crate::convert::Folder;

/// A value of each column of a partition.
type Values = Vec<(String, Option<String>)>;

/// The value of a column in a row; `date` is the day of the time.
fn value(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    if column == "date" {
        let times = batch.column_by_name("timestamp").unwrap();
        let times = times.as_primitive::<TimestampNanosecondType>();
        let day = |nanos: i64| nanos.div_euclid(86_400_000_000_000);
        // Any name will do that is the same for a day.
        return (!times.is_null(row)).then(|| format!("day-{}", day(times.value(row))));
    }
    let texts = cast(batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    let texts = texts.as_string::<i32>();
    (!texts.is_null(row)).then(|| texts.value(row).to_owned())
}

/// The folders of a partition, escaped as Hive does.
fn path(values: &Values) -> String {
    let folder = |(name, value): &(String, Option<String>)| {
        let Some(value) = value else { return format!("{name}=__HIVE_DEFAULT_PARTITION__/") };
        let escaped: String = value
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        format!("{name}={escaped}/")
    };
    values.iter().map(folder).collect()
}

/// Rows of a batch without the columns that its path has.
fn without(batch: &RecordBatch, values: &Values) -> RecordBatch {
    let is_kept = |name: &str| values.iter().all(|(own, _)| own != name);
    let schema = batch.schema();
    let kept: Vec<usize> =
        (0..batch.num_columns()).filter(|&at| is_kept(schema.field(at).name())).collect();
    batch.project(&kept).unwrap()
}

/// How a data set is written.
#[derive(Clone, Copy)]
struct Layout<'l> {
    by: &'l [&'l str],
    /// Rows of a file at most.
    file_rows: usize,
    /// The footers have the values, too.
    has_footers: bool,
    has_manifest: bool,
}

/// Writes a data set; returns the paths of its files.
fn write(input: &Path, out: &Path, layout: Layout<'_>) -> Vec<String> {
    let mut parts: BTreeMap<String, (Values, Vec<RecordBatch>)> = BTreeMap::new();
    for batch in Scan::open([input]).unwrap().batches().unwrap() {
        let batch = batch.unwrap();
        let mut rows: BTreeMap<String, (Values, Vec<u32>)> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let values: Values = layout
                .by
                .iter()
                .map(|name| ((*name).to_owned(), value(&batch, name, row)))
                .collect();
            rows.entry(path(&values)).or_insert((values, Vec::new())).1.push(row as u32);
        }
        for (path, (values, rows)) in rows {
            let taken = take_record_batch(&batch, &UInt32Array::from(rows)).unwrap();
            let taken = without(&taken, &values);
            parts.entry(path).or_insert((values, Vec::new())).1.push(taken);
        }
    }
    let mut paths = Vec::new();
    for (path, (values, batches)) in parts {
        let schema = batches[0].schema();
        let all = arrow::compute::concat_batches(&schema, &batches).unwrap();
        for (number, start) in (0..all.num_rows()).step_by(layout.file_rows).enumerate() {
            let rows = all.slice(start, layout.file_rows.min(all.num_rows() - start));
            let path = format!("{path}r000001-{number:04}.parquet");
            file(&out.join(&path), &rows, layout.has_footers.then_some(&values));
            paths.push(path);
        }
    }
    if layout.has_manifest {
        manifest(out, &paths);
    }
    paths
}

/// Writes a file of plain types, as engines do.
fn file(path: &Path, rows: &RecordBatch, values: Option<&Values>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let plain = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(..) => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    };
    let columns: Vec<ArrayRef> = rows.columns().iter().map(plain).collect();
    let fields = rows
        .schema()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()))
        .collect::<Vec<_>>();
    let metadata = rows.schema().metadata().clone();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    let pairs = values.map(|values| {
        let object: Map<String, Value> =
            values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let json = Value::Object(object).to_string();
        vec![KeyValue::new("ripsaw.partition".to_owned(), json)]
    });
    let properties = WriterProperties::builder()
        .set_key_value_metadata(pairs)
        .set_max_row_group_row_count(Some(500))
        .build();
    let to = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(to, Arc::clone(&schema), Some(properties)).unwrap();
    writer.write(&RecordBatch::try_new(schema, columns).unwrap()).unwrap();
    writer.close().unwrap();
}

fn manifest(out: &Path, paths: &[String]) {
    let files: Vec<Value> = paths.iter().map(|path| json!({ "path": path, "rows": 1 })).collect();
    let manifest = json!({ "ripsaw_data_set": 1, "partition_by": [], "keys": null, "files": files, "bundles": [] });
    fs::create_dir_all(out.join(".ripsaw")).unwrap();
    fs::write(out.join(".ripsaw/manifest.json"), manifest.to_string()).unwrap();
}

/// A build with the logs of two services, over some days.
fn bundle(folder: &Folder) -> PathBuf {
    let mut files = Vec::new();
    for (number, pipeline) in ["Ship", "Ship", "Te=st%/a b"].into_iter().enumerate() {
        let run = format!(
            "acc/acc/pipeline/{}/{number}/-m0_QeXv5SgKjH-wd3LtYuB",
            pipeline.replace('/', "-")
        );
        for step in ["Build/Compile", "Build/Test", "Deploy/Push"] {
            let lines = (0..400).map(|line| {
                let level = ["INFO", "INFO", "ERROR", "WARN", "DEBUG", "bad"][line % 6];
                let (day, second) = (9 + line / 100 - (line % 7) / 6, line % 60);
                let out = format!("line {line} of {step} fail\\n");
                format!(
                    "{{\"level\":\"{level}\",\"pos\":{line},\"out\":\"{out}\",\
                     \"time\":\"2026-03-{day:02}T09:12:{second:02}.{line:09}Z\",\"args\":{{\"n\":\"{line}\"}}}}\n"
                )
            });
            let text: String = lines.chain(["{ broken\n".to_owned()]).collect();
            files.push((format!("{run}/{step}"), text.into_bytes()));
        }
    }
    folder.zip("runs.zip", &files)
}

/// Lines in an order that does not depend on that of the entries.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// The answers about an input.
fn answers(input: &Path) -> Vec<String> {
    let asked = QUESTIONS.iter().map(|question| said(&[*question, &[text(input)]].concat()));
    asked.chain([ndjson(input, &[])]).collect()
}

#[test]
fn a_log_in_many_files_is_one_entry() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let expected = answers(&input);
    let layouts: [&[&str]; 5] =
        [&[], &["pipeline"], &["date"], &["level"], &["stage", "date", "level"]];
    for (number, by) in layouts.into_iter().enumerate() {
        for (has_footers, has_manifest) in [(true, true), (false, true), (false, false)] {
            // All three ways once.
            if !(has_footers && has_manifest) && number % 2 == 0 {
                continue;
            }
            // Without a manifest or values in paths nothing says that files are parts of one table.
            if !has_manifest && by.is_empty() {
                continue;
            }
            let out = folder.path(&format!("set-{number}-{has_footers}-{has_manifest}"));
            write(&input, &out, Layout { by, file_rows: 333, has_footers, has_manifest });
            for (one, other) in expected.iter().zip(answers(&out)) {
                assert_eq!(sorted(one), sorted(&other), "{by:?} {has_footers} {has_manifest}");
            }
            let list = said(&["ls", text(&out)]);
            assert_eq!(list.matches("400").count() + list.matches("401").count(), 9, "{list}");
        }
    }
}

/// The rows of each entry are in the order of its lines.
#[test]
fn rows_are_merged_by_their_lines() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let out = folder.path("set");
    write(
        &input,
        &out,
        Layout { by: &["level"], file_rows: 50, has_footers: true, has_manifest: true },
    );
    for threads in ["1", "4"] {
        let rows = ndjson(&out, &["--threads", threads]);
        let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        for pair in rows.windows(2).filter(|pair| pair[0]["file"] == pair[1]["file"]) {
            assert_eq!(pair[0]["line"].as_i64().unwrap() + 1, pair[1]["line"].as_i64().unwrap());
        }
    }
}

/// A file that was sorted by time says so, and gives the rows of each log in their order.
#[test]
fn rows_that_were_sorted_by_time() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let batches: Vec<RecordBatch> =
        Scan::open([&input]).unwrap().batches().unwrap().map(Result::unwrap).collect();
    let all = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    let times = all.column_by_name("timestamp").unwrap().as_primitive::<TimestampNanosecondType>();
    let mut order: Vec<u32> = (0..all.num_rows() as u32).collect();
    order.sort_by_key(|&row| (!times.is_null(row as usize)).then(|| times.value(row as usize)));
    let rows = take_record_batch(&all, &UInt32Array::from(order)).unwrap();
    let path = folder.path("sorted.parquet");
    let column = all.schema().index_of("timestamp").unwrap() as i32;
    let sorting = SortingColumn { column_idx: column, descending: false, nulls_first: true };
    let properties = WriterProperties::builder()
        .set_sorting_columns(Some(vec![sorting]))
        .set_max_row_group_row_count(Some(700))
        .build();
    let to = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(to, rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    for (one, other) in answers(&input).iter().zip(answers(&path)) {
        assert_eq!(sorted(one), sorted(&other));
    }
    let rows = ndjson(&path, &[]);
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let same_log = |pair: &&[Value]| pair[0]["file"] == pair[1]["file"];
    assert_eq!(rows.windows(2).filter(|pair| !same_log(pair)).count(), 8);
    assert!(rows.windows(2).filter(same_log).all(|pair| {
        pair[0]["line"].as_i64().unwrap() + 1 == pair[1]["line"].as_i64().unwrap()
    }));
}

/// A log whose rows name their stages is one entry, also where its stages are in different files.
#[test]
fn stages_of_rows() {
    let folder = Folder::new();
    let mut files = crate::formats::mixed::files_of_one_entry(90, 1_000, 60_000);
    files.retain(|(path, _)| path.starts_with("deepset/"));
    let input = folder.zip("deepset.zip", &files);
    let out = folder.path("set");
    let layout = Layout { by: &["stage"], file_rows: 5_000, has_footers: true, has_manifest: true };
    assert!(write(&input, &out, layout).len() > 1);
    let [one, other] = [&input, &out].map(|input| ndjson(input, &["--keys", "extra"]));
    assert_eq!(sorted(&one), sorted(&other));
    let [one, other] = [&input, &out].map(|input| said(&["grep", "-c", "", text(input)]));
    assert_eq!(one, other);
}

/// A folder of a data set, and one of its files, have the values of their paths.
#[test]
fn parts_of_a_data_set_by_themselves() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let out = folder.path("set");
    let layout = Layout { by: &["level"], file_rows: 900, has_footers: false, has_manifest: false };
    write(&input, &out, layout);
    let part = out.join("level=ERROR");
    let count =
        |input: &Path, more: &[&str]| said(&[&["grep", "-c", "", text(input)], more].concat());
    let errors = count(&input, &["--level", "ERROR"]);
    for question in [&[][..], &["--level", "ERROR"], &["--where", "level eq 'ERROR'"]] {
        assert_eq!(sorted(&errors), sorted(&count(&part, question)), "{question:?}");
    }
    let file = part.join("r000001-0000.parquet");
    let [all, errors] = [&[][..], &["--level", "ERROR"]].map(|more| count(&file, more));
    assert_eq!(all, errors);
}

#[test]
fn only_files_of_the_manifest_are_read() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let out = folder.path("set");
    let layout = Layout { by: &["stage"], file_rows: 500, has_footers: true, has_manifest: true };
    let paths = write(&input, &out, layout);
    let rows = ndjson(&out, &[]);
    // What other runs have left, or are writing.
    fs::copy(out.join(&paths[0]), out.join("stage=Build/r000002-0000.parquet")).unwrap();
    fs::write(out.join("stage=Build/r000002-0001.parquet.tmp"), "PAR1 unfinished").unwrap();
    fs::write(out.join("notes.log"), "not of the table\n").unwrap();
    assert!(ndjson(&out, &[]) == rows);
    // In a folder of tables, too; beside the logs that it was made from, it is not read once more.
    let above = folder.path("above");
    fs::create_dir(&above).unwrap();
    fs::rename(&out, above.join("set")).unwrap();
    assert!(ndjson(&above, &[]) == rows);
    fs::copy(&input, above.join("runs.zip")).unwrap();
    assert_eq!(ndjson(&above, &[]).lines().count(), rows.lines().count());
    fs::rename(above.join("set"), &out).unwrap();
    // A file that is missing is named, and all others are read.
    fs::remove_file(out.join(&paths[0])).unwrap();
    let output = run(&["grep", "-c", "", text(&out)]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&paths[0]) && error.contains("manifest"), "{error}");
    assert!(!output.stdout.is_empty());
}

#[test]
fn a_manifest_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    let input = bundle(&folder);
    let out = folder.path("set");
    write(
        &input,
        &out,
        Layout { by: &[], file_rows: 5_000, has_footers: true, has_manifest: true },
    );
    for json in [
        "{",
        r#"{"ripsaw_data_set":2,"files":[]}"#,
        r#"{"ripsaw_data_set":1,"files":[{"path":"../x"}]}"#,
    ] {
        fs::write(out.join(".ripsaw/manifest.json"), json).unwrap();
        let output = run(&["ls", text(&out)]);
        assert_eq!(output.status.code(), Some(2), "{json}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("manifest.json"), "{error}");
    }
}
