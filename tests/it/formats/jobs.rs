//! Archives that hold every job's log whole and by steps: each line is a row exactly once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastrand::Rng;
use ripsaw::error::Error;
use ripsaw::source::{Catalog, ReadOptions};

use crate::convert::{Folder, Format, Setup, convert_scan, open, read_back};
use crate::oracle::Row;

/// Microseconds since the beginning of the day.
fn stamp(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("2026-03-09T{hour:02}:{minute:02}:{second:02}.{fraction:06}0Z")
}

/// A message of a job: its text may have several lines, of which the first has the stamp.
struct Message {
    micros: i64,
    text: String,
    /// `None`: of the job alone.
    step: Option<usize>,
    /// Whether the whole log has it.
    in_whole: bool,
}

/// A job that ran in steps.
struct Job {
    name: String,
    steps: Vec<String>,
    messages: Vec<Message>,
    /// Microseconds that the clock may be set back by.
    set_back: i64,
}

impl Job {
    fn new(rng: &mut Rng, name: &str, mut micros: i64, size: usize, set_back: i64) -> Self {
        let steps = (1..=rng.usize(1..6)).map(|step| format!("Run step {step}")).collect();
        let mut job = Self { name: name.into(), steps, messages: Vec::new(), set_back };
        for step in 0..job.steps.len() {
            for _ in 0..rng.usize(0..3) {
                job.say(rng, &mut micros, None);
            }
            for _ in 0..rng.usize(1..size) {
                job.say(rng, &mut micros, Some(step));
            }
        }
        job.say(rng, &mut micros, None);
        job
    }

    fn say(&mut self, rng: &mut Rng, micros: &mut i64, step: Option<usize>) {
        // Some lines at once, some in bursts, some after a while.
        *micros += match rng.u8(..10) {
            0..6 => rng.i64(0..3),
            6..9 => rng.i64(0..5_000),
            _ => rng.i64(-self.set_back..3_000_000).max(-*micros),
        };
        // A step that reports on the job is not in the whole log.
        let in_whole = step.is_none() || rng.u8(..50) > 0;
        let text = match rng.u8(..12) {
            // Who has a line alone shows in its text, where times and order may not tell.
            _ if step.is_none() || !in_whole => format!("alone {}", self.messages.len()),
            0 => String::new(),
            1 => "##[error]retrying ...".into(),
            2 => "}".into(),
            3 => format!("first {}\n    second\n}}", rng.u8(..)),
            4 => format!("\u{1b}[36;1m{}\u{1b}[0m", rng.u16(..)),
            _ => format!("{} of {}: {}", rng.u8(..), self.name, "text ".repeat(rng.usize(0..20))),
        };
        self.messages.push(Message { micros: *micros, text, step, in_whole });
    }

    /// The whole log; its stamps differ by up to `jitter` microseconds from those of the steps.
    fn whole(&self, rng: &mut Rng, jitter: i64) -> Vec<u8> {
        let mut text = String::new();
        for message in self.messages.iter().filter(|message| message.in_whole) {
            let micros = message.micros + if jitter > 0 { rng.i64(0..jitter) } else { 0 };
            let _ = writeln!(text, "{} {}", stamp(micros), message.text);
        }
        text.into_bytes()
    }

    fn step(&self, step: usize, newline: &str) -> Vec<u8> {
        let mut text = String::from("\u{feff}");
        for message in self.messages.iter().filter(|message| message.step == Some(step)) {
            let _ = writeln!(text, "{} {}", stamp(message.micros), message.text);
        }
        text.replace('\n', newline).into_bytes()
    }

    /// The rows there must be, given the steps that have a file.
    fn expect(&self, stage: &str, has_file: &[bool], has_whole: bool, rows: &mut Rows) {
        for message in &self.messages {
            let step = message.step.filter(|&step| has_file[step]);
            if step.is_none() && !(message.in_whole && has_whole) {
                continue;
            }
            let step = step.map(|step| self.steps[step].clone());
            for line in message.text.split('\n') {
                let line = line.replace("\u{1b}[36;1m", "").replace("\u{1b}[0m", "");
                let line = line.strip_prefix("##[error]").unwrap_or(&line).to_owned();
                *rows.entry((stage.to_owned(), step.clone(), line)).or_default() += 1;
            }
        }
    }
}

