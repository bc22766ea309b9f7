//! Archives on standard input.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, at_once, ripsaw};

const ZIP: &str = "fixtures/deploy.zip";

/// The same files in a zip, a tar, and both compressed.
fn archives(folder: &Path) -> Vec<PathBuf> {
    let tree = folder.join("tree");
    fs::create_dir_all(tree.join("deep")).unwrap();
    fs::write(tree.join("a.log"), "one\ntwo ERROR\n").unwrap();
    fs::write(tree.join("deep/b.log"), "2026-03-09 10:00:00 ERROR three\n").unwrap();
    let mut tar = tar::Builder::new(File::create(folder.join("x.tar")).unwrap());
    for name in ["a.log", "deep/b.log"] {
        tar.append_path_with_name(tree.join(name), name).unwrap();
    }
    tar.into_inner().unwrap();
    let mut zip = zip::ZipWriter::new(File::create(folder.join("x.zip")).unwrap());
    for name in ["a.log", "deep/b.log"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(tree.join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    for name in ["x.tar", "x.zip"] {
        let compressed = File::create(folder.join(format!("{name}.gz"))).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(compressed, flate2::Compression::default());
        gzip.write_all(&fs::read(folder.join(name)).unwrap()).unwrap();
        gzip.finish().unwrap();
    }
    ["x.tar", "x.tar.gz", "x.zip", "x.zip.gz"].map(|name| folder.join(name)).to_vec()
}

#[test]
fn archives_are_read_as_files_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = archives(folder.path());
    all.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(ZIP));
    for path in all {
        let name = path.to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        for command in [&["grep", "ERROR"][..], &["cat"], &["ls"], &["ls", "--json"]] {
            let file = ripsaw(&[command, &[name]].concat()).output().unwrap().stdout;
            let file = String::from_utf8(file).unwrap().replace(name, "-");
            let (piped, _) = at_once(&[command, &["-"]].concat(), &bytes);
            assert_eq!(String::from_utf8(piped).unwrap(), file, "{command:?} {name}");
            // As a file: it is not copied.
            let mut redirected = ripsaw(&[command, &["-"]].concat());
            redirected.stdin(File::open(&path).unwrap()).env("TMPDIR", "/nonexistent");
            let redirected = redirected.output().unwrap().stdout;
            assert_eq!(String::from_utf8(redirected).unwrap(), file, "{command:?} < {name}");
        }
    }
}

#[test]
fn hits_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in archives(folder.path()) {
        let (out, code) = at_once(&["grep", "ERROR", "-"], &fs::read(path).unwrap());
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "-!a.log:2:two ERROR\n-!deep/b.log:1:ERROR three\n");
        assert_eq!(code, Some(0));
    }
}

#[test]
fn a_temporary_file_is_gone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let [tmp, out] = ["tmp", "x.parquet"].map(|name| folder.path().join(name));
    fs::create_dir(&tmp).unwrap();
    let zip = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(ZIP)).unwrap();
    let convert = |tmp: &Path| {
        let mut command = ripsaw(&["convert", "-", "-o", out.to_str().unwrap()]);
        command.env("TMPDIR", tmp).stdin(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    // Interrupted in the middle of it.
    let mut child = convert(&tmp);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&zip[..zip.len() / 2]).unwrap();
    thread::sleep(Duration::from_millis(300));
    let kill = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(5));
    }
    assert!(fs::read_dir(&tmp).unwrap().next().is_none());
    assert!(!out.exists());

    let mut child = convert(&tmp);
    child.stdin.take().unwrap().write_all(&zip).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.exists());
    assert!(fs::read_dir(&tmp).unwrap().next().is_none());

    let mut child = convert(&folder.path().join("missing"));
    let _ = child.stdin.take().unwrap().write_all(&zip);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let begins = "ripsaw: cannot keep the archive in a temporary file: standard input: ";
    assert!(said.starts_with(begins) && said.contains("TMPDIR"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_cut_archive_is_reported() {
    let zip = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(ZIP)).unwrap();
    let mut child = ripsaw(&["cat", "-"]);
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(&zip[..zip.len() / 2]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let begins = "ripsaw: could not list the whole archive: standard input: the archive is cut: it has no central \
                  directory; 3 entries were found by their headers\n";
    assert!(said.starts_with(begins), "{said}");
    assert!(!output.stdout.is_empty());
}
