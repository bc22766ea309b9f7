//! Records a line, and what they hold.

use super::Maker;
use super::words::{Spread, broken_value, key, message, object, quoted, value};
use crate::nasty;

pub(super) type Members = Vec<(String, String)>;

pub(super) fn harness(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        let time = maker.time(3);
        let text = message(maker);
        let text = quoted(maker, &text);
        let level = maker.one(&["INFO", "info", "WARN", "error", "FATAL"]);
        let json = format!(
            r#"{{"level":"{level}","pos":{},"out":{text},"time":"{time}Z","args":null}}"#,
            maker.rng.u32(..99)
        );
        maker.line(json);
    }
}

pub(super) fn ndjson(maker: &mut Maker, bytes: usize) {
    let mut nasty = nasty::lines();
    nasty.retain(|line| line.len() < 4_096 && !line.contains(&b'\n'));
    let mut is_first = true;
    while maker.out.len() < bytes {
        let mut members = any_record(maker, Spread::OneLine);
        // The first keys of a file decide its format.
        members.retain(|(key, _)| !is_first || key != "out");
        let json = object(maker, members, Spread::OneLine);
        let kind = if is_first { 99 } else { maker.rng.u32(..100) };
        match kind {
            0..2 => maker.line(json[..json.len() - 1].trim_end()),
            2 => maker.line(format!("{json} {json}")),
            3 => maker.line(format!("[{json}]")),
            4 => maker.line(message_and(&json)),
            5 => {
                let bytes = maker.not_utf8();
                let mut line = b"{\"msg\":\"".to_vec();
                line.extend(bytes);
                line.extend(b"\"}");
                maker.line(line);
            }
            6 => {
                let blanks = maker.one(&["", " ", "\t"]);
                maker.line(blanks);
            }
            7 => {
                let (broken, key) = (broken_value(maker, Spread::OneLine), key(maker));
                let json = object(maker, vec![(key, broken)], Spread::OneLine);
                maker.line(json);
            }
            8..12 => {
                let line = nasty[maker.rng.usize(..nasty.len())].clone();
                maker.line(line);
            }
            12 => {
                let scalar = maker.one(&["null", "17", "\"text\"", "[]", "{}", "  {}  "]);
                maker.line(scalar);
            }
            18..26 => super::envelopes::line(maker, &json),
            13..18 => {
                let blanks = maker.one(&[" ", "\t", "   "]);
                maker.line(format!("{blanks}{json}{blanks}"));
            }
            _ => maker.line(json),
        }
        is_first = false;
    }
}

fn message_and(json: &str) -> String {
    format!("Listening on port 3000 {json}")
}

/// Keys that fill columns, those of nested members with dots.
const KEYS: [&[&str]; 3] = [
    &[
        "time",
        "ts",
        "timestamp",
        "@timestamp",
        "logged_at",
        "@t",
        "asctime",
        "instant",
        "t",
        "T",
        "timeUnixNano",
        "__REALTIME_TIMESTAMP",
        "date",
        "created",
        "fields.time",
        "_source.ts",
        "record.time",
    ],
    &[
        "level",
        "severity",
        "lvl",
        "@l",
        "log.level",
        "level.name",
        "levelname",
        "severityText",
        "severityNumber",
        "L",
        "s",
        "PRIORITY",
        "attributes.level",
        "status",
        "jsonPayload.log.level",
        "fields.s",
    ],
    &[
        "msg",
        "message",
        "log",
        "out",
        "body",
        "event",
        "short_message",
        "MESSAGE",
        "body.stringValue",
        "Output",
        "line",
        "M",
        "fields.message",
        "jsonPayload.message",
        "_source.MESSAGE",
        "record.body.intValue",
    ],
];

