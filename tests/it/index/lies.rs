//! Indexes that lie, with check sums that are right: answers may be wrong, but there is no panic, no end is waited
//! for in vain, and no more memory is asked for than the text has.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ripsaw::query::Selection;
use ripsaw::scan::IndexPolicy;
use ripsaw_testkit::layout::{
    BLOCK, BLOCKS, CONTEXT, DATA, ENTRIES, FILES, Index, POINT, POINTS, TEXTS,
};

use super::damage::{Indexed, questions};
use super::{notices, scan};
use crate::convert::zipped;
use crate::formats::mixed;

/// Numbers that arithmetic goes wrong with.
const NUMBERS: [u64; 12] = [
    0,
    1,
    u64::MAX,
    i64::MAX as u64,
    i64::MIN as u64,
    u32::MAX as u64,
    1 << 31,
    1 << 33,
    1 << 40,
    (1 << 50) - 1,
    1 << 62,
    3 << 20,
];

/// How many lies are told.
fn times() -> usize {
    std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap())
}

/// Asks all that may be asked; returns how many notices there were.
fn ask(indexed: &Indexed, lying: &Index, what: &str) -> usize {
    indexed.write(&lying.0);
    let asked = catch_unwind(AssertUnwindSafe(|| {
        let scan = scan(std::slice::from_ref(&indexed.zip), IndexPolicy::Beside);
        for question in questions().into_iter().chain([Selection::default()]) {
            if let Ok(batches) = scan.clone().select(question).batches() {
                batches.for_each(drop);
            }
        }
        let report = scan.count_all(&mut ()).map(|report| scan.entries_batch(&report));
        drop(report);
        notices(&scan).len()
    }));
    asked.unwrap_or_else(|_| panic!("{what}"))
}

/// One lie or a few.
fn lie(index: &Index, random: &mut fastrand::Rng) -> (Index, String) {
    let mut lying = index.clone();
    let mut what = String::new();
    for _ in 0..=random.usize(..3) {
        let kinds = [FILES, ENTRIES, BLOCKS, BLOCKS, BLOCKS, POINTS, TEXTS, DATA, 0];
        let kind = kinds[random.usize(..kinds.len())];
        let section = if kind == 0 { index.table() } else { index.section(kind) };
        let section = section.unwrap();
        if section.len() < 8 {
            continue;
        }
        let at = section.start + random.usize(..section.len() / 4 - 1) * 4;
        let number = NUMBERS[random.usize(..NUMBERS.len())];
        let old = index.u64(at);
        let number = match random.u8(..4) {
            0 => old.wrapping_add(1),
            1 => old.wrapping_sub(1),
            _ => number,
        };
        let bytes = number.to_le_bytes();
        lying.set(at, if random.bool() { &bytes } else { &bytes[..4] });
        what += &format!("{number:x} in {kind} at {}; ", at - section.start);
    }
    lying.check_data();
    lying.check_sections();
    lying.check_end();
    (lying, what)
}

#[test]
fn lies_of_a_small_index() {
    let indexed = Indexed::small();
    let mut random = fastrand::Rng::with_seed(8);
    let mut noticed = 0;
    let all = 600 * times();
    for _ in 0..all {
        let (lying, what) = lie(&indexed.index, &mut random);
        noticed += ask(&indexed, &lying, &what);
    }
    // Others are not noticed: that is what this is about.
    assert!(noticed * 10 > all && noticed * 10 < 9 * all, "{noticed} of {all}");
}

#[test]
fn lies_of_a_large_index() {
    let indexed = Indexed::large();
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..12 * times() {
        let (lying, what) = lie(&indexed.index, &mut random);
        ask(&indexed, &lying, &what);
    }
}

/// A block that is longer than any text is refused before there is room made for it.
#[test]
fn a_block_as_long_as_can_be() {
    for indexed in [Indexed::small(), Indexed::large()] {
        for length in [(1_u64 << 50) - 1, 1 << 40, 60 << 20] {
            let mut lying = indexed.index.clone();
            let blocks = lying.section(BLOCKS).unwrap();
            let last = blocks.end - BLOCK;
            let length = length - lying.u64(last);
            lying.set(last + 8, &length.to_le_bytes());
            lying.check_sections();
            lying.check_end();
            // The sum of all is too much, or nothing shows it.
            ask(&indexed, &lying, &format!("{length}"));
        }
    }
}

/// Points that are elsewhere in the data or the text, and histories of other texts.
#[test]
fn lies_about_points() {
    let indexed = Indexed::large();
    let points: Vec<usize> = indexed.index.section(POINTS).unwrap().step_by(POINT).collect();
    assert!(points.len() > 1);
    let text = |index: &Index, at| index.u64(at);
    for change in 0..6 {
        let mut lying = indexed.index.clone();
        for pair in points.windows(2) {
            let (at, next) = (pair[0], pair[1]);
            match change {
                0 => lying.set(at, &(text(&lying, at) + 1).to_le_bytes()),
                1 => lying.set(at, &(text(&lying, at) / 2).to_le_bytes()),
                2 => lying.set(at + 8, &(lying.u64(at + 8) + 1).to_le_bytes()),
                3 => lying.set(at + 8, &(lying.u64(at + 8) + 8_001).to_le_bytes()),
                // The next one's history, or none of it.
                4 => {
                    let history = lying.0[next + 16..next + 32].to_vec();
                    lying.set(at + 16, &history);
                }
                _ => lying.set(at + 16 + 8, &0_u32.to_le_bytes()),
            }
        }
        lying.check_data();
        lying.check_sections();
        lying.check_end();
        ask(&indexed, &lying, &format!("change {change}"));
    }
}

/// Blocks that begin and end anywhere, with what other blocks say of the text before them.
#[test]
fn lies_about_the_blocks_of_every_format() {
    let files = mixed::files(6, 0, 1_200_000);
    let indexed = Indexed::of(&zipped(&files));
    let blocks = indexed.index.section(BLOCKS).unwrap();
    let count = blocks.len() / BLOCK;
    assert!(count > files.len(), "{count} blocks");
    let texts = indexed.index.section(TEXTS).unwrap();
    let mut random = fastrand::Rng::with_seed(10);
    for round in 0..3 * times() {
        let mut lying = indexed.index.clone();
        // Contexts of others: all are still there, once.
        let mut others: Vec<usize> = blocks.clone().step_by(BLOCK).collect();
        random.shuffle(&mut others);
        for (at, other) in blocks.clone().step_by(BLOCK).zip(others) {
            // The last block of an entry may be too small to be moved within it.
            if round % 3 != 0 && random.bool() && lying.u64(at + 8) >= 6_000 {
                // A little later, or shorter.
                let offset = lying.u64(at) + random.u64(..3_000);
                let length = lying.u64(at + 8).saturating_sub(3_000 + random.u64(..3_000));
                lying.set(at, &offset.to_le_bytes());
                lying.set(at + 8, &length.to_le_bytes());
            }
            if round % 3 != 1 {
                let length = indexed.index.u32(other + CONTEXT + 8);
                let context = other + CONTEXT..other + CONTEXT + 16;
                lying.set(at + CONTEXT, &indexed.index.0[context]);
                if random.bool() {
                    lying.set(at + CONTEXT + 8, &(length / 2).to_le_bytes());
                }
            }
        }
        if round % 3 == 2 {
            for _ in 0..20 {
                lying.0[random.usize(texts.clone())] = random.u8(..);
            }
        }
        lying.check_sections();
        lying.check_end();
        // Nothing shows that it lies.
        assert_eq!(ask(&indexed, &lying, &format!("round {round}")), 0);
    }
}
