//! Lines that are left out before they are decoded: never one that matches.

use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;
use ripsaw::query::{Filter, Matcher, PatternOptions, Selection};

use super::command::{run, said};
use super::selected;
use crate::convert::Folder;
use crate::formats::mixed;
use crate::oracle::Row;

/// The rows that match a pattern.
fn found(input: &Path, pattern: &str, ignore_case: bool, filter: &Filter) -> Vec<Row> {
    let options = PatternOptions { ignore_case, ..Default::default() };
    let matcher = Matcher::new(&[pattern.to_owned()], options).unwrap();
    let matcher = Some(Arc::new(matcher));
    selected(input, Selection { matcher, filter: filter.clone(), ..Default::default() }, 2)
}

/// A part of a line of some text, without its escape sequences or with them.
pub(super) fn part(text: &str, random: &mut Rng) -> String {
    let line = text.lines().nth(random.usize(..text.lines().count().max(1))).unwrap_or_default();
    let line =
        if random.bool() { ripsaw::record::ansi::strip(line).into_owned() } else { line.into() };
    let letters: Vec<char> = line.chars().collect();
    let start = random.usize(..letters.len().max(1));
    letters.into_iter().skip(start).take(random.usize(2..9)).collect()
}

/// Every pattern finds the same rows as one that any line may match: `\A\z\b` is nowhere, but needs no
/// literal.
#[test]
fn patterns_find_what_they_find_in_decoded_lines() {
    let folder = Folder::new();
    let mut random = Rng::with_seed(11);
    for seed in 0..3 {
        for (path, bytes) in mixed::files(seed, 0, 12_000) {
            let input =
                folder.tree(&format!("tree-{seed}-{}", random.u32(..)), &[(path.clone(), bytes)]);
            let rows = selected(&input, Selection::default(), 2);
            for _ in 0..8 {
                let row = &rows[random.usize(..rows.len())];
                let text = row.message.as_deref().or(row.extra.as_deref()).unwrap_or("none");
                let literal = regex::escape(&part(text, &mut random));
                let ignore_case = random.bool();
                let all = format!(r"(?:{literal})|\A\z\b");
                let filter = Filter::default();
                let (some, all) = (
                    found(&input, &literal, ignore_case, &filter),
                    found(&input, &all, ignore_case, &filter),
                );
                assert_eq!(some, all, "{literal:?} in {path}, seed {seed}");
            }
        }
    }
}

/// A level as some writer may spell it, or something like one.
fn level(random: &mut Rng) -> String {
    const WORDS: [&str; 32] = [
        "EROR",
        "dbug",
        "TRACE",
        "10",
        "DEBUG",
        "PERF",
        "20",
        "INFO",
        "INFORMATION",
        "NOTICE",
        "30",
        "WARN",
        "WARNING",
        "40",
        "ERROR",
        "ERR",
        "SFAIL",
        "50",
        "FATAL",
        "CRITICAL",
        "PANIC",
        "EMERG",
        "60",
        "500",
        "ERRORS",
        "",
        "true",
        "5",
        "3",
        "17",
        "D2",
        "E",
    ];
    let word = WORDS[random.usize(..WORDS.len())];
    if word.bytes().all(|byte| byte.is_ascii_digit()) && !word.is_empty() && random.bool() {
        return word.to_owned();
    }
    let letter = |c: char| match random.u8(..12) {
        0 => format!("\\u{:04x}", c as u32),
        1 => format!("\\u{:04X}", c.to_ascii_lowercase() as u32),
        2..6 => c.to_ascii_lowercase().to_string(),
        _ => c.to_string(),
    };
    format!("\"{}\"", word.chars().map(letter).collect::<String>())
}

/// An object with a level under one key or several, among others, and blanks where JSON may have them; some
/// lines are text or damaged.
pub(super) fn line(random: &mut Rng) -> String {
    let mut members = vec![(if random.u8(..4) > 0 { "level" } else { "x" }, level(random))];
    if random.u8(..4) == 0 {
        let keys = ["severity", "lvl", "PRIORITY", "severityNumber", "s", "log.level"];
        members.push((keys[random.usize(..6)], level(random)));
    }
    members.push((
        ["msg", "msg", "short_message"][random.usize(..3)],
        ["\"a\"", "\"error\"", "\"\\\"error\\\": 50,\"", "50"][random.usize(..4)].into(),
    ));
    if random.bool() {
        members.push((
            ["error", "50", "x"][random.usize(..3)],
            ["null", "{\"a\": 50}", "[50]"][random.usize(..3)].into(),
        ));
    }
    random.shuffle(&mut members);
    let mut blank = || ["", "", "", " ", "\t", "\r", "  "][random.usize(..7)];
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| {
            format!("{}\"{key}\"{}:{}{value}{}", blank(), blank(), blank(), blank())
        })
        .collect();
    let line = format!("{{{}}}{}", members.join(","), blank());
    match random.u8(..20) {
        0 => line[..line.len() / 2].to_owned(),
        1 => format!("ERROR \"error\" {line}"),
        2 => String::new(),
        _ => line,
    }
}