/// How often there is a row of this stage, step and message.
type Rows = BTreeMap<(String, Option<String>, String), usize>;

fn read(input: &Path, threads: usize) -> (Vec<Row>, Arc<Catalog>) {
    let setup = Setup { threads, ..Setup::default() };
    let scan = open(input, None, setup).unwrap();
    let converted = convert_scan(&scan, Format::ArrowStream, setup).unwrap();
    (read_back(&converted.bytes, Format::ArrowStream), Arc::clone(scan.catalog()))
}

fn count(rows: &[Row]) -> Rows {
    let mut counted = Rows::new();
    for row in rows {
        assert_eq!(row.error, None, "{row:?}");
        let stage = row.identity.stage.clone().unwrap();
        let message = row.message.clone().unwrap();
        *counted.entry((stage, row.identity.step.clone(), message)).or_default() += 1;
    }
    counted
}

fn assert_rows(input: &Path, expected: &Rows, note: &str) {
    for threads in [1, 3] {
        let (rows, catalog) = read(input, threads);
        let counted = count(&rows);
        let more = counted.iter().filter(|(row, times)| expected.get(row) != Some(times));
        let less = expected.iter().filter(|(row, times)| counted.get(row) != Some(times));
        let (more, less): (Vec<_>, Vec<_>) = (more.take(5).collect(), less.take(5).collect());
        assert!(counted == *expected, "{note}: there are {more:?}\nnot {less:?}");
        let warnings: Vec<String> = catalog.warnings.iter().map(Error::to_string).collect();
        assert!(warnings.is_empty(), "{note}: {warnings:?}");
    }
}

/// Where clocks are set back, or times are not the same and steps are missing, short lines that repeat
/// may come twice; that is said.
fn assert_none_lost(input: &Path, expected: &Rows, note: &str) {
    let (rows, catalog) = read(input, 2);
    let counted = count(&rows);
    let times = |row| counted.get(row).copied().unwrap_or(0);
    let lost: Vec<_> = expected.iter().filter(|(row, wanted)| times(row) < **wanted).collect();
    assert!(lost.is_empty(), "{note}: {lost:?}");
    let extra = rows.len() - expected.values().sum::<usize>();
    assert!(extra * 50 <= rows.len(), "{note}: {extra} of {} rows come twice", rows.len());
    assert!(extra == 0 || !catalog.warnings.is_empty(), "{note}: {extra} rows come twice");
}

fn inputs(folder: &Folder, name: &str, files: &[(String, Vec<u8>)]) -> [PathBuf; 2] {
    [folder.tree(name, files), folder.zip(&format!("{name}.zip"), files)]
}

/// What an archive looks like.
struct Case {
    /// The folder that it was unpacked to.
    below: &'static str,
    jitter: i64,
    set_back: i64,
    newline: &'static str,
    /// Percent of the steps whose files are missing.
    missing: u32,
    /// How a name of a job is changed in the name of its folder.
    folder_of: fn(&str) -> String,
}

