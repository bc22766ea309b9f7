//! The built command, run on inputs made here: exit codes, messages, and what is left behind.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use arrow::ipc::reader::FileReader;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ROOT: &str = "acc/acc/pipeline/Ship/7/-Xy0_run";

/// A folder with the command's inputs, and the command run in it.
pub(crate) struct Folder(TempDir);

/// What a run of the command said.
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with `logs.zip`: two steps, a unit, levels, and a malformed line if asked for.
    pub(crate) fn with_bundle(malformed: bool) -> Self {
        let folder = Self::new();
        let mut build = lines(1..=3, "INFO");
        if malformed {
            build.push_str("not json\n");
        }
        build.push_str(&line(4, "ERROR", "failed\\n"));
        folder.zip(
            "logs.zip",
            &[
                ("Build/Compile", &build),
                (
                    "Build/Group_1/Test",
                    &(lines(1..=2, "warn") + &line(3, "info", "cut... (log line truncated)")),
                ),
                ("Deploy/Helm-commandUnit:Install / Upgrade", &lines(5..=1200, "INFO")),
                ("Deploy/Helm-commandUnit:Wrap Up", ""),
            ],
        );
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), bytes).unwrap();
    }

    pub(crate) fn zip(&self, name: &str, entries: &[(&str, &str)]) {
        let mut zip = ZipWriter::new(File::create(self.path().join(name)).unwrap());
        for (path, text) in entries {
            zip.start_file(format!("{ROOT}/{path}"), SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = crate::program::ripsaw();
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// The names in the folder, hidden ones included.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path())
            .unwrap()
            .map(|found| found.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs a command that must fail: one line of error with a hint, exit code 2, nothing new.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let before = self.names();
        let said = self.run(arguments);
        assert_eq!(said.code(), 2, "{}", said.stderr);
        let lines: Vec<&str> = said.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{}", said.stderr);
        assert!(lines[0].starts_with("ripsaw: "), "{}", said.stderr);
        assert!(lines[1].starts_with("  hint: "), "{}", said.stderr);
        assert!(said.stdout.is_empty());
        assert_eq!(self.names(), before);
        said.stderr
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).unwrap();
        Self { status: output.status, stdout: output.stdout, stderr }
    }
}

impl Said {
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }
}

pub(crate) fn line(number: u32, level: &str, message: &str) -> String {
    let time = format!("2026-03-09T10:{:02}:{:02}.5Z", number / 60 % 60, number % 60);
    let pos = number - 1;
    format!(
        "{{\"level\":\"{level}\",\"pos\":{pos},\"out\":\"{message}\",\"time\":\"{time}\",\"args\":null}}\n"
    )
}

pub(crate) fn lines(numbers: std::ops::RangeInclusive<u32>, level: &str) -> String {
    numbers.map(|number| line(number, level, &format!("line {number}\\n"))).collect()
}

/// Times and speeds differ from run to run.
pub(crate) fn without_times(text: &str) -> String {
    let redact = |line: &str| match line.split_once(" in ") {
        Some((head, tail)) if tail.ends_with("/s)") => format!("{head} in TIME (SPEED)"),
        _ => line.to_owned(),
    };
    text.lines().map(redact).collect::<Vec<_>>().join("\n")
}

#[test]
fn bad_input_is_one_line_and_a_hint() {
    let folder = Folder::with_bundle(false);
    folder.write("empty.zip", "");
    folder.write("none.zip", "this is no archive\n");
    fs::create_dir(folder.path().join("nothing")).unwrap();
    for input in ["missing.zip", "empty.zip", "none.zip", "nothing", "logs.zip/below"] {
        for arguments in [&["convert", input, "-o", "out.parquet"][..], &["ls", input]] {
            let message = folder.refused(arguments);
            assert!(message.contains(input), "{message}");
        }
        // After a good one as well.
        folder.refused(&["convert", "logs.zip", input, "-o", "out.csv"]);
    }
}

#[cfg(unix)]
#[test]
fn unreadable_input_is_one_line_and_a_hint() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::with_bundle(false);
    fs::create_dir(folder.path().join("closed")).unwrap();
    for name in ["logs.zip", "closed"] {
        let path = folder.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if File::open(&path).is_ok() {
            // Root reads everything.
            continue;
        }
        folder.refused(&["convert", name, "-o", "out.parquet"]);
    }
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path().join("closed"), open).unwrap();
}