/// A record as Harness writes it, or something like one; errors come by themselves and many in a row.
fn harness_line(random: &mut Rng) -> String {
    let usual = |level: &str| {
        format!(
            "{{\"level\":\"{level}\",\"pos\":0,\"out\":\"at 10:00: \\u003cERROR\\u003e\\n\",\
             \"time\":\"2026-03-09T10:00:00.5Z\",\"args\":null}}\n"
        )
    };
    match random.u8(..40) {
        0 => usual("ERROR").repeat(random.usize(1..400)),
        1 => usual("fatal"),
        2 => format!("{{\"level\":{},\"out\":\"a\",\"level\":{}}}\n", level(random), level(random)),
        3 => format!("{{\"out\" : \"b\" , \"level\" :\t{}}}\n", level(random)),
        4 => format!("{}\n", line(random)),
        _ => usual("info"),
    }
}

/// `--level` looks for spellings of levels in raw lines, a filter in OData's language does not.
#[test]
fn levels_are_found_however_they_are_written() {
    let folder = Folder::new();
    let mut random = Rng::with_seed(7);
    let mut files = vec![
        mixed::files(5, 0, 60_000)
            .into_iter()
            .find(|file| file.0.ends_with("worker.ndjson"))
            .unwrap(),
    ];
    // Of a few lines and of many, so that some portions have no candidates.
    for lines in [1, 40, 4_000] {
        let text: Vec<String> = (0..lines).map(|_| line(&mut random)).collect();
        let first = "{\"level\":\"info\",\"msg\":\"first\"}";
        files.push((
            format!("{lines}.ndjson"),
            format!("{first}\n{}", text.join("\n")).into_bytes(),
        ));
        let text: Vec<String> = (0..lines).map(|_| harness_line(&mut random)).collect();
        files.push((format!("{lines}-steps.log"), text.concat().into_bytes()));
    }
    for (path, bytes) in files {
        let input = folder.file(path.rsplit('/').next().unwrap(), &bytes);
        let input = input.to_str().unwrap();
        for (levels, names) in [
            ("ERROR+", &["ERROR", "FATAL"][..]),
            ("WARN+", &["WARN", "ERROR", "FATAL"]),
            ("INFO+", &["INFO", "WARN", "ERROR", "FATAL"]),
            ("TRACE,DEBUG", &["TRACE", "DEBUG"]),
            ("FATAL", &["FATAL"]),
            ("INFO", &["INFO"]),
        ] {
            let tests: Vec<String> =
                names.iter().map(|name| format!("level eq '{name}'")).collect();
            let decoded = said(&["cat", "--json", "--where", &tests.join(" or "), input]);
            let found = said(&["cat", "--json", "--level", levels, input]);
            assert_eq!(found, decoded, "{levels} in {path}");
            let counts = [
                said(&["grep", "-c", "e", "--where", &tests.join(" or "), input]),
                said(&["grep", "-c", "e", "--level", levels, input]),
            ];
            assert_eq!(counts[0], counts[1], "{levels} in {path}");
        }
    }
}

/// A time as some writer may spell it, or something like one.
fn time(random: &mut Rng) -> String {
    let second = random.u32(..60);
    let millis = 1_773_050_400_000 + u64::from(second) * 1_000;
    let zone = ["", "Z", "+01:00", " UTC", "-0800"][random.usize(..5)];
    match random.u8(..14) {
        0 => millis.to_string(),
        1 => format!("\"{millis}\""),
        2 => format!("{}.5", millis / 1_000),
        3 => format!("{}e3", millis / 1_000),
        4 => format!("{millis}000000"),
        5 => format!("\"2026-03-09 10:00:{second:02},250{zone}\""),
        6 => format!("\"Mon, 09 Mar 2026 10:00:{second:02} GMT\""),
        7 => format!("\"2026-03-09T1\\u0030:00:{second:02}Z\""),
        8 => format!("{{\"$date\": \"2026-03-09T10:00:{second:02}Z\"}}"),
        9 => format!("{{\"epochSecond\":{},\"nanoOfSecond\":5}}", millis / 1_000),
        10 => ["null", "\"\"", "17", "[1]", "true"][random.usize(..5)].to_owned(),
        11 => format!("\"10:00:{second:02}\""),
        _ => format!("\"2026-03-09T10:00:{second:02}.25{zone}\""),
    }
}

