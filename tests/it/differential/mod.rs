//! The parser against serde_json, block by block: what is accepted, what refused, every value.
//!
//! Seeded, so that every run is the same. `RIPSAW_DIFFERENTIAL=20` multiplies the lines.

mod changes;
mod lines;
mod minimal;

use std::fmt::Write as _;

use lines::Lines;
use ripsaw_testkit::check::{Check, Way};

/// How many times as many blocks are made as in a usual run.
fn multiplier() -> u64 {
    std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap())
}

/// Ways that suit any text: every alignment, every cut, both decoders, both builders.
pub(crate) fn all_ways(text: &[u8]) -> Vec<Way> {
    let lines = text.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let mut ways: Vec<Way> = (0..64).map(|before| Way { before, ..Way::default() }).collect();
    ways.extend((0..64).map(|before| Way { before, behind: true, ..Way::default() }));
    ways.extend((1..lines.min(64)).map(|cut| Way { cuts: vec![cut], ..Way::default() }));
    ways.push(Way { fails: true, ..Way::default() });
    ways.push(Way { keep_ansi: true, ..Way::default() });
    ways.push(Way { short: true, ..Way::default() });
    ways
}

fn some_ways(lines: &mut Lines, count: usize) -> Vec<Way> {
    let mut cuts: Vec<usize> =
        (0..lines.random.usize(..4)).map(|_| lines.random.usize(..=count)).collect();
    cuts.sort_unstable();
    let shifted = |lines: &mut Lines| Way { before: lines.random.usize(..64), ..Way::default() };
    let other = match lines.random.u32(..4) {
        0 => Way { fails: true, cuts: cuts.clone(), ..shifted(lines) },
        1 => Way { keep_ansi: true, behind: true, ..shifted(lines) },
        2 => Way { short: true, ..shifted(lines) },
        _ => Way { cuts: cuts.iter().map(|_| count / 2).collect(), ..shifted(lines) },
    };
    vec![
        Way::default(),
        Way { behind: true, ..shifted(lines) },
        Way { cuts, ..shifted(lines) },
        other,
    ]
}

/// Panics with the least text that is decoded wrongly, if this one is.
pub(crate) fn assert_right(check: &mut Check, text: &[u8], ways: &[Way], made_of: &str) {
    let Some(said) = check.difference(text, ways) else { return };
    let hook = std::panic::take_hook();
    // A text that makes the parser panic does so hundreds of times while it is made smaller.
    std::panic::set_hook(Box::new(|_| {}));
    let ways_of = |text: &[u8]| {
        let ways = all_ways(text).into_iter().chain(ways.iter().cloned()).collect::<Vec<_>>();
        Check::new().difference(text, &ways)
    };
    let mut report = format!("{said}\n  made of {made_of}\n");
    if ways_of(text).is_some() {
        let mut fresh = Check::new();
        let least = minimal::minimal(text, |text| {
            let fails = fresh.difference(text, &all_ways(text)).is_some();
            if fails {
                fresh = Check::new();
            }
            fails
        });
        let said = ways_of(&least).unwrap_or_else(|| "only among more lines".to_owned());
        write!(report, "least text: b\"{}\"\n  {said}", least.escape_ascii()).unwrap();
    } else {
        let text = text.escape_ascii();
        write!(report, "only behind other texts: b\"{text}\"").unwrap();
    }
    std::panic::set_hook(hook);
    panic!("{report}");
}

/// A block's text: lines joined, now and then by other newlines, with blank ones between.
fn joined(made: &[Vec<u8>], lines: &mut Lines) -> Vec<u8> {
    let newline = if lines.one_in(6) { "\r\n" } else { "\n" };
    let has_blank_lines = lines.one_in(4);
    let mut text = Vec::new();
    for line in made {
        text.extend_from_slice(line);
        text.extend_from_slice(newline.as_bytes());
        if has_blank_lines && lines.one_in(5) {
            text.extend_from_slice(
                lines.pick(&["\n", "\r\n", " \n", "\t \r\n", "\n\n"]).as_bytes(),
            );
        }
    }
    if lines.one_in(3) {
        text.truncate(text.len().saturating_sub(newline.len()));
    }
    text
}

