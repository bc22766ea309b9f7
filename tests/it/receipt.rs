//! `convert --report` adds up: every line is a row or left out for a reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fastrand::Rng;
use serde_json::Value;

use crate::convert::Folder;
use crate::formats::mixed;

fn ripsaw(arguments: &[&str], code: i32) -> Vec<u8> {
    let mut command = crate::program::ripsaw();
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    output.stdout
}

/// The report of a conversion, and the rows it wrote.
pub(crate) fn convert(
    folder: &Folder,
    input: &Path,
    more: &[&str],
    code: i32,
) -> (Value, Vec<Value>) {
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

pub(crate) fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn left_out(entry: &Value) -> i64 {
    entry["left_out"].as_array().unwrap().iter().map(|reason| number(reason, "lines")).sum()
}

/// The report against the texts and the rows; gives the reasons for which lines are left out.
pub(crate) fn assert_adds_up(
    report: &Value,
    rows: &[Value],
    files: &[(String, Vec<u8>)],
) -> Vec<String> {
    let entries = report["entries"].as_array().unwrap();
    let mut reasons = Vec::new();
    for (path, text) in files {
        // A file may be an entry for each of its steps.
        let own: Vec<&Value> =
            entries.iter().filter(|entry| entry["file"] == path.as_str()).collect();
        let sum = |key: &str| own.iter().map(|entry| number(entry, key)).sum::<i64>();
        if own.is_empty() {
            let not_read = report["not_read"].as_array().unwrap();
            assert!(not_read.iter().any(|other| other["file"] == path.as_str()), "{path}");
            continue;
        }
        let (lines, blank) = count(text);
        assert_eq!((sum("lines"), sum("blank_lines")), (lines, blank), "{path}");
        let all = rows.iter().filter(|row| row["file"] == path.as_str()).count() as i64;
        assert_eq!(sum("rows"), all, "{path}");
        let begun = all - sum("rows_on_shared_lines") - sum("rows_without_line");
        let out: i64 = own.iter().map(|entry| left_out(entry)).sum();
        assert_eq!(lines - blank, begun + out, "{path}");
        let names = own.iter().flat_map(|entry| entry["left_out"].as_array().unwrap());
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
    let mut reasons = Vec::new();
    for seed in 40..44 {
        let folder = Folder::new();
        let files = mixed::files(seed, 2_000, 40_000);
        for input in inputs(&folder, &files) {
            let (report, rows) = convert(&folder, &input, &["--threads", "3"], 0);
            reasons.extend(assert_adds_up(&report, &rows, &files));
        }
    }
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons, ["actions of a bulk request", "part of a record of several lines"]);
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
        let paths = "excluded by path";
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
        let mut command = crate::program::ripsaw();
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
        assert_eq!(reasons, ["also in the files of the job's steps"]);
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
    files.retain(|(path, _)| {
        !["containers/", "pods/", "gitlab/", "exports/"].iter().any(|name| path.contains(name))
    });
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
