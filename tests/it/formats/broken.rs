//! JSON documents that end or break in any way: nothing of a line vanishes.

use std::process::Stdio;

use serde_json::Value;

use crate::convert::Folder;

/// What arrays, sequences and pages begin with, and what their elements look like.
const BEGINNINGS: [&str; 6] = [
    "[{\"a\": \"e1\"}",
    "[\n  {\"a\": \"e1\"},\n  {\"b\":\n \"e2\"}",
    "{\n\"a\": \"e1\"\n}\n{\"b\": \"e2\"}",
    "{\"data\":[{\"log_id\":\"e1\",\"logged_at\":\"2026-03-09T09:12:00Z\",\"message\":\"e2\"}",
    "{\"data\":[{\"log_id\":\"e1\",\"logged_at\":\"2026-03-09T09:12:00Z\"}],\n\"total\":1,\"has_more\":false",
    "[{\"data\":[{\"log_id\":\"e1\",\"logged_at\":\"2026-03-09T09:12:00Z\"}],\"total\":1}",
];

/// What comes next: a comma or none, an end or none, text on the same line or the next.
const ENDS: [&str; 26] = [
    "",
    "\nfoo w1\nbar w2",
    "\nfoo w1\nbar w2\n",
    ",\nfoo w1\nbar w2\n",
    ",\nfoo w1,\n{\"c\": \"w2\"}]\n",
    "\nnpm w1: x\n, {\"c\": \"w2\"}\n]\n",
    " foo w1\nbar w2\n",
    "]\n",
    "] done w1\n",
    "\n] done w1\nmore w2\n",
    "\n ] , done w1\n",
    "]\n[{\"c\":\"w1\"}]\n",
    "] [{\"c\":\"w1\"}] done w2\n",
    "] {\"c\":\"w1\"} done w2\n",
    "]\n[12:00:01] w1\n",
    "\n[12:00:01] w1\n[ok] w2\n",
    "\n17 w1\n\"w2\"\n",
    "}\ncurl: w1\n",
    "} curl: w1\n",
    "]}\ncurl: w1\n",
    "]} curl: w1\n",
    "]\n} curl: w1\nw2",
    "}]\ncurl: w1\n",
    "}\n] curl: w1\n",
    "]}\n{\"c\":\n\"w1\"}\n w2\n",
    ", {\"c\": \"w1",
];

