//! `convert --report` adds up: every line is a row or left out for a reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fastrand::Rng;
use serde_json::Value;

use crate::convert::Folder;
use crate::formats::mixed;

fn ripsaw(arguments: &[&str], code: i32) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ripsaw"));
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    output.stdout
}

/// The report of a conversion, and the rows it wrote.
fn convert(folder: &Folder, input: &Path, more: &[&str], code: i32) -> (Value, Vec<Value>) {
    let (out, report) = (folder.path("out.ndjson"), folder.path("report.json"));
    let paths = [input, &out, &report].map(|path| path.to_str().unwrap());
    let arguments = ["convert", paths[0], "-o", paths[1], "--report", paths[2]];
    ripsaw(&[&arguments, more].concat(), code);
    let rows = fs::read_to_string(&out).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    (serde_json::from_slice(&fs::read(report).unwrap()).unwrap(), rows)
}

/// Lines of a text, and those that are blank: from the rules alone.
fn count(text: &[u8]) -> (i64, i64) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    let is_blank = |line: &&&[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.iter().all(|&byte| byte == b' ' || byte == b'\t')
    };
    (lines.len() as i64, lines.iter().filter(is_blank).count() as i64)
}

fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn left_out(entry: &Value) -> i64 {
    entry["left_out"].as_array().unwrap().iter().map(|reason| number(reason, "lines")).sum()
}

/// The report against the texts and the rows; gives the reasons for which lines are left out.
fn assert_adds_up(report: &Value, rows: &[Value], files: &[(String, Vec<u8>)]) -> Vec<String> {
    let entries = report["entries"].as_array().unwrap();
    let mut reasons = Vec::new();
    for (path, text) in files {
        let entry = entries.iter().find(|entry| entry["file"] == path.as_str());
        let Some(entry) = entry else {
            let not_read = report["not_read"].as_array().unwrap();
            assert!(not_read.iter().any(|other| other["file"] == path.as_str()), "{path}");
            continue;
        };
        let (lines, blank) = count(text);
        assert_eq!(
            (number(entry, "lines"), number(entry, "blank_lines")),
            (lines, blank),
            "{path}"
        );
        let own = rows.iter().filter(|row| row["file"] == path.as_str()).count() as i64;
        assert_eq!(number(entry, "rows"), own, "{path}");
        let begun =
            own - number(entry, "rows_on_shared_lines") - number(entry, "rows_without_line");
        assert_eq!(lines - blank, begun + left_out(entry), "{entry}");
        let names = entry["left_out"].as_array().unwrap().iter();
        reasons.extend(names.map(|reason| reason["reason"].as_str().unwrap().to_owned()));
    }
    let totals = &report["totals"];
    assert_eq!(number(totals, "entries"), entries.len() as i64);
    assert_eq!(number(totals, "unaccounted_lines"), 0);
    for key in ["lines", "blank_lines", "rows", "malformed_lines"] {
        let sum: i64 = entries.iter().map(|entry| number(entry, key)).sum();
        assert_eq!(number(totals, key), sum, "{key}");
    }
    assert_eq!(number(totals, "left_out"), entries.iter().map(left_out).sum::<i64>());
    reasons.sort();
    reasons.dedup();
    reasons
}

fn inputs(folder: &Folder, files: &[(String, Vec<u8>)]) -> [PathBuf; 2] {
    [folder.tree("tree", files), folder.zip("bundle.zip", files)]
}

#[test]
fn bundles_of_all_formats() {
    for seed in 40..44 {
        let folder = Folder::new();
        let files = mixed::files(seed, 2_000, 40_000);
        for input in inputs(&folder, &files) {
            let (report, rows) = convert(&folder, &input, &["--threads", "3"], 0);
            let reasons = assert_adds_up(&report, &rows, &files);
            assert_eq!(reasons, ["part of a record that takes several lines"]);
        }
    }
}

/// Entries that come in pieces, which may end within a line.
#[test]
fn large_files() {
    let folder = Folder::new();
    let files = mixed::files(50, 0, 2_400_000);
    let [_, zip] = inputs(&folder, &files);
    let (report, rows) = convert(&folder, &zip, &["--threads", "2"], 0);
    assert_adds_up(&report, &rows, &files);
}

#[test]
fn long_lines_filters_and_duplicates() {
    let folder = Folder::new();
    let files = mixed::files(51, 0, 60_000);
    for input in inputs(&folder, &files) {
        let (report, rows) = convert(&folder, &input, &["--max-line", "300"], 0);
        assert_adds_up(&report, &rows, &files);
        let filters = ["--level", "WARN+", "--file", "!*.json", "--dedupe", "pid"];
        let (report, rows) = convert(&folder, &input, &filters, 0);
        let reasons = assert_adds_up(&report, &rows, &files);
        assert!(reasons.contains(&"not selected by the filters".into()), "{reasons:?}");
        let not_read = report["not_read"].as_array().unwrap();
        let paths = "its path does not pass the filters";
        assert_eq!(not_read.iter().filter(|other| other["reason"] == paths).count(), 2);
    }
}

