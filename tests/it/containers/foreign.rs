//! What is not a log: refused as INPUT, left out of a bundle.

use std::fs;

use super::{Folder, compress, file, lines, tar, zip};

/// Beginnings of files that are not logs, what they are, and whether they may hold logs.
const OTHERS: &[(&[u8], &str, bool)] = &[
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG image", false),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "JPEG image", false),
    (b"GIF89a\x01\0\x01\0", "GIF image", false),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP image", false),
    (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0", "BMP image", false),
    (b"\0\0\x01\0\x01\0\x10\x10\0\0", "icon", false),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF document", false),
    (b"PAR1\x15\x04\x15\x10", "Parquet file", false),
    (b"ARROW1\0\0\xff\xff\xff\xff", "Arrow file", false),
    (b"\xff\xff\xff\xff\x78\x01\0\0\x10\0\0\0", "Arrow stream", false),
    (b"\x7fELF\x02\x01\x01\0", "ELF program", false),
    (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0", "Windows program", false),
    (b"\xca\xfe\xba\xbe\0\0\0\x34", "Java class", false),
    (b"\0asm\x01\0\0\0", "WebAssembly module", false),
    (b"SQLite format 3\0\x10\0", "SQLite database", false),
    (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", "packet capture", false),
    (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", "packet capture", false),
    (b"wOF2\0\x01\0\0", "font", false),
    (b"\0\0\0\x20ftypisom", "MP4 video", false),
    (b"OggS\0\x02", "Ogg media", false),
    (b"PACK\0\0\0\x02", "Git pack", false),
    (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml", "Office document", false),
    (b"PK\x03\x04\x14\0\x08\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x14\0\x04\0META-INF/MANIFEST.MF", "Java archive", false),
    (b"7z\xbc\xaf\x27\x1c\0\x04", "7-Zip archive", true),
    (b"Rar!\x1a\x07\x01\0", "RAR archive", true),
    (b"MSCF\0\0\0\0\x2c\0", "cabinet archive", true),
    (b"\x1f\x9d\x90", "file compressed with compress", true),
    (b"LZIP\x01\x0c", "file compressed with lzip", true),
    (b"\x89LZO\0\r\n\x1a\n\x10", "file compressed with lzop", true),
    (b"\x04\x22\x4d\x18\x64\x40", "file compressed with lz4", true),
    (b"\xff\x06\0\0sNaPpY\x01", "file compressed with Snappy", true),
    (b"age-encryption.org/v1\n-> X25519", "encrypted file", true),
];

fn padded(head: &[u8]) -> Vec<u8> {
    [head, &[0, 1, 2, 3].repeat(300)].concat()
}

#[test]
fn an_input_that_is_not_a_log_is_refused() {
    let folder = Folder::new();
    folder.write("good.log", "a line\n");
    for (head, what, _) in OTHERS {
        for bytes in [padded(head), compress("gz", &padded(head))] {
            folder.write("x.log", bytes);
            let run = folder.run(&["convert", "good.log", "x.log", "-o", "out.csv"], b"");
            assert_eq!(run.code, 2, "{what}: {}", run.stderr);
            let said: Vec<&str> = run.stderr.lines().collect();
            assert!(said[0].starts_with("ripsaw: cannot read: x.log: not a log ("), "{}", said[0]);
            assert!(said[0].contains(what), "{}", said[0]);
            assert!(said[1].starts_with("  hint: "), "{}", run.stderr);
            assert!(!folder.path().join("out.csv").exists());
            // The others are searched.
            let run = folder.run(&["grep", "line", "x.log", "good.log"], b"");
            assert_eq!(run.code, 2, "{what}");
            assert!(run.stdout.contains("a line"), "{what}: {}", run.stdout);
        }
    }
}

#[test]
fn in_a_bundle_it_is_left_out_and_listed() {
    for (head, what, may_hold_logs) in OTHERS {
        let bytes = padded(head);
        let files = [file("a.log", lines("a", 2)), file("other", bytes.clone())];
        let folder = Folder::new();
        folder.write("d/a.log", &files[0].1);
        folder.write("d/other", &bytes);
        folder.write("logs.zip", zip(&files));
        folder.write("logs.tar", tar(&files));
        folder.write("logs.tgz", compress("gz", &tar(&files)));
        for input in ["d", "logs.zip", "logs.tar", "logs.tgz"] {
            let run = folder.run(&["convert", input, "-o", "-", "--to", "ndjson"], b"");
            assert_eq!(run.messages(), ["a 0", "a 1"], "{what} in {input}");
            assert_eq!(run.errors(), 0, "{what} in {input}");
            assert_eq!(run.code, if *may_hold_logs { 2 } else { 0 }, "{what} in {input}");
            let says = format!("{input}[other]: not a log ({what}");
            assert_eq!(run.stderr.contains(&says), *may_hold_logs, "{}", run.stderr);
            assert!(run.stderr.contains("skipped: 1 file is not a log"), "{}", run.stderr);
            let listed = folder.run(&["ls", "--formats", input], b"").stdout;
            assert!(listed.contains(&format!("not a log ({what}")), "{listed}");
        }
    }
}

#[test]
fn standard_input_that_is_not_a_log_is_no_text() {
    let folder = Folder::new();
    let bytes = padded(OTHERS[0].0);
    let run = folder.run(&["convert", "-q", "-o", "-", "--to", "ndjson", "-"], &bytes);
    assert_eq!((run.code, run.messages().len(), run.errors()), (2, 0, 1));
}

#[test]
fn text_that_begins_like_something_else_is_text() {
    let folder = Folder::new();
    for text in [
        "PAR1 is the magic of Parquet files, and this is text\n",
        "BM 12 was reached at last by the train, and then it went on\n",
        "MZ and other initials of the people who were there at that time of the day\n",
        "PK\n",
        "GGUF model loaded in 12 seconds\n",
        "ID3 tags were read\n",
        "Rar! it cried\n",
        "BZh9 is not enough\n",
        "07070100000000 is a number\n",
        "070701 begins an archive only if many digits follow\n",
        "PACK the bags\n",
        "RIFF raff\n",
        "]\n[\n",
        "ustar\n",
        "bundle,file,other\n",
        "a\0b\n\0\0\0\n",
        "\0\0\0\0\n",
        "\x1b[31mred\x1b[0m\n",
        "tab\tand\x07bell\x08\n",
    ] {
        let text = format!("{text}{}", "more lines\n".repeat(100));
        folder.write("d/x", &text);
        let run = folder.convert(&["d", "--ansi", "keep"]);
        assert_eq!(run.code, 0, "{text:?}: {}", run.stderr);
        assert!(run.rows.len() >= 101, "{text:?}: {}", run.rows.len());
    }
}

#[test]
fn a_forced_format_reads_anything_and_still_opens_archives() {
    let folder = Folder::new();
    folder.write("x.png", padded(OTHERS[0].0));
    let run = folder.convert(&["x.png", "--format", "text"]);
    assert_eq!((run.code, run.rows.is_empty()), (0, false), "{}", run.stderr);
    folder.write("x", compress("xz", &tar(&[file("a", lines("a", 2))])));
    let run = folder.convert(&["x", "--format", "text"]);
    assert_eq!((run.code, run.messages()), (0, vec!["a 0", "a 1"]), "{}", run.stderr);
}

#[test]
fn what_ripsaw_wrote_is_searched_if_it_is_named() {
    let folder = Folder::new();
    folder.write("a.log", lines("needle", 3));
    for name in ["o.parquet", "o.arrow", "o.arrows", "o.csv"] {
        assert_eq!(folder.run(&["convert", "-q", "a.log", "-o", name], b"").code, 0);
        let run = folder.run(&["grep", "needle", name], b"");
        let log = folder.run(&["grep", "needle", "a.log"], b"");
        assert_eq!((run.code, run.stdout), (0, log.stdout), "{name}");
    }
    folder.run(&["convert", "-q", "a.log", "-o", "e.csv", "--table", "entries"], b"");
    let run = folder.run(&["grep", "needle", "e.csv"], b"");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("hint: query engines read it"), "{}", run.stderr);
    // In a folder, the log alone is searched.
    let run = folder.run(&["grep", "-c", "needle", "."], b"");
    assert_eq!((run.code, run.stdout.trim()), (0, "./a.log:3"), "{}", run.stderr);
}

#[test]
fn what_desktops_write_is_never_an_entry() {
    let folder = Folder::new();
    let files = [
        file("a.log", lines("a", 1)),
        file(".DS_Store", "\0\0\0\x01Bud1\0"),
        file("__MACOSX/._a.log", "\0\x05\x16\x07\0\x02\0\0"),
        file("x/._a.log", "\0\x05\x16\x07\0\x02\0\0"),
        file("x/Thumbs.db", "\u{11}"),
        file("x/desktop.ini", "[.ShellClassInfo]"),
        file("x/._no_double.log", "text\n"),
    ];
    for (path, bytes) in &files {
        folder.write(&format!("d/{path}"), bytes);
    }
    folder.write("logs.zip", zip(&files));
    folder.write("logs.tar", tar(&files));
    folder.write("logs.tgz", compress("gz", &tar(&files)));
    for input in ["d", "logs.zip", "logs.tar", "logs.tgz"] {
        let listed = folder.run(&["ls", "--formats", "--json", input], b"");
        let names: Vec<_> = listed.rows.iter().map(|row| row["file"].as_str().unwrap()).collect();
        assert_eq!(names, ["a.log", "x/._no_double.log"], "{input}");
    }
    fs::remove_file(folder.path().join("d/a.log")).unwrap();
}
