//! Formats that are data: those that ship, and those of users.

mod files;
mod shipped;

use std::collections::BTreeMap;

use ripsaw::pipeline;
use ripsaw::record::timestamp;
use ripsaw::scan::{Scan, ScanOptions};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::convert::{Format, Memory, Setup, sink};

/// What a test reads of a file of formats.
#[derive(Deserialize)]
struct Definitions {
    format: Vec<Definition>,
}

#[derive(Deserialize)]
struct Definition {
    name: String,
    #[serde(rename = "sample")]
    samples: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    file: String,
    text: String,
    rows: Vec<SampleRow>,
}

#[derive(Deserialize, Clone)]
struct SampleRow {
    line: i64,
    timestamp: Option<String>,
    level: Option<String>,
    stage: Option<String>,
    step: Option<String>,
    message: String,
    #[serde(default)]
    extra: BTreeMap<String, Value>,
}

impl SampleRow {
    /// As NDJSON has it, with the nanoseconds of its time.
    fn row(&self) -> Map<String, Value> {
        let nanos = |text: &String| timestamp::parse(text).unwrap().nanos.unwrap();
        let object = json!({
            "line": self.line,
            "timestamp": self.timestamp.as_ref().map(nanos),
            "level": self.level,
            "stage": self.stage,
            "step": self.step,
            "message": self.message,
            "extra": self.extra,
        });
        let Value::Object(mut row) = object else { unreachable!() };
        row.retain(|_, value| !value.is_null());
        if self.extra.is_empty() {
            row.remove("extra");
        }
        row
    }
}

/// The columns that a sample names of all rows of inputs, sorted by file and line: stretches of a step are together.
fn rows_of(scan: &Scan) -> Vec<Map<String, Value>> {
    let memory = Memory::default();
    let report = scan.run(sink(Format::Ndjson, Setup::default(), memory.clone()), &mut ()).unwrap();
    let bytes = std::mem::take(&mut *memory.0.lock().unwrap());
    let text = String::from_utf8(bytes).unwrap();
    let mut rows: Vec<Map<String, Value>> = text.lines().map(row_of).collect();
    assert_eq!(report.total().lines, rows.len() as i64);
    rows.sort_by_key(|row| row["line"].as_i64());
    rows
}

fn row_of(line: &str) -> Map<String, Value> {
    let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
    let known = ["line", "timestamp", "level", "stage", "step", "message", "extra", "parse_error"];
    row.retain(|key, value| known.contains(&&**key) && !value.is_null());
    if let Some(time) = row.get_mut("timestamp") {
        *time = timestamp::parse(time.as_str().unwrap()).unwrap().nanos.unwrap().into();
    }
    row
}

fn options(threads: usize) -> ScanOptions {
    let pipeline = pipeline::Options { threads, ..pipeline::Options::default() };
    ScanOptions { pipeline, ..ScanOptions::default() }
}