fn check(case: &Case, seed: u64, size: usize) {
    let rng = &mut Rng::with_seed(seed);
    let folder = Folder::new();
    let (mut files, mut expected) = (Vec::new(), Rows::new());
    let names = ["build (ubuntu-24.04, 22)", "build (windows-2025, 22)", "lint", "Deploy to stage"];
    for (number, name) in names.into_iter().enumerate() {
        // Jobs run side by side.
        let start = rng.i64(0..2_000_000);
        let job = Job::new(rng, name, start, size, case.set_back);
        let has_file: Vec<bool> =
            job.steps.iter().map(|_| rng.u32(..100) >= case.missing).collect();
        let place = (case.folder_of)(name);
        let below = case.below;
        files.push((format!("{below}{number}_{name}.txt"), job.whole(rng, case.jitter)));
        for (step, title) in job.steps.iter().enumerate().filter(|(step, _)| has_file[*step]) {
            let path = format!("{below}{place}/{}_{title}.txt", step + 1);
            files.push((path, job.step(step, case.newline)));
        }
        let system = format!("{} Requested labels: x\n", stamp(0));
        files.push((format!("{below}{place}/system.txt"), system.into_bytes()));
        job.expect(&place, &has_file, true, &mut expected);
        *expected.entry((place, None, "Requested labels: x".into())).or_default() += 1;
    }
    for input in inputs(&folder, "run", &files) {
        let note = format!("seed {seed}");
        match case.set_back == 0 && (case.jitter == 0 || case.missing == 0) {
            true => assert_rows(&input, &expected, &note),
            false => assert_none_lost(&input, &expected, &note),
        }
    }
}

const PLAIN: Case = Case {
    below: "",
    jitter: 0,
    set_back: 0,
    newline: "\n",
    missing: 0,
    folder_of: |name| name.into(),
};

#[test]
fn every_line_once_with_its_step() {
    (0..20).for_each(|seed| check(&PLAIN, seed, 60));
}

#[test]
fn stamps_that_differ_in_their_last_digits() {
    let case = Case { jitter: 30, ..PLAIN };
    (0..20).for_each(|seed| check(&case, seed, 60));
    let case = Case { jitter: 3_000, ..PLAIN };
    (20..40).for_each(|seed| check(&case, seed, 60));
}

#[test]
fn missing_steps_and_other_line_ends() {
    let case = Case { missing: 40, jitter: 20, newline: "\r\n", ..PLAIN };
    (0..30).for_each(|seed| check(&case, seed, 60));
    let case = Case { missing: 40, ..PLAIN };
    (30..50).for_each(|seed| check(&case, seed, 60));
    let case = Case { missing: 100, ..PLAIN };
    (0..5).for_each(|seed| check(&case, seed, 60));
}

#[test]
fn archives_below_folders_and_folders_of_other_names() {
    let case = Case { below: "logs_31415/", missing: 20, ..PLAIN };
    (0..5).for_each(|seed| check(&case, seed, 60));
    let case = Case { below: "down/load/", missing: 20, ..PLAIN };
    (0..5).for_each(|seed| check(&case, seed, 60));
    let replaced = |name: &str| name.replace(['(', ')', ','], "_").to_uppercase();
    let case = Case { folder_of: replaced, missing: 20, ..PLAIN };
    (0..5).for_each(|seed| check(&case, seed, 60));
}

#[test]
fn clocks_that_are_set_back() {
    let case = Case { missing: 20, jitter: 20, set_back: 200_000, ..PLAIN };
    (0..40).for_each(|seed| check(&case, seed, 80));
}

/// The folder's name tells nothing: the text of the first lines does.
#[test]
fn folders_are_found_by_their_text() {
    let case = Case {
        folder_of: |name| format!("job {}", name.bytes().map(u32::from).sum::<u32>()),
        jitter: 20,
        ..PLAIN
    };
    (0..10).for_each(|seed| check(&case, seed, 60));
}

/// More lines than wait for their twins, and entries of several megabytes, which come in pieces.
#[test]
fn long_logs() {
    check(&Case { missing: 30, ..PLAIN }, 1, 25_000);
    check(&Case { jitter: 20, ..PLAIN }, 2, 8_000);
}

fn file(path: &str, lines: &[(i64, &str)]) -> (String, Vec<u8>) {
    let mut text = String::new();
    for (micros, line) in lines {
        let _ = writeln!(text, "{} {line}", stamp(*micros));
    }
    (path.into(), text.into_bytes())
}

