//! The most memory that the command takes: it depends on the number of threads, not on what is in the
//! input.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MIB: usize = 1 << 20;

/// An archive of entries that are `unit` again and again, `bytes` bytes each.
fn bomb(folder: &Path, names: &[String], bytes: usize, unit: &[u8]) {
    let mut zip = ZipWriter::new(File::create(folder.join("logs.zip")).expect("a file"));
    let block = unit.repeat((MIB / unit.len()).max(1));
    for name in names {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("an entry");
        for _ in 0..bytes / block.len() {
            zip.write_all(&block).expect("a file takes all");
        }
    }
    zip.finish().expect("a file takes all");
}

/// Runs the command, its standard output thrown away, and returns the most memory it took in MB.
fn peak(folder: &Path, threads: &str, arguments: &[&str]) -> u64 {
    let mut command = crate::program::ripsaw();
    command.args(arguments).args(["--stats", "--threads", threads, "logs.zip"]);
    let output = command.current_dir(folder).stdout(Stdio::null()).output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {said}");
    let (_, peak) = said.rsplit_once("peak memory ").expect("statistics");
    let (number, unit) = peak.trim().split_once(' ').expect("a number and a unit");
    let number: f64 = number.parse().expect("a number");
    let scale = match unit {
        "kB" => 1e-3,
        "MB" => 1.0,
        "GB" => 1e3,
        other => panic!("{other}"),
    };
    (number * scale) as u64
}

fn assert_peak(folder: &Path, threads: &str, arguments: &[&str], limit: u64) {
    let peak = peak(folder, threads, arguments);
    assert!(peak < limit, "{arguments:?} on {threads} threads took {peak} MB, not {limit}");
}

#[test]
fn long_lines() {
    let folder = TempDir::new().expect("a folder");
    let mut line = vec![b'a'; MIB];
    line[MIB - 1] = b'\n';
    bomb(folder.path(), &["a.log".into()], 200 * MIB, &line);
    for to in ["parquet", "csv"] {
        assert_peak(folder.path(), "2", &["convert", "-q", "-o", "/dev/null", "--to", to], 180);
    }
    assert_peak(folder.path(), "2", &["cat"], 150);
}

#[test]
fn row_groups_of_long_lines_are_cut_by_bytes_at_any_number_of_threads() {
    let folder = TempDir::new().expect("a folder");
    let mut line = vec![b'a'; MIB];
    line[MIB - 1] = b'\n';
    bomb(folder.path(), &["a.log".into(), "b.log".into()], 40 * MIB, &line);
    let mut written = Vec::new();
    for threads in ["1", "5"] {
        peak(folder.path(), threads, &["convert", "-q", "-o", "out.parquet"]);
        let path = folder.path().join("out.parquet");
        let file = SerializedFileReader::new(File::open(&path).expect("a file")).expect("Parquet");
        let groups = file.metadata().row_groups().iter();
        assert_eq!(groups.map(|group| group.num_rows()).collect::<Vec<_>>(), [65, 15]);
        written.push(std::fs::read(path).expect("a file"));
    }
    assert!(written.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn few_very_long_lines() {
    let folder = TempDir::new().expect("a folder");
    let names: Vec<String> = (0..24).map(|n| format!("{n}.log")).collect();
    bomb(folder.path(), &names, 16 * MIB, &vec![0; MIB]);
    for arguments in
        [&["convert", "-q", "-o", "/dev/null", "--to", "parquet"][..], &["cat", "--sort", "time"]]
    {
        // 384 MiB of text.
        assert_peak(folder.path(), "2", arguments, 340);
    }
}

#[test]
fn short_lines_with_a_long_name() {
    let folder = TempDir::new().expect("a folder");
    let name = format!("{}.log", "n".repeat(1_500));
    bomb(folder.path(), &[name], MIB / 2, b"a\n");
    // 400 MB of text, if it were held.
    for to in ["csv", "ndjson"] {
        assert_peak(folder.path(), "2", &["convert", "-q", "-o", "/dev/null", "--to", to], 150);
    }
    assert_peak(folder.path(), "2", &["grep", "-C1", "a"], 150);
}

#[test]
fn short_malformed_lines() {
    let folder = TempDir::new().expect("a folder");
    let names: Vec<String> =
        (0..4).map(|n| format!("acc/acc/pipeline/Ship/7/-Xy0_run/Build/step{n}")).collect();
    bomb(folder.path(), &names, MIB, b"a\n");
    let rejects = ["convert", "-q", "-o", "/dev/null", "--to", "csv", "--rejects", "bad.ndjson"];
    assert_peak(folder.path(), "2", &rejects, 220);
}
