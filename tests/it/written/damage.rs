//! Files that are cut short or damaged: the rows before the damage, and an error that names the file.

use std::fs;
use std::path::Path;

use super::{OUTPUTS, converted, run, text};
use crate::convert::Folder;

/// Runs `cat`, and checks that nothing panics and every failure is an error that names the file; returns how
/// many lines there are.
fn cat(file: &Path) -> usize {
    let output = run(&["cat", text(file)]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0..=2)), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    if output.status.code() == Some(2) {
        assert!(error.contains(file.file_name().unwrap().to_str().unwrap()), "{error}");
    }
    output.stdout.iter().filter(|byte| **byte == b'\n').count()
}

fn log(folder: &Folder) -> std::path::PathBuf {
    let lines = (0..3_000).map(|number| format!("2026-03-09T09:12:13Z INFO line {number}\n"));
    folder.file("one.log", lines.collect::<String>().as_bytes())
}

#[test]
fn files_that_are_cut_short() {
    let folder = Folder::new();
    let log = log(&folder);
    for (extension, options) in OUTPUTS {
        let whole = converted(&folder, &log, &format!("whole.{extension}"), options);
        let bytes = fs::read(whole).unwrap();
        let mut most = 0;
        for part in 1..12 {
            let cut = folder.file(&format!("cut.{extension}"), &bytes[..bytes.len() * part / 12]);
            let lines = cat(&cut);
            assert!(lines >= most, "{extension} {part}");
            most = lines;
        }
        match extension {
            // The list of what is where is at its end.
            "parquet" => assert!(most <= 1),
            "csv" => assert!(most > 2_000),
            // All in one batch.
            _ => assert!(most < 3_000),
        }
        let cut = folder.file(&format!("cut.{extension}"), &bytes[..bytes.len() - 9]);
        let code = run(&["grep", "-c", "", text(&cut)]).status.code();
        assert_eq!(code, Some(2), "{extension}");
    }
}

#[test]
fn damaged_pages_keep_the_rows_before_them() {
    let folder = Folder::new();
    let log = log(&folder);
    let copy = converted(&folder, &log, "one.parquet", &["--row-group-size", "1000"]);
    let file =
        parquet::file::reader::SerializedFileReader::new(fs::File::open(&copy).unwrap()).unwrap();
    use parquet::file::reader::FileReader as _;
    let group = &file.metadata().row_groups()[2];
    let message = |column: &&parquet::file::metadata::ColumnChunkMetaData| {
        column.column_path().string() == "message"
    };
    let (start, length) = group.columns().iter().find(message).unwrap().byte_range();
    let mut bytes = fs::read(&copy).unwrap();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    fs::write(&copy, bytes).unwrap();
    let output = run(&["convert", text(&copy), "-o", "-", "--to", "ndjson", "-q"]);
    assert_eq!(output.status.code(), Some(2));
    let rows = String::from_utf8(output.stdout).unwrap();
    assert_eq!(rows.lines().count(), 2_001);
    let last: serde_json::Value = serde_json::from_str(rows.lines().last().unwrap()).unwrap();
    assert!(last["parse_error"].as_str().unwrap().contains("one.parquet"), "{last}");
}

/// Some bytes anywhere are others.
#[test]
fn any_bytes_give_an_answer() {
    let folder = Folder::new();
    let log = log(&folder);
    let mut random = fastrand::Rng::with_seed(7);
    for (extension, options) in OUTPUTS {
        let whole = converted(&folder, &log, &format!("whole.{extension}"), options);
        let bytes = fs::read(whole).unwrap();
        for _ in 0..25 {
            let mut bytes = bytes.clone();
            for _ in 0..random.usize(1..6) {
                // Most of the interesting bytes are near the ends.
                let reach = [200, 2_000, bytes.len()][random.usize(0..3)].min(bytes.len());
                let at = random.usize(0..reach);
                let at = if random.bool() { at } else { bytes.len() - 1 - at };
                bytes[at] = random.u8(..);
            }
            let file = folder.file(&format!("damaged.{extension}"), &bytes);
            cat(&file);
        }
    }
}
