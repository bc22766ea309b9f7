//! Records in one object, and what else a line may have beside one record.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::mixed::{assert_like_the_oracle, bundles};
use crate::convert::{Folder, Format, Setup};
use crate::program::rows;
use crate::receipt;

fn record(number: usize) -> String {
    let pad = "x".repeat(number % 700);
    format!(r#"{{"eventTime":"2026-03-09T10:00:00Z","eventName":"E{number}","pad":"{pad}"}}"#)
}

/// One object with so many records.
fn export(leading: &str, count: usize, between: &str, trailing: &str) -> String {
    let records: Vec<String> = (0..count).map(record).collect();
    format!("{{{leading}\"Records\":[{}]{trailing}}}\n", records.join(between))
}

#[test]
fn a_large_object_is_read_record_by_record() {
    let long = format!("\"long\":\"{}\",", "y".repeat(5_000));
    let texts = [
        export("", 9_000, ",", ""),
        export("\"a\":1, \"pad\":{\"b\":[2]},", 7_000, ",\n", ", \"kind\":\"L\",\n\"n\":{}"),
        export(&long, 7_000, ", ", ""),
    ];
    let folder = Folder::new();
    for text in &texts {
        assert!(text.len() > 2 << 20);
        let files = [("trail/all.json".to_owned(), text.clone().into_bytes())];
        for (input, threads) in bundles(&folder, &files).iter().zip([1, 4]) {
            let setup = Setup { threads, ..Setup::default() };
            assert_like_the_oracle(input, Format::ArrowStream, setup);
        }
    }
    // Though the line is longer than a line may be, and however it comes.
    folder.file("all.json", texts[0].as_bytes());
    let arguments = ["all.json", "-q", "--max-line", "100000"];
    let (_, read) = rows(&folder, &arguments, b"", 0);
    assert_eq!(read.len(), 9_000);
    assert_eq!(read[8_999]["eventName"], "E8999");
    let (_, piped) = rows(&folder, &["-", "-q", "--max-line", "100000"], texts[0].as_bytes(), 0);
    assert_eq!(piped.len(), 9_000);
    folder.file("small.json", export("", 9, ",", "").as_bytes());
    let (_, small) = rows(&folder, &["small.json", "-q", "--max-line", "300"], b"", 0);
    assert_eq!(small.len(), 9);
}

#[test]
fn a_file_cut_short_loses_its_last_record() {
    let folder = Folder::new();
    for count in [5, 9_000] {
        let text = export("\"a\":1,", count, ",", "");
        let cut = &text[..text.len() - 20];
        folder.file("cut.json", cut.as_bytes());
        let code = if count == 5 { 0 } else { 2 };
        let (_, read) = rows(&folder, &["cut.json", "--keys", "extra"], b"", code);
        let whole = read.iter().filter(|row| row.get("parse_error").is_none());
        assert_eq!(whole.clone().count(), count - 1);
        assert!(whole.clone().all(|row| row["extra"]["a"] == 1));
        assert!(read[count - 1]["message"].as_str().unwrap().starts_with("{\"eventTime\""));
        if count == 5 {
            continue;
        }
        // As much of it as is in a damaged file.
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        let mut gz = gz.finish().unwrap();
        gz.truncate(gz.len() * 2 / 3);
        folder.file("cut.json.gz", &gz);
        let (_, read) = rows(&folder, &["cut.json.gz", "--keys", "extra"], b"", 2);
        let is_whole = |row: &&Value| row["extra"]["eventName"].is_string();
        let whole = read.iter().filter(is_whole).count();
        assert!(whole > count / 3 && read.len() <= whole + 2, "{whole} of {}", read.len());
    }
}

#[test]
fn the_schema_is_that_of_the_records() {
    let folder = Folder::new();
    let bulk = "{\"index\":{\"_index\":\"x\"}}\n{\"msg\":\"a\",\"pid\":1}\n";
    let several = "{\"pid\":1,\"msg\":\"a\"}{\"tid\":2,\"msg\":\"b\"}\n";
    let texts = [
        ("one.json", export("\"a\":1,", 3, ",", ""), vec!["eventName", "pad", "a"]),
        ("many.json", export("\"a\":1,", 3, ",", "").repeat(3), vec!["eventName", "pad", "a"]),
        ("bulk.json", bulk.repeat(2), vec!["pid"]),
        ("several.json", several.repeat(2), vec!["pid", "tid"]),
        ("sequence.json", "\u{1e}{\"msg\":\"a\",\"pid\":1}\n".to_owned(), vec!["pid"]),
        ("stream.log", "id: 1\ndata: {\"msg\":\"a\",\"pid\":1}\n".to_owned(), vec!["pid"]),
    ];
    for (name, text, columns) in texts {
        folder.file(name, text.as_bytes());
        for schema in ["sample", "scan"] {
            let (said, read) = rows(&folder, &[name, "--schema", schema], b"", 0);
            assert!(!said.contains("known late"), "{name}: {said}");
            let has = |key: &str| read.iter().any(|row| row.get(key).is_some());
            assert!(columns.iter().all(|key| has(key)), "{name}: {read:?}");
            assert!(!["extra", "Records", "index"].iter().any(|key| has(key)), "{name}: {read:?}");
        }
    }
}

#[test]
fn actions_of_bulk_requests_are_counted() {
    let folder = Folder::new();
    let action = "{\"create\":{}}\n";
    let text = format!("{action}{{\"msg\":\"a\"}}\n").repeat(70_000) + action;
    let input = folder.file("bulk.ndjson", text.as_bytes());
    let (said, read) = rows(&folder, &["bulk.ndjson", "--strict"], b"", 0);
    assert!(said.contains("left out 70,000 action lines of bulk requests"), "{said}");
    assert_eq!(read.len(), 70_001);
    assert_eq!(read[69_999]["line"], 140_000);
    let (report, converted) = receipt::convert(&folder, &input, &[], 0);
    receipt::assert_adds_up(&report, &converted, &[("bulk.ndjson".to_owned(), text.into_bytes())]);
    assert_eq!(report["entries"][0]["left_out"][0]["reason"], "actions of a bulk request");
    assert_eq!(report["entries"][0]["left_out"][0]["lines"], 70_000);
}

#[test]
fn errors_have_the_place_of_their_part() {
    let folder = Folder::new();
    let text = "{\"msg\":\"a\"} {\"msg\":nul}\n{\"items\":[{\"a\":1},\n";
    folder.file("a.ndjson", text.as_bytes());
    folder.file(
        "b.ndjson",
        b"{\"msg\":\"a\"}\n\x1e {\"msg\":nul}\n{\"items\":[{\"a\":1},{\"a\":}]}\n",
    );
    for (name, offsets) in [("a.ndjson", [12, 42]), ("b.ndjson", [14, 44])] {
        let (_, _) = rows(&folder, &[name, "--rejects", "rejects.ndjson"], b"", 0);
        let rejects = fs::read_to_string(folder.path("rejects.ndjson")).unwrap();
        let offset = |line: &str| serde_json::from_str::<Value>(line).unwrap()["offset"].as_i64();
        let read: Vec<i64> = rejects.lines().filter_map(offset).collect();
        assert_eq!(read, offsets, "{rejects}");
    }
}

#[test]
fn an_object_with_a_time_holds_records_and_one_with_a_level_is_one() {
    let folder = Folder::new();
    let text = "{\"timestamp\":1773047520123,\"status\":\"ok\",\"items\":[{\"a\":1},{\"a\":2}]}\n\
                {\"level\":\"info\",\"items\":[{\"a\":1}]}\n{\"msg\":null,\"items\":[{\"a\":1}]}\n";
    folder.file("a.ndjson", text.as_bytes());
    let (_, read) = rows(&folder, &["a.ndjson", "-q"], b"", 0);
    let lines: Vec<&Value> = read.iter().map(|row| &row["line"]).collect();
    assert_eq!(lines, [1, 1, 2, 3]);
    assert_eq!(read[1]["timestamp"], "2026-03-09T09:12:00.123Z");
    assert_eq!(read[2]["items"], serde_json::json!([{"a": 1}]));
}

#[test]
fn searches_find_records_of_an_object() {
    let folder = Folder::new();
    let text = "{\"owner\":\"me\",\"logEvents\":[{\"message\":\"first\",\"level\":\"error\"},\
                {\"message\":\"second\"}]}\n{\"message\":\"first\"}\n\u{1e}{\"message\":\"fir\\u0073t\"}\n";
    folder.file("a.ndjson", text.as_bytes());
    let count = |arguments: &[&str]| {
        let mut command = crate::program::ripsaw();
        let output = command.args(arguments).current_dir(folder.path("")).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().rsplit(':').next().unwrap().to_owned()
    };
    assert_eq!(count(&["grep", "-c", "first", "a.ndjson"]), "3");
    assert_eq!(count(&["grep", "-c", "first", "--level", "ERROR+", "a.ndjson"]), "1");
    assert_eq!(count(&["grep", "-c", "--where", "owner eq 'me'", "", "a.ndjson"]), "2");
}
