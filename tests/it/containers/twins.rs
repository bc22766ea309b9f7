//! Logs that are there twice: said, and both read.

use super::{Files, Folder, compress, file, lines, tar, zip};

fn files() -> Files {
    let names = ["build/1.log", "build/2.log", "test.log"];
    names.into_iter().enumerate().map(|(n, name)| file(name, lines(name, n + 3))).collect()
}

/// Writes `files` below `folder`.
fn tree(at: &Folder, folder: &str) {
    for (path, bytes) in files() {
        at.write(&format!("{folder}{path}"), bytes);
    }
}

/// The warnings of a run that reads all.
fn warnings(folder: &Folder, arguments: &[&str]) -> String {
    let run = folder.convert(arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.is_empty() || run.stderr.starts_with("ripsaw: warning: "), "{}", run.stderr);
    run.stderr
}

#[test]
fn an_archive_beside_its_tree() {
    for (archive, bytes) in [("logs.zip", zip(&files())), ("x.tgz", compress("gz", &tar(&files())))]
    {
        for (extracted, named) in
            [("logs/", "logs/"), ("deep/er/", "deep/er/"), ("", "the files beside it")]
        {
            let folder = Folder::new();
            folder.write(&format!("d/{archive}"), &bytes);
            tree(&folder, &format!("d/{extracted}"));
            let said = warnings(&folder, &["d"]);
            let expected = format!("d: {archive} and {named} have the same 3 entries");
            assert!(said.contains(&expected), "{said}");
            assert_eq!(said.lines().count(), 2, "{said}");
            if !extracted.is_empty() {
                let glob = format!("!{extracted}**");
                assert!(said.contains(&format!("--file '{glob}'")), "{said}");
                assert_eq!(warnings(&folder, &["d", "--file", &glob]), "");
            }
        }
    }
}

#[test]
fn two_archives_of_the_same_and_a_log_beside_its_compressed_copy() {
    let folder = Folder::new();
    folder.write("d/logs.zip", zip(&files()));
    folder.write("d/logs.tar.gz", compress("gz", &tar(&files())));
    let said = warnings(&folder, &["d"]);
    assert!(said.contains("logs.tar.gz and logs.zip have the same 3 entries"), "{said}");

    let folder = Folder::new();
    let text = lines("a", 3);
    folder.write("d/a.log", &text);
    folder.write("d/a.log.xz", compress("xz", &text));
    let said = warnings(&folder, &["d"]);
    assert!(said.contains("a.log and a.log.xz begin with the same text"), "{said}");
    assert_eq!(warnings(&folder, &["d", "--file", "!a.log.xz"]), "");
}

#[test]
fn a_tree_whose_top_folder_is_called_otherwise() {
    let within = |top: &str| -> Files {
        files().into_iter().map(|(path, bytes)| (format!("{top}{path}"), bytes)).collect()
    };
    let archives = [
        ("logs.zip", zip(&within("logs_77/"))),
        ("logs.tar.gz", compress("gz", &tar(&within("logs_77/")))),
    ];
    for (archive, bytes) in &archives {
        for (extracted, named) in [("run1/", "run1/"), ("deep/run1/", "deep/run1/"), ("", "")] {
            let folder = Folder::new();
            folder.write(&format!("d/{archive}"), bytes);
            tree(&folder, &format!("d/{extracted}"));
            let named = if named.is_empty() { "the files beside it" } else { named };
            let said = warnings(&folder, &["d"]);
            let expected = format!("d: {archive} and {named} have the same 3 entries");
            assert!(said.contains(&expected), "{extracted}: {said}");
            assert_eq!(said.lines().count(), 2, "{said}");
        }
    }
    // In an archive of its own, which is not beside the tree.
    let folder = Folder::new();
    folder.write("d/all.zip", zip(&[file("in/logs.zip", zip(&within("logs_77/")))]));
    tree(&folder, "d/run1/");
    let said = warnings(&folder, &["d"]);
    assert!(said.contains("d!all.zip!in/logs.zip: d/run1/ has the same 3 entries"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn copies_of_an_archive() {
    let folder = Folder::new();
    for name in ["logs.zip", "logs (1).zip", "other name.zip"] {
        folder.write(&format!("d/{name}"), zip(&files()));
    }
    let said = warnings(&folder, &["d"]);
    assert!(said.contains("d: logs (1).zip and logs.zip have the same 3 entries"), "{said}");
    assert!(said.contains("d: logs (1).zip and other name.zip have the same"), "{said}");
    assert_eq!(said.lines().count(), 4, "{said}");
    let said = warnings(&folder, &["d/logs.zip", "d/logs (1).zip"]);
    assert!(said.contains("d/logs (1).zip: d/logs.zip has the same 3 entries"), "{said}");
    assert_eq!(warnings(&folder, &["d/logs.zip", "d/logs.zip"]), "");
}

#[test]
fn runs_of_the_same_sizes_are_not_twins() {
    let folder = Folder::new();
    let run = |number: u8| -> Files {
        let text = |name: &str| format!("run {number} of {name}\n").repeat(3);
        ["a.log", "b.log"].map(|name| file(name, text(name))).into()
    };
    folder.write("d/run 1.zip", zip(&run(1)));
    folder.write("d/run 2.zip", zip(&run(2)));
    folder.write("d/run 3.tgz", compress("gz", &tar(&run(3))));
    for (path, bytes) in run(4) {
        folder.write(&format!("d/run 4/{path}"), bytes);
    }
    assert_eq!(warnings(&folder, &["d"]), "");
    assert_eq!(warnings(&folder, &["d/run 1.zip", "d/run 2.zip", "d/run 4"]), "");
}

#[test]
fn an_input_inside_of_another() {
    let folder = Folder::new();
    folder.write("d/logs.zip", zip(&files()));
    folder.write("d/other.log", "x\n");
    let said = warnings(&folder, &["d", "d/logs.zip"]);
    assert!(said.contains("d/logs.zip: it is inside d, which is also an input"), "{said}");
    assert_eq!(warnings(&folder, &["d", "d"]), "");
    assert_eq!(warnings(&folder, &["d/logs.zip", "d/other.log"]), "");
    tree(&folder, "e/logs/");
    let said = warnings(&folder, &["d/logs.zip", "e"]);
    assert!(said.contains("d/logs.zip: e/logs/ has the same 3 entries"), "{said}");
}

#[test]
fn others_are_not_twins() {
    let folder = Folder::new();
    // The same names, other sizes; names that begin alike; rotated logs; most entries differ.
    folder.write("d/logs.zip", zip(&files()));
    for (path, bytes) in files() {
        folder.write(&format!("d/logs/{path}"), [&bytes[..], b"more\n"].concat());
    }
    folder.write("d/logs/test.log", &files()[2].1);
    folder.write("d/app.log", lines("new", 9));
    folder.write("d/app.log.gz", compress("gz", &lines("old", 9)));
    let mut other = files();
    other.iter_mut().for_each(|(_, bytes)| bytes.reverse());
    folder.write("d/logs2.zip", zip(&other));
    assert_eq!(warnings(&folder, &["d"]), "");
}
