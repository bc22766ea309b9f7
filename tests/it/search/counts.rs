//! `--count-by` of `grep` and `cat`.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Map, Value, json};

use super::command::{run, said};
use crate::convert::Folder;

const DEPLOY: &str = "fixtures/deploy.zip";

fn objects(text: &str) -> Vec<Map<String, Value>> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a key is called in JSON, and how it is made from a row of the table `lines`.
fn members(key: &str, row: &Map<String, Value>) -> Vec<(String, Value)> {
    let names: &[&str] = match key {
        "group" => &["stage", "step_group"],
        "step" => &["stage", "step_group", "step"],
        "unit" => &["stage", "step_group", "step", "unit"],
        _ => &[key],
    };
    let member = |name: &&str| {
        let time = row["timestamp"].as_str();
        let value = match *name {
            "day" => time.map(|time| time[..10].to_owned()),
            "hour" => time.map(|time| format!("{}:00:00Z", &time[..13])),
            "minute" => time.map(|time| format!("{}:00Z", &time[..16])),
            name => return (name.to_owned(), row[name].clone()),
        };
        ((*name).to_owned(), json!(value))
    };
    names.iter().map(member).collect()
}

#[test]
fn any_columns_are_counted() {
    let (_, rows) = said(&[
        "convert",
        "-q",
        DEPLOY,
        "fixtures/formats/ndjson/input",
        "-o",
        "-",
        "--to",
        "ndjson",
        "--keys",
        "extra",
    ]);
    let rows = objects(&rows);
    for keys in [
        "level",
        "group",
        "hour",
        "day,level",
        "step,minute",
        "unit",
        "run,bundle",
        "stage,step",
        "unit,stage",
        "level_number,zone",
        "args",
        "extra,parse_error",
        "pos",
        "timestamp,line",
        "pipeline,account,org,project,execution,iteration,file",
        "level_text",
    ] {
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for row in &rows {
            let members: Vec<_> = keys.split(',').flat_map(|key| members(key, row)).collect();
            let members: BTreeMap<String, Value> = members.into_iter().collect();
            *expected.entry(json!(members).to_string()).or_default() += 1;
        }
        let (code, text) =
            said(&["cat", DEPLOY, "fixtures/formats/ndjson/input", "--count-by", keys, "--json"]);
        assert_eq!(code, 0, "{keys}");
        let counted = objects(&text);
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for mut object in counted {
            let count = object.remove("count").unwrap().as_u64().unwrap();
            let members: BTreeMap<String, Value> = object.into_iter().collect();
            assert!(found.insert(json!(members).to_string(), count).is_none(), "{keys}");
        }
        assert_eq!(found, expected, "{keys}");
        // A line of text for each.
        let (_, text) =
            said(&["grep", "", DEPLOY, "fixtures/formats/ndjson/input", "--count-by", keys]);
        assert_eq!(text.lines().count(), found.len(), "{keys}");
        let cells = text.lines().map(|line| line.split('\t').count());
        if keys.contains(',') {
            assert!(cells.into_iter().all(|cells| cells == keys.split(',').count() + 1), "{keys}");
        }
    }
}

/// Keys of records, nested ones too, by text and as JSON.
#[test]
fn keys_of_records_are_counted() {
    let folder = crate::command::Folder::new();
    let lines = [
        r#"{"msg":"a","req":{"method":"GET"},"dd.trace_id":"7","n":2,"a/b":true}"#,
        r#"{"msg":"b","req":{"method":"G\u0045T"},"dd.trace_id":"8","n":10,"req/x":1}"#,
        r#"{"msg":"c","req":{"method":"PUT"},"dd.trace_id":"7","n":"2"}"#,
        r#"{"msg":"d","req":{"method":null},"n":{"x":[1]}}"#,
        r#"{"msg":"e","req":"none","dd.trace_id":"a\tb","n":10}"#,
        "text",
    ];
    folder.write("a.ndjson", lines.join("\n").as_bytes());
    let path = folder.path().join("a.ndjson").display().to_string();
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "req/method",
            &["3\t(none)", "2\tGET", "1\tPUT"],
            &[
                r#"{"req/method":null,"count":3}"#,
                r#"{"req/method":"GET","count":2}"#,
                r#"{"req/method":"PUT","count":1}"#,
            ],
        ),
        (
            "dd.trace_id",
            &["2\t(none)", "2\t7", "1\t8", "1\ta\tb"],
            &[
                r#"{"dd.trace_id":null,"count":2}"#,
                r#"{"dd.trace_id":"7","count":2}"#,
                r#"{"dd.trace_id":"8","count":1}"#,
                r#"{"dd.trace_id":"a\tb","count":1}"#,
            ],
        ),
        // As text `2` and `"2"` are the same; numbers are in their order.
        (
            "n",
            &["2\t2", "2\t10", "1\t(none)", "1\t{\"x\":[1]}"],
            &[
                r#"{"n":10,"count":2}"#,
                r#"{"n":null,"count":1}"#,
                r#"{"n":2,"count":1}"#,
                r#"{"n":"2","count":1}"#,
                r#"{"n":{"x":[1]},"count":1}"#,
            ],
        ),
        ("a/b, req/x", &["4\t(none)\t(none)", "1\t(none)\t1", "1\ttrue\t(none)"], &[]),
        ("n/x,day", &["5\t(none)\t(none)", "1\t[1]\t(none)"], &[]),
    ];
    for (keys, texts, objects) in cases {
        for command in [&["cat", &path][..], &["grep", "", &path]] {
            let counted = |more: &[&str]| {
                let (code, text) = said(&[command, &["--count-by", keys], more].concat());
                assert_eq!(code, 0, "{keys}");
                text
            };
            assert_eq!(counted(&[]).lines().collect::<Vec<_>>(), texts, "{keys}");
            if !objects.is_empty() {
                assert_eq!(counted(&["--json"]).lines().collect::<Vec<_>>(), objects, "{keys}");
            }
        }
    }
    // A key that no record has is warned of, as in `--columns`.
    let warned = run(&["cat", &path, "--count-by", "req/methd"]);
    assert_eq!(warned.status.code(), Some(0));
    let warned = String::from_utf8(warned.stderr).unwrap();
    assert!(warned.contains("no record that was looked at has the key \"req/methd\""), "{warned}");
}