/// Messages with their places, sorted.
fn rows_of(files: &[(String, Vec<u8>)]) -> Vec<(String, String, String)> {
    let folder = Folder::new();
    let [tree, zip] = inputs(&folder, "run", files).map(|input| {
        let (rows, _) = read(&input, 2);
        let row = |row: &Row| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            (text(&row.identity.stage), text(&row.identity.step), text(&row.message))
        };
        let mut rows: Vec<_> = rows.iter().map(row).collect();
        rows.sort();
        rows
    });
    assert_eq!(tree, zip);
    tree
}

fn place(stage: &str, step: &str, message: &str) -> (String, String, String) {
    (stage.into(), step.into(), message.into())
}

/// Files of two runs in one folder: what is of another run is not the same line.
#[test]
fn runs_that_were_unpacked_into_one_folder() {
    let hour = 3_600_000_000;
    let files = [
        file("0_build.txt", &[(5 * hour, "make"), (5 * hour + 9, "done")]),
        file("3_build.txt", &[(9, "make"), (12, "done")]),
        file("build/1_Run make.txt", &[(5 * hour, "make"), (5 * hour + 9, "done")]),
        file("build/2_Run test.txt", &[(2 * hour, "make"), (2 * hour, "test")]),
    ];
    let expected = [
        place("build", "", "done"),
        place("build", "", "make"),
        place("build", "Run make", "done"),
        place("build", "Run make", "make"),
        place("build", "Run test", "make"),
        place("build", "Run test", "test"),
    ];
    assert_eq!(rows_of(&files), expected);
}

/// Two jobs of one name, side by side; a step of the first has no file.
#[test]
fn jobs_of_one_name() {
    let files = [
        file("0_build.txt", &[(10, "set up"), (500_000, "make"), (900_000, "one")]),
        file("1_build.txt", &[(12, "set up"), (600_000, "make"), (900_001, "two")]),
        file("build/1_Set up job.txt", &[(10, "set up")]),
        file("build/1_Set up job (2).txt", &[(12, "set up")]),
        file("build/2_Run make.txt", &[(600_000, "make"), (900_001, "two")]),
    ];
    let expected = [
        place("build", "", "make"),
        place("build", "", "one"),
        place("build", "Run make", "make"),
        place("build", "Run make", "two"),
        place("build", "Set up job", "set up"),
        place("build", "Set up job (2)", "set up"),
    ];
    assert_eq!(rows_of(&files), expected);
}

/// A line that a step's file has once more than the whole log, and the reverse.
#[test]
fn lines_that_repeat() {
    let dot = |micros| (micros, ".");
    let files = [
        file("0_build.txt", &[dot(0), dot(1), dot(2), dot(900_000)]),
        file("build/1_Run dots.txt", &[dot(1), dot(2), dot(400_000)]),
    ];
    let row = |step| place("build", step, ".");
    let expected = ["", "", "Run dots", "Run dots", "Run dots"].map(row);
    assert_eq!(rows_of(&files), expected);
}

/// A line of a step alone is not the like one before: what is around them tells.
#[test]
fn twins_do_not_cross() {
    let files = [
        file("0_build.txt", &[(0, "}"), (20, "open"), (40, "close")]),
        file("build/1_Run make.txt", &[(20, "open"), (30, "}"), (40, "close")]),
    ];
    let expected = [
        place("build", "", "}"),
        place("build", "Run make", "close"),
        place("build", "Run make", "open"),
        place("build", "Run make", "}"),
    ];
    assert_eq!(rows_of(&files), expected);
}

/// What may be the same line is kept, and said.
#[test]
fn lines_in_doubt_are_kept() {
    let files = [
        file("0_build.txt", &[(0, "make"), (5_000_000, "done")]),
        file("build/1_Run make.txt", &[(0, "make"), (5_700_000, "done")]),
    ];
    assert_eq!(rows_of(&files).len(), 3);
    let folder = Folder::new();
    let (_, catalog) = read(&folder.tree("run", &files), 1);
    let warning = catalog.warnings[0].to_string();
    assert!(warning.contains("0_build.txt"), "{warning}");
}

