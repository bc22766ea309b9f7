//! Rows of any texts are the same again.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NDJSON, OUTPUTS, converted, ndjson};
use crate::convert::Folder;

/// Texts with what formats use for themselves.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z\"\\\\,;\\t\\n\\r\u{0}\u{1b}\u{7f}\u{85}\u{2028}ü日🦀 ]{0,12}",
        Just(String::new()),
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
    ]
}

/// Any value of JSON, three levels deep at most.
fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        odd_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c_\"é]{0,3}", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

/// A record of a build, or a line that is none.
fn record() -> impl Strategy<Value = String> {
    let args = prop::option::of(prop::collection::btree_map(odd_text(), odd_text(), 0..4));
    let level = prop_oneof![Just("INFO"), Just("error"), Just("nonsense"), Just("")];
    let time = prop_oneof![
        Just("2026-03-09T09:12:13.123456789Z"),
        Just("2026-03-09T09:12:13+05:30"),
        Just("9999-01-01T00:00:00Z"),
        Just("no time"),
    ];
    let extra = prop::collection::btree_map("[k-m]{1,2}", odd_value(), 0..3);
    let whole = (level, any::<i64>(), prop::option::of(odd_text()), time, args, extra);
    let object = whole.prop_map(|(level, pos, out, time, args, extra)| {
        let mut record =
            json!({ "level": level, "pos": pos, "out": out, "time": time, "args": args });
        let members = record.as_object_mut().unwrap();
        members.extend(extra);
        record.to_string()
    });
    prop_oneof![8 => object, 1 => "[a-z{}\" ]{1,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_the_same_again(records in prop::collection::vec(record(), 1..40), as_keys: bool) {
        let folder = Folder::new();
        let name = if as_keys { "any.ndjson" } else { "build.log" };
        let text = records.join("\n");
        let log = folder.file(name, text.as_bytes());
        let keys: &[&str] = if as_keys { &["--schema", "scan"] } else { &["--keys", "extra"] };
        let rows = ndjson(&log, keys);
        for (extension, options) in OUTPUTS.into_iter().chain([NDJSON]) {
            // The types of keys are not in CSV.
            if extension == "csv" && as_keys {
                continue;
            }
            let copy = converted(&folder, &log, &format!("copy.{extension}"), &[keys, options].concat());
            let again = ndjson(&copy, if as_keys { &[] } else { keys });
            prop_assert_eq!(&again, &rows, "{}", extension);
            fs::remove_file(copy).unwrap();
        }
    }
}
