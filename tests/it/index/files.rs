//! When an index is used and when it is not: answers are right either way, and one notice says why.

use std::fs::{self, File};
use std::path::Path;

use ripsaw_testkit::layout::{Index, VERSION};

use crate::command::{Folder, line, lines};
use crate::convert::zipped;

const CHANGED: &str = "the log has changed since";
const OPTIONS: &str = "it was made with other options";

/// Asks without the index and with it: the answers are the same. Whether it was used, and the notices.
fn asked(folder: &Folder, arguments: &[&str]) -> (bool, Vec<String>) {
    let run = |more: &[&str]| folder.run(&[&["grep", "line 7", "-n"], arguments, more].concat());
    let without = arguments.iter().position(|argument| *argument == "--index-dir");
    let without = [&arguments[..without.unwrap_or(arguments.len())], &["--no-index"]].concat();
    let own = run(&[]);
    let plain = folder.run(&[&["grep", "line 7", "-n"], &*without].concat());
    assert_eq!(own.text(), plain.text());
    assert_eq!(own.code(), plain.code(), "{}", own.stderr);
    assert!(!plain.stderr.contains("index"), "{}", plain.stderr);
    let explained = run(&["--explain"]);
    let said = [explained.text(), &explained.stderr].concat();
    let is_notice = |line: &&str| line.contains("the index is not used");
    let notices = own.stderr.lines().filter(is_notice).map(Into::into).collect();
    (said.lines().any(|line| line.starts_with("index: ")), notices)
}

fn assert_used(folder: &Folder, arguments: &[&str]) {
    assert_eq!(asked(folder, arguments), (true, Vec::new()));
}

fn assert_unused(folder: &Folder, arguments: &[&str], index: &str, why: &str) {
    let notice = format!("ripsaw: warning: the index is not used: {index}: {why}");
    assert_eq!(asked(folder, arguments), (false, vec![notice]));
}

fn indexed(folder: &Folder, arguments: &[&str]) {
    let said = folder.run(&[&["index"], arguments].concat());
    assert_eq!(said.code(), 0, "{}", said.stderr);
}

/// A folder with `logs.zip` and its index.
fn with_index() -> Folder {
    let folder = Folder::with_bundle(false);
    indexed(&folder, &["logs.zip"]);
    assert_eq!(folder.names(), ["logs.zip", "logs.zip.ripsaw"]);
    assert_used(&folder, &["logs.zip"]);
    folder
}

#[test]
fn a_notice_says_what_to_do() {
    let folder = with_index();
    let said = folder.run(&["grep", "line 7", "logs.zip", "--max-line", "1m", "-c"]);
    assert_eq!(
        said.stderr,
        "ripsaw: warning: the index is not used: logs.zip.ripsaw: it was made with other options\n  \
         hint: ripsaw index makes it anew\n"
    );
}

#[test]
fn one_notice_for_many() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("all")).unwrap();
    for name in ["a", "b", "c", "d"] {
        folder.zip(&format!("all/{name}.zip"), &[("Build/Compile", &lines(1..=40, "INFO"))]);
    }
    indexed(&folder, &["all"]);
    assert_used(&folder, &["all"]);
    folder.write("all/b.zip.ripsaw", "");
    let notice = |text: &str| format!("ripsaw: warning: the index is not used: all/{text}");
    // The others are used.
    let damaged = notice("b.zip.ripsaw: it is damaged");
    assert_eq!(asked(&folder, &["all"]), (true, vec![damaged.clone()]));
    for name in ["a", "c", "d"] {
        folder.zip(&format!("all/{name}.zip"), &[("Build/Compile", &lines(1..=50, "INFO"))]);
    }
    let changed = notice("a.zip.ripsaw and 2 more: the log has changed since");
    assert_eq!(asked(&folder, &["all"]), (false, vec![changed, damaged]));
}

