//! `ripsaw fetch`, against servers that are slow, wrong and unkind. No request leaves this machine.

mod apify;
mod deepset;
mod faults;
mod firstgen;
mod harness;
mod hosts;
mod kills;
#[cfg(feature = "serve")]
mod served;
pub(crate) mod server;
mod tls;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::convert::Folder;
use crate::program;

/// What no output may have.
const TOKEN: &str = "pat.aCC0unt_1.keyid123.s3cr3tS3cr3tS3cr3t";

/// The command with a token, for an output directory.
fn command(platform: &str, url: &str, out: &Path, arguments: &[&str]) -> Command {
    let mut command = program::ripsaw();
    for name in ["HARNESS_API_KEY", "APIFY_TOKEN", "DEEPSET_API_KEY"] {
        command.env(name, TOKEN);
    }
    command.args(["fetch", platform, "--rate", "0", "--base-url", url, "-o"]).arg(out);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a run printed, and how it ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Checks that the token is in no output.
    fn of(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.out.contains("s3cr3t") && !ran.err.contains("s3cr3t"), "{ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        ran
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// The events that `--json` printed, of a kind.
    fn events(&self, kind: &str) -> Vec<Value> {
        let lines = self.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|event| event["event"] == kind).collect()
    }
}

/// Fetches to a directory, and checks that the token is in no file of it.
fn fetch(platform: &str, url: &str, out: &Path, arguments: &[&str]) -> Ran {
    let ran = Ran::of(command(platform, url, out, arguments).output().unwrap());
    for path in files(out) {
        let text = fs::read(&path).unwrap();
        let has_token = memchr::memmem::find(&text, b"s3cr3t").is_some();
        assert!(!has_token, "the token is in {}", path.display());
    }
    ran
}

/// Starts a fetch.
fn start(platform: &str, url: &str, out: &Path, arguments: &[&str]) -> Child {
    let mut command = command(platform, url, out, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// All files below a directory.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found.sort();
    found
}

/// The names of the logs that are there, without states.
fn logs(out: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(out)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".ripsaw")
        .collect();
    names.sort();
    names
}

/// The states, by the items' ids.
fn states(out: &Path) -> Vec<Value> {
    let states = files(&out.join(".ripsaw/fetch")).into_iter();
    let states =
        states.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    states.map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

/// The files of states that are not states: what was left of downloads.
fn leftovers(out: &Path) -> Vec<PathBuf> {
    let files = files(&out.join(".ripsaw/fetch")).into_iter();
    files
        .filter(|path| path.extension().is_none_or(|extension| extension != "json"))
        .filter(|path| path.file_name().is_none_or(|name| name != "lock"))
        .collect()
}

/// A text that no compression makes small.
fn noise(bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..bytes).map(|_| random.alphanumeric() as u8).collect()
}

/// An archive of logs, by their names.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The members of an archive and their texts.
fn unzipped(path: &Path) -> Vec<(String, Vec<u8>)> {
    use std::io::Read as _;
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            (entry.name().unwrap().into_owned(), text)
        })
        .collect()
}

fn folder() -> Folder {
    Folder::new()
}
