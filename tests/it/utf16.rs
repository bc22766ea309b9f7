//! Text in UTF-16 and UTF-32 gives the rows of the same text in UTF-8, wherever it is read from.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// An encoding: its name, the mark it may begin with, and how a text is written in it.
type Encoding = (&'static str, &'static [u8], fn(&str) -> Vec<u8>);

const ENCODINGS: [Encoding; 4] = [
    ("UTF-16LE", b"\xff\xfe", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("UTF-16BE", b"\xfe\xff", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ("UTF-32LE", b"\xff\xfe\0\0", |text| {
        text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect()
    }),
    ("UTF-32BE", b"\0\0\xfe\xff", |text| {
        text.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect()
    }),
];

/// Lines of plain text, or of JSON; some have letters outside of the basic plane.
fn text(lines: usize, json: bool) -> String {
    let line = |n: usize| {
        let message = format!("line {n} größer 日志 {}", "🦀".repeat(n % 3));
        match json {
            true => format!("{{\"level\":\"error\",\"message\":\"{message}\"}}\r\n"),
            false => format!("{message}\n"),
        }
    };
    (0..lines).map(line).collect()
}

fn run(folder: &TempDir, arguments: &[&str], stdin: Stdio) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).current_dir(folder.path()).stdin(stdin);
    command.output().expect("it runs")
}

/// The rows of an input, but for the names of bundle and file.
fn rows(folder: &TempDir, input: &str, stdin: Stdio) -> (Vec<Value>, String, Option<i32>) {
    let output = run(folder, &["convert", input, "-o", "-", "--to", "ndjson"], stdin);
    let said = String::from_utf8(output.stderr).expect("text");
    let rows = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let row = |line: &[u8]| {
        let mut row: Value = serde_json::from_slice(line).expect("a row");
        for name in ["bundle", "file"] {
            row.as_object_mut().expect("an object").remove(name);
        }
        row
    };
    (rows.map(row).collect(), said, output.status.code())
}

#[test]
fn every_encoding_gives_the_same_rows_everywhere() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for (lines, json) in [(5, false), (5, true), (60_000, false)] {
        let text = text(lines, json);
        fs::write(path("plain.log"), &text).expect("a file");
        let (expected, _, _) = rows(&folder, "plain.log", Stdio::null());
        assert_eq!(expected.len(), lines);
        for (name, mark, encode) in ENCODINGS {
            let bytes = [mark, &encode(&text)].concat();
            fs::write(path("wide.log"), &bytes).expect("a file");
            let mut zip = ZipWriter::new(File::create(path("wide.zip")).expect("a file"));
            zip.start_file("wide.log", SimpleFileOptions::default()).expect("an entry");
            zip.write_all(&bytes).expect("a file takes all");
            zip.finish().expect("a file takes all");
            let mut gz =
                GzEncoder::new(File::create(path("wide.gz")).unwrap(), Compression::fast());
            gz.write_all(&bytes).expect("a file takes all");
            gz.finish().expect("a file takes all");
            fs::create_dir_all(path("logs")).expect("a folder");
            fs::copy(path("wide.log"), path("logs/wide.log")).expect("a file");
            for input in ["wide.log", "wide.zip", "wide.gz", "logs", "-"] {
                let stdin = File::open(path("wide.log")).expect("a file").into();
                let (rows, said, code) = rows(&folder, input, stdin);
                assert_eq!(code, Some(0), "{name} {input}: {said}");
                assert!(rows == expected, "{name} in {input}: {:?}", rows.first());
                assert!(said.contains("1 entry was decoded from UTF-16"), "{said}");
            }
            let listed = run(&folder, &["ls", "--formats", "wide.zip"], Stdio::null());
            let listed = String::from_utf8(listed.stdout).expect("text");
            assert!(listed.contains(&format!(", {name}  ")), "{listed}");
        }
    }
}

#[test]
fn without_a_mark_it_must_be_plain() {
    let folder = TempDir::new().expect("a folder");
    let ascii: String = (0..50).map(|n| format!("[INFO] line {n} of a plain log\n")).collect();
    for (_, _, encode) in &ENCODINGS[..2] {
        fs::write(folder.path().join("wide.log"), encode(&ascii)).expect("a file");
        let output = run(&folder, &["cat", "--raw", "wide.log"], Stdio::null());
        assert_eq!(String::from_utf8(output.stdout).expect("text"), ascii);
    }
    // NUL bytes alone do not make it so.
    let odd = ascii.replace(' ', "\0");
    fs::write(folder.path().join("odd.log"), &odd).expect("a file");
    let output = run(&folder, &["cat", "--raw", "odd.log"], Stdio::null());
    assert_eq!(String::from_utf8(output.stdout).expect("text"), odd);
}

#[test]
fn what_is_no_text_is_replaced_and_an_odd_end_is_an_error() {
    let folder = TempDir::new().expect("a folder");
    for (name, mark, _) in &ENCODINGS[..2] {
        let word = |unit: u16| match *name {
            "UTF-16LE" => unit.to_le_bytes(),
            _ => unit.to_be_bytes(),
        };
        let units = [0x61, 0xd83d, 0x62, 0xdc00, 0x63, 0x0a, 0x64, 0xd83d];
        let bytes = [mark.to_vec(), units.map(word).concat()].concat();
        fs::write(folder.path().join("wide.log"), &bytes).expect("a file");
        let (rows, _, code) = rows(&folder, "wide.log", Stdio::null());
        let messages: Vec<&str> = rows.iter().filter_map(|row| row["message"].as_str()).collect();
        assert_eq!((messages, code), (vec!["a\u{fffd}b\u{fffd}c", "d\u{fffd}"], Some(0)));
    }
    for (name, mark, encode) in ENCODINGS {
        let mut bytes = [mark, &encode("one\ntwo")].concat();
        bytes.push(0x20);
        fs::write(folder.path().join("odd.log"), &bytes).expect("a file");
        let (rows, said, code) = rows(&folder, "odd.log", Stdio::null());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(&format!("ends in the middle of a character of {name}")), "{said}");
        let messages: Vec<&str> = rows.iter().filter_map(|row| row["message"].as_str()).collect();
        assert_eq!((messages, rows.len()), (vec!["one", "two"], 3));
    }
}
