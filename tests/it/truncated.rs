//! Files that change while they are read.
#![cfg(unix)]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

fn log() -> String {
    (0..60_000).map(|n| format!("line {n} of a log that somebody else writes\n")).collect()
}

/// Converts standard input, then `name`, which is changed once it is listed and before it is read.
fn changed(folder: &TempDir, name: &str, map: &str, change: impl FnOnce()) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(["convert", "-q", "-", name, "-o", "out.csv", "--threads", "1", "--mmap", map]);
    command.current_dir(folder.path()).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    // It shows what standard input is; its end lets the file be read.
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"first\n").expect("it reads");
    let begun = Instant::now();
    let is_partial = |found: std::io::Result<fs::DirEntry>| {
        found.is_ok_and(|found| found.file_name().to_string_lossy().ends_with(".partial"))
    };
    while !fs::read_dir(folder.path()).expect("a folder").any(is_partial) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never began");
        thread::sleep(Duration::from_millis(5));
    }
    change();
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// The rows of the file that was changed.
fn rows(folder: &TempDir) -> Vec<String> {
    let text = fs::read_to_string(folder.path().join("out.csv")).expect("an output");
    text.lines().skip(2).map(str::to_owned).collect()
}

fn cut(folder: &TempDir, name: &str, length: u64) -> impl FnOnce() + use<> {
    let path = folder.path().join(name);
    move || OpenOptions::new().write(true).open(path).expect("ours").set_len(length).expect("ours")
}

#[test]
fn a_file_that_is_cut_is_an_error() {
    for (lines, kept) in [(60_000, 1_000_000), (60_000, 1_000_013), (60_000, 0), (900, 5_000)] {
        for map in ["auto", "never", "always"] {
            let folder = TempDir::new().expect("a folder");
            let log = log();
            let log: String = log.split_inclusive('\n').take(lines).collect();
            fs::write(folder.path().join("a.log"), &log).expect("a file");
            let output = changed(&folder, "a.log", map, cut(&folder, "a.log", kept));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            let missing = log.len() as u64 - kept;
            let cause = format!("the file ended {missing} bytes before its listed size");
            assert!(said.contains(&cause), "{said}");
            let rows = rows(&folder);
            let whole = log[..kept as usize].matches('\n').count();
            assert_eq!(rows.len(), whole + 1);
            assert!(rows[whole].contains(&cause), "{}", rows[whole]);
        }
    }
}

#[test]
fn a_file_in_a_directory_and_a_compressed_one_are_no_different() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("logs")).expect("a folder");
    let mut whole = Vec::new();
    for _ in 0..2 {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(log().as_bytes()).expect("a vector takes all");
        whole.push(gz.finish().expect("a vector takes all"));
    }
    for (name, bytes, kept) in [
        ("logs/a.log", log().into_bytes(), 100_000),
        // Between two members: what is left is a sound file.
        ("logs/a.gz", whole.concat(), whole[0].len()),
        ("logs/a.zst", [zstd_of(&log()), zstd_of(&log())].concat(), zstd_of(&log()).len()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        let output = changed(&folder, "logs", "auto", cut(&folder, name, kept as u64));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("before its listed size"), "{name}: {said}");
        fs::remove_file(path).expect("ours");
    }
}

fn zstd_of(text: &str) -> Vec<u8> {
    zstd::bulk::compress(text.as_bytes(), 1).expect("a vector takes all")
}

#[test]
fn a_file_that_grows_is_read_to_its_end() {
    for lines in [10, 60_000] {
        let folder = TempDir::new().expect("a folder");
        let log = log();
        let log: String = log.split_inclusive('\n').take(lines).collect();
        let path = folder.path().join("a.log");
        fs::write(&path, &log).expect("a file");
        let grow = || {
            let mut file = OpenOptions::new().append(true).open(&path).expect("ours");
            file.write_all(b"one more\n").expect("ours");
        };
        let output = changed(&folder, "a.log", "auto", grow);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(rows(&folder).len(), lines + 1);
    }
}
