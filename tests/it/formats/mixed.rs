//! A bundle of every format, generated, against the oracle: zip and tree, at any number of threads.

use std::path::{Path, PathBuf};

use ripsaw::source::ReadOptions;

use super::make;
use super::oracle;
use crate::convert::{Folder, Format, Setup, assert_rows, convert_scan, open, read_back};
use crate::oracle::Entry;

/// Where a file of each format is in the bundle.
const PLACES: [(&str, &str); 23] = [
    ("harness", "acc/acc/pipeline/Ship/7/-m0_QeXv5SgKjH-wd3LtYuB/Build/Compile"),
    (
        "firstgen",
        "HarnessExecutionsLogs/Shop_Release_2020-06-05T20-50-58-752_kS3_-vQmR9uXb2LtYw7_cAQx7d/\
         Shell Script_Execute_Oc8AGrsXR6KimnFPTN97AgXlt2.log",
    ),
    ("apify", "runs/HG7ML7M8z78YcAPEB.log"),
    ("azure", "azure/Job/2_Run tests.txt"),
    ("github", "build/2_Run tests.txt"),
    ("docker", "containers/3f8a-json.log"),
    ("gitlab", "gitlab/shop/unit.log"),
    ("jenkins", "jenkins/nightly-2026-03-09/nightly-20260309.log"),
    ("gh", "runs/failed.log"),
    ("buildkite", "buildkite/build-12.log"),
    ("cri", "pods/default_web-1_0a/app/0.log"),
    ("access", "web/access.log"),
    ("ndjson", "services/worker.ndjson"),
    ("json", "exports/all.json"),
    ("syslog", "var/log/messages"),
    ("klog", "kube/apiserver.log"),
    ("prefixed", "compose/shop.log"),
    ("logfmt", "grafana/loki.log"),
    ("csv", "exports/cloudwatch.csv"),
    ("deepset", "deepset/pages.json"),
    ("stamped", "services/shop.log"),
    ("clock", "services/worker-2026-03-09.log"),
    ("text", "notes/install.log"),
];

/// A tree with files of all formats, two sizes of each.
pub(crate) fn files(seed: u64, small: usize, large: usize) -> Vec<(String, Vec<u8>)> {
    let file = |(format, path): &(&str, &str), size: usize, folder: &str| {
        (format!("{folder}{path}"), make::text(format, seed, size))
    };
    let both = |place| {
        let inner = if small == 0 { None } else { Some(file(place, small, "small/")) };
        inner.into_iter().chain([file(place, large, "")])
    };
    PLACES.iter().flat_map(both).collect()
}

/// The same without files that are several entries, by their steps: once they are rows, those of one step are together.
pub(crate) fn files_of_one_entry(seed: u64, small: usize, large: usize) -> Vec<(String, Vec<u8>)> {
    without(files(seed, small, large), oracle::has_steps)
}

/// Only those.
pub(crate) fn files_of_steps(seed: u64, large: usize) -> Vec<(String, Vec<u8>)> {
    without(files(seed, 0, large), |format| !oracle::has_steps(format))
}

/// The same without those of which the oracle does not know all levels.
pub(crate) fn files_of_known_levels(seed: u64, large: usize) -> Vec<(String, Vec<u8>)> {
    without(files(seed, 0, large), oracle::has_any_level)
}

fn without(mut files: Vec<(String, Vec<u8>)>, is_one: fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let places: Vec<&str> =
        PLACES.iter().filter(|(format, _)| is_one(format)).map(|(_, path)| *path).collect();
    files.retain(|(path, _)| !places.iter().any(|place| path.ends_with(place)));
    files
}

