//! Row groups that can have no wanted row are not read; no answer changes by that.

use std::fs;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use super::{converted, run, said, text};
use crate::convert::Folder;

/// A log of 4,000 rows: a group of each level and each hour in turn.
fn log(folder: &Folder) -> PathBuf {
    let line = |number: usize| {
        let (group, second) = (number / 500, number % 60);
        let level = ["DEBUG", "INFO", "WARN", "ERROR"][group % 4];
        format!("2026-03-09T{group:02}:12:{second:02}Z {level} line {number} of group {group}\n")
    };
    folder.file("long.log", (0..4_000).map(line).collect::<String>().as_bytes())
}

fn grouped(folder: &Folder) -> (PathBuf, PathBuf) {
    let log = log(folder);
    let copy = converted(folder, &log, "long.parquet", &["--row-group-size", "500"]);
    (log, copy)
}

/// Questions that read some of the groups, with how many.
const QUESTIONS: [(&[&str], usize); 5] = [
    (&["grep", "-c", "line", "--level", "ERROR+"], 2),
    (&["cat", "--level", "WARN"], 2),
    (&["cat", "--since", "2026-03-09T02:00:00Z", "--until", "2026-03-09T03:30:00Z"], 2),
    (&["ls", "--level", "DEBUG,ERROR", "--since", "2026-03-09T04:00:00Z"], 2),
    (&["grep", "line", "--where", "level ge 'WARN' and level le 'WARN'", "--sort", "time"], 2),
];

#[test]
fn the_plan_says_what_is_not_read() {
    let folder = Folder::new();
    let (log, copy) = grouped(&folder);
    for (question, groups) in QUESTIONS {
        let output = run(&[question, &["--explain", text(&copy)]].concat());
        let plan = String::from_utf8(output.stderr).unwrap();
        assert!(plan.contains(&format!("files: {groups} of 8 row groups are read")), "{plan}");
        if question[0] != "ls" {
            assert_eq!(
                said(&[question, &[text(&log)]].concat()),
                String::from_utf8(output.stdout).unwrap()
            );
        }
    }
}

/// Overwrites the messages of the groups with this level.
fn damage(file: &Path, level: i32) {
    let reader = SerializedFileReader::new(fs::File::open(file).unwrap()).unwrap();
    let mut bytes = fs::read(file).unwrap();
    let mut damaged = 0;
    for group in reader.metadata().row_groups() {
        let column = |name: &str| {
            group.columns().iter().find(|column| column.column_path().string() == name).unwrap()
        };
        let Some(Statistics::Int32(levels)) = column("level_number").statistics() else { panic!() };
        if *levels.min_opt().unwrap() == level {
            let (start, length) = column("message").byte_range();
            bytes[start as usize..(start + length) as usize].fill(0);
            damaged += 1;
        }
    }
    assert_eq!(damaged, 2);
    fs::write(file, bytes).unwrap();
}

#[test]
fn damage_in_groups_that_are_not_read_does_not_matter() {
    let folder = Folder::new();
    let (log, copy) = grouped(&folder);
    // INFO, which no question asks for, but for those with a span of time.
    damage(&copy, 3);
    for (question, _) in QUESTIONS.iter().filter(|(question, _)| !question.contains(&"--until")) {
        let output = run(&[question, &[text(&copy)][..]].concat());
        assert_eq!(output.status.code(), Some(0), "{question:?}");
        if question[0] != "ls" {
            assert_eq!(
                said(&[question, &[text(&log)][..]].concat()),
                String::from_utf8(output.stdout).unwrap()
            );
        }
    }
    // All that reads these groups says so.
    for question in [
        &["cat"][..],
        &["grep", "-c", "line", "--level", "INFO"],
        &["grep", "-A1", "line", "--level", "ERROR"],
    ] {
        let output = run(&[question, &[text(&copy)]].concat());
        assert_eq!(output.status.code(), Some(2), "{question:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("long.parquet") && error.contains("damaged"), "{error}");
    }
}

/// Rows around a match, those of malformed lines and counts of what is left out are exact.
#[test]
fn what_is_counted_of_other_rows_stays_exact() {
    let folder = Folder::new();
    let record = |number: usize| match number {
        700 => "{ broken\n".to_owned(),
        _ => {
            let level = if number < 1_000 { "INFO" } else { "ERROR" };
            format!(
                "{{\"level\":\"{level}\",\"pos\":{number},\"out\":\"line {number}\",\
                 \"time\":\"2026-03-09T09:12:13Z\",\"args\":null}}\n"
            )
        }
    };
    let log = folder.file("build.log", (0..2_000).map(record).collect::<String>().as_bytes());
    let copy = converted(&folder, &log, "build.parquet", &["--row-group-size", "500"]);
    let around = ["grep", "-n", "-B2", "line 1000", "--level", "ERROR"];
    assert_eq!(
        said(&[&around[..], &[text(&log)]].concat()),
        said(&[&around[..], &[text(&copy)]].concat())
    );
    let summary = |input: &Path| {
        let out = folder.path("out.csv");
        let output = run(&["convert", text(input), "-o", text(&out), "--level", "ERROR"]);
        let said = String::from_utf8(output.stderr).unwrap();
        said.lines()
            .filter(|line| line.contains("malformed"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(summary(&log).len(), summary(&copy).len());
    let plan = run(&["grep", "-c", "", "--level", "ERROR", "--explain", text(&copy)]).stderr;
    let plan = String::from_utf8(plan).unwrap();
    assert!(plan.contains("files: 3 of 4 row groups are read"), "{plan}");
}
