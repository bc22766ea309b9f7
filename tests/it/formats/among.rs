//! JSON and text in one file, read whole and in pieces, from files and from a pipe.

use std::io::Write as _;
use std::process::Stdio;

use super::mixed::{assert_like_the_oracle, bundles};
use crate::convert::{Folder, Format, Setup};

/// Longer than what is read at a time.
const LONG: usize = 1 << 20;

const DOCUMENT: &str = "{\n  \"msg\": \"a [ } \\\" b\",\n  \"k\": [1, 2]\n}\n";
const TEXT: &str =
    "[12:00:01] \"web\", {stage: prod}\n[ ] build\n{\"msg\":\"no record\"}\n+ make\r\n";

fn repeated(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len() + 1)
}

fn assert_read_alike(text: &str) {
    let folder = Folder::new();
    let files = [("logs/a.log".to_owned(), text.as_bytes().to_vec())];
    let [tree, zip] = bundles(&folder, &files);
    for (input, threads) in [(&tree, 1), (&zip, 8)] {
        let setup = Setup { threads, ..Setup::default() };
        assert_like_the_oracle(input, Format::ArrowStream, setup);
    }
    let rows = |input: &str, piped: &str| {
        let mut command = crate::program::ripsaw();
        command.args(["convert", "-q", input, "-o", "-", "--to", "csv"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdin = child.stdin.take().unwrap();
        let piped = piped.as_bytes().to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&piped));
        let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let _ = writer.join();
        // Without the name of the input.
        out.replace(&format!("{input},logs/a.log,"), "").replace("-,-,", "")
    };
    assert!(rows(tree.to_str().unwrap(), "") == rows("-", text), "a pipe differs: {text:.60}");
}

#[test]
fn documents_before_text() {
    let array = format!("[{}{{\"msg\":\"last\"}}\n]\n", repeated("{\"msg\":\"a\"},\n", LONG));
    for documents in ["", DOCUMENT, "[]\n", "[{\"msg\":\"a\"},{\"msg\":\"b\"}]\n", &array] {
        assert_read_alike(&format!("{documents}{TEXT}"));
    }
    assert_read_alike(&format!("{}{}", repeated(DOCUMENT, LONG), repeated(TEXT, LONG)));
}

#[test]
fn text_that_begins_where_a_piece_ends() {
    let documents = repeated(DOCUMENT, LONG - 20 * DOCUMENT.len());
    let rest = LONG - documents.len();
    for shift in [0, 2, 17] {
        let filler = format!("{{\n\"msg\":\"{}\"}}\n", "x".repeat(rest - 14 - shift));
        for text in ["[]\n[12:00:01] done\n", "{\"a\":\n1} junk\n", "{\"a\": 1} {b}\n"] {
            assert_read_alike(&format!("{documents}{filler}{text}{}", repeated(TEXT, 9_000)));
        }
    }
}

#[test]
fn a_document_that_is_never_closed_is_text() {
    // Looked at as far as a window goes: lines are rows, not one record up to the end.
    let text = format!("{DOCUMENT}{{\"a\": [1,\n{}", repeated("not json [\n", LONG + LONG / 2));
    assert_read_alike(&text);
}

#[test]
fn objects_among_text() {
    let record = "{\"level\":\"warn\",\"time\":\"2026-03-09T09:12:00Z\",\"msg\":\"a\"}\r\n";
    let other = "(node:7) Warning: \u{1b}[31mbuffer\u{1b}[0m\n[17]\n{\"msg\":\"cut\n\"text\"\n";
    let mixed = format!("{record}{other}  {record}");
    for banner in ["\n> start\n", "[ ] banner\n", ""] {
        assert_read_alike(&format!("{banner}{record}{mixed}"));
        assert_read_alike(&format!("{banner}{}", repeated(&mixed, LONG + LONG / 2)));
    }
}
