//! Lines in the order of time, some of them, and as JSON.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use serde_json::Value;

use super::command::{bundles, name, said, told_rows};
use crate::convert::Folder;
use crate::oracle::Row;

const DEPLOY: &str = "fixtures/deploy.zip";

/// The rows of an input in the order of time. A row without a time has that of the row before it in its
/// entry, or of the first after it.
fn in_order(rows: &[Row]) -> Vec<&Row> {
    let mut keyed = Vec::new();
    for entry in rows.chunk_by(|a, b| a.file == b.file) {
        let mut time = entry.iter().find_map(|row| row.timestamp).unwrap_or(i64::MIN);
        for row in entry {
            time = row.timestamp.unwrap_or(time);
            keyed.push((time, row));
        }
    }
    keyed.sort_by_key(|(time, _)| *time);
    keyed.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn context_is_what_all_entries_did_at_the_time() {
    let folder = Folder::new();
    for input in bundles(&folder) {
        let path = input.to_str().unwrap();
        let rows = told_rows(&folder, &input);
        let sorted = in_order(&rows);
        let is_hit = |row: &Row| row.message.as_deref().is_some_and(|text| text.contains("error"));
        for (options, before, after) in
            [(&["-C2"][..], 2, 2), (&["-A", "3"], 0, 3), (&["-B1"], 1, 0)]
        {
            let mut expected = String::new();
            let mut last = None;
            for (at, row) in sorted.iter().enumerate() {
                let near = at.saturating_sub(after)..=(at + before).min(sorted.len() - 1);
                if !near.clone().any(|at| is_hit(sorted[at])) {
                    continue;
                }
                if last.is_some_and(|last| last + 1 != at) {
                    expected.push_str("--\n");
                }
                last = Some(at);
                let mark = if is_hit(row) { ':' } else { '-' };
                let message = row.message.as_deref().unwrap_or_default().replace('\n', "\\n");
                let name = name(row, &input);
                expected.push_str(&format!("{name}{mark}{}{mark}{message}\n", row.line));
            }
            for threads in ["1", "3"] {
                let arguments = ["grep", "error", path, "--sort", "time", "--threads", threads];
                let (code, text) = said(&[&arguments[..], options].concat());
                assert_eq!(code, 0);
                assert!(text == expected, "{options:?} {path}");
            }
        }
    }
}

/// The first or last lines of a text.
fn some(text: &str, head: Option<usize>, tail: Option<usize>) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let start = lines.len().saturating_sub(tail.unwrap_or(usize::MAX));
    let end = head.unwrap_or(usize::MAX).min(lines.len());
    lines[start..end].concat()
}

#[test]
fn heads_and_tails_are_those_of_the_output() {
    let commands: &[&[&str]] = &[
        &["cat", DEPLOY],
        &["cat", DEPLOY, "--sort", "time"],
        &["cat", DEPLOY, "--raw"],
        &["cat", DEPLOY, "--json", "--level", "WARN+"],
        &["cat", DEPLOY, "-n", "--columns", "step,message"],
        &["grep", "retry", DEPLOY],
        &["grep", "-o", "e.", DEPLOY],
        &["grep", "-o", "e.", DEPLOY, "--sort", "time"],
        &["grep", "retry", DEPLOY, "--sort", "time", "--level", "INFO"],
        &["grep", "-v", "e", DEPLOY, "--threads", "1"],
    ];
    for command in commands {
        let all = said(command).1;
        for count in [0, 1, 2, 3, 7, 20, 5000] {
            let number = count.to_string();
            let head = said(&[command, &["--head", &number][..]].concat()).1;
            assert_eq!(head, some(&all, Some(count), None), "{command:?} --head {count}");
            let tail = said(&[command, &["--tail", &number][..]].concat()).1;
            assert_eq!(tail, some(&all, None, Some(count)), "{command:?} --tail {count}");
        }
    }
    // Marks of gaps and headings are not counted.
    let grep =
        |options: &[&str]| said(&[&["grep", "answered", DEPLOY, "-IN", "-C1"], options].concat()).1;
    let all = grep(&[]);
    let gap = all.find("--\n").unwrap();
    assert_eq!(grep(&["--head", "3"]), all[..gap]);
    let rest = &all[gap + 3..];
    assert_eq!(grep(&["--tail", &rest.lines().count().to_string()]), rest);
    assert!(grep(&["--tail", &(rest.lines().count() + 1).to_string()]).contains("\n--\n"));
    let tail = said(&["cat", DEPLOY, "--heading", "--tail", "2", "--columns", "message"]).1;
    let lines: Vec<&str> = tail.lines().collect();
    assert!(lines.len() == 3 && lines[0].ends_with("Rollback_Helm-commandUnit:Rollback"), "{tail}");
}

