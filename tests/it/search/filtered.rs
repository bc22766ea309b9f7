//! Lines of the formats around NDJSON that are left out before they are decoded: never one that is wanted.

use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;
use ripsaw::query::{Filter, Levels, Matcher, PatternOptions, Selection, Where};
use ripsaw::scan::Scan;

use super::command::run;
use super::made::{apify_line, csv_line, damaged, deepset_line, docker_line, record, stamped_line};
use super::{selected, undecoded};
use crate::convert::Folder;
use crate::oracle::Row;

/// What is asked for, once so that lines may be left out and once so that all are decoded; and in words.
fn selections(rows: &[Row], random: &mut Rng) -> ([Selection; 2], String) {
    let mut wheres = Vec::new();
    let mut filter = Filter::default();
    if random.u8(..3) == 0 {
        let (levels, names) = [
            ("ERROR+", &["ERROR", "FATAL"][..]),
            ("INFO", &["INFO"]),
            ("TRACE,DEBUG,WARN", &["TRACE", "DEBUG", "WARN"]),
        ][random.usize(..3)];
        filter.levels = Some(Levels::parse(levels).unwrap());
        let tests: Vec<String> = names.iter().map(|name| format!("level eq '{name}'")).collect();
        wheres.push(tests.join(" or "));
    }
    if random.u8(..3) == 0 {
        let second = random.i64(0..60);
        let nanos = (1_773_050_400 + second) * 1_000_000_000;
        let time = format!("2026-03-09T10:00:{second:02}Z");
        if random.bool() {
            filter.since = Some(nanos);
            wheres.push(format!("timestamp ge {time}"));
        } else {
            filter.until = Some(nanos);
            wheres.push(format!("timestamp lt {time}"));
        }
    }
    let decoded = Filter {
        wheres: wheres.iter().map(|test| Where::parse(test).unwrap()).collect(),
        ..Filter::default()
    };
    let said = wheres.join(" and ");
    if random.u8(..4) == 0 {
        let selection = |filter| Selection { filter, ..Selection::default() };
        return ([filter, decoded].map(selection), said);
    }
    let row = &rows[random.usize(..rows.len())];
    let text = row.message.as_deref().or(row.extra.as_deref()).unwrap_or("none");
    let literal = match random.u8(..8) {
        0 => "absent".to_owned(),
        1 => ["fatal", "time out", "u001b", "tfatal"][random.usize(..4)].to_owned(),
        _ => undecoded::part(text, random),
    };
    let literal = regex::escape(&literal);
    let options = PatternOptions { ignore_case: random.bool(), ..Default::default() };
    // `\A\z\b` is nowhere, but needs no literal.
    let all = format!(r"(?:{literal})|\A\z\b");
    let said = format!("{literal:?} {said}");
    let selections = [(filter, literal), (decoded, all)].map(|(filter, pattern)| {
        let matcher = Some(Arc::new(Matcher::new(&[pattern], options).unwrap()));
        Selection { filter, matcher, ..Selection::default() }
    });
    (selections, said)
}

/// Asks for many things of a file, which must be of a format.
fn assert_nothing_is_missed(input: &Path, format: &str, random: &mut Rng) {
    let scan = Scan::open([input]).unwrap();
    assert_eq!(scan.entries()[0].format.unwrap().format().name, format);
    let rows = selected(input, Selection::default(), 2);
    let mut found = 0;
    for turn in 0..30 {
        let (selections, said) = selections(&rows, random);
        let [some, all] = selections.map(|selection| selected(input, selection, 2));
        found += some.len();
        assert_eq!(some, all, "{said}, turn {turn} of {format}");
    }
    assert!(found > 0);
}

/// Files of a few lines and of many, so that some pieces have no candidates.
fn assert_of_lines(
    (name, format): (&str, &str),
    first: &str,
    seed: u64,
    line: impl Fn(&mut Rng) -> String,
) {
    let folder = Folder::new();
    let mut random = Rng::with_seed(seed);
    for lines in [1, 4, 30, 30, 200, 1_500] {
        let mut text = first.as_bytes().to_vec();
        for _ in 0..lines {
            text.push(b'\n');
            text.extend(damaged(line(&mut random), &mut random));
        }
        if random.bool() {
            text.push(b'\n');
        }
        let input = folder.file(&format!("{lines}-{}-{name}", random.u16(..)), &text);
        assert_nothing_is_missed(&input, format, &mut random);
    }
}