#[test]
fn a_copied_pair_stays_valid() {
    let folder = with_index();
    fs::create_dir(folder.path().join("there")).unwrap();
    for (from, to) in [("logs.zip", "there/x.zip"), ("logs.zip.ripsaw", "there/x.zip.ripsaw")] {
        folder.write(to, fs::read(folder.path().join(from)).unwrap());
    }
    assert_used(&folder, &["there/x.zip"]);
    assert_used(&folder, &["there"]);
    // What is not there anymore is not missed.
    fs::remove_file(folder.path().join("there/x.zip.ripsaw")).unwrap();
    assert_eq!(asked(&folder, &["there/x.zip"]), (false, Vec::new()));
}

#[test]
fn another_archive_is_noticed() {
    let folder = with_index();
    folder.zip("logs.zip", &[("Build/Compile", &lines(1..=40, "INFO"))]);
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", CHANGED);
    indexed(&folder, &["logs.zip"]);
    assert_used(&folder, &["logs.zip"]);
    // A name of the same length: the size is the same, the directory is not.
    folder.zip("logs.zip", &[("Build/Confine", &lines(1..=40, "INFO"))]);
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", CHANGED);
}

#[cfg(unix)]
/// Writes a file until the system's clock gives it another time of change.
fn rewritten(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::MetadataExt as _;
    let changed = || fs::metadata(path).map(|meta| (meta.ctime(), meta.ctime_nsec())).unwrap();
    let (before, modified) = (changed(), fs::metadata(path).unwrap().modified().unwrap());
    while changed() == before {
        fs::write(path, bytes).unwrap();
        File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_log_that_was_touched_rewritten_or_replaced_is_noticed() {
    let folder = Folder::new();
    let (first, second) = (lines(1..=90, "INFO"), lines(1..=90, "WARN"));
    let path = folder.path().join("one.log");
    folder.write("one.log", &first);
    let assert_changed = |what: &dyn Fn()| {
        indexed(&folder, &["one.log"]);
        assert_used(&folder, &["one.log"]);
        what();
        assert_unused(&folder, &["one.log"], "one.log.ripsaw", CHANGED);
    };
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let touch = |path: &Path, time| {
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    assert_changed(&|| touch(&path, modified + std::time::Duration::from_nanos(1)));
    assert_changed(&|| rewritten(&path, second.as_bytes()));
    assert_changed(&|| {
        let other = folder.path().join("other.log");
        fs::write(&other, &first).unwrap();
        touch(&other, fs::metadata(&path).unwrap().modified().unwrap());
        fs::rename(&other, &path).unwrap();
    });
    assert_changed(&|| fs::write(&path, first.clone() + &line(91, "INFO", "line 7")).unwrap());
}

#[test]
fn other_options_make_other_rows() {
    let folder = with_index();
    for options in [&["--max-line", "20k"][..], &["--format", "ndjson"], &["--map", "message=out"]]
    {
        let arguments = [&["logs.zip"], options].concat();
        assert_unused(&folder, &arguments, "logs.zip.ripsaw", OPTIONS);
    }
    let convert = |more| {
        let said = folder.run(&["convert", "logs.zip", "--ansi", "keep", "--to", "csv", more]);
        (said.stdout, said.stderr.contains(OPTIONS))
    };
    let (rows, is_noticed) = convert("--threads=1");
    assert_eq!(convert("--no-index"), (rows, false));
    assert!(is_noticed);
    // An index with the options is one for them alone.
    indexed(&folder, &["logs.zip", "--map", "message=out"]);
    assert_used(&folder, &["logs.zip", "--map", "message=out"]);
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", OPTIONS);
}

/// The zone counts only where times have none.
#[test]
fn other_zones_make_other_times() {
    let folder = with_index();
    let tokyo = ["--tz", "Asia/Tokyo"];
    assert_used(&folder, &["logs.zip", "--tz", "Asia/Tokyo", "--since", "2026-03-09 10:00"]);
    for (name, text) in [
        ("a.log", "2026-03-09 10:00:00,123 INFO line 7\n"),
        ("b.ndjson", "{\"time\":\"2026-03-09T10:00:00\",\"msg\":\"line 7\"}\n"),
    ] {
        let index = format!("{name}.ripsaw");
        folder.write(name, text.repeat(9));
        indexed(&folder, &[name]);
        assert_used(&folder, &[name]);
        let why = "it was made with another --tz";
        assert_unused(&folder, &[name, tokyo[0], tokyo[1]], &index, why);
        let said =
            folder.run(&["grep", "-c", "7", name, "--tz=+09:00", "--until=2026-03-09T01:01Z"]);
        assert!(said.text().ends_with(":9\n"), "{} {}", said.text(), said.stderr);
        indexed(&folder, &[name, tokyo[0], tokyo[1]]);
        assert_used(&folder, &[name, tokyo[0], tokyo[1]]);
        assert_unused(&folder, &[name], &index, why);
    }
    assert_eq!(folder.run(&["index", "a.log", "--tz", "Mars"]).code(), 2);
}

/// Shown by other bytes under an unchanged directory.
#[test]
fn nobody_looks_at_what_an_index_knows() {
    let folder = Folder::new();
    let objects = "{\"time\":\"2026-03-09T10:00:00Z\",\"msg\":\"line 7\"}\n".repeat(5);
    // The third one is stored.
    let entries = ["plain\n", "plain\n", &objects];
    let entries = ["b", "c", "a"].into_iter().zip(entries);
    let entries = entries.map(|(name, text)| (format!("svc/{name}.log"), text.as_bytes().to_vec()));
    folder.write("a.zip", zipped(&entries.collect::<Vec<_>>()));
    indexed(&folder, &["a.zip"]);
    let formats = |more: &[&str]| {
        let said = folder.run(&[&["ls", "--formats", "a.zip"], more].concat());
        let line = said.text().lines().find(|line| line.ends_with("svc/a.log")).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!([formats(&[]), formats(&["--no-index"])], ["ndjson", "ndjson"]);
    let path = folder.path().join("a.zip");
    let mut zip = fs::read(&path).unwrap();
    let at = zip.windows(7).position(|bytes| bytes == b"{\"time\"").unwrap();
    zip[at..at + objects.len()]
        .iter_mut()
        .filter(|byte| **byte != b'\n')
        .for_each(|byte| *byte = b'x');
    fs::write(&path, zip).unwrap();
    assert_eq!([formats(&[]), formats(&["--no-index"])], ["ndjson", "text"]);
    // Other options may show other formats.
    assert_eq!(formats(&["--max-line", "1k"]), "text");
}

/// Entries that cannot be read to their end are told, and have an index that leaves them out.
#[test]
fn damaged_entries_are_told() {
    let folder = Folder::new();
    folder.zip("logs.zip", &[("Build/Compile", &lines(1..=4000, "INFO")), ("Build/Test", "{}\n")]);
    let mut zip = fs::read(folder.path().join("logs.zip")).unwrap();
    zip[300] ^= 0xff;
    fs::write(folder.path().join("logs.zip"), zip).unwrap();
    let said = folder.run(&["index", "logs.zip"]);
    assert_eq!(said.code(), 0);
    let told = "1 entry was not read to the end, and will be read each time";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    asked(&folder, &["logs.zip"]);
}

/// An index whose signatures are damaged gives right answers, and is made anew.
#[test]
fn damaged_signatures_are_made_anew() {
    let folder = with_index();
    let path = folder.path().join("logs.zip.ripsaw");
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    fs::write(&path, &damaged).unwrap();
    asked(&folder, &["logs.zip"]);
    indexed(&folder, &["logs.zip"]);
    assert!(fs::read(&path).unwrap() == whole);
}

#[test]
fn other_versions_are_not_read() {
    let folder = with_index();
    let index = Index(fs::read(folder.path().join("logs.zip.ripsaw")).unwrap());
    let why = "it was written by another version";
    let mut other = index.clone();
    other.0[index.end() + VERSION] += 1;
    folder.write("logs.zip.ripsaw", &other.0);
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", why);
    let mut other = index.clone();
    let [decoders, _] = index.key();
    other.0[decoders.start] += 1;
    other.check_end();
    folder.write("logs.zip.ripsaw", &other.0);
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", why);
    // It is made anew without being asked twice.
    indexed(&folder, &["logs.zip"]);
    assert_used(&folder, &["logs.zip"]);
}

#[test]
fn indexes_are_no_logs() {
    let folder = with_index();
    let said = folder.refused(&["cat", "logs.zip.ripsaw"]);
    assert_eq!(
        said,
        "ripsaw: cannot read: logs.zip.ripsaw: not a log (ripsaw index)\n  hint: give a log, a folder or an \
         archive of logs; --format text reads it all the same\n"
    );
    // Beside archives and loose files of a directory, and in archives of such.
    folder.write("a.log", lines(1..=80, "INFO"));
    let entries = || folder.run(&["ls", ".", "--no-index"]).text().to_owned();
    let before = entries();
    indexed(&folder, &["."]);
    assert_eq!(folder.names(), [".ripsaw", "a.log", "logs.zip", "logs.zip.ripsaw"]);
    assert_eq!(entries(), before);
    assert_used(&folder, &["."]);
    // In an archive of the folder as well.
    let packed = ["logs/.ripsaw/index", "logs/logs.zip.ripsaw", "logs/a.log"].map(|path| {
        let bytes = fs::read(folder.path().join(path.trim_start_matches("logs/"))).unwrap();
        (path.to_owned(), bytes)
    });
    let other = Folder::new();
    other.write("packed.zip", crate::convert::zipped(&packed));
    let said = other.run(&["ls", "packed.zip"]);
    assert!(said.text().contains("a.log") && !said.text().contains("ripsaw"), "{}", said.text());
    // What only has the name is a log.
    folder.write("b.ripsaw", "line 7\n");
    assert!(entries().contains("b.ripsaw"));
    fs::remove_file(folder.path().join("b.ripsaw")).unwrap();
    // But not one that does not begin like an index anymore.
    folder.write("logs.zip.ripsaw", "line 7\n");
    assert_eq!(entries(), before);
}

#[test]
fn indexes_in_another_folder() {
    let folder = Folder::with_bundle(false);
    indexed(&folder, &["logs.zip", "--index-dir", "kept/here"]);
    assert_eq!(folder.names(), ["kept", "logs.zip"]);
    assert_eq!(asked(&folder, &["logs.zip"]), (false, Vec::new()));
    assert_used(&folder, &["logs.zip", "--index-dir", "kept/here"]);
    assert_eq!(asked(&folder, &["logs.zip", "--index-dir", "nowhere"]), (false, Vec::new()));
    // A bundle of the same name elsewhere has its own.
    fs::create_dir(folder.path().join("other")).unwrap();
    folder.zip("other/logs.zip", &[("Build/Compile", &lines(1..=40, "INFO"))]);
    let other = ["other/logs.zip", "--index-dir", "kept/here"];
    assert_eq!(asked(&folder, &other), (false, Vec::new()));
    indexed(&folder, &other);
    assert_used(&folder, &other);
    assert_used(&folder, &["logs.zip", "--index-dir", "kept/here"]);
}

#[test]
fn archives_in_an_archive_are_in_the_index_of_the_outer_one() {
    let folder = Folder::new();
    folder.zip("inner.zip", &[("Build/Compile", &lines(1..=80, "INFO"))]);
    let inner = fs::read(folder.path().join("inner.zip")).unwrap();
    let outer =
        [("inner.zip".to_owned(), inner), ("a.log".to_owned(), lines(1..=80, "WARN").into())];
    fs::remove_file(folder.path().join("inner.zip")).unwrap();
    folder.write("outer.zip", crate::convert::zipped(&outer));
    indexed(&folder, &["outer.zip"]);
    assert_eq!(folder.names(), ["outer.zip", "outer.zip.ripsaw"]);
    assert_used(&folder, &["outer.zip"]);
    let said = folder.run(&["grep", "nowhere", "outer.zip", "--explain"]);
    let said = [said.text(), &said.stderr].concat();
    assert!(said.contains("index: 2 of 2 entries have one; 0 of 2 blocks are read"), "{said}");
}

#[test]
fn a_file_that_is_given_twice_has_one_index() {
    let folder = with_index();
    assert_used(&folder, &["logs.zip", "logs.zip"]);
    let before = fs::read(folder.path().join("logs.zip.ripsaw")).unwrap();
    indexed(&folder, &["logs.zip", "logs.zip", "--force"]);
    assert!(fs::read(folder.path().join("logs.zip.ripsaw")).unwrap() == before);
    fs::create_dir(folder.path().join("tree")).unwrap();
    folder.write("tree/a.log", lines(1..=80, "INFO"));
    indexed(&folder, &["tree", "tree", "tree/a.log"]);
    assert_used(&folder, &["tree"]);
    assert_used(&folder, &["tree/a.log"]);
    assert_used(&folder, &["tree", "tree/a.log", "tree"]);
}

#[test]
fn a_directory_grows() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("tree/sub")).unwrap();
    folder.write("tree/a.log", lines(1..=80, "INFO"));
    folder.write("tree/sub/b.log", lines(1..=80, "WARN"));
    indexed(&folder, &["tree"]);
    assert_used(&folder, &["tree"]);
    let stages: [&dyn Fn(); 5] = [
        &|| folder.write("tree/sub/c.log", lines(1..=80, "INFO")),
        &|| folder.write("tree/a.log", lines(1..=90, "INFO")),
        &|| fs::remove_file(folder.path().join("tree/sub/b.log")).unwrap(),
        &|| folder.write("tree/0.log", lines(70..=80, "INFO")),
        &|| fs::rename(folder.path().join("tree/0.log"), folder.path().join("tree/z.log")).unwrap(),
    ];
    for stage in stages {
        stage();
        let (_, notices) = asked(&folder, &["tree"]);
        assert_eq!(notices, Vec::<String>::new());
    }
    indexed(&folder, &["tree"]);
    assert_used(&folder, &["tree"]);
    let again = folder.run(&["index", "tree"]);
    assert!(again.stderr.contains("all indexes are there and fit"), "{}", again.stderr);
    for stage in stages.into_iter().take(2) {
        stage();
        indexed(&folder, &["tree"]);
        assert_used(&folder, &["tree"]);
    }
}

/// Nobody waits for a writer that does not come.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_index() {
    let folder = Folder::with_bundle(false);
    let pipe = folder.path().join("logs.zip.ripsaw");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    assert_unused(&folder, &["logs.zip"], "logs.zip.ripsaw", "it is damaged");
}

#[cfg(unix)]
#[test]
fn where_no_index_can_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::with_bundle(false);
    fs::create_dir(folder.path().join("logs.zip.ripsaw")).unwrap();
    let said = folder.refused(&["index", "logs.zip"]);
    assert!(said.contains("cannot write: logs.zip.ripsaw: it is a directory"), "{said}");
    assert!(said.contains("  hint: --index-dir DIR writes indexes elsewhere"), "{said}");
    fs::create_dir(folder.path().join("tree")).unwrap();
    folder.write("tree/a.log", lines(1..=80, "INFO"));
    folder.write("tree/.ripsaw", "a file");
    let said = folder.refused(&["index", "tree"]);
    assert!(said.contains("cannot make the folder: tree/.ripsaw: "), "{said}");

    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    folder.zip("locked/logs.zip", &[("Build/Compile", &lines(1..=40, "INFO"))]);
    let allow = |mode| fs::set_permissions(&locked, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    // The superuser may write there all the same.
    if File::create(locked.join("x")).is_err() {
        let said = folder.refused(&["index", "locked/logs.zip"]);
        assert!(said.contains("cannot write: locked/logs.zip.ripsaw: "), "{said}");
        assert_eq!(fs::read_dir(&locked).unwrap().count(), 1);
    }
    allow(0o755);
}

/// What cannot be opened is said, and not that all fits; the others are indexed.
#[test]
fn inputs_that_are_not_there_are_errors() {
    let folder = crate::command::Folder::with_bundle(false);
    let said = folder.run(&["index", "nope.zip"]);
    assert_eq!((said.code(), said.text()), (2, ""));
    assert!(said.stderr.starts_with("ripsaw: cannot read: nope.zip: "), "{}", said.stderr);
    assert!(!said.stderr.contains("all indexes"), "{}", said.stderr);
    let said = folder.run(&["index", "nope.zip", "logs.zip"]);
    assert_eq!(said.code(), 2);
    assert!(said.stderr.contains("nope.zip") && said.stderr.contains("wrote logs.zip.ripsaw"));
}
