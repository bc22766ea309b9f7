//! Archives that other readers read, whatever is around them, by each way of reading.

use std::path::Path;

use arrow::array::{Array, AsArray};
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::source::{MapPolicy, ReadOptions};
use ripsaw::table::Column;

use super::zip::{Around, DEFLATED, Member, STORED, archive};
use crate::convert::Folder;

/// The rows of an input: file, message, and why it could not be read.
pub(super) type Rows = Vec<(String, Option<String>, Option<String>)>;

/// What is read of an input as text, and what could not be listed.
pub(super) fn read(input: &Path, map: MapPolicy) -> (Rows, Vec<String>) {
    read_with(input, ReadOptions { map, ..ReadOptions::default() })
}

/// The same, with limits.
pub(super) fn read_with(input: &Path, read: ReadOptions) -> (Rows, Vec<String>) {
    let format = ripsaw::source::FormatId::named("text");
    let options = ScanOptions { read, format, ..ScanOptions::default() };
    let scan = Scan::open_with([input], options).unwrap();
    let problems = scan.catalog().problems.iter().map(ToString::to_string).collect();
    (rows(&scan), problems)
}

fn rows(scan: &Scan) -> Rows {
    let table = crate::scan::table(scan);
    let column = |column: Column| {
        let array =
            arrow::compute::cast(table.column(column.index()), &arrow::datatypes::DataType::Utf8);
        array.unwrap()
    };
    let [file, message, error] = [Column::File, Column::Message, Column::ParseError].map(column);
    let text = |array: &arrow::array::ArrayRef, row: usize| {
        array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned())
    };
    let rows = 0..table.num_rows();
    rows.map(|row| (text(&file, row).unwrap(), text(&message, row), text(&error, row))).collect()
}

/// Both ways of reading a file, which must agree.
pub(super) fn read_alike(input: &Path) -> (Rows, Vec<String>) {
    let mapped = read(input, MapPolicy::Always);
    assert_eq!(read(input, MapPolicy::Never), mapped);
    mapped
}

pub(super) fn lines(name: &str, count: usize) -> Vec<u8> {
    (0..count).flat_map(|line| format!("{name} line {line}\n").into_bytes()).collect()
}

#[test]
fn comments_and_other_data_around_an_archive() {
    let members = [
        Member::new("a.log", DEFLATED, &lines("a", 3)),
        Member::new("b.log", STORED, &lines("b", 3)),
    ];
    // An archive without entries, as a comment may have it.
    let empty = archive(&[], &Around::default()).0;
    let comment = |comment: &[u8]| Around { comment: comment.to_vec(), ..Around::default() };
    let cases = [
        (
            "an end signature in the comment",
            comment(b"built by PK\x05\x06 tools, PK\x05\x06 and others"),
        ),
        ("one at its end", comment(b"abc PK\x05\x06")),
        ("many", comment(&b"PK\x05\x06".repeat(9))),
        ("an archive without entries in it", comment(&empty)),
        ("the longest", comment(&[b'x'; 65_535])),
        ("cut within it", Around { comment_length: Some(50), ..comment(b"hello") }),
        ("without any of it", Around { comment_length: Some(65_535), ..comment(b"") }),
        ("longer than it says", Around { comment_length: Some(2), ..comment(b"hello") }),
        ("before it", Around { before: b"#!/bin/sh\n".repeat(50), ..Around::default() }),
        (
            "before it, in Zip64",
            Around { before: b"junk".repeat(50), zip64: true, ..Around::default() },
        ),
        (
            "another archive before it",
            Around { before: empty.clone(), zip64: true, ..Around::default() },
        ),
        ("after it", Around { after: b"junk".repeat(50), ..Around::default() }),
        ("much after it", Around { after: vec![0; 70_000], ..Around::default() }),
        (
            "all at once",
            Around {
                before: b"PK\x03\x04PK\x06\x06PK\x01\x02".to_vec(),
                zip64: true,
                ..comment(b"PK\x06\x07PK\x05\x06 of PK\x05\x06")
            },
        ),
    ];
    for (what, around) in cases {
        let folder = Folder::new();
        let input = folder.file("logs.zip", &archive(&members, &around).0);
        let (rows, problems) = read_alike(&input);
        assert_eq!(problems, [""; 0], "{what}");
        let messages: Vec<&str> = rows.iter().filter_map(|row| row.1.as_deref()).collect();
        let expected = ["a line 0", "a line 1", "a line 2", "b line 0", "b line 1", "b line 2"];
        assert_eq!(messages, expected, "{what}");
        assert!(rows.iter().all(|row| row.2.is_none()), "{what}");
    }
}
