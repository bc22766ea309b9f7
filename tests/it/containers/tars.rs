//! Tar files, plain and compressed, alone and in other archives, whole and damaged.

use std::ops::Range;

use proptest::prelude::*;

use super::{CODECS, Files, Folder, compress, file, lines, messages, tar, zip};
use crate::formats::mixed;

/// A tree of all formats, and a large log so that entries are streamed.
fn files() -> Files {
    let mut files = mixed::files(3, 3_000, 40_000);
    files.push(file("large.log", lines("a line of a log of more than a mebibyte, number", 30_000)));
    files.sort();
    files
}

/// The first day that a kind of archive knows is what many writers use for none: the year is that of the archive.
#[test]
fn times_that_mean_none_give_no_year() {
    let folder = Folder::new();
    let text = "Mar  9 10:00:00 web-1 su[7]: failed\n";
    for (name, mtime) in
        [("0", 0), ("dos", 315_532_800), ("zone", 315_532_800 - 3_600), ("later", 315_619_200)]
    {
        let mut builder = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(mtime);
        builder.append_data(&mut header, "a.log", text.as_bytes()).unwrap();
        let bytes = builder.into_inner().unwrap();
        for (input, bytes) in [("tar", bytes.clone()), ("tgz", compress("gz", &bytes))] {
            let input = format!("{name}.{input}");
            folder.write(&input, bytes);
            let year = if name == "later" { "1979" } else { "2026" };
            let time = folder.convert(&[&input]).rows[0]["timestamp"].clone();
            assert_eq!(time, format!("{year}-03-09T10:00:00Z"), "{input}");
        }
        // As tools that unpack it write it.
        folder.write("a.log", text);
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(mtime);
        let file = std::fs::File::options().append(true).open(folder.path().join("a.log"));
        file.unwrap().set_modified(time).unwrap();
        let time = folder.convert(&["a.log"]).rows[0]["timestamp"].clone();
        let expected =
            if name == "later" { "1979-03-09T10:00:00Z".into() } else { serde_json::Value::Null };
        assert_eq!(time, expected, "{name}");
    }
}

#[test]
fn every_archive_gives_the_rows_of_its_tree() {
    let files = files();
    let folder = Folder::new();
    for (path, bytes) in &files {
        folder.write(&format!("tree/{path}"), bytes);
    }
    // Exact: of compressed archives fewer members are looked at.
    let exactly = ["--schema", "scan", "--omit-nulls"];
    let expected = folder.convert(&[&["tree"], &exactly[..]].concat());
    let (by_file, rows) = (expected.by_file(), expected.rows.len());
    let count = by_file.len();
    assert!(count > 10 && rows > 30_200, "{rows} rows of {count} files");
    let plain = tar(&files);
    let packed = compress("gz", &plain);
    let mut archives = vec![
        ("plain.tar".to_owned(), plain.clone()),
        ("no suffix".into(), packed.clone()),
        ("zip with a tar".into(), zip(&[file("in.tar", plain.clone())])),
        ("zip with a tgz".into(), zip(&[file("in.tgz", packed.clone())])),
        ("tar with a tgz".into(), tar(&[file("in.tgz", packed.clone())])),
        ("tar with a tar".into(), tar(&[file("in.tar", plain.clone())])),
        ("tgz with a tgz".into(), compress("gz", &tar(&[file("in.tgz", packed)]))),
        ("tgz with a zip".into(), compress("gz", &tar(&[file("in", zip(&files))]))),
        ("gz of a zip".into(), compress("gz", &zip(&files))),
        ("gz of a gz".into(), compress("gz", &compress("gz", &plain))),
    ];
    archives.extend(CODECS.map(|codec| (format!("logs.tar.{codec}"), compress(codec, &plain))));
    for (name, bytes) in &archives {
        folder.write(name, bytes);
        for (threads, map) in [("1", "auto"), ("2", "never"), ("8", "always")] {
            let reading = [name, "--threads", threads, "--mmap", map];
            let run = folder.convert(&[&reading, &exactly[..]].concat());
            assert_eq!(run.code, 0, "{name}: {}", run.stderr);
            assert!(run.stderr.is_empty(), "{name}: {}", run.stderr);
            assert!(run.by_file() == by_file, "{name}, {threads} threads, {map}");
        }
    }
}

