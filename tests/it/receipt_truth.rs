//! What `convert --report` says is true of the output: cut texts, filters, and what was said.

use std::fs;

use fastrand::Rng;
use serde_json::Value;

use crate::convert::Folder;
use crate::receipt::{assert_adds_up, convert, number};

/// The text compressed, without its end: what follows is missing.
fn cut_gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text).unwrap();
    std::io::Write::flush(&mut encoder).unwrap();
    encoder.get_ref().clone()
}

/// The row that ends an entry has no text.
fn is_of_no_line(end: &Value) -> bool {
    end["message"].as_str().is_none_or(|message| message.trim().is_empty())
}

/// A text that is cut where its last line is blank so far: the row that says so is of no line.
#[test]
fn cuts_within_blank_lines() {
    let first_lines: [(&str, &str); 8] = [
        ("text", "one\n"),
        ("ndjson", "{\"level\":\"info\",\"msg\":\"a\"}\n"),
        (
            "harness",
            "{\"level\":\"INFO\",\"pos\":0,\"out\":\"a\",\"time\":\"2026-03-09T10:00:00Z\"}\n",
        ),
        ("stamped", "2026-03-09 10:00:00 INFO x\n"),
        ("docker", "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-09T10:00:00Z\"}\n"),
        ("json", "[{\"msg\":\"a\"},\n{\"msg\":\"b\"}]\n"),
        (
            "deepset",
            "{\"data\":[{\"log_id\":\"1\",\"message\":\"m\"}],\"has_more\":false,\"total\":1}\n",
        ),
        ("firstgen", "INFO   2020-06-05T20:50:58.752+0000   a\n"),
    ];
    for (format, first) in first_lines {
        for tail in ["", " ", "\t", "\r", " \t\r", "x", " x"] {
            for mark in ["", "\u{feff}"] {
                let folder = Folder::new();
                let text = format!("{mark}{first}\n{tail}").into_bytes();
                let input = folder.file("c.log.gz", &cut_gzip(&text));
                let (report, rows) = convert(&folder, &input, &["--format", format], 2);
                assert_adds_up(&report, &rows, &[("c.log.gz".into(), text)]);
                let entry = &report["entries"][0];
                let is_blank = !tail.contains('x');
                assert_eq!(
                    number(entry, "rows_without_line"),
                    i64::from(is_blank),
                    "{format} {tail:?}"
                );
                let end = rows.last().unwrap();
                assert_eq!(is_of_no_line(end), is_blank, "{format} {tail:?}: {end}");
                assert!(end["parse_error"].as_str().unwrap().contains("cut short"), "{end}");
            }
        }
    }
}

/// The row that ends a cut document or table is of a line that is not blank.
#[test]
fn cuts_behind_blank_lines() {
    let csv = "log_id,logged_at,level,message\n1,2026-03-09T10:00:00Z,INFO,q\n";
    for (format, text, line) in [
        ("deepset", format!("{csv}\n  "), None),
        ("deepset", format!("{csv}\n \n2,20"), Some(5)),
        ("json", "[{\"msg\":\"a\"},\n\n \n{\"ms".to_owned(), Some(4)),
        ("json", "{\"msg\":\"a\"}\n\n \n ".to_owned(), None),
    ] {
        let folder = Folder::new();
        let input = folder.file("c.log.gz", &cut_gzip(text.as_bytes()));
        let (report, rows) = convert(&folder, &input, &["--format", format], 2);
        assert_adds_up(&report, &rows, &[("c.log.gz".into(), text.clone().into_bytes())]);
        let end = rows.last().unwrap();
        assert_eq!(is_of_no_line(end), line.is_none(), "{text:?}: {end}");
        if let Some(line) = line {
            assert_eq!(number(end, "line"), line, "{text:?}");
        } else {
            let header = i64::from(format == "deepset");
            let left_out = number(&report["totals"], "left_out");
            assert_eq!(left_out, header, "{text:?}: {report:#}");
        }
    }
}

/// What a receipt says of shared lines and malformed ones is true of the rows in the output.
fn assert_true_of_rows(report: &Value, rows: &[Value]) {
    let entry = &report["entries"][0];
    let is_end =
        |row: &&Value| row["parse_error"].as_str().is_some_and(|e| e.starts_with("could not read"));
    let without = rows.iter().filter(|row| is_end(row) && is_of_no_line(row)).count();
    let lines = rows.iter().filter(|row| !is_end(row) || !is_of_no_line(row));
    let mut lines: Vec<i64> = lines.map(|row| number(row, "line")).collect();
    let begun = lines.len();
    lines.sort();
    lines.dedup();
    let malformed = rows.iter().filter(|row| !row["parse_error"].is_null() && !is_end(row)).count();
    assert_eq!(number(entry, "rows_without_line"), without as i64, "{report:#}");
    assert_eq!(number(entry, "rows_on_shared_lines"), (begun - lines.len()) as i64, "{report:#}");
    assert_eq!(number(entry, "malformed_lines"), malformed as i64, "{report:#}");
}

