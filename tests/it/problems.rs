//! `ls --problems` and the notice in summaries: each kind of problem, and none where there is none.

use serde_json::Value;

use crate::convert::Folder;
use crate::hostile::zip::{Around, DEFLATED, Member, archive};
use crate::program::run;

/// A record of Harness, so many seconds after ten.
fn record(pos: u64, seconds: u64, message: &str) -> String {
    format!(
        "{{\"level\":\"INFO\",\"pos\":{pos},\"out\":\"{message}\",\"time\":\"2026-03-09T10:{:02}:{:02}Z\",\"args\":null}}\n",
        seconds / 60,
        seconds % 60
    )
}

/// The kinds and details of a file.
fn found(lines: &str, file: &str) -> Vec<(String, String)> {
    let all = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|problem| problem.get("file").map_or("", |file| file.as_str().unwrap()) == file)
        .map(|problem| {
            let text = |key: &str| problem[key].as_str().unwrap().to_owned();
            (text("problem"), text("detail"))
        })
        .collect()
}

#[test]
fn each_kind_is_listed() {
    let logs = [
        ("good", (0..50).map(|n| record(n, n, "a")).collect::<String>()),
        ("constant", (0..50).map(|n| record(0, n, "a")).collect()),
        ("dropped", (900..950).map(|n| record(n, n - 900, "a")).collect()),
        ("jumps", [0, 1, 2, 5, 6, 106].map(|n| record(n, n, "a")).concat()),
        // Lines that cannot be parsed are not missing.
        ("malformed", record(0, 1, "a") + "{\"level\":\n{\"level\":\n" + &record(3, 2, "a")),
        ("malformed first", "{\"level\":\n".to_owned() + &record(1, 2, "a")),
        ("cut", record(0, 1, "a... (log line truncated)") + &record(1, 2, "b")),
        ("empty", String::new()),
        ("back", [0, 1, 30, 29, 28, 400, 10].map(|s| record(0, s, "a")).concat()),
        ("latest first", (0..30).rev().map(|s| record(0, 2 * s, "a")).collect()),
        ("a little back", [0, 1, 1].map(|s| record(0, s, "a")).concat()),
    ];
    let member = |(name, text): &(&str, String)| Member::new(name, DEFLATED, text.as_bytes());
    let mut members: Vec<Member> = logs.iter().map(member).collect();
    let mut wrong = Member::new("wrong crc", DEFLATED, record(0, 1, "a").as_bytes());
    wrong.text.push(b' ');
    members.push(wrong);
    let folder = Folder::new();
    folder.file("logs.zip", &archive(&members, &Around::default()).0);
    let (code, lines, _) = run(&folder, &["ls", "--problems", "--json", "logs.zip"]);
    assert_eq!(code, Some(2));
    let is = |file: &str, expected: &[(&str, &str)]| {
        let own = found(&lines, file);
        let own: Vec<(&str, &str)> =
            own.iter().map(|(kind, detail)| (kind.as_str(), detail.as_str())).collect();
        assert_eq!(own, expected, "{file}");
    };
    for file in ["good", "constant", "a little back", "latest first", ""] {
        is(file, &[]);
    }
    is("dropped", &[("missing-start", "pos begins at 900: the lines before were dropped")]);
    is("jumps", &[("missing-lines", "pos jumps 2 times: 101 lines are missing")]);
    is("malformed", &[("malformed", "2 lines cannot be parsed: rows with the reason")]);
    is("malformed first", &[("malformed", "1 line cannot be parsed: rows with the reason")]);
    is("cut", &[("cut-lines", "the platform cut 1 line")]);
    is("empty", &[("empty", "it has no lines")]);
    is("back", &[("clock-back", "the time goes back 3 times, by up to 6m 30s")]);
    let wrong = found(&lines, "wrong crc");
    assert!(wrong.len() == 1 && wrong[0].0 == "unreadable", "{wrong:?}");

    let (_, table, _) = run(&folder, &["ls", "--problems", "logs.zip"]);
    assert!(table.contains("logs.zip[jumps]\n  missing-lines  pos jumps"), "{table}");
    let notice = "  may be incomplete: empty (1), start missing (1), lines missing (1), lines cut (1), clock goes back (1); \
                  ls --problems shows where\n";
    let (_, _, said) = run(&folder, &["convert", "logs.zip", "-o", "logs.parquet"]);
    assert!(said.contains(notice), "{said}");
    // An index knows the same.
    assert_eq!(run(&folder, &["index", "logs.zip"]).0, Some(0));
    assert_eq!(run(&folder, &["ls", "--problems", "--json", "logs.zip"]).1, lines);
    // Of some rows nothing can be said.
    let (_, _, said) = run(&folder, &["convert", "logs.zip", "-o", "logs.csv", "--level", "INFO"]);
    assert!(!said.contains("incomplete"), "{said}");
    let (code, _, said) = run(&folder, &["ls", "--problems", "logs.zip", "--level", "WARN+"]);
    assert!(code == Some(2) && said.contains("leave out filters of lines"), "{said}");

    let (code, text, said) = run(&folder, &["ls", "--problems", "logs.zip", "--file", "good"]);
    assert_eq!((code, &*text, &*said), (Some(0), "no problems in 1 entry\n", ""));
}