/// `--head` ends an input that never does.
#[test]
fn heads_are_not_waited_for() {
    let mut command = crate::program::ripsaw();
    let arguments = ["cat", "-", "--head", "2", "--columns", "message"];
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        let mut number = 0_u64;
        while writeln!(stdin, "line {number}").is_ok() {
            number += 1;
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"line 0\nline 1\n"[..]));
    // What a thread still reads when the run is over is dropped without a word.
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn json_lines_are_those_of_a_conversion() {
    let convert = |more: &[&str]| {
        said(&[&["convert", "-q", DEPLOY, "-o", "-", "--to", "ndjson"], more].concat()).1
    };
    let cat = |more: &[&str]| said(&[&["cat", DEPLOY, "--json"], more].concat()).1;
    assert_eq!(cat(&[]), convert(&[]));
    let columns = ["--columns", "step,timestamp,message", "--level", "WARN+"];
    assert_eq!(cat(&columns), convert(&columns));
    let sorted = cat(&["--sort", "time"]);
    let mut expected: Vec<String> = convert(&[]).lines().map(str::to_owned).collect();
    let time = |line: &String| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
    };
    expected.sort_by_key(time);
    assert_eq!(sorted.lines().collect::<Vec<_>>(), expected);
    // As documented: options of text change nothing.
    assert_eq!(cat(&["-n", "-M", "5", "--heading"]), convert(&[]));
}

#[test]
fn numbers_are_those_of_the_log() {
    let lint = ["cat", DEPLOY, "--step", "Lint", "--tail", "2"];
    let cat = |more: &[&str]| said(&[&lint[..], more].concat()).1;
    assert_eq!(
        cat(&["-n", "--columns", "message"]),
        "39\tsrc/session/38.ts: ok\n40\tsrc/basket/39.ts: ok\n"
    );
    let numbered = cat(&["-n"]);
    let plain = cat(&[]);
    let cut: Vec<&str> = numbered.lines().map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(cut, plain.lines().collect::<Vec<_>>());
    assert!(cat(&["-n", "--raw"]).starts_with("39\t{\""));
    assert_eq!(cat(&["-n", "-N"]), plain);
}

#[test]
fn lines_around_a_time() {
    let rows = crate::oracle::rows(Path::new(DEPLOY), 64 << 20);
    let nanos = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64;
    let between = |first: &str, last: &str| {
        let times = rows.iter().filter_map(|row| row.timestamp);
        times.filter(|time| (nanos(first)..=nanos(last)).contains(time)).count()
    };
    let cat = |options: &[&str]| {
        let (code, text) = said(&[&["cat", DEPLOY, "--tz", "UTC"], options].concat());
        assert_eq!(code, 0);
        text.lines().count()
    };
    let near = between("2026-03-09T09:19:35.904Z", "2026-03-09T09:20:35.904Z");
    assert!(near > 10);
    for time in ["2026-03-09T09:20:05.904Z", "09:20:05.904", "2026-03-09 10:20:05.904 +01:00"] {
        assert_eq!(cat(&["--around", time]), near, "{time}");
        assert_eq!(cat(&["--around", time, "--window", "30s"]), near, "{time}");
        assert_eq!(cat(&["--around", time, "--window=30000ms", "--sort", "time"]), near, "{time}");
        assert_eq!(cat(&["--around", time, "--window", "0s"]), 1, "{time}");
    }
    // Both ends are included.
    let first = between("2026-03-09T09:20:05.904Z", "2026-03-09T09:20:19.306Z");
    assert!(first > 1);
    let middle = "2026-03-09T09:20:12.605Z";
    assert_eq!(cat(&["--around", middle, "--window", "6701ms"]), first);
    let (left, right) = ("2026-03-09T09:20:05.9040001Z", "2026-03-09T09:20:19.3059999Z");
    assert_eq!(cat(&["--around", middle, "--window", "6700ms 900us"]), between(left, right));
    assert_eq!(cat(&["--around", "09:20", "--window", "1h30m"]), rows.len());
    // In the other commands.
    let near = near.to_string();
    let all = ["--around", "2026-03-09T09:20:05.904Z"];
    let (_, ls) = said(&[&["ls", DEPLOY, "--json"], &all[..]].concat());
    let lines = ls.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: i64 = lines.map(|entry| entry["lines"].as_i64().unwrap()).sum();
    assert_eq!(lines.to_string(), near);
    let arguments = ["convert", "-q", DEPLOY, "-o", "-", "--to", "ndjson"];
    let (_, rows) = said(&[&arguments[..], &all[..]].concat());
    assert_eq!(rows.lines().count().to_string(), near);
    let (_, counts) = said(&[&["grep", "", DEPLOY, "-cI"], &all[..]].concat());
    let count: usize = counts.lines().map(|line| line.parse::<usize>().unwrap()).sum();
    assert_eq!(count.to_string(), near);
}