/// Files with bytes changed: lines that are torn, joined, no text.
#[test]
fn damaged_text() {
    let mut rng = Rng::with_seed(3);
    for seed in 60..66 {
        let folder = Folder::new();
        let mut files = mixed::files(seed, 0, 8_000);
        for (_, text) in &mut files {
            for _ in 0..20 {
                let at = rng.usize(4_000..text.len());
                text[at] = b"\"{}[]\n\r,\xff \0"[rng.usize(0..11)];
            }
        }
        let [tree, _] = inputs(&folder, &files);
        let out = folder.path("out.ndjson");
        let report = folder.path("report.json");
        let paths = [&tree, &out, &report].map(|path| path.to_str().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_ripsaw"));
        command.args(["convert", "-q", paths[0], "-o", paths[1], "--report", paths[2]]);
        // A document that is torn may be an entry that cannot be read to its end.
        assert!(matches!(command.output().unwrap().status.code(), Some(0 | 2)));
        let rows = fs::read_to_string(&out).unwrap();
        let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        let report = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        assert_adds_up(&report, &rows, &files);
    }
}

/// An entry cut short in the archive: its text ends within a line.
#[test]
fn an_entry_that_cannot_be_read_whole() {
    let folder = Folder::new();
    let text: Vec<u8> =
        (0..50_000).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
    let mut gzip = Vec::new();
    let mut encoder = flate2::write::GzEncoder::new(&mut gzip, flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &text).unwrap();
    encoder.finish().unwrap();
    gzip.truncate(gzip.len() / 2);
    let input = folder.file("cut.log.gz", &gzip);
    let (report, rows) = convert(&folder, &input, &[], 2);
    let entry = &report["entries"][0];
    assert!(!entry["read_error"].is_null());
    let begun = rows.len() as i64 - number(entry, "rows_without_line");
    assert_eq!(number(entry, "lines") - number(entry, "blank_lines"), begun + left_out(entry));
    assert_eq!(number(&report["totals"], "entries_with_errors"), 1);
}

/// Of a job's whole log, the lines that the files of its steps hold.
#[test]
fn whole_jobs() {
    let folder = Folder::new();
    let stamp = "2026-03-09T09:12:13.6770156Z";
    let file = |path: &str, text: &str| (path.to_owned(), text.replace('@', stamp).into_bytes());
    let files = [
        file("0_build.txt", "@ start\n\n@ make\n@ done\n"),
        file("1_lint.txt", "@ lint\n  \n"),
        file("build/1_Run make.txt", "@ make\n"),
        file("lint/1_Run lint.txt", "@ lint\n"),
    ];
    for input in inputs(&folder, &files) {
        let (report, rows) = convert(&folder, &input, &[], 0);
        assert_eq!(rows.len(), 4);
        let reasons = assert_adds_up(&report, &rows, &files);
        assert_eq!(reasons, ["in the files of the job's steps"]);
        assert_eq!(number(&report["totals"], "left_out"), 2);
        assert_eq!(number(&report["totals"], "lines"), 8);
    }
}

/// What is printed raw is the line as it is, a byte order mark before it.
fn without_mark(line: &[u8]) -> Vec<u8> {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).to_vec()
}

/// Each line that is not blank is printed once, as it is, in formats of one record a line.
#[test]
fn raw_lines_come_once() {
    let folder = Folder::new();
    let mut files = mixed::files(70, 0, 30_000);
    files.retain(|(path, _)| !["json", "deepset", "docker"].iter().any(|name| path.contains(name)));
    files.retain(|(path, _)| !path.contains("containers/"));
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for (_, text) in &files {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if count(line) == (1, 0) {
                expected.push(line.to_vec());
            }
        }
    }
    expected.sort();
    for input in inputs(&folder, &files) {
        let printed = ripsaw(&["cat", "--raw", input.to_str().unwrap()], 0);
        let mut printed: Vec<Vec<u8>> =
            printed.split(|&byte| byte == b'\n').map(without_mark).collect();
        printed.pop_if(|last| last.is_empty());
        printed.sort();
        assert_eq!(printed.len(), expected.len());
        let other = printed.iter().zip(&expected).find(|(printed, expected)| printed != expected);
        let other = other.map(|(printed, expected)| {
            (printed.escape_ascii().to_string(), expected.escape_ascii().to_string())
        });
        assert_eq!(other, None);
    }
}

#[test]
fn a_report_has_a_place_of_its_own() {
    let folder = Folder::new();
    let input = folder.file("a.log", b"one\n");
    let (input, out) = (input.to_str().unwrap(), folder.path("out.csv"));
    let out = out.to_str().unwrap();
    ripsaw(&["convert", input, "-o", out, "--report", out], 2);
    ripsaw(&["convert", input, "-o", out, "--report", input], 2);
    assert!(!Path::new(out).exists());
}

/// The text compressed, without its end: what follows is missing.
fn cut_gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text).unwrap();
    std::io::Write::flush(&mut encoder).unwrap();
    encoder.get_ref().clone()
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
                assert_eq!(end["message"].is_null(), is_blank, "{format} {tail:?}: {end}");
                assert!(end["error"].as_str().unwrap().contains("cut short"), "{end}");
            }
        }
    }
}

/// What a receipt says of shared lines and malformed ones is true of the rows in the output.
fn assert_true_of_rows(report: &Value, rows: &[Value]) {
    let entry = &report["entries"][0];
    let is_end = |row: &&Value| row["error"].as_str().is_some_and(|e| e.starts_with("the entry"));
    let without = rows.iter().filter(|row| is_end(row) && row["message"].is_null()).count();
    let lines = rows.iter().filter(|row| !is_end(row) || !row["message"].is_null());
    let mut lines: Vec<i64> = lines.map(|row| number(row, "line")).collect();
    let begun = lines.len();
    lines.sort();
    lines.dedup();
    let malformed = rows.iter().filter(|row| !row["error"].is_null() && !is_end(row)).count();
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
            &["--where", "error ne null"],
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
    let mut command = Command::new(env!("CARGO_BIN_EXE_ripsaw"));
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
            assert!(is_listed || line == "and 4 entries more that cannot be read whole", "{line}");
        }
    }
}
