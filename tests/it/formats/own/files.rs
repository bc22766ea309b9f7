//! Formats of users: files of definitions, regular expressions, and what is wrong with them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use ripsaw::format::{Formats, of_regex};
use ripsaw::scan::{IndexPolicy, Scan, ScanOptions};
use serde_json::{Map, Value};

use super::{options, rows_of};
use crate::convert::Folder;

/// A format of a shop's service, with every key.
const SHOP: &str = r#"
[[format]]
name = "shop"
title = "the shop's service"
detected_by = "a level and a time in angle brackets"
detect = '^<[A-Z] \d\d:\d\d:\d\d>'
share = "half"
regex = '<(?<level>[A-Z]) (?<timestamp>\d\d:\d\d:\d\d)> (?:\{(?<stage>\w+)/(?<step>\w+)\} )?(?<message>.*)'
time = "%H:%M:%S"
date = '^started on (?<date>\d{4}-\d\d-\d\d)'
levels = { N = "INFO", X = "ERROR" }
continuation = "record"

[[format.sample]]
file = "shop.log"
text = """
started on 2026-03-09
<N 23:59:59> {build/compile} cc -c sum.c
<X 00:00:01> failed
  at sum.c
"""
rows = [
  { line = 1, message = "started on 2026-03-09" },
  { line = 2, timestamp = "2026-03-09T23:59:59Z", level = "INFO", stage = "build", step = "compile", message = "cc -c sum.c" },
  { line = 3, timestamp = "2026-03-09T00:00:01Z", level = "ERROR", message = "failed" },
  { line = 4, timestamp = "2026-03-09T00:00:01Z", level = "ERROR", message = "  at sum.c", extra = { continued = true } },
]
"#;

/// What is wrong with a file of formats.
fn wrong(text: &str) -> String {
    let folder = Folder::new();
    let path = folder.file("formats.toml", text.as_bytes());
    let error = Formats::choose(None, None, &[&path]).unwrap_err().to_string();
    error.replace(&folder.path("").display().to_string(), "")
}

fn chosen(folder: &Folder, text: &str) -> Formats {
    let path = folder.file("formats.toml", text.as_bytes());
    Formats::choose(None, None, &[path]).unwrap()
}

fn scan(input: &Path, formats: &Formats, threads: usize) -> Scan {
    let Formats { forced: format, own: own_formats } = formats.clone();
    Scan::open_with([input], ScanOptions { format, own_formats, ..options(threads) }).unwrap()
}

#[test]
fn a_format_of_a_file_is_tried_before_all_others() {
    let folder = Folder::new();
    let formats = chosen(&folder, SHOP);
    let own = "started on 2026-03-10\n<N 10:00:00> a\n<Q 09:30:00> b\nc\n";
    let files = [
        ("a/shop.log".to_owned(), own.as_bytes().to_vec()),
        ("b/other.log".to_owned(), b"2026-03-09 10:00:00 INFO up\n".to_vec()),
    ];
    for input in [folder.tree("logs", &files), folder.zip("logs.zip", &files)] {
        let scan = scan(&input, &formats, 2);
        let names: Vec<_> =
            scan.entries().iter().map(|e| e.format.unwrap().format().name).collect();
        assert_eq!(names, ["shop", "stamped"]);
        let rows = rows_of(&scan);
        let texts: Vec<_> = rows.iter().map(|row| row["message"].as_str().unwrap()).collect();
        assert_eq!(texts, ["started on 2026-03-10", "INFO up", "a", "b", "c"]);
        let column = |key: &str| rows.iter().map(|row| row.get(key).cloned()).collect::<Vec<_>>();
        let info = Some(Value::from("INFO"));
        // Q is no level: it is kept as written.
        assert_eq!(column("level"), [None, info.clone(), info, None, None]);
    }
    // Without the file it is text.
    let scan = Scan::open([folder.path("logs/a/shop.log")]).unwrap();
    assert_eq!(scan.entries()[0].format.unwrap().format().name, "text");
}

#[test]
fn the_same_file_again_is_the_same_format() {
    let folder = Folder::new();
    let first = chosen(&folder, SHOP);
    let again = chosen(&folder, &format!("# a remark\n{SHOP}"));
    assert_eq!(first.own, again.own);
    let other = chosen(&folder, &SHOP.replace("N = \"INFO\"", "N = \"INFO\", Q = \"DEBUG\""));
    assert_ne!(first.own, other.own);
    let path = folder.file("again.toml", SHOP.as_bytes());
    let both = Formats::choose(Some("shop"), None, &[&path, &path]).unwrap();
    assert_eq!((both.own.clone(), both.forced), (first.own.clone(), Some(first.own[0])));
    let changed = folder.path("formats.toml");
    let error = Formats::choose(None, None, &[&path, &changed]).unwrap_err().to_string();
    assert!(error.contains("another file has a format \"shop\""), "{error}");
}

