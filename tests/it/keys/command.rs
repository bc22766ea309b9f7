//! `ripsaw schema`, and the options of `convert` that concern keys.

use std::io::Write;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::convert::Folder;

const RECORDS: &str = r#"{"time":"2026-03-09T10:00:00Z","level":"info","msg":"started","pid":17,"req":{"method":"GET","ms":1.5},"tags":["a","b"],"step":"build","Step":1}
{"time":"2026-03-09T10:00:01Z","level":"info","msg":"done","pid":17,"req":{"method":"PUT","ms":20},"tags":[],"user":null}
{"time":"2026-03-09T10:00:02Z","level":"error","msg":"failed","pid":18,"err":{"code":"E1","at":[{"line":7}]},"id":12345678901234567890}
not json, but text
{"msg":"odd","pid":"19","req":"none","_duplicates":1}
"#;

fn ripsaw(folder: &Folder, arguments: &[&str], input: &str) -> String {
    let mut command: Command = crate::program::ripsaw();
    command.args(arguments).current_dir(folder.path("")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // What is refused is not read.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("$ ripsaw {}\n{}{}", arguments.join(" "), text(output.stdout), text(output.stderr))
}

/// What is in `extra` with `--keys extra` is found in columns as well.
#[test]
fn rows_are_selected_by_columns_of_keys() {
    let folder = Folder::new();
    let lines = [
        r#"{"msg":"1","id":"x","n":1,"req":{"path":"/a b"},"tags":["red"]}"#,
        r#"{"msg":"2","id":"x","n":2,"req":{"path":"/c"},"big":123456789012345678901}"#,
        r#"{"msg":"3","id":"y \"q\"","n":1,"tags":["blue"]}"#,
        r#"{"msg":"4","id":"y \"q\"","n":3,"mixed":"1"}"#,
        r#"{"msg":"5","n":2,"mixed":1,"big":123456789012345678901}"#,
    ];
    folder.file("a.ndjson", lines.join("\n").as_bytes());
    let numbers = |arguments: &[&str]| {
        let output = ["-O", "-", "--to", "csv", "-q", "--columns", "line"];
        let printed = ripsaw(&folder, &[arguments, &output].concat(), "");
        printed.lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    for keys in ["extra", "columns"] {
        let keys: &[&str] = if keys == "extra" { &["--keys", "extra"] } else { &[] };
        for (key, expected) in [
            ("id", &["1", "3", "5"][..]),
            ("n", &["1", "2", "4"]),
            ("mixed", &["1", "2", "3", "4", "5"]),
        ] {
            let convert = [&["convert", "a.ndjson", "--dedupe", key], keys].concat();
            assert_eq!(numbers(&convert), expected, "{key}, {keys:?}");
        }
    }
    for (pattern, expected) in
        [("/a", &["1"][..]), ("blue", &["3"]), ("12345", &["2", "5"]), ("3", &["2", "3", "4", "5"])]
    {
        let grep = ["grep", "--any", pattern, "a.ndjson"];
        assert_eq!(numbers(&grep), expected, "{pattern}");
        let printed = ripsaw(&folder, &grep, "");
        assert_eq!(printed.lines().count(), 1 + expected.len(), "{printed}");
    }
}

#[test]
fn schemas_and_columns() {
    let folder = Folder::new();
    folder.file("app.ndjson", RECORDS.as_bytes());
    folder.file("plain.log", b"no records here\n");
    let first = RECORDS.lines().next().unwrap();
    let schema = ripsaw(&folder, &["schema", "-", "--json"], first);
    let (_, schema) = schema.split_once('\n').unwrap();
    folder.file("first.json", schema.as_bytes());
    folder.file("broken.json", b"{\"keys\":[{\"key\":\"a\",\"name\":\"a\",\"type\":\"float\"}]}");
    let to_ndjson = ["--to", "ndjson", "-q"];
    let commands: &[&[&str]] = &[
        &["schema", "app.ndjson"],
        &["schema", "app.ndjson", "--scan", "--max-columns", "3"],
        &["schema", "plain.log"],
        &["convert", "app.ndjson"],
        &["convert", "app.ndjson", "--keys", "extra"],
        &["convert", "app.ndjson", "--columns", "line,pid,req"],
        &["convert", "app.ndjson", "--columns", "err/code, err/at,req,err,message"],
        &["convert", "app.ndjson", "--columns", "err/code,err/code"],
        &["convert", "app.ndjson", "--columns", "line,pidd"],
        &["grep", "done|failed", "app.ndjson", "--columns", "line,pid,err/code"],
        &["convert", "app.ndjson", "--columns", "all", "--omit-nulls"],
        &["convert", "app.ndjson", "--schema", "first.json", "--omit-nulls"],
        &["convert", "app.ndjson", "--max-columns", "2", "--omit-nulls"],
        &["cat", "app.ndjson", "--columns", "line,pid,req/method,step,id,none"],
        &["cat", "app.ndjson", "--columns", "line,pid,req/method,err/at", "--json"],
        &["cat", "plain.log", "--columns", "line,pid"],
        &["convert", "app.ndjson", "--schema", "broken.json"],
        &["convert", "app.ndjson", "--schema", "nowhere.json"],
        &["convert", "-", "--schema", "scan"],
        &["convert", "plain.log", "--schema", "scan"],
    ];
    let shown = |arguments: &&[&str]| match arguments[0] {
        "schema" | "cat" => ripsaw(&folder, arguments, RECORDS),
        _ => ripsaw(&folder, &[arguments, &to_ndjson[..]].concat(), RECORDS),
    };
    assert_snapshot!(
        "schemas_and_columns",
        commands.iter().map(shown).collect::<Vec<_>>().join("\n")
    );
}

/// The columns of a Parquet file are a schema, too.
#[test]
fn a_schema_from_parquet() {
    let folder = Folder::new();
    folder.file("app.ndjson", RECORDS.as_bytes());
    let quiet = ["-q"];
    for (out, schema) in [("a.parquet", "scan"), ("b.parquet", "a.parquet")] {
        let arguments = ["convert", "app.ndjson", "-o", out, "--schema", schema];
        let said = ripsaw(&folder, &[&arguments[..], &quiet].concat(), "");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let read = |name| std::fs::read(folder.path(name)).unwrap();
    assert_eq!(read("a.parquet"), read("b.parquet"));
}

/// Keys that a first look did not see are in `extra`, and are said to be.
#[test]
fn late_keys_are_counted() {
    let folder = Folder::new();
    let mut text = String::new();
    for number in 0..40_000 {
        // In the middle, where nobody looks.
        let late = if (14_000..14_012).contains(&number) { ",\"late\":true" } else { "" };
        text.push_str(&format!(
            "{{\"msg\":\"a message of some length {number}\",\"n\":{number}{late}}}\n"
        ));
    }
    folder.file("app.ndjson", text.as_bytes());
    let convert = ["convert", "app.ndjson", "-o", "app.csv"];
    let said = ripsaw(&folder, &convert, "");
    assert!(said.contains("12 rows have keys that became known late"), "{said}");
    let said = ripsaw(&folder, &[&convert[..], &["--schema", "scan"]].concat(), "");
    assert!(!said.contains("late"), "{said}");
    let said =
        ripsaw(&folder, &[&convert[..], &["--schema", "scan", "--max-columns", "1"]].concat(), "");
    assert!(said.contains("12 rows have keys for which there were no more columns"), "{said}");
}

/// A search in the values of keys, of any type.
#[test]
fn keys_are_searched() {
    let folder = Folder::new();
    folder.file("app.ndjson", RECORDS.as_bytes());
    folder.file("plain.log", b"no records here\n");
    for (arguments, expected) in [
        (&["grep", "-c", "^1[79]$", "app.ndjson", "--field", "pid"][..], "app.ndjson:3"),
        (&["grep", "-c", "GET", "app.ndjson", "--field", "req/method,message"], "app.ndjson:1"),
        (&["grep", "-c", "none", "app.ndjson", "--field", "req"], "app.ndjson:1"),
        (
            &["grep", "-c", "E1", "app.ndjson", "--field", "err/code", "--level", "ERROR"],
            "app.ndjson:1",
        ),
        (&["grep", "-vc", "17", "app.ndjson", "--field", "pid"], "app.ndjson:2"),
        (&["grep", "-c", "x", "plain.log", "--field", "pid"], "ripsaw: cannot"),
    ] {
        let said = ripsaw(&folder, arguments, "");
        assert!(said.lines().nth(1).unwrap().starts_with(expected), "{said}");
    }
    let json =
        ripsaw(&folder, &["grep", "PUT", "app.ndjson", "--field", "req/method", "--json"], "");
    assert!(json.contains("\"type\":\"match\"") && !json.contains("req/method\":"), "{json}");
}
