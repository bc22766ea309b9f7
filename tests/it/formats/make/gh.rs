//! What `gh run view --log` prints: job and step before each line.

use super::Maker;
use super::stamped::{preamble, texts, unstamped};

const JOBS: [&str; 4] = ["build", "test (ubuntu-24.04, 22)", "Ünit", ""];

const STEPS: [&str; 6] = ["Set up job", "Run npm test", "UNKNOWN STEP", "", "Post Run", "a "];

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    preamble(maker);
    let (mut job, mut step) = (maker.one(&JOBS), maker.one(&STEPS));
    while maker.out.len() < bytes {
        if maker.chance(4) {
            step = maker.one(&STEPS);
        }
        if maker.chance(1) {
            job = maker.one(&JOBS);
        }
        let mark = if maker.chance(3) { "\u{feff}" } else { "" };
        let head = format!("{job}\t{step}\t{mark}");
        let (time, text) = (maker.time(7), texts(maker));
        match maker.rng.u32(..100) {
            0..60 => maker.line(format!("{head}{time}Z {text}")),
            60..72 => {
                let word = maker.one(&["error", "warning", "notice", "debug", "group", "Error"]);
                maker.line(format!("{head}{time}Z ##[{word}]{text}"));
            }
            72 => maker.line(format!("{head}{time}Z")),
            73 => maker.line(format!("{head}{time}Z ")),
            74 => {
                let time = maker.impossible_time(7);
                maker.line(format!("{head}{time}Z no such time"));
            }
            75 => {
                let digits = maker.rng.usize(5..10);
                let (time, zone) = (maker.time(digits), maker.one(&["Z", "+00:00", "", "z"]));
                maker.line(format!("{head}{time}{zone} perhaps a stamp"));
            }
            76 => maker.line(format!("{head}{time}Z\tno blank")),
            77..82 => maker.line(format!("{job}\t{step}\t{text}")),
            82 => maker.line(format!("{job}\t{step}\t")),
            83 => maker.line(format!("{job}\t{time}Z {}", text.replace('\t', " "))),
            84 => maker.line(format!("{time}Z {}", text.replace('\t', " "))),
            85 => maker.line(format!("another job\tanother step\t{text}")),
            _ => unstamped(maker),
        }
    }
}
