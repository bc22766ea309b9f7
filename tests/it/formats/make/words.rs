//! Messages, and JSON values and strings as they may be written.

use super::Maker;

const WORDS: [&str; 41] = [
    "10%\r20%",
    "Pulling",
    "image",
    "registry",
    "ERROR",
    "error:",
    "WARN",
    "level=info",
    "日本語",
    "grüße",
    "🦀",
    "[main]",
    "[a b]",
    "->",
    "null",
    "true",
    "0",
    "12.5",
    "{",
    "}",
    "{}",
    "[]",
    "\"quoted\"",
    "\\",
    "\\n",
    "C:\\temp",
    "a,b",
    "'",
    "=",
    "\t",
    "  ",
    "INFO   ",
    "##[error]",
    "\u{2028}",
    "\u{feff}",
    "\u{1}",
    "\u{7f}",
    "2024-12-26T23:04:08.054Z",
    "https://example.com/a?b=c&d={e}",
    "(ok)",
    ".",
];

const COLOURS: [&str; 7] = [
    "\u{1b}[0m",
    "\u{1b}[31m",
    "\u{1b}[1;93m",
    "\u{1b}[38;5;196m",
    "\u{1b}[39m",
    "\u{1b}[K",
    "\u{1b}[1;91m\u{1b}[40m",
];

pub(super) fn colour(maker: &mut Maker) -> &'static str {
    maker.one(&COLOURS)
}

/// A text that is not blank, begins with no blank and has no newline.
pub(super) fn message(maker: &mut Maker) -> String {
    let mut text = maker.one(&["Starting", "at", "Done:", "x", "é", "Waiting for"]).to_owned();
    for _ in 0..maker.rng.usize(..12) {
        if maker.chance(85) {
            text.push(' ');
        }
        if maker.chance(6) {
            text.push_str(colour(maker));
        }
        text.push_str(maker.one(&WORDS));
    }
    if maker.chance(4) {
        text.push_str(maker.one(&[" ", "\t", "\u{1b}[0m", "\u{1b}[", "\u{1b}]0;title\u{7}"]));
    }
    text
}

/// A JSON string of a text, some characters by escapes that need none.
pub(super) fn quoted(maker: &mut Maker, text: &str) -> String {
    if maker.chance(70) {
        return serde_json::to_string(text).unwrap();
    }
    let mut json = String::from("\"");
    for c in text.chars() {
        let mut units = [0; 2];
        match c {
            '/' if maker.chance(50) => json.push_str("\\/"),
            _ if maker.chance(12) => {
                for unit in c.encode_utf16(&mut units) {
                    json.push_str(&match maker.chance(50) {
                        true => format!("\\u{unit:04x}"),
                        false => format!("\\u{unit:04X}"),
                    });
                }
            }
            _ => {
                let text = serde_json::to_string(&c).unwrap();
                json.push_str(&text[1..text.len() - 1]);
            }
        }
    }
    json + "\""
}

/// The blanks between tokens.
fn gap(maker: &mut Maker, gaps: &[&'static str]) -> &'static str {
    if maker.chance(85) { "" } else { maker.one(gaps) }
}

/// How the tokens of a value are set apart.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Spread {
    OneLine,
    ManyLines,
}

impl Spread {
    fn gaps(self) -> &'static [&'static str] {
        match self {
            Spread::OneLine => &[" ", "  ", "\t"],
            Spread::ManyLines => &[" ", "\n", "\n    ", "\r\n\t", "\n\n"],
        }
    }
}

pub(super) fn value(maker: &mut Maker, depth: u32, spread: Spread) -> String {
    let kinds = if depth == 0 { 6 } else { 9 };
    match maker.rng.u32(..kinds) {
        0 => maker
            .one(&["0", "-0", "1", "-17", "3.25", "1e3", "1E-2", "17110374009324833748"])
            .into(),
        1 => maker.one(&["true", "false", "null"]).into(),
        2..=5 => {
            let text = match maker.rng.u8(..6) {
                0 => String::new(),
                1 => "}{][,:\"\\".to_owned(),
                2 => "a\nb\r\n\tc\u{8}\u{c}\0".to_owned(),
                _ => message(maker),
            };
            quoted(maker, &text)
        }
        6 | 7 => {
            let members = (0..maker.rng.usize(..4))
                .map(|_| {
                    let key = key(maker);
                    (key, value(maker, depth - 1, spread))
                })
                .collect();
            object(maker, members, spread)
        }
        _ => {
            let values: Vec<String> =
                (0..maker.rng.usize(..4)).map(|_| value(maker, depth - 1, spread)).collect();
            let gap = gap(maker, spread.gaps());
            format!("[{gap}{}{gap}]", values.join(&format!(",{gap}")))
        }
    }
}

pub(super) fn key(maker: &mut Maker) -> String {
    const KEYS: [&str; 14] = [
        "id",
        "url",
        "dd.trace_id",
        "hostname",
        "ключ",
        "a\"b",
        "back\\slash",
        "",
        " ",
        "attempt",
        "nested",
        "err",
        "_duplicates",
        "v",
    ];
    maker.one(&KEYS).to_owned()
}

/// An object of members as written.
pub(super) fn object(maker: &mut Maker, members: Vec<(String, String)>, spread: Spread) -> String {
    let gaps = spread.gaps();
    let gap_of_all = gap(maker, gaps);
    let mut json = format!("{{{gap_of_all}");
    for (at, (key, value)) in members.into_iter().enumerate() {
        if at > 0 {
            json.push(',');
            json.push_str(gap(maker, gaps));
        }
        json.push_str(&quoted(maker, &key));
        json.push_str(gap(maker, gaps));
        json.push(':');
        json.push_str(gap(maker, gaps));
        json.push_str(&value);
    }
    json + gap(maker, gaps) + "}"
}

/// A value whose brackets and quotes are sound but which is no JSON.
pub(super) fn broken_value(maker: &mut Maker, spread: Spread) -> String {
    const BROKEN: [&str; 14] = [
        "tru",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "nul",
        "NaN",
        "\"\\x\"",
        "\"\\ud83d\"",
        "\"\\u12g4\"",
        "\"tab\there\"",
        "[1 2]",
        "{\"a\" 1}",
    ];
    if spread == Spread::ManyLines && maker.chance(10) {
        return "\"new\nline\"".to_owned();
    }
    maker.one(&BROKEN).to_owned()
}
