//! Lines of several formats, made at random: what their writers write, and something like it.

use fastrand::Rng;

use super::undecoded::{line as leveled, timed};

/// What messages are made of: parts of literals, colours within them, what JSON escapes, what CSV quotes, levels.
const TOKENS: [&str; 26] = [
    "ab",
    "fatal",
    "fa",
    "tal",
    "time",
    "out",
    " ",
    " ",
    "  ",
    "a",
    "b",
    "\"",
    "\\",
    "\t",
    "é",
    "<",
    "/",
    ",",
    "{",
    "}",
    "ERROR ",
    "INFO  ",
    "\u{1b}[31m",
    "\u{1b}[0m",
    "\u{1b}]0;t\u{7}",
    "MESSAGE",
];

fn message(random: &mut Rng) -> String {
    (0..random.usize(..7)).map(|_| TOKENS[random.usize(..TOKENS.len())]).collect()
}

/// A text as a string of JSON, some of it with escapes that it would not need.
fn quoted(text: &str, random: &mut Rng) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match (c, random.u8(..30)) {
            (c, 0) if c.is_ascii() => json.push_str(&format!("\\u{:04x}", c as u32)),
            (c, 1) if c.is_ascii() => json.push_str(&format!("\\u{:04X}", c as u32)),
            ('/', 2) => json.push_str("\\/"),
            ('"' | '\\', _) => json.extend(['\\', c]),
            ('\n', _) => json.push_str("\\n"),
            ('\t', _) => json.push_str("\\t"),
            ('\r', _) => json.push_str("\\r"),
            (c, _) if c < ' ' => json.push_str(&format!("\\u{:04x}", c as u32)),
            (c, _) => json.push(c),
        }
    }
    json + "\""
}

/// A line of Docker's daemon, or something like one; a part of a text now and then.
pub(super) fn docker_line(random: &mut Rng) -> String {
    let mut log = match random.u8(..5) {
        0 => leveled(random),
        1 => timed(random),
        2 => {
            let (text, other) = (message(random), message(random));
            format!("{{\"msg\":{},\"k\":{}}}", quoted(&text, random), quoted(&other, random))
        }
        _ => message(random),
    };
    log.push_str(match random.u8(..14) {
        0 | 1 => "",
        2 => "\r\n",
        _ => "\n",
    });
    let log = quoted(&log, random);
    let stream = ["stdout", "stderr"][random.usize(..2)];
    let time = format!("2026-03-09T10:00:{:02}.5Z", random.u32(..60));
    match random.u8(..40) {
        0 => format!(
            "{{\"log\":{log},\"stream\":\"{stream}\",\"attrs\":{{\"a\":\"fatal\"}},\"time\":\"{time}\"}}"
        ),
        1 => format!("{{\"time\": \"{time}\", \"log\": {log}, \"stream\": \"{stream}\"}}"),
        2 => format!("{{\"log\":{log},\"stream\":\"{stream}\",\"time\":\"{time}\"}}\r"),
        3 => format!("{{\"log\":{log},\"stream\":\"{stream}\",\"time\":\"10:00 fatal\"}}"),
        4 => {
            format!("{{\"log\":\"bad \\x fatal\\n\",\"stream\":\"{stream}\",\"time\":\"{time}\"}}")
        }
        5 => message(random),
        6 => String::new(),
        _ => format!("{{\"log\":{log},\"stream\":\"{stream}\",\"time\":\"{time}\"}}"),
    }
}

/// A line of Apify's, or something like one.
pub(super) fn apify_line(random: &mut Rng) -> String {
    let text = message(random);
    let level = ["INFO ", "WARN ", "ERROR", "DEBUG", "WARNING", "CRITICAL"][random.usize(..6)];
    let text = match random.u8(..13) {
        0 => format!("ACTOR: {text}"),
        1 => format!("ACTOR: {}: {text}", level.trim()),
        2 => format!("[a-b] {level} {text}"),
        3 => format!("[run] -> 2026-03-09T10:00:00.000Z [fatal] {level} {text}"),
        4 => format!("\u{1b}[32m{level}\u{1b}[39m {text}"),
        5 => format!("    at {text}"),
        6 => format!("  {level} {text}"),
        7 => ["", " ", "\r"][random.usize(..3)].to_owned(),
        8 => {
            let key = ["msg", "message", "other"][random.usize(..3)];
            let text = quoted(&text, random);
            format!("{{\"level\":\"{}\",\"{key}\":{text},\"time\":1}}", level.trim())
        }
        9 => format!("{text} {{\"fatal\":1}}"),
        10 => leveled(random),
        _ => format!("{level} {text}"),
    };
    let end = ["", "", "", "\r"][random.usize(..4)];
    match random.u8(..12) {
        0 => text,
        _ => format!("2026-03-09T10:00:{:02}.123Z {text}{end}", random.u32(..60)),
    }
}

