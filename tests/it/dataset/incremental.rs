//! Runs after the first: what is new, changed, gone.

use std::fs;
use std::path::PathBuf;

use super::{assert_has, bundle, convert, fail, files, manifest, rows, succeed};
use crate::convert::Folder;

#[test]
fn only_new_and_changed_bundles_are_read() {
    let folder = Folder::new();
    let mut inputs: Vec<PathBuf> =
        (0..6).map(|seed| bundle(&folder, &format!("logs/{seed}.zip"), seed, 50_000)).collect();
    let logs = vec![folder.path("logs")];
    let out = folder.path("out");
    let options = ["--partition-by", "pipeline,level"];
    let said = succeed(&mut convert(&logs, &out, &options));
    assert!(said.contains("6 new"), "{said}");
    assert_has(&out, &logs);
    let before = files(&out);
    let said = succeed(&mut convert(&logs, &out, &[]));
    assert!(said.contains("nothing to do: 6 unchanged"), "{said}");
    assert_eq!(files(&out), before);
    // Unchanged ones are not opened: what is in them does not matter.
    inputs.push(bundle(&folder, "logs/6.zip", 6, 50_000));
    let mut broken = fs::read(&inputs[0]).unwrap();
    broken[40..200].fill(0xff);
    fs::write(&inputs[0], broken).unwrap();
    let said = succeed(&mut convert(&logs, &out, &[]));
    assert!(said.contains("1 new, 6 unchanged"), "{said}");
    assert!(before.iter().all(|file| files(&out).contains(file)));
    bundle(&folder, "logs/0.zip", 0, 50_000);
    assert_has(&out, &logs);
    // A changed one is replaced, and the rows of others in its files stay.
    bundle(&folder, "logs/2.zip", 12, 60_000);
    let said = succeed(&mut convert(&logs, &out, &[]));
    assert!(said.contains("1 changed, 6 unchanged"), "{said}");
    assert_has(&out, &logs);
    let bundles = manifest(&out)["bundles"].as_array().unwrap().len();
    assert_eq!(bundles, 7);
}

#[test]
fn a_bundle_that_was_moved_is_noticed() {
    let folder = Folder::new();
    let old = bundle(&folder, "logs/a.zip", 1, 20_000);
    let (logs, out) = (vec![folder.path("logs")], folder.path("out"));
    succeed(&mut convert(&logs, &out, &[]));
    fs::create_dir(folder.path("logs/old")).unwrap();
    fs::rename(&old, folder.path("logs/old/a.zip")).unwrap();
    let said = succeed(&mut convert(&logs, &out, &[]));
    assert!(said.contains("a.zip does not exist any more") && said.contains("--prune"), "{said}");
    let said = succeed(&mut convert(&logs, &out, &["--prune"]));
    assert!(said.contains("1 removed") && !said.contains("any more"), "{said}");
    assert_has(&out, &logs);
}

#[test]
fn a_bundle_that_was_moved_may_keep_its_name() {
    let folder = Folder::new();
    bundle(&folder, "one/logs.zip", 1, 20_000);
    let (name, out) = ([PathBuf::from("logs.zip")], folder.path("out"));
    succeed(convert(&name, &out, &[]).current_dir(folder.path("one")));
    fs::rename(folder.path("one"), folder.path("two")).unwrap();
    let two = folder.path("two");
    let said = fail(convert(&name, &out, &[]).current_dir(&two));
    assert!(said.contains("is called so as well") && said.contains("--prune removes"), "{said}");
    let said = succeed(convert(&name, &out, &["--prune"]).current_dir(&two));
    assert!(said.contains("1 new, 1 removed"), "{said}");
    let fresh = folder.path("fresh");
    succeed(convert(&name, &fresh, &[]).current_dir(&two));
    assert!(rows(&out) == rows(&fresh));
}

#[test]
fn a_directory_may_lose_all_that_was_in_it() {
    let folder = Folder::new();
    bundle(&folder, "logs/a.zip", 1, 20_000);
    folder.file("loose/a.log", b"one\n");
    let (logs, out) = (vec![folder.path("logs"), folder.path("loose")], folder.path("out"));
    succeed(&mut convert(&logs, &out, &[]));
    fs::remove_file(folder.path("logs/a.zip")).unwrap();
    fs::remove_file(folder.path("loose/a.log")).unwrap();
    let said = succeed(&mut convert(&logs, &out, &["--prune"]));
    assert!(said.contains("1 changed, 1 removed"), "{said}");
    assert!(rows(&out).is_empty() && files(&out).is_empty());
    // One that never had any is a mistake.
    fs::create_dir(folder.path("other")).unwrap();
    let said = fail(&mut convert(&[folder.path("other")], &out, &["--prune"]));
    assert!(said.contains("no log files"), "{said}");
}

