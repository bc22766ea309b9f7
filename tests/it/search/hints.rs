//! Hints that help: none that would replace a file, none that leads to another error.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::convert::Folder;

/// What a command that is refused says, run in a folder.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let mut command = crate::program::ripsaw();
    command.current_dir(folder.path("")).args(arguments).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

#[test]
fn a_forgotten_output_is_never_a_file_that_is_there() {
    let folder = Folder::new();
    for name in ["monday.ndjson", "tuesday.ndjson", "a.log", "old.parquet"] {
        folder.file(name, b"{\"msg\":\"a\"}\n");
    }
    for (arguments, hint) in [
        (&["monday.ndjson", "tuesday.ndjson"][..], "-o logs.parquet"),
        (&["monday.ndjson"], "-o logs.parquet"),
        (&["monday.ndjson", "out.csv", "tuesday.ndjson"], "-o out.csv"),
        (&["monday.ndjson", "old.parquet"], "-o logs.parquet"),
        (&["a.log", "new.parquet"], "-o new.parquet"),
        (&["a.log", "a new.parquet"], "-o 'a new.parquet'"),
        (&["a.log", "new.parquet", "--rejects", "bad.ndjson"], "-o new.parquet"),
        (&["--report", "r.csv", "a.log", "new.parquet"], "-o new.parquet"),
        (&["--report=r.csv", "a.log", "new.parquet"], "-o new.parquet"),
    ] {
        let said = refused(&folder, &[&["convert"], arguments].concat());
        let hints = |line: &str| line.starts_with("  hint: ") && line.ends_with(hint);
        assert!(said.lines().any(hints), "{arguments:?}: {said}");
    }
    folder.file("logs.parquet", b"");
    let said = refused(&folder, &["convert", "monday.ndjson"]);
    assert!(said.contains("-o logs-2.parquet"), "{said}");
    let said = refused(&folder, &["convert", "a.log", "--rejects", "bad.ndjson"]);
    assert!(said.contains("-o logs-2.parquet, or --to ndjson for standard output"), "{said}");
    let said = refused(&folder, &["convert", "a.log", "-o", "."]);
    assert!(said.contains("logs-2.parquet"), "{said}");
    // What is there is searched: it may be a table that ripsaw wrote.
    let said = refused(&folder, &["grep", "-o", "a", "a.log", "new.parquet"]);
    assert!(said.contains("-O new.parquet"), "{said}");
}

#[test]
fn outputs_and_patterns_get_the_hints_of_inputs() {
    let folder = Folder::new();
    folder.file("a.log", b"a\n");
    folder.file("pattern", b"a\n");
    for (arguments, hint) in [
        (&["convert", "a.log", "-o", "~/x.csv"][..], "the shell does not expand ~"),
        (
            &["convert", "a.log", "-o", "x.csv", "--report", "~/r.json"],
            "the shell does not expand ~",
        ),
        (
            &["convert", "a.log", "-o", "x.csv", "--rejects", "~/r.json"],
            "the shell does not expand ~",
        ),
        (&["grep", "a", "a.log", "-O", "~/x.csv"], "the shell does not expand ~"),
        (&["convert", "a.log", "-o", "https://x/y.csv"], "upload"),
        (&["convert", "a.log", "-o", "s3://x/y.csv"], "upload"),
        (&["convert", "a.log", "-o", "file:///no/y.csv"], "name the path itself: /no/y.csv"),
        (&["convert", "a.log", "-o", "no/y.csv"], "create no first"),
        (&["grep", "-f", "~/pat", "a.log"], "the shell does not expand ~"),
        (&["grep", "-f", "https://x/pat.txt", "a.log"], "download it first"),
        (&["grep", "-f", "patern", "a.log"], "did you mean pattern?"),
        (&["cat", "https://x/logs.zip"], "curl -LO https://x/logs.zip, then name the file"),
        (&["cat", "https://x/a.log"], "curl -L https://x/a.log | ripsaw ... -"),
        (&["cat", "s3://x/a.log"], "aws s3 cp"),
        (&["cat", "gs://x/a.log"], "gcloud storage cp"),
        (&["cat", "file:///x/a.log"], "name the path itself: /x/a.log"),
        (&["cat", "a.log", "--where", "level eq \u{2018}ERROR\u{2019}"], "plain single quotes"),
        (&["cat", "a.log", "--where", "level eq \u{201c}ERROR\u{201d}"], "plain single quotes"),
        (&["cat", "a.log", "--where", "level in ['ERROR']"], "in ('A', 'B')"),
    ] {
        let said = refused(&folder, arguments);
        assert!(said.contains(hint), "{arguments:?}: {said}");
        assert!(!Path::new(&folder.path("x.csv")).exists());
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_said_to() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.file("real.log", b"a\n");
    for (link, target) in [
        ("dang.log", "gone.log"),
        ("second.log", "dang.log"),
        ("one.log", "two.log"),
        ("two.log", "one.log"),
        ("gone", "nowhere"),
    ] {
        symlink(target, folder.path(link)).unwrap();
    }
    for (input, hint) in [
        ("dang.log", "dang.log is a link to gone.log, which does not exist"),
        ("second.log", "second.log is a link to gone.log, which does not exist"),
        ("one.log", "one.log is a link that leads back to itself"),
        ("gone/a.log", "gone is a link to nowhere, which does not exist"),
    ] {
        for command in [&["cat"][..], &["ls"], &["grep", "a"], &["convert", "-o", "x.csv"]] {
            let said = refused(&folder, &[command, &[input]].concat());
            assert!(said.contains(hint), "{input}: {said}");
        }
    }
}

#[test]
fn patterns_are_not_replaced_by_what_they_find() {
    let folder = Folder::new();
    folder.file("a.log", b"a\n");
    folder.file("pat", b"a\n");
    for out in ["pat", "./pat"] {
        let said = refused(&folder, &["grep", "-f", "pat", "a.log", "-O", out, "--to", "csv"]);
        assert!(said.contains("the patterns are read from it"), "{said}");
        assert_eq!(fs::read(folder.path("pat")).unwrap(), b"a\n");
    }
}