/// A record of deepset's.
pub(super) fn record(random: &mut Rng) -> String {
    let second = random.u32(..60);
    let level = ["info", "warning", "error", "CRITICAL", "odd", "\\u0065rror"][random.usize(..6)];
    let text = match random.u8(..8) {
        0 => "null".to_owned(),
        1 => "\"\\u001b[0m\"".to_owned(),
        _ => quoted(&message(random), random),
    };
    let fields = quoted(&message(random), random);
    let gap = ["", "", "", " ", "\t"][random.usize(..5)];
    format!(
        "{{\"log_id\":{gap}\"a{second}\",\"logged_at\":{gap}\"2026-03-09T10:00:{second:02}.25Z\",\
         \"level\"{gap}:\"{level}\",\"message\":{text},{gap}\"origin\":\"querypipeline\",\
         \"exceptions\":null,\"extra_fields\":{{\"fatal\":{fields}}}}}"
    )
}

/// A record or a page on a line, or something like one.
pub(super) fn deepset_line(random: &mut Rng) -> String {
    let page = |random: &mut Rng| {
        let records: Vec<String> = (0..random.usize(..4)).map(|_| record(random)).collect();
        let other = quoted(&message(random), random);
        let rest = ["}", "}", "}", "} fatal", ""][random.usize(..5)];
        format!(
            "{{\"data\":[{}],\"has_more\":true,\"other\": {other},\"total\":50{rest}",
            records.join(", ")
        )
    };
    match random.u8(..14) {
        0 => page(random),
        1 => message(random),
        2 => leveled(random),
        3 => format!("{}{}", record(random), record(random)),
        4 => format!("[{},{}]", record(random), record(random)),
        5 => format!(" {}\r", record(random)),
        6 => timed(random),
        _ => record(random),
    }
}

/// A record of deepset's as CSV.
pub(super) fn csv_line(random: &mut Rng) -> String {
    let field =
        |text: &str, random: &mut Rng| match text.contains(['"', ',', '\n']) || random.bool() {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_owned(),
        };
    let second = random.u32(..60);
    let level = ["info", "WARNING", "error", "50", "odd", ""][random.usize(..6)];
    let time = match random.u8(..10) {
        0 => String::new(),
        1 => "10:00 fatal".to_owned(),
        2 => (1_773_050_400 + second).to_string(),
        _ => format!("2026-03-09T10:00:{second:02}.25Z"),
    };
    let text = match random.u8(..8) {
        0 => ["", " ", "\u{1b}[0m"][random.usize(..3)].to_owned(),
        1 => format!("{}\n{}", message(random), message(random)),
        _ => message(random),
    };
    let other = message(random);
    let mut fields = [format!("a{second}"), time, level.to_owned(), text, other, String::new()];
    fields[5] = format!("{{\"fatal\":{}}}", quoted(&message(random), random));
    let fields: Vec<String> = fields.iter().map(|text| field(text, random)).collect();
    let end = ["", "", "", "\r", ",fatal"][random.usize(..5)];
    format!("{}{end}", fields.join(","))
}

/// A line of a format whose lines begin with a stamp.
pub(super) fn stamped_line(stamp: &str, levels: &[&str], random: &mut Rng) -> String {
    let text = message(random);
    let level = levels[random.usize(..levels.len())];
    let stamp = stamp.replace("SS", &format!("{:02}", random.u32(..60)));
    match random.u8(..6) {
        0 => format!("  {text}"),
        _ => format!("{}{text}", stamp.replace("LEVEL", level)),
    }
}

/// A line, seldom with a byte that is not UTF-8.
pub(super) fn damaged(line: String, random: &mut Rng) -> Vec<u8> {
    let mut line = line.into_bytes();
    if random.u8(..60) == 0 && !line.is_empty() {
        let at = random.usize(..line.len());
        line[at] = 0xff;
    }
    line
}