#[test]
fn bundle_and_file_name_a_member() {
    let inner = tar(&[file("./deep/b.log", lines("b", 1))]);
    let archive = tar(&[file("a.log", lines("a", 1)), file("in/n.tar", inner)]);
    let folder = Folder::new();
    folder.write("logs.tgz", compress("gz", &archive));
    folder.write("d/x/logs", &archive);
    for (input, bundle) in [("logs.tgz", "logs.tgz"), ("d", "d!x/logs")] {
        let run = folder.convert(&[input]);
        let names: Vec<_> = run
            .rows
            .iter()
            .map(|row| [&row["bundle"], &row["file"]].map(|n| n.as_str().unwrap()))
            .collect();
        let nested = format!("{bundle}!in/n.tar");
        assert_eq!(names, [[bundle, "a.log"], [&nested, "deep/b.log"]]);
    }
}

/// A tar file of one member whose header is written by hand.
fn member(fill: impl FnOnce(&mut tar::Header), data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_size(data.len() as u64);
    fill(&mut header);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn named(name: &[u8], data: &[u8]) -> Vec<u8> {
    member(|header| header.as_old_mut().name[..name.len()].copy_from_slice(name), data)
}

fn of_type(kind: u8, name: &str, data: &[u8]) -> Vec<u8> {
    let fill = |header: &mut tar::Header| {
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkflag = [kind];
    };
    member(fill, data)
}

fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = (1..).find(|&n: &usize| n == n.to_string().len() + rest).unwrap();
        data.extend(format!("{length} {key}=").bytes());
        data.extend(*value);
        data.push(b'\n');
    }
    of_type(b'x', "pax", &data)
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

