//! Which files are taken for stamped text, and what is a level in them.

use std::path::Path;

use ripsaw::scan::Scan;

use crate::convert::{Folder, Format, Setup, convert_scan, open, read_back};
use crate::oracle::Row;

fn detected(input: &Path) -> Scan {
    open(input, None, Setup::default()).unwrap()
}

fn format_of(name: &str, text: &str) -> &'static str {
    let folder = Folder::new();
    let scan = detected(&folder.file(name, text.as_bytes()));
    scan.entries()[0].format.unwrap().format().name
}

#[test]
fn look_alikes() {
    const STAMP: &str = "2026-03-09T09:12:00.123Z";
    let padded_spring = format!("{STAMP}  INFO 1 --- [main] a.B : up {{\"a\":1}}\n");
    let cases = [
        ("a.log", format!("{STAMP} started\n"), "stamped"),
        ("a.log", padded_spring, "stamped"),
        ("a.log", format!("{STAMP} ERROR 1 --- [main] a.B : down {{\"a\":1}}\n"), "stamped"),
        ("a.log", format!("{STAMP} [ERROR] agent: down\n"), "stamped"),
        ("a.log", format!("{STAMP} INFO up\n"), "stamped"),
        ("a.log", format!("{STAMP} \u{1b}[31mERROR\u{1b}[0m boom\n"), "stamped"),
        ("a.log", format!("{STAMP} \u{1b}[32m INFO\u{1b}[0m up\n"), "stamped"),
        // What Apify alone writes, and its ids.
        ("a.log", format!("{STAMP} ACTOR: Pulling\n"), "apify"),
        ("a.log", format!("{STAMP} INFO  up {{\"a\":1}}\n"), "apify"),
        ("a.log", format!("{STAMP} \u{1b}[32mINFO\u{1b}[39m  up\n"), "apify"),
        ("a.log", format!("{STAMP} {{\"level\":\"INFO\",\"msg\":\"up\"}}\n"), "apify"),
        ("run-6sOStSkN5Nfea7vRE.log", format!("{STAMP} started\n"), "apify"),
        ("6sOStSkN5Nfea7vRE/run.log", format!("{STAMP} started\n"), "apify"),
        // Other formats with times.
        ("a.log", "2026-03-09T09:12:00.1234567Z started\n".into(), "stamped"),
        ("a.log", "2026-03-09T09:12:00.123456Z started\n".into(), "stamped"),
        ("a.log", "2026-03-09 09:12:00 started\n".into(), "stamped"),
        ("a.log", "INFO   2020-06-05T20:50:58.752+0000   started\n".into(), "firstgen"),
        // Times that are none, or not at the beginning.
        ("a.log", "2026-13-09 09:12:00 started\n".into(), "text"),
        ("a.log", "2026-03-09 09:12 started\n".into(), "text"),
        ("a.log", "2026-03-09 09:12:00started\n".into(), "text"),
        ("a.log", "at 2026-03-09 09:12:00\n".into(), "text"),
        // One time is not a file of them; a stack trace may be long.
        ("a.log", format!("{STAMP} started\n{}", "make\n".repeat(20)), "text"),
        ("a.log", format!("{STAMP} failed\n{}", "\tat a.B\n".repeat(9)), "stamped"),
        ("a.log", format!("make\n{STAMP} a\n{STAMP} b\n"), "stamped"),
        // Objects and times in one file: what there is more of.
        ("a.log", format!("{STAMP} a\n{}", "{\"msg\":\"b\"}\n".repeat(3)), "ndjson"),
        ("a.log", format!("{}{{\"msg\":\"b\"}}\n", format!("{STAMP} a\n").repeat(3)), "stamped"),
        ("a.log", "x\n{\"msg\":\"b\"}\n".into(), "text"),
        ("a.log", "x\n{\"a\":1}\n{\"a\":2}\n".into(), "text"),
        ("a.log", format!("{}{}", "{\"lvl\":1}\n".repeat(2), "x\n".repeat(18)), "ndjson"),
        ("a.log", format!("x\n{}{}", "{\"lvl\":1}\n".repeat(2), "x\n".repeat(18)), "text"),
        ("a.log", format!("x\n{}", "{\"out\":\"a\",\"pos\":1}\n".repeat(3)), "harness"),
        (
            "a.log",
            format!("e\":1}}\n{}", "{\"log\":\"a\",\"stream\":\"b\",\"time\":\"c\"}\n".repeat(3)),
            "docker",
        ),
    ];
    for (name, text, format) in cases {
        assert_eq!(format_of(name, &text), format, "{name}: {text:.80}");
    }
}

