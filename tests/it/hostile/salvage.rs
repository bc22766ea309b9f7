//! Archives without their directory, as servers leave them that fail midway.

use super::archives::{lines, read_alike};
use super::zip::{Around, DEFLATED, Descriptor, Member, STORED, archive};
use crate::convert::Folder;

/// Members of every kind, with as many lines each.
fn members(count: usize) -> Vec<Member> {
    let inner =
        archive(&[Member::new("inner.log", STORED, &lines("inner", 2))], &Around::default());
    let descriptors =
        [Descriptor::None, Descriptor::Signed, Descriptor::Unsigned, Descriptor::Wide];
    let mut members = Vec::new();
    for method in [DEFLATED, STORED] {
        for descriptor in descriptors {
            let name = format!("{}.log", members.len());
            members.push(Member::new(&name, method, &lines(&name, count)).with(descriptor));
        }
    }
    // Headers of another archive within the data, and a folder.
    members.insert(3, Member::new("not an archive", STORED, &inner.0));
    members.insert(5, Member::new("folder/", STORED, b""));
    members
}

/// Of an archive that is cut anywhere all that is there is read, and what is missing is said.
#[test]
fn an_archive_that_is_cut_anywhere() {
    let members = members(4);
    let (whole, ends) = archive(&members, &Around::default());
    let directory = ends[ends.len() - 2];
    let folder = Folder::new();
    // At and near each border, and every so often between.
    let near = |length: usize| ends.iter().any(|end| length.abs_diff(*end) < 3);
    for length in (36..whole.len()).filter(|length| length % 7 == 0 || near(*length)) {
        let input = folder.file("logs.zip", &whole[..length]);
        let (rows, problems) = read_alike(&input);
        let is_there = |at: usize| ends[at] <= length;
        for (at, member) in members.iter().enumerate() {
            let name = String::from_utf8_lossy(&member.name);
            let of_it = || rows.iter().filter(|row| row.0 == name);
            let good: Vec<&str> =
                of_it().filter(|row| row.2.is_none()).filter_map(|row| row.1.as_deref()).collect();
            if name == "not an archive" || name == "folder/" {
                continue;
            }
            let text = String::from_utf8(member.text.clone()).unwrap();
            let all: Vec<&str> = text.lines().collect();
            let errors = of_it().filter(|row| row.2.is_some()).count();
            if is_there(at) {
                assert_eq!((&*good, errors), (&*all, 0), "{name} of {length} bytes");
            } else {
                // What was read is its beginning; the end is an error if anything of it is there.
                assert!(all.starts_with(&good), "{name} of {length} bytes: {good:?}");
                assert!(
                    errors <= 1 && (good.is_empty() || errors == 1),
                    "{name} of {length} bytes"
                );
            }
        }
        // Beyond the directory, only the record at the end is missing.
        let said = problems.join(" ");
        assert!(
            said.contains("by their header") || said.contains("by its header"),
            "{length}: {said}"
        );
        if length >= directory {
            assert!(rows.iter().all(|row| row.2.is_none()), "{length}: {rows:?}");
        }
    }
}

/// The directory of an archive that is stored within, whose end its header does not know, ends nothing.
#[test]
fn an_inner_archive_whose_size_comes_after_it() {
    let inner =
        archive(&[Member::new("inner.log", STORED, &lines("inner", 2))], &Around::default()).0;
    let mut members = members(4);
    members.insert(2, Member::new("in.bin", STORED, &inner).with(Descriptor::Signed));
    let (whole, ends) = archive(&members, &Around::default());
    let folder = Folder::new();
    for length in [ends[ends.len() - 2], ends[ends.len() - 3] + 20] {
        let (rows, _) = read_alike(&folder.file("logs.zip", &whole[..length]));
        for name in ["0.log", "1.log", "2.log", "3.log", "6.log"] {
            let good = rows.iter().filter(|row| row.0 == name && row.2.is_none()).count();
            assert_eq!(good, 4, "{name}");
        }
    }
}

/// What the directory does not list because it is damaged is found all the same.
#[test]
fn a_directory_with_damage() {
    let members = members(4);
    let (whole, ends) = archive(&members, &Around::default());
    let [.., directory, end] = *ends else { unreachable!() };
    let folder = Folder::new();
    let signatures: Vec<usize> =
        (directory..end).filter(|at| whole[*at..].starts_with(b"PK\x01\x02")).collect();
    assert_eq!(signatures.len(), members.len());
    for at in signatures {
        let mut damaged = whole.clone();
        damaged[at] = 0;
        let input = folder.file("logs.zip", &damaged);
        let (rows, problems) = read_alike(&input);
        assert_eq!(problems.len(), 1);
        for member in members.iter().filter(|member| member.name.ends_with(b".log")) {
            let name = String::from_utf8_lossy(&member.name);
            let rows = rows.iter().filter(|row| row.0 == name && row.2.is_none()).count();
            assert_eq!(rows, 4, "{name}");
        }
    }
}

/// Sizes that a local header has wrong: what follows is found, and the entry ends before it.
#[test]
fn local_headers_that_lie() {
    let folder = Folder::new();
    for size in [0, 5, 50_000, u32::MAX] {
        let mut members = members(4);
        members.retain(|member| member.name.ends_with(b".log"));
        members[0].local_sizes = Some((size, size));
        let (whole, ends) = archive(&members, &Around::default());
        let input = folder.file("logs.zip", &whole[..ends[ends.len() - 2]]);
        let (rows, _) = read_alike(&input);
        for name in ["1.log", "2.log", "7.log"] {
            let good = rows.iter().filter(|row| row.0 == name && row.2.is_none()).count();
            assert_eq!(good, 4, "{name}, {size}");
        }
        assert!(rows.iter().any(|row| row.0 == "0.log" && row.2.is_some()), "{size}: {rows:?}");
    }
}

/// An archive in an archive, and one in a folder: their entries, and an error row for themselves.
#[test]
fn inner_archives_that_are_cut() {
    let folder = Folder::new();
    let (inner, ends) = archive(&members(4), &Around::default());
    let cut = &inner[..ends[ends.len() - 2]];
    let outer = archive(
        &[Member::new("in.zip", DEFLATED, cut), Member::new("z.log", DEFLATED, &lines("z", 3))],
        &Around::default(),
    );
    let input = folder.file("logs.zip", &outer.0);
    folder.file("tree/in.zip", cut);
    folder.file("tree/z.log", &lines("z", 3));
    let tree = folder.path("tree");
    for input in [input, tree] {
        let (rows, _) = read_alike(&input);
        let good = |name: &str| rows.iter().filter(|row| row.0 == name && row.2.is_none()).count();
        assert_eq!((good("7.log"), good("z.log")), (4, 3));
        let own: Vec<_> = rows.iter().filter(|row| row.0 == "in.zip").collect();
        assert_eq!(own.len(), 1);
        assert!(own[0].2.as_ref().unwrap().contains("entries were found by their headers"));
    }
}