/// Rows by an index are those of the definition that is asked for, not of one before.
#[test]
fn an_index_is_of_one_definition() {
    let folder = Folder::new();
    let log = folder.file("logs/a.log", &b"<N 2026-03-09T10:00:00Z> up\n".repeat(50));
    let regex = |text: &str| of_regex(text).unwrap();
    let open = |format, index| {
        let options = ScanOptions { format: Some(format), index, ..options(2) };
        Scan::open_with([&log], options).unwrap()
    };
    let whole = regex(r"<(?<level>.) (?<timestamp>\S+)> (?<message>.*)");
    let text = regex(r"(?<message>.*)");
    for format in [whole, text, whole] {
        let beside = || IndexPolicy::In(folder.path("indexes"));
        let written = open(format, beside()).build_indexes(false, &mut ()).unwrap();
        assert_eq!(written.len(), 1);
        let (indexed, read) = (open(format, beside()), open(format, IndexPolicy::Never));
        assert_eq!(rows_of(&indexed), rows_of(&read));
        assert_eq!(rows_of(&read)[0].contains_key("timestamp"), format == whole);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let with = |from: &str, to: &str| {
        assert!(SHOP.contains(from), "{from}");
        wrong(&SHOP.replace(from, to))
    };
    let cases = [
        (wrong(""), "formats.toml: it has no [[format]]"),
        (wrong("[[format]\n"), "formats.toml:1"),
        (wrong("[[format]]\nname = \"a\"\n"), "missing field `regex`"),
        (with("share =", "shares ="), "formats.toml:7 (byte 143): unknown field `shares`"),
        (
            with("\"shop\"", "\"Shop\""),
            "format \"Shop\": a name has lower-case letters, digits, - and _",
        ),
        (with("\"shop\"", "\"text\""), "format \"text\": a format of ripsaw has this name"),
        (with("\"shop\"", "\"zuul\""), "a format of ripsaw has this name"),
        (
            wrong(&SHOP.repeat(2)),
            "formats.toml:29 (byte 940): format \"shop\": another format of the file has the same name",
        ),
        (with("<(?<level>", "<((?<level>"), "format \"shop\": regex: unclosed group"),
        (with("(?<message>.*)", "(?<level>.*)"), "regex: duplicate capture group name"),
        (with("detect = '^<", "detect = '^(<"), "format \"shop\": detect: unclosed group"),
        (with("(?<date>", "(?<day>"), "date: it has no group (?<date>...)"),
        (with("X = \"ERROR\"", "X = \"BAD\""), "levels: \"X\" is to be \"BAD\", which is no level"),
        (with("%H:%M:%S", "%H:%"), "time: "),
        (
            with("time = \"%H:%M:%S\"", "time = \"when\""),
            "time: \"when\" has no hour, such as %H, and no %s",
        ),
        (with("\"record\"", "\"recrod\""), "formats.toml:12 (byte 382): unknown variant `recrod`"),
        (with("<N 23:59:59>", "<N 24:59:59>"), "sample 1: line 2: timestamp is null"),
        (
            with("detect = '^<[A-Z]", "detect = '^>[A-Z]"),
            "sample 1: its text is not detected as this format",
        ),
        (
            with("step = \"compile\"", "step = \"link\""),
            "sample 1: line 2: step is \"compile\", not \"link\"",
        ),
        (with("\"failed\"", "\"fail\""), "sample 1: line 3: message is \"failed\", not \"fail\""),
        (with("extra = { continued = true }", "extra = { }"), "sample 1: line 4: extra is {"),
        (
            with("  at sum.c\n\"", "  at sum.c\n<N 10:00:00> more\n\""),
            "sample 1: 4 rows are listed, it has 5",
        ),
    ];
    for (said, right) in cases {
        assert!(said.contains(right), "{said:?} has no {right:?}");
    }
    let missing = Formats::choose(None, None, &["none.toml"]).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read formats: none.toml: "), "{missing}");
}

#[test]
fn regular_expressions_that_cannot_be_used() {
    let cases = [
        ("(?<message>.*", "unclosed group"),
        (".*", "it has no named group such as (?<message>.*)"),
        ("", "it has no named group such as (?<message>.*)"),
        (r"(?<a>\d{1000000000})", "exceeds size limit"),
    ];
    for (regex, right) in cases {
        let said = of_regex(regex).unwrap_err().to_string();
        assert!(said.contains(right), "{said:?} has no {right:?}");
    }
}

/// The rows of one line by a regular expression.
fn row(regex: &str, line: &str) -> Map<String, Value> {
    let folder = Folder::new();
    let path = folder.file("app-2026-03-09.log", line.as_bytes());
    let formats = Formats { forced: Some(of_regex(regex).unwrap()), own: Vec::new() };
    let mut rows = rows_of(&scan(&path, &formats, 1));
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[test]
fn what_has_no_group_is_not_lost() {
    let row = |regex, line| {
        let mut row = row(regex, line);
        row.remove("line");
        row
    };
    let object = |text: &str| match serde_json::from_str(text).unwrap() {
        Value::Object(object) => object,
        _ => unreachable!(),
    };
    let seven = "\"timestamp\":1773050407000000000";
    let cases = [
        // Behind the match.
        (
            r"(?<timestamp>\S+)",
            "2026-03-09T10:00:07Z up",
            format!("{{{seven},\"message\":\" up\"}}"),
        ),
        (
            r"(?<timestamp>\S+) (?<message>\w+)",
            "2026-03-09T10:00:07Z up now",
            format!("{{{seven},\"message\":\"up now\"}}"),
        ),
        // A match of all of it without a message.
        (
            r"(?<timestamp>\S+)",
            "2026-03-09T10:00:07Z",
            format!("{{{seven},\"message\":\"2026-03-09T10:00:07Z\"}}"),
        ),
        // Text in no group.
        (
            r"(?<timestamp>\S+) \w+ (?<message>.*)",
            "2026-03-09T10:00:07Z web up",
            format!(
                "{{{seven},\"message\":\"up\",\"extra\":{{\"whole_line\":\"2026-03-09T10:00:07Z web up\"}}}}"
            ),
        ),
        // A message within the line, and a group after it that matches less than all.
        (r"(?<message>\w+) (?<unit>\w)", "up now", "{\"message\":\"up now\"}".to_owned()),
        (
            r"(?<message>\w+) (?<unit>\w+)",
            "up now",
            "{\"message\":\"up\",\"extra\":{\"unit\":\"now\"}}".to_owned(),
        ),
        // Within a line whose last bytes are no whole characters.
        (
            r"(?<message>\w+) (?<unit>\w+)",
            "a é",
            "{\"message\":\"a\",\"extra\":{\"unit\":\"é\"}}".to_owned(),
        ),
        // A time that is none.
        (
            r"(?<timestamp>\S+) (?<message>.*)",
            "soon up",
            "{\"message\":\"up\",\"extra\":{\"timestamp\":\"soon\"}}".to_owned(),
        ),
        // A level that is none.
        (r"(?<level>\S+) (?<message>.*)", "blue up", "{\"message\":\"up\"}".to_owned()),
        // Not at the beginning of the line, and no match at all.
        (r"(?<level>WARN) (?<message>.*)", "x WARN up", "{\"message\":\"x WARN up\"}".to_owned()),
        // Times in other spellings, and since 1970.
        (
            r"\[(?<timestamp>[^\]]+)\] (?<message>.*)",
            "[09/Mar/2026:11:00:07 +0100] up",
            format!("{{{seven},\"message\":\"up\"}}"),
        ),
        (
            r"(?<timestamp>\S+) (?<message>.*)",
            "1773050407 up",
            format!("{{{seven},\"message\":\"up\"}}"),
        ),
        // More digits than a time has.
        (
            r"(?<timestamp>\S+) (?<message>.*)",
            "2026-03-09T10:00:07.0000000001Z up",
            format!(
                "{{{seven},\"message\":\"up\",\"extra\":{{\"timestamp\":\"2026-03-09T10:00:07.0000000001Z\"}}}}"
            ),
        ),
        // Other names for the columns, and the time of a day, whose date the name has.
        (
            r"(?<time>\S+) (?<severity>\S+) (?<msg>.*)",
            "10:00:07 warn up",
            format!("{{{seven},\"level\":\"WARN\",\"message\":\"up\"}}"),
        ),
        // A stage and a step of what cannot be divided beforehand are members there; here they name the entry.
        (
            r"(?<stage>\S+) (?<step>\S+) (?<message>.*)",
            "a b up",
            "{\"stage\":\"a\",\"step\":\"b\",\"message\":\"up\"}".to_owned(),
        ),
    ];
    for (regex, line, right) in cases {
        assert_eq!(row(regex, line), object(&right), "{regex} of {line}");
    }
}

#[test]
fn times_in_any_form() {
    let at = |nanos: i64| Some(nanos);
    let cases = [
        ("%s", "1773050407", at(1_773_050_407_000_000_000)),
        ("%d/%b/%Y:%H:%M:%S %z", "09/Mar/2026:11:00:07 +0100", at(1_773_050_407_000_000_000)),
        ("%Y%m%d %H%M%S%.f", "20260309 100007.25", at(1_773_050_407_250_000_000)),
        ("%H.%M.%S", "10.00.07", at(1_773_050_407_000_000_000)),
        ("%b %d %H:%M:%S", "Mar  9 10:00:07", at(1_773_050_407_000_000_000)),
        ("%Y-%m-%d", "2026-03-09", at(1_773_014_400_000_000_000)),
        (
            "%Y-%m-%d %H:%M:%S %Q",
            "2026-03-09 11:00:07 Europe/Berlin",
            at(1_773_050_407_000_000_000),
        ),
        ("%I:%M:%S %p", "10:00:07 PM", at(1_773_093_607_000_000_000)),
        ("%Y-%m-%d", "2026-02-30", None),
        ("%H:%M", "25:00", None),
    ];
    for (form, text, right) in cases {
        let folder = Folder::new();
        let formats = format!(
            "[[format]]\nname = \"a\"\nregex = '(?<timestamp>[^|]+)\\|(?<message>.*)'\ntime = '{form}'\n"
        );
        let formats = chosen(&folder, &formats);
        let log = folder.file("app-2026-03-09.log", format!("{text}|up\n").as_bytes());
        let rows = rows_of(&scan(&log, &formats, 1));
        assert_eq!(rows[0].get("timestamp").and_then(Value::as_i64), right, "{form} of {text}");
        assert_eq!(rows[0]["message"], "up");
        let kept = rows[0].get("extra").map(|extra| extra["timestamp"].clone());
        assert_eq!(kept, right.is_none().then(|| text.into()), "{form} of {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every line has a row, with its text in columns that together are the line.
    #[test]
    fn lines_are_whole(
        lines in prop::collection::vec(
            prop_oneof![
                r"\[(2026-03-09T10:00:0[0-9]Z|soon|)\] (WARN|x|\x1b\[31mred\x1b\[0m|) ?[ -~é]{0,12}\r?",
                r"[ -~é\t]{0,20}",
            ],
            1..40,
        ),
        threads in 1_usize..4,
        is_zip: bool,
    ) {
        let text = lines.join("\n");
        let folder = Folder::new();
        let files = [("a.log".to_owned(), text.clone().into_bytes())];
        let input = if is_zip { folder.zip("a.zip", &files) } else { folder.tree("a", &files) };
        let regex = of_regex(r"\[(?<timestamp>\S*)\] (?<unit>\w+) (?<message>.*)").unwrap();
        let formats = Formats { forced: Some(regex), own: Vec::new() };
        let rows = rows_of(&scan(&input, &formats, threads));
        let full = |line: &&(usize, &str)| !line.1.trim_matches([' ', '\t', '\r']).is_empty();
        let numbered: Vec<(usize, &str)> = (1..).zip(text.split('\n')).collect();
        let full: Vec<_> = numbered.iter().filter(full).collect();
        prop_assert_eq!(rows.len(), full.len());
        for (row, (number, line)) in rows.iter().zip(full) {
            prop_assert_eq!(row["line"].as_u64(), Some(*number as u64));
            let line = ripsaw::record::ansi::strip(line.strip_suffix('\r').unwrap_or(line)).into_owned();
            let message = row["message"].as_str().unwrap();
            let extra = row.get("extra");
            let own = match extra.and_then(|extra| extra.get("unit")) {
                Some(unit) => {
                    let time = match extra.unwrap().get("timestamp") {
                        Some(text) => text.as_str().unwrap().to_owned(),
                        None => line[1..].split(']').next().unwrap().to_owned(),
                    };
                    prop_assert!(row.contains_key("timestamp") != extra.unwrap().get("timestamp").is_some());
                    format!("[{time}] {} {message}", unit.as_str().unwrap())
                }
                None => message.to_owned(),
            };
            prop_assert_eq!(own.trim_end_matches('\r'), line.trim_end_matches('\r'));
        }
    }
}

/// A line that is no text or too long is a row with the reason; the lines after it are read.
#[test]
fn lines_that_cannot_be_read() {
    let folder = Folder::new();
    let text = [&b"<N 10:00:00> a\n\xff\n<N 10:00:01> "[..], &b"x".repeat(100), b"\nb\n"].concat();
    let log = folder.file("a-2026-03-09.log", &text);
    let Formats { own, .. } = chosen(&folder, SHOP);
    let mut options = ScanOptions { format: Some(own[0]), ..options(2) };
    options.read.max_line = 64;
    let rows = rows_of(&Scan::open_with([&log], options).unwrap());
    let has_reason: Vec<bool> = rows.iter().map(|row| row.contains_key("parse_error")).collect();
    assert_eq!(has_reason, [false, true, true, false]);
    assert_eq!(rows[3]["message"], "b");
    fs::remove_file(log).unwrap();
}
