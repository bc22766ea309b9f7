//! Files of every output format, of bundles of every format of logs.

use std::path::PathBuf;

use super::{
    NDJSON, OUTPUTS, QUESTIONS, assert_same, assert_same_answers, converted, ndjson, run, said,
    text,
};
use crate::convert::Folder;
use crate::formats::mixed;

/// Bundles of the steps of a build, and of all formats.
fn bundles(folder: &Folder) -> Vec<PathBuf> {
    let files = mixed::files_of_one_entry(90, 1_000, 12_000);
    let deploy = PathBuf::from("fixtures/deploy.zip");
    vec![deploy, folder.zip("all.zip", &files), folder.tree("tree", &files)]
}

#[test]
fn rows_and_answers_are_those_of_the_logs() {
    let folder = Folder::new();
    for bundle in bundles(&folder) {
        let rows = ndjson(&bundle, &["--keys", "extra"]);
        assert!(rows.lines().count() > 500);
        for (extension, options) in OUTPUTS {
            let more = [&["--keys", "extra"], options].concat();
            let copy = converted(&folder, &bundle, &format!("copy.{extension}"), &more);
            for threads in ["1", "3"] {
                let again = ndjson(&copy, &["--keys", "extra", "--threads", threads]);
                assert_same(&rows, &again, extension);
            }
        }
    }
}

/// Of records without a message, searches look at the JSON that they were, and that is gone: these are left out.
fn of_messages(seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut files = mixed::files_of_one_entry(seed, 1_000, 8_000);
    let others = ["json", "pods/", "var/log/", "kube/", "compose/", "grafana/", "exports/"];
    files.retain(|(path, _)| !others.iter().any(|other| path.contains(other)));
    files
}

#[test]
fn answers_are_those_of_the_logs() {
    let folder = Folder::new();
    let files = of_messages(93);
    let deploy = PathBuf::from("fixtures/deploy.zip");
    for bundle in [deploy, folder.zip("all.zip", &files), folder.tree("tree", &files)] {
        for (extension, options) in OUTPUTS.into_iter().chain([NDJSON]) {
            let copy = converted(&folder, &bundle, &format!("copy.{extension}"), options);
            assert_same_answers(&bundle, &copy);
        }
    }
}