fn compare(name: &str, blocks: u64, mut line: impl FnMut(&mut Lines) -> Vec<u8>) -> Check {
    let mut check = Check::new();
    for seed in 0..blocks * multiplier() {
        let mut lines = Lines::new(seed);
        let count =
            if lines.one_in(8) { lines.random.usize(..5) } else { lines.random.usize(..180) };
        let made: Vec<Vec<u8>> = (0..count).map(|_| line(&mut lines)).collect();
        let text = joined(&made, &mut lines);
        let ways = some_ways(&mut lines, count);
        assert_right(&mut check, &text, &ways, &format!("{name}, seed {seed}"));
    }
    check
}

#[test]
fn usual_lines() {
    let check = compare("usual lines", 1_300, |lines| lines.usual().into_bytes());
    // What is compared must be the fast way as well: a third has args that it leaves to others.
    assert!(check.missed < 3 * check.lines / 4, "{} of {} missed", check.missed, check.lines);
}

#[test]
fn unusual_lines() {
    compare("unusual lines", 700, |lines| {
        if lines.one_in(3) { lines.usual() } else { lines.unusual() }.into_bytes()
    });
}

#[test]
fn changed_lines() {
    compare("changed lines", 2_200, |lines| {
        let line = if lines.one_in(4) { lines.unusual() } else { lines.usual() };
        if lines.one_in(3) {
            return line.into_bytes();
        }
        let other = lines.usual();
        changes::changed(line, &other, lines)
    });
}

/// Every part of a message at every place: what it is must not depend on how it lies in a vector.
#[test]
fn every_part_at_every_place() {
    let mut check = Check::new();
    let mut lines = Lines::new(0);
    for part in lines::parts().map(str::as_bytes).chain(changes::RUNS.iter().copied()) {
        let made: Vec<Vec<u8>> = (0..140)
            .map(|before| {
                let behind = "y".repeat(lines.random.usize(..3) * lines.random.usize(..40));
                let [head, tail] = lines::around(&"x".repeat(before), &behind);
                [head.as_bytes(), part, tail.as_bytes()].concat()
            })
            .collect();
        let ways = some_ways(&mut lines, made.len());
        let name = format!("{:?} at every place", part.escape_ascii().to_string());
        assert_right(&mut check, &made.join(&b'\n'), &ways, &name);
    }
}

/// Runs of backslashes before a quote, and what follows it.
#[test]
fn every_run_of_backslashes() {
    let mut check = Check::new();
    let mut lines = Lines::new(0);
    for before in 0..66 {
        let line = |length: usize| {
            let [head, tail] = lines::around(&"x".repeat(before), "");
            [head, "\\".repeat(length), tail].concat().into_bytes()
        };
        let made: Vec<Vec<u8>> = (0..140).map(line).collect();
        let ways = some_ways(&mut lines, made.len());
        assert_right(&mut check, &made.join(&b'\n'), &ways, "backslashes");
    }
}

/// Every byte in place of every byte of a line, and in front of it.
#[test]
fn every_byte_at_every_place() {
    let mut check = Check::new();
    let mut lines = Lines::new(0);
    let line = br#"{"level":"INFO","pos":12,"out":"\u003ca \"b\n","time":"2024-05-01T10:00:00.123456789Z","args":{}}"#;
    for at in 0..line.len() {
        let (head, tail) = line.split_at(at);
        let made: Vec<Vec<u8>> = (0..=u8::MAX)
            .filter(|&byte| byte != b'\n')
            .flat_map(|byte| [[head, &[byte], &tail[1..]].concat(), [head, &[byte], tail].concat()])
            .collect();
        let ways = some_ways(&mut lines, made.len());
        assert_right(&mut check, &made.join(&b'\n'), &ways, &format!("bytes at {at}"));
    }
}

/// All orders of the keys, with every key left out, doubled or joined by one of no column.
#[test]
fn every_order_of_the_keys() {
    let mut check = Check::new();
    let mut lines = Lines::new(0);
    for round in 0..6 {
        let made: Vec<Vec<u8>> = (0..120)
            .flat_map(|order| (0..16).map(move |mask| (order, mask)))
            .map(|(order, mask)| lines.of_order(order, mask).into_bytes())
            .collect();
        let ways = some_ways(&mut lines, made.len());
        assert_right(&mut check, &made.join(&b'\n'), &ways, &format!("orders, round {round}"));
    }
}
