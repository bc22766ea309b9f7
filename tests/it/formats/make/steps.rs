//! Texts whose levels the oracle knows, for the formats that take the level from any message.

use super::words::message;
use super::{HEAD, Maker};

const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Prose, in which no word is a level.
pub(super) fn prose(maker: &mut Maker) -> String {
    let text = maker.long().unwrap_or_else(|| message(maker));
    // What stands behind a `\r` may be all that is left of a line.
    format!("Listening on 3000: {}", text.replace('\r', "\rListening on 3001: "))
}

/// A level, then prose.
pub(super) fn led(maker: &mut Maker) -> String {
    let (level, text) = (maker.one(&LEVELS), prose(maker));
    match maker.rng.u8(..3) {
        0 => format!("{level}: {text}"),
        1 => format!("{level:>5} 1 --- [main] c.a.Shop : {text}"),
        _ => format!("{level} {text}"),
    }
}

/// A text with a level or without.
pub(super) fn told(maker: &mut Maker) -> String {
    match maker.rng.u32(..100) {
        0..70 => prose(maker),
        70..88 => led(maker),
        88..94 => {
            let (level, text) = (maker.one(&LEVELS), prose(maker));
            format!("[{level}] agent: {text}")
        }
        94..98 => {
            let text = prose(maker);
            format!("\u{1b}[31;1mERROR: \u{1b}[0;m{text}\u{1b}[0m")
        }
        _ => maker.one(&["", " ", "\t", "\u{1b}[0K", "\u{1b}[0m \u{1b}[0m"]).to_owned(),
    }
}

/// A line of nothing but text, a blank one, one that is not UTF-8.
pub(super) fn loose(maker: &mut Maker) {
    match maker.rng.u32(..100) {
        0..25 => {
            let blanks = maker.one(&["", "", " ", "\t", "  \t ", "\r"]);
            maker.line(blanks);
        }
        25..35 if maker.out.len() > HEAD / 2 => {
            let line = maker.not_utf8();
            maker.line(line);
        }
        35..50 => {
            let text = prose(maker);
            maker.line(format!("    {text}"));
        }
        _ => {
            let text = told(maker);
            maker.line(text);
        }
    }
}
