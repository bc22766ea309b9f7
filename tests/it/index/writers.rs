//! Several that write one index, and writers that are killed.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use ripsaw::synth::{Layout, Recipe};

use crate::command::{Folder, lines};

/// A folder with an archive that takes a while, and a directory.
fn folder() -> Folder {
    let layout = Layout::Standard;
    let recipe = Recipe { seed: 2, bytes: 2 << 20, entries: 30, layout, ..Recipe::default() };
    let folder = Folder::new();
    let mut zip = Vec::new();
    recipe.write_zip(&mut zip).unwrap();
    fs::create_dir(folder.path().join("tree")).unwrap();
    folder.write("tree/logs.zip", zip);
    folder.write("tree/a.log", lines(1..=2_000, "INFO"));
    folder
}

/// The answers are the same as without the indexes, which are there or not, but whole.
fn assert_sound(folder: &Folder) {
    for question in [&["ls", "tree"][..], &["grep", "-c", "line 17", "tree"]] {
        let own = folder.run(question);
        let plain = folder.run(&[question, &["--no-index"]].concat());
        assert_eq!(own.text(), plain.text());
        assert_eq!(own.stderr, plain.stderr);
    }
}

#[test]
fn two_at_once_end_with_one_whole_index() {
    let folder = folder();
    for _ in 0..3 {
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let mut command = folder.command(&["index", "tree", "--force"]);
                command.stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for writer in writers {
            let output = writer.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_sound(&folder);
        let said = folder.run(&["index", "tree"]);
        assert!(said.stderr.contains("all indexes are there and fit"), "{}", said.stderr);
    }
    let found = |name: &str| {
        let found = fs::read_dir(folder.path().join(name)).unwrap();
        let mut names: Vec<_> = found.map(|found| found.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(found("tree"), [".ripsaw", "a.log", "logs.zip", "logs.zip.ripsaw"]);
    assert_eq!(found("tree/.ripsaw"), ["index"]);
}

#[test]
fn a_killed_writer_leaves_no_index_or_a_whole_one() {
    let folder = folder();
    let entries = || folder.run(&["ls", "tree", "--no-index"]).text().to_owned();
    let before = entries();
    let mut random = fastrand::Rng::new();
    for round in 0..12 {
        if round % 2 == 0 {
            let _ = fs::remove_file(folder.path().join("tree/logs.zip.ripsaw"));
            let _ = fs::remove_dir_all(folder.path().join("tree/.ripsaw"));
        }
        let mut command = folder.command(&["index", "tree", "--force"]);
        let mut writer = command.stderr(Stdio::null()).spawn().unwrap();
        // Whenever it comes, what is there is whole.
        std::thread::sleep(Duration::from_micros(random.u64(..400_000)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        assert_sound(&folder);
        assert_eq!(entries(), before);
    }
    let said = folder.run(&["index", "tree"]);
    assert_eq!(said.code(), 0, "{}", said.stderr);
    let said = folder.run(&["index", "tree"]);
    assert!(said.stderr.contains("all indexes are there and fit"), "{}", said.stderr);
}
