//! Lines that end with carriage returns alone give the rows of lines that end with newlines.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::zip::{Around, DEFLATED, Member, STORED, archive};
use crate::convert::Folder;
use crate::program::{rows, run};

#[test]
fn wherever_they_are() {
    let object = |n: usize| {
        format!(
            "{{\"time\":\"2026-03-09T10:00:00Z\",\"level\":\"info\",\"msg\":\"m{n} \\u00e9\"}}\n"
        )
    };
    let dated = |n: usize| format!("2026-03-09T10:00:00.000Z ERROR m{n} {}\n", "ö".repeat(n % 50));
    let folder = Folder::new();
    for count in [2, 300, 60_000] {
        for lines in [(0..count).map(object).collect::<String>(), (0..count).map(dated).collect()] {
            folder.file("expected.log", lines.as_bytes());
            let text = lines.replace('\n', "\r").into_bytes();
            folder.file("plain.log", &text);
            let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
            gz.write_all(&text).unwrap();
            folder.file("packed.log.gz", &gz.finish().unwrap());
            for (name, method) in [("stored.zip", STORED), ("deflated.zip", DEFLATED)] {
                let member = Member::new("in.log", method, &text);
                folder.file(name, &archive(&[member], &Around::default()).0);
            }
            let read = |input: &str, piped: &[u8]| {
                let (_, mut rows) = rows(&folder, &[input, "-q"], piped, 0);
                for row in &mut rows {
                    row.as_object_mut().unwrap().retain(|key, _| key != "bundle" && key != "file");
                }
                rows
            };
            let expected = read("expected.log", b"");
            assert_eq!(expected.len(), count);
            assert!(expected.iter().all(|row| row.get("parse_error").is_none()));
            for input in ["plain.log", "packed.log.gz", "stored.zip", "deflated.zip", "-"] {
                assert!(read(input, &text) == expected, "{input} {count}");
            }
        }
    }
}

#[test]
fn an_index_finds_what_is_there() {
    let folder = Folder::new();
    let text: String = (0..40_000).map(|n| format!("{{\"msg\":\"m{n} end\"}}\r")).collect();
    let member = Member::new("in.log", DEFLATED, text.as_bytes());
    folder.file("logs.zip", &archive(&[member], &Around::default()).0);
    let run = |arguments: &[&str]| {
        let (code, out, said) = run(&folder, arguments);
        assert_eq!(code, Some(0), "{said}");
        out
    };
    let find = || run(&["grep", "m39998 end", "logs.zip", "--no-filename", "-n", "-b"]);
    let before = find();
    assert!(before.contains("39999"), "{before}");
    run(&["index", "logs.zip"]);
    assert_eq!(find(), before);
}
