//! Runs that end anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{assert_has, bundle, convert, files, rows_of, succeed};
use crate::convert::Folder;
use crate::program::ripsaw;

/// The files that a manifest or a journal lists.
fn listed(set: &Path, name: &str) -> BTreeSet<PathBuf> {
    let Ok(text) = fs::read(set.join(".ripsaw").join(name)) else { return BTreeSet::new() };
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let manifest = json.get("manifest").unwrap_or(&json);
    let files = manifest["files"].as_array().unwrap();
    files.iter().map(|file| set.join(file["path"].as_str().unwrap())).collect()
}

#[test]
fn runs_that_are_killed_50_times_end_equal() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(50);
    let (logs, set) = (vec![folder.path("logs")], folder.path("set"));
    let by = ["--partition-by", "stage,level", "--file-size", "50k", "--row-group-size", "200"];
    for seed in 0..8 {
        bundle(&folder, &format!("logs/{seed}.zip"), seed, 60_000);
    }
    // How long a whole run takes here and now.
    let started = Instant::now();
    succeed(&mut convert(&logs, &folder.path("timed"), &by));
    let whole = started.elapsed();
    let mut kills = 0;
    while kills < 50 {
        match random.u32(0..4) {
            0 => drop(fs::remove_file(folder.path(&format!("logs/{}.zip", random.u32(1..8))))),
            _ => {
                let name = format!("logs/{}.zip", random.u32(0..8));
                bundle(&folder, &name, random.u64(0..90), random.u64(20_000..80_000));
            }
        }
        let mut command = match random.u32(0..8) {
            0 => {
                let mut compact = ripsaw();
                compact.args(["compact", "--sort", "time"]).arg(&set);
                compact
            }
            1 => convert(&logs, &set, &["--prune"]),
            _ => convert(&logs, &set, if set.join(".ripsaw").exists() { &[] } else { &by }),
        };
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(random.f64() * 1.2).max(Duration::from_millis(1)));
        child.kill().unwrap();
        kills += u32::from(child.wait().unwrap().code().is_none());
        // What can be seen is whole, and of a run that has happened.
        let known = &listed(&set, "manifest.json") | &listed(&set, "journal.json");
        let old = listed(&set, "manifest.json");
        for file in files(&set) {
            rows_of(&file);
            // Files of a journal that are to go are in no list any more.
            let is_going = set.join(".ripsaw/journal.json").exists();
            assert!(known.contains(&file) || is_going, "{file:?}");
        }
        // And all that ripsaw reads is there.
        assert!(old.iter().all(|file| file.is_file()) || set.join(".ripsaw/journal.json").exists());
        if random.u32(0..5) == 0 {
            succeed(&mut convert(
                &logs,
                &set,
                if set.join(".ripsaw").exists() { &["--prune"] } else { &by },
            ));
            assert_has(&set, &logs);
        }
    }
    succeed(&mut convert(&logs, &set, &["--prune"]));
    assert_has(&set, &logs);
}

#[test]
fn a_run_that_cannot_be_completed_is_completed_later() {
    let folder = Folder::new();
    let logs: Vec<PathBuf> =
        (0..2).map(|seed| bundle(&folder, &format!("{seed}.zip"), seed, 30_000)).collect();
    let set = folder.path("set");
    succeed(&mut convert(&logs[..1], &set, &["--partition-by", "pipeline"]));
    // A file where a folder must be: that of rows without a pipeline.
    let folder_of_null = set.join("pipeline=__HIVE_DEFAULT_PARTITION__");
    assert!(!folder_of_null.exists());
    let other = folder.file("app.ndjson", b"{\"message\":\"x\"}\n");
    fs::write(&folder_of_null, "in the way").unwrap();
    let all = [&logs[..], &[other]].concat();
    super::fail(&mut convert(&all, &set, &[]));
    // That was seen before anything was changed.
    assert!(!set.join(".ripsaw/journal.json").exists());
    fs::remove_file(&folder_of_null).unwrap();
    assert_has(&set, &logs[..1]);
    // Folders with something in them, where files must be.
    for number in 0..4 {
        let file = folder_of_null.join(format!("r000002-{number:05}.parquet"));
        fs::create_dir_all(file.join("in the way")).unwrap();
    }
    super::fail(&mut convert(&all, &set, &[]));
    assert!(set.join(".ripsaw/journal.json").exists());
    super::fail(&mut convert(&all, &set, &[]));
    fs::remove_dir_all(&folder_of_null).unwrap();
    let said = succeed(&mut convert(&all, &set, &[]));
    assert!(said.contains("nothing to do: 3 unchanged"), "{said}");
    assert_has(&set, &all);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = Folder::new();
    let logs: Vec<PathBuf> =
        (0..4).map(|seed| bundle(&folder, &format!("{seed}.zip"), seed, 8_000_000)).collect();
    let set = folder.path("set");
    let mut child = convert(&logs, &set, &["--partition-by", "level"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Once it holds signals back there is something to remove.
    while !set.join(".ripsaw/staging").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::sleep(Duration::from_millis(1));
    }
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!set.exists());
    succeed(&mut convert(&logs, &set, &["--partition-by", "level"]));
    assert_has(&set, &logs);
}
