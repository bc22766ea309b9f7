//! Files of rows wherever they are: in archives, compressed, beside damaged ones, and beside logs.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::{OUTPUTS, assert_same, converted, ndjson, run, said, text};
use crate::containers::{tar, zip};
use crate::convert::Folder;

/// A file compressed with gzip.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All files below a folder, by their paths in it.
fn tree(folder: &Path, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => files.extend(tree(&entry.path(), &format!("{path}/"))),
            false => files.push((path, fs::read(entry.path()).unwrap())),
        }
    }
    files
}

#[test]
fn rows_in_archives_are_those_of_the_file() {
    let folder = Folder::new();
    let deploy = Path::new("fixtures/deploy.zip");
    for (extension, options) in OUTPUTS {
        let copy = converted(&folder, deploy, &format!("rows.{extension}"), options);
        let rows = ndjson(&copy, &[]);
        assert!(rows.lines().count() > 1_000);
        let name = format!("a/rows.{extension}");
        let files = [(name.clone(), fs::read(&copy).unwrap())];
        let archives = [
            ("rows.zip", zip(&files)),
            ("rows.tar", tar(&files)),
            ("rows.tar.gz", gzip(&tar(&files))),
            ("one.gz", gzip(&files[0].1)),
            ("outer.zip", zip(&[("in.zip".to_owned(), zip(&files))])),
        ];
        for (archive, bytes) in archives {
            let archive = folder.file(archive, &bytes);
            assert_same(&rows, &ndjson(&archive, &[]), &format!("{extension} in {archive:?}"));
        }
    }
}

#[test]
fn a_data_set_in_an_archive_is_read() {
    let folder = Folder::new();
    let set = folder.path("set");
    let out = format!("{}/", text(&set));
    let words = ["convert", "fixtures/deploy.zip", "-o", &out, "--partition-by", "level,stage"];
    said(&[&words[..], &["-q"]].concat());
    let archive = folder.file("set.zip", &zip(&tree(&set, "")));
    let sorted = |input: &Path| {
        let rows = ndjson(input, &[]);
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    assert_eq!(sorted(&archive), sorted(&set));
}

#[test]
fn a_damaged_file_in_a_folder_is_an_error() {
    let folder = Folder::new();
    let deploy = Path::new("fixtures/deploy.zip");
    for name in ["rows.parquet", "rows.arrow"] {
        let bytes = fs::read(converted(&folder, deploy, name, &[])).unwrap();
        let damaged = &bytes[..40];
        let whole = folder.tree(
            &format!("whole-{name}"),
            &[(format!("a-{name}"), bytes.clone()), (format!("b-{name}"), damaged.to_vec())],
        );
        let alone =
            folder.tree(&format!("alone-{name}"), &[(format!("b-{name}"), damaged.to_vec())]);
        for (input, lines) in [(whole, 1_332), (alone, 0)] {
            let output = run(&["grep", "-c", "", "--no-filename", text(&input)]);
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains(&format!("b-{name}")), "{error}");
            assert!(error.contains("damaged") || error.contains("cut short"), "{error}");
            let count: usize = String::from_utf8(output.stdout)
                .unwrap()
                .lines()
                .map(|line| line.parse::<usize>().unwrap())
                .sum();
            assert_eq!(count, lines, "{name}");
        }
    }
}

