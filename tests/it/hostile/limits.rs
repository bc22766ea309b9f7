//! Archives that are made to exhaust a machine: what is beyond the limits stays closed, and is said.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use ripsaw::source::{Limits, ReadOptions};

use super::archives::{Rows, lines, read_with};
use super::zip::{Around, DEFLATED, Member, STORED, archive};
use crate::convert::Folder;

fn zip(members: &[Member]) -> Vec<u8> {
    archive(members, &Around::default()).0
}

/// As many archives in each of as many, so deep.
fn fan(width: usize, levels: usize) -> Vec<u8> {
    let log = zip(&[Member::new("a.log", DEFLATED, b"x\n")]);
    (0..levels).fold(log, |inner, _| {
        let member = |number| Member::new(&format!("{number}.zip"), STORED, &inner);
        zip(&(0..width).map(member).collect::<Vec<_>>())
    })
}

fn read(bytes: &[u8], limits: Limits) -> (Rows, Vec<String>) {
    let folder = Folder::new();
    let input = folder.file("logs.zip", bytes);
    read_with(&input, ReadOptions { limits, ..ReadOptions::default() })
}

fn good(rows: &Rows) -> usize {
    rows.iter().filter(|row| row.2.is_none()).count()
}

#[test]
fn archives_inside_of_others() {
    let bytes = fan(4, 3);
    let (rows, problems) = read(&bytes, Limits::default());
    assert_eq!((rows.len(), good(&rows), problems.len()), (64, 64, 0));
    // The outermost is not inside of another.
    for archives in [1, 3, 20, 83, 84] {
        let (rows, _) = read(&bytes, Limits { archives, ..Limits::default() });
        let refused = rows.len() - good(&rows);
        assert_eq!(refused == 0, archives == 84, "{archives}: {rows:?}");
        assert!(good(&rows) < 64 || archives == 84, "{archives}");
        let reason =
            format!("more than {archives} archives are inside of others (--limit archives=N)");
        assert!(rows.iter().filter_map(|row| row.2.as_ref()).all(|error| error.contains(&reason)));
    }
}

#[test]
fn depth_of_archives() {
    for depth in 1..=5 {
        let (rows, _) = read(&fan(1, 3), Limits { depth, ..Limits::default() });
        let is_open = depth > 3;
        assert_eq!((rows.len(), good(&rows)), (1, usize::from(is_open)), "{depth}");
        let reason = format!("archives are nested more than {depth} deep (--limit depth=N)");
        assert!(is_open || rows[0].2.as_ref().unwrap().contains(&reason), "{rows:?}");
    }
}

#[test]
fn entries_of_all_inputs() {
    let member = |number| Member::new(&format!("{number}.log"), STORED, b"x\n");
    let bytes = zip(&(0..50).map(member).collect::<Vec<_>>());
    for entries in [1, 49, 50] {
        let (rows, problems) = read(&bytes, Limits { entries, ..Limits::default() });
        assert_eq!((rows.len() as u64, problems.is_empty()), (entries, entries == 50));
        let reason = format!("there are more than {entries} entries (--limit entries=N)");
        assert!(problems.iter().all(|problem| problem.contains(&reason)), "{problems:?}");
    }
}

/// Beyond what is held in memory.
#[test]
fn an_inner_archive_that_is_large() {
    let text = lines("of a log that is long and hardly compressed", 20_000);
    let large = vec![b'x'; 17 << 20];
    let inner = zip(&[
        Member::new("first.log", DEFLATED, &text),
        Member::new("large.log", STORED, &large),
        Member::new("last.log", STORED, &text),
    ]);
    let outer = zip(&[
        Member::new("a.zip", DEFLATED, &inner),
        Member::new("b.zip", STORED, &inner),
        Member::new("c.zip", DEFLATED, &zip(&[Member::new("c.log", STORED, b"x\n")])),
    ]);
    let (rows, problems) = read(&outer, Limits::default());
    assert_eq!((rows.len(), good(&rows), problems.len()), (80_003, 80_003, 0));
}

/// What is called an archive, and is gigabytes of nothing.
#[test]
fn zeros_called_an_archive() {
    let outer = zip(&[
        Member::new("x.zip", DEFLATED, &vec![0; 64 << 20]),
        Member::new("a.log", STORED, b"x\n"),
    ]);
    let (rows, problems) = read(&outer, Limits::default());
    assert_eq!((rows.len(), good(&rows), problems.len()), (2, 1, 0));
    let error = rows[0].2.as_ref().unwrap();
    assert!(error.contains("not a zip archive"), "{error}");
}

/// What is read of a text, alone or with another, in every kind of archive and compression.
#[test]
fn bytes_of_an_entry_and_in_all() {
    for lines in [100, 300_000] {
        let text: Vec<u8> = (0..lines).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let half = (text.len() / 2) as u64;
        let gz = |bytes: &[u8]| {
            let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap()
        };
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, "a.log", &text[..]).unwrap();
        let tar = tar.into_inner().unwrap();
        let inner = zip(&[Member::new("a.log", DEFLATED, &text)]);
        let files = [
            ("a.zip", inner.clone(), 1),
            ("b.zip", zip(&[Member::new("a.log", STORED, &text)]), 1),
            ("c.zip", zip(&[Member::new("a.log.gz", DEFLATED, &gz(&text))]), 1),
            ("d.zip", zip(&[Member::new("in.zip", DEFLATED, &inner)]), 2),
            ("a.log.gz", gz(&text), 1),
            ("a.tar.gz", gz(&tar), 1),
        ];
        let folder = Folder::new();
        for (name, bytes, times) in files {
            let input = folder.file(name, &bytes);
            let read = |limits| read_with(&input, ReadOptions { limits, ..ReadOptions::default() });
            // Of a whole tar file there is more than of its member.
            let all = text.len() as u64 + tar.len() as u64 + inner.len() as u64;
            let enough = Limits { entry_bytes: text.len() as u64, bytes: all, ..Limits::default() };
            let (rows, _) = read(enough);
            assert_eq!(good(&rows), lines, "{name}");
            let little = [
                ("entry-bytes", Limits { entry_bytes: half, ..Limits::default() }),
                ("bytes", Limits { bytes: half, ..Limits::default() }),
            ];
            for (limit, limits) in little {
                let (rows, problems) = read(limits);
                // Of a compressed tar file that is listed in vain.
                let last = rows.last().and_then(|row| row.2.as_ref()).or(problems.first());
                let last = last.unwrap();
                assert!(last.contains(&format!("(--limit {limit}=N)")), "{name} {limit} {last}");
                // Nothing beyond the limit is read, and what is before it is there.
                let read: u64 = rows
                    .iter()
                    .filter(|row| row.2.is_none())
                    .map(|row| row.1.as_ref().map_or(0, String::len) as u64 + 1)
                    .sum();
                assert!(read <= half + (1 << 20) * times, "{name} {limit} {read}");
                if limit == "entry-bytes" && lines > 100 && name != "d.zip" {
                    assert!(read <= half && read + 20 > half, "{name} {read} {half}");
                }
            }
        }
    }
}