#[test]
fn keys_without_columns_are_counted() {
    let folder = Folder::new();
    let text = folder.file("a.log", b"plain text\n");
    let keyed = folder.file("b.ndjson", b"{\"msg\":\"a\",\"user\":1}\n{\"msg\":\"b\"}\n");
    let out = folder.path("out");
    succeed(&mut convert(&[text], &out, &[]));
    let said = succeed(&mut convert(std::slice::from_ref(&keyed), &out, &[]));
    assert!(said.contains("1 row has keys for which the data set has no columns"), "{said}");
    // Not if columns of keys were not wanted.
    let said = succeed(&mut convert(
        std::slice::from_ref(&keyed),
        &folder.path("extra"),
        &["--keys", "extra"],
    ));
    assert!(!said.contains("no columns"), "{said}");
    fs::write(&keyed, "{\"msg\":\"a\",\"user\":2}\n").unwrap();
    let said = succeed(&mut convert(&[keyed], &folder.path("extra"), &["--keys", "extra"]));
    assert!(said.contains("1 changed") && !said.contains("no columns"), "{said}");
}

#[test]
fn a_data_set_may_have_no_rows() {
    let folder = Folder::new();
    folder.file("logs/empty.log", b"");
    let (logs, out) = (vec![folder.path("logs")], folder.path("out"));
    succeed(&mut convert(&logs, &out, &[]));
    assert!(files(&out).is_empty());
    let said = succeed(crate::program::ripsaw().arg("ls").arg(&out));
    assert!(said.is_empty(), "{said}");
    let searched = crate::program::ripsaw().args(["grep", "a"]).arg(&out).output().unwrap();
    assert_eq!(searched.status.code(), Some(1), "{searched:?}");
    folder.file("logs/one.log", b"a line\n");
    succeed(&mut convert(&logs, &out, &[]));
    assert_has(&out, &logs);
}

#[test]
fn a_filter_names_keys_that_new_bundles_may_not_have() {
    let folder = Folder::new();
    let log = folder.path("logs/a.ndjson");
    fs::create_dir_all(folder.path("logs")).unwrap();
    let lines = "{\"message\":\"a\",\"pid\":7}\n{\"message\":\"b\",\"pid\":1}\n";
    fs::write(&log, lines).unwrap();
    let out = folder.path("out");
    let options = ["--where", "pid gt 3"];
    succeed(&mut convert(std::slice::from_ref(&log), &out, &options));
    let said = succeed(&mut convert(std::slice::from_ref(&log), &out, &options));
    assert!(said.contains("nothing to do"), "{said}");
    let inputs = [log, bundle(&folder, "logs/0.zip", 0, 20_000)];
    let said = succeed(&mut convert(&inputs, &out, &options));
    assert!(said.contains("1 new, 1 unchanged") && !said.contains("warning"), "{said}");
    assert_eq!(rows(&out).len(), 1);
}

#[test]
fn bundles_that_are_gone_stay_until_they_are_pruned() {
    let folder = Folder::new();
    let inputs: Vec<PathBuf> =
        (0..3).map(|seed| bundle(&folder, &format!("logs/{seed}.zip"), seed, 50_000)).collect();
    let logs = vec![folder.path("logs")];
    let out = folder.path("out");
    succeed(&mut convert(&logs, &out, &["--partition-by", "level"]));
    let all = rows(&out);
    let gone = fs::canonicalize(&inputs[1]).unwrap();
    fs::remove_file(&gone).unwrap();
    succeed(&mut convert(&logs, &out, &[]));
    assert!(rows(&out) == all);
    let before = (files(&out), manifest(&out));
    let output = convert(&logs, &out, &["--prune", "--dry-run"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("2 unchanged, 1 removed"));
    let listed = format!("removed  {}\n", gone.display());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), listed);
    assert_eq!((files(&out), manifest(&out)), before);
    succeed(&mut convert(&logs, &out, &["--prune"]));
    assert_has(&out, &logs);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_known_again() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    let zip = fs::read(bundle(&folder, "a.zip", 1, 10_000)).unwrap();
    let name = |name: &[u8]| folder.path("logs").join(std::ffi::OsStr::from_bytes(name));
    fs::create_dir(folder.path("logs")).unwrap();
    fs::write(name(b"\xff.zip"), &zip).unwrap();
    fs::write(name(b"\xfe.zip"), &zip).unwrap();
    let (logs, out) = (vec![folder.path("logs")], folder.path("out"));
    let said = succeed(&mut convert(&logs, &out, &[]));
    assert!(said.contains("2 new"), "{said}");
    let said = succeed(&mut convert(&logs, &out, &["--prune"]));
    assert!(said.contains("nothing to do: 2 unchanged"), "{said}");
    fs::remove_file(name(b"\xfe.zip")).unwrap();
    let said = succeed(&mut convert(&logs, &out, &["--prune"]));
    assert!(said.contains("1 unchanged, 1 removed"), "{said}");
    assert_has(&out, &logs);
}