/// A record with keys of every column, most often one of each, and some more.
pub(super) fn any_record(maker: &mut Maker, spread: Spread) -> Members {
    let mut members = Vec::new();
    for (column, keys) in KEYS.into_iter().enumerate() {
        let mut count = 1;
        while maker.chance(20) && count < 3 {
            count += 1;
        }
        for _ in 0..count {
            let written = match column {
                0 => time(maker),
                1 => level(maker),
                _ => text(maker, spread),
            };
            let written = if maker.chance(6) { value(maker, 1, spread) } else { written };
            // The first ones are those of most loggers.
            let keys = if maker.chance(60) { &keys[..3] } else { keys };
            add(&mut members, maker.one(keys), written, maker);
        }
    }
    if maker.chance(15) {
        let pos =
            maker.one(&["0", "-0", "17", "-3", "1.5", "\"4\"", "null", "99999999999999999999"]);
        members.push(("pos".to_owned(), pos.to_owned()));
    }
    for _ in 0..maker.rng.usize(..5) {
        let key = key(maker);
        let value = value(maker, 3, spread);
        members.push((key, value));
    }
    if maker.chance(85) {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|a, b| a.0 == b.0);
        maker.rng.shuffle(&mut members);
    }
    members
}

/// Adds a member, most often in objects of its own if its key has dots.
fn add(members: &mut Members, key: &str, value: String, maker: &mut Maker) {
    let Some((outer, rest)) = key.split_once('.').filter(|_| maker.chance(90)) else {
        return members.push((key.to_owned(), value));
    };
    let mut inside = Vec::new();
    add(&mut inside, rest, value, maker);
    for _ in 0..maker.rng.usize(..3) {
        let other = maker.one(&["id", "level", "message", "x", "name", "code"]);
        inside.push((
            other.to_owned(),
            maker.one(&["1", "\"info\"", "null", "{}", "[2]"]).to_owned(),
        ));
    }
    if maker.chance(90) {
        inside.dedup_by(|a, b| a.0 == b.0);
    }
    let quoted = |(key, value): &(String, String)| format!("\"{key}\":{value}");
    let inside: Vec<String> = inside.iter().map(quoted).collect();
    members.push((outer.to_owned(), format!("{{{}}}", inside.join(","))));
}

fn level(maker: &mut Maker) -> String {
    const LEVELS: [&str; 26] = [
        "\"info\"",
        "\"INFO\"",
        "\"Warning\"",
        "\"error\"",
        "\"err\"",
        "\"critical\"",
        "\"trace\"",
        "\"notice\"",
        "\"panic\"",
        "\"verbose\"",
        "\"\"",
        "30",
        "40",
        "50",
        "35",
        "true",
        "3",
        "\"3\"",
        "0",
        "7",
        "8",
        "17",
        "\"E\"",
        "\"D2\"",
        "\"INFO+2\"",
        "200",
    ];
    maker.one(&LEVELS).to_owned()
}

/// A time in any of its forms, and what is none.
fn time(maker: &mut Maker) -> String {
    let millis = maker.tick();
    let digits = maker.rng.usize(..10);
    match maker.rng.u32(..24) {
        20..24 => spelled_time(maker),
        0..7 => {
            let (time, zone) =
                (maker.time(digits), maker.one(&["Z", "Z", "+05:30", "-0700", "", "z"]));
            let time = if maker.chance(10) { time.replace('T', " ") } else { time };
            format!("\"{time}{zone}\"")
        }
        7 => format!("{}", millis / 1_000),
        8 => format!("{}.{:03}", millis / 1_000, millis % 1_000),
        9 => format!("{}.{:09}", millis / 1_000, maker.rng.u32(..999_999_999)),
        10 | 11 => format!("{millis}"),
        12 => format!("{millis}.{:06}", maker.rng.u32(..999_999)),
        13 => format!("{millis}{:03}", maker.rng.u32(..999)),
        14 => format!("{millis}{:03}.5", maker.rng.u32(..999)),
        15 => format!("{millis}{:06}", maker.rng.u32(..999_999)),
        16 => format!("\"{millis}\""),
        17 => format!("\"{}.{:03}\"", millis / 1_000, millis % 1_000),
        18 => {
            const ODD: [&str; 12] = [
                "0",
                "-1",
                "-86400.5",
                "99999999999",
                "100000000000",
                "99999999999999",
                "100000000000000",
                "99999999999999999",
                "100000000000000000",
                "1.7e9",
                "\"1.7e9\"",
                "1700000000.0",
            ];
            maker.one(&ODD).to_owned()
        }
        _ => {
            let time = maker.impossible_time(3);
            match maker.rng.u8(..4) {
                0 => format!("\"{time}Z\""),
                1 => "\"yesterday\"".to_owned(),
                2 => "null".to_owned(),
                _ => "{\"seconds\":17}".to_owned(),
            }
        }
    }
}

