//! Job logs of GitLab: streams among each other, sections in any order.

use super::steps::{loose, prose, told};
use super::words::message;
use super::{HEAD, Maker};

const NAMES: [&str; 7] =
    ["prepare_executor", "get_sources", "step_script", "a", "b.c-d", "install_1", "a"];

const STREAMS: [&str; 7] = ["00O", "00O", "01O", "01O", "01E", "02E", "ffO"];

/// A job's log; at times of the older form, which has no stamps.
pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let is_stamped = maker.chance(80);
    if is_stamped {
        (0..maker.rng.usize(..3)).for_each(|_| loose(maker));
    }
    let start = marker(maker, "start");
    line(maker, is_stamped, "00O ", &format!("{start}Preparing"));
    while maker.out.len() < bytes {
        match maker.rng.u32(..100) {
            0..20 => section(maker, is_stamped),
            20..24 => near_miss(maker, is_stamped),
            24..27 => redrawn(maker, is_stamped),
            27..32 => loose(maker),
            32..36 if is_stamped => no_prefix(maker),
            36 if is_stamped => chain(maker),
            37 if is_stamped => apart(maker),
            38..65 if is_stamped => {
                let (stream, text) = (maker.one(&STREAMS), told(maker));
                line(maker, true, &format!("{stream}+"), &text);
            }
            _ => {
                let (stream, text) = (maker.one(&STREAMS), told(maker));
                line(maker, is_stamped, &format!("{stream} "), &text);
            }
        }
    }
}

fn line(maker: &mut Maker, is_stamped: bool, head: &str, content: &str) {
    if !is_stamped {
        return maker.line(content);
    }
    let time = maker.time(6);
    maker.line(format!("{time}Z {head}{content}"));
}

/// A marker as the runner writes it, up to the text that may follow.
fn marker(maker: &mut Maker, which: &str) -> String {
    let (name, seconds) = (maker.one(&NAMES), maker.tick() / 1_000);
    let options = match which {
        "start" if maker.chance(25) => {
            maker.one(&["[collapsed=true]", "[hide_duration=true,collapsed=true]"])
        }
        _ => "",
    };
    let before = maker.one(&["", "", "\u{1b}[0K"]);
    let after = maker.one(&["\u{1b}[0K", "\u{1b}[0K", ""]);
    format!("{before}section_{which}:{seconds}:{name}{options}\r{after}")
}

/// Beginnings and ends of sections, some of them on one row.
fn section(maker: &mut Maker, is_stamped: bool) {
    let source = maker.one(&["00", "00", "01"]);
    let (new, more) = (format!("{source}O "), format!("{source}O+"));
    match maker.rng.u8(..8) {
        // What the runner does between its own sections.
        0 | 1 if is_stamped => {
            for (head, which) in [(&new, "end"), (&more, "start")] {
                let marker = marker(maker, which);
                line(maker, true, head, &marker);
            }
            let text = prose(maker);
            line(maker, true, &more, &format!("\u{1b}[36;1m{text}\u{1b}[0;m"));
        }
        // A marker in two pieces.
        2 if is_stamped => {
            let marker = marker(maker, "start");
            let at = maker.rng.usize(..marker.len() - 8);
            line(maker, true, &new, &marker[..at]);
            line(maker, true, &more, &format!("{}Listening", &marker[at..]));
        }
        0..4 => {
            let (first, second) = (maker.one(&["start", "end"]), maker.one(&["start", "end"]));
            let markers = marker(maker, first) + &marker(maker, second);
            let text = if maker.chance(50) { told(maker) } else { String::new() };
            line(maker, is_stamped, &new, &format!("{markers}{text}"));
        }
        4 => {
            let (text, which) = (prose(maker), maker.one(&["start", "end"]));
            let marker = marker(maker, which);
            line(maker, is_stamped, &new, &format!("{text}\r{marker}"));
        }
        _ => {
            let which = maker.one(&["start", "end", "end"]);
            let marker = marker(maker, which);
            let text = if maker.chance(40) { told(maker) } else { String::new() };
            line(maker, is_stamped, &new, &format!("{marker}{text}"));
        }
    }
}

/// What looks like a marker.
fn near_miss(maker: &mut Maker, is_stamped: bool) {
    const MARKS: [&str; 10] = [
        "section_start::a",
        "section_start:5:",
        "section_start:5:a b",
        "section_end:5:a[collapsed=true]",
        "section_begin:5:a",
        " section_start:5:a",
        "section_start:5:ä",
        "xsection_end:5:a",
        "section_start:99999999999999999999:a",
        "section_end:-1:a",
    ];
    let mark = maker.one(&MARKS);
    line(maker, is_stamped, "01O ", &format!("{mark}\r\u{1b}[0KListening"));
}

/// A line that was drawn several times.
fn redrawn(maker: &mut Maker, is_stamped: bool) {
    let mut text = String::new();
    for _ in 0..maker.rng.usize(1..6) {
        text += &told(maker);
        text.push_str(maker.one(&["\r", "\r\r", "\r \t\r", "\r\u{1b}[0K"]));
    }
    line(maker, is_stamped, "01E ", &text);
}

/// Lines whose beginning is almost that of the format.
fn no_prefix(maker: &mut Maker) {
    let time = maker.time(6);
    match maker.rng.u8(..8) {
        0 => maker.line(format!("{time}Z 01X no such stream")),
        1 => maker.line(format!("{time}Z 0AO no such digits")),
        2 => maker.line(format!("{time}Z 01O-no such sign")),
        3 => maker.line(format!("{time}Z 01O")),
        4 => maker.line(format!("{}Z 01O too short", &time[..time.len() - 1])),
        5 => maker.line(format!("{time}+00:00 01O an offset")),
        6 if maker.out.len() > HEAD / 2 => {
            let sign = maker.one(&[" ", "+"]);
            let mut line = format!("{time}Z 01O{sign}").into_bytes();
            line.extend(maker.not_utf8());
            maker.line(line);
        }
        _ => {
            let time = maker.impossible_time(6);
            maker.line(format!("{time}Z 01O no such time"));
        }
    }
}

/// Many pieces of one row, at times more than a row may have.
fn chain(maker: &mut Maker) {
    let is_long = maker.out.len() > HEAD && maker.chance(1);
    line(maker, true, "03O ", "Listening on 3000: ");
    for _ in 0..maker.rng.usize(1..40).min(if is_long { 7 } else { 40 }) {
        let piece = match is_long {
            true => "0123456789 äöü ".repeat(20_000),
            false => message(maker).replace('\r', " "),
        };
        line(maker, true, "03O+", &piece);
        if maker.chance(20) {
            let text = told(maker);
            line(maker, true, "01E ", &text);
        }
    }
}

/// A piece that comes about as late as it may.
fn apart(maker: &mut Maker) {
    let text = prose(maker);
    line(maker, true, "7eE ", &text);
    for _ in 0..maker.rng.usize(13..18) {
        match maker.chance(70) {
            true => {
                let text = told(maker);
                line(maker, true, "01O ", &text);
            }
            false => maker.line("Listening without a stream"),
        }
    }
    let text = told(maker);
    line(maker, true, "7eE+", &text);
}
