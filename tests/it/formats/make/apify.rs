//! Apify: words of level, colours, redirects, and JSON as the text or at its end.

use super::Maker;
use super::stamped::{preamble, texts, unstamped};
use super::words::{Spread, colour, key, message, object, value};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    preamble(maker);
    let time = maker.time(3);
    maker.line(format!("{time}Z ACTOR: Pulling Docker image."));
    while maker.out.len() < bytes {
        let time = maker.time(3);
        match maker.rng.u32(..100) {
            0..70 => {
                let text = apify_text(maker);
                maker.line(format!("{time}Z {text}"));
            }
            70..73 => {
                let blanks = maker.one(&["", " ", "  ", "   "]);
                maker.line(format!("{time}Z{blanks}"));
            }
            73..83 => {
                let (blanks, text) = (maker.one(&[" ", "    ", "\t"]), texts(maker));
                maker.line(format!("{time}Z {blanks}{text}"));
            }
            83 => {
                let time = maker.impossible_time(3);
                maker.line(format!("{time}Z INFO  no such time"));
            }
            84 => {
                let digits = maker.rng.usize(1..6);
                let (time, zone) = (maker.time(digits), maker.one(&["Z", "+00:00", "", "z"]));
                maker.line(format!("{time}{zone} perhaps a stamp"));
            }
            _ => unstamped(maker),
        }
    }
}

fn apify_text(maker: &mut Maker) -> String {
    const LEVELS: [&str; 9] =
        ["ERROR", "SFAIL", "WARN", "WARNING", "INFO", "DEBUG", "PERF", "CRITICAL", "FATAL"];
    const OTHERS: [&str; 8] =
        ["info", "INFO:", "INFOS", "TRACE", "Error", "WARN-", "NOTICE", "ERROR\t"];
    let mut text = String::new();
    if maker.chance(8) {
        let time = maker.time(3);
        let name =
            maker.one(&["[apify.name runId:hXq3] -> ", "[name]-> ", "[name] -> ", "[a] -> x"]);
        text = format!("{name}{time}Z ");
    }
    let is_coloured = maker.chance(15);
    let paint = |maker: &mut Maker, text: &mut String| {
        if is_coloured && maker.chance(60) {
            text.push_str(colour(maker));
        }
    };
    paint(maker, &mut text);
    if maker.chance(15) {
        text.push_str(maker.one(&[
            "[apify] ",
            "[crawlee.crawlers._basic] ",
            "[two words] ",
            "[x]",
        ]));
        paint(maker, &mut text);
    }
    let word = if maker.chance(90) { maker.one(&LEVELS) } else { maker.one(&OTHERS) };
    let rest = texts(maker);
    match maker.rng.u32(..100) {
        0..8 => {
            let colon = maker.one(&[": ", ": ", ":", " "]);
            return format!("{text}ACTOR: {word}{colon}{rest}");
        }
        8..12 => return format!("ACTOR: {rest}"),
        12..22 => return apify_json(maker),
        22..35 => return text + &rest,
        _ => {}
    }
    text.push_str(word);
    paint(maker, &mut text);
    if maker.chance(3) {
        return text;
    }
    text.push_str(&" ".repeat(maker.rng.usize(1..5)));
    paint(maker, &mut text);
    if maker.chance(30) {
        text.push_str(maker.one(&[
            "CheerioCrawler: ",
            "Statistics:",
            "CheerioCrawler:Statistics: ",
        ]));
    }
    text.push_str(&rest);
    if maker.chance(40) {
        let (json, in_brackets) = (json_tail(maker), maker.chance(30));
        text.push_str(&if in_brackets { format!(" ({json})") } else { format!(" {json}") });
        if maker.chance(10) {
            text.push_str(maker.one(&["\u{1b}[39m", ".", "}", ")"]));
        }
    }
    text
}

/// A text of JSON, most often an object.
fn apify_json(maker: &mut Maker) -> String {
    let mut members = vec![("time".to_owned(), format!("\"{}Z\"", maker.time(3)))];
    let level = maker.one(&["\"WARNING\"", "\"info\"", "30", "null", "[]", "\"\""]);
    let text = message(maker);
    let text = serde_json::to_string(&text).unwrap();
    for (key, json) in [("level", level), ("msg", &text), ("message", "\"other\"")] {
        if maker.chance(70) {
            members.push((key.to_owned(), json.to_owned()));
        }
    }
    for _ in 0..maker.rng.usize(..4) {
        let key = if maker.chance(10) { "msg".to_owned() } else { key(maker) };
        let value = value(maker, 2, Spread::OneLine);
        members.push((key, value));
    }
    maker.rng.shuffle(&mut members);
    let json = object(maker, members, Spread::OneLine);
    match maker.rng.u8(..20) {
        0 => format!("{json} {json}"),
        1 => json.replacen(':', "", 1),
        2 => format!("{json}  "),
        3 => format!("[{json}]"),
        _ => json,
    }
}

/// An object, or nearly one.
pub(super) fn json_tail(maker: &mut Maker) -> String {
    let members = (0..maker.rng.usize(..4))
        .map(|at| {
            let key = if maker.chance(90) { format!("{}{at}", key(maker)) } else { key(maker) };
            let value = value(maker, 2, Spread::OneLine);
            (key, value)
        })
        .collect();
    let json = object(maker, members, Spread::OneLine);
    match maker.rng.u8(..20) {
        0 => json[1..].to_owned(),
        1 => json.replacen(':', ";", 1),
        2 => format!("{{\"a\":1,\"a\":2,\"b\":{json}}}"),
        3 => format!("{{\"a\":\" {{\",\"b\":{json}}}"),
        _ => json,
    }
}
