//! What a directory holds: archives by their bytes, special files, files without a size.

use super::{Folder, file, lines, zip};

#[test]
fn a_zip_is_a_bundle_whatever_it_is_called() {
    let folder = Folder::new();
    let inner = zip(&[file("b.log", lines("b", 2))]);
    folder.write("d/export", &inner);
    let other = zip(&[file("b.log", lines("d", 2))]);
    folder.write("d/outer.zip", zip(&[file("download", other), file("c", lines("c", 1))]));
    let run = folder.convert(&["d"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let bundles: Vec<_> = run.rows.iter().map(|row| row["bundle"].as_str().unwrap()).collect();
    let nested = "d!outer.zip!download";
    assert_eq!(bundles, ["d!export", "d!export", nested, nested, "d!outer.zip"]);

    // One that is cut is no text, but what is found of it; and a name that promises one does not make one.
    folder.write("e/cut", &inner[..inner.len() - 30]);
    folder.write("e/text.zip", "a line\n");
    let run = folder.convert(&["e"]);
    assert_eq!((run.code, run.messages().len(), run.errors()), (2, 2, 2), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn special_files_are_not_opened() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let folder = Folder::new();
    folder.write("d/a.log", lines("a", 1));
    for name in ["p.zip", "p.tar.gz", "p", "outside"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
    }
    for name in ["p.zip", "p.tar.gz", "p"] {
        std::fs::rename(folder.path().join(name), folder.path().join("d").join(name)).unwrap();
    }
    symlink("../outside", folder.path().join("d/link.zip")).unwrap();
    symlink("/dev/zero", folder.path().join("d/zero")).unwrap();
    let run = folder.convert(&["d"]);
    assert_eq!((run.code, run.messages(), run.errors()), (2, vec!["a 0"], 5), "{}", run.stderr);
    assert!(run.stderr.contains("d[p.zip]: not a regular file"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn files_of_proc_have_a_text_though_no_size() {
    let folder = Folder::new();
    let run = folder.convert(&["/proc/cpuinfo"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.rows.len() > 3);
    let run = folder.convert(&["/proc/sys/kernel/random"]);
    assert!(run.rows.iter().any(|row| row["file"] == "boot_id"), "{}", run.stderr);

    folder.write("empty.log", "");
    let run = folder.convert(&["empty.log"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("the file is empty"), "{}", run.stderr);
}
