//! Records: those of the platform, and rows of other formats.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{encoded, logs};
use crate::program::ripsaw;
use crate::serve::Server;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// All records of a pipeline, by the cursor that deepset's own client uses.
fn all(server: &Server, pipeline: &str, limit: usize) -> Vec<Value> {
    let (mut records, mut after) = (Vec::new(), String::new());
    loop {
        let response = server.get(&format!("{}?limit={limit}{after}", logs(pipeline)), &[]);
        let mut page = response.json();
        let data = page["data"].as_array_mut().unwrap();
        after = match data.last() {
            Some(last) => format!("&after={}", encoded(last["logged_at"].as_str().unwrap())),
            None => String::new(),
        };
        records.append(data);
        if page["has_more"] == json!(false) {
            assert_eq!(page["total"], json!(records.len()));
            return records;
        }
    }
}

#[test]
fn records_keep_their_own_members() {
    let input = Path::new(FIXTURES).join("formats/deepset/input");
    let server = Server::start(&[input], &[]);
    let page = server.get(&(logs("faq-search") + "?limit=100&order=ASC"), &[]).json();
    assert_eq!((&page["total"], &page["has_more"]), (&json!(5), &json!(false)));
    let data = page["data"].as_array().unwrap();
    let ids: Vec<&str> = data.iter().map(|record| record["log_id"].as_str().unwrap()).collect();
    let repeated = "T3c9_JYBbpf1V-YKzQ1a";
    let [first, last] = ["aa02_JYBbpf1V-YKzQ1c", "UHG0_JYBbpf1V-YKI8YQ"];
    assert_eq!(ids, [first, "aa01_JYBbpf1V-YKzQ1b", repeated, repeated, last]);
    assert_eq!(
        data[2],
        json!({
            "log_id": repeated,
            "message": "Query failed",
            "logged_at": "2025-05-23T10:33:03.900000Z",
            "level": "error",
            "origin": "querypipeline",
            "exceptions": [{
                "type": "KeyError", "value": "'documents'",
                "trace": [{"filename": "/app/query.py", "line_number": 41, "name": "run"}],
            }],
            "extra_fields": {},
        })
    );
    assert_eq!(data[0]["message"], json!("\u{1b}[32mstart\u{1b}[0m"));
    assert_eq!(data[4]["extra_fields"]["dd.trace_id"], json!("17110374009324833748"));
    // The platform's own client needs a trace.
    assert_eq!(
        data[1]["exceptions"],
        json!([{"type": "TimeoutError", "value": "30 s", "trace": []}])
    );
    let saved = server.get(&(logs("saved") + "?limit=100"), &[]).json();
    let find = |id: &str| {
        let data = saved["data"].as_array().unwrap();
        data.iter().find(|record| record["log_id"] == id).unwrap().clone()
    };
    // What the API could not have is among the extra fields, and other members stay.
    let odd = find("dd03");
    assert_eq!((&odd["exceptions"], &odd["workspace"]), (&Value::Null, &json!("7")));
    assert_eq!(odd["extra_fields"]["exceptions"], json!("[{'type': 'KeyError'}]"));
    assert_eq!(find("bb02")["origin"], json!("prompt-studio"));
    assert_eq!(find("cc01")["extra_fields"], json!({"logged_at": "not a time"}));
    let fields = server.get(&(logs("saved") + "?limit=100"), &[]);
    assert!(fields.text().contains(r#""tokens":18446744073709551615,"costs":{"usd":0.10}"#));
    // The file is a pipeline of its own, and the bundle is one of all.
    for (pipeline, records) in [("page-1", 2), ("page-2", 3), ("logs", 5), ("array", 2)] {
        let page = server.get(&logs(pipeline), &[]).json();
        assert_eq!(page["total"], json!(records), "{pipeline}");
    }
    let total = server.get(&logs("input"), &[]).json()["total"].clone();
    assert_eq!(total.as_i64().unwrap(), 5 + saved["total"].as_i64().unwrap());
}

#[test]
fn rows_of_any_format_are_records() {
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let server = Server::start(&[&zip], &[]);
    let records = all(&server, "deploy", 100);
    assert_eq!(all(&server, "Release_Checkout", 100), records);
    let ids: BTreeSet<&str> =
        records.iter().map(|record| record["log_id"].as_str().unwrap()).collect();
    assert_eq!((records.len(), ids.len()), (1332, 1332));
    let is_uuid = |id: &str| {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && id.as_bytes()[14] == b'8'
    };
    assert!(ids.iter().all(|id| is_uuid(id)), "{ids:?}");
    // The rows that the library gives, by their ids' order of no matter: by message and level.
    let mut rows: Vec<(String, String)> = Vec::new();
    for row in ripsaw::Scan::open([&zip]).unwrap().records().unwrap().map(Result::unwrap) {
        let level = match row.text("level").as_deref() {
            Some("WARN") => "warning".to_owned(),
            Some("FATAL") => "critical".to_owned(),
            Some(level) => level.to_lowercase(),
            None => "info".to_owned(),
        };
        rows.push((row.message().unwrap_or_default().to_owned(), level));
    }
    let mut served: Vec<(String, String)> = records
        .iter()
        .map(|record| {
            assert_eq!(record["origin"], json!("unknown"));
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            (text("message"), text("level"))
        })
        .collect();
    // A row without a message is its other fields.
    let blank = |(message, _): &(String, String)| message.trim().is_empty();
    assert!(
        rows.iter().filter(|row| blank(row)).count()
            >= served.iter().filter(|row| blank(row)).count()
    );
    rows.retain(|row| !blank(row));
    served.retain(|row| rows.contains(row));
    rows.sort();
    served.sort();
    assert!(served == rows, "{} of {}", served.len(), rows.len());
    let times: Vec<&str> =
        records.iter().map(|record| record["logged_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "a cursor would pass records");
    let errors = server.get(&(logs("deploy") + "?limit=100&filter=level+ge+'error'"), &[]).json();
    assert_eq!(errors["total"], json!(4));
    // The same ids wherever the archive is.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy: PathBuf = elsewhere.path().join("deploy.zip");
    fs::copy(&zip, &copy).unwrap();
    assert_eq!(all(&Server::start(&[copy], &[]), "deploy", 77), records);
}

#[test]
fn rows_without_a_time_can_be_paged() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::create_dir(&plain).unwrap();
    let mut messages = Vec::new();
    for file in ["a.txt", "b.txt"] {
        let lines: Vec<String> = (0..150).map(|line| format!("{file}, line {line}")).collect();
        fs::write(plain.join(file), lines.join("\n")).unwrap();
        messages.extend(lines);
    }
    // Records of one time, and text among them.
    let mixed: String = (0..250)
        .map(|number| match number % 3 {
            0 => format!("not a record {number}\n"),
            _ => format!("{{\"time\":\"2026-03-09T06:00:00Z\",\"level\":\"warn\",\"msg\":\"record {number}\"}}\n"),
        })
        .collect();
    fs::write(folder.path().join("mixed.ndjson"), &mixed).unwrap();
    let server = Server::start(&[plain, folder.path().join("mixed.ndjson")], &[]);
    for limit in [9, 100] {
        let served = all(&server, "plain", limit);
        let served: Vec<&str> =
            served.iter().rev().map(|record| record["message"].as_str().unwrap()).collect();
        assert_eq!(served, messages);
        let served = all(&server, "mixed", limit);
        assert_eq!(served.len(), 250);
        let numbers: Vec<usize> = served
            .iter()
            .rev()
            .map(|record| {
                let message = record["message"].as_str().unwrap();
                message.rsplit(' ').next().unwrap().parse().unwrap()
            })
            .collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
}

#[test]
fn pipelines_of_fetched_files_are_found_by_workspace() {
    let folder = tempfile::tempdir().unwrap();
    for (name, id) in [("production-search", "one"), ("test-search", "two"), ("search", "three")] {
        let record = json!({
            "log_id": id, "message": "", "logged_at": "2026-03-09T06:00:00Z", "level": "info",
            "origin": "haystack",
        });
        fs::write(folder.path().join(name).with_extension("ndjson"), format!("{record}\n"))
            .unwrap();
    }
    let server = Server::start(&[folder.path()], &[]);
    for (workspace, id) in [("production", "one"), ("test", "two"), ("other", "three")] {
        let path = format!("/api/v1/workspaces/{workspace}/pipelines/search/logs");
        let page = server.get(&path, &[]).json();
        assert_eq!((&page["data"][0]["log_id"], &page["total"]), (&json!(id), &json!(1)));
    }
}

#[test]
fn rows_that_were_exported_are_the_records_of_their_logs() {
    let folder = tempfile::tempdir().unwrap();
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let rows = folder.path().join("rows.ndjson");
    assert!(ripsaw().arg("convert").arg(&zip).arg("-o").arg(&rows).status().unwrap().success());
    let [logs, rows] = [(&zip, "deploy"), (&rows, "Release_Checkout")].map(|(input, pipeline)| {
        let records = all(&Server::start(&[input], &[]), pipeline, 100).into_iter();
        let part = |record: Value| [&record["message"], &record["level"]].map(ToString::to_string);
        let mut records: Vec<[String; 2]> = records.map(part).collect();
        records.sort();
        records
    });
    assert!(logs == rows, "{} and {} records", logs.len(), rows.len());
}

#[test]
fn requests_at_once_have_the_same_answer() {
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let server = Server::start(&[&zip], &[]);
    let path = logs("deploy") + "?limit=100&filter=level+eq+'info'";
    let ask = || server.get(&path, &[]).body;
    let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == ask()), "the answers differ");
}
