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
fn part(text: &str, random: &mut Rng) -> String {
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
    const WORDS: [&str; 30] = [
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
fn line(random: &mut Rng) -> String {
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
