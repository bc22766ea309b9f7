//! Members that are packed by other methods than deflate.

use std::io::Write as _;
use std::path::Path;

use super::archives::{lines, read_alike};
use super::zip::{Around, DEFLATED, Member, STORED, archive};
use crate::convert::Folder;

const LZMA: u16 = 14;

/// A member whose text is packed so.
fn packed(name: &str, method: u16, text: &[u8]) -> Member {
    let xz = |encoder: liblzma::stream::Stream| {
        let mut out = liblzma::write::XzEncoder::new_stream(Vec::new(), encoder);
        out.write_all(text).unwrap();
        out.finish().unwrap()
    };
    let data = match method {
        STORED | DEFLATED => return Member::new(name, method, text),
        12 => {
            let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
        LZMA => {
            let options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
            let alone = xz(liblzma::stream::Stream::new_lzma_encoder(&options).unwrap());
            // The header of a file: five bytes of properties, and eight of a size that is not known.
            [&[9, 20, 5, 0], &alone[..5], &alone[13..]].concat()
        }
        20 | 93 => zstd::encode_all(text, 3).unwrap(),
        95 => {
            xz(liblzma::stream::Stream::new_easy_encoder(6, liblzma::stream::Check::Crc64).unwrap())
        }
        _ => unreachable!(),
    };
    // The end of LZMA is marked.
    let flags = if method == LZMA { 1 << 1 } else { 0 };
    Member { method, data, flags, ..Member::new(name, STORED, text) }
}

const METHODS: [u16; 7] = [STORED, DEFLATED, 12, LZMA, 20, 93, 95];

#[test]
fn each_method_gives_its_text() {
    let folder = Folder::new();
    for count in [0, 1, 50_000] {
        let members: Vec<Member> = METHODS
            .iter()
            .map(|method| packed(&format!("{method}.log"), *method, &lines("a", count)))
            .collect();
        let input = folder.file("logs.zip", &archive(&members, &Around::default()).0);
        let (rows, problems) = read_alike(&input);
        assert_eq!((rows.len(), problems.len()), (METHODS.len() * count, 0));
        for method in METHODS {
            let name = format!("{method}.log");
            let own = rows.iter().filter(|row| row.0 == name);
            let expected = (0..count).map(|line| format!("a line {line}"));
            assert!(own.map(|row| row.1.clone().unwrap()).eq(expected), "{name}");
        }
    }
}

/// What is whole of a text that is damaged or cut is kept, and the reason is said.
#[test]
fn damage_in_each_method() {
    let folder = Folder::new();
    let text = lines("a", 50_000);
    for method in METHODS.into_iter().filter(|method| *method != STORED) {
        let whole = packed("a.log", method, &text);
        for part in [1, 9, 40, 300, whole.data.len() / 2, whole.data.len() - 1] {
            let mut damaged = whole.clone();
            damaged.data[part] ^= 0x55;
            let mut cut = whole.clone();
            cut.data.truncate(part);
            for member in [damaged, cut] {
                let members = [member, Member::new("z.log", STORED, b"x\n")];
                let input = folder.file("logs.zip", &archive(&members, &Around::default()).0);
                let (rows, _) = read_alike(&input);
                let (last, rows) = rows.split_last().unwrap();
                assert_eq!((&*last.0, last.1.as_deref()), ("z.log", Some("x")));
                let errors = rows.iter().filter(|row| row.2.is_some()).count();
                // A changed byte may be none of the text's.
                let is_whole = errors == 0 && rows.len() == 50_000;
                assert!(is_whole || errors >= 1, "{method}, {part}: {errors} of {}", rows.len());
                let said = rows.iter().rev().find_map(|row| row.2.clone()).unwrap_or_default();
                let names = said.contains(&format!("compression method {method} ("))
                    || method == DEFLATED
                    || said.contains("the archive declares")
                    || said.contains("CRC mismatch");
                assert!(is_whole || names, "{method}, {part}: {said}");
            }
        }
    }
}

/// Deflate64, by another implementation.
#[test]
fn deflate64() {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile/deflate64.zip");
    let (rows, problems) = read_alike(&input);
    assert_eq!((rows.len(), problems.len()), (2_000, 0));
    let expected = (0..2_000).map(|line| format!("a line {line}"));
    assert!(rows.into_iter().map(|row| row.1.unwrap()).eq(expected));
}