#[test]
fn rows_beside_logs_are_left_out_with_a_warning() {
    let folder = Folder::new();
    let copy = converted(&folder, Path::new("fixtures/deploy.zip"), "rows.parquet", &[]);
    let bytes = fs::read(copy).unwrap();
    let files =
        [("README.md".to_owned(), b"a line\n".to_vec()), ("rows.parquet".to_owned(), bytes)];
    let mixed = folder.tree("mixed", &files);
    let output = run(&["convert", text(&mixed), "-o", text(&folder.path("out.csv"))]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert!(error.contains("left out a file of rows that ripsaw wrote"), "{error}");
    assert!(error.contains("name them as INPUT to read them"), "{error}");
    assert!(!error.contains("not a log"), "{error}");
    // In any archive.
    let bytes = gzip(&tar(&files));
    let archive = folder.file("mixed.tar.gz", &bytes);
    assert_eq!(ndjson(&archive, &[]).lines().count(), 1);
    // As it says.
    let named = mixed.join("rows.parquet");
    assert_eq!(ndjson(&named, &[]).lines().count(), 1_332);
}

#[test]
fn the_limit_of_lines_is_not_that_of_rows() {
    let folder = Folder::new();
    let log = folder.file("a.log", "\u{1}\"line\"\n".repeat(30).as_bytes());
    for (extension, options) in OUTPUTS {
        let copy = converted(&folder, &log, &format!("rows.{extension}"), options);
        for limit in ["10", "100000"] {
            let rows = ndjson(&copy, &["--max-line", limit]);
            assert!(!rows.contains("the limit is"), "{extension} {limit}: {rows}");
            assert_eq!(rows.lines().count(), 30, "{extension} {limit}");
        }
    }
}

#[test]
fn any_columns_may_come_after_the_line_in_csv() {
    let folder = Folder::new();
    for columns in
        ["bundle,file,line,message", "bundle,file,line,level,message", "bundle,file,line,unit"]
    {
        let name = format!("{}.csv", columns.replace(',', "-"));
        let deploy = Path::new("fixtures/deploy.zip");
        let copy = converted(&folder, deploy, &name, &["--columns", columns]);
        let again = converted(&folder, &copy, "again.csv", &["--columns", columns]);
        assert_eq!(fs::read(&copy).unwrap(), fs::read(again).unwrap(), "{columns}");
    }
}

#[test]
fn blank_lines_of_docker_stay_blank() {
    let folder = Folder::new();
    let line = |log: &str, stream: &str| {
        format!(
            "{{\"log\":\"{log}\",\"stream\":\"{stream}\",\"time\":\"2026-03-09T10:00:00.1Z\"}}\n"
        )
    };
    let lines = [line("one\\n", "stdout"), line("\\n", "stdout"), line("  \\n", "stderr")].concat();
    let log = folder.file("c-json.log", lines.as_bytes());
    let printed = said(&["cat", text(&log)]);
    assert!(!printed.contains("stream"), "{printed}");
    for (extension, options) in OUTPUTS {
        let copy = converted(&folder, &log, &format!("rows.{extension}"), options);
        assert_same(&printed, &said(&["cat", text(&copy)]), extension);
    }
    let other = folder.file("other.ndjson", b"{\"msg\":\"\",\"b\":1}\n{\"msg\":\"x\",\"b\":2}\n");
    let copy = converted(&folder, &other, "other.parquet", &["--keys", "extra"]);
    assert!(said(&["cat", text(&copy)]).contains("{\"b\":1}"));
}

#[test]
fn csv_says_itself_what_is_null() {
    let folder = Folder::new();
    let deploy = Path::new("fixtures/deploy.zip");
    let plain = ndjson(&converted(&folder, deploy, "plain.csv", &[]), &[]);
    for null in ["NULL", "\\N", "-", "0x"] {
        let copy = converted(&folder, deploy, "null.csv", &["--csv-null", null]);
        assert_same(&plain, &ndjson(&copy, &[]), null);
    }
}

#[test]
fn a_damaged_file_hides_no_rows_of_others() {
    let folder = Folder::new();
    let lines = (0..60_000_usize).map(|number| {
        let level = ["INFO", "ERROR", "WARN"][number % 3];
        format!(
            "2026-03-09T09:12:13Z {level} line {}\n",
            number.wrapping_mul(0x9e37_79b9) % 999_983
        )
    });
    let log = folder.file("one.log", lines.collect::<String>().as_bytes());
    let set = folder.path("set");
    let out = format!("{}/", text(&set));
    said(&["convert", text(&log), "-o", &out, "--partition-by", "level", "-q"]);
    let file = fs::read_dir(set.join("level=INFO")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 40].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let output = run(&["grep", "", "--count-by", "level", text(&set)]);
    let (found, error) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(found.contains("20000\tERROR") && found.contains("20000\tWARN"), "{found}");
    assert!(String::from_utf8(error).unwrap().contains("level=INFO"));
}