/// One job's folder given by itself; an archive without steps below a folder.
#[test]
fn parts_of_archives() {
    let files = [
        file("1_Set up job.txt", &[(0, "set up")]),
        file("2_Run make.txt", &[(5, "make")]),
        file("system.txt", &[(7, "waiting")]),
    ];
    let steps = ["", "Run make", "Set up job"];
    assert_eq!(rows_of(&files).iter().map(|row| &*row.1).collect::<Vec<_>>(), steps);
    assert!(rows_of(&files).iter().all(|row| row.0 == "run"));
    for below in ["logs_1/", "logs/"] {
        let files = [
            file(&format!("{below}0_lint.txt"), &[(0, "lint")]),
            file(&format!("{below}1_test.txt"), &[(5, "test")]),
        ];
        assert_eq!(rows_of(&files), [place("lint", "", "lint"), place("test", "", "test")]);
    }
}

/// Of Azure's archive, whole logs alone below a folder: sections begin within others.
#[test]
fn whole_logs_of_azure_below_a_folder() {
    let starts = |name: &str| format!("##[section]Starting: {name}");
    let (one, two, first) = (starts("Job"), starts("Other"), starts("Initialize job"));
    let files = [
        file("run/1_Job.txt", &[(0, &one), (1, &first), (2, "agent")]),
        file("run/2_Other.txt", &[(0, &two), (1, &first)]),
    ];
    let rows = rows_of(&files);
    assert!(rows.iter().all(|row| ["Job", "Other"].contains(&&*row.0)));
    let steps: Vec<&str> = rows.iter().map(|row| &*row.1).collect();
    assert_eq!(steps, ["", "Initialize job", "Initialize job", "", "Initialize job"]);
}

/// A file by itself, and files that were compressed one by one.
#[test]
fn names_of_single_and_compressed_files() {
    let folder = Folder::new();
    let (_, text) = file("", &[(0, "##[group]set up")]);
    let path = folder.file("run/build/1_Set up job.txt", &text);
    let (rows, _) = read(&path, 1);
    assert_eq!(rows[0].identity.stage.as_deref(), Some("build"));
    assert_eq!(rows[0].identity.step.as_deref(), Some("Set up job"));
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    };
    let files = [
        ("0_build.txt.gz".to_owned(), gzip(&file("", &[(0, "make"), (5, "done")]).1)),
        ("build/1_Run make.txt.gz".to_owned(), gzip(&file("", &[(0, "make")]).1)),
    ];
    let expected = [place("build", "", "done"), place("build", "Run make", "make")];
    assert_eq!(rows_of(&files), expected);
}

/// Whole logs without a line of their own are not read again.
/// Stage and step of the one log of an INPUT, as the command names them in some folder.
fn names_in(cwd: &Path, input: &str) -> (String, String) {
    let mut command = crate::program::ripsaw();
    command.args(["cat", "--columns", "stage,step", input]).current_dir(cwd);
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let (stage, step) = out.lines().next().unwrap_or_default().split_once('\t').unwrap_or_default();
    (stage.to_owned(), step.to_owned())
}

