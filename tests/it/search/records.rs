//! Records without a message: searched and printed as their JSON, null in the table.

use std::process::Stdio;

use serde_json::Value;

use crate::convert::Folder;

const LINES: [&str; 5] = [
    r#"{"ts":1773047520.5,"level":"error","event_id":"E-17","user":{"name":"ann"}}"#,
    r#"{"level":"info","msg":"with a message, E-17"}"#,
    r#"{"msg":null,"path":"/a\"b"}"#,
    r#"{"level":"warn"}"#,
    r#"{}"#,
];

fn said(folder: &Folder, name: &str, arguments: &[&str]) -> (i32, String) {
    let file = folder.file(name, format!("{}\n", LINES.join("\n")).as_bytes());
    let mut command = crate::program::ripsaw();
    command.args(arguments).current_dir(file.parent().unwrap()).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn are_searched_and_printed_as_their_json() {
    let folder = Folder::new();
    let said = |arguments: &[&str]| said(&folder, "a.log", arguments);
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let json = [LINES[0], "with a message, E-17", LINES[2], LINES[3], LINES[4]];
    assert_eq!(said(&["cat", "--columns", "message", "a.log"]).1, joined(&json));
    // Beside other columns, backslashes are escaped.
    let (_, usual) = said(&["cat", "a.log"]);
    let escaped = json.map(|text| text.replace('\\', r"\\"));
    assert!(usual.lines().zip(&escaped).all(|(line, text)| line.ends_with(text)), "{usual}");

    let grep = |arguments: &[&str]| said(&[&["grep"], arguments, &["a.log"]].concat());
    assert_eq!(grep(&["-N", "1773047520.5"]).1, format!("a.log:{}\n", LINES[0]));
    assert_eq!(grep(&["-c", "E-17"]).1, "a.log:2\n");
    assert_eq!(grep(&["-o", "-N", r#""name":"\w+""#]).1, "a.log:\"name\":\"ann\"\n");
    assert_eq!(grep(&["-v", "-c", "E-17"]).1, "a.log:3\n");
    assert_eq!(grep(&["-x", "-c", r"\{\}"]).1, "a.log:1\n");
    assert_eq!(grep(&["-c", "E-17", "--level", "ERROR+"]).1, "a.log:1\n");
    assert_eq!(grep(&["-c", "", "--since", "2026-03-09T09:12:00Z"]).1, "a.log:1\n");
    assert_eq!(grep(&["-F", "--count-by", "level", "E-17"]).1, "1\tERROR\n1\tINFO\n");
    assert_eq!(grep(&["nothing like it"]), (1, String::new()));

    let (_, matches) = grep(&["--json", "ann"]);
    let found: Value = serde_json::from_str(matches.lines().nth(1).unwrap()).unwrap();
    assert_eq!(found["data"]["lines"]["text"], format!("{}\n", LINES[0]));
    assert_eq!(found["data"]["columns"].get("message").unwrap_or(&Value::Null), &Value::Null);
}

#[test]
fn are_null_in_tables() {
    let folder = Folder::new();
    assert_eq!(said(&folder, "a.log", &["grep", "ann", "a.log", "-O", "hits.ndjson"]).0, 0);
    let (_, out) = said(&folder, "a.log", &["convert", "-q", "a.log", "-o", "-", "--to", "ndjson"]);
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages: Vec<&Value> = rows.iter().map(|row| &row["message"]).collect();
    assert_eq!(messages.iter().filter(|message| message.is_null()).count(), 4, "{out}");
    let hits = std::fs::read_to_string(folder.file("x", b"").with_file_name("hits.ndjson"));
    let hits: Value = serde_json::from_str(hits.unwrap().trim()).unwrap();
    assert_eq!((&hits["message"], &hits["event_id"]), (&Value::Null, &"E-17".into()));
}

#[test]
fn of_other_formats() {
    let folder = Folder::new();
    let files = [
        ("array.json", "[{\"id\":\n 17}]\n", "{\"id\":\\n 17}"),
        ("sequence.json", "{\n\"id\":17\n}\n", "{\\n\"id\":17\\n}"),
    ];
    for (name, text, json) in files {
        let path = folder.file(name, text.as_bytes());
        for pattern in ["17", "[0-9]{2}", "id|pos"] {
            let mut command = crate::program::ripsaw();
            let arguments = ["grep", "-N", "--color", "never", pattern, name];
            let output = command.args(arguments).current_dir(path.parent().unwrap()).output();
            let out = String::from_utf8(output.unwrap().stdout).unwrap();
            assert_eq!(out, format!("{name}:{json}\n"), "{pattern}");
        }
    }
}

/// Messages as Harness records may have them, and what is left of them as text.
const MESSAGES: [(Option<&str>, Option<&str>); 9] = [
    (None, None),
    (Some("null"), None),
    (Some(r#""""#), Some("")),
    (Some(r#""\n""#), Some("")),
    (Some(r#"" \t ""#), Some(" \t ")),
    (Some(r#""\u001b[0m\r\n""#), Some("")),
    (Some(r#"" \u001b[1m \u001b[0m""#), Some("  ")),
    (Some(r#"" x""#), Some(" x")),
    (Some(r#""\u001b[1mzork\n""#), Some("zork")),
];

const ARGS: [Option<&str>; 4] = [None, Some("null"), Some("{}"), Some(r#"{"k":"zork"}"#)];

/// Lines of a format by the names of its keys, with what each is to be printed as.
fn lines_with_blank_messages(message: &str, args: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (text, said) in MESSAGES {
        for map in ARGS {
            for more in [None, Some(r#""zork""#), Some("[]")] {
                let time = Some(r#""2026-03-09T09:12:00Z""#);
                let level = Some(r#""INFO""#);
                let keys = ["level", message, "time", args, "more"];
                let members = keys.iter().zip([level, text, time, map, more]);
                let members =
                    members.filter_map(|(key, value)| Some(format!("\"{key}\":{}", value?)));
                let json = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
                // Args without members say nothing; without a column of their own they are a field.
                let has_more = more.is_some()
                    || map.is_some_and(|map| if args == "args" { map.contains('k') } else { true });
                let is_blank = said.is_none_or(|said| said.trim().is_empty() && has_more);
                let said = if is_blank { &*json } else { said.unwrap_or_default() };
                lines.push((json.clone(), said.to_owned()));
            }
        }
    }
    lines
}

#[test]
fn with_blank_messages_are_searched_and_printed_as_their_json() {
    let folder = Folder::new();
    let path = "acc/pipeline/p/7/-abcdefghij/build/compile";
    let harness = lines_with_blank_messages("out", "args");
    let any = lines_with_blank_messages("msg", "fields");
    let indented: Vec<_> = any.iter().map(|(json, said)| (format!("  {json}"), said)).collect();
    let array =
        format!("[{}\n]", indented.iter().map(|(json, _)| &**json).collect::<Vec<_>>().join(",\n"));
    let text = |lines: &[(String, String)]| {
        lines.iter().map(|(json, _)| format!("{json}\n")).collect::<String>()
    };
    let cases = [
        (path, "harness", text(&harness), &harness),
        ("harness.log", "harness", text(&harness), &harness),
        ("any.log", "ndjson", text(&any), &any),
        ("array.json", "json", array, &any),
    ];
    for (name, format, text, lines) in cases {
        let file = folder.file(&name.replace('/', "-"), text.as_bytes());
        let run = |arguments: &[&str]| {
            let mut command = crate::program::ripsaw();
            let output = command.args(arguments).args(["--format", format]).arg(&file);
            let output = output.stdin(Stdio::null()).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let printed = run(&["cat", "--columns", "message"]);
        let found = run(&["grep", "-N", "zork"]);
        let count = run(&["grep", "-c", "zork"]);
        assert_eq!(printed.lines().count(), lines.len(), "{name}");
        for (printed, (json, said)) in printed.lines().zip(lines) {
            assert_eq!(printed, said, "{name}: {json}");
        }
        let wanted: Vec<&String> =
            lines.iter().filter(|(_, said)| said.contains("zork")).map(|(json, _)| json).collect();
        assert_eq!(count.trim().rsplit(':').next(), Some(&*wanted.len().to_string()), "{name}");
        assert_eq!(found.lines().count(), wanted.len(), "{name}");
    }
}
