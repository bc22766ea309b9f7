//! Archives with damage: what is good is kept, what is not is said.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::collection::vec;
use proptest::prelude::*;
use ripsaw::source::{MapPolicy, ReadOptions};

use crate::convert::{
    Folder, Format, Setup, assert_like_the_oracle, convert, convert_scan, open, read_back,
};
use crate::nasty;
use crate::oracle::{self, Row};

/// A member as an archive declares it, true or not.
#[derive(Clone)]
struct Member {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    data: Vec<u8>,
    stored: u32,
    inflated: u32,
}

impl Member {
    fn stored(name: &str, text: &[u8]) -> Self {
        let length = text.len() as u32;
        Self {
            name: name.to_owned(),
            flags: 0,
            method: 0,
            crc: crc32fast::hash(text),
            data: text.to_vec(),
            stored: length,
            inflated: length,
        }
    }

    fn deflated(name: &str, text: &[u8]) -> Self {
        let data = deflate(text, None);
        Self { method: 8, stored: data.len() as u32, data, ..Self::stored(name, text) }
    }

    /// Deflated, with a block of no known type in the middle.
    fn broken(name: &str, text: &[u8]) -> Self {
        let data = deflate(text, Some(middle(text)));
        Self { method: 8, stored: data.len() as u32, data, ..Self::stored(name, text) }
    }

    fn header(&self, central: bool, offset: u32) -> Vec<u8> {
        let mut header =
            if central { b"PK\x01\x02\x14\0".to_vec() } else { b"PK\x03\x04".to_vec() };
        for value in [20, self.flags, self.method, 0, 0x21] {
            header.extend(value.to_le_bytes());
        }
        for value in [self.crc, self.stored, self.inflated] {
            header.extend(value.to_le_bytes());
        }
        header.extend((self.name.len() as u16).to_le_bytes());
        header.extend([0; 2]);
        if central {
            header.extend([0; 10]);
            header.extend(offset.to_le_bytes());
        }
        header.extend(self.name.bytes());
        header
    }
}

/// Within a line.
fn middle(text: &[u8]) -> usize {
    text.len() / 2 + 20
}

/// Raw deflate; what comes behind `broken_at` is behind an invalid block header.
fn deflate(text: &[u8], broken_at: Option<usize>) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let Some(at) = broken_at else {
        encoder.write_all(text).unwrap();
        return encoder.finish().unwrap();
    };
    encoder.write_all(&text[..at]).unwrap();
    // A sync flush ends at a byte's boundary.
    encoder.flush().unwrap();
    let mut data = encoder.get_ref().clone();
    data.push(0xff);
    data.extend(text[at..].iter().take(1_000));
    data
}

fn archive(members: &[Member]) -> Vec<u8> {
    let (mut zip, mut central) = (Vec::new(), Vec::new());
    for member in members {
        central.extend(member.header(true, zip.len() as u32));
        zip.extend(member.header(false, 0));
        zip.extend(&member.data);
    }
    let (at, length) = (zip.len() as u32, central.len() as u32);
    zip.extend(central);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([(members.len() as u16).to_le_bytes(); 2].concat());
    zip.extend([length.to_le_bytes(), at.to_le_bytes()].concat());
    zip.extend([0; 2]);
    zip
}

fn log(lines: usize) -> Vec<u8> {
    let lines: Vec<_> = (0..lines).map(|n| nasty::record(&format!("line {n}"))).collect();
    nasty::joined(&lines, "\n")
}

/// An entry that is whole, before and behind the one with damage.
fn between_good(damaged: Member) -> Vec<u8> {
    let text = log(40);
    archive(&[Member::deflated("a", &text), damaged, Member::stored("z", &text)])
}

/// Good rows, one error row, and other entries intact; as the oracle has it. Returns the rows of
/// the damaged entry.
fn assert_damaged(zip: &[u8]) -> Vec<Row> {
    let folder = Folder::new();
    let input = folder.file("logs.zip", zip);
    let format = Format::Ndjson;
    for map in [MapPolicy::Auto, MapPolicy::Never] {
        let read = ReadOptions { map, ..ReadOptions::default() };
        assert_like_the_oracle(&input, format, Setup { read, ..Setup::default() });
    }
    let converted = convert(&input, Format::Csv, Setup::default());
    let failures: Vec<bool> = converted.tallies.iter().map(|t| t.failure.is_some()).collect();
    assert_eq!(failures, [false, true, false]);
    let rows = read_back(&converted.bytes, Format::Csv);
    for name in ["a", "z"] {
        let good: Vec<&Row> = rows.iter().filter(|row| row.file == name).collect();
        assert_eq!(good.len(), 40);
        assert!(good.iter().all(|row| row.error.is_none()));
    }
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.file == "damaged").collect();
    let (last, good) = rows.split_last().unwrap();
    assert!(last.is_unreadable() && !good.iter().any(Row::is_unreadable));
    rows
}