#[test]
fn files_of_a_run_by_themselves() {
    let folder = Folder::new();
    let log = b"2026-03-09T09:12:01.0000000Z ##[error]boom\n";
    let beside = ["run/0_build.txt", "run/build/2_R.txt", "run/build/2_R.txt.gz"];
    let steps = [
        "run2/build/system.txt",
        "run2/build/2_R.txt",
        "run3/b/1_Set up job.txt",
        "run3/b/2_R.txt",
    ];
    let unknown = ["files/2_R.txt", "files/3_T.txt", "files/4_below/5_R.txt"];
    for path in beside.iter().chain(&steps).chain(&unknown) {
        folder.file(path, log);
    }
    let root = folder.path("");
    let absolute = folder.path("run/build/2_R.txt").to_str().unwrap().to_owned();
    let cases = [
        ("", "run/0_build.txt", "build", ""),
        ("", "run/build/2_R.txt", "build", "R"),
        ("", "run/build/2_R.txt.gz", "build", "R"),
        ("", &*absolute, "build", "R"),
        ("run", "build/2_R.txt", "build", "R"),
        ("run", "./build/../build/2_R.txt", "build", "R"),
        ("run/build", "2_R.txt", "build", "R"),
        ("run/build", "./2_R.txt", "build", "R"),
        ("run/build", "../build/2_R.txt", "build", "R"),
        ("run2", "build/2_R.txt", "build", "R"),
        ("run2/build", "system.txt", "build", ""),
        ("run2/build", "./system.txt", "build", ""),
        ("run2/build", ".", "build", "R"),
        ("run3/b", "1_Set up job.txt", "b", "Set up job"),
        ("run3/b", "2_R.txt", "b", "R"),
        ("files", "2_R.txt", "R", ""),
        ("", "files/4_below/5_R.txt", "R", ""),
    ];
    for (cwd, input, stage, step) in cases {
        let names = names_in(&root.join(cwd), input);
        assert_eq!(names, (stage.to_owned(), step.to_owned()), "{input} in {cwd:?}");
    }
}

#[test]
fn archives_of_one_folder() {
    let folder = Folder::new();
    let log = b"2026-03-09T09:12:01.0000000Z ##[error]boom\n".to_vec();
    let root = folder.path("");
    folder.zip("one.zip", &[("build/2_R.txt".to_owned(), log.clone())]);
    assert_eq!(names_in(&root, "one.zip"), ("build".into(), "R".into()));
    folder.zip("build.zip", &[("1_Set up job.txt".to_owned(), log.clone())]);
    assert_eq!(names_in(&root, "build.zip"), ("build".into(), "Set up job".into()));
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(log.len() as u64);
    header.set_cksum();
    tar.append_data(&mut header, "1_Set up job.txt", &log[..]).unwrap();
    folder.file("test.tar", &tar.into_inner().unwrap());
    assert_eq!(names_in(&root, "test.tar"), ("test".into(), "Set up job".into()));
}

#[test]
fn a_whole_log_that_says_no_more() {
    let folder = Folder::new();
    let files = [
        file("0_build.txt", &[(0, "make"), (9, "done")]),
        file("build/1_Run make.txt", &[(0, "make"), (9, "done")]),
    ];
    let (rows, catalog) = read(&folder.tree("run", &files), 1);
    assert_eq!(rows.len(), 2);
    let ignored: Vec<_> =
        catalog.ignored.iter().map(|ignored| (&*ignored.path, &*ignored.reason)).collect();
    assert_eq!(ignored, [("0_build.txt", "all 2 lines are also in the files of its steps")]);
}

/// Lines that are not UTF-8, longer than the limit, or cut off are compared like others.
#[test]
fn lines_that_give_error_rows() {
    let line = |micros, text: &[u8]| [stamp(micros).as_bytes(), b" ", text].concat();
    let long = vec![b'x'; 300_000];
    let lines = [line(0, b"first"), line(3, b"caf\xe9"), line(5, &long), line(9, b"last")];
    let whole = lines.join(&b"\n"[..]);
    let step = lines[..3].join(&b"\r\n"[..]);
    let folder = Folder::new();
    let files = [("0_build.txt".into(), whole), ("build/1_Run make.txt".into(), step)];
    let options = ReadOptions { max_line: 1000, ..ReadOptions::default() };
    for input in inputs(&folder, "run", &files) {
        let setup = Setup { read: options, ..Setup::default() };
        let scan = open(&input, None, setup).unwrap();
        let converted = convert_scan(&scan, Format::ArrowStream, setup).unwrap();
        let rows = read_back(&converted.bytes, Format::ArrowStream);
        let rows: Vec<_> =
            rows.iter().map(|row| (row.file.as_str(), row.line, row.error.is_some())).collect();
        let step = "build/1_Run make.txt";
        let errors = [(step, 2, true), (step, 3, true)];
        assert_eq!(rows, [&[("0_build.txt", 4, false), (step, 1, false)], &errors[..]].concat());
    }
}
