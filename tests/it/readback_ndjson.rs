//! Rows that were written as NDJSON give the same rows again, whatever they are converted to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::convert::Folder;
use crate::formats::mixed;

fn run(arguments: &[&str]) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What an input is as NDJSON.
fn ndjson(input: &Path, more: &[&str]) -> String {
    said(
        &[&["convert", text(input), "-o", "-", "--to", "ndjson", "--keys", "extra"], more].concat(),
    )
}

fn parsed(rows: &str) -> Vec<Value> {
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// A tree and a zip of all formats, as rows: with nulls and without them.
fn written(folder: &Folder, seed: u64, size: usize) -> Vec<(String, &'static [&'static str])> {
    let files = mixed::files(seed, size / 20, size);
    let inputs = [folder.tree("tree", &files), folder.zip("bundle.zip", &files)];
    let ways: [&[&str]; 2] = [&[], &["--omit-nulls"]];
    let of = |input: &PathBuf| ways.map(|way| (ndjson(input, way), way));
    inputs.iter().flat_map(of).collect()
}

#[test]
fn rows_of_all_formats_are_the_same_again() {
    for seed in 80..83 {
        let folder = Folder::new();
        for (rows, way) in written(&folder, seed, 30_000) {
            let file = folder.file("rows.ndjson", rows.as_bytes());
            for threads in ["1", "3"] {
                let again = ndjson(&file, &[way, &["--threads", threads]].concat());
                let (again, rows) = (parsed(&again), parsed(&rows));
                assert!(rows.len() > 100);
                again.iter().zip(&rows).for_each(|(again, row)| assert_eq!(again, row));
                assert_eq!(again.len(), rows.len());
            }
            // The bytes, too: nothing is spelled in another way.
            assert!(ndjson(&file, way) == rows);
        }
    }
}

/// A run of rows that is read in pieces.
#[test]
fn long_logs_are_the_same_again() {
    let folder = Folder::new();
    let lines: String =
        (0..60_000).map(|n| format!("2026-03-09T09:12:13.{n:05}Z INFO line {n}\n")).collect();
    let rows = ndjson(&folder.file("long.log", lines.as_bytes()), &["--omit-nulls"]);
    let file = folder.file("rows.ndjson", rows.as_bytes());
    for map in [&["--threads", "1"][..], &["--threads", "4"]] {
        assert!(ndjson(&file, &[&["--omit-nulls"], map].concat()) == rows);
    }
}

/// Parquet and CSV of the rows are those of the logs; but NDJSON has no line ends within `extra`, which
/// documents that span lines have.
#[test]
fn other_outputs_are_the_same() {
    let folder = Folder::new();
    let mut files = mixed::files(84, 0, 20_000);
    files.retain(|(path, _)| !path.ends_with(".json"));
    let tree = folder.tree("tree", &files);
    let file = folder.file("rows.ndjson", ndjson(&tree, &[]).as_bytes());
    for extension in ["csv", "parquet"] {
        let [direct, again] = ["direct", "again"].map(|name| format!("{name}.{extension}"));
        let [direct, again] = [folder.path(&direct), folder.path(&again)];
        said(&["convert", text(&tree), "-o", text(&direct), "--keys", "extra"]);
        said(&["convert", text(&file), "-o", text(&again), "--keys", "extra"]);
        let [direct, again] = [direct, again].map(|path| fs::read(path).unwrap());
        match extension {
            "csv" => assert!(direct == again),
            _ => assert!(crate::readback::parquet(&direct) == crate::readback::parquet(&again)),
        }
    }
}