#[test]
fn an_output_that_cannot_be_written_is_one_line_and_a_hint() {
    let folder = Folder::with_bundle(false);
    fs::create_dir(folder.path().join("folder.csv")).unwrap();
    folder.write("file", "");
    for out in ["missing/out.csv", "folder.csv", "file/out.csv"] {
        folder.refused(&["convert", "logs.zip", "-o", out]);
        folder.refused(&["convert", "logs.zip", "-o", "good.csv", "--rejects", out]);
    }
    if cfg!(target_os = "linux") {
        folder.refused(&["convert", "logs.zip", "-o", "/proc/out.csv"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let folder = Folder::with_bundle(true);
    for format in ["parquet", "arrow", "arrows", "csv", "ndjson"] {
        for table in ["lines", "entries"] {
            let arguments =
                ["convert", "logs.zip", "-o", "/dev/full", "--to", format, "--table", table];
            let message = folder.refused(&arguments);
            assert!(message.contains("/dev/full: no space left on device"), "{message}");
        }
    }
    let message = folder.refused(&["convert", "logs.zip", "-o", "a.csv", "--rejects", "/dev/full"]);
    assert!(message.contains("/dev/full: no space left on device"), "{message}");
}

#[test]
fn an_output_in_an_input_is_refused() {
    let folder = Folder::with_bundle(false);
    fs::create_dir_all(folder.path().join("tree/deep")).unwrap();
    folder.write("tree/deep/step", line(1, "INFO", "x"));
    for out in
        ["tree/out.csv", "tree/deep/out.csv", "./nowhere/../tree/out.csv", "tree/deep/../out.csv"]
    {
        folder.refused(&["convert", "tree", "-o", out]);
        folder.refused(&["convert", "tree", "-o", "out.csv", "--rejects", out]);
    }
    folder.refused(&["convert", "logs.zip", "-o", "logs.zip", "--to", "csv"]);
    folder.refused(&["convert", "logs.zip", "-o", "a.csv", "--rejects", "logs.zip"]);
    folder.refused(&["convert", "logs.zip", "-o", "a.csv", "--rejects", "./a.csv"]);
    folder.refused(&["convert", "logs.zip", "-o", "-", "--to", "csv", "--rejects", "-"]);
    let deep = fs::read_dir(folder.path().join("tree/deep")).unwrap();
    assert_eq!(deep.count(), 1);
    // A neighbour whose name begins alike is outside.
    let said = folder.run(&["convert", "tree", "-o", "tree.csv"]);
    assert_eq!(said.code(), 0, "{}", said.stderr);
}

#[cfg(unix)]
#[test]
fn an_output_in_an_input_is_refused_through_links() {
    let folder = Folder::with_bundle(false);
    fs::create_dir(folder.path().join("tree")).unwrap();
    folder.write("tree/step", line(1, "INFO", "x"));
    std::os::unix::fs::symlink("tree", folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink("logs.zip", folder.path().join("link.csv")).unwrap();
    folder.refused(&["convert", "tree", "-o", "link/out.csv"]);
    folder.refused(&["convert", "link", "-o", "tree/out.csv"]);
    folder.refused(&["convert", "logs.zip", "-o", "link.csv"]);
    if cfg!(target_os = "linux") {
        let out = File::create(folder.path().join("tree/shell.csv")).unwrap();
        let mut command = folder.command(&["convert", "tree", "-o", "-", "--to", "csv"]);
        let said: Said = command.stdout(out).output().unwrap().into();
        assert_eq!(said.code(), 2);
        assert!(said.stderr.contains("inside the INPUT"), "{}", said.stderr);
        assert_eq!(folder.read("tree/shell.csv"), "");
    }
}

#[test]
fn the_summary_says_what_was_done() {
    let folder = Folder::with_bundle(true);
    let said = folder.run(&["convert", "logs.zip", "-o", "out.ndjson"]);
    assert_eq!(said.code(), 0);
    assert_eq!(folder.read("out.ndjson").lines().count(), 1204);
    assert_snapshot!("summary", without_times(&said.stderr));
    let quiet = folder.run(&["convert", "logs.zip", "-o", "quiet.ndjson", "-q"]);
    assert_eq!((quiet.code(), quiet.stderr.as_str()), (0, ""));
    assert_eq!(folder.read("quiet.ndjson"), folder.read("out.ndjson"));
}

#[test]
fn only_the_first_malformed_lines_are_named() {
    let folder = Folder::new();
    folder.write("step.log", "x\n\n".repeat(8) + &line(1, "INFO", "good"));
    let said = folder.run(&["convert", "step.log", "-o", "out.csv", "--rejects", "bad.ndjson"]);
    assert_eq!(said.code(), 0);
    assert_snapshot!("summary_malformed", without_times(&said.stderr));
}

#[test]
fn an_unreadable_entry_keeps_its_rows_and_the_exit_code() {
    let folder = Folder::new();
    folder.zip("logs.zip", &[("A/one", &lines(1..=50, "INFO")), ("A/two", &lines(1..=3, "INFO"))]);
    // The declared CRC of the first entry, in the central directory, made wrong.
    let path = folder.path().join("logs.zip");
    let mut bytes = fs::read(&path).unwrap();
    let record = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[record + 16] ^= 1;
    fs::write(&path, bytes).unwrap();
    let said = folder.run(&["convert", "logs.zip", "-o", "out.ndjson", "-q"]);
    assert_eq!(said.code(), 2);
    let errors = said.stderr.lines().next().unwrap();
    assert!(errors.starts_with("ripsaw: could not read the whole entry: logs.zip["), "{errors}");
    assert!(errors.contains("CRC mismatch"), "{errors}");
    let rows = folder.read("out.ndjson");
    assert_eq!(rows.lines().count(), 54);
    assert_eq!(rows.lines().filter(|row| row.contains("\"parse_error\":\"")).count(), 1);
    let said = folder.run(&["ls", "logs.zip"]);
    assert_eq!(said.code(), 2);
    assert_snapshot!("ls_failed", said.text());
    let said = folder.run(&["convert", "logs.zip", "-o", "out.csv"]);
    // The row that ends the entry is no malformed line.
    assert!(!said.stderr.contains("malformed"), "{}", said.stderr);
    let before = folder.names();
    let said = folder.run(&["convert", "logs.zip", "-o", "strict.csv", "--strict"]);
    assert_eq!(said.code(), 2);
    assert_eq!(folder.names(), before);
}

#[test]
fn a_broken_archive_in_a_directory_is_reported_and_the_rest_is_read() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("tree")).unwrap();
    folder.write("tree/a.zip", "no archive");
    folder.write("tree/b", lines(1..=2, "INFO"));
    let said = folder.run(&["convert", "tree", "-o", "out.ndjson"]);
    assert_eq!(said.code(), 2);
    assert!(said.stderr.contains("tree[a.zip]: not a zip archive"), "{}", said.stderr);
    assert_eq!(folder.read("out.ndjson").lines().count(), 3);
}

#[test]
fn strict_stops_at_the_first_malformed_line() {
    let folder = Folder::with_bundle(true);
    folder.write("out.csv", "as it was");
    for table in ["lines", "entries"] {
        let arguments = [
            "convert",
            "logs.zip",
            "-o",
            "out.csv",
            "--strict",
            "--rejects",
            "bad.ndjson",
            "--table",
            table,
        ];
        let message = folder.refused(&arguments);
        assert!(message.contains(&format!("logs.zip[{ROOT}/Build/Compile]:4: ")), "{message}");
    }
    assert_eq!(folder.read("out.csv"), "as it was");
    let good = Folder::with_bundle(false);
    assert_eq!(good.run(&["convert", "logs.zip", "-o", "out.csv", "--strict"]).code(), 0);
}

#[test]
fn rejects_are_the_malformed_lines_in_order() {
    let folder = Folder::new();
    let mut text = line(1, "INFO", "good").into_bytes();
    let first = text.len();
    text.extend_from_slice(b"bad \"one\"\r\n\n");
    let second = text.len();
    text.extend_from_slice(b"bad \xff\xfe\n");
    text.extend_from_slice(line(2, "INFO", "good").as_bytes());
    let third = text.len();
    text.extend_from_slice(b"[1]");
    folder.write("step.log", &text);
    let said = folder.run(&["convert", "step.log", "-o", "out.csv", "--rejects", "bad.ndjson"]);
    assert_eq!(said.code(), 0, "{}", said.stderr);
    let text = folder.read("bad.ndjson");
    let rejects: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let encoded = BASE64_STANDARD.encode(b"bad \xff\xfe");
    let expected = [
        (2, first, "bad \"one\"\r", None),
        (4, second, encoded.as_str(), Some("base64")),
        (6, third, "[1]", None),
    ];
    assert_eq!(rejects.len(), expected.len());
    for (reject, (line, offset, raw, encoding)) in rejects.iter().zip(expected) {
        assert_eq!(reject["bundle"], "step.log");
        assert_eq!(reject["file"], "step.log");
        assert_eq!(reject["line"], line);
        assert_eq!(reject["offset"], offset);
        assert_eq!(reject["raw"], raw);
        assert_eq!(reject.get("encoding").and_then(Value::as_str), encoding);
        assert!(!reject["reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn rejects_appear_empty_where_nothing_is_malformed() {
    let folder = Folder::with_bundle(false);
    let said = folder.run(&["convert", "logs.zip", "-o", "out.csv", "--rejects", "bad.ndjson"]);
    assert_eq!(said.code(), 0);
    assert_eq!(folder.read("bad.ndjson"), "");
    assert_eq!(folder.names(), ["bad.ndjson", "logs.zip", "out.csv"]);
}

#[test]
fn an_existing_output_is_replaced_by_a_whole_one_only() {
    let folder = Folder::with_bundle(false);
    folder.write("out.csv", "as it was");
    folder.refused(&["convert", "missing.zip", "-o", "out.csv"]);
    folder.refused(&["convert", "logs.zip", "-o", "out.csv", "--rejects", "missing/x"]);
    assert_eq!(folder.read("out.csv"), "as it was");
    assert_eq!(folder.run(&["convert", "logs.zip", "-o", "out.csv"]).code(), 0);
    assert!(folder.read("out.csv").starts_with("bundle,file,line,"));
    assert_eq!(folder.names(), ["logs.zip", "out.csv"]);
}

#[test]
fn standard_input_and_output_are_those_of_a_file() {
    let folder = Folder::new();
    let text = lines(1..=100, "INFO");
    folder.write("step.log", &text);
    let mut command = folder.command(&["convert", "-", "-o", "-", "--to", "ndjson", "-q"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let mut piped = String::new();
    child.stdout.take().unwrap().read_to_string(&mut piped).unwrap();
    assert!(child.wait().unwrap().success());
    let file = folder.run(&["convert", "step.log", "-o", "-", "--to", "ndjson", "-q"]);
    let renamed = piped.replace(
        "\"bundle\":\"-\",\"file\":\"-\"",
        "\"bundle\":\"step.log\",\"file\":\"step.log\"",
    );
    assert_eq!(renamed, file.text());
    assert_eq!(piped.lines().count(), 100);
}

#[test]
fn the_entries_table_has_a_row_per_entry() {
    let folder = Folder::with_bundle(true);
    let said = folder.run(&["convert", "logs.zip", "-o", "e.arrow", "--table", "entries"]);
    assert_eq!(said.code(), 0, "{}", said.stderr);
    assert!(said.stderr.starts_with("e.arrow: 4 rows, "), "{}", said.stderr);
    let reader = FileReader::try_new(File::open(folder.path().join("e.arrow")).unwrap(), None);
    let rows: usize = reader.unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 4);
    let said =
        folder.run(&["convert", "logs.zip", "-o", "-", "--to", "ndjson", "--table", "entries"]);
    let listed = folder.run(&["ls", "--json", "logs.zip"]);
    assert_eq!(said.text(), listed.text());
    let rows: Vec<Value> =
        listed.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts = |row: &Value| {
        ["lines", "malformed_lines", "info_lines", "warn_lines", "error_lines"]
            .map(|key| row[key].as_i64().unwrap())
    };
    let facts: Vec<_> = rows.iter().map(facts).collect();
    assert_eq!(facts, [[5, 1, 3, 0, 1], [3, 0, 1, 2, 0], [1196, 0, 1196, 0, 0], [0, 0, 0, 0, 0]]);
    assert_eq!(rows[2]["unit"], "Install / Upgrade");
    assert_eq!(rows[1]["step_group"], "Group_1");
}

#[test]
fn ls_shows_a_row_per_entry() {
    let folder = Folder::with_bundle(true);
    let said = folder.run(&["ls", "logs.zip"]);
    assert_eq!((said.code(), said.stderr.as_str()), (0, ""));
    assert_snapshot!("ls", said.text());
    let coloured = folder.run(&["ls", "logs.zip", "--color", "always"]);
    assert!(coloured.text().contains("\x1b["));
    let plain = folder.run(&["ls", "logs.zip", "--color", "never"]);
    assert_eq!(plain.text(), said.text());
}

#[test]
fn ls_names_bundles_and_files() {
    let folder = Folder::with_bundle(false);
    folder.write("plain.log", lines(1..=2, "DEBUG"));
    folder.write("odd\nname.log", "{}\n");
    assert_snapshot!("ls_file", folder.run(&["ls", "plain.log"]).text());
    assert_snapshot!("ls_bundles", folder.run(&["ls", "plain.log", "logs.zip"]).text());
    // A name cannot break the table or write to the terminal.
    assert!(folder.run(&["ls", "odd\nname.log"]).text().contains("odd\\nname.log"));
}

#[test]
fn progress_is_drawn_only_when_asked_for_or_seen() {
    let folder = Folder::new();
    folder.write("step.log", lines(1..=3, "INFO"));
    let waiting = |progress: &str| {
        let arguments = ["convert", "-", "-o", "out.csv", "-q", "--progress", progress];
        let mut command = folder.command(&arguments);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // What standard input is shows in its first line.
        stdin.write_all(b"a line\n").unwrap();
        thread::sleep(Duration::from_millis(600));
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(waiting("auto"), "");
    assert_eq!(waiting("never"), "");
    assert!(waiting("always").contains("0/1 entries"));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new();
    folder.write("step.log", lines(1..=50_000, "INFO"));
    for arguments in
        [&["ls", "step.log"][..], &["ls", "--json", "step.log"], &["completions", "bash"]]
    {
        let mut command = folder.command(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let said: Said = command.stdout(writer).output().unwrap().into();
        assert_eq!((said.code(), said.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

/// Starts a conversion that waits for input, and waits until its temporary file is there.
#[cfg(unix)]
fn waiting(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = folder.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // What standard input is shows in its first line.
    child.stdin.as_mut().unwrap().write_all(b"a line\n").unwrap();
    let begun = Instant::now();
    while !folder.names().iter().any(|name| name.ends_with(".partial")) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never began");
        thread::sleep(Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

#[cfg(unix)]
#[test]
fn signals_leave_nothing_behind() {
    for name in ["INT", "TERM", "HUP"] {
        for table in ["lines", "entries"] {
            let folder = Folder::new();
            folder.write("out.parquet", "as it was");
            let arguments =
                ["convert", "-", "-o", "out.parquet", "--rejects", "bad.ndjson", "--table", table];
            let mut child = waiting(&folder, &arguments);
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(lines(1..=3, "INFO").as_bytes()).unwrap();
            signal(&child, name);
            // The input stays open: it must not be waited for.
            let said: Said = child.wait_with_output().unwrap().into();
            assert_eq!((said.code(), said.stderr.as_str()), (130, "ripsaw: interrupted\n"));
            assert_eq!(folder.names(), ["out.parquet"], "SIG{name}");
            assert_eq!(folder.read("out.parquet"), "as it was");
            drop(stdin);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_half_of_a_made_up_bundle() {
    for tree in [&[][..], &["--tree"]] {
        let folder = Folder::new();
        let arguments = ["bench", "--generate", "500GiB", "--threads", "2", "-o", "big"];
        let child = waiting(&folder, &[&arguments, tree].concat());
        signal(&child, "INT");
        let said: Said = child.wait_with_output().unwrap().into();
        assert_eq!((said.code(), said.stderr.as_str()), (130, "ripsaw: interrupted\n"));
        assert!(folder.names().is_empty(), "{:?}", folder.names());
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_what_writes_no_file() {
    for arguments in [&["ls", "-"][..], &["convert", "-", "-o", "-", "--to", "csv"]] {
        let folder = Folder::new();
        let mut command = folder.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.arg("--progress").arg("always");
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"a line\n").unwrap();
        // The bar shows that the signals are caught by now.
        let mut first = [0];
        child.stderr.as_mut().unwrap().read_exact(&mut first).unwrap();
        signal(&child, "INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        drop(stdin);
    }
}
