//! Data sets that are damaged, made up, or very large in number.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{assert_has, bundle, convert, fail, files, fresh, manifest, rows, succeed};
use crate::convert::Folder;
use crate::program::ripsaw;

#[test]
fn hundreds_of_files_are_read() {
    let folder = Folder::new();
    let mut text = String::new();
    for day in 0..700 {
        let day = 1_600_000_000 + day * 86_400;
        text.push_str(&format!("{{\"time\":{day},\"message\":\"one\"}}\n"));
    }
    let input = vec![folder.file("days.ndjson", text.as_bytes())];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &["--partition-by", "date"]));
    assert_eq!(files(&set).len(), 700);
    assert_has(&set, &input);
    let said = ripsaw()
        .args(["grep", "-c", "one", "--threads", "2", "--no-filename"])
        .arg(&set)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "700\n", "{:?}", said.status);
}

#[test]
fn a_listed_file_that_is_something_else_is_an_error() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 20_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &["--partition-by", "level"]));
    let all = rows(&set).len();
    let file = files(&set).remove(0);
    let lost = super::rows_of(&file).len();
    for bytes in [&b""[..], b"some text\n", &[0; 5000]] {
        fs::write(&file, bytes).unwrap();
        let output = ripsaw().args(["convert", "--to", "csv"]).arg(&set).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("it is not a table that ripsaw wrote"), "{said}");
        // A header, the other rows, and one that says what is missing.
        let lines = String::from_utf8(output.stdout).unwrap().lines().count();
        assert!(lines >= 1 + all - lost, "{lines}");
        let said = fail(&mut convert(&input, &set, &[]));
        assert!(said.contains("bytes, not"), "{said}");
    }
}

/// What a made-up manifest says.
type Lie = Box<dyn Fn(&mut Value)>;

/// Changes the manifest of a data set.
fn forge(set: &Path, change: impl FnOnce(&mut Value)) {
    let mut manifest = manifest(set);
    change(&mut manifest);
    fs::write(set.join(".ripsaw/manifest.json"), manifest.to_string()).unwrap();
}

#[test]
fn made_up_manifests_reach_nothing_outside() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 20_000)];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &[]));
    let whole = manifest(&set);
    let precious = folder.file("home/precious", b"mine");
    let max = u64::MAX;
    let lies: [(&str, Lie); 6] = [
        (
            "is not a file of the data set",
            Box::new(|m| m["files"][0]["path"] = json!("../home/precious")),
        ),
        ("is not a file of the data set", Box::new(|m| m["files"][0]["order"] = json!("/etc/x"))),
        ("do not fit", Box::new(|m| m["files"][0]["bundles"] = json!([[1, 1]]))),
        ("do not fit", Box::new(move |m| m["files"][0]["bundles"] = json!([[1, max], [1, max]]))),
        ("do not fit", Box::new(|m| m["files"][0]["partition"] = json!(["x", "y"]))),
        ("too large", Box::new(move |m| m["bundles"][0]["id"] = json!(max))),
    ];
    for (expected, lie) in lies {
        forge(&set, lie);
        for command in [
            &mut convert(&input, &set, &[]),
            ripsaw().args(["compact", "--sort", "time"]).arg(&set),
        ] {
            let said = fail(command);
            assert!(said.contains(expected), "{said}");
        }
        fs::write(set.join(".ripsaw/manifest.json"), whole.to_string()).unwrap();
    }
    let journal = json!({"moves": [], "removed": ["../home/precious"], "manifest": whole});
    fs::write(set.join(".ripsaw/journal.json"), journal.to_string()).unwrap();
    let said = fail(&mut convert(&input, &set, &[]));
    assert!(said.contains("journal is damaged"), "{said}");
    assert!(precious.exists());
    fs::remove_file(set.join(".ripsaw/journal.json")).unwrap();
    assert_has(&set, &input);
}

#[test]
fn a_run_that_has_happened_is_seen_whole_or_not_at_all() {
    let folder = Folder::new();
    let inputs = vec![bundle(&folder, "a.zip", 1, 30_000), bundle(&folder, "b.zip", 2, 30_000)];
    let (set, done) = (folder.path("set"), folder.path("done"));
    succeed(&mut convert(&inputs, &done, &["--partition-by", "level"]));
    let manifest = manifest(&done);
    let paths: Vec<String> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect();
    // The states in which a first run may have been killed: so many files have been moved.
    for moved in 0..=paths.len() {
        drop(fs::remove_dir_all(&set));
        fs::create_dir_all(set.join(".ripsaw/staging")).unwrap();
        let mut moves = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            let name = format!("{number}.partial");
            let to = match number < moved {
                true => set.join(path),
                false => set.join(".ripsaw/staging").join(&name),
            };
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(done.join(path), to).unwrap();
            moves.push(json!([name, path]));
        }
        let mut empty = manifest.clone();
        (empty["files"], empty["bundles"]) = (json!([]), json!([]));
        fs::write(set.join(".ripsaw/manifest.json"), empty.to_string()).unwrap();
        let journal = json!({"moves": moves, "removed": [], "manifest": manifest});
        fs::write(set.join(".ripsaw/journal.json"), journal.to_string()).unwrap();
        // Readers see nothing of it, and a look says what is there.
        let output = ripsaw().args(["convert", "--to", "csv"]).arg(&set).output().unwrap();
        let rows = String::from_utf8(output.stdout).unwrap();
        assert!(rows.lines().count() == 1 && rows.starts_with("bundle,file,"), "{moved}: {rows}");
        let said = succeed(&mut convert(&inputs, &set, &["--dry-run"]));
        assert!(said.contains("2 unchanged"), "{said}");
        succeed(&mut convert(&inputs, &set, &[]));
        assert_has(&set, &inputs);
    }
}

