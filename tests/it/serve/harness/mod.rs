//! The API of Harness NextGen.

mod blobs;
mod downloads;
mod executions;

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{Response, Server};

pub(super) const BUNDLE: &str = "fixtures/deploy.zip";
pub(super) const ACCOUNT: &str = "hX3pQ7_vR2mWk9-TzLb0Eg";
/// The key of the run in it.
pub(super) const RUN: &str =
    "hX3pQ7_vR2mWk9-TzLb0Eg/pipeline/Release_Checkout/128/-aT5bV0yQTuKxw8mE2-Jc1Q";
const EXECUTION: &str = "aT5bV0yQTuKxw8mE2-Jc1Q";

/// The request for a log of the run.
pub(super) fn blob(step: &str) -> String {
    format!("/log-service/blob?accountID={ACCOUNT}&key={RUN}/{}", encoded(step))
}

fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('&', "%26").replace('+', "%2B")
}

/// Names and texts of a zip, as another reader has them.
fn texts(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let text = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    };
    (0..ZipArchive::new(Cursor::new(zip)).unwrap().len()).map(text).collect()
}

/// The text of a log of the run.
pub(super) fn text_of(step: &str) -> Vec<u8> {
    let name = format!("{ACCOUNT}/{RUN}/{step}");
    let all = texts(&fs::read(BUNDLE).unwrap());
    all.into_iter().find(|(own, _)| *own == name).unwrap().1
}

fn download(server: &Server, account: &str, prefix: &str) -> Response {
    let prefix = encoded(prefix);
    let path = format!("/gateway/log-service/blob/download?accountID={account}&prefix={prefix}");
    server.ask("POST", &path, &[("content-type", "application/json")], b"")
}

/// The path of the link to a download, when it is ready.
fn link(server: &Server, account: &str, prefix: &str) -> String {
    let first = download(server, account, prefix).json();
    assert_eq!(first["status"], "queued", "{first}");
    loop {
        let next = download(server, account, prefix).json();
        assert_eq!(next["link"], first["link"]);
        if next["status"] == "success" {
            let link = next["link"].as_str().unwrap();
            let path = link.strip_prefix(&format!("http://{}", server.address)).unwrap();
            return path.to_owned();
        }
        assert_eq!(next["status"], "in_progress", "{next}");
    }
}

pub(super) fn link_of(server: &Server, prefix: &str) -> String {
    link(server, ACCOUNT, prefix)
}

fn fetched(server: &Server, account: &str, prefix: &str) -> Vec<u8> {
    let said = server.get(&link(server, account, prefix), &[]);
    assert_eq!((said.status, said.header("content-type")), (200, Some("application/zip")));
    said.body
}

/// Writes a zip of texts.
fn write_zip(path: &Path, files: &[(&str, &str)]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn line(text: &str) -> String {
    format!(
        "{{\"level\":\"info\",\"pos\":0,\"out\":\"{text}\\n\",\"time\":\"2026-03-09T09:13:34.5Z\",\"args\":null}}\n"
    )
}
