//! `ripsaw extract`: files whose names every system takes, and a directory that is read as the bundle.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::convert::Folder;
use crate::hostile::zip::{Around, DEFLATED, Member, STORED, archive};
use crate::program::{self, ripsaw};

/// The exit code, and what is said.
fn run(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let (code, _, said) = program::run(folder, arguments);
    (code, said)
}

/// The table of an input, byte for byte.
fn table(folder: &Folder, inputs: &[&str], of: &str) -> (Option<i32>, Vec<u8>) {
    let mut command = ripsaw();
    command.args(["convert", "-q", "-o", "-", "--to", "ndjson", "--table", of]).args(inputs);
    let output = command.current_dir(folder.path("")).output().unwrap();
    (output.status.code(), output.stdout)
}

fn list(root: &Path) -> Value {
    serde_json::from_slice(&fs::read(root.join(".ripsaw/extracted.json")).unwrap()).unwrap()
}

/// All files below a directory but the list.
fn files(root: &Path) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = all.filter(|file| !file.file_type().is_dir()).map(walkdir::DirEntry::into_path);
    files.filter(|file| !file.ends_with(".ripsaw/extracted.json")).collect()
}

#[test]
fn every_fixture_is_read_as_before() {
    let folder = Folder::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let own =
        fs::read_dir(&fixtures).unwrap().chain(fs::read_dir(fixtures.join("formats")).unwrap());
    let mut paths: Vec<PathBuf> = own.map(|file| file.unwrap().path()).collect();
    paths.sort_unstable();
    let mut archives = 0;
    for path in paths {
        let input = path.to_str().unwrap();
        let _ = fs::remove_dir_all(folder.path("out"));
        let (code, said) = run(&folder, &["extract", input, "-o", "out"]);
        let lines = table(&folder, &[input], "lines");
        assert!(!lines.1.is_empty() || lines.0 == Some(2), "{input}");
        assert!(table(&folder, &["out"], "lines") == lines, "{input}");
        // Damage is said while extracting, and while reading both; what is in archives of archives only there.
        assert!(code == lines.0 || code == Some(0), "{input} {said}");
        archives += u32::from(input.ends_with(".zip"));
    }
    assert!(archives > 6);
}

#[test]
fn what_is_found_is_grepped_and_listed_under_its_own_name() {
    let folder = Folder::new();
    fs::copy("fixtures/deploy.zip", folder.path("deploy.zip")).unwrap();
    assert_eq!(run(&folder, &["extract", "deploy.zip", "-o", "out/"]).0, Some(0));
    let out = |arguments: &[&str]| program::run(&folder, arguments).1;
    let stored = regex::Regex::new("\"stored_bytes\":\\d+").unwrap();
    for command in
        [&["grep", "-n", "-H", "timed out"][..], &["ls", "--json"], &["cat", "--sort", "time"]]
    {
        let of = |input: &str| out(&[command, &[input][..]].concat());
        let mut expected = of("deploy.zip");
        // Listings name the size as it is stored.
        let sizes = |text: &str| stored.replace_all(text, "").into_owned();
        expected = sizes(&expected);
        assert!(!expected.is_empty());
        assert_eq!(sizes(&of("out")), expected);
        assert_eq!(run(&folder, &["index", "out"]).0, Some(0));
        assert_eq!(sizes(&of("out")), expected);
    }
}

#[test]
fn names_that_are_hostile() {
    let folder = Folder::new();
    let long = "x".repeat(65_000);
    let deep = format!("{}last.log", "deep folder/".repeat(300));
    let names = [
        "../../outside.log",
        "/etc/passwd",
        "C:\\windows\\a.log",
        "a/../../../b.log",
        "nul",
        "aux.log",
        "a:b?c*.log",
        "A:B?C*.LOG",
        "same.log",
        "same.log",
        "file",
        "file/inside.log",
        "end. ",
        "line\n.log",
        "zero\0.log",
        "\u{e9}.log",
        "e\u{301}.log",
        "~root",
        ".ripsaw.log",
        "a//b.log",
        "./c.log",
        &long,
        &deep,
        "-rf",
        "%41.log",
    ];
    let text = |at: usize| format!("line of {at}\n");
    let members: Vec<Member> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            Member::new(name, if at % 2 == 0 { STORED } else { DEFLATED }, text(at).as_bytes())
        })
        .collect();
    folder.file("in/logs.zip", &archive(&members, &Around::default()).0);
    let (code, said) = run(&folder, &["extract", "in/logs.zip", "-o", "in/out"]);
    assert_eq!(code, Some(0), "{said}");
    // Nothing outside, and a file for each.
    let outside =
        files(&folder.path("")).into_iter().filter(|file| !file.starts_with(folder.path("in/out")));
    assert_eq!(outside.collect::<Vec<_>>(), [folder.path("in/logs.zip")]);
    let root = folder.path("in/out");
    assert_eq!(files(&root).len(), names.len());
    let list = list(&root);
    for (at, file) in list["files"].as_array().unwrap().iter().enumerate() {
        assert_eq!(file["name"], names[at]);
        let path = file["path"].as_str().unwrap();
        assert!(
            path.len() < 230 && !path.contains(':') && !path.split('/').any(|part| part == "..")
        );
        assert_eq!(fs::read_to_string(root.join(path)).unwrap(), text(at));
    }
    // A name that differs is counted.
    assert!(said.contains("25 files") && said.contains("under other names"), "{said}");
    assert!(table(&folder, &["in/out"], "lines") == table(&folder, &["in/logs.zip"], "lines"));
}