/// However long it is: it is more than what is sorted in memory.
#[test]
fn a_banner_belongs_to_the_first_time_of_its_entry() {
    let folder = Folder::new();
    let timed = |time: &str, text: &str| format!("{{\"out\":\"{text}\",\"time\":\"{time}\"}}\n");
    let banner: String =
        (0..420_000).map(|n| format!("{{\"out\":\"{n} {}\"}}\n", "=".repeat(90))).collect();
    let never: String =
        (0..420_000).map(|n| format!("{{\"out\":\"{n} {}\"}}\n", "-".repeat(90))).collect();
    let entries = [
        ("a".to_owned(), timed("2026-03-09T10:00:00Z", "first").into_bytes()),
        ("b".to_owned(), (banner + &timed("2026-03-09T11:00:00Z", "third")).into_bytes()),
        ("c".to_owned(), timed("2026-03-09T12:00:00Z", "fourth").into_bytes()),
        // Without any time it is before all others.
        ("d".to_owned(), never.into_bytes()),
    ];
    let path = folder.zip("banner.zip", &entries);
    let arguments = ["cat", path.to_str().unwrap(), "--sort", "time", "--columns", "message"];
    let (code, text) = said(&arguments);
    assert_eq!(code, 0);
    let lines: Vec<&str> = text.lines().collect();
    let numbered =
        |mark: &'static str| (0..420_000).map(move |n| format!("{n} {}", mark.repeat(90)));
    let mut expected: Vec<String> = numbered("-").collect();
    expected.push("first".into());
    expected.extend(numbered("="));
    expected.extend(["third".into(), "fourth".into()]);
    assert_eq!(lines.len(), expected.len());
    let differs = lines.iter().zip(&expected).position(|(line, right)| line != right);
    assert_eq!(differs, None);
}

#[test]
fn each_day_has_a_heading() {
    let folder = Folder::new();
    let log = |name: &str, lines: &[&str]| {
        folder.file(&format!("logs/{name}"), lines.join("\n").as_bytes())
    };
    log(
        "a.log",
        &["2026-03-09T23:59:59Z INFO last", "2026-03-10T00:00:01Z WARN first", "  and more"],
    );
    log("b.log", &["2026-03-10T00:00:00Z INFO midnight", "2026-03-12T08:00:00.5Z ERROR late"]);
    log("none.txt", &["text without any time"]);
    let logs = folder.path("logs");
    let shown = said(&["grep", "-p", "", logs.to_str().unwrap(), "--sort", "time"]).1;
    let expected = "\
no time
                   none.txt  text without any time

2026-03-09 UTC
23:59:59     INFO  a.log     INFO last

2026-03-10 UTC
00:00:00     INFO  b.log     INFO midnight
00:00:01     WARN  a.log     WARN first
00:00:01     WARN  a.log       and more

2026-03-12 UTC
08:00:00.500 ERROR b.log     ERROR late
";
    assert_eq!(shown, expected);
    // A gap within a day has its mark, one between days the heading.
    let context =
        said(&["grep", "-p", "-A1", "last|late", logs.to_str().unwrap(), "--sort", "time"]).1;
    let expected = "\
2026-03-09 UTC
23:59:59:     INFO  a.log     INFO last

2026-03-10 UTC
00:00:00-     INFO  b.log     INFO midnight

2026-03-12 UTC
08:00:00.500: ERROR b.log     ERROR late
";
    assert_eq!(context, expected);
}

#[test]
fn a_window_without_lines_says_what_there_is() {
    let output =
        super::command::run(&["cat", DEPLOY, "--around", "2026-03-09T08:00Z", "--window", "1m"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("--around: no line matches; the bundle covers 2026-03-09T09:12:00.092Z to"),
        "{said}"
    );
    let window = "the filter selects lines from 2026-03-09T07:59:00Z to 2026-03-09T08:01:00Z";
    assert!(said.contains(window), "{said}");
}
