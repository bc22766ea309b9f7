//! Random lines: the library's row is the oracle's, and its ways to parse agree.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use ripsaw::format::harness::KEYS;
use ripsaw::json::Parser;
use ripsaw::record::Record;
use serde_json::Value;

use crate::convert::{Folder, Format, Setup, assert_like_the_oracle};
use crate::nasty;

const FRAGMENTS: &[&str] = &[
    r#""INFO""#,
    r#""warn""#,
    r#""""#,
    r#""text\n""#,
    r#""\u001b[1;91mred\u001b[0m\r\n""#,
    r#""\u003c\"\\\/\b\f\t\u0000""#,
    r#""é漢😀""#,
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""2024-05-01T10:00:00.123456789Z""#,
    r#""2024-05-01T10:00:00.123+05:30""#,
    r#""2024-05-01T10:00:00""#,
    r#""2024-05-01T10:00:60.1234567890123Z""#,
    r#""2300-01-01T00:00:00Z""#,
    "null",
    "true",
    "false",
    "0",
    "-0",
    "7",
    "-1",
    "30",
    "1.0e5",
    "0.1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1e400",
    "{}",
    "[]",
    r#"{"a":"1"}"#,
    r#"{"a":"1","b":"2"}"#,
    r#"{"a":"1","a":"2"}"#,
    r#"{"a":1,"b": [null, {"c":"d"}],"":"x"}"#,
    r#"[1, "two", {"three":3}]"#,
];

const NAMES: &[&str] = &[
    "level",
    "level",
    "pos",
    "pos",
    "out",
    "out",
    "out",
    "time",
    "time",
    "args",
    "args",
    "other",
    "",
    "Level",
    r"l\u0065vel",
    r"o\u0075t",
    r"\u0000",
    "_duplicates",
    "args/a",
    "é",
];

/// Members without braces, with whitespace here and there.
fn members() -> impl Strategy<Value = String> {
    let space = || select(&["", "", "", "", " ", "\t", "\r", " \t "][..]);
    let member = (space(), select(NAMES), space(), space(), select(FRAGMENTS), space());
    let member =
        member.prop_map(|(a, name, b, c, value, d)| format!("{a}\"{name}\"{b}:{c}{value}{d}"));
    vec(member, 0..8).prop_map(|members| members.join(","))
}

/// What stands between quotes, sound or not.
fn text() -> impl Strategy<Value = String> {
    let parts = vec![
        "",
        "a",
        "some words",
        "é",
        "漢😀",
        r"\n",
        r"\r\n",
        r"\t",
        r"\/",
        r"\b",
        r"\f",
        r"\\",
        r#"\""#,
        r"\u001b[31m",
        r"\u003c",
        r"\u00E9",
        r"\u0000",
        r"\u2028",
        r"\uffff",
        r"\ud83d\ude00",
        r"\ud83d",
        r"\uDE00",
        r"\u12",
        r"\u12g4",
        r"\u+123",
        r"\x",
        r"\é",
        "\\",
        "\"",
        "\t",
        "\u{1f}",
        "\u{7f}",
        "\u{feff}",
        "\r",
        "... (log line truncated)",
        r#"","time":"#,
    ];
    vec(select(parts), 0..6).prop_map(|parts| parts.concat())
}

/// A record in the platform's own shape, its values sound or not.
fn shaped() -> impl Strategy<Value = String> {
    let level = prop_oneof![select(&["info", "ERROR", ""][..]).prop_map(str::to_owned), text()];
    let pos = prop_oneof![
        any::<i64>().prop_map(|pos| pos.to_string()),
        (0..1_000_000u32).prop_map(|pos| pos.to_string()),
        select(&["", "00", "01", "-0", "1.0", "1e3", "0x1", "1 ", "null", "\"1\""][..])
            .prop_map(str::to_owned),
        "[0-9]{17,21}",
    ];
    let time = prop_oneof![
        4 => "20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|[+-][0-2][0-9]:[0-5][0-9])",
        1 => text(),
    ];
    let args = select(
        &["null", "{}", "{ }", r#"{"k":"v"}"#, r#"{"k":"v","k":1}"#, "[]", "nul", "{}}", "null\r"]
            [..],
    );
    let end = select(&["}", "}", "}", "}", "}\r", "} ", "}\r\r", "", "}x", ",\"x\":1}"][..]);
    (level, pos, text(), time, args, end).prop_map(|(level, pos, message, time, args, end)| {
        format!(
            r#"{{"level":"{level}","pos":{pos},"out":"{message}","time":"{time}","args":{args}{end}"#
        )
    })
}

#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Truncate(Index),
    Repeat(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let byte = || prop_oneof![any::<u8>(), select(&b"{}[]\",:\\ \t\r0e-.nu\xc3\x00"[..])];
    let at = any::<Index>;
    prop_oneof![
        (at(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        at().prop_map(Change::Delete),
        at().prop_map(Change::Truncate),
        (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn changed(mut line: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        if line.is_empty() {
            break;
        }
        let len = line.len();
        match change {
            Change::Set(at, byte) => line[at.index(len)] = byte,
            Change::Insert(at, byte) => line.insert(at.index(len), byte),
            Change::Delete(at) => drop(line.remove(at.index(len))),
            Change::Truncate(at) => line.truncate(at.index(len)),
            Change::Repeat(from, to) => {
                let (from, to) = (from.index(len), to.index(len));
                line.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
    line
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let object = prop_oneof![
        3 => members().prop_map(|members| format!("{{{members}}}")),
        3 => shaped(),
        1 => select(FRAGMENTS).prop_map(str::to_owned),
    ];
    let changes = prop_oneof![2 => Just(Vec::new()), 1 => vec(change(), 1..4)];
    (object, changes).prop_map(|(object, changes)| changed(object.into_bytes(), changes))
}

/// The record in words, from one of the ways to parse.
fn outcome(result: Result<String, String>) -> Result<String, ()> {
    result.map_err(drop)
}

pub(crate) fn assert_ways_agree(parser: &mut Parser, line: &[u8]) {
    let shown = |record: &Record<'_>| format!("{record:?}");
    let fast = outcome(parser.parse(line, shown));
    let thorough = outcome(parser.parse_thoroughly(line, shown));
    let text = String::from_utf8_lossy(line);
    assert_eq!(fast, thorough, "{text}");
    let value = serde_json::from_slice::<Value>(line);
    assert_eq!(fast.is_ok(), matches!(value, Ok(Value::Object(_))), "{text}");
}

#[test]
fn the_ways_to_parse_agree_on_every_rule() {
    let mut parser = Parser::new(KEYS);
    for line in nasty::lines() {
        assert_ways_agree(&mut parser, &line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_ways_to_parse_agree(lines in vec(line(), 100)) {
        let mut parser = Parser::new(KEYS);
        for line in lines {
            assert_ways_agree(&mut parser, &line);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn rows_of_random_lines(lines in vec(line(), 0..200), newline in select(&["\n", "\r\n"][..])) {
        let folder = Folder::new();
        let input = folder.file("random.log", &[b"{}\n", &*nasty::joined(&lines, newline)].concat());
        assert_like_the_oracle(&input, Format::ArrowStream, Setup::default());
    }
}
