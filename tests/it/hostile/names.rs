//! Names that are not Unicode, or are so only in a field of their own: different names stay different.

use super::archives::{lines, read_alike};
use super::zip::{Around, Member, STORED, archive};
use crate::convert::Folder;

/// Info-ZIP's field with the name in UTF-8, of a name with this check sum.
fn unicode(name: &str, crc: u32) -> Vec<u8> {
    let length = (5 + name.len()) as u16;
    [&[0x75, 0x70][..], &length.to_le_bytes(), &[1], &crc.to_le_bytes(), name.as_bytes()].concat()
}

#[test]
fn names_of_members() {
    let member =
        |raw: &[u8], extra| Member { name: raw.to_vec(), extra, ..Member::new("", STORED, b"x\n") };
    let crc = crc32fast::hash;
    let members = [
        member(b"\xff.log", Vec::new()),
        member(b"\xfe.log", Vec::new()),
        member(b"?.log", unicode("\u{df}\u{2713}.log", crc(b"?.log"))),
        // Of another name, and no text.
        member(b"a.log", unicode("b.log", crc(b"c.log"))),
        member(
            b"c.log",
            [&[0x75, 0x70, 6, 0, 1][..], &crc(b"c.log").to_le_bytes(), &[0xff]].concat(),
        ),
        member(b"d.log", vec![0x75, 0x70, 1, 0, 1]),
        member(b"e.log", vec![0x75]),
    ];
    let (whole, ends) = archive(&members, &Around::default());
    let folder = Folder::new();
    // By the directory, and by their own headers.
    for bytes in [&whole[..], &whole[..ends[members.len() - 1]]] {
        let (rows, _) = read_alike(&folder.file("logs.zip", bytes));
        let names: Vec<&str> = rows.iter().map(|row| &*row.0).collect();
        let expected = [
            "\u{a0}.log",
            "\u{25a0}.log",
            "\u{df}\u{2713}.log",
            "a.log",
            "c.log",
            "d.log",
            "e.log",
        ];
        assert_eq!(names, expected);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let folder = Folder::new();
    let tree = folder.path("tree");
    std::fs::create_dir(&tree).unwrap();
    for raw in [&b"\xff.log"[..], b"\xfe.log"] {
        std::fs::write(tree.join(OsStr::from_bytes(raw)), lines("a", 2)).unwrap();
    }
    let (rows, problems) = read_alike(&tree);
    let mut names: Vec<&str> = rows.iter().map(|row| &*row.0).collect();
    names.dedup();
    assert_eq!((&*names, rows.len(), problems.len()), (&["\u{a0}.log", "\u{25a0}.log"][..], 4, 0));
    // One alone.
    let (rows, _) = read_alike(&tree.join(OsStr::from_bytes(b"\xff.log")));
    assert_eq!((&*rows[0].0, rows.len()), ("\u{a0}.log", 2));
}
