//! What is refused, and leaves everything as it was.

use std::fs::{self, File};
use std::path::PathBuf;

use super::{bundle, convert, fail, files, manifest, succeed};
use crate::convert::Folder;
use crate::program::ripsaw;

#[test]
fn what_does_not_fit_is_refused() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 10_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &["--partition-by", "level", "--level", "WARN+"]));
    let before = (files(&set), manifest(&set));
    let cases: [(&[&str], &str); 12] = [
        (&["--partition-by", "date", "--level", "WARN+"], "partitioned by level, not by date"),
        (&["--per-bundle", "--level", "WARN+"], "hold several bundles"),
        (&[], "the filters level"),
        (&["--level", "WARN+", "--timestamp-unit", "ns"], "--timestamp-unit ns"),
        (&["--level", "WARN+", "--ansi", "keep"], "--ansi keep"),
        (&["--columns", "message"], "cannot use --columns"),
        (&["--table", "entries"], "cannot use --table"),
        (&["--to", "csv"], "cannot use --to"),
        (&["--dedupe", "id"], "cannot use --dedupe"),
        (&["--level", "WARN+", "--tz", "Europe/Berlin"], "with --tz Europe/Berlin"),
        (&["--since", "-1d"], "cannot use --since: -1d means another time in each run"),
        (&["--around", "10:15"], "cannot use --around: 10:15 means"),
    ];
    for (options, expected) in cases {
        let said = fail(&mut convert(&input, &set, options));
        assert!(said.contains(expected), "{options:?}: {said}");
        assert_eq!((files(&set), manifest(&set)), before);
    }
    let said = fail(&mut convert(&input, &set, &["--file-size", "0"]));
    assert!(said.contains("must not be 0"), "{said}");
    let plain = folder.path("plain");
    succeed(&mut convert(&input, &plain, &[]));
    let said = fail(&mut convert(&input, &plain, &["--partition-by", "level"]));
    assert!(said.contains("it is not partitioned by level"), "{said}");
    let said = fail(&mut convert(&input, &folder.path("new"), &["--partition-by", "message"]));
    assert!(said.contains("use bundle, account") && !folder.path("new").exists(), "{said}");
    let said = fail(ripsaw().arg("convert").args(&input).arg("-o").arg(set.join("x.parquet")));
    assert!(said.contains("which is a data set") && !set.join("x.parquet").exists(), "{said}");
    let said = fail(&mut convert(&[PathBuf::from("-")], &folder.path("new"), &[]));
    assert!(said.contains("standard input") && !folder.path("new").exists(), "{said}");
}

#[test]
fn a_directory_with_other_files_is_refused() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 10_000)];
    folder.file("full/own.txt", b"mine");
    let said = fail(&mut convert(&input, &folder.path("full"), &[]));
    assert!(said.contains("has files"), "{said}");
    assert_eq!(fs::read_dir(folder.path("full")).unwrap().count(), 1);
    let said = fail(&mut convert(&input, &folder.path("missing/set"), &[]));
    assert!(said.contains("create"), "{said}");
    folder.file("a.txt", b"mine");
    let said = fail(
        ripsaw()
            .arg("convert")
            .args(&input)
            .arg("-o")
            .arg(folder.path("a.txt"))
            .args(["--partition-by", "level"]),
    );
    assert!(said.contains("it is a file"), "{said}");
    // Options of data sets with a file.
    let said = fail(ripsaw().arg("convert").args(&input).args(["-o", "x.parquet", "--prune"]));
    assert!(said.contains("cannot use --prune"), "{said}");
    // Its own files would be read as logs.
    let inside = folder.path("logs/set");
    bundle(&folder, "logs/a.zip", 1, 10_000);
    let said = fail(&mut convert(&[folder.path("logs")], &inside, &[]));
    assert!(said.contains("inside the INPUT") && !inside.exists(), "{said}");
    let said = fail(&mut convert(
        &input,
        &folder.path("new"),
        &["--rejects", &format!("{}/r.ndjson", folder.path("new").display())],
    ));
    assert!(said.contains("inside of the data set"), "{said}");
    let set = folder.path("own");
    succeed(&mut convert(&input, &set, &[]));
    let said = fail(&mut convert(&files(&set), &set, &[]));
    assert!(said.contains("which is written to"), "{said}");
    let said = fail(&mut convert(&input, &set.join("inner"), &[]));
    assert!(said.contains("inside of"), "{said}");
    let said = fail(&mut convert(&input, &set, &["--dry-run", "--level", "WARN"]));
    assert!(said.contains("the filters"), "{said}");
    let said = fail(ripsaw().arg("compact").arg(folder.path("full")));
    assert!(said.contains("not a data set"), "{said}");
}

