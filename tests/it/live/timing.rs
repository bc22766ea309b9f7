//! The same rows, however the text is cut into reads and whenever they come.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Session, at_once};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// The inputs of all formats.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    let files = files_below(&formats).into_iter();
    let inputs = files.filter(|path| path.components().any(|part| part.as_os_str() == "input"));
    let texts = inputs.map(|path| (path.display().to_string(), fs::read(path).unwrap()));
    let texts: Vec<_> = texts.collect();
    assert!(texts.len() > 60, "{}", texts.len());
    texts
}

/// Texts that are told by more than their first line, or not by it.
fn odd() -> Vec<(String, Vec<u8>)> {
    let record = "{\"level\":\"warn\",\"time\":\"2026-03-09T09:12:00Z\",\"msg\":\"a\"}\n";
    let stamped = "2026-03-09 09:12:00 ERROR a\n  at b\n";
    let github = "2025-10-01T21:48:14.0617942Z ";
    let texts = [
        format!("{stamped}{stamped}{}{stamped}", record.repeat(5)),
        format!("a\nb\n{stamped}{}", "c\n".repeat(40)),
        format!("{}{}", "banner\n".repeat(12), record.repeat(8)),
        format!("{github}a\n{github}b\n{github}##[group]c\n{github}##[section]d\n"),
        format!("\n \n[\n\n{record},{record}]\n{record}"),
        format!("[]\n{record}"),
        format!("{{\"a\": [1,\n{}", "no JSON [\n".repeat(50)),
        "{\"error\":{\"type\":\"x\",\"message\":\"y\"}}\n".to_owned(),
        "{\"error\":{\"type\":\"x\",\"message\":\"y\"}}\nmore\n".to_owned(),
        format!("\u{feff}\n{record}{record}"),
        "\r\n\r\na\r\n\rb\r\n".to_owned(),
    ];
    let mut all: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    all.push(b"gr\xfc\xdfe\nplain\n\x01\xff\xfe\n".to_vec());
    all.push([b"plain\n".repeat(3), b"\x01\x02\xff\xfe\x03\n".repeat(30)].concat());
    all.push("größer\n".repeat(30).encode_utf16().flat_map(u16::to_be_bytes).collect());
    all.into_iter().enumerate().map(|(at, text)| (format!("odd {at}"), text)).collect()
}

/// Writes the text in parts of random lengths, with pauses that are longer than any patience.
fn in_parts(arguments: &[&str], text: &[u8], random: &mut fastrand::Rng) -> (String, Option<i32>) {
    let mut session = Session::start(arguments);
    let mut rest = text;
    let parts = random.usize(1..12);
    while !rest.is_empty() {
        let most = (2 * text.len() / parts).max(2);
        let length = random.usize(1..=most).min(rest.len());
        // Often where a line ends.
        let line = rest.iter().position(|&byte| byte == b'\n').map(|newline| newline + 1);
        let length = line.filter(|_| random.bool()).unwrap_or(length);
        session.send(&rest[..length]);
        rest = &rest[length..];
        thread::sleep(Duration::from_millis([0, 1, 12][random.usize(..3)]));
    }
    let (text, status) = session.finish();
    (text, status.code())
}

#[test]
fn rows_do_not_depend_on_when_they_come() {
    // Which keys are columns depends on what comes first.
    let convert = ["convert", "-q", "-", "-o", "-", "--to", "ndjson", "--keys", "extra"];
    let entries = ["convert", "-q", "-", "-o", "-", "--to", "csv", "--table", "entries"];
    let around = ["grep", "-C1", "e", "-"];
    let mut random = fastrand::Rng::with_seed(14);
    let texts = [fixtures(), odd()].concat();
    let chunks = texts.len().div_ceil(4);
    let work: Vec<_> = texts.chunks(chunks).map(|part| (part, random.fork())).collect();
    thread::scope(|scope| {
        for (part, mut random) in work {
            scope.spawn(move || {
                for (name, text) in part {
                    for arguments in [&convert[..], &convert, &convert, &entries, &around] {
                        let (whole, code) = at_once(arguments, text);
                        let whole = String::from_utf8_lossy(&whole).into_owned();
                        let parts = in_parts(arguments, text, &mut random);
                        assert_eq!(parts, (whole, code), "{name} {arguments:?}");
                    }
                }
            });
        }
    });
}

/// A text that is all there at once gives the rows of the file, but where later lines would have told
/// the format of earlier ones.
#[test]
fn pipes_give_the_rows_of_files() {
    fn convert(input: &str) -> [&str; 7] {
        ["convert", "-q", input, "-o", "-", "--to", "ndjson"]
    }
    let without_names = |rows: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(rows);
        let rows =
            text.lines().map(|row| row.split_once("\"line\":").map_or(row, |(_, rest)| rest));
        rows.map(str::to_owned).collect()
    };
    let mut differ = Vec::new();
    for (name, text) in fixtures() {
        // Their names say what they are.
        if ["firstgen", "github", "azure", "harness/input/hX3", "apify"]
            .iter()
            .any(|told| name.contains(told))
        {
            continue;
        }
        let piped = at_once(&convert("-"), &text).0;
        let file = super::ripsaw(&convert(&name)).output().unwrap().stdout;
        if without_names(&piped) != without_names(&file) {
            differ.push(name.split("formats/").last().unwrap().to_owned());
        }
    }
    // Of a pipe, nobody knows the steps.
    differ.retain(|name| {
        let format = name.split('/').next().unwrap();
        !ripsaw_testkit::formats::has_steps(format)
    });
    // A banner before records is text; the header of a log that has its year or day is looked for in files alone,
    // and one time of the day is not enough to tell the format; rows cannot be read back from a pipe.
    let known = [
        "clock/input/header.log",
        "clock/input/logs/game-2026-03-10.log",
        "clock/input/nowhere.log",
        "harness/input/mixed.log",
        "klog/input/kubelet.log",
        "ripsaw/input/rows.ndjson",
    ];
    assert_eq!(differ, known);
}