#[test]
fn names_of_any_length_and_bytes() {
    let long = format!("{}/end.log", "directory/".repeat(40));
    let archive = [
        tar(&[file(&long, b"gnu\n".to_vec())]).strip_suffix(&end()[..]).unwrap().to_vec(),
        pax(&[("path", "größer/\n\"x\".log".as_bytes()), ("mtime", b"1.5")]),
        named(b"short", b"pax\n"),
        pax(&[("path", b"caf\x82")]),
        named(b"short", b"cp437\n"),
        named(b"v7", b"old\n"),
        pax(&[("size", b"6")]),
        member(|header| header.as_old_mut().name[..4].copy_from_slice(b"size"), b"sized\n"),
        named(b"./dot/x.log", b"dot\n"),
        named(b"twice", b"1\n"),
        named(b"twice", b"2\n"),
        named(b"empty", b""),
        end(),
    ]
    .concat();
    let folder = Folder::new();
    folder.write("logs.tar", &archive);
    folder.write("logs.tar.xz", compress("xz", &archive));
    for name in ["logs.tar", "logs.tar.xz"] {
        let run = folder.convert(&[name]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let files: Vec<_> = run.rows.iter().map(|row| row["file"].as_str().unwrap()).collect();
        let expected =
            [&long, "größer/\n\"x\".log", "café", "v7", "size", "dot/x.log", "twice", "twice"];
        assert_eq!(files, expected);
        assert_eq!(run.messages(), ["gnu", "pax", "cp437", "old", "sized", "dot", "1", "2"]);
    }
}

#[test]
fn members_that_are_no_files_are_listed_or_reported() {
    let link = |kind, name: &str| {
        member(
            |header| {
                header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
                header.as_old_mut().linkflag = [kind];
                header.as_old_mut().linkname[..5].copy_from_slice(b"a.log");
            },
            b"",
        )
    };
    let archive = [
        of_type(b'5', "folder/", b""),
        named(b"a.log", b"a\n"),
        link(b'1', "hard"),
        link(b'2', "soft"),
        of_type(b'3', "device", b""),
        of_type(b'6', "pipe", b""),
        of_type(b'V', "label", b""),
        named(b"b.log", b"b\n"),
        end(),
    ]
    .concat();
    let folder = Folder::new();
    folder.write("logs.tgz", compress("gz", &archive));
    let run = folder.convert(&["logs.tgz"]);
    assert_eq!((run.code, run.messages()), (0, vec!["a", "b"]), "{}", run.stderr);
    let listed = folder.run(&["ls", "--formats", "logs.tgz"], b"").stdout;
    for (name, reason) in [
        ("hard", "a link to a.log"),
        ("soft", "a link to a.log"),
        ("device", "a device"),
        ("pipe", "a named pipe"),
    ] {
        let line = listed.lines().find(|line| line.ends_with(&format!(" {name}"))).unwrap();
        assert!(line.contains(reason), "{line}");
    }

    let sparse = [
        pax(&[("GNU.sparse.major", b"1"), ("GNU.sparse.name", b"holes.log")]),
        named(b"x", b"1\n0\n"),
        of_type(b'S', "old.log", b"data\n"),
        named(b"b.log", b"b\n"),
        end(),
    ]
    .concat();
    folder.write("sparse.tar", sparse);
    let run = folder.convert(&["sparse.tar"]);
    assert_eq!((run.code, run.messages(), run.errors()), (2, vec!["b"], 2));
    assert!(
        run.stderr.contains("sparse.tar[holes.log]: the entry is a sparse file"),
        "{}",
        run.stderr
    );
}

#[test]
fn archives_appended_to_each_other_are_one() {
    let archive = [tar(&[file("a", b"a\n".to_vec())]), tar(&[file("b", b"b\n".to_vec())])].concat();
    let folder = Folder::new();
    folder.write("two.tar", &archive);
    folder.write("junk.tar", [&archive[..], b"other data behind the end"].concat());
    folder.write("long.tar", [&archive[..], &vec![0; 100_000]].concat());
    for name in ["two.tar", "junk.tar", "long.tar"] {
        let run = folder.convert(&[name]);
        assert_eq!((run.code, run.messages()), (0, vec!["a", "b"]), "{name}: {}", run.stderr);
    }
    folder.write("empty.tar", end());
    folder.write("none.tar.gz", compress("gz", &of_type(b'5', "d/", b"")));
    assert_eq!(folder.convert(&["none.tar.gz"]).code, 2);
}

/// Three members, and where the text of each is in the archive.
fn three() -> (Vec<u8>, [Range<usize>; 3]) {
    let texts = ["a", "b", "c"].map(|name| lines(name, 300));
    let archive =
        [named(b"a.log", &texts[0]), named(b"b.log", &texts[1]), named(b"c.log", &texts[2]), end()]
            .concat();
    let mut at = 0;
    let places = texts.map(|text| {
        let start = at + 512;
        at = (start + text.len()).next_multiple_of(512);
        start..start + text.len()
    });
    (archive, places)
}

#[test]
fn a_cut_archive_keeps_what_is_whole_and_says_so() {
    let (archive, places) = three();
    let folder = Folder::new();
    for cut in (600..archive.len() - 1024).step_by(499).chain([512, 1024]) {
        folder.write("cut.tar", &archive[..cut]);
        folder.write("cut.tar.gz", compress("gz", &archive[..cut]));
        let text: Vec<u8> = places
            .iter()
            .flat_map(|place| &archive[place.start.min(cut)..place.end.min(cut)])
            .copied()
            .collect();
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        for (name, map) in [("cut.tar", "auto"), ("cut.tar", "never"), ("cut.tar.gz", "auto")] {
            let run = folder.convert(&[name, "--mmap", map]);
            assert_eq!(run.code, 2, "{name} at {cut}");
            assert_eq!(run.messages(), messages(&text[..whole]), "{name} at {cut}");
            assert!(!run.stderr.is_empty());
        }
    }
}

#[test]
fn compressed_data_that_is_cut_keeps_what_comes_before() {
    let (archive, _) = three();
    let folder = Folder::new();
    for codec in CODECS {
        let packed = compress(codec, &archive);
        folder.write("cut", &packed[..packed.len() - 9]);
        let run = folder.convert(&["cut"]);
        assert_eq!(run.code, 2, "{codec}");
        let says = if codec == "zst" { "incomplete frame" } else { "cut short" };
        assert!(run.stderr.contains(says), "{codec}: {}", run.stderr);
        assert_eq!(run.errors(), usize::from(run.messages().len() < 900), "{codec}");
    }
}

/// The search for the next header ends where the data does, whatever is wrong there.
#[test]
fn a_damaged_header_before_data_that_cannot_be_read_is_survived() {
    let (mut archive, places) = three();
    archive[places[2].start - 512 + 3] ^= 0x55;
    let folder = Folder::new();
    for codec in CODECS {
        let packed = compress(codec, &archive);
        let (mut flipped, cut) = (packed.clone(), &packed[..packed.len() - 3]);
        // The checksum at the end, where the codec has one.
        flipped[packed.len() - 3] ^= 0x55;
        for damaged in [&flipped[..], cut] {
            folder.write("damaged", damaged);
            let run = folder.convert(&["damaged"]);
            let expected = [lines("a", 300), lines("b", 300)].concat();
            let kept = run.messages();
            assert_eq!(run.code, 2, "{codec}: {}", run.stderr);
            assert!(messages(&expected).starts_with(&kept), "{codec}: {}", run.stderr);
            assert!(codec == "bz2" || kept.len() == 600, "{codec}: {} rows", kept.len());
        }
    }
}

#[test]
fn members_after_a_damaged_header_are_found() {
    let (mut archive, places) = three();
    archive[places[1].start - 512 + 3] ^= 0x55;
    let folder = Folder::new();
    folder.write("damaged.tar", &archive);
    folder.write("damaged.tar.bz2", compress("bz2", &archive));
    for name in ["damaged.tar", "damaged.tar.bz2"] {
        let run = folder.convert(&[name]);
        let expected = [lines("a", 300), lines("c", 300)].concat();
        assert_eq!((run.code, run.messages()), (2, messages(&expected)), "{name}");
        assert!(run.stderr.contains("a header is damaged after 1 entr"), "{}", run.stderr);
    }
}

#[test]
fn a_lying_size_or_name_does_not_take_memory() {
    let folder = Folder::new();
    let huge = member(|header| header.set_size(1 << 40), b"text\n");
    folder.write("huge.tar", [named(b"a", b"a\n"), huge].concat());
    let name = member(
        |header| {
            header.set_entry_type(tar::EntryType::GNULongName);
            header.set_size(8 << 30);
        },
        b"name",
    );
    folder.write("name.tar.gz", compress("gz", &[named(b"a", b"a\n"), name].concat()));
    for input in ["huge.tar", "name.tar.gz"] {
        let run = folder.convert(&[input]);
        assert_eq!((run.code, run.messages()[0]), (2, "a"), "{input}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is damaged: no panic, the same rows mapped or not, and never exit code 0 with fewer
    /// lines than there were.
    #[test]
    fn damage_is_survived(at in 0_usize..1 << 20, byte in any::<u8>(), codec in 0_usize..6) {
        let (mut archive, _) = three();
        if let Some(codec) = CODECS.get(codec) {
            archive = compress(codec, &archive);
        }
        let at = at % archive.len();
        archive[at] = byte;
        let folder = Folder::new();
        folder.write("d/logs", &archive);
        let auto = folder.convert(&["d"]);
        let never = folder.convert(&["d", "--mmap", "never", "--threads", "3"]);
        prop_assert_eq!(&auto.rows, &never.rows);
        prop_assert_eq!(auto.code, never.code);
    }
}