fn rows(folder: &Folder, text: &str) -> Vec<Value> {
    let file = folder.file("page.log", text.as_bytes());
    let mut command = crate::program::ripsaw();
    let output = command.args(["convert", "-q", "-o", "-", "--to", "ndjson"]).arg(file);
    let output = output.stdin(Stdio::null()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Words of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn assert_nothing_lost(folder: &Folder, text: &str) {
    let rows = rows(folder, text);
    let all: Vec<String> = rows.iter().map(Value::to_string).collect();
    let all = all.join("\n");
    for line in text.lines() {
        // Keys may have become columns.
        const VALUES: [&str; 10] =
            ["e1", "e2", "w1", "w2", "foo", "bar", "npm", "done", "curl", "17"];
        let lost = words(line).find(|word| VALUES.contains(word) && !all.contains(*word));
        assert_eq!(lost, None, "{text:?} gives {rows:#?}");
    }
    // A line that is a row of text is that from its first character on, or from the item before it.
    for row in rows.iter().filter(|row| row["parse_error"].is_null() && row["extra"].is_null()) {
        let Some(message) = row["message"].as_str() else { continue };
        let line = text.lines().nth(row["line"].as_u64().unwrap() as usize - 1).unwrap();
        let line = line.trim_end_matches('\r');
        let before = line.strip_suffix(message.trim_end_matches('\r'));
        let begins_word = message.starts_with(char::is_alphanumeric);
        let is_whole = before.is_some_and(|before| before.is_empty() || !begins_word);
        assert!(is_whole || message == "e2", "{message:?} of {line:?}\n{text:?} gives {rows:#?}");
    }
    let lines: Vec<u64> = rows.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert!(lines.is_sorted(), "{text:?}");
}

#[test]
fn nothing_of_a_line_vanishes() {
    let folder = Folder::new();
    for beginning in BEGINNINGS {
        for end in ENDS {
            let text = format!("{beginning}{end}");
            assert_nothing_lost(&folder, &text);
            assert_nothing_lost(&folder, &text.replace('\n', "\r\n"));
        }
    }
}

/// The line of a page may be too long to see its end before it is read.
#[test]
fn a_long_page_on_one_line() {
    let folder = Folder::new();
    let record = |number: usize| {
        format!(r#"{{"log_id":"{number}","logged_at":"2026-03-09T09:12:00Z","message":"m"}}"#)
    };
    let records: Vec<String> = (0..2_000).map(record).collect();
    let open = format!("{{\"data\":[{}", records.join(", "));
    let last = |end: &str| {
        let rows = rows(&folder, &format!("{open}{end}"));
        let last = rows.last().unwrap();
        let text = |key: &str| last[key].as_str().unwrap_or_default().to_owned();
        (rows.len(), text("message"), text("parse_error"))
    };
    assert_eq!(last("],\"total\":2000}\n"), (2_000, "m".into(), String::new()));
    assert_eq!(last("]} curl: done\n"), (2_001, "]} curl: done".into(), String::new()));
    let (count, _, error) = last("");
    assert_eq!((count, &*error), (2_001, "the line ends within a page or an array"));
}

#[test]
fn text_after_an_array_is_text() {
    let folder = Folder::new();
    let messages = |text: &str| -> Vec<(String, bool)> {
        let row = |row: &Value| {
            (row["message"].as_str().unwrap_or_default().into(), !row["parse_error"].is_null())
        };
        rows(&folder, text).iter().map(row).collect()
    };
    let cases: [(&str, &[&str]); 7] = [
        ("[{\"msg\": \"a\"}\nfoo\nbar\n", &["[{\"msg\": \"a\"}", "foo", "bar"]),
        ("[{\"msg\": \"a\"},\n{\"msg\":\"b\"}\n foo\nbar\n", &["a", "b", " foo", "bar"]),
        ("[\n {\"msg\":\"a\"}\n] done\n", &["a", "] done"]),
        ("[\n {\"msg\":\"a\"}\n] {\"msg\":\"b\"} done\n", &["a", "] {\"msg\":\"b\"} done"]),
        ("[{\"msg\": \"a\"},\n{\"msg\":\"b\"}] done\n", &["a", "b", "] done"]),
        ("[{\"msg\": \"a\"}\n{\"msg\":\"b\"}\n]\n", &["a", "b"]),
        (
            "{\"data\":[{\"log_id\":\"1\",\"logged_at\":\"2026-03-09T09:12:00Z\",\"message\":\"a\"}],\
             \"has_more\":false,\"total\":1}\ncurl: done\n[ok] b\n",
            &["a", "curl: done", "[ok] b"],
        ),
    ];
    for (text, expected) in cases {
        let expected: Vec<(String, bool)> =
            expected.iter().map(|text| ((*text).to_owned(), false)).collect();
        assert_eq!(messages(text), expected, "{text}");
    }
}

/// Strings with lone surrogates and numbers out of range are no JSON: neither in the records of an object nor beside them.
#[test]
fn records_and_members_that_are_no_rows() {
    let folder = Folder::new();
    for bad in [r#""\ud83d""#, "1e999", &("[".repeat(200) + &"]".repeat(200))] {
        let of_otlp = |groups: &str| format!(r#"{{"resourceLogs":[{groups}]}}"#);
        let group = |name: &str, logs: &str| {
            format!(
                r#"{{"resource":{{"n":"{name}"}},"scopeLogs":[{{"scope":{{"s":"{name}"}},"logRecords":[{logs}]}}]}}"#
            )
        };
        let broken = format!(r#"{{"k":{bad}}},{{"k":{bad}}}"#);
        let cases: [(String, &[&str]); 8] = [
            // Nor are those of a part of it.
            (of_otlp(&[group("w1", &broken), group("e1", r#"{"k":"w2"}"#)].join(",")), &["w2"]),
            (of_otlp(&[group("w1", &broken), group("e1", &broken)].join(",")), &[]),
            // Without a record that can be read, the object is kept as a whole.
            (format!(r#"{{"x":"w1","events":[{{"k":{bad}}}],"y":"w2"}}"#), &[]),
            (format!(r#"{{"x":"w1","events":[{{"k":{bad}}},{{"k":{bad}}}],"y":"w2"}}"#), &[]),
            (format!(r#"{{"x":"w1","events":[{{"k":{bad}}},{{"k":"w2"}}]}}"#), &["w2"]),
            (format!(r#"{{"x":"w1","events":[{{"k":{bad}}},7],"y":"w2"}}"#), &[]),
            // Members that cannot be read are not added to the records.
            (
                format!(r#"{{"x":{bad},"y":"w1","events":[{{"k":"w2"}},{{"k":"w3"}}]}}"#),
                &["w2", "w3"],
            ),
            (format!(r#"{{"events":[{{"k":"w1"}}],"x":{bad},"y":"w2"}}"#), &["w1"]),
        ];
        for (line, sound) in cases {
            assert_nothing_lost(&folder, &line);
            let read = rows(&folder, &format!("{line}\n"));
            let sound_rows = read.iter().filter(|row| row["parse_error"].is_null());
            let values: Vec<&str> = sound_rows.filter_map(|row| row["k"].as_str()).collect();
            assert_eq!(values, sound, "{line}");
            let expected = super::oracle::rows("ndjson", line.as_bytes(), 64 << 20);
            assert_eq!(read.len(), expected.len(), "{line}");
        }
    }
}

/// What is forced to be deepset's and is neither a page nor CSV.
#[test]
fn pages_without_their_beginning() {
    let folder = Folder::new();
    let page =
        r#"{"data":[{"log_id":"e1","logged_at":"2026-03-09T09:12:00Z","message":"e2"}],"total":1}"#;
    for cut in [1, 2, 10, 20] {
        let file = folder.file("page.log", &page.as_bytes()[cut..]);
        let arguments = ["convert", "-q", "-o", "-", "--to", "ndjson", "--format", "deepset"];
        let output = crate::program::ripsaw().args(arguments).arg(file).output().unwrap();
        let row: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(row["message"], page[cut..]);
        assert!(row["parse_error"].as_str().unwrap().starts_with("neither a page"));
    }
}

/// A large object is read record by record, before its end is seen.
#[test]
fn members_of_large_objects_without_readable_records() {
    let folder = Folder::new();
    let (bad, good) = (r#"{"k":"\ud83d"}"#, r#"{"k":"good"}"#);
    for (records, own_rows) in [
        (vec![bad; 40_000], 1),
        ([vec![bad; 40_000], vec![good]].concat(), 1),
        ([vec![good], vec![bad; 40_000]].concat(), 0),
    ] {
        let text = format!(r#"{{"x":"w1","events":[{}],"y":"w2"}}"#, records.join(","));
        let read = rows(&folder, &format!("{text}\n"));
        let of_records = |row: &&Value| row["k"] == "good";
        assert_eq!(read.len(), own_rows + records.len() + 1);
        assert!(read.iter().filter(of_records).all(|row| row["x"] == "w1"));
        let own = read.iter().filter(|row| row["x"] == "w1" && !of_records(row));
        assert_eq!(own.count(), own_rows);
        assert_eq!(read.last().unwrap()["y"], "w2");
    }
}

/// Found by fuzzing: where a broken object ends, when others follow on its line.
#[test]
fn broken_objects_before_others_on_a_line() {
    let folder = Folder::new();
    let cases: [(&str, &[&str]); 6] = [
        // A bracket that closes none is other text, so the line is not several objects.
        (r#"{"msg":"a"] {"msg":"b"}"#, &[r#"{"msg":"a"] {"msg":"b"}"#]),
        (r#"{"msg":"a"}} {"msg":"b"}"#, &[r#"{"msg":"a"}} {"msg":"b"}"#]),
        // Those within an object that are not closed end with it.
        (r#"{"msg":[1} {"msg":"b"}"#, &[r#"{"msg":[1}"#, "b"]),
        (r#"{"msg":"a"} {"x":[1} {"msg":"c"}"#, &["a", r#"{"x":[1}"#, "c"]),
        (r#"{"msg":"a"} {"x":1] {"msg":"c"}"#, &["a", r#"{"x":1"#, r#"] {"msg":"c"}"#]),
        (r#"{"msg":"a"} {"x":{} {"msg":"c"}"#, &["a", r#"{"x":{} {"msg":"c"}"#]),
    ];
    for (line, expected) in cases {
        let text = format!("{line}\n{{\"msg\":\"z\"}}\n");
        let read: Vec<String> = rows(&folder, &text)
            .iter()
            .map(|row| row["message"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(read, [expected, &["z"]].concat(), "{line}");
        let oracle = super::oracle::rows("ndjson", text.as_bytes(), 64 << 20);
        let oracle: Vec<_> = oracle.iter().map(|row| row.message.as_deref()).collect();
        assert_eq!(oracle, read.iter().map(|text| Some(&**text)).collect::<Vec<_>>(), "{line}");
    }
}

/// An escape sequence without its final byte, before a character of several bytes, ends nowhere.
#[test]
fn unfinished_escapes_before_other_characters() {
    let folder = Folder::new();
    let lines: Vec<String> =
        ["\u{1b}[é ERROR x", "\u{1b}[31é", "\u{1b}[日", "\u{1b}[", "\u{1b}[1;2;é] WARN y"]
            .iter()
            .map(|text| format!("2026-03-09 10:00:00 {text}\n"))
            .collect();
    let rows = rows(&folder, &lines.concat());
    assert_eq!(rows.len(), lines.len());
    assert!(rows.iter().all(|row| row["timestamp"] == "2026-03-09T10:00:00Z"), "{rows:?}");
}
