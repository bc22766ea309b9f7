//! Files that nothing is known of, and logs that are odd.

use super::{Folder, compress, everywhere, file, tar};

fn random(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..length).map(|_| random.u8(..)).collect()
}

/// Files that have no mark of their own.
fn binaries() -> Vec<(&'static str, Vec<u8>)> {
    let numbers = 0..400_u32;
    let mut random_floats = fastrand::Rng::with_seed(3);
    vec![
        ("random bytes", random(5000)),
        ("few random bytes", random(128)),
        ("many random bytes", random(1_100_000)),
        ("integers", numbers.clone().flat_map(u32::to_le_bytes).collect()),
        ("integers of the other order", numbers.flat_map(u32::to_be_bytes).collect()),
        ("floats", (0..400).flat_map(|_| random_floats.f64().to_le_bytes()).collect()),
        ("a deflate stream", compress("gz", &random(3000))[10..].to_vec()),
        ("after text", [b"MAGIC v1\n".to_vec(), random(3000)].concat()),
        (
            "a pickle",
            b"\x80\x04\x95\x17\0\0\0\0\0\0\0}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94K\x02u.".to_vec(),
        ),
        (
            "Python's byte code",
            b"\xcb\x0d\r\n\0\0\0\0\x8a\x1e\x2a\x66\x20\0\0\0\xe3\0\0\0\0text".to_vec(),
        ),
        ("a keystore", b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x05alias".to_vec()),
        ("a program of Lua", b"\x1bLua\x54\0\x19\x93\r\n\x1a\n\x04\x08\x08xV".to_vec()),
    ]
}

/// Logs that are text although they have odd bytes, and how many rows they have.
fn logs() -> Vec<(&'static str, Vec<u8>, usize)> {
    let repeat = |line: &[u8]| line.repeat(50);
    let frame = |text: &[u8]| [&[1, 0, 0, 0, 0, 0, 0, text.len() as u8], text].concat();
    vec![
        ("Latin-1", repeat(b"ERROR d\xe9j\xe0 \xe9chou\xe9\n"), 50),
        ("Windows-1251", repeat(b"\xce\xd8\xc8\xc1\xca\xc0 \xf1\xe1\xee\xf0\xea\xe8\n"), 50),
        ("Shift JIS", repeat(b"ERROR \x8e\xb8\x94\x73\x82\xb5\x82\xdc\n"), 50),
        ("colours and progress", repeat(b"\x1b[31mx\x1b(B\x0f 10%\r 20%\x08\x08 done\x07\n"), 50),
        ("fields of FIX", repeat(b"8=FIX.4.2\x019=65\x0135=A\x0149=X\x01\n"), 50),
        ("JSON text sequences", repeat(b"\x1e{\"a\":1}\n"), 50),
        ("short frames of Docker", repeat(&frame(b"a line\n")), 50),
        ("long frames of Docker", repeat(&frame(&[&[b'x'; 200][..], b"\n"].concat())), 50),
        ("padded", [repeat(b"a line\n"), vec![0; 5000]].concat(), 51),
        ("Latin-1, padded", [repeat(b"d\xe9j\xe0\n"), vec![0; 5000]].concat(), 51),
        ("a hole", [repeat(b"a line\n"), vec![0; 5000], repeat(b"a line\n")].concat(), 100),
        ("names and NUL bytes", repeat(b"a\0b\0\n"), 50),
        ("a crash", [repeat(b"a line of text\n"), random(300)].concat(), 50),
    ]
}

#[test]
fn what_is_not_text_is_not_a_log() {
    for (what, bytes) in binaries() {
        let folder = Folder::new();
        folder.write("x.log", &bytes);
        folder.write("x.gz", compress("gz", &bytes));
        for input in ["x.log", "x.gz"] {
            let run = folder.convert(&[input]);
            assert_eq!((run.code, run.rows.len()), (2, 0), "{what}: {}", run.stderr);
            assert!(
                run.stderr.contains(&format!("{input}: not a log (")),
                "{what}: {}",
                run.stderr
            );
            assert!(run.stderr.contains("--format text"), "{what}: {}", run.stderr);
        }
        let forced = folder.convert(&["x.log", "--format", "text"]);
        assert!(forced.code == 0 && !forced.rows.is_empty(), "{what}: {}", forced.stderr);
        let run = folder.run(&["convert", "-q", "-o", "-", "--to", "ndjson", "-"], &bytes);
        // What comes line by line is a log up to the line that is none.
        let text = usize::from(what == "after text");
        assert_eq!((run.code, run.rows.len(), run.errors()), (2, 1 + text, 1), "{what}");
        let files = [file("a.log", "a line\n"), file("x.log", bytes.clone())];
        for input in everywhere(&folder, &files) {
            let run = folder.convert(&[input]);
            assert_eq!((run.code, run.messages()), (0, vec!["a line"]), "{what}: {}", run.stderr);
            let listed = folder.run(&["ls", "--formats", input], b"").stdout;
            assert!(listed.contains("not a log ("), "{what}: {listed}");
        }
    }
}

#[test]
fn an_odd_log_is_a_log() {
    for (what, bytes, least) in logs() {
        let folder = Folder::new();
        folder.write("d/x.log", &bytes);
        folder.write("x.gz", compress("gz", &bytes));
        folder.write("in.tgz", compress("gz", &tar(&[file("x.log", bytes.clone())])));
        for input in ["d/x.log", "d", "x.gz", "in.tgz", "-"] {
            let arguments = ["convert", "-q", "-o", "-", "--to", "ndjson", input];
            let run = folder.run(&arguments, &bytes);
            assert_eq!(run.code, 0, "{what} {input}: {}", run.stderr);
            assert!(run.rows.len() >= least, "{what} {input}: {}", run.rows.len());
        }
    }
}

#[test]
fn images_of_the_boxes_of_films_are_called_images() {
    let folder = Folder::new();
    for (brand, what) in [
        ("avif", "AVIF image"),
        ("heic", "HEIC image"),
        ("heix", "HEIC image"),
        ("mif1", "HEIC image"),
        ("M4A ", "MP4 audio"),
        ("qt  ", "QuickTime video"),
        ("isom", "MP4 video"),
    ] {
        let bytes = format!("\0\0\0\u{1c}ftyp{brand}\0\0\0\0mif1miaf");
        folder.write("x", bytes);
        let run = folder.convert(&["x"]);
        assert!(run.code == 2 && run.stderr.contains(&format!("({what})")), "{}", run.stderr);
    }
}

#[test]
fn our_csv_as_spreadsheets_save_it_is_refused_unless_only_quotes_are_added() {
    let folder = Folder::new();
    folder.write("a.log", "a line\n");
    for table in ["lines", "entries"] {
        assert_eq!(folder.run(&["convert", "a.log", "-o", "o.csv", "--table", table], b"").code, 0);
        let csv = std::fs::read_to_string(folder.path().join("o.csv")).unwrap();
        let (header, rest) = csv.split_once('\n').unwrap();
        let quoted = header.trim_end().split(',').map(|name| format!("\"{name}\""));
        let quoted = quoted.collect::<Vec<_>>().join(",");
        for separator in [",", ";", "\t"] {
            for header in [header, &quoted] {
                let text = format!("{}\r\n{rest}", header.replace(',', separator));
                let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
                let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
                let plain = [text.clone().into_bytes(), format!("\u{feff}{text}").into_bytes()];
                let is_read = table == "lines" && separator == ",";
                if is_read {
                    for bytes in &plain {
                        folder.write("x.csv", bytes);
                        let run = folder.convert(&["x.csv"]);
                        assert_eq!(
                            (run.code, run.messages()),
                            (0, vec!["a line"]),
                            "{}",
                            run.stderr
                        );
                    }
                }
                let others = if is_read { &[][..] } else { &plain };
                for bytes in others.iter().cloned().chain([
                    [b"\xff\xfe", &little[..]].concat(),
                    [b"\xfe\xff", &big[..]].concat(),
                    little.clone(),
                ]) {
                    folder.write("x.csv", &bytes);
                    let run = folder.convert(&["x.csv"]);
                    assert_eq!((run.code, run.rows.len()), (2, 0), "{header}");
                    assert!(run.stderr.contains("CSV file that ripsaw wrote"), "{}", run.stderr);
                }
            }
        }
    }
    // Others are logs.
    for header in ["bundle,file,line,other", "bundle file line account", "file,message"] {
        folder.write("x.csv", format!("{header}\na,b,c,d\n"));
        assert_eq!(folder.convert(&["x.csv"]).rows.len(), 2, "{header}");
    }
}
