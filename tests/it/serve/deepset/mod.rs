//! The API of deepset: the requests of its document, each parameter, status and error, and pages against a plain
//! loop.

mod answers;
mod pages;
mod records;

use std::fs;

use serde_json::{Value, json};

use super::Server;

/// The path of a pipeline's logs.
pub(super) fn logs(pipeline: &str) -> String {
    format!("/api/v1/workspaces/production/pipelines/{pipeline}/logs")
}

/// A value in a query.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => all + &char::from(byte).to_string(),
        _ => all + &format!("%{byte:02X}"),
    })
}

/// Records, of which many have the time of others, in no order of time.
pub(super) fn made() -> Vec<Value> {
    let mut random = fastrand::Rng::with_seed(17);
    let record = |number: usize| {
        let fraction = ["", ".5", ".000001", ".123456", ".999999"][random.usize(..5)];
        let time = format!("2026-03-09T06:00:{:02}{fraction}Z", random.usize(..20));
        let level = ["info", "warning", "error", "debug"][random.usize(..4)];
        let origin = ["querypipeline", "haystack"][random.usize(..2)];
        let exceptions =
            (level == "error").then(|| json!([{"type": "E", "value": "v", "trace": []}]));
        json!({
            "log_id": format!("id-{number:03}"),
            "message": format!("Line {number}, \"quoted\",\nin two lines: größer"),
            "logged_at": time,
            "level": level,
            "origin": origin,
            "exceptions": exceptions,
            "extra_fields": {"n": number, "dd.env": if number.is_multiple_of(2) { "prod" } else { "test" }},
        })
    };
    (0..300).map(record).collect()
}

/// A time of the records with six digits, so that texts are in the order of times.
pub(super) fn micros(record: &Value) -> String {
    let time = record["logged_at"].as_str().unwrap().trim_end_matches('Z');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{seconds}.{fraction:0<6}Z")
}

/// A server with the records in three files of a pipeline `search`, and the records in its order.
pub(super) fn searched() -> (tempfile::TempDir, Server, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let search = folder.path().join("search");
    fs::create_dir(&search).unwrap();
    let records = made();
    for (at, part) in records.chunks(100).enumerate() {
        let lines: String = part.iter().map(|record| format!("{record}\n")).collect();
        fs::write(search.join(format!("{at}.ndjson")), lines).unwrap();
    }
    let server = Server::start(&[search], &[]);
    (folder, server, records)
}
