//! Writes the corpora that fuzzing begins with: lines for every rule, and the fixtures.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use flate2::Compression;
use flate2::write::DeflateEncoder;

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/nasty.rs"]
mod nasty;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines: Vec<Vec<u8>> = nasty::lines().into_iter().filter(|line| line.len() < 4096).collect();
    seed(root, "line", lines.iter().cloned())?;
    let blocks = lines.chunks(8).map(|lines| nasty::joined(lines, "\n"));
    seed(root, "block", blocks.clone().chain(lines.iter().cloned()))?;
    let mut archives = Vec::new();
    for fixture in fs::read_dir(root.join("../fixtures"))? {
        let path = fixture?.path();
        if path.extension().is_some_and(|extension| extension == "zip") {
            archives.push(fs::read(path)?);
        }
    }
    archives.retain(|archive| archive.len() < 1 << 20);
    seed(root, "archive", archives.into_iter())?;
    let streams = blocks.enumerate().map(|(number, text)| {
        let level = Compression::new(number as u32 % 10);
        let mut encoder = DeflateEncoder::new(vec![number as u8], level);
        encoder.write_all(&text).and_then(|()| encoder.finish()).expect("memory takes all")
    });
    seed(root, "inflate", streams)
}

fn seed(root: &Path, target: &str, seeds: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = root.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, bytes) in seeds.enumerate() {
        fs::write(folder.join(format!("seed-{number}")), bytes)?;
    }
    Ok(())
}
