//! A plan of an input: its spans, read apart, have the rows of the whole; and invalid spans are refused.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use ripsaw::scan::{Plan, PlanOptions, Scan, ScanOptions, Span};
use ripsaw::source::{Limits, ReadOptions};
use std::io::Write as _;

use crate::read::{COLUMNS, Input, rows};

/// Nothing that is made to take long.
fn options() -> ScanOptions {
    let limits = Limits {
        archives: 50,
        entries: 2_000,
        entry_bytes: 1 << 20,
        bytes: 4 << 20,
        ..Limits::default()
    };
    let read = ReadOptions { limits, ..ReadOptions::default() };
    ScanOptions { read, ..ScanOptions::default() }
}

/// The first byte is what the others are, the second how large spans are.
///
/// # Panics
/// Where rows differ.
pub fn run(bytes: &[u8]) {
    let [kind, size, text @ ..] = bytes else { return };
    let input = match kind % 4 {
        0 => Input::new("app.log", text),
        1 => Input::new("logs.zip", text),
        2 => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).expect("memory can be written to");
            let stream = encoder.finish().expect("memory can be written to");
            let zip = crate::inflate::zip(&stream, text.len() as u32, crc32fast::hash(text));
            Input::new("logs.zip", &zip)
        }
        _ => return made_up(text),
    };
    let target_bytes = 1 + u64::from(*size) * 64;
    let by = PlanOptions { target_bytes, ..PlanOptions::default() };
    let Ok(plan) = Plan::of([input.path()], &options(), &by) else { return };
    let Ok(scan) = Scan::open_with([input.path()], options()) else { return };
    // Problems of a damaged archive are not rows.
    if !scan.catalog().problems.is_empty() {
        return;
    }
    let json = serde_json::to_vec(&plan.spans).expect("it can be written");
    let spans: Vec<Span> = serde_json::from_slice(&json).expect("it was written so");
    assert_eq!(spans, plan.spans);
    let mut apart = Vec::new();
    for group in plan.groups(target_bytes) {
        let scan = Scan::open_spans(&plan.inputs, group, options()).expect("nothing has changed");
        apart.extend(rows(scan.columns(COLUMNS).batches().expect("columns of the table")));
    }
    let whole = rows(scan.columns(COLUMNS).batches().expect("columns of the table"));
    assert_eq!(apart, whole);
}

/// Spans of an archive that is there, as somebody might send them.
fn made_up(json: &[u8]) {
    let Ok(mut spans) = serde_json::from_slice::<Vec<serde_json::Value>>(json) else { return };
    let input = Input::new("app.log", b"one\ntwo\nthree\n");
    let path = input.path().to_str().expect("its name is text").to_owned();
    for span in spans.iter_mut().filter_map(serde_json::Value::as_object_mut) {
        for unit in span.values_mut().filter_map(serde_json::Value::as_object_mut) {
            unit.insert("input".to_owned(), path.clone().into());
        }
    }
    let spans: Result<Vec<Span>, _> = spans.into_iter().map(serde_json::from_value).collect();
    if let Ok(spans) = spans
        && let Ok(scan) = Scan::open_spans(&[path], &spans, options())
        && let Ok(batches) = scan.batches()
    {
        batches.take(100).for_each(drop);
    }
}

/// Seeds: texts in parts, archives, and spans of a real plan.
pub fn seeds(archives: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let text: String = (0..300).map(|n| format!("2026-03-09T10:00:00Z INFO line {n}\n")).collect();
    let objects: String = (0..200).map(|n| format!("{{\"msg\":\"m{n}\",\"n\":{n}}}\n")).collect();
    let mut all = Vec::new();
    for text in [text.as_bytes(), objects.as_bytes()] {
        for kind in [0, 2] {
            all.push([&[kind, 5], text].concat());
        }
    }
    all.extend(
        archives
            .iter()
            .filter(|bytes| bytes.len() < 30_000)
            .map(|bytes| [&[1, 9], &**bytes].concat()),
    );
    let input = Input::new("app.log", text.as_bytes());
    let by = PlanOptions { target_bytes: 500, ..PlanOptions::default() };
    if let Ok(plan) = Plan::of([input.path()], &options(), &by) {
        let json = serde_json::to_vec(&plan.spans).expect("it can be written");
        all.push([&[3, 0], &*json].concat());
    }
    all
}