fn rows(text: &str) -> Vec<Row> {
    let folder = Folder::new();
    let scan = detected(&folder.file("a.log", text.as_bytes()));
    let format = Format::ArrowStream;
    let converted = convert_scan(&scan, format, Setup::default()).unwrap();
    read_back(&converted.bytes, format)
}

#[test]
fn levels() {
    let cases = [
        ("INFO up", Some("INFO")),
        (" WARN 1 --- [main] a.B : slow", Some("WARN")),
        ("ERROR: no", Some("ERROR")),
        ("Error: no", Some("Error")),
        ("error no", Some("error")),
        ("info: up", Some("info")),
        ("[warn] slow", Some("warn")),
        ("[ WARN ] slow", Some("WARN")),
        ("<Notice> up", Some("Notice")),
        ("(ERROR) no", Some("ERROR")),
        ("\u{1b}[31mError\u{1b}[39m no", Some("Error")),
        ("[main] DEBUG a.B - up", Some("DEBUG")),
        ("[http exec 1] [ERROR] a.B - no", Some("ERROR")),
        ("- MyApp - CRITICAL - no", Some("CRITICAL")),
        ("| INFO | a:b:1 - up", Some("INFO")),
        ("|WARN| slow", Some("WARN")),
        ("main ERROR no", Some("ERROR")),
        ("1234 INFO nova.api up", Some("INFO")),
        ("app[12]: error: no", Some("error")),
        ("a.go:12 level=error msg=no", Some("error")),
        ("level=\"warn\" msg=slow", Some("warn")),
        ("\u{1f980} INFO up", Some("INFO")),
        // Python's, behind the names of threads and loggers.
        ("WARNING:root:x", Some("WARNING")),
        ("CRITICAL:my.mod:x", Some("CRITICAL")),
        ("MainThread INFO x", Some("INFO")),
        ("MyApp ERROR x", Some("ERROR")),
        ("myApp ERROR x", Some("ERROR")),
        ("Thread-1 ERROR x", Some("ERROR")),
        ("[27] MainThread WARNING x", Some("WARNING")),
        ("1234 WARNING:root:x", Some("WARNING")),
        // PostgreSQL's, behind the abbreviation of a zone.
        ("CET [27] ERROR:  x", Some("ERROR")),
        // After another time.
        ("2026-03-09 10:00:00,123 ERROR x", Some("ERROR")),
        ("10:00:00.123 [main] WARN a.B - x", Some("WARN")),
        ("2026/03/09 10:00:00 [error] 1#0: x", Some("error")),
        ("09-Mar-2026 10:00:00.123 WARNING [main] x", Some("WARNING")),
        ("[Mon Mar 09 10:00:00 2026] [error] x", Some("error")),
        ("Mar  9 10:00:00 ERROR x", Some("ERROR")),
        ("Mar 19 10:00:00.123 web-1 ERROR x", Some("ERROR")),
        ("Mar came with ERROR x", None),
        ("CEST [27] app@db FATAL:  x", Some("FATAL")),
        ("PST [27] LOG:  x", None),
        ("EST WARNING x", Some("WARNING")),
        ("Received ERROR:17 x", None),
        ("MainThread got ERROR x", None),
        ("failed with ERROR:17 x", None),
        ("CET Received ERROR x", None),
        ("GET ERROR x", None),
        ("A MyApp ERROR x", None),
        ("error:root:x", None),
        ("Error:root:x", None),
        // Prose, and words that begin like levels.
        ("Error no", None),
        ("Received ERROR from the server", None),
        ("there was an ERROR", None),
        ("no error: found", Some("error")),
        ("found an error: none", None),
        ("INFOS up", None),
        ("ERROR-17 no", None),
        ("ERROR_CODE no", None),
        ("errors: 3", None),
        ("[error 17] no", None),
        ("[17] up", None),
        ("10 up", None),
        ("exit code 50", None),
        ("", None),
    ];
    let lines: Vec<String> =
        cases.iter().map(|(text, _)| format!("2026-03-09T09:12:00Z {text}\n")).collect();
    let rows = rows(&format!("2026-03-09T09:12:00Z FATAL first\n{}", lines.concat()));
    assert_eq!(rows.len(), cases.len() + 1);
    for (row, (text, level)) in rows[1..].iter().zip(cases) {
        assert_eq!(row.level_text.as_deref(), level, "{text}");
        assert_eq!(row.extra, None, "no line with a time continues another: {text}");
    }
}

