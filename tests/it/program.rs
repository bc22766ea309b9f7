//! The program under test, where the caller's environment has no say.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::convert::Folder;

/// The variables that change what is printed: ripsaw's own, those of its colours (`CI` among them)
/// and those of the locale; and those that change what is fetched.
const VARIABLES: [&str; 23] = [
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "PAGER",
    "RIPSAW_OPTIONS",
    "RIPSAW_PAGER",
    "TERM",
    "APIFY_TOKEN",
    "DEEPSET_API_KEY",
    "HARNESS_API_KEY",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

pub(crate) fn ripsaw() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ripsaw"));
    without_variables(&mut command);
    command
}

/// For programs that run ripsaw.
pub(crate) fn without_variables(command: &mut Command) {
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.env("TZ", "UTC");
}

/// The exit code of a command in a folder, its output, and what it prints on standard error.
pub(crate) fn run(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = ripsaw().args(arguments).current_dir(folder.path("")).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What a conversion says, and its rows.
pub(crate) fn rows(
    folder: &Folder,
    arguments: &[&str],
    piped: &[u8],
    code: i32,
) -> (String, Vec<Value>) {
    let mut command = ripsaw();
    command.args(["convert", "-o", "-", "--to", "ndjson", "--omit-nulls"]).args(arguments);
    command.current_dir(folder.path("")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, piped) = (child.stdin.take().unwrap(), piped.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&piped));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, said) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    (said, out.lines().map(|row| serde_json::from_str(row).unwrap()).collect())
}
