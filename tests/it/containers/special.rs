//! Files that are none of a disk, and rows that are of no line.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::convert::Folder;

fn run(arguments: &[&str]) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Their listed size is that of a page.
#[cfg(target_os = "linux")]
#[test]
fn files_of_sys_are_whole() {
    for path in ["/sys/kernel/mm/transparent_hugepage/enabled", "/sys/class/net/lo/mtu"] {
        let Ok(text) = fs::read(path) else { continue };
        let folder = Folder::new();
        symlink(path, folder.path("a.log")).unwrap();
        for input in [path, folder.path("").to_str().unwrap()] {
            for mmap in ["auto", "always", "never"] {
                let output = run(&["cat", "--raw", input, "--mmap", mmap]);
                assert_eq!(output.status.code(), Some(0), "{input}: {}", said(&output));
                assert_eq!(output.stdout, text, "{input}");
            }
        }
    }
}

/// A file with holes has no blocks either, and can be read to its end.
#[test]
fn files_with_holes_are_whole() {
    let folder = Folder::new();
    let path = folder.file("a.log", b"");
    fs::File::options().write(true).open(&path).unwrap().set_len(8200).unwrap();
    let output = run(&["cat", "--raw", "--format", "text", path.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 8201), "{}", said(&output));
}

#[test]
fn what_cannot_be_read_is_detected_by_both_listings() {
    let folder = Folder::new();
    folder.file("logs/a.log", b"a\n");
    let _socket = UnixListener::bind(folder.path("logs/socket")).unwrap();
    symlink("nowhere", folder.path("logs/link")).unwrap();
    let folder_of_logs = folder.path("logs");
    let socket = folder.path("logs/socket");
    for path in [&folder_of_logs, &socket] {
        let path = path.to_str().unwrap();
        let [formats, json, list] =
            [&["ls", "--formats"][..], &["ls", "--formats", "--json"], &["ls"]]
                .map(|command| run(&[command, &[path]].concat()));
        for output in [&formats, &json, &list] {
            assert_eq!(output.status.code(), Some(2), "{path}: {}", said(output));
            assert!(said(output).contains("socket"), "{}", said(output));
        }
        let text = String::from_utf8(formats.stdout).unwrap();
        assert!(!text.contains("detected when it is read"), "{text}");
    }
    let text =
        String::from_utf8(run(&["ls", "--formats", folder_of_logs.to_str().unwrap()]).stdout);
    let text = text.unwrap();
    assert!(text.contains("not read: not a regular file") && text.contains("a.log"), "{text}");
}

/// Links that lead back are named in the order of their paths, as files are.
#[test]
fn links_that_lead_back_are_sorted() {
    let folder = Folder::new();
    folder.file("logs/a.log", b"a\n");
    let mut names: Vec<String> = (0..20).map(|at| format!("l{}", at * 7 % 20 + 10)).collect();
    for name in &names {
        symlink(".", folder.path("logs").join(name)).unwrap();
    }
    let output = run(&["ls", folder.path("logs").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let text = said(&output);
    let said = text.lines().filter(|line| line.contains("leads back"));
    let is_named = |line: &str, name: &String| line.contains(&format!("[{name}]"));
    names.sort();
    let said: Vec<&str> = said.collect();
    assert_eq!(said.len(), names.len(), "{text}");
    assert!(said.iter().zip(&names).all(|(line, name)| is_named(line, name)), "{text}");
}

/// Raw, a line is printed once and as it is: rows that share it and rows of no line print nothing.
#[test]
fn raw_rows_of_no_line_print_nothing() {
    let folder = Folder::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, b"one\n\n  ").unwrap();
    std::io::Write::flush(&mut encoder).unwrap();
    let cut = folder.file("c.log.gz", encoder.get_ref());
    let shared = folder.file("s.json", b"[{\"msg\":\"a\"},{\"msg\":\"b\"},\n{\"msg\":\"c\"}]\n");
    let raw = |path: &Path, more: &[&str]| {
        let output = run(&[&["cat", "--raw", path.to_str().unwrap()], more].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    for more in [&[][..], &["--sort", "time"]] {
        assert_eq!(raw(&cut, more), "one\n");
        assert_eq!(raw(&shared, more), "[{\"msg\":\"a\"},{\"msg\":\"b\"},\n{\"msg\":\"c\"}]\n");
    }
    assert_eq!(raw(&shared, &["--where", "message eq 'b'"]), "[{\"msg\":\"a\"},{\"msg\":\"b\"},\n");
}