/// Documents of which some share lines and some are torn, whole and cut, and filters of all kinds.
#[test]
fn filters_on_shared_lines() {
    let mut rng = Rng::with_seed(11);
    for round in 0..60 {
        let elements: Vec<String> = (0..rng.usize(1..40))
            .map(|_| {
                let (level, word) = (rng.choice(["INFO", "ERROR"]).unwrap(), rng.u8(0..3));
                let element = match rng.u8(0..8) {
                    0 => "{bad}".to_owned(),
                    _ => format!("{{\"msg\":\"m{word}\",\"level\":\"{level}\",\"id\":{word}}}"),
                };
                element + rng.choice([",", ",", ",\n", ",\n\n"]).unwrap()
            })
            .collect();
        let text = format!("[{{\"msg\":\"m0\"}},{}{{\"msg\":\"m1\"}}]\n", elements.concat());
        let filters: [&[&str]; 4] = [
            &["--where", "message eq 'm0'"],
            &["--level", "ERROR", "--dedupe", "id"],
            &["--dedupe", "id"],
            &["--where", "parse_error ne null"],
        ];
        let folder = Folder::new();
        let (path, bytes) = match round % 2 {
            0 => ("a.json", text.clone().into_bytes()),
            _ => ("a.json.gz", cut_gzip(text.as_bytes())),
        };
        let input = folder.file(path, &bytes);
        for filter in filters {
            let more = [&["--format", "json"], filter].concat();
            let (report, rows) =
                convert(&folder, &input, &more, if round % 2 == 0 { 0 } else { 2 });
            let files = [(path.to_owned(), text.clone().into_bytes())];
            assert_adds_up(&report, &rows, &files);
            assert_true_of_rows(&report, &rows);
        }
    }
}

#[test]
fn a_row_that_is_left_out_of_a_line_that_stays_is_counted() {
    let folder = Folder::new();
    let text = "[{\"msg\":\"a\"},{\"msg\":\"b\"},\n{\"msg\":\"c\"}]\n";
    let input = folder.file("s.json", text.as_bytes());
    let left_out = |message: &str| {
        let filter = format!("message eq '{message}'");
        let (report, rows) = convert(&folder, &input, &["--where", &filter], 0);
        assert_true_of_rows(&report, &rows);
        report["entries"][0]["left_out"].to_string()
    };
    assert_eq!(left_out("c"), r#"[{"lines":1,"reason":"not selected by the filters","rows":2}]"#);
    assert_eq!(left_out("a"), r#"[{"lines":1,"reason":"not selected by the filters","rows":2}]"#);
}

/// Standard error and the report of a conversion with these arguments.
fn said(folder: &Folder, arguments: &[&str], code: i32) -> (String, Value) {
    let report = folder.path("said.json");
    let out = folder.path("said.ndjson");
    let paths = [&out, &report].map(|path| path.to_str().unwrap());
    let mut command = crate::program::ripsaw();
    command.args(["convert", "-o", paths[0], "--report", paths[1]]).args(arguments);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    (said, serde_json::from_slice(&fs::read(report).unwrap()).unwrap())
}

/// A malformed line that a filter leaves out is not said to be kept.
#[test]
fn malformed_lines_that_are_left_out() {
    let folder = Folder::new();
    let text = "{\"level\":\"INFO\",\"msg\":\"a\"}\n{bad\n{\"level\":\"ERROR\",\"msg\":\"b\"}\n";
    let input = folder.file("m.ndjson", text.as_bytes());
    let input = input.to_str().unwrap();
    let (summary, report) = said(&folder, &[input, "--level", "ERROR"], 0);
    assert!(summary.contains("1 malformed line left out by the filters"), "{summary}");
    assert!(!summary.contains("kept"), "{summary}");
    assert_eq!(number(&report["totals"], "malformed_lines"), 0);
    let (summary, report) = said(&folder, &[input], 0);
    assert!(summary.contains("1 malformed line, kept as a row"), "{summary}");
    assert_eq!(number(&report["totals"], "malformed_lines"), 1);
    let (summary, _) = said(&folder, &[input, "--table", "entries"], 0);
    assert!(summary.contains("1 malformed line:") && !summary.contains("kept"), "{summary}");
}

/// What standard error says of the run is in the report.
#[test]
fn what_is_said_is_in_the_report() {
    let folder = Folder::new();
    let ndjson = folder.file("a.ndjson", b"{\"level\":\"INFO\",\"msg\":\"a\"}\n");
    let text = folder.file("a.log", b"one\ntwo\n");
    let cut = folder.file("c.log.gz", &cut_gzip(b"one\ntw"));
    let pages = folder.file(
        "p/p.json",
        b"{\"data\":[{\"log_id\":\"1\",\"message\":\"m\"}],\"has_more\":true,\"total\":3}\n",
    );
    let cuts: Vec<(String, Vec<u8>)> =
        (0..14).map(|at| (format!("{at}.log.gz"), cut_gzip(b"one\ntw"))).collect();
    let cuts = folder.tree("cuts", &cuts);
    let [ndjson, text, cut, pages, cuts] =
        [&ndjson, &text, &cut, &pages, &cuts].map(|path| path.to_str().unwrap());
    let cases: [(&[&str], i32, usize, usize); 8] = [
        (&[ndjson, "--level", "FATAL"], 0, 1, 0),
        (&[ndjson, "--stage", "nope"], 0, 1, 0),
        (&[ndjson, "--where", "message eq 'x'", "--since", "2030-01-01"], 0, 2, 0),
        (&[text, "--map", "message=body"], 0, 1, 0),
        (&[pages], 0, 1, 0),
        (&[cut], 2, 0, 1),
        (&[cut, "--level", "FATAL"], 2, 1, 1),
        (&[cuts], 2, 0, 14),
    ];
    for (arguments, code, warnings, errors) in cases {
        let (text, report) = said(&folder, arguments, code);
        let list = |key: &str| report[key].as_array().unwrap().clone();
        assert_eq!(list("warnings").len(), warnings, "{text}{report:#}");
        assert_eq!(list("errors").len(), errors, "{text}{report:#}");
        for line in text.lines().filter_map(|line| line.strip_prefix("ripsaw: ")) {
            let (line, key) = match line.strip_prefix("warning: ") {
                Some(line) => (line, "warnings"),
                None => (line, "errors"),
            };
            let is_listed = list(key).iter().any(|said| said == line);
            assert!(is_listed || line == "could not read the whole of 4 more entries", "{line}");
        }
    }
}
