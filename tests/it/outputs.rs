//! Where outputs go: files, links, pipes, devices and descriptors; and never into an input.
#![cfg(unix)]

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const LOG: &str = "first line\nsecond line\n";
const CSV_LINES: usize = 3;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        fs::write(folder.path("x"), LOG).expect("a file");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = crate::program::ripsaw();
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// Runs a line of shell in which `ripsaw` is the command.
    fn shell(&self, line: &str) -> Output {
        let script = format!("ripsaw() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_ripsaw"));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(self.0.path()).stdin(Stdio::null());
        shell.output().expect("it runs")
    }
}

#[track_caller]
fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn descriptors_are_appended_to() {
    for name in ["/dev/stdout", "/dev/fd/1", "/dev/fd/3", "link"] {
        for end in ["", "--rejects /dev/fd/4"] {
            let folder = Folder::new();
            symlink("/dev/fd/3", folder.path("link")).expect("a link");
            let line = format!(
                "exec 3>>f 4>bad; echo before >&3\n\
                 ripsaw convert -q x -o {name} --to csv {end} >&3 && echo behind >&3"
            );
            assert_done(&folder.shell(&line));
            let text = folder.read("f");
            assert!(text.starts_with("before\nbundle,file"), "{name}: {text}");
            assert!(text.ends_with("behind\n"), "{name}: {text}");
            assert_eq!(text.lines().count(), CSV_LINES + 2, "{name}: {text}");
        }
    }
}

#[test]
fn rejects_go_to_descriptors_too() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("acc/acc/pipeline/P/7/-Xy0_run/S")).expect("folders");
    fs::write(folder.path("acc/acc/pipeline/P/7/-Xy0_run/S/step"), "bad\n").expect("a file");
    let line = "echo before > f; ripsaw convert -q acc -o out.csv --rejects /dev/fd/3 3>>f";
    assert_done(&folder.shell(line));
    let text = folder.read("f");
    assert!(text.starts_with("before\n{\"bundle\":\"acc\""), "{text}");
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn pipes_and_devices_are_written_to() {
    let folder = Folder::new();
    assert_done(&folder.shell("mkfifo p; cat p > got & ripsaw convert -q x -o p --to csv; wait"));
    assert_eq!(folder.read("got").lines().count(), CSV_LINES);
    assert!(!fs::metadata(folder.path("p")).expect("a pipe").is_file());
    assert_done(&folder.run(&["convert", "-q", "x", "-o", "/dev/null", "--to", "parquet"]));
}

#[test]
fn a_closed_descriptor_is_an_error() {
    let folder = Folder::new();
    let output = folder.run(&["convert", "x", "-o", "/dev/fd/77", "--to", "csv"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("ripsaw: cannot write: /dev/fd/77: "), "{said}");
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_links_stay() {
    let folder = Folder::new();
    for mode in [0o600, 0o640, 0o664, 0o755] {
        fs::write(folder.path("real.csv"), "old").expect("a file");
        fs::set_permissions(folder.path("real.csv"), Permissions::from_mode(mode)).expect("ours");
        let _ = fs::remove_file(folder.path("link.csv"));
        symlink("real.csv", folder.path("link.csv")).expect("a link");
        let before = fs::metadata(folder.path("real.csv")).expect("a file");
        assert_done(&folder.run(&["convert", "-q", "x", "-o", "link.csv", "--rejects", "bad"]));
        let after = fs::symlink_metadata(folder.path("real.csv")).expect("a file");
        assert_eq!(after.mode(), before.mode());
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert!(fs::symlink_metadata(folder.path("link.csv")).expect("a link").is_symlink());
        assert_eq!(folder.read("real.csv").lines().count(), CSV_LINES);
    }
}

#[test]
fn a_link_to_nothing_makes_its_target() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).expect("a folder");
    symlink("sub/there.csv", folder.path("link.csv")).expect("a link");
    assert_done(&folder.run(&["convert", "-q", "x", "-o", "link.csv"]));
    assert!(fs::symlink_metadata(folder.path("link.csv")).expect("a link").is_symlink());
    assert_eq!(folder.read("sub/there.csv").lines().count(), CSV_LINES);
}

#[test]
fn long_names_work() {
    let folder = Folder::new();
    for letter in ["n", "ü"] {
        let name = format!("{}.csv", letter.repeat(240 / letter.len()));
        assert_done(&folder.run(&["convert", "-q", "x", "-o", &name, "--rejects", &name[4..]]));
        assert_eq!(folder.read(&name).lines().count(), CSV_LINES);
    }
    let name = "n".repeat(244);
    for tree in [&[][..], &["--tree"]] {
        let generate = ["bench", "--generate", "10kB", "-q", "-o", &name];
        assert_done(&folder.run(&[&generate, tree].concat()));
        let _ = fs::remove_file(folder.path(&name));
    }
}