#[test]
fn several_inputs_have_folders() {
    let folder = Folder::new();
    for (name, text) in [("a/logs.zip", "one\n"), ("b/logs.zip", "two\n")] {
        folder.file(
            name,
            &archive(&[Member::new("x:y.log", STORED, text.as_bytes())], &Around::default()).0,
        );
    }
    folder.file("plain.log", b"three\n");
    let inputs = ["a/logs.zip", "b/logs.zip", "plain.log"];
    assert_eq!(run(&folder, &[&["extract", "-o", "out"], &inputs[..]].concat()).0, Some(0));
    let mut found: Vec<String> = files(&folder.path("out"))
        .iter()
        .map(|file| file.strip_prefix(folder.path("out")).unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort_unstable();
    assert_eq!(found, ["logs.zip/x%3Ay.log", "logs~2.zip/x%3Ay.log", "plain.log/plain.log"]);
    assert!(table(&folder, &["out"], "lines") == table(&folder, &inputs, "lines"));
}

#[test]
fn what_changes_later_is_seen() {
    let folder = Folder::new();
    let members = ["a.log", "b:c.log"].map(|name| Member::new(name, STORED, b"text\n"));
    folder.file("logs.zip", &archive(&members, &Around::default()).0);
    assert_eq!(run(&folder, &["extract", "logs.zip", "-o", "out"]).0, Some(0));
    // Never into a directory with files.
    let (code, said) = run(&folder, &["extract", "logs.zip", "-o", "out"]);
    assert!(code == Some(2) && said.contains("out: it already exists"), "{said}");
    folder.file("out/new.log", b"new\n");
    fs::remove_file(folder.path("out/a.log")).unwrap();
    let (code, rows) = table(&folder, &["out"], "lines");
    let rows = String::from_utf8(rows).unwrap();
    assert_eq!(code, Some(2));
    assert!(rows.contains("the file is missing, but the list of the extraction has it"), "{rows}");
    assert!(rows.contains("\"bundle\":\"out\",\"file\":\"new.log\""), "{rows}");
    assert!(rows.contains("\"bundle\":\"logs.zip\",\"file\":\"b:c.log\""), "{rows}");
    // A list that is none: names are those of the files.
    for text in [
        "{",
        "{\"ripsaw_extract\":9,\"bundles\":[],\"files\":[]}",
        &list_with("../x"),
        &list_with("/x"),
    ] {
        fs::write(folder.path("out/.ripsaw/extracted.json"), text).unwrap();
        let (code, rows) = table(&folder, &["out"], "lines");
        let rows = String::from_utf8(rows).unwrap();
        assert_eq!(code, Some(2));
        assert!(rows.contains("\"file\":\"b%3Ac.log\"") && rows.lines().count() == 2, "{rows}");
    }
}

fn list_with(path: &str) -> String {
    format!(
        "{{\"ripsaw_extract\":1,\"bundles\":[{{\"name\":\"a\"}}],\"files\":[{{\"bundle\":0,\"name\":\"n\",\
         \"path\":\"{path}\",\"bytes\":1}}]}}"
    )
}

#[test]
fn an_output_that_is_read_is_refused() {
    let folder = Folder::new();
    folder.file("logs/a.log", b"text\n");
    for out in ["logs", "logs/out"] {
        let (code, said) = run(&folder, &["extract", "logs", "-o", out]);
        assert!(code == Some(2) && said.contains("cannot write"), "{said}");
        assert!(files(&folder.path("")) == [folder.path("logs/a.log")]);
    }
    fs::create_dir(folder.path("empty")).unwrap();
    for (out, reason) in [("-", "a directory cannot be written to it"), (".", "it already exists")]
    {
        let output = ripsaw()
            .args(["extract", "../logs", "-o", out])
            .current_dir(folder.path("empty"))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(reason), "{said}");
        assert_eq!(files(&folder.path("empty")), [] as [PathBuf; 0]);
    }
    let (code, said) = run(&folder, &["extract", "none.zip", "-o", "out"]);
    assert!(code == Some(2) && said.contains("no such file"), "{said}");
    assert!(!folder.path("out").exists());
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_nothing_that_looks_whole() {
    let folder = Folder::new();
    let text: Vec<u8> = (0..3_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    let members: Vec<Member> =
        (0..200).map(|n| Member::new(&format!("s:{n}/a.log"), DEFLATED, &text)).collect();
    folder.file("logs.zip", &archive(&members, &Around::default()).0);
    let started = std::time::Instant::now();
    assert_eq!(run(&folder, &["extract", "logs.zip", "-o", "timed"]).0, Some(0));
    let whole = started.elapsed();
    fs::remove_dir_all(folder.path("timed")).unwrap();
    let mut random = fastrand::Rng::with_seed(9);
    let mut kills = 0;
    while kills < 8 {
        let mut command = ripsaw();
        command.args(["extract", "-q", "logs.zip", "-o", "out"]).current_dir(folder.path(""));
        let mut child = command.spawn().unwrap();
        std::thread::sleep(whole.mul_f64(random.f64() * 0.9));
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            kills += 1;
        }
        if folder.path("out").exists() {
            assert_eq!(files(&folder.path("out")).len(), 200);
            fs::remove_dir_all(folder.path("out")).unwrap();
        }
        // What is left is not read.
        assert!(
            !String::from_utf8(table(&folder, &["."], "entries").1).unwrap().contains("partial")
        );
    }
    assert_eq!(run(&folder, &["extract", "logs.zip", "-o", "out"]).0, Some(0));
    assert_eq!(files(&folder.path("out")).len(), 200);
    let left = fs::read_dir(folder.path("")).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_str().unwrap().ends_with(".partial")).count(), 0);
}