#[test]
fn a_dry_run_changes_nothing() {
    let folder = Folder::new();
    let input = vec![bundle(&folder, "a.zip", 1, 10_000)];
    let out = folder.path("out");
    let output = convert(&input, &out, &["--dry-run"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 new; nothing was written"));
    let listed = format!("new      {}\n", fs::canonicalize(&input[0]).unwrap().display());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), listed);
    assert!(!out.exists());
}

#[test]
fn a_bundle_is_one_whatever_it_is_called() {
    let folder = Folder::new();
    let zip = bundle(&folder, "logs/a.zip", 1, 50_000);
    let out = folder.path("out");
    let mut inputs = vec![zip.clone(), zip.clone(), folder.path("logs")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&zip, folder.path("link.zip")).unwrap();
        inputs.push(folder.path("link.zip"));
    }
    let said = succeed(&mut convert(&inputs, &out, &[]));
    assert!(!said.contains("duplicate"), "{said}");
    assert_has(&out, &[zip]);
    let said = succeed(&mut convert(&inputs[1..], &out, &[]));
    assert!(said.contains("1 unchanged"), "{said}");
}

#[test]
fn loose_files_of_a_directory_are_one_bundle_and_its_archives_others() {
    let folder = Folder::new();
    let logs = folder.path("logs");
    folder.file("logs/build/1.ndjson", b"{\"message\":\"one\"}\n");
    folder.file("logs/build/2.ndjson", b"{\"message\":\"two\"}\n");
    bundle(&folder, "logs/old.zip", 1, 20_000);
    let mut tar = tar_of("inside.log", b"2026-01-01T00:00:00Z in a tar\n");
    folder.file("logs/some.tar", &tar);
    let (out, inputs) = (folder.path("out"), vec![logs]);
    let said = succeed(&mut convert(&inputs, &out, &["--partition-by", "date"]));
    assert!(said.contains("3 new"), "{said}");
    assert_has(&out, &inputs);
    folder.file("logs/build/3.ndjson", b"{\"message\":\"three\"}\n");
    let said = succeed(&mut convert(&inputs, &out, &[]));
    assert!(said.contains("1 changed, 2 unchanged"), "{said}");
    assert_has(&out, &inputs);
    tar = tar_of("inside.log", b"2026-01-02T00:00:00Z in another tar\n");
    folder.file("logs/some.tar", &tar);
    let said = succeed(&mut convert(&inputs, &out, &[]));
    assert!(said.contains("1 changed, 2 unchanged"), "{said}");
    assert_has(&out, &inputs);
}

fn tar_of(name: &str, text: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(text);
    header.resize(header.len().next_multiple_of(512) + 1024, 0);
    header
}

#[test]
fn archives_inside_of_archives_belong_to_the_outermost() {
    let folder = Folder::new();
    let inner = bundle(&folder, "inner.zip", 1, 20_000);
    let inner = fs::read(inner).unwrap();
    let entries = |inner: &[u8]| {
        vec![("a.log".to_owned(), b"plain\n".to_vec()), ("in.zip".to_owned(), inner.to_vec())]
    };
    let outer = folder.zip("outer.zip", &entries(&inner));
    let inputs = vec![outer, bundle(&folder, "other.zip", 2, 20_000)];
    let out = folder.path("out");
    succeed(&mut convert(&inputs, &out, &["--partition-by", "level"]));
    assert_has(&out, &inputs);
    let inner = fs::read(bundle(&folder, "inner.zip", 3, 25_000)).unwrap();
    folder.zip("outer.zip", &entries(&inner));
    let said = succeed(&mut convert(&inputs, &out, &[]));
    assert!(said.contains("1 changed, 1 unchanged"), "{said}");
    assert_has(&out, &inputs);
}

#[test]
fn random_runs_end_as_a_fresh_conversion_does() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(18);
    let (logs, out) = (vec![folder.path("logs")], folder.path("out"));
    let by = ["--partition-by", "step,level", "--row-group-size", "50", "--file-size", "40k"];
    bundle(&folder, "logs/0.zip", 0, 9_000);
    for round in 0..25 {
        for _ in 0..random.usize(1..4) {
            let name = format!("logs/{}.zip", random.u32(0..6));
            match random.u32(0..5) {
                0 => drop(fs::remove_file(folder.path(&name))),
                _ => drop(bundle(&folder, &name, random.u64(0..50), random.u64(3_000..20_000))),
            }
        }
        bundle(&folder, "logs/0.zip", round, 9_000);
        match random.u32(0..6) {
            0 => drop(
                succeed(
                    crate::program::ripsaw()
                        .arg("compact")
                        .arg(&out)
                        .args(["--file-size", "60k"])
                        .env("_", ""),
                )
                .len(),
            ),
            1 => drop(succeed(
                crate::program::ripsaw().args(["compact", "--sort", "time"]).arg(&out),
            )),
            _ => {}
        }
        let mut options = vec!["--prune"];
        if round == 0 {
            options.extend(by);
            drop(fs::remove_dir_all(&out));
        }
        succeed(&mut convert(&logs, &out, &options));
        assert_has(&out, &logs);
    }
}
