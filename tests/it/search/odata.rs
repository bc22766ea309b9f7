//! The rules of `--where`, one after the other, over rows that are known.

use ripsaw::query::{Filter, Selection, Where};

use super::selected;
use crate::convert::Folder;

/// Rows by their `pos`.
fn bundle() -> Folder {
    let folder = Folder::new();
    let lines = [
        r#"{"level":"info","pos":1,"out":"one","time":"2024-05-01T10:00:00Z","args":{"k":"v","dd.trace_id":"7"}}"#,
        r#"{"level":"WARN","pos":2,"out":"Two's","time":"2024-05-01T12:00:00+02:00","args":{}}"#,
        r#"{"level":"error","pos":3,"out":"","time":"2024-05-02T00:00:00Z","args":null,"n":5,"t":"2024-05-01","o":{"in":[1]}}"#,
        r#"{"level":"odd","pos":4,"out":null,"time":"soon","args":null,"n":5.5,"b":true,"a-b":"x"}"#,
        r#"{"pos":9223372036854775807,"out":"größer","args":null,"n":9007199254740993,"z":null}"#,
    ];
    folder.file("Build/step.log", (lines.join("\n") + "\n").as_bytes());
    folder
}

#[test]
fn every_rule() {
    let folder = bundle();
    let input = folder.tree("Build", &[]);
    const LAST: i64 = i64::MAX;
    let cases: &[(&str, &[i64])] = &[
        // Comparisons.
        ("pos eq 1", &[1]),
        ("1 eq pos", &[1]),
        ("pos ne 1", &[2, 3, 4, LAST]),
        ("pos gt 2", &[3, 4, LAST]),
        ("pos ge 2 and pos le 3", &[2, 3]),
        ("pos lt 2.5", &[1, 2]),
        ("pos eq 9223372036854775807", &[LAST]),
        ("pos eq -1", &[]),
        ("message eq 'one'", &[1]),
        ("message eq 'ONE'", &[]),
        ("message eq 'Two''s'", &[2]),
        ("message eq ''", &[3]),
        ("message gt 'a'", &[1, LAST]),
        // Null.
        ("message eq null", &[4]),
        ("message ne null", &[1, 2, 3, LAST]),
        ("null eq null", &[1, 2, 3, 4, LAST]),
        ("null ne null", &[]),
        ("message ne 'one'", &[2, 3, 4, LAST]),
        ("null ge null", &[]),
        ("not (message gt 'a')", &[2, 3, 4]),
        ("contains(message, 'x') or pos eq 4", &[4]),
        ("not contains(message, 'x')", &[1, 2, 3, LAST]),
        ("not (contains(message, 'x') and pos eq 9)", &[1, 2, 3, 4, LAST]),
        // And, or, not; keywords in any case.
        ("pos eq 1 or pos eq 2 and message eq 'x'", &[1]),
        ("(pos eq 1 or pos eq 2) and message ne 'x'", &[1, 2]),
        ("POS EQ 1", &[]),
        ("pos EQ 1 OR pos Eq 2", &[1, 2]),
        ("message EQ Null", &[4]),
        ("pos gt 1.0e-5 and pos lt 25e-1", &[1, 2]),
        ("pos ge 1000e-3 and pos lt 3000e-3", &[1, 2]),
        ("not true", &[]),
        ("not not true", &[1, 2, 3, 4, LAST]),
        ("true", &[1, 2, 3, 4, LAST]),
        ("pos gt 2 eq true", &[3, 4, LAST]),
        ("(pos gt 2) ne (pos lt 4)", &[1, 2, 4, LAST]),
        // In.
        ("pos in (1, 3)", &[1, 3]),
        ("pos in (1)", &[1]),
        ("pos in ()", &[]),
        ("message in ('one', null)", &[1, 4]),
        ("not (pos in (1,2,3,4))", &[LAST]),
        // Functions.
        ("startswith(message,'o')", &[1]),
        ("endswith( message , 's' )", &[2]),
        ("contains(tolower(message), 'two')", &[2]),
        ("toupper(message) eq 'GRÖSSER'", &[LAST]),
        ("length(message) eq 6", &[LAST]),
        ("length(trim('  ab ')) eq 2 and pos eq 1", &[1]),
        ("CONTAINS(message, 'ne')", &[1]),
        // Levels by severity.
        ("level eq 'WARN'", &[2]),
        ("level ge 'warn'", &[2, 3]),
        ("level lt 'WARN'", &[1]),
        ("'INFO' lt level", &[2, 3]),
        ("level_text eq 'odd'", &[4]),
        ("level eq null", &[4, LAST]),
        // Times, bare and in quotes, with an offset or without.
        ("timestamp eq 2024-05-01T10:00:00Z", &[1, 2]),
        ("timestamp eq '2024-05-01T10:00:00'", &[1, 2]),
        ("timestamp eq '2024-05-01T12:00:00+02:00'", &[1, 2]),
        ("timestamp ge 2024-05-02", &[3]),
        ("timestamp ge '2024-05-02'", &[3]),
        ("'2024-05-02' le timestamp", &[3]),
        ("timestamp lt 2024-05-01T10:01Z", &[1, 2]),
        ("timestamp in ('2024-05-02', 2024-05-03)", &[3]),
        // Keys.
        ("args/k eq 'v'", &[1]),
        ("args/'dd.trace_id' eq '7'", &[1]),
        ("args/k ne null", &[1]),
        ("args eq null", &[3, 4, LAST]),
        ("args eq '{}'", &[2]),
        ("args/none eq null", &[1, 2, 3, 4, LAST]),
        ("extra/n eq 5", &[3]),
        ("extra/n gt 5", &[4, LAST]),
        ("extra/n eq 9007199254740993", &[LAST]),
        ("extra/n eq 9007199254740992.0", &[]),
        ("extra/b", &[4]),
        ("extra/b eq true", &[4]),
        ("extra/'a-b' eq 'x'", &[4]),
        ("extra/t eq 2024-05-01", &[3]),
        ("extra/o/in eq '[1]'", &[3]),
        ("extra/n eq 'five'", &[]),
        // A path of its own: nothing of it is known beforehand.
        ("file eq 'step.log' and pos eq 2", &[2]),
        ("file eq 'other'", &[]),
        ("stage eq null and pos eq 2", &[2]),
    ];
    for (text, expected) in cases {
        if *text == "POS EQ 1" {
            assert!(Where::parse(text).unwrap().unknown().is_some(), "names are as they are");
            continue;
        }
        let filter = Where::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        let filter = Filter { wheres: vec![filter], ..Filter::default() };
        let rows = selected(&input, Selection { filter, ..Default::default() }, 1);
        let found: Vec<i64> = rows.iter().filter_map(|row| row.pos).collect();
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn mistakes_are_pointed_at() {
    let cases = [
        ("", 0..0, "the filter is empty"),
        ("level eq ERROR", 9..14, "unknown column ERROR; put text in quotes: 'ERROR'"),
        ("mesage eq 'x'", 0..6, "unknown column mesage; did you mean message?"),
        ("message eq 5", 11..12, "this is a number and cannot be compared with text"),
        ("pos eq '5'", 7..10, "this is text and cannot be compared with a number"),
        ("pos", 0..3, "the filter is a number, and not true or false"),
        ("message", 0..7, "the filter is text, and not true or false"),
        ("pos eq 1 and message", 13..20, "and needs a condition, this is text"),
        ("pos eq 1 pos", 9..12, "expected and, or or the end"),
        ("pos eq", 6..6, "expected a column, a value or ("),
        ("(pos eq 1", 9..9, "expected )"),
        ("pos in (line)", 8..12, "in takes values, not names"),
        ("pos in 5", 7..8, "expected ( and the values of in"),
        ("not message eq 'x'", 0..11, "not takes what follows it alone: write not (...)"),
        ("message eq 'x", 11..13, "missing closing quote"),
        ("message eq \"x\"", 11..12, "put text in single quotes: 'like this'"),
        ("contains(message)", 16..17, "expected a comma and the second value of contains"),
        ("contains(pos, 'x')", 9..12, "contains takes text, this is a number"),
        (
            "level ge 'WARM'",
            9..15,
            "unknown level WARM; levels are TRACE, DEBUG, INFO, WARN, ERROR, FATAL",
        ),
        ("timestamp gt 'soon'", 13..19, "invalid date or time \"soon\""),
        ("timestamp gt 2024-13-01", 13..23, "invalid date or time 2024-13-01"),
        ("timestamp gt 2024-05-01T24:00:00Z", 13..33, "invalid date or time 2024-05-01T24:00:00Z"),
        ("pos eq 1.", 7..9, ""),
        ("args eq 5 or pos eq 1", 8..9, "this is a number and cannot be compared with text"),
        ("stage/x eq 'a'", 0..7, "only args and extra have keys"),
        ("args/a/b eq 'a'", 0..8, "use args/KEY with one KEY"),
        ("pos eq 1 # no", 9..10, "unexpected '#'"),
        (
            "substringof('a', message)",
            0..11,
            "unknown function substringof; functions are contains, startswith, endswith, tolower, toupper, trim, length",
        ),
        ("true gt false", 0..13, "true and false have no order"),
    ];
    for (text, at, reason) in cases {
        // A name that is no column may be a key of records, where they have some.
        match Where::parse(text).map(|filter| filter.unknown().cloned()) {
            Err(mistake) | Ok(Some(mistake)) => {
                assert_eq!((mistake.at.clone(), &*mistake.reason), (at, reason), "{text}");
                assert!(mistake.to_string().starts_with(reason));
            }
            Ok(None) => assert_eq!(reason, "", "{text}"),
        }
    }
    let deep = format!("{}true{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(Where::parse(&deep).unwrap_err().reason, "the filter is nested too deeply");
    let deep = format!("{} true", "not ".repeat(100_000));
    assert_eq!(Where::parse(&deep).unwrap_err().reason, "the filter is nested too deeply");
    for (open, inner, close) in [
        ("tolower(", "message", ")"),
        ("contains(message, ", "'x'", ")"),
        ("not (", "true", ")"),
        ("", "true", " eq true"),
        ("", "line", " lt 5"),
        ("", "true", " in (true)"),
        ("(", "true", " and true)"),
    ] {
        let deep = format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000));
        let mistake = Where::parse(&deep).unwrap_err();
        assert!(mistake.to_string().len() < 500, "{open}: the text around the mistake");
        let is_kind =
            mistake.reason.contains("cannot be compared") || mistake.reason.contains("no order");
        assert!(
            is_kind || mistake.reason == "the filter is nested too deeply",
            "{open}: {mistake}"
        );
    }
}

#[test]
fn long_filters_are_not_deep() {
    let folder = bundle();
    let input = folder.tree("Build", &[]);
    let chain = |word: &str| vec!["pos eq 1"; 20_000].join(&format!(" {word} "));
    let list =
        format!("pos in ({})", (1..=100_000).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let nested = format!("{}pos eq 1{}", "(".repeat(150), " and true)".repeat(150));
    for (text, expected) in
        [(chain("and"), &[1][..]), (chain("or"), &[1]), (list, &[1, 2, 3, 4]), (nested, &[1])]
    {
        // Threads have less stack than this one.
        let filter = Filter { wheres: vec![Where::parse(&text).unwrap()], ..Filter::default() };
        let rows = selected(&input, Selection { filter, ..Default::default() }, 1);
        let found: Vec<i64> = rows.iter().filter_map(|row| row.pos).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn operators_of_other_languages_are_answered_with_those_of_odata() {
    for (text, meant) in [
        ("level = 'ERROR'", "use eq"),
        ("level == 'ERROR'", "use eq"),
        ("level != 'ERROR'", "use ne"),
        ("level <> 'ERROR'", "use ne"),
        ("pos >= 1", "use ge"),
        ("pos <= 1", "use le"),
        ("pos > 1", "use gt"),
        ("pos < 1", "use lt"),
        ("pos eq 1 && pos eq 2", "use and"),
        ("pos eq 1 || pos eq 2", "use or"),
        ("!(pos eq 1)", "use not"),
        ("message ~ 'x'", "use contains(message, 'text')"),
        ("message =~ 'x'", "use contains(message, 'text')"),
        ("level is null", "use eq null or ne null"),
        ("(level IS NOT NULL)", "use eq null or ne null"),
        ("message LIKE '%x%'", "use contains(message, 'text')"),
        ("message contains 'x'", "use contains(message, 'text')"),
        ("pos between 1 and 2", "use COLUMN ge A and COLUMN le B"),
        ("level not in ('INFO')", "use not (COLUMN in ('A', 'B'))"),
        ("level eq \"ERROR\"", "put text in single quotes: 'like this'"),
        ("level eq ERROR", "put text in quotes: 'ERROR'"),
    ] {
        let mistake = Where::parse(text).unwrap_err();
        assert!(mistake.reason.contains(meant), "{text}: {}", mistake.reason);
        assert!(mistake.reason.len() < 120, "{}", mistake.reason);
    }
}