/// An object with times under several keys, on the outside and within, and a level and a message; some lines are
/// text.
pub(super) fn timed(random: &mut Rng) -> String {
    const KEYS: [&str; 10] = [
        "time",
        "ts",
        "timestamp",
        "@timestamp",
        "eventTime",
        "created",
        "x",
        "tim\\u0065",
        "T",
        "_source.time",
    ];
    let mut members: Vec<String> = Vec::new();
    if random.bool() {
        let second = random.u64(..60);
        let time = match random.bool() {
            true => format!("\"2026-03-09T10:00:{second:02}.25Z\""),
            false => (1_773_050_400_000 + 1_000 * second).to_string(),
        };
        return format!("{{\"time\":{time},\"level\":\"error\",\"msg\":\"gone\"}}");
    }
    for _ in 0..random.usize(..4) {
        let key = KEYS[random.usize(..KEYS.len())];
        let blank = ["", "", " "][random.usize(..3)];
        let member = format!("\"{key}\"{blank}:{blank}{}", time(random));
        members.push(match random.u8(..6) {
            0 => format!("\"{}\":{{{member}}}", ["fields", "a"][random.usize(..2)]),
            _ => member,
        });
    }
    members.push(format!("\"level\":{}", level(random)));
    members
        .push(format!("\"msg\":\"{}\"", ["time: 5", "gone", "\\\"time\\\":1"][random.usize(..3)]));
    random.shuffle(&mut members);
    match random.u8(..20) {
        0 => format!("2026-03-09T10:00:30Z ERROR {}", members.join(" ")),
        _ => format!("{{{}}}", members.join(",")),
    }
}

/// `--since` and `--until` look at times in raw lines, also with a level and a literal; a filter in OData's
/// language does not.
#[test]
fn times_are_found_however_they_are_written() {
    let folder = Folder::new();
    let mut random = Rng::with_seed(3);
    let stamped = |random: &mut Rng| match random.u8(..4) {
        0 => "    at main gone".to_owned(),
        _ => format!("2026-03-09 10:00:{:02} ERROR gone", random.u32(..60)),
    };
    for (name, lines) in [("1.ndjson", 1), ("2.ndjson", 30), ("3.ndjson", 3_000), ("4.log", 3_000)]
    {
        let is_json = name.ends_with("ndjson");
        let mut line = || if is_json { timed(&mut random) } else { stamped(&mut random) };
        let text: Vec<String> = (0..lines).map(|_| line()).collect();
        let first = if is_json { "{\"level\":\"info\",\"msg\":\"first\"}\n" } else { "" };
        let input = folder.file(name, format!("{first}{}", text.join("\n")).as_bytes());
        let input = input.to_str().unwrap();
        for (since, until) in
            [("10:00:20", "10:00:40"), ("09:00:00", "09:00:30"), ("10:00:30", "23:00:00")]
        {
            let [since, until] = [since, until].map(|time| format!("2026-03-09T{time}Z"));
            let inside = format!("timestamp ge {since} and timestamp lt {until}");
            for tz in ["UTC", "America/New_York"] {
                let decoded = said(&["cat", "--json", "--tz", tz, "--where", &inside, input]);
                let found = said(&[
                    "cat", "--json", "--tz", tz, "--since", &since, "--until", &until, input,
                ]);
                assert_eq!(found, decoded, "{since} to {until} in {name}, {tz}");
                let inside = format!("{inside} and (level eq 'ERROR' or level eq 'FATAL')");
                let decoded =
                    said(&["grep", "-n", "--tz", tz, "--where", &inside, "gone|$.^", input]);
                let bounds = ["--since", &since, "--until", &until, "--level", "ERROR+"];
                let search = [&["grep", "-n", "--tz", tz][..], &bounds, &["gone", input]].concat();
                assert_eq!(said(&search), decoded, "{since} to {until} with more in {name}, {tz}");
            }
        }
    }
}

#[test]
fn a_search_of_messages_in_vain_says_how_to_search_keys() {
    let folder = Folder::new();
    let json = folder.file("a.ndjson", b"{\"msg\":\"started\",\"user\":\"eve\"}\n");
    let text = folder.file("a.txt", b"started\n");
    let (json, text) = (json.to_str().unwrap(), text.to_str().unwrap());
    let tells = |arguments: &[&str]| {
        String::from_utf8_lossy(&run(arguments).stderr).contains("--any searches all keys")
    };
    assert!(tells(&["grep", "eve", json]) && tells(&["grep", "-c", "eve", text, json]));
    for arguments in [
        &["grep", "eve", text][..],
        &["grep", "-q", "eve", json],
        &["grep", "started", json],
        &["grep", "--any", "nobody", json],
        &["grep", "-v", "started", json],
    ] {
        assert!(!tells(arguments), "{arguments:?}");
    }
    assert_eq!(said(&["grep", "--any", "eve", json]).0, 0);
}
