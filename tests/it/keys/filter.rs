//! Filters on keys: the same rows, whether keys are columns or not.

use std::fs;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ripsaw::scan::{KeyPolicy, MAX_COLUMNS};
use ripsaw::{Filter, Scan};

const RECORDS: &str = r#"{"msg":"a","pid":1,"ok":true,"req":{"method":"GET","n":null},"tags":["x"],"ratio":0.5,"dd.trace_id":"7"}
{"msg":"b","pid":2,"ok":false,"req":{"method":"PUT"},"ratio":2,"mixed":"1"}
{"msg":"c","pid":3,"req":{"deep":{"er":5}},"mixed":1,"step":{"name":"s"}}
{"msg":"d","pid":"four","req":"none","mixed":{"x":[1]},"dd.trace_id":"8"}
"#;

#[test]
fn rows_are_the_same_with_columns_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    fs::write(&path, RECORDS).unwrap();
    let first = RECORDS.lines().next().unwrap();
    let early = folder.path().join("early.ndjson");
    fs::write(&early, format!("{first}\n")).unwrap();
    // What the first record has, so that much of the others is in `extra`.
    let early = Scan::open([&early]).unwrap().keys(&KeyPolicy::Scan, MAX_COLUMNS).unwrap();
    let early = KeyPolicy::Pinned(early.key_schema().unwrap().clone());
    let cases: &[(&str, &[i64])] = &[
        ("pid eq 1", &[1]),
        ("pid ge 2", &[2, 3]),
        ("pid eq 'four'", &[4]),
        ("extra/pid eq 2", &[2]),
        ("ok", &[1]),
        ("ok eq false", &[2]),
        ("req/method eq 'PUT'", &[2]),
        ("req/method ne null", &[1, 2]),
        ("extra/req/deep/er eq 5", &[3]),
        ("req/deep eq '{\"er\":5}'", &[3]),
        ("req eq 'none'", &[4]),
        ("req/n ne null", &[]),
        ("ratio gt 0.4", &[1, 2]),
        ("ratio eq 2", &[2]),
        ("mixed eq '1'", &[2]),
        ("mixed eq 1", &[3]),
        ("mixed/x eq '[1]'", &[4]),
        ("'dd.trace_id' eq '7'", &[1]),
        ("'dd.trace_id' in ('7','8')", &[1, 4]),
        ("contains(extra/'dd.trace_id', '8')", &[4]),
        ("step/name eq 's'", &[3]),
        ("tags eq '[\"x\"]'", &[1]),
        ("none eq null", &[1, 2, 3, 4]),
        ("msg eq 'a'", &[]),
    ];
    for keys in [KeyPolicy::Extra, KeyPolicy::Scan, KeyPolicy::Sample, early] {
        let scan = Scan::open([&path]).unwrap().keys(&keys, MAX_COLUMNS).unwrap();
        for (text, expected) in cases {
            let filter = Filter::default().expression(text).unwrap();
            let lines = scan.clone().filter(filter).columns(["line"]).batches().unwrap();
            let lines: Vec<i64> = lines
                .flat_map(|batch| {
                    batch.unwrap()["line"].as_primitive::<Int64Type>().values().to_vec()
                })
                .collect();
            assert_eq!(lines, *expected, "{text}, {keys:?}");
        }
    }
}