#[test]
fn of_docker() {
    let first = r#"{"log":"first\n","stream":"stdout","time":"2026-03-09T10:00:00Z"}"#;
    for seed in 0..3 {
        assert_of_lines(("json.log", "docker"), first, seed, docker_line);
    }
}

#[test]
fn of_apify() {
    let first = "2026-03-09T10:00:00.000Z ACTOR: Pulling Docker image.";
    for seed in 0..3 {
        assert_of_lines(("apify.log", "apify"), first, seed, apify_line);
    }
}

#[test]
fn of_deepset() {
    let first = r#"{"log_id":"1","logged_at":"2026-03-09T10:00:00Z","message":"first"}"#;
    let header = "log_id,logged_at,level,message,origin,extra_fields";
    for seed in 0..3 {
        assert_of_lines(("lines.json", "deepset"), first, seed, deepset_line);
        assert_of_lines(("table.csv", "deepset"), header, seed, csv_line);
    }
}

/// Pages over several lines, of which the last may be unfinished.
#[test]
fn of_pages() {
    let folder = Folder::new();
    let mut random = Rng::with_seed(9);
    for records in [1, 4, 30, 2_000] {
        let all: Vec<String> = (0..records).map(|_| record(&mut random)).collect();
        let pages = all.chunks(9).map(|page| {
            let data = page.join(",\n").replace(":\"", ":\n\"");
            format!("{{\n\"data\":[{data}],\n\"total\": {records},\"fatal\":\n[1, 2]}}\n")
        });
        let mut text = pages.collect::<String>();
        if random.bool() {
            text.truncate(text.len() - 9);
        }
        let input = folder.file(&format!("{records}.json"), text.as_bytes());
        assert_nothing_is_missed(&input, "deepset", &mut random);
    }
}

#[test]
fn of_stamped_lines() {
    let marks = ["", "##[error]", "##[warning]", "##[debug]"];
    let words = ["INFO ", "ERROR ", "WARN ", "fatal ", "[main] ERROR ", ""];
    let padded = ["INFO   ", "ERROR  ", "WARN   ", "null   "];
    for (name, format, first, stamp, levels) in [
        (
            "2_build.txt",
            "github",
            "2026-03-09T10:00:00.0000000Z ##[group]Run x",
            "2026-03-09T10:00:SS.0000000Z LEVEL",
            &marks[..],
        ),
        (
            "2_job.txt",
            "azure",
            "2026-03-09T10:00:00.0000000Z ##[section]Starting: x",
            "2026-03-09T10:00:SS.0000000Z LEVEL",
            &marks,
        ),
        (
            "shop.log",
            "stamped",
            "2026-03-09 10:00:00,1 INFO x",
            "2026-03-09 10:00:SS,1 LEVEL",
            &words,
        ),
        (
            "script.log",
            "firstgen",
            "INFO   2026-03-09T10:00:00.000+0000   x",
            "LEVEL2026-03-09T10:00:SS.000+0000   ",
            &padded,
        ),
    ] {
        let line = |random: &mut Rng| stamped_line(stamp, levels, random);
        assert_of_lines((name, format), first, 1, line);
    }
}

/// Also if nothing of it is decoded.
#[test]
fn a_document_that_ends_too_early_is_said_to() {
    let folder = Folder::new();
    let input = folder.file("a.json", b"[{\"msg\":\"a\"},\n{\"msg\":\"b\"}");
    let input = input.to_str().unwrap();
    for pattern in ["absent", "absent|$.^"] {
        let output = run(&["grep", pattern, input]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("the text ends within an array"), "{pattern}: {said}");
        assert_eq!(output.status.code(), Some(2), "{pattern}");
    }
}
