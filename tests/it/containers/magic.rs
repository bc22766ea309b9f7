//! What a file is called says nothing of what it is.

use super::{Folder, compress, everywhere, file, lines, tar, zip};

/// What a file is, its bytes, and the messages of its rows; `None`: it is not a log.
type Content = (&'static str, Vec<u8>, Option<[&'static str; 2]>);

/// What a file may be.
fn contents() -> Vec<Content> {
    let log = lines("a", 2);
    let inner = [file("in.log", log.clone())];
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0; 100]].concat();
    vec![
        ("text", log.clone(), Some(["a 0", "a 1"])),
        ("gz", compress("gz", &log), Some(["a 0", "a 1"])),
        ("xz", compress("xz", &log), Some(["a 0", "a 1"])),
        ("tar", tar(&inner), Some(["a 0", "a 1"])),
        ("tar.gz", compress("gz", &tar(&inner)), Some(["a 0", "a 1"])),
        ("zip", zip(&inner), Some(["a 0", "a 1"])),
        ("zip.gz", compress("gz", &zip(&inner)), Some(["a 0", "a 1"])),
        ("PNG image", png, None),
        ("7-Zip archive", b"7z\xbc\xaf\x27\x1c\0\x04aaaaaaaaaaaaaaaaaaaaaaa".to_vec(), None),
        (
            "binary data",
            (0..2000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_be_bytes()).collect(),
            None,
        ),
    ]
}

#[test]
fn the_bytes_decide_wherever_a_file_is() {
    for name in ["x.zip", "x.gz", "x.log", "x.tar", "x.tgz", "x.7z", "x.png", "x"] {
        for (what, bytes, expected) in contents() {
            // What is named as a zip and is nothing known is more likely a download that failed.
            if name == "x.zip" && ["text", "binary data"].contains(&what) {
                continue;
            }
            let folder = Folder::new();
            folder.write(name, &bytes);
            folder.write("d/other/a.log", "other\n");
            folder.write(&format!("d/{name}"), &bytes);
            let files = [file("a.log", "other\n"), file(name, bytes.clone())];
            folder.write("in.zip", zip(&files));
            folder.write("in.tar", tar(&files));
            folder.write("in.tgz", compress("gz", &tar(&files)));
            folder.write("in zip.zip", zip(&[file("y.zip", zip(&files))]));
            let may_hold_logs = what == "7-Zip archive";
            for input in [name, "d", "in.zip", "in.tar", "in.tgz", "in zip.zip"] {
                let case = format!("{what} as {name} in {input}");
                let run = folder.convert(&[input]);
                let is_refused = expected.is_none() && (input == name || may_hold_logs);
                assert_eq!(run.code, if is_refused { 2 } else { 0 }, "{case}: {}", run.stderr);
                let found = run.messages().into_iter().filter(|message| *message != "other");
                let found: Vec<_> = found.collect();
                assert_eq!(found, expected.map_or(vec![], |it| it.to_vec()), "{case}");
                assert_eq!(run.errors(), 0, "{case}");
                if expected.is_none() && input != name {
                    let listed = folder.run(&["ls", "--formats", input], b"").stdout;
                    assert!(listed.contains(&format!("not a log ({what})")), "{case}: {listed}");
                }
            }
            let run = folder.run(&["convert", "-q", "-o", "-", "--to", "ndjson", "-"], &bytes);
            match expected {
                Some(rows) => assert_eq!(run.messages(), rows, "{what}"),
                None => {
                    assert_eq!((run.code, run.messages().len(), run.errors()), (2, 0, 1), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_text_named_as_a_zip_is_reported_wherever_it_is() {
    let folder = Folder::new();
    let files = [file("a.log", "other\n"), file("x.zip", "a line\n")];
    for input in everywhere(&folder, &files) {
        let run = folder.convert(&[input]);
        assert_eq!((run.code, run.messages(), run.errors()), (2, vec!["other"], 1), "{input}");
        assert!(run.stderr.contains("[x.zip]: not a zip archive"), "{}", run.stderr);
    }
}

#[test]
fn a_tar_file_without_members_has_no_rows() {
    let folder = Folder::new();
    for size in [1024, 10_240, 20_480] {
        let empty = vec![0; size];
        for (name, bytes) in [("x.tar", empty.clone()), ("x.tgz", compress("gz", &empty))] {
            let files = [file("a.log", "other\n"), file(name, bytes.clone())];
            files.iter().for_each(|(path, bytes)| folder.write(&format!("d/{path}"), bytes));
            folder.write("in.zip", zip(&files));
            folder.write("in.tar", tar(&files));
            folder.write("in.tgz", compress("gz", &tar(&files)));
            for input in ["d", "in.zip", "in.tar", "in.tgz"] {
                let run = folder.convert(&[input]);
                let all = (run.code, run.messages(), run.errors());
                assert_eq!(all, (0, vec!["other"], 0), "{size} in {input}: {}", run.stderr);
            }
            folder.write(name, &bytes);
            let run = folder.convert(&[name]);
            assert_eq!(run.code, 2, "{}", run.stderr);
            assert!(
                run.stderr.contains(&format!("{name}: the archive is empty")),
                "{}",
                run.stderr
            );
            std::fs::remove_file(folder.path().join("d").join(name)).unwrap();
        }
        // Text comes after a hole that a log was cut to.
        let hole = [&empty[..], b"a line\n"].concat();
        for input in ["hole", "hole.gz"] {
            folder.write("hole", &hole);
            folder.write("hole.gz", compress("gz", &hole));
            let run = folder.convert(&[input]);
            assert_eq!((run.code, run.rows.len()), (0, 1), "{}", run.stderr);
            assert!(run.rows[0]["message"].as_str().unwrap().ends_with("a line"));
        }
    }
}
