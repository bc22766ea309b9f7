//! Console logs of Jenkins: notes, stamps, blocks that are opened and closed in any order.

use super::steps::{led, loose, prose, told};
use super::{HEAD, Maker};

const BRANCHES: [&str; 5] = ["unit", "e2e: chrome", "linux (x64)", "é", "a-1"];

/// A build, of a pipeline or freestyle.
pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let is_pipeline = maker.chance(85);
    let stamps: &[&str] = match maker.rng.u8(..5) {
        0 | 1 => &["none"],
        2 => &["iso"],
        3 => &["clock"],
        _ => &["none", "none", "iso", "clock"],
    };
    line(maker, stamps, "Started by user eve");
    line(maker, stamps, "Running as SYSTEM");
    if is_pipeline {
        line(maker, stamps, "[Pipeline] Start of Pipeline");
    }
    while maker.out.len() < bytes {
        match maker.rng.u32(..100) {
            0 if is_pipeline => parallel(maker, stamps),
            1..30 if is_pipeline => control(maker, stamps),
            30..50 if is_pipeline => branch_line(maker, stamps),
            50..56 => loose(maker),
            56..60 => no_stamp(maker),
            60 if maker.out.len() > HEAD / 2 => {
                let mut line = b"[unit] ".to_vec();
                line.extend(maker.not_utf8());
                maker.line(line);
            }
            _ => {
                let text = told(maker);
                line(maker, stamps, &text);
            }
        }
    }
    let status = maker.one(&["SUCCESS", "FAILURE", "UNSTABLE", "ABORTED"]);
    line(maker, stamps, &format!("Finished: {status}"));
}

/// A line behind the stamp of its file, at times with notes.
fn line(maker: &mut Maker, stamps: &[&'static str], text: &str) {
    let stamp = match maker.one(stamps) {
        "iso" => format!("[{}Z] ", maker.time(3)),
        "clock" => format!("{}  ", &maker.time(0)[11..]),
        _ => String::new(),
    };
    let [first, second, third] = [8, 4, 4].map(|percent| match maker.chance(percent) {
        true => maker.one(&["\u{1b}[8mha:////4C9AAAA+s=\u{1b}[0m", "\u{1b}[8mha:\u{1b}[0m"]),
        false => "",
    });
    maker.line(format!("{first}{stamp}{second}{text}{third}"));
}

/// What opens and closes blocks, and what looks so.
fn control(maker: &mut Maker, stamps: &[&'static str]) {
    let name = maker.one(&["Build", "Unit tests", "Deploy (prod)", "Ünit", "Branch: alone", "x"]);
    let branch = maker.one(&BRANCHES);
    let text = match maker.rng.u32(..100) {
        0..12 => "[Pipeline] {".to_owned(),
        12..24 => format!("[Pipeline] {{ ({name})"),
        24..54 => "[Pipeline] }".to_owned(),
        54..58 => "[Pipeline] parallel".to_owned(),
        58..68 => "[Pipeline] // parallel".to_owned(),
        68..82 => format!("[Pipeline] {{ (Branch: {branch})"),
        82..84 => format!("[Pipeline] [{branch}] {{ (Branch: {branch})"),
        84..86 => format!("[Pipeline] [{branch}] {{ ({name})"),
        86..88 => format!("[Pipeline] [{branch}] }}"),
        88 => format!("[Pipeline] [{branch}] parallel"),
        89 => format!("[Pipeline] [{branch}] // parallel"),
        90..95 => maker.one(&["[Pipeline] sh", "[Pipeline] stage", "[Pipeline] // stage"]).into(),
        _ => maker
            .one(&[
                "[Pipeline]",
                "[Pipeline]{",
                "[Pipeline] {(x)",
                "[Pipeline] { (x) y",
                "[Pipeline] }}",
                "[Pipeline] // parallels",
                "[Pipeline] parallel x",
                " [Pipeline] }",
                "[pipeline] }",
            ])
            .to_owned(),
    };
    line(maker, stamps, &text);
}

/// Branches as they run: all begin, then their lines and blocks are among each other.
fn parallel(maker: &mut Maker, stamps: &[&'static str]) {
    line(maker, stamps, "[Pipeline] parallel");
    for branch in BRANCHES.iter().skip(maker.rng.usize(..4)) {
        line(maker, stamps, &format!("[Pipeline] {{ (Branch: {branch})"));
    }
    for _ in 0..maker.rng.usize(5..40) {
        match maker.rng.u8(..10) {
            0 => line(maker, stamps, "[Pipeline] { (Unit tests)"),
            1 => line(maker, stamps, "[Pipeline] {"),
            2 | 3 => line(maker, stamps, "[Pipeline] }"),
            4 if maker.chance(30) => parallel(maker, stamps),
            _ => branch_line(maker, stamps),
        }
    }
    line(maker, stamps, "[Pipeline] // parallel");
}

/// A line of a branch, if there is one of this name.
fn branch_line(maker: &mut Maker, stamps: &[&'static str]) {
    let branch = maker.one(&BRANCHES);
    let text = match maker.rng.u8(..8) {
        0 => return line(maker, stamps, &format!("[{branch}]")),
        1 => return line(maker, stamps, &format!("[{branch}] ")),
        2 => led(maker),
        _ => prose(maker),
    };
    let branch = if maker.chance(5) { "nobody" } else { branch };
    line(maker, stamps, &format!("[{branch}] {text}"));
}

/// Lines whose beginning is almost a stamp, or a note.
fn no_stamp(maker: &mut Maker) {
    let time = maker.time(3);
    let (day, clock) = (&time[..10], &time[11..19]);
    match maker.rng.u8(..10) {
        0 => maker.line(format!("{clock} one blank")),
        1 => maker.line("24:10:00  no such time"),
        2 => maker.line("17:60:00  no such time"),
        3 => maker.line(format!("[{day}T{clock}Z] no fraction")),
        4 => maker.line(format!("[{time}+00:00] an offset")),
        5 => maker.line(format!(" {clock}  behind a blank")),
        6 => maker.line(format!("[{time}Z]")),
        7 => maker.line("Listening \u{1b}[8mha:abc\u{1b}[31m a note cut short\u{1b}[0m"),
        8 => maker.line("Listening \u{1b}[8mha:abc"),
        _ => {
            let time = maker.impossible_time(3);
            maker.line(format!("[{time}Z] no such time"));
        }
    }
}