#[test]
fn files_that_no_run_has_written_are_refused() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 10_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &["--partition-by", "level"]));
    let foreign = set.join("level=INFO/other.parquet");
    fs::copy(&files(&set)[0], &foreign).unwrap();
    for command in [&mut convert(&input, &set, &[]), ripsaw().arg("compact").arg(&set)] {
        let said = fail(command);
        assert!(said.contains("level=INFO/other.parquet is not of the data set"), "{said}");
    }
    // Hidden files, and those of other kinds, are not taken for a part of it.
    fs::rename(&foreign, set.join("level=INFO/.other.parquet")).unwrap();
    fs::write(set.join("_SUCCESS"), "").unwrap();
    let said = succeed(&mut convert(&input, &set, &[]));
    assert!(said.contains("1 unchanged"), "{said}");
}

#[test]
fn files_of_two_bundles_are_refused() {
    let folder = Folder::new();
    folder.file("logs/a.ndjson", b"{\"message\":\"a\"}\n");
    folder.file("logs/sub/b.ndjson", b"{\"message\":\"b\"}\n");
    let out = folder.path("out");
    let (logs, sub) = (folder.path("logs"), folder.path("logs/sub"));
    let said = fail(&mut convert(&[logs.clone(), sub.clone()], &out, &[]));
    assert!(said.contains("its files are in"), "{said}");
    succeed(&mut convert(std::slice::from_ref(&logs), &out, &[]));
    let said = fail(&mut convert(std::slice::from_ref(&sub), &out, &[]));
    assert!(said.contains("its files are in"), "{said}");
    let said = fail(&mut convert(&[sub.join("b.ndjson")], &out, &[]));
    assert!(said.contains("its files are in"), "{said}");
    let inner = folder.path("inner");
    succeed(&mut convert(&[sub], &inner, &[]));
    let said = fail(&mut convert(&[logs], &inner, &[]));
    assert!(said.contains("its files are in"), "{said}");
}

#[test]
fn two_runs_at_once_are_refused() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 10_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &[]));
    let lock = File::options().write(true).open(set.join(".ripsaw/lock")).unwrap();
    lock.lock().unwrap();
    for command in [&mut convert(&input, &set, &[]), ripsaw().arg("compact").arg(&set)] {
        let said = fail(command);
        assert!(said.contains("another run is writing to it"), "{said}");
    }
    lock.unlock().unwrap();
    succeed(&mut convert(&input, &set, &[]));
}

#[test]
fn files_that_are_missing_or_damaged_are_named() {
    let folder = Folder::new();
    let mut input = vec![bundle(&folder, "a.zip", 1, 10_000), bundle(&folder, "b.zip", 2, 10_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &[]));
    let file = files(&set).remove(0);
    let whole = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let said = fail(&mut convert(&input, &set, &[]));
    assert!(said.contains("r000001-00000.parquet is missing"), "{said}");
    // Rows of `a` must be kept, and cannot be.
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    bundle(&folder, "b.zip", 3, 10_000);
    let said = fail(&mut convert(&input, &set, &[]));
    assert!(said.contains("r000001-00000.parquet"), "{said}");
    fs::write(&file, &whole).unwrap();
    input.push(bundle(&folder, "c.zip", 4, 10_000));
    succeed(&mut convert(&input, &set, &[]));
    super::assert_has(&set, &input);
    fs::write(set.join(".ripsaw/manifest.json"), "{\"ripsaw_data_set\":2}").unwrap();
    let said = fail(&mut convert(&input, &set, &[]));
    assert!(said.contains("version 2"), "{said}");
    fs::write(set.join(".ripsaw/manifest.json"), "{").unwrap();
    let said = fail(&mut convert(&input, &set, &[]));
    assert!(said.contains("manifest is damaged"), "{said}");
}

#[test]
fn strict_runs_and_unreadable_inputs_leave_nothing() {
    let folder = Folder::new();
    let good = bundle(&folder, "a.zip", 1, 10_000);
    let bad = folder.file("bad.ndjson", b"{\"a\":1}\n{\"a\":\n");
    let set = folder.path("set");
    let said = fail(&mut convert(&[good.clone(), bad], &set, &["--strict"]));
    assert!(said.contains("bad.ndjson:2"), "{said}");
    assert!(!set.exists());
    fail(&mut convert(&[good, folder.path("none.zip")], &set, &[]));
    assert!(!set.exists());
}
