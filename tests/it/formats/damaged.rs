//! Files of every format with bytes changed, against the oracle where it is one of lines.

use std::path::Path;

use fastrand::Rng;
use serde::de::IgnoredAny;

use super::{make, oracle};
use crate::convert::{Folder, Format as Output, Setup, convert_scan, open, read_back};
use crate::oracle::Row;

/// What breaks text of one format or another.
const BYTES: &[u8] = b"\"{}[]()\n\r\\,:. \t\x1b#0Zz\xff\xc3\0-";

fn damage(text: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..30) {
        let at = rng.usize(0..text.len());
        let byte = BYTES[rng.usize(0..BYTES.len())];
        match rng.u8(0..4) {
            0 => text[at] = byte,
            1 => text.insert(at, byte),
            2 => drop(text.remove(at)),
            _ => drop(text.drain(at..(at + rng.usize(1..60)).min(text.len()))),
        }
        if text.is_empty() {
            text.push(b'x');
        }
    }
}

fn rows(file: &Path, format: &str) -> Vec<Row> {
    let setup = Setup::default();
    let output = Output::ArrowStream;
    let scan = open(file, Some(format), setup).unwrap();
    let converted = convert_scan(&scan, output, setup).unwrap();
    read_back(&converted.bytes, output)
}

fn line_of(text: &[u8], number: i64) -> &[u8] {
    text.split(|&byte| byte == b'\n').nth(number as usize - 1).unwrap()
}

/// The lines with more than one row.
fn several(rows: &[Row]) -> Vec<i64> {
    rows.windows(2).filter(|pair| pair[0].line == pair[1].line).map(|pair| pair[0].line).collect()
}

#[test]
fn damaged_files() {
    let folder = Folder::new();
    let times: u64 = std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap());
    for format in oracle::FORMATS {
        for seed in 0..25 * times {
            let mut rng = Rng::with_seed(seed);
            let mut text = make::text(format, seed % 7, 6_000);
            damage(&mut text, &mut rng);
            let file = folder.file("acc/acc/file.log", &text);
            let mut read = rows(&file, format);
            let lines: Vec<i64> = read.iter().map(|row| row.line).collect();
            assert!(lines.is_sorted(), "{format} {seed}");
            // Where a broken document goes on is the library's to decide.
            if matches!(format, "json" | "deepset") {
                continue;
            }
            let mut expected = oracle::rows(format, &text, 64 << 20);
            // So is where a broken line of several records does.
            if format == "ndjson" {
                let several = [several(&read), several(&expected)].concat();
                let is_sure = |row: &Row| {
                    let line = line_of(&text, row.line);
                    let is_sound = serde_json::from_slice::<IgnoredAny>(line).is_ok();
                    is_sound || !several.contains(&row.line)
                };
                read.retain(is_sure);
                expected.retain(is_sure);
            }
            for (mut read, mut expected) in read.iter().cloned().zip(expected.iter().cloned()) {
                for row in [&mut read, &mut expected] {
                    (row.bundle, row.file) = Default::default();
                    row.identity = Default::default();
                    // The oracle knows the levels of undamaged layouts alone.
                    if format == "stamped" || super::oracle::has_any_level(format) {
                        (row.level, row.level_text) = Default::default();
                    }
                    if format == "stamped" {
                        row.message = None;
                    }
                    // Before a level the blanks are padding.
                    if format == "clock" {
                        row.message = row.message.as_ref().map(|text| text.trim_start().to_owned());
                    }
                }
                let line = line_of(&text, expected.line);
                assert_eq!(read, expected, "{format} {seed}: {}", line.escape_ascii());
            }
            assert_eq!(read.len(), expected.len(), "{format} {seed}");
        }
    }
}
