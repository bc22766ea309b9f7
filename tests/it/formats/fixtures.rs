//! The fixtures of the formats: each has a bundle and the rows that it gives, written by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ripsaw::format::FORMATS;
use ripsaw::pipeline;
use ripsaw::record::timestamp;
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::source::Catalog;
use serde_json::{Map, Value};

use crate::convert::{Folder, Format, Memory, Setup, sink};

fn folder(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats").join(format)
}

fn list(root: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for found in fs::read_dir(root.join(below)).unwrap() {
        let found = found.unwrap();
        let name = format!("{below}{}", found.file_name().to_str().unwrap());
        match found.path().is_dir() {
            true => list(root, &format!("{name}/"), files),
            false => files.push((name, fs::read(found.path()).unwrap())),
        }
    }
}

fn detected(input: &Path, threads: usize) -> Arc<Catalog> {
    Arc::clone(Scan::open([input]).unwrap().threads(threads).catalog())
}

/// The rows as NDJSON has them, without their bundles.
fn rows(input: &Path, threads: usize, dedupe: Option<&str>) -> Vec<Map<String, Value>> {
    let pipeline = pipeline::Options {
        threads,
        dedupe: dedupe.map(str::to_owned),
        ..pipeline::Options::default()
    };
    let options = ScanOptions { pipeline, ..ScanOptions::default() };
    let scan = Scan::open_with([input], options).unwrap();
    let memory = Memory::default();
    let sink = sink(Format::Ndjson, Setup::default(), memory.clone());
    let report = scan.run(sink, &mut ()).unwrap();
    let bytes = std::mem::take(&mut *memory.0.lock().unwrap());
    let rows = parse(&String::from_utf8(bytes).unwrap());
    assert_eq!(report.total().lines, rows.len() as i64);
    rows
}

fn parse(ndjson: &str) -> Vec<Map<String, Value>> {
    let row = |line: &str| {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        row.remove("bundle");
        row.retain(|_, value| !value.is_null());
        row
    };
    ndjson.lines().map(row).collect()
}

/// Rows against those of a file, of which errors have only their beginnings.
fn assert_rows(mut read: Vec<Map<String, Value>>, expected: &Path) {
    let expected = parse(&fs::read_to_string(expected).unwrap());
    for (read, expected) in read.iter_mut().zip(&expected) {
        if let (Some(Value::String(error)), Some(Value::String(class))) =
            (read.get_mut("parse_error"), expected.get("parse_error"))
        {
            assert!(error.starts_with(class), "{error}");
            error.truncate(class.len());
        }
        assert_eq!(read, expected);
    }
    assert_eq!(read.len(), expected.len());
}

/// The fixture of a format as it is, and as an archive in the order of a tree: a zip, or for rows, which
/// are not read back from within compression, a tar.
fn inputs(format: &str, folder_for_zip: &Folder) -> [PathBuf; 2] {
    let tree = folder(format).join("input");
    if format == "ripsaw" {
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_dir_all("", &tree).unwrap();
        return [tree, folder_for_zip.file("ripsaw.tar", &tar.into_inner().unwrap())];
    }
    let mut files = Vec::new();
    list(&tree, "", &mut files);
    files.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    [tree, folder_for_zip.zip(&format!("{format}.zip"), &files)]
}

#[test]
fn every_format_has_a_fixture_that_gives_its_rows() {
    let zips = Folder::new();
    for format in FORMATS {
        let expected = folder(format.name).join("expected.ndjson");
        assert!(expected.is_file(), "{} has no fixture", format.name);
        for input in inputs(format.name, &zips) {
            for threads in [1, 2, 8] {
                assert_rows(rows(&input, threads, None), &expected);
            }
        }
    }
}

#[test]
fn every_file_of_a_fixture_is_told_to_be_of_its_format() {
    let zips = Folder::new();
    for format in FORMATS {
        for input in inputs(format.name, &zips) {
            let catalog = detected(&input, 2);
            for entry in &catalog.entries {
                let told = entry.format.unwrap().format().name;
                assert_eq!(told, format.name, "{}: {}", entry.path, entry.detected_by);
                assert!(!entry.detected_by.is_empty());
            }
            for ignored in &catalog.ignored {
                let own = ignored.format.map(|id| id.format().name);
                assert_eq!(own, Some(format.name), "{}", ignored.path);
            }
        }
    }
}

#[test]
fn the_first_of_each_id_stays() {
    let zips = Folder::new();
    for input in inputs("deepset", &zips) {
        for threads in [1, 3, 8] {
            let expected = folder("deepset").join("expected-dedupe.ndjson");
            assert_rows(rows(&input, threads, Some("log_id")), &expected);
        }
    }
}

#[test]
fn an_execution_tells_what_became_of_its_logs() {
    let zips = Folder::new();
    let expected = parse(&fs::read_to_string(folder("firstgen").join("entries.ndjson")).unwrap());
    for input in inputs("firstgen", &zips) {
        let catalog = detected(&input, 2);
        assert_eq!(catalog.entries.len(), expected.len());
        for (entry, expected) in catalog.entries.iter().zip(&expected) {
            let text = |key: &str| expected.get(key).map(|value| value.as_str().unwrap());
            let time =
                |key: &str| text(key).map(|text| timestamp::parse(text).unwrap().nanos.unwrap());
            assert_eq!(entry.path, text("file").unwrap());
            assert_eq!(entry.outcome.status.as_deref(), text("status"), "{}", entry.path);
            assert_eq!(entry.outcome.start, time("start"), "{}", entry.path);
            assert_eq!(entry.outcome.end, time("end"), "{}", entry.path);
        }
        assert_eq!(catalog.ignored.len(), 3);
    }
}

/// Each stretch of a console log has the status of the whole, by hand and by the oracle.
#[test]
fn a_build_tells_how_it_finished() {
    let zips = Folder::new();
    let expected = parse(&fs::read_to_string(folder("jenkins").join("entries.ndjson")).unwrap());
    for input in inputs("jenkins", &zips) {
        let catalog = detected(&input, 2);
        for entry in &catalog.entries {
            let of_file = |row: &&Map<String, Value>| row["file"] == entry.path.as_str();
            let status = expected.iter().find(of_file).unwrap()["status"].as_str();
            let text = fs::read(folder("jenkins").join("input").join(&entry.path)).unwrap();
            assert_eq!(super::oracle::status(&text).as_deref(), status, "{}", entry.path);
            assert_eq!(entry.outcome.status.as_deref(), status, "{}", entry.path);
        }
    }
}

#[test]
fn an_export_in_any_order_of_its_files_is_the_same() {
    let zips = Folder::new();
    let mut files = Vec::new();
    list(&folder("firstgen").join("input"), "", &mut files);
    files.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    let sorted = |rows: Vec<Map<String, Value>>| {
        let mut rows: Vec<String> =
            rows.iter().map(|row| Value::from(row.clone()).to_string()).collect();
        rows.sort();
        rows
    };
    let forward = rows(&zips.zip("forward.zip", &files), 2, None);
    files.reverse();
    let account = "kmpySmUISimoRrJL6NL73w";
    let name = format!("{account}_o63US8waSImWhoEnlDAEcg.zip");
    let backward = rows(&zips.zip(&name, &files), 2, None);
    assert!(forward.iter().all(|row| !row.contains_key("account")));
    let without_account = |mut row: Map<String, Value>| {
        assert_eq!(row.remove("account"), Some(account.into()));
        row
    };
    let backward = backward.into_iter().map(without_account).collect();
    assert_eq!(sorted(forward), sorted(backward));
}