/// Of archives in which the check sum of an inner archive is wrong.
#[test]
fn inner_archives_that_are_damaged() {
    let folder = Folder::new();
    let log = Member::new("q.log", STORED, b"line\n");
    let zip = archive(&[log], &Around::default()).0;
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o644);
    tar.append_data(&mut header, "a.log", &b"line\n"[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    let names = ["in.zip", "in", "in.tar", "tar", "good.log"];
    let contents = [&zip[..], &zip, &tar, &tar, b"line\n"];
    let members = names.iter().zip(contents);
    let members: Vec<Member> =
        members.map(|(name, bytes)| Member::new(name, DEFLATED, bytes)).collect();
    let mut bytes = archive(&members, &Around::default()).0;
    // The CRC of each in the directory but the last.
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    places[places.len() - 5..][..4].iter().for_each(|at| bytes[at + 16] ^= 1);
    folder.file("logs.zip", &bytes);
    assert_eq!(run(&folder, &["extract", "logs.zip", "-o", "out"]).0, Some(2));
    let (code, rows) = table(&folder, &["logs.zip"], "lines");
    assert_eq!(code, Some(2));
    assert_eq!(rows.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()).count(), 7);
    assert!(table(&folder, &["out"], "lines") == (code, rows));
}

/// Found by fuzzing: what begins as an Office document is a zip archive to those who extract it.
#[test]
fn archives_that_are_documents_to_people() {
    let folder = Folder::new();
    let members =
        ["docProps/app.xml", "a/../b.log"].map(|name| Member::new(name, DEFLATED, b"line\n"));
    for name in ["report.docx", "logs.zip"] {
        folder.file(name, &archive(&members, &Around::default()).0);
        let _ = fs::remove_dir_all(folder.path("out"));
        assert_eq!(run(&folder, &["extract", name, "-o", "out"]).0, Some(0));
        assert_eq!(files(&folder.path("out")).len(), 2);
        let as_text = |input: &str| {
            let arguments =
                ["convert", "-q", input, "-o", "-", "--to", "ndjson", "--format", "text"];
            program::run(&folder, &arguments)
        };
        let (code, rows, _) = as_text(name);
        assert_eq!((code, rows.lines().count()), (Some(0), 2));
        assert_eq!(as_text("out").1, rows);
    }
}
