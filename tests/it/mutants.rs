//! Small archives with bytes changed at random: every way of reading them says the same, and no byte
//! that is not of an entry becomes a row.

use std::path::Path;

use fastrand::Rng;
use ripsaw::source::{MapPolicy, ReadOptions};

use crate::convert::{Folder, Format, Setup, convert, convert_scan, open};
use crate::fixtures::zipfile::{Item, Sizes, archive};

const NAMES: [&str; 5] = ["stored.log", "deflated.log", "go.log", "bare.log", "wide.log"];

fn text(name: &str) -> String {
    (1..=5).map(|n| format!("{name} says {n}\n")).collect()
}

/// One entry of each kind; `zip64`: with the end records of it.
fn sound(zip64: bool) -> Vec<u8> {
    let [stored, deflated, go, bare, wide] = NAMES.map(|name| (name, text(name)));
    let sized = |sizes, item| Item { sizes, ..item };
    let items = [
        Item::stored(stored.0, stored.1),
        Item::deflated(deflated.0, deflated.1),
        Item::go(go.0, go.1),
        sized(Sizes::BareDescriptor, Item::stored(bare.0, bare.1)),
        sized(Sizes::Zip64, Item::stored(wide.0, wide.1)),
    ];
    archive(&items, zip64)
}

/// Everything that a reader says of an archive.
fn said(path: &Path, map: MapPolicy) -> (Vec<String>, String, Vec<Option<String>>) {
    let read = ReadOptions { map, ..ReadOptions::default() };
    let setup = Setup { read, threads: 1, ..Setup::default() };
    let scan = match open(path, Some("harness"), setup) {
        Ok(scan) => scan,
        Err(error) => return (vec![error.to_string()], String::new(), Vec::new()),
    };
    let problems = scan.catalog().problems.iter().map(ToString::to_string).collect();
    let converted = convert_scan(&scan, Format::Ndjson, setup).expect("memory takes all");
    let failures = converted.tallies.into_iter().map(|tally| tally.failure).collect();
    (problems, String::from_utf8(converted.bytes).expect("JSON is text"), failures)
}

#[test]
fn every_way_of_reading_says_the_same() {
    let mut rng = Rng::with_seed(12);
    let folder = Folder::new();
    for round in 0..1_500 {
        let mut bytes = sound(round % 2 == 0);
        for _ in 0..rng.usize(1..4) {
            // Headers are more interesting than text.
            let headers = memchr::memmem::find_iter(&bytes, b"PK").collect::<Vec<_>>();
            let near = headers[rng.usize(..headers.len())] + rng.usize(..60);
            let at = if rng.bool() { near.min(bytes.len() - 1) } else { rng.usize(..bytes.len()) };
            bytes[at] = if rng.bool() { rng.u8(..) } else { bytes[at] ^ 1 << rng.u8(..8) };
            if !bytes.windows(2).any(|pair| pair == b"PK") {
                break;
            }
        }
        let path = folder.file("mutant.zip", &bytes);
        let auto = said(&path, MapPolicy::Auto);
        for map in [MapPolicy::Never, MapPolicy::Always] {
            assert_eq!(said(&path, map), auto, "round {round}, {map:?}");
        }
    }
}

/// Changes a number in the central record of an entry.
fn with_size(zip: &[u8], name: &str, at: usize, value: u32) -> Vec<u8> {
    let mut zip = zip.to_vec();
    let record = memchr::memmem::find_iter(&zip, b"PK\x01\x02")
        .find(|&record| zip[record + 46..].starts_with(name.as_bytes()))
        .expect("in the central directory");
    zip[record + at..record + at + 4].copy_from_slice(&value.to_le_bytes());
    zip
}

#[test]
fn sizes_that_lie_give_no_bytes_of_others() {
    const STORED: usize = 20;
    const INFLATED: usize = 24;
    let folder = Folder::new();
    let zip = sound(false);
    // The number of an entry that has its sizes in the central directory.
    for (index, name) in NAMES.iter().enumerate().take(4) {
        for size in [200, 5_000, 1 << 20, u32::MAX - 1] {
            let lying = with_size(&with_size(&zip, name, STORED, size), name, INFLATED, size);
            let path = folder.file("lying.zip", &lying);
            let (problems, rows, failures) = said(&path, MapPolicy::Auto);
            assert!(problems.is_empty(), "{problems:?}");
            let failed: Vec<usize> = (0..5).filter(|&entry| failures[entry].is_some()).collect();
            assert_eq!(failed, [index], "{name} with {size}");
            for row in rows.lines() {
                let row: serde_json::Value = serde_json::from_str(row).expect("a row");
                let (file, message) = (row["file"].as_str().unwrap(), &row["message"]);
                let is_own =
                    message.as_str().is_some_and(|m| m.starts_with(&format!("{file} says")));
                assert!(is_own || !row["parse_error"].is_null(), "{name} with {size}: {row}");
            }
            assert!(rows.lines().count() >= 25, "{name} with {size}: {rows}");
        }
    }
}

#[test]
fn a_folder_with_data_is_an_entry() {
    let folder = Folder::new();
    for sizes in [Sizes::Local, Sizes::Descriptor] {
        let item = Item { sizes, ..Item::deflated("d/", text("d/")) };
        let path = folder.file("d.zip", &archive(std::slice::from_ref(&item), false));
        let converted = convert(&path, Format::Ndjson, Setup::default());
        assert_eq!((converted.tallies[0].lines, &converted.tallies[0].failure), (5, &None));
        // All of it is there, and the size that is declared is not its own.
        let without_size = Item { inflated: 0, ..item };
        let path = folder.file("d.zip", &archive(&[without_size], false));
        let converted = convert(&path, Format::Ndjson, Setup::default());
        assert_eq!(converted.tallies[0].lines, 6);
        assert!(converted.tallies[0].failure.is_some());
    }
    // Empty deflate data is what some writers give a folder.
    let path = folder
        .file("d.zip", &archive(&[Item::deflated("d/", ""), Item::stored("a", "x\n")], false));
    assert_eq!(convert(&path, Format::Ndjson, Setup::default()).tallies.len(), 1);
}