#[test]
fn an_input_is_never_the_output() {
    for arguments in [
        &["cat", "--raw", "x"][..],
        &["cat", "hard"],
        &["cat", "soft"],
        &["cat", "."],
        &["cat", "-"],
        &["grep", "line", "x"],
        &["grep", "-c", "line", "other", "x"],
        &["ls", "x"],
        &["ls", "--json", "."],
        &["ls", "--formats", "x"],
        &["convert", "x", "-o", "-", "--to", "csv"],
        &["convert", "x", "-o", "/dev/stdout", "--to", "csv"],
        &["convert", "x", "-o", "/dev/fd/1", "--to", "csv"],
        &["convert", "x", "-o", "out.csv", "--rejects", "/dev/stdout"],
        &["grep", "line", "x", "-O", "hard.csv"],
    ] {
        let folder = Folder::new();
        fs::write(folder.path("other"), LOG).expect("a file");
        fs::hard_link(folder.path("x"), folder.path("hard")).expect("a link");
        fs::hard_link(folder.path("x"), folder.path("hard.csv")).expect("a link");
        symlink("x", folder.path("soft")).expect("a link");
        let mut command = folder.command(arguments);
        command.stdin(File::open(folder.path("x")).expect("a file"));
        command.stdout(OpenOptions::new().append(true).open(folder.path("x")).expect("a file"));
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(": it is an INPUT\n") || said.contains(": it is inside the INPUT"));
        assert_eq!(folder.read("x"), LOG, "{arguments:?}");
    }
}

#[test]
fn a_file_in_an_input_by_another_name_is_not_the_output() {
    let folder = Folder::new();
    fs::create_dir(folder.path("logs")).expect("a folder");
    fs::write(folder.path("out"), "").expect("a file");
    symlink("../out", folder.path("logs/a.log")).expect("a link");
    fs::hard_link(folder.path("x"), folder.path("logs/b.log")).expect("a link");
    let output = folder.shell("ripsaw cat logs >> out");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(folder.read("out"), "");
}

#[test]
fn other_files_and_pipes_pass() {
    let folder = Folder::new();
    fs::create_dir(folder.path("logs")).expect("a folder");
    fs::copy(folder.path("x"), folder.path("logs/x")).expect("a file");
    let line =
        "ripsaw cat --raw logs > a && ripsaw cat --raw x | cat > b && ripsaw grep -q line x >> x";
    assert_done(&folder.shell(line));
    assert_eq!((folder.read("a").as_str(), folder.read("b").as_str()), (LOG, LOG));
}

/// Runs a command whose reader is gone.
fn without_reader(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = folder.command(arguments).stdout(writer).output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_table_that_is_not_written_whole_is_a_quiet_failure() {
    let folder = Folder::new();
    fs::write(folder.path("x"), LOG.repeat(20_000)).expect("a file");
    for to in ["parquet", "arrow", "arrows", "csv", "ndjson"] {
        for table in ["lines", "entries"] {
            let arguments = ["convert", "x", "-o", "-", "--to", to, "--table", table];
            assert_eq!(without_reader(&folder, &arguments), (Some(2), String::new()), "{to}");
        }
    }
    let rejects = ["convert", "acc", "-o", "out.csv", "--rejects", "/dev/stdout"];
    let entry = folder.path("acc/acc/pipeline/P/7/-Xy0_run/S/step");
    fs::create_dir_all(entry.parent().expect("a folder")).expect("folders");
    fs::write(entry, "bad\n".repeat(9_000)).expect("a file");
    assert_eq!(without_reader(&folder, &rejects), (Some(2), String::new()));
    assert!(!folder.path("out.csv").exists());
    let generate = ["bench", "--generate", "1MiB", "-o", "-"];
    assert_eq!(without_reader(&folder, &generate), (Some(2), String::new()));
}

#[test]
fn a_reader_that_has_seen_enough_of_what_is_printed_is_no_failure() {
    let folder = Folder::new();
    fs::write(folder.path("x"), LOG.repeat(20_000)).expect("a file");
    for arguments in
        [&["cat", "x"][..], &["grep", "line", "x"], &["grep", "--json", "line", "x"], &["ls", "x"]]
    {
        assert_eq!(without_reader(&folder, arguments), (Some(0), String::new()), "{arguments:?}");
    }
}

/// Several runs with the same output: each writes all of it, and none takes the temporary file of another for left over.
#[test]
fn one_output_of_several_at_once() {
    use std::io::Write as _;

    let folder = Folder::new();
    let target = folder.path("out.csv");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let output = ripsaw::sink::output::Output::create(&target).unwrap();
                    output.writer().unwrap().write_all(b"whole\n").unwrap();
                    output.commit().unwrap();
                }
            });
        }
    });
    assert_eq!(folder.read("out.csv"), "whole\n");
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2);
}