#[test]
fn deflate_data_with_a_break() {
    for lines in [2, 300, 10_000] {
        let text = log(lines);
        let rows = assert_damaged(&between_good(Member::broken("damaged", &text)));
        // The whole lines before the break, and the head of the one that was broken.
        let head = &text[..middle(&text)];
        assert_eq!(rows.len(), head.split(|&byte| byte == b'\n').count());
        assert!(
            rows.last().unwrap().message.as_ref().is_some_and(|head| head.starts_with("{\"le"))
        );
    }
}

#[test]
fn deflate_data_cut_short() {
    let mut member = Member::deflated("damaged", &log(2_000));
    member.data.truncate(member.data.len() / 2);
    member.stored = member.data.len() as u32;
    let rows = assert_damaged(&between_good(member));
    assert!((200..1_800).contains(&rows.len()), "{}", rows.len());
}

#[test]
fn wrong_check_sum_or_size() {
    let text = log(50);
    let length = text.len() as u32;
    for member in [Member::stored("damaged", &text), Member::deflated("damaged", &text)] {
        let wrong_crc = Member { crc: member.crc ^ 1, ..member.clone() };
        assert_eq!(assert_damaged(&between_good(wrong_crc)).len(), 51);
        for inflated in [0, 1, length - 1, length + 1, 2 * length, u32::MAX - 1] {
            let wrong_size = Member { inflated, ..member.clone() };
            assert_eq!(assert_damaged(&between_good(wrong_size)).len(), 51, "{inflated}");
        }
    }
}

#[test]
fn a_size_that_is_true_of_a_part() {
    // The head of a stored entry, with its own check sum.
    let text = log(50);
    let head = Member::stored("damaged", &text[..text.len() / 2]);
    let member = Member { data: text.clone(), stored: text.len() as u32, ..head };
    assert_eq!(assert_damaged(&between_good(member)).len(), 51);
}

#[test]
fn entries_that_nobody_can_read() {
    let member = Member::deflated("damaged", &log(50));
    let refused = [(1, 8), (1, 0), (0x41, 8), (0, 1), (0, 6), (0, 98), (0, 99)];
    for (flags, method) in refused {
        let rows = assert_damaged(&between_good(Member { flags, method, ..member.clone() }));
        assert_eq!((rows.len(), rows[0].line, &rows[0].message), (1, 1, &None));
    }
}

#[test]
fn a_header_that_is_gone() {
    let mut zip = between_good(Member::deflated("damaged", &log(50)));
    let at = zip.windows(11).position(|window| window == b"\x07\0\0\0damaged").unwrap() - 26;
    assert_eq!(zip[at..at + 4], *b"PK\x03\x04");
    zip[at] = b'?';
    let folder = Folder::new();
    let converted = convert(&folder.file("logs.zip", &zip), Format::Csv, Setup::default());
    let rows = read_back(&converted.bytes, Format::Csv);
    let damaged: Vec<&Row> = rows.iter().filter(|row| row.file == "damaged").collect();
    assert_eq!((rows.len(), damaged.len()), (81, 1));
    assert!(damaged[0].is_unreadable());
}

#[test]
fn a_streamed_entry_with_damage() {
    let long = nasty::record(&"long".repeat(300));
    let text = nasty::joined(&vec![long; 8_000], "\n");
    assert!(text.len() > 9 << 20);
    for damaged in [
        Member::broken("damaged", &text),
        Member { crc: 0, ..Member::deflated("damaged", &text) },
        Member { inflated: 1 << 30, ..Member::stored("damaged", &text) },
    ] {
        let folder = Folder::new();
        let input = folder.file("logs.zip", &between_good(damaged));
        for max_line in [100, 64 << 20] {
            let read = ReadOptions { max_line, ..ReadOptions::default() };
            assert_like_the_oracle(&input, Format::ArrowStream, Setup { read, ..Setup::default() });
        }
    }
}

/// The rows of a compressed file that cannot be read whole.
fn damaged_file(bytes: &[u8]) -> Vec<Row> {
    let folder = Folder::new();
    let converted = convert(&folder.file("log", bytes), Format::Csv, Setup::default());
    assert!(converted.tallies[0].failure.is_some());
    let rows = read_back(&converted.bytes, Format::Csv);
    let (last, good) = rows.split_last().unwrap();
    assert!(last.is_unreadable() && good.iter().all(|row| row.error.is_none()));
    rows
}