pub(super) fn assert_like_the_oracle(input: &Path, format: Format, setup: Setup) {
    let scan = open(input, None, setup).unwrap();
    let names: Vec<&str> =
        scan.entries().iter().map(|entry| entry.format.unwrap().format().name).collect();
    let expected: Vec<Entry> = crate::oracle::entries_of_formats(input, setup.read.max_line);
    let told: Vec<&str> = expected.iter().map(|entry| entry.format).collect();
    assert_eq!(names, told);
    let converted = convert_scan(&scan, format, setup).unwrap();
    let rows: Vec<_> = expected.iter().flat_map(|entry| entry.rows.clone()).collect();
    let mut read = read_back(&converted.bytes, format);
    let formats = expected.iter().flat_map(|entry| entry.rows.iter().map(|_| entry.format));
    for ((read, row), format) in read.iter_mut().zip(&rows).zip(formats) {
        // Of the words of levels in any text, the oracle knows those that are clear.
        if oracle::has_any_level(format) && row.level_text.is_none() {
            (read.level, read.level_text) = (None, None);
        }
    }
    assert_rows(&read, rows, format);
    for (tally, entry) in converted.tallies.iter().zip(&expected) {
        assert_eq!(tally.origin.name, entry.format, "{}", entry.file);
        assert_eq!(tally.lines, entry.rows.len() as i64, "{}", entry.file);
        assert_eq!(tally.inflated_bytes, entry.bytes as i64, "{}", entry.file);
        let malformed = entry.rows.iter().filter(|row| row.error.is_some()).count();
        assert_eq!(tally.malformed, malformed as i64, "{}", entry.file);
        let times = || entry.rows.iter().filter_map(|row| row.timestamp);
        assert_eq!(tally.first_timestamp, times().min(), "{}", entry.file);
        assert_eq!(tally.last_timestamp, times().max(), "{}", entry.file);
    }
}

/// How many times as many bundles are made as usual.
fn times() -> u64 {
    std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap())
}

pub(super) fn bundles(folder: &Folder, files: &[(String, Vec<u8>)]) -> [PathBuf; 2] {
    [folder.tree("tree", files), folder.zip("bundle.zip", files)]
}

#[test]
fn small_files() {
    let folder = Folder::new();
    for seed in 0..4 * times() {
        let files = files(seed, 0, 60_000);
        for input in bundles(&folder, &files) {
            for threads in [1, 2, 8] {
                let setup = Setup { threads, ..Setup::default() };
                assert_like_the_oracle(&input, Format::ArrowStream, setup);
            }
        }
    }
}

#[test]
fn large_files() {
    let folder = Folder::new();
    for seed in 9..9 + times() {
        let files = files(seed, 3_000, 2_600_000);
        let [tree, zip] = bundles(&folder, &files);
        for (input, threads, format) in [(tree, 1, Format::Ndjson), (zip, 4, Format::ArrowStream)] {
            let setup = Setup { threads, row_group_rows: 5_000, ..Setup::default() };
            assert_like_the_oracle(&input, format, setup);
        }
    }
}

/// The only record with a stamp, or the part that all others continue, stands behind the mark.
#[test]
fn a_byte_order_mark_and_what_continues_over_pieces() {
    let part = format!(
        r#"{{"log":"{}","stream":"stdout","time":"2026-01-14T09:30:20.5Z"}}"#,
        "x".repeat(4000)
    );
    let more: &str = &"at com.acme.Main ".repeat(40);
    let piece: &str = &format!("2026-01-14T09:30:20.500000Z 01O+{more}");
    let firsts = [
        ("firstgen", "INFO   2020-06-05T20:50:58.752+0000   first", more),
        ("github", "2026-01-14T09:30:20.4000000Z ##[error]first", more),
        ("stamped", "2026-01-14 09:30:20,4 [main] ERROR first", more),
        ("apify", "2026-01-14T09:30:20.400Z WARN  first", more),
        ("gitlab", "2026-01-14T09:30:20.400000Z 01O first ", piece),
        ("gh", "build\tRun make\t2026-01-14T09:30:20.4000000Z ##[error]first", more),
        ("buildkite", "\u{1b}_bk;t=1768383020400\u{7}ERROR: first", more),
        ("docker", r#"{"log":"first ","stream":"stdout","time":"2026-01-14T09:30:20.4Z"}"#, &part),
    ];
    for (format, first, more) in firsts {
        let lines = std::iter::once(first).chain(std::iter::repeat_n(more, (3 << 20) / more.len()));
        let text = format!("\u{feff}{}\n", lines.collect::<Vec<_>>().join("\n")).into_bytes();
        let folder = Folder::new();
        let (_, path) = PLACES.iter().find(|place| place.0 == format).unwrap();
        for input in bundles(&folder, &[(path.to_string(), text)]) {
            let setup = Setup { threads: 2, ..Setup::default() };
            assert_like_the_oracle(&input, Format::ArrowStream, setup);
        }
    }
}

#[test]
fn short_lines_only() {
    let folder = Folder::new();
    let files = files(5, 0, 40_000);
    let read = ReadOptions { max_line: 200, ..ReadOptions::default() };
    for input in bundles(&folder, &files) {
        assert_like_the_oracle(&input, Format::Csv, Setup { read, ..Setup::default() });
    }
}