#[test]
fn times() {
    let cases = [
        ("2026-03-09T09:12:00Z", Some(0), Some("Z")),
        ("2026-03-09 09:12:00", Some(0), None),
        ("2026-03-09 09:12:00,5", Some(500_000_000), None),
        ("2026-03-09T09:12:00.000000001Z", Some(1), Some("Z")),
        ("2026-03-09T09:12:00.1234567890Z", Some(123_456_789), Some("Z")),
        ("2026-03-09T10:12:00+01:00", Some(0), Some("+01:00")),
        ("2026-03-09 03:42:00 -0530", Some(0), Some("-0530")),
        ("2026-03-09T10:12:00+01", Some(0), Some("+01")),
        ("2026-03-09 09:12:00 UTC", Some(0), Some("UTC")),
        ("2026-03-09 09:12:00 GMT", Some(0), Some("GMT")),
        ("2026-03-09 09:12:00.000 Z", Some(0), Some("Z")),
        ("2026-03-09T09:12:60Z", None, None),
        ("2026-03-09T09:12:00.Z", None, None),
        ("2026-03-09T09:12:00+99:00", None, None),
        ("2026-02-30T09:12:00Z", None, None),
    ];
    let lines: Vec<String> = cases.iter().map(|(time, ..)| format!("{time} text\n")).collect();
    let rows = rows(&lines.concat());
    const BASE: i64 = 1_773_047_520_000_000_000;
    for (row, (time, nanos, zone)) in rows.iter().zip(cases) {
        match nanos {
            Some(nanos) => {
                assert_eq!(row.timestamp, Some(BASE + nanos), "{time}");
                assert_eq!(row.zone.as_deref(), zone, "{time}");
                assert_eq!(row.message.as_deref(), Some("text"), "{time}");
            }
            None => assert_eq!(row.message.as_deref(), Some(&*format!("{time} text"))),
        }
    }
}

/// A level is the line's own, whatever the file is taken for: no platform pads levels to the right.
#[test]
fn levels_behind_blanks_are_their_lines_own() {
    const STAMP: &str = "2026-03-09T09:12:00.123Z";
    let text =
        format!("{STAMP} ERROR 1 --- [m] boom\n{STAMP}  INFO 1 --- [m] up\n{STAMP}   at a.B\n");
    for name in ["a.log", "Run20260309091201/a.log"] {
        let folder = Folder::new();
        let path = folder.file(name, text.as_bytes());
        let scan = detected(path.parent().unwrap());
        let converted = convert_scan(&scan, Format::ArrowStream, Setup::default()).unwrap();
        let rows = read_back(&converted.bytes, Format::ArrowStream);
        let levels: Vec<_> = rows.iter().map(|row| row.level.as_deref()).collect();
        assert_eq!(levels[..2], [Some("ERROR"), Some("INFO")], "{name}");
    }
}

/// A line that is not UTF-8 has a stamp all the same.
#[test]
fn latin_1_is_stamped() {
    let folder = Folder::new();
    let mut text =
        b"2026-03-09T09:12:00Z INFO d\xe9but\n2026-03-09T09:12:01Z ERROR \xe9chec\n".to_vec();
    text.extend(b"2026-03-09T09:12:02Z ERROR ok\n");
    let scan = detected(&folder.file("a.log", &text));
    assert_eq!(scan.entries()[0].format.unwrap().format().name, "stamped");
}