#[test]
fn gzip_with_a_break_cut_short_and_with_a_wrong_check_sum() {
    let text = log(3_000);
    let head = &text[..middle(&text)];
    let lines_of_head = head.split(|&byte| byte == b'\n').count();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(head).unwrap();
    encoder.flush().unwrap();
    let until_flush = encoder.get_ref().clone();
    encoder.write_all(&text[head.len()..]).unwrap();
    let whole = encoder.finish().unwrap();

    let broken = [&until_flush[..], &[0xff], &whole[until_flush.len() + 1..]].concat();
    assert_eq!(damaged_file(&broken).len(), lines_of_head);
    assert_eq!(damaged_file(&until_flush).len(), lines_of_head);
    let mut wrong_crc = whole.clone();
    let at = wrong_crc.len() - 8;
    wrong_crc[at] ^= 1;
    assert_eq!(damaged_file(&wrong_crc).len(), 3_001);
    // A second member, cut in its header, in its data and before its check sum; and no member.
    for length in [3, 9, until_flush.len(), whole.len() - 8, whole.len() - 1] {
        let rows = damaged_file(&[&whole[..], &whole[..length]].concat());
        assert!((3_001..=6_001).contains(&rows.len()), "{length}: {}", rows.len());
    }
    assert_eq!(damaged_file(&[&whole[..], b"no member"].concat()).len(), 3_001);
}

#[test]
fn zstandard_with_a_break_and_cut_short() {
    let text = log(3_000);
    let whole = zstd::encode_all(&text[..], 1).unwrap();
    let rows = damaged_file(&[&whole[..], b"no frame, no magic"].concat());
    // The decoder drops a little of what it decoded in the call that fails.
    assert!((2_980..=3_001).contains(&rows.len()), "{}", rows.len());
    let rows = damaged_file(&[&whole[..], &whole[..whole.len() / 2]].concat());
    assert!(rows.len() > 3_000, "{}", rows.len());
}

#[test]
fn damage_in_a_line_above_the_limit() {
    let text = vec![b'x'; 24 << 20];
    let folder = Folder::new();
    for damaged in
        [Member::broken("damaged", &text), Member { crc: 0, ..Member::deflated("damaged", &text) }]
    {
        let input = folder.file("logs.zip", &between_good(damaged));
        let read = ReadOptions { max_line: 100, ..ReadOptions::default() };
        let converted = convert(&input, Format::Csv, Setup { read, ..Setup::default() });
        let rows = read_back(&converted.bytes, Format::Csv);
        let rows: Vec<&Row> = rows.iter().filter(|row| row.file == "damaged").collect();
        assert!(rows.last().unwrap().is_unreadable());
        assert_eq!(rows.iter().filter(|row| row.is_unreadable()).count(), 1);
    }
}

#[test]
fn archives_cut_short() {
    let zip = between_good(Member::stored("damaged", &log(50)));
    let folder = Folder::new();
    // Up to its first header; what is salvaged of more is a test of its own.
    for length in [1, 3, 4, 30] {
        let input = folder.file("logs.zip", &zip[..length]);
        let error = open(&input, None, Setup::default()).unwrap_err();
        assert!(error.to_string().starts_with("cannot"), "{error}");
    }
}

/// Opens and converts whatever it is; both may refuse, neither may hang or panic.
fn survive(input: &Path, map: MapPolicy) {
    let read = ReadOptions { map, ..ReadOptions::default() };
    let setup = Setup { read, threads: 1, ..Setup::default() };
    let Ok(scan) = open(input, Some("harness"), setup) else { return };
    let converted = convert_scan(&scan, Format::ArrowStream, setup).unwrap();
    let rows = read_back(&converted.bytes, Format::ArrowStream);
    assert_eq!(rows.len() as i64, converted.tallies.iter().map(|tally| tally.lines).sum::<i64>());
    for (tally, entry) in converted.tallies.iter().zip(scan.entries()) {
        let unreadable = |row: &&Row| row.file == entry.path && row.is_unreadable();
        assert!(tally.failure.is_none() || rows.iter().any(|row| unreadable(&row)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_damage(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_directory in any::<bool>(),
        map in prop::sample::select(&[MapPolicy::Auto, MapPolicy::Never][..]),
    ) {
        let inner = archive(&[Member::deflated("inner", &log(3))]);
        let mut zip = archive(&[
            Member::deflated("a", &log(30)),
            Member::stored("b", &log(2)),
            Member::stored("c.zip", &inner),
            Member::deflated("d", b""),
        ]);
        // The directory and the end record are the smaller part and have the more to get wrong.
        let first = if in_directory { zip.len() - 250 } else { 0 };
        for (at, byte) in changes {
            let at = first + at.index(zip.len() - first);
            zip[at] = byte;
        }
        let folder = Folder::new();
        survive(&folder.file("logs.zip", &zip), map);
    }
}

#[test]
fn the_made_archives_are_sound() {
    let zip = archive(&[Member::deflated("a", &log(30)), Member::stored("b", &log(2))]);
    let folder = Folder::new();
    let input = folder.file("logs.zip", &zip);
    assert_eq!(oracle::rows(&input, usize::MAX).len(), 32);
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut text = Vec::new();
    std::io::copy(&mut read.by_index(0).unwrap(), &mut text).unwrap();
    assert_eq!(text, log(30));
}