#[test]
fn forms() {
    let commands: &[&[&str]] = &[
        &["grep", "", DEPLOY, "--level", "WARN+", "--count-by", "step"],
        &["cat", DEPLOY, "--level", "ERROR+", "--count-by", "step,hour"],
        &["grep", "retry", DEPLOY, "--count-by", "level,step", "--count-by", "minute"],
        &["grep", "retry", DEPLOY, "--count-by", "stage,group,step,unit"],
        &["grep", "retry", DEPLOY, "--count-by", "unit,step"],
        &["cat", DEPLOY, "--count-by", "day,stage", "--json"],
        &["cat", DEPLOY, "--count-by", "minute", "--head", "3"],
        &["cat", DEPLOY, "--count-by", "minute", "--tail", "2"],
        &["cat", DEPLOY, "--count-by", "message", "--head", "4"],
        &["cat", DEPLOY, "--level", "ERROR+", "--count-by", "level,message"],
        &["grep", "", DEPLOY, "-m1", "--count-by", "stage,stage"],
        &["grep", "", DEPLOY, "-p", "--level", "WARN+", "--count-by", "step,level"],
        &["grep", "nothing has this", DEPLOY, "--count-by", "step"],
    ];
    let shown =
        |arguments: &&[&str]| format!("$ ripsaw {}\n{}\n", arguments.join(" "), said(arguments).1);
    assert_snapshot!("counts", commands.iter().map(shown).collect::<String>());
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let refused = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for command in [&["cat", DEPLOY][..], &["grep", "x", DEPLOY]] {
        let message = refused(&[command, &["--count-by", "level,stpe"]].concat());
        for word in ["stpe", "step_group", "minute", "parse_error"] {
            assert!(message.contains(word), "{message}");
        }
        for others in [&["--columns", "step"][..], &["--raw"], &["--sort", "time"]] {
            let message = refused(&[command, &["--count-by", "level"], others].concat());
            assert!(message.contains("--count-by"), "{message}");
        }
    }
    for others in [
        &["-c"][..],
        &["-l"],
        &["-L"],
        &["-o"],
        &["-C1"],
        &["-A1"],
        &["--count-matches"],
        &["-O", "x.csv"],
    ] {
        let message = refused(&[&["grep", "x", DEPLOY, "--count-by", "level"], others].concat());
        assert!(message.contains("--count-by"), "{message}");
    }
    for others in [&["-c"][..], &["-l"], &["-C1"], &["-B1"], &["-p"], &["--raw"], &["--head", "1"]]
    {
        refused(&[&["grep", "x", DEPLOY, "--json"], others].concat());
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_has_columns() {
    use super::terminal::{Terminal, shown};
    let folder = Folder::new();
    let commands: &[&[&str]] = &[
        &["grep", "", DEPLOY, "--level", "WARN+", "--count-by", "step"],
        &["cat", DEPLOY, "--level", "ERROR+", "--count-by", "step,hour,level"],
        &["cat", DEPLOY, "--level", "ERROR+", "--count-by", "level,message"],
        &["cat", DEPLOY, "--count-by", "level", "--json"],
    ];
    assert_snapshot!("counts_on_a_terminal", shown(&Terminal::new(&folder), commands));
}