/// Rows of files that are several entries come back, those of one step together.
#[test]
fn rows_of_steps_come_back() {
    let folder = Folder::new();
    let files = mixed::files_of_steps(95, 20_000);
    let bundle = folder.zip("all.zip", &files);
    let rows = |input: &PathBuf| -> Vec<String> {
        let columns = "file,line,stage,step_group,step,timestamp,level_text,message,extra";
        let said = said(&[
            "convert",
            "-q",
            text(input),
            "-o",
            "-",
            "--to",
            "ndjson",
            "--columns",
            columns,
        ]);
        let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let original = rows(&bundle);
    for (extension, options) in OUTPUTS {
        let more = [&["--timestamp-unit", "ns"], options].concat();
        let copy = converted(&folder, &bundle, &format!("steps.{extension}"), &more);
        let copy = rows(&copy);
        let other = copy.iter().zip(&original).find(|(copy, original)| copy != original);
        assert!(copy == original, "{extension}: {other:#?}");
    }
}

/// Line ends within `extra` are lost in NDJSON, but not in files of columns.
#[test]
fn copies_of_copies_have_the_same_bytes() {
    let folder = Folder::new();
    let bundle = folder.zip("all.zip", &mixed::files_of_one_entry(91, 0, 20_000));
    for (extension, options) in OUTPUTS {
        let more = [&["--keys", "extra"], options].concat();
        let first = converted(&folder, &bundle, &format!("first.{extension}"), &more);
        let second = converted(&folder, &first, &format!("second.{extension}"), &more);
        let [first, second] = [first, second].map(|path| std::fs::read(path).unwrap());
        let read = |bytes: &[u8]| match extension {
            "parquet" => crate::readback::parquet(bytes),
            "arrow" => crate::readback::arrow_file(bytes),
            "arrows" => crate::readback::arrow_stream(bytes),
            _ => crate::readback::csv(bytes),
        };
        let [first, second] = [read(&first), read(&second)];
        first.iter().zip(&second).for_each(|(one, other)| assert_eq!(one, other, "{extension}"));
        assert_eq!(first.len(), second.len());
    }
}

/// What `ls` shows but for the size of the text, which is that of the rows here.
#[test]
fn entries_are_those_of_the_logs() {
    let folder = Folder::new();
    for bundle in bundles(&folder) {
        let copy = converted(&folder, &bundle, "copy.parquet", &["--timestamp-unit", "ns"]);
        let entries = |input: &PathBuf| {
            let table = said(&[
                "convert",
                text(input),
                "--table",
                "entries",
                "-o",
                "-",
                "--to",
                "ndjson",
                "-q",
            ]);
            let entry = |line: &str| {
                let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
                // What only the logs themselves say.
                for name in [
                    "format",
                    "stored_bytes",
                    "text_bytes",
                    "truncated_lines",
                    "at_size_limit",
                    "status",
                    "started_at",
                    "ended_at",
                    "duration_ms",
                ] {
                    entry.as_object_mut().unwrap().remove(name);
                }
                entry
            };
            table.lines().map(entry).collect::<Vec<_>>()
        };
        let [original, copy] = [entries(&bundle), entries(&copy)];
        // Logs without a line leave nothing in a table of lines.
        let original: Vec<_> = original.into_iter().filter(|entry| entry["lines"] != 0).collect();
        assert_eq!(copy.len(), original.len());
        copy.iter().zip(&original).for_each(|(copy, original)| assert_eq!(copy, original));
    }
}

#[test]
fn keys_are_columns_of_the_same_types() {
    let folder = Folder::new();
    for set in ["service", "events", "wide"] {
        let bundle = folder.path(&format!("{set}.zip"));
        let generate = ["bench", "--generate", "300KB", "--set", set, "--entries", "4"];
        said(&[&generate[..], &["-o", text(&bundle), "-q"]].concat());
        let rows = ndjson(&bundle, &[]);
        for (extension, options) in OUTPUTS[..3].iter().chain([&NDJSON]) {
            let copy = converted(&folder, &bundle, &format!("{set}.{extension}"), options);
            assert_same(&ndjson(&copy, &[]), &rows, &format!("{set}.{extension}"));
            let again = folder.path(&format!("again.{extension}"));
            said(&[&["convert", text(&copy), "-o", text(&again), "-q"], *options].concat());
            let [copy, again] = [&copy, &again].map(|path| std::fs::read(path).unwrap());
            assert!(copy == again, "{set}.{extension}");
        }
        let parquet = converted(&folder, &bundle, "copy.parquet", &[]);
        let lines = converted(&folder, &bundle, "copy.ndjson", &[]);
        for question in [
            &["grep", "-c", "", "--where", "statusCode eq 500 or lang eq 'de' or metric_017 gt 3"]
                [..],
            &["convert", "--columns", "line,id,text,req/url,user/place/geo/lat", "-o", "-"],
        ] {
            let [one, other, third] = [&bundle, &parquet, &lines].map(|input| {
                let more: &[&str] = if question[0] == "convert" { &["--to", "csv"] } else { &[] };
                let output = run(&[question, more, &[text(input)]].concat());
                (output.status.code(), output.stdout)
            });
            assert!(one == other && one == third, "{set} {question:?}");
        }
    }
}

/// The types of keys in CSV are those that their texts show.
#[test]
fn keys_in_csv_stay_what_they_are() {
    let folder = Folder::new();
    let records = [
        r#"{"msg":"a","version":"1.10","n":5,"f":2.50,"b":true,"t":"true","l":[1,2],"any":1.50,"o":{"x":1},"code":"007"}"#,
        r#"{"msg":"b","version":"2","n":6,"f":1e3,"b":false,"t":"x","any":"1.50","code":"12","q":"\"quoted\""}"#,
        r#"{"msg":"c","version":"2.0","any":{"a":[null]},"code":"-","late":""}"#,
    ];
    let log = folder.file("any.ndjson", records.join("\n").as_bytes());
    let rows =
        ndjson(&log, &[]).replace(r#""o":{"x":1}"#, r#""o.x":1"#).replace("\"o\":", "\"o.x\":");
    for null in ["", "NULL", "-"] {
        let copy = converted(&folder, &log, "any.csv", &["--csv-null", null]);
        assert_same(&ndjson(&copy, &[]), &rows, null);
    }
}

/// Objects of other programs are none of ripsaw's rows, nor is a row with its keys before its columns.
#[test]
fn rows_with_keys_are_known_by_their_columns() {
    let folder = Folder::new();
    let formats = |line: &str| {
        let file = folder.file("rows.ndjson", line.as_bytes());
        said(&["ls", "--formats", text(&file)])
    };
    let start = r#"{"bundle":"a.zip","file":"b.log","line":1"#;
    for own in [r#","level_number":null,"message":"x","k":1}"#, r#","extra":null,"k":null}"#, "}"] {
        let listed = formats(&format!("{start}{own}\n"));
        assert!(listed.contains("ripsaw "), "{own}: {listed}");
    }
    for other in [r#","message":"x","column":4}"#, r#","k":1,"parse_error":null}"#, r#","k":1}"#] {
        let listed = formats(&format!("{start}{other}\n"));
        assert!(listed.contains("ndjson "), "{other}: {listed}");
    }
}

/// A file of some columns is read as far as it goes.
#[test]
fn some_columns_are_enough() {
    let folder = Folder::new();
    let deploy = PathBuf::from("fixtures/deploy.zip");
    let columns = ["--columns", "timestamp,step,message"];
    let copy = converted(&folder, &deploy, "some.parquet", &columns);
    let some = |input: &PathBuf| {
        said(&[&["convert", text(input), "-o", "-", "--to", "csv", "-q"], &columns[..]].concat())
    };
    let [original, again] = [some(&deploy), some(&copy)];
    let micros = |text: &str| text.lines().count();
    assert_eq!(micros(&original), micros(&again));
    let messages = |input: &PathBuf| said(&["grep", "-I", "-h", "", text(input)]);
    assert!(messages(&deploy) == messages(&copy));
    let steps = |input: &PathBuf| said(&["grep", "-c", "-h", "", "--step", "Lint", text(input)]);
    assert_eq!(steps(&deploy), steps(&copy));
    // Rows are numbered in their file.
    let lines =
        said(&["convert", text(&copy), "--columns", "line", "-o", "-", "--to", "csv", "-q"]);
    let expected: Vec<String> = (1..=1332).map(|line| line.to_string()).collect();
    assert_eq!(lines.lines().skip(1).collect::<Vec<_>>(), expected);
}

/// Copies of several inputs in a folder, without a manifest.
#[test]
fn folders_of_files() {
    let folder = Folder::new();
    let files = of_messages(92);
    let bundle = folder.zip("all.zip", &files);
    let out = folder.path("out");
    std::fs::create_dir_all(out.join("b")).unwrap();
    let ns = ["--timestamp-unit", "ns", "--keys", "extra"];
    said(
        &[&["convert", "fixtures/deploy.zip", "-o", text(&out.join("a.parquet")), "-q"], &ns[..]]
            .concat(),
    );
    said(
        &[&["convert", text(&bundle), "-o", text(&out.join("b/c.parquet")), "-q"], &ns[..]]
            .concat(),
    );
    let both = |question: &[&str], inputs: &[&str]| said(&[question, inputs].concat());
    for question in QUESTIONS {
        let original = both(question, &["fixtures/deploy.zip", text(&bundle)]);
        assert_same(&original, &both(question, &[text(&out)]), &format!("{question:?}"));
    }
}

/// What was given twice is there twice.
#[test]
fn the_same_log_twice() {
    let folder = Folder::new();
    let log = folder.file("one.log", b"a\nb\nc\n");
    for (extension, options) in OUTPUTS {
        let copy = folder.path(&format!("copy.{extension}"));
        let twice = ["convert", text(&log), text(&log), "-o", text(&copy), "-q"];
        said(&[&twice[..], options].concat());
        let counts = said(&["grep", "-c", "", text(&copy)]);
        assert_eq!(counts.lines().count(), 2, "{counts}");
        assert!(counts.lines().all(|line| line.ends_with(":3")), "{counts}");
    }
}

/// The table of entries has no lines, and files of others are none of ripsaw's.
#[test]
fn other_tables_are_not_logs() {
    let folder = Folder::new();
    for extension in ["parquet", "arrow", "arrows", "csv"] {
        let name = format!("entries.{extension}");
        let table = ["--table", "entries"];
        let entries = converted(&folder, "fixtures/deploy.zip".as_ref(), &name, &table);
        let output = run(&["grep", "-c", "e", text(&entries)]);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("not a log"), "{error}");
    }
}
