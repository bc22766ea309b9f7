//! Archives and compressed files of every kind, and what is none: read by the built command.

mod binary;
mod compressed;
mod foreign;
mod globs;
mod listing;
mod magic;
mod special;
mod tars;
mod twins;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use ripsaw_testkit::formats::MODIFIED;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use liblzma::stream::{LzmaOptions, Stream};
use serde_json::Value;
use tempfile::TempDir;

use crate::convert::zipped;

/// Files of a bundle: path and bytes.
pub(super) type Files = Vec<(String, Vec<u8>)>;

pub(super) struct Folder(TempDir);

/// What a run gave.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) rows: Vec<Value>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Writes files as a folder, a zip, a tar and a compressed tar; returns the names of these.
pub(super) fn everywhere(folder: &Folder, files: &[(String, Vec<u8>)]) -> [&'static str; 4] {
    files.iter().for_each(|(path, bytes)| folder.write(&format!("d/{path}"), bytes));
    folder.write("in.zip", zip(files));
    folder.write("in.tar", tar(files));
    folder.write("in.tgz", compress("gz", &tar(files)));
    ["d", "in.zip", "in.tar", "in.tgz"]
}

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        // As archives have it: times may have no year.
        let time = UNIX_EPOCH + Duration::from_secs(MODIFIED as u64);
        fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut command = crate::program::ripsaw();
        command.args(arguments).current_dir(self.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // What is refused is not read to its end.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let rows = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("internal error"), "{stderr}");
        Run { code: output.status.code().unwrap_or(-1), rows, stdout, stderr }
    }

    /// Converts to rows.
    pub(super) fn convert(&self, arguments: &[&str]) -> Run {
        let all = ["convert", "-q", "-o", "-", "--to", "ndjson"];
        self.run(&[&all[..], arguments].concat(), b"")
    }
}

impl Run {
    /// Messages of the rows that are not errors.
    pub(super) fn messages(&self) -> Vec<&str> {
        let good = self.rows.iter().filter(|row| !is_error(row));
        good.map(|row| row["message"].as_str().unwrap()).collect()
    }

    pub(super) fn errors(&self) -> usize {
        self.rows.iter().filter(|row| is_error(row)).count()
    }

    /// Rows by file, without what depends on the kind of bundle.
    pub(super) fn by_file(&self) -> BTreeMap<String, Vec<Value>> {
        let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in &self.rows {
            let mut row = row.clone();
            row.as_object_mut().unwrap().remove("bundle");
            files.entry(row["file"].as_str().unwrap().to_owned()).or_default().push(row);
        }
        files
    }
}

fn is_error(row: &Value) -> bool {
    !row["parse_error"].is_null()
}

/// `count` lines that name their text.
pub(super) fn lines(text: &str, count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("{text} {n}\n").into_bytes()).collect()
}

/// The lines of `text`, as messages.
pub(super) fn messages(text: &[u8]) -> Vec<&str> {
    std::str::from_utf8(text).unwrap().lines().collect()
}

pub(super) fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(MODIFIED as u64);
        builder.append_data(&mut header, path, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(super) fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    zipped(files)
}

/// The compressions, by the suffix of their files.
pub(super) const CODECS: [&str; 5] = ["gz", "zst", "xz", "lzma", "bz2"];

pub(super) fn compress(codec: &str, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    match codec {
        "gz" => {
            let mut encoder = GzEncoder::new(packed, Compression::fast());
            encoder.write_all(bytes).unwrap();
            return encoder.finish().unwrap();
        }
        "zst" => {
            let mut encoder = zstd::stream::Encoder::new(packed, 1).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(bytes).unwrap();
            return encoder.finish().unwrap();
        }
        "xz" => liblzma::read::XzEncoder::new(bytes, 1).read_to_end(&mut packed),
        "lzma" => {
            let options = LzmaOptions::new_preset(1).unwrap();
            let stream = Stream::new_lzma_encoder(&options).unwrap();
            liblzma::read::XzEncoder::new_stream(bytes, stream).read_to_end(&mut packed)
        }
        "bz2" => {
            bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast()).read_to_end(&mut packed)
        }
        _ => unreachable!("{codec}"),
    }
    .unwrap();
    packed
}

pub(super) fn file(path: &str, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (path.to_owned(), bytes.into())
}