#[test]
fn bundles_of_one_name_are_refused() {
    let folder = Folder::new();
    bundle(&folder, "one/logs.zip", 1, 10_000);
    let other = bundle(&folder, "two/logs.zip", 2, 10_000);
    let set = folder.path("set");
    let name = [PathBuf::from("logs.zip")];
    // In one run as well: the archive `b.zip` in a directory, and a file.
    bundle(&folder, "three/a/b.zip", 3, 10_000);
    bundle(&folder, "three/a!b.zip", 4, 10_000);
    let both = [PathBuf::from("a"), PathBuf::from("a!b.zip")];
    let said = fail(convert(&both, &folder.path("new"), &[]).current_dir(folder.path("three")));
    assert!(said.contains("is called so") && !folder.path("new").exists(), "{said}");
    succeed(convert(&name, &set, &[]).current_dir(folder.path("one")));
    let said = fail(convert(&name, &set, &[]).current_dir(folder.path("two")));
    assert!(said.contains("is called so") && said.contains("whole path"), "{said}");
    succeed(&mut convert(&[other], &set, &[]));
    let said = succeed(convert(&name, &set, &[]).current_dir(folder.path("one")));
    assert!(said.contains("1 unchanged"), "{said}");
}

#[test]
fn bundles_without_logs_lose_their_rows() {
    let folder = Folder::new();
    folder.file("logs/a.ndjson", b"{\"message\":\"a\"}\n");
    bundle(&folder, "logs/b.zip", 1, 10_000);
    bundle(&folder, "logs/c.zip", 2, 10_000);
    let (logs, set) = (vec![folder.path("logs")], folder.path("set"));
    succeed(&mut convert(&logs, &set, &[]));
    fs::remove_file(folder.path("logs/a.ndjson")).unwrap();
    fs::write(folder.path("logs/b.zip"), b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
        .unwrap();
    let said = succeed(&mut convert(&logs, &set, &[]));
    assert!(said.contains("2 changed, 1 unchanged"), "{said}");
    assert_eq!(rows(&set), fresh(&logs, &[]));
}

#[test]
fn rows_beside_logs_stay_out_of_every_run() {
    let folder = Folder::new();
    let zip = bundle(&folder, "logs/a.zip", 1, 10_000);
    succeed(ripsaw().arg("convert").arg(&zip).arg("-o").arg(folder.path("logs/all.parquet")));
    let (logs, set) = (vec![folder.path("logs")], folder.path("set"));
    succeed(&mut convert(&logs, &set, &[]));
    let all = rows(&set);
    succeed(
        ripsaw()
            .arg("convert")
            .arg(&zip)
            .arg("-o")
            .arg(folder.path("logs/all.parquet"))
            .args(["--row-group-size", "7"]),
    );
    succeed(&mut convert(&logs, &set, &[]));
    assert!(rows(&set) == all);
    assert_eq!(all, fresh(&logs, &[]));
}

#[test]
fn damaged_bundles_are_remembered() {
    let folder = Folder::new();
    let zip = bundle(&folder, "a.zip", 1, 300_000);
    let mut bytes = fs::read(&zip).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200].fill(0x55);
    fs::write(&zip, bytes).unwrap();
    let (input, set) = (vec![zip], folder.path("set"));
    fail(&mut convert(&input, &set, &[]));
    let said = succeed(&mut convert(&input, &set, &[]));
    assert!(
        said.contains("1 unchanged; 1 of the unchanged could not be read to the end"),
        "{said}"
    );
    let output = convert(&input, &set, &["--dry-run"]).output().unwrap();
    let listed = format!("damaged  {}\n", fs::canonicalize(&input[0]).unwrap().display());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), listed);
    // Mended in its place, with the same list of entries.
    std::thread::sleep(std::time::Duration::from_millis(50));
    bundle(&folder, "a.zip", 1, 300_000);
    let said = succeed(&mut convert(&input, &set, &[]));
    assert!(said.contains("1 changed"), "{said}");
    assert_has(&set, &input);
}

#[test]
fn wide_rows_are_compacted() {
    let folder = Folder::new();
    let mut text = String::new();
    for row in 0..2_000 {
        let wide: String =
            (0..40_000).map(|n| char::from(b'a' + ((row * 7 + n) % 26) as u8)).collect();
        text.push_str(&format!("{{\"message\":\"{row}{wide}\"}}\n"));
    }
    let mut input = vec![folder.file("wide.ndjson", text.as_bytes())];
    let set = folder.path("set");
    succeed(&mut convert(&input, &set, &["--file-size", "1GiB"]));
    input.push(folder.file("small.ndjson", b"{\"message\":\"small\"}\n"));
    succeed(&mut convert(&input, &set, &[]));
    succeed(ripsaw().args(["compact", "--sort", "time"]).arg(&set));
    assert_eq!(files(&set).len(), 1);
    assert_has(&set, &input);
}