/// A time that is not RFC 3339, or an object, or nearly one of these.
fn spelled_time(maker: &mut Maker) -> String {
    let time = if maker.chance(95) { maker.time(0) } else { maker.impossible_time(0) };
    let (date, clock) = time.split_at(10);
    let (year, month, day) = (&date[..4], &date[5..7], &date[8..]);
    let clock = &clock[1..];
    let word = maker.one(&["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Dec", "Mai"]);
    let fraction = maker.one(&["", "", ",123", ".5", ",123456789012", ".", ","]);
    let zone = maker.one(&[
        "",
        "",
        "Z",
        " Z",
        " UTC",
        "+02",
        " +0200",
        " -02:30",
        "[UTC]",
        "Z[UTC]",
        "+01:00[Europe/Paris]",
        " +0000 UTC",
        " +0100 CET",
        " +0000 (UTC)",
        " EST",
        " UTC UTC",
        "+2",
        "GMT",
    ]);
    let text = match maker.rng.u8(..12) {
        0 | 1 => format!("{date} {clock}{fraction}{zone}"),
        2 => format!("{year}/{month}/{day} {clock}{fraction}{zone}"),
        3 => format!("{date}T{}{zone}", &clock[..5]),
        4 => format!("{year}{month}{day}T{}{fraction}{zone}", clock.replace(':', "")),
        5 => format!("{year}{month}{day}{}", clock.replace(':', "")),
        6 => format!("Mon, {day} {word} {year} {clock}{zone}"),
        7 => format!("{day}/{word}/{year}:{clock}{zone}"),
        8 => format!("Mon {word} {day} {clock}{zone} {year}"),
        9 => format!("[{day}/{word}/{year}:{clock}{zone}]"),
        _ => return time_object(maker),
    };
    format!("\"{text}\"")
}

/// A time as MongoDB, Log4j 2, protobuf or Loguru writes one.
fn time_object(maker: &mut Maker) -> String {
    let (millis, time) = (maker.tick(), maker.time(3));
    let seconds = millis / 1_000;
    let more = if maker.chance(20) { ",\"x\":1" } else { "" };
    match maker.rng.u8(..7) {
        5 => {
            let zone = maker.one(&["UTC", "+02:00", "Europe/Paris", "Z"]);
            format!(
                "{{\"date\":\"{}.5\",\"timezone_type\":3,\"timezone\":\"{zone}\"{more}}}",
                maker.time(0).replace('T', " ")
            )
        }
        0 => format!("{{\"$date\":\"{time}Z\"{more}}}"),
        1 => format!("{{\"$date\":{{\"$numberLong\":\"{millis}\"}}{more}}}"),
        2 => format!("{{\"epochSecond\":{seconds},\"nanoOfSecond\":123456789{more}}}"),
        3 => format!("{{\"seconds\":\"{seconds}\",\"nanos\":5{more}}}"),
        4 => format!("{{\"repr\":\"{time}+00:00\",\"timestamp\":{seconds}.5}}"),
        _ => "{\"$date\":null}".to_owned(),
    }
}

fn text(maker: &mut Maker, spread: Spread) -> String {
    let mut text = maker.long().unwrap_or_else(|| message(maker));
    if maker.chance(20) {
        text.push_str(maker.one(&["\n", "\r\n", "\n\n", "\u{1b}[0m\n", "\nsecond line", "\r"]));
    }
    match maker.rng.u8(..32) {
        30 => "[111,107, 32,27,91,49,109,255]".to_owned(),
        31 => maker.one(&["[111,107]", "[300]", "[]", "[1.5]"]).to_owned(),
        0 => maker.one(&["17", "true", "null", "-0.0", "\"\""]).to_owned(),
        1 => value(maker, 2, spread),
        _ => quoted(maker, &text),
    }
}