#[test]
fn of_parts_of_a_long_log() {
    let text: String =
        (0..90_000).map(|n| record(if n < 60_000 { n } else { n + 7 }, n % 3_000, "a")).collect();
    let folder = Folder::new();
    folder.file(
        "logs.zip",
        &archive(&[Member::new("long", DEFLATED, text.as_bytes())], &Around::default()).0,
    );
    for threads in ["1", "3"] {
        let (_, lines, _) =
            run(&folder, &["ls", "--problems", "--json", "logs.zip", "--threads", threads]);
        assert_eq!(
            found(&lines, "long"),
            [
                ("missing-lines".to_owned(), "pos jumps 1 time: 7 lines are missing".to_owned()),
                (
                    "clock-back".to_owned(),
                    "the time goes back 29 times, by up to 49m 59s".to_owned()
                ),
            ]
        );
    }
}

#[test]
fn of_archives() {
    let folder = Folder::new();
    let members = |count: usize| -> Vec<Member> {
        (0..count)
            .map(|n| Member::new(&format!("{n}"), DEFLATED, record(0, 1, "a").as_bytes()))
            .collect()
    };
    for (count, problems) in [(499, 0), (500, 1), (501, 0)] {
        folder.file("logs.zip", &archive(&members(count), &Around::default()).0);
        let (_, lines, _) = run(&folder, &["ls", "--problems", "--json", "logs.zip"]);
        assert_eq!(lines.lines().count(), problems, "{lines}");
        assert!(lines.is_empty() || found(&lines, "")[0].0 == "file-limit");
    }
    // Without its directory.
    let (bytes, _) = archive(&members(3), &Around::default());
    folder.file("logs.zip", &bytes[..bytes.len() - 30]);
    let (code, lines, _) = run(&folder, &["ls", "--problems", "--json", "logs.zip"]);
    assert_eq!(code, Some(2));
    assert!(found(&lines, "").iter().any(|(kind, _)| kind == "archive"), "{lines}");
    // A log that the description names.
    let execution = "{\"executionType\":\"Workflow\",\"workflow\":\"deploy\",\"executionGraph\":[{\"name\":\"Shell\",\
                     \"status\":\"SUCCESS\",\"subCommands\":[{\"name\":\"Execute\",\"executionLogFile\":\"here.log\"},\
                     {\"name\":\"More\",\"executionLogFile\":\"gone.log\"}]}]}";
    folder.file("export/execution.json", execution.as_bytes());
    folder.file("export/here.log", b"INFO   2026-03-09 10:00:00.000 +0000    started\n");
    let (_, lines, _) = run(&folder, &["ls", "--problems", "--json", "export"]);
    let gone = "execution.json names this log of step Shell, but it is not there";
    assert_eq!(found(&lines, "gone.log"), [("no-log".to_owned(), gone.to_owned())]);
    assert!(found(&lines, "here.log").is_empty(), "{lines}");
}
