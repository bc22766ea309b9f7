//! Pairs of keys and values, and what nearly is one.

use super::Maker;
use super::stamped::{texts, unstamped};
use super::words::{message, quoted};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        let mut pairs = vec![time(maker), level(maker), text(maker)];
        for _ in 0..maker.rng.usize(..6) {
            let pair = other(maker);
            pairs.push(pair);
        }
        if !is_first && maker.chance(40) {
            maker.rng.shuffle(&mut pairs);
        }
        let kind = if is_first { 99 } else { maker.rng.u32(..100) };
        if kind < 8 {
            let odd = odd(maker);
            pairs.insert(maker.rng.usize(..=pairs.len()), odd);
        }
        let line = joined(maker, &pairs);
        match kind {
            8..14 => unstamped(maker),
            14 => {
                let time = maker.time(3);
                maker.line(format!("{time}Z {line}"));
            }
            15 => {
                let word = maker.one(&["router:", "flag", "\"a\"", "=", "=1", "\"a\"=1", "a\"b=1"]);
                maker.line(format!("{word} {line}"));
            }
            16 => {
                let blanks = maker.one(&[" ", "\t", "   "]);
                maker.line(format!("{blanks}{line}{blanks}"));
            }
            17 if maker.out.len() > super::HEAD / 2 => {
                let mut bytes = b"msg=\"".to_vec();
                bytes.extend(maker.not_utf8());
                bytes.push(b'"');
                maker.line(bytes);
            }
            _ => maker.line(line),
        }
        is_first = false;
    }
}

fn joined(maker: &mut Maker, pairs: &[String]) -> String {
    let mut line = String::new();
    for (at, pair) in pairs.iter().enumerate() {
        if at > 0 {
            line.push_str(if maker.chance(95) { " " } else { maker.one(&["  ", "\t", " \t "]) });
        }
        line.push_str(pair);
    }
    line
}

fn time(maker: &mut Maker) -> String {
    let key = maker.one(&["ts", "time", "t", "timestamp", "Time", "at"]);
    let value = match maker.rng.u32(..20) {
        0 => maker.impossible_time(3),
        1 => maker.one(&["", "\"\"", "now", "-", "0.5"]).to_owned(),
        2 => format!("{}", maker.tick()),
        3 => format!("{}.{:03}", maker.tick() / 1_000, maker.rng.u32(..999)),
        4 => format!("\"{}\"", maker.time(3).replace('T', " ")),
        _ => {
            let digits = maker.rng.usize(..10);
            let (time, zone) = (maker.time(digits), maker.one(&["Z", "Z", "Z", "+02:00", ""]));
            format!("{time}{zone}")
        }
    };
    format!("{key}={value}")
}

fn level(maker: &mut Maker) -> String {
    let key = maker.one(&["level", "level", "lvl", "severity", "log.level", "L"]);
    let value =
        maker.one(&["info", "INFO", "warn", "eror", "error", "dbug", "crit", "30", "", "I"]);
    if maker.chance(2) { key.to_owned() } else { format!("{key}={value}") }
}

fn text(maker: &mut Maker) -> String {
    let key = maker.one(&["msg", "msg", "message", "event", "MSG"]);
    let text = texts(maker);
    match maker.rng.u32(..20) {
        0 => format!("{key}={}", maker.one(&["started", "", "\"\"", "\"\\n\"", "done\"", "a=b"])),
        1 => format!("{key}={}", quoted(maker, &format!("{text}\nsecond line\n"))),
        _ => format!("{key}={}", quoted(maker, &text)),
    }
}

const KEYS: [&str; 18] = [
    "caller",
    "component",
    "dyno",
    "err",
    "status",
    "msg",
    "level",
    "fields",
    "ключ",
    "a.b",
    "http.method",
    "pos",
    "line",
    "{a",
    "[b]",
    "'c'",
    "back\\slash",
    "id",
];

/// Bare values.
const VALUES: [&str; 18] = [
    "1",
    "3.25",
    "true",
    "null",
    "GET",
    "/cart?a=b&c=d",
    "a\"b",
    "a\"b\"",
    "{\"a\":1}",
    "=",
    "==",
    "é",
    "10.0.0.1:8080",
    "12ms",
    "C:\\temp",
    "\\\"",
    "'a'",
    "\u{1b}[31mred\u{1b}[0m",
];

/// Another pair, or a flag.
fn other(maker: &mut Maker) -> String {
    let key = maker.one(&KEYS);
    match maker.rng.u32(..12) {
        0 => key.to_owned(),
        1 => format!("{key}="),
        2 => {
            let text = message(maker);
            format!("{key}={}", quoted(maker, &text))
        }
        3 => {
            let escape = maker.one(&["\\x", "\\u12g4", "\\ud83d", "\\ud83d\\u0041", "\\'", "\\é"]);
            format!("{key}=\"a {escape} b\"")
        }
        4 => {
            let escapes = maker.one(&["\\u00e9", "\\ud83e\\udd80", "\\/\\b\\f"]);
            format!("{key}=\"{escapes}\"")
        }
        _ => format!("{key}={}", maker.one(&VALUES)),
    }
}

/// What is no pair.
fn odd(maker: &mut Maker) -> String {
    const ODD: [&str; 11] = [
        "a=\"open",
        "a=\"open \\",
        "a=\"open \\\"",
        "a=\"closed\"b",
        "a=\"closed\"=b",
        "a=\"closed\"\"b\"",
        "=b",
        "=",
        "a\"b=c",
        "\"a\"",
        "a=\"\\ud83d",
    ];
    maker.one(&ODD).to_owned()
}
