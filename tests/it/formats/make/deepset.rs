//! deepset: pages, arrays, records a line, CSV.

use super::Maker;
use super::words::{Spread, broken_value, message, object, quoted, value};

const ORIGINS: [&str; 6] =
    ["querypipeline", "indexingpipeline", "haystack", "unknown", "elsewhere", "Haystack"];

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    match maker.rng.u8(..5) {
        0 => pages(maker, bytes),
        1 => array(maker, bytes),
        2 => lines(maker, bytes),
        3 => csv(maker, bytes),
        _ => one_page_a_line(maker, bytes),
    }
}

/// A record; `may_break` lets a value be none.
fn record(maker: &mut Maker, spread: Spread, may_break: bool) -> String {
    let (digits, text) = (maker.rng.usize(..7), text(maker));
    let zone = maker.one(&["Z", "Z", "+00:00"]);
    let mut members = vec![
        ("log_id".to_owned(), format!("\"{:x}\"", maker.rng.u32(..5_000))),
        ("message".to_owned(), quoted(maker, &text)),
        ("logged_at".to_owned(), format!("\"{}{zone}\"", maker.time(digits))),
        ("level".to_owned(), maker.one(&["\"info\"", "\"warning\"", "\"error\"", "\"x\""]).into()),
        ("origin".to_owned(), format!("\"{}\"", maker.one(&ORIGINS))),
    ];
    if maker.chance(50) {
        let exceptions = match maker.chance(60) {
            true => "null".to_owned(),
            false => exceptions(maker, spread),
        };
        members.push(("exceptions".to_owned(), exceptions));
    }
    if maker.chance(50) {
        members.push(("extra_fields".to_owned(), value(maker, 3, spread)));
    }
    if maker.chance(5) {
        members.push(("message".to_owned(), "\"twice\"".to_owned()));
    }
    if maker.chance(5) {
        members.push(("logged_at".to_owned(), "\"some day\"".to_owned()));
    }
    if maker.chance(40) {
        maker.rng.shuffle(&mut members);
    }
    if may_break && maker.chance(4) {
        let broken = broken_value(maker, spread);
        members.push(("broken".to_owned(), broken));
    }
    object(maker, members, spread)
}

fn text(maker: &mut Maker) -> String {
    let mut text = maker.long().unwrap_or_else(|| message(maker));
    if maker.chance(15) {
        text.push_str(maker.one(&["\n", "\r\n", "\nTraceback:\n  at x", "\u{1b}[0m\n"]));
    }
    text
}

fn exceptions(maker: &mut Maker, spread: Spread) -> String {
    let trace = value(maker, 2, spread);
    format!(r#"[{{"type":"ValueError","value":"a }} ] \" b","trace":{trace}}}]"#)
}

/// One page, its `data` first, last or in between.
fn page(maker: &mut Maker, spread: Spread, bytes: usize) {
    let between = match spread {
        Spread::ManyLines => maker.one(&[",\n    ", ",", "\n,\r\n"]),
        Spread::OneLine => maker.one(&[",", ", "]),
    };
    let mut data = String::new();
    let mut count = 0;
    while count == 0 || data.len() < bytes {
        data.push_str(if count > 0 { between } else { "" });
        data.push_str(&record(maker, spread, count > 0));
        count += 1;
        if maker.chance(2) {
            data.push_str(between);
            data.push_str(maker.one(&["17", "null", "\"}\"", "[]", "tru"]));
        }
    }
    if maker.chance(5) {
        data.clear();
    }
    let mut members = vec![
        ("data".to_owned(), format!("[{data}]")),
        ("has_more".to_owned(), maker.one(&["true", "false"]).to_owned()),
        ("total".to_owned(), format!("{count}")),
    ];
    if maker.chance(20) {
        maker.rng.shuffle(&mut members);
    }
    if maker.chance(8) {
        members.push(("next".to_owned(), value(maker, 2, spread)));
    }
    let json = object(maker, members, spread);
    maker.out.extend(json.bytes());
}

fn pages(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        let size = maker.rng.usize(500..120_000);
        page(maker, Spread::ManyLines, size);
        let between = maker.one(&["\n", "\n\n", "", " ", "\r\n"]);
        maker.out.extend(between.bytes());
    }
    maker.line("");
}

fn one_page_a_line(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        let size = maker.rng.usize(200..9_000);
        page(maker, Spread::OneLine, size);
        maker.line("");
    }
}

fn array(maker: &mut Maker, bytes: usize) {
    let between = maker.one(&[",\n", ",", "\n  ,\n"]);
    maker.out.push(b'[');
    let first = record(maker, Spread::ManyLines, false);
    maker.out.extend(first.bytes());
    while maker.out.len() < bytes {
        let spread = if maker.chance(50) { Spread::ManyLines } else { Spread::OneLine };
        let record = record(maker, spread, true);
        maker.out.extend(between.bytes());
        maker.out.extend(record.bytes());
    }
    maker.line("]");
}

fn lines(maker: &mut Maker, bytes: usize) {
    let first = record(maker, Spread::OneLine, false);
    maker.line(first);
    while maker.out.len() < bytes {
        let record = record(maker, Spread::OneLine, true);
        match maker.rng.u32(..100) {
            0 => maker.line(&record.as_bytes()[..record.len() / 2]),
            1 => maker.line(""),
            2 => {
                let line = maker.not_utf8();
                maker.line(line);
            }
            _ => maker.line(record),
        }
    }
}

fn csv(maker: &mut Maker, bytes: usize) {
    let mut names =
        vec!["log_id", "message", "logged_at", "level", "origin", "exceptions", "extra_fields"];
    if maker.chance(30) {
        names.push("another, one");
    }
    if maker.chance(60) {
        maker.rng.shuffle(&mut names);
    }
    let header: Vec<String> = names.iter().map(|name| cell(maker, name)).collect();
    maker.line(header.join(","));
    while maker.out.len() < bytes {
        let mut cells = Vec::new();
        for name in &names {
            let text = csv_text(maker, name);
            cells.push(cell(maker, &text));
        }
        match maker.rng.u32(..100) {
            0 => maker.line(cells[1..].join(",")),
            1 => maker.line(cells.join(",") + ",one too many"),
            2 => maker.line("one cell"),
            3 => {
                let blanks = maker.one(&["", " ", "\t "]);
                maker.line(blanks);
            }
            4 => {
                let mut line = cells.join(",").into_bytes();
                line[0] = 0xff;
                if line.len() > 1 && cells[0].starts_with('"') {
                    line.insert(0, b'"');
                }
                maker.line(line);
            }
            _ => maker.line(cells.join(",")),
        }
    }
}

fn csv_text(maker: &mut Maker, name: &str) -> String {
    if maker.chance(6) {
        return String::new();
    }
    match name {
        "log_id" => format!("{:x}", maker.rng.u32(..5_000)),
        "logged_at" if maker.chance(95) => maker.time(6) + "Z",
        "level" => maker.one(&["info", "warning", "error", "30", "other"]).to_owned(),
        "origin" => maker.one(&ORIGINS).to_owned(),
        "exceptions" | "extra_fields" => match maker.rng.u8(..6) {
            0 => "{'type': 'ValueError', 'value': None}".to_owned(),
            1 => maker.one(&["null", "17", "\"text\"", "tru", "{}", "[]"]).to_owned(),
            2 => exceptions(maker, Spread::ManyLines),
            _ => value(maker, 3, Spread::OneLine),
        },
        _ => text(maker),
    }
}

/// Quoted where it must be, and at times where it need not.
fn cell(maker: &mut Maker, text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || maker.chance(25) && !text.is_empty() {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