#[test]
fn filters_and_searches_find_the_same() {
    let folder = Folder::new();
    let log = |level: &str| {
        format!(
            r#"{{"level":"{level}","pos":0,"out":"needle in {level}","time":"2026-03-09T09:12:13Z"}}"#
        )
    };
    let run = "acc/acc/pipeline/Ship/7/-m0_QeXv5SgKjH-wd3LtYuB";
    let files: Vec<(String, Vec<u8>)> = ["Build/Compile", "Build/Test", "Deploy/Push"]
        .iter()
        .map(|step| (format!("{run}/{step}"), format!("{}\n{}\n", log("INFO"), log("ERROR"))))
        .map(|(path, text)| (path, text.into_bytes()))
        .collect();
    for input in [folder.tree("tree", &files), folder.zip("bundle.zip", &files)] {
        let file = folder.file("rows.ndjson", ndjson(&input, &[]).as_bytes());
        let asked: [&[&str]; 6] = [
            &["grep", "needle"],
            &["grep", "needle", "--stage", "Build", "--level", "error"],
            &["grep", "-c", "needle", "--step", "Test"],
            &["grep", "-n", "in ERROR"],
            &["cat", "--stage", "Deploy"],
            &["cat"],
        ];
        for arguments in asked {
            let of = |input: &Path| said(&[arguments, &[text(input)]].concat());
            assert_eq!(of(&file), of(&input), "{arguments:?}");
            assert!(!of(&file).is_empty(), "{arguments:?}");
        }
        let listed = |input: &Path| {
            let rows = parsed(&said(&["ls", "--json", text(input)]));
            let keys =
                ["bundle", "file", "stage", "step", "lines", "malformed_lines", "first_timestamp"];
            let of = |row: &Value| keys.map(|key| row.get(key).cloned());
            rows.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(listed(&file), listed(&input));
        let raw = said(&["cat", "--raw", "--stage", "Deploy", text(&file)]);
        let rows = fs::read_to_string(&file).unwrap();
        let own = rows.lines().filter(|row| row.contains(r#""stage":"Deploy""#));
        assert_eq!(raw.lines().collect::<Vec<_>>(), own.collect::<Vec<_>>());
    }
}

/// What is no row is an error row that names the file and the physical line; the others stay.
#[test]
fn damage_is_told_where_it_is() {
    let folder = Folder::new();
    let rows = ndjson(&folder.file("a.log", b"one\ntwo\nthree\nfour\n"), &["--omit-nulls"]);
    let mut lines: Vec<&str> = rows.lines().collect();
    let magic = "\u{1f}\u{8b} like a compressed file";
    for garbage in [r#"{"no":"row"}"#, "", magic, "PK\u{3}\u{4}"] {
        lines.insert(2, garbage);
    }
    let damaged = lines.join("\n");
    let file = folder.file("rows.ndjson", &damaged.as_bytes()[..damaged.len() - 9]);
    let report = folder.path("report.json");
    let again = parsed(&ndjson(&file, &["--omit-nulls", "--report", text(&report)]));
    let told: Vec<(&str, i64, bool)> = again
        .iter()
        .map(|row| {
            let file = row["file"].as_str().unwrap();
            (file, row["line"].as_i64().unwrap(), row.get("parse_error").is_some())
        })
        .collect();
    let own = |line| ("rows.ndjson", line, true);
    let log = |line| ("a.log", line, false);
    // The last line is cut.
    assert_eq!(told, [log(1), log(2), own(3), own(4), own(6), log(3), own(8)]);
    assert_eq!(again[2]["message"], "PK\u{3}\u{4}");
    assert_eq!(again[3]["message"], magic);
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let totals =
        ["lines", "blank_lines", "rows", "unaccounted_lines"].map(|key| &report["totals"][key]);
    assert_eq!(totals, [8, 1, 7, 0]);
}

/// Every line of rows is accounted for, also where a line of a log gave several rows.
#[test]
fn receipts_add_up() {
    let folder = Folder::new();
    let report = folder.path("report.json");
    for (rows, _) in written(&folder, 85, 20_000) {
        let file = folder.file("rows.ndjson", rows.as_bytes());
        for more in [&[][..], &["--level", "error"]] {
            let again = ndjson(&file, &[&["--report", text(&report)], more].concat());
            let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
            let total = |key: &str| report["totals"][key].as_u64().unwrap() as usize;
            assert_eq!(total("lines"), rows.lines().count());
            assert_eq!(total("rows"), again.lines().count());
            assert_eq!(total("rows") + total("left_out"), total("lines"));
            assert_eq!(total("unaccounted_lines"), 0);
        }
    }
}

/// Objects of another program that begin alike are not taken for rows.
#[test]
fn others_are_not_taken_for_rows() {
    let folder = Folder::new();
    let row = r#"{"bundle":"a.zip","file":"a","line":1,"message":"m"}"#;
    let others = [
        r#"{"bundle":"main.js","file":"a.ts","line":1,"msg":"m"}"#,
        r#"{"bundle":"main.js","file":"a.ts","line":"1","message":"m"}"#,
        r#"{"file":"a","bundle":"a.zip","line":1,"message":"m"}"#,
        r#"{"bundle":"a.zip","file":"a","format":"text","lines":1}"#,
        r#"{"bundle":null,"file":"a","line":1,"message":"m"}"#,
    ];
    let format = |first: &str| {
        let file = folder.file("x.ndjson", format!("{first}\n{first}\n").as_bytes());
        let listed = said(&["ls", "--formats", "--json", text(&file)]);
        parsed(&listed)[0]["format"].as_str().unwrap().to_owned()
    };
    assert_eq!(format(row), "ripsaw");
    assert_eq!(format(&row.replace(':', ": ").replace(',', ", ")), "ripsaw");
    for other in others {
        assert_eq!(format(other), "ndjson", "{other}");
    }
    let long =
        format!(r#"{{"bundle":"a","file":"a","line":1,"message":"{}"}}"#, "ä".repeat(50_000));
    assert_eq!(format(&long), "ripsaw");
}

/// Where the logs cannot be found beforehand, the rows are read as any NDJSON, and a warning says so.
#[test]
fn a_compressed_file_is_any_ndjson_with_a_warning() {
    let folder = Folder::new();
    let rows = br#"{"bundle":"a.zip","file":"a","line":1,"message":"m"}"#.to_vec();
    let file = folder.zip("x.zip", &[("rows.ndjson".into(), rows)]);
    let output = run(&[
        "convert",
        text(&file),
        "-o",
        "-",
        "--to",
        "ndjson",
        "--omit-nulls",
        "--keys",
        "extra",
    ]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("warning: cannot read rows back into their columns"), "{error}");
    let row = &parsed(&String::from_utf8(output.stdout).unwrap())[0];
    assert_eq!(row["file"], "rows.ndjson");
    assert_eq!(row["extra"]["bundle"], "a.zip");
}
