//! The formats that ship give the rows of their samples: as the library reads files, and in large files of many records.

use std::path::Path;

use ripsaw::scan::Scan;
use serde_json::{Map, Value};

use super::{Definition, Definitions, Sample, options, rows_of};
use crate::convert::Folder;

fn shipped() -> Vec<Definition> {
    let text = include_str!("../../../../src/format/rules/shipped.toml");
    toml::from_str::<Definitions>(text).unwrap().format
}

/// The name of a sample's file.
fn name_of(sample: &Sample) -> &str {
    if sample.file.is_empty() { "a.log" } else { &sample.file }
}

fn assert_rows(input: &Path, threads: usize, format: &str, expected: &[Map<String, Value>]) {
    let scan = Scan::open_with([input], options(threads)).unwrap();
    for entry in scan.entries() {
        assert_eq!(entry.format.unwrap().format().name, format, "{}", entry.detected_by);
    }
    let rows = rows_of(&scan);
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row, expected, "{format}");
    }
    assert_eq!(rows.len(), expected.len(), "{format}");
}

#[test]
fn samples_are_told_and_give_their_rows() {
    let folder = Folder::new();
    for format in shipped() {
        for (number, sample) in format.samples.iter().enumerate() {
            let name = format!("{}-{number}/{}", format.name, name_of(sample));
            let expected: Vec<_> = sample.rows.iter().map(super::SampleRow::row).collect();
            let path = folder.file(&name, sample.text.as_bytes());
            assert_rows(&path, 1, &format.name, &expected);
            // Travis's own lines end in a carriage return and an escape sequence.
            if format.name != "travis" {
                let text = sample.text.replace('\n', "\r\n");
                let crlf = folder.file(&format!("{name}.crlf"), text.as_bytes());
                assert_rows(&crlf, 2, &format.name, &expected);
            }
        }
    }
}

/// Lines that belong together: a record, and what continues it or is of its step.
type Group<'a> = (Vec<&'a str>, Vec<(usize, Map<String, Value>)>);

/// The groups of a sample; the first are its header.
fn groups<'a>(format: &str, sample: &'a Sample) -> Vec<Group<'a>> {
    let lines: Vec<&str> =
        sample.text.strip_suffix('\n').unwrap_or(&sample.text).split('\n').collect();
    let begins = |row: &super::SampleRow| match format {
        "woodpecker" => row.extra.contains_key("number"),
        _ => !row.extra.contains_key("continued"),
    };
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (at, row) in sample.rows.iter().enumerate() {
        if groups.is_empty() || begins(row) {
            groups.push((Vec::new(), Vec::new()));
        }
        let end = sample.rows.get(at + 1).map_or(lines.len(), |next| next.line as usize - 1);
        let (text, rows) = groups.last_mut().unwrap();
        rows.push((text.len(), row.row()));
        text.extend(&lines[row.line as usize - 1..end]);
    }
    groups
}

#[test]
fn records_in_any_order_are_those_of_the_samples() {
    let folder = Folder::new();
    for format in shipped() {
        for (number, sample) in format.samples.iter().enumerate() {
            let groups = groups(&format.name, sample);
            // Lines before the first time are of the header, which comes once.
            let has_times = sample.rows.iter().any(|row| row.timestamp.is_some());
            let is_header = |(_, rows): &&Group<'_>| {
                format.name == "teamcity" && has_times && !rows[0].1.contains_key("timestamp")
            };
            let header = groups.iter().take_while(is_header).count();
            let mut random = fastrand::Rng::with_seed(number as u64);
            let (mut text, mut line, mut expected) = (String::new(), 1, Vec::new());
            let mut push = |(lines, rows): &Group<'_>| {
                for (at, row) in rows {
                    let mut row = row.clone();
                    row["line"] = (line + *at as i64).into();
                    expected.push(row);
                }
                lines.iter().for_each(|line| text.extend([line, "\n"]));
                line += lines.len() as i64;
            };
            groups[..header].iter().for_each(&mut push);
            // As the samples begin, so that they are detected.
            for _ in 0..20 {
                groups[header..].iter().for_each(&mut push);
            }
            for _ in 0..10_000 {
                push(&groups[random.usize(header..groups.len())]);
            }
            let files = [(name_of(sample).to_owned(), text.into_bytes())];
            let name = format!("{}-{number}", format.name);
            let (input, threads) = match number {
                0 => (folder.tree(&name, &files), [1, 4]),
                _ => (folder.zip(&format!("{name}.zip"), &files), [1, 3]),
            };
            for threads in threads {
                assert_rows(&input, threads, &format.name, &expected);
            }
        }
    }
}
