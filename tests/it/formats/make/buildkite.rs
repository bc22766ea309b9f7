//! Job logs of Buildkite: times in escapes, groups, redrawn lines.

use super::stamped::{preamble, unstamped};
use super::steps::{led, prose, told};
use super::words::colour;
use super::{HEAD, Maker};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    preamble(maker);
    while maker.out.len() < bytes {
        let time = stamp(maker);
        match maker.rng.u32(..100) {
            0..8 => {
                let text = group(maker);
                maker.line(format!("{time}{text}"));
            }
            8..16 => redrawn(maker, &time),
            16 => maker.line(format!("{time}^^^ +++")),
            17 => maker.line(&time),
            18 => {
                let (colour, text) = (colour(maker), prose(maker));
                maker.line(format!("{colour}{time}{text}"));
            }
            19 => {
                let (text, other) = (prose(maker), stamp(maker));
                maker.line(format!("{text}{time}{other}"));
            }
            20..24 => no_stamp(maker),
            24 => {
                // A group that continues the line before it.
                let text = group(maker);
                maker.line(text);
            }
            25 if maker.out.len() > HEAD / 2 => {
                let mut line = time.into_bytes();
                line.extend(maker.not_utf8());
                maker.line(line);
            }
            26..42 => unstamped(maker),
            42..50 => {
                let text = led(maker);
                maker.line(format!("{time}{text}"));
            }
            _ => {
                let text = told(maker);
                maker.line(format!("{time}{text}"));
            }
        }
    }
}

fn stamp(maker: &mut Maker) -> String {
    format!("\u{1b}_bk;t={}\u{7}", maker.tick())
}

/// A line that begins a group, or looks so.
fn group(maker: &mut Maker) -> String {
    let mark = maker.one(&["--- ", "--- ", "+++ ", "~~~ ", "---", "---- ", "--- \t"]);
    let name = maker.one(&["Build", ":npm: Install", "Unit tests", "  two  ", "", "é"]);
    let colour = if maker.chance(30) { colour(maker) } else { "" };
    match maker.chance(50) {
        true => format!("{mark}{colour}{name}\u{1b}[0m"),
        false => format!("{colour}{mark}{name}"),
    }
}

/// A line that was drawn several times, at times with the time of each.
fn redrawn(maker: &mut Maker, time: &str) {
    let mut text = time.to_owned();
    for _ in 0..maker.rng.usize(1..6) {
        text += &match maker.chance(10) {
            true => group(maker),
            false => told(maker),
        };
        text.push_str(maker.one(&["\r", "\r\r", "\r \t\r", "\r\u{1b}[K", ""]));
        if maker.chance(50) {
            text += &stamp(maker);
        }
    }
    maker.line(text);
}

/// Lines whose beginning is almost a time.
fn no_stamp(maker: &mut Maker) {
    let millis = maker.tick();
    match maker.rng.u8(..6) {
        0 => maker.line(format!("\u{1b}_bk;t={millis}Listening without an end")),
        1 => maker.line("\u{1b}_bk;t=\u{7}Listening without a time"),
        2 => maker.line(format!("\u{1b}_bk;t={millis}.5\u{7}Listening to a fraction")),
        3 => maker.line("\u{1b}_bk;t=99999999999999999999\u{7}Listening in the end of time"),
        4 => maker.line("\u{1b}_bk;t=9223372036854775807\u{7}Listening a little before"),
        _ => maker.line(format!("_bk;t={millis}\u{7}Listening without an escape")),
    }
}
