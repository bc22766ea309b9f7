//! Writes the corpora that fuzzing begins with: lines for every rule, and the fixtures.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use ripsaw::format::FORMATS;
use ripsaw_fuzz::{index, inflate, keys, question, spans};
use ripsaw_testkit::nasty;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines: Vec<Vec<u8>> = nasty::lines().into_iter().filter(|line| line.len() < 4096).collect();
    seed(root, "line", lines.iter().cloned())?;
    let blocks = lines.chunks(8).map(|lines| nasty::joined(lines, "\n"));
    seed(root, "block", blocks.clone().chain(lines.iter().cloned()))?;
    seed(root, "keys", keys::seeds(blocks.clone().chain(objects())))?;
    let mut archives = Vec::new();
    for fixture in fs::read_dir(root.join("../fixtures"))? {
        let path = fixture?.path();
        if path.extension().is_some_and(|extension| extension == "zip") {
            archives.push(fs::read(path)?);
        }
    }
    seed(root, "format", formats(root)?.into_iter())?;
    let mut streams = Vec::new();
    for (number, text) in blocks.enumerate() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(number as u32 % 10));
        encoder.write_all(&text)?;
        let stream = encoder.finish()?;
        archives.push(inflate::zip(&stream, text.len() as u32, crc32fast::hash(&text)));
        // Its first byte says what is done with the stream.
        streams.push([&[(number * 37) as u8], &*stream].concat());
    }
    seed(root, "index", index::seeds())?;
    seed(root, "spans", spans::seeds(&archives).into_iter())?;
    seed(root, "question", question::seeds())?;
    seed(root, "archive", archives.into_iter())?;
    seed(root, "inflate", streams.into_iter())
}

/// Records of any keys, most of them like the one before.
fn objects() -> impl Iterator<Item = Vec<u8>> {
    const TYPES: &str = concat!(
        r#"{"a":1,"b":"x","c":true,"d":1.5,"e":[1,2],"f":{"g":null,"h":{"i":"\u00e9\n"}}}"#,
        "\n",
        r#"{"a":-7,"b":"","c":false,"d":-0.0,"e":[],"f":{"h":{"i":"\ud83d\ude00"},"j":{}}}"#,
        "\n",
        r#"{ "b" : "\"" , "a" : 9223372036854775808, "e": [null, 1e5], "f": [{}], "a": 2 }"#,
    );
    let of_services = (0..50).map(|number| {
        let line = r#"{"level":30,"time":1741514400123,"pid":PID,"req":{"method":"GET","url":"/a/PID"},"res":{"statusCode":200,"time":0.PID},"tags":["PID",null],"msg":"done"}"#;
        let other = r#"{"level":"warn","pid":PID,"req":{"url":"/a\\PID"},"msg":"retried","tags":[]}"#;
        let line = if number % 3 == 0 { other } else { line };
        let line = line.replace("PID", &number.to_string());
        format!("{line}\n{line}\n{TYPES}").into_bytes()
    });
    of_services.chain([TYPES.as_bytes().to_vec()])
}

/// The fixtures' files, as each of the formats and a few bytes at a time.
fn formats(root: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut texts = Vec::new();
    let mut folders = vec![root.join("../fixtures/formats")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match fs::metadata(&path)?.len() {
                _ if path.is_dir() => folders.push(path),
                ..4096 => texts.push(fs::read(path)?),
                _ => {}
            }
        }
    }
    let formats = 0..FORMATS.len() as u8;
    let as_format = |format, text: &Vec<u8>| [&[format, 30 + format], &**text].concat();
    Ok(texts
        .iter()
        .flat_map(|text| formats.clone().map(|format| as_format(format, text)))
        .collect())
}

fn seed(root: &Path, target: &str, seeds: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = root.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, bytes) in seeds.enumerate() {
        fs::write(folder.join(format!("seed-{number}")), bytes)?;
    }
    Ok(())
}
