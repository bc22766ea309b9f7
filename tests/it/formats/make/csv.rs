//! A header and records of cells.

use super::Maker;
use super::stamped::{texts, unstamped};
use super::words::message;

/// Names of times, messages and levels, and others, which may be there as well.
const NAMES: [&[&str]; 4] = [
    &["timestamp", "Date", "@timestamp", "TIME", "time", "Created_At"],
    &["message", "Message", "@message", "MSG", "Body", "Event"],
    &["level", "Status", "SEVERITY", "Level", "log_level"],
    &["Host", "Service", "@logStream", "a \"b\"", "ключ", "line two", "id", "Pos", "fields", "x"],
];

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let separator = maker.one(&[",", ",", "\t", ";"]);
    let mut names: Vec<&str> = NAMES[..3].iter().map(|names| maker.one(names)).collect();
    for name in NAMES[3] {
        if maker.chance(30) {
            names.push(*name);
        }
    }
    if maker.chance(50) {
        maker.rng.shuffle(&mut names);
    }
    let header: Vec<String> = names.iter().map(|name| cell(maker, name, separator)).collect();
    maker.line(header.join(separator));
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        let mut cells = Vec::new();
        for name in &names {
            let text = value(maker, name);
            cells.push(cell(maker, &text, separator));
        }
        match if is_first { 99 } else { maker.rng.u32(..100) } {
            0 => {
                cells.pop();
                maker.line(cells.join(separator));
            }
            1 => maker.line(format!("{}{separator}", cells.join(separator))),
            2..5 => unstamped(maker),
            5 => maker.line(vec![""; names.len()].join(separator)),
            6 => {
                cells[0] =
                    maker.one(&["a\"b", "\"a\"b", "\"a\" ", " \"a\"", "\"\"\"\"", "\"\""]).into();
                maker.line(cells.join(separator));
            }
            7 if maker.out.len() > super::HEAD / 2 => {
                let mut line = cells.join(separator).into_bytes();
                line.extend(separator.as_bytes());
                line.extend(maker.not_utf8());
                maker.line(line);
            }
            8..11 => {
                let at = maker.rng.usize(..cells.len());
                cells[at] = maker
                    .one(&[
                        "\"",
                        "\"open",
                        "\"\"\"open",
                        "\"a\nb\" c",
                        "\"a\n\"\"",
                        "x\"",
                        "\"a\"\" b",
                    ])
                    .into();
                maker.line(cells.join(separator));
            }
            _ => maker.line(cells.join(separator)),
        }
        is_first = false;
    }
    if maker.chance(15) {
        let quote = maker.one(&["\"never closed", "a\"", "\"a\"\"\n\nb"]);
        maker.line(quote);
    }
}

fn value(maker: &mut Maker, name: &str) -> String {
    if maker.chance(5) {
        return maker.one(&["", " ", "-", "null", "0"]).to_owned();
    }
    if NAMES[0].contains(&name) {
        let digits = maker.rng.usize(..7);
        return match maker.rng.u32(..10) {
            0 => maker.impossible_time(3),
            1 => format!("{}", maker.tick()),
            2 => maker.time(digits).replace('T', " "),
            3 => format!("{}, UTC", maker.time(0)),
            _ => format!("{}Z", maker.time(digits)),
        };
    }
    if NAMES[2].contains(&name) {
        return maker.one(&["info", "ERROR", "Warning", "200", "ok", "debug"]).to_owned();
    }
    if !NAMES[1].contains(&name) {
        return maker
            .one(&["web-1", "7", "true", "{\"a\":1}", "a,b", "a;b", "é", "a\tb"])
            .to_owned();
    }
    let text = texts(maker);
    match maker.rng.u32(..10) {
        0 => format!("{text}\n\tat a.B\n\n  \nend"),
        1 => format!("{text}\r\nsecond line"),
        2 => format!("{{\"msg\":{}}}", serde_json::to_string(&message(maker)).unwrap()),
        _ => text,
    }
}

/// A cell in quotes, if it needs them and at times if not.
fn cell(maker: &mut Maker, text: &str, separator: &str) -> String {
    let needs = text.contains(['"', '\n', '\r']) || text.contains(separator);
    match needs || maker.chance(20) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
