//! Files and data sets that ripsaw wrote are inputs: every answer is that of the logs they were made from.

mod damage;
mod files;
mod partitioned;
mod places;
mod property;
mod prune;

use std::path::Path;
use std::process::{Output, Stdio};

use crate::convert::Folder;

/// Runs the command.
fn run(arguments: &[&str]) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a command prints that has nothing to complain about; 1 is a search without a match.
fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What an input is as NDJSON.
fn ndjson(input: &Path, more: &[&str]) -> String {
    said(&[&["convert", text(input), "-o", "-", "--to", "ndjson", "-q"], more].concat())
}

/// The extensions of the outputs, with what keeps all digits of times.
const OUTPUTS: [(&str, &[&str]); 4] = [
    ("parquet", &["--timestamp-unit", "ns"]),
    ("arrow", &[]),
    ("arrows", &["--compression", "zstd"]),
    ("csv", &[]),
];

/// NDJSON, which is read back from files by themselves.
const NDJSON: (&str, &[&str]) = ("ndjson", &[]);

/// An input converted to a file of the folder.
fn converted(folder: &Folder, input: &Path, name: &str, more: &[&str]) -> std::path::PathBuf {
    let output = folder.path(name);
    said(&[&["convert", text(input), "-o", text(&output), "-q"], more].concat());
    output
}

/// Commands whose answers do not depend on where rows come from.
const QUESTIONS: [&[&str]; 14] = [
    &["grep", "-n", "e"],
    &["grep", "-c", "e"],
    &["grep", "-c", "zzzz"],
    &["grep", "-l", "error"],
    &["grep", "-L", "error"],
    &["grep", "-n", "-A2", "-B1", "fail"],
    &["grep", "-v", "-c", "a"],
    &["grep", "-m2", "e"],
    &["grep", "-c", "", "--level", "WARN+"],
    &["grep", "", "--count-by", "level"],
    &["cat"],
    &["cat", "--sort", "time"],
    &["cat", "--level", "ERROR+"],
    &["cat", "--since", "2026-03-09T09:12:14Z"],
];

/// Compares texts, and shows the first line that differs.
fn assert_same(one: &str, other: &str, what: &str) {
    for (number, (one, other)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(one, other, "{what}: line {}", number + 1);
    }
    assert_eq!(one.len(), other.len(), "{what}");
}

/// Asks both inputs everything, and compares.
fn assert_same_answers(original: &Path, copy: &Path) {
    for question in QUESTIONS {
        let [one, other] = [original, copy].map(|input| said(&[question, &[text(input)]].concat()));
        assert_same(&one, &other, &format!("{question:?} of {}", copy.display()));
    }
}
