//! What `grep` and `cat` print on terminals of several widths and kinds.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::Command;

use insta::assert_snapshot;

use crate::convert::Folder;
use crate::program::without_variables;
use crate::terminal::terminal;

const DEPLOY: &str = "fixtures/deploy.zip";

/// A terminal to run commands on.
pub(super) struct Terminal {
    program: PathBuf,
    pub(super) width: u16,
    variables: Vec<(&'static str, &'static str)>,
}

impl Terminal {
    pub(super) fn new(folder: &Folder) -> Self {
        let variables = vec![("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color")];
        Self { program: terminal(folder), width: 120, variables }
    }

    /// What a command prints on it, errors included.
    pub(super) fn shows(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&self.program);
        command.arg(env!("CARGO_BIN_EXE_ripsaw")).args(arguments).args(["--progress", "never"]);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("WIDTH", self.width.to_string());
        without_variables(&mut command);
        command.envs(self.variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    pub(super) fn with(mut self, variables: &[(&'static str, &'static str)]) -> Self {
        self.variables = variables.to_vec();
        self
    }
}

pub(super) fn shown(terminal: &Terminal, commands: &[&[&str]]) -> String {
    let shown = |arguments: &&[&str]| {
        format!("$ ripsaw {}\n{}\n", arguments.join(" "), terminal.shows(arguments))
    };
    commands.iter().map(shown).collect()
}

#[test]
fn widths() {
    let folder = Folder::new();
    let mut terminal = Terminal::new(&folder);
    let commands: &[&[&str]] = &[
        &["grep", "answered|timed", DEPLOY],
        &["cat", DEPLOY, "--level", "WARN+", "--sort", "time", "--tail", "3"],
        &["grep", "timed out", DEPLOY, "--sort", "time", "-B", "1", "-n"],
        &["grep", "-c", "answered", DEPLOY],
    ];
    for width in [60, 80, 120, 200] {
        terminal.width = width;
        assert_snapshot!(format!("width_{width}"), shown(&terminal, commands));
    }
    // A terminal that does not say how wide it is.
    let at = |width: u16| Terminal { width, ..Terminal::new(&folder) }.shows(commands[1]);
    assert_eq!(at(0), at(80));
}

#[test]
fn lines_in_the_order_of_time_are_aligned() {
    let folder = Folder::new();
    for width in [60, 80, 120, 200] {
        let terminal = Terminal { width, ..Terminal::new(&folder) };
        let text = terminal.shows(&["cat", DEPLOY, "--sort", "time"]);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("2026-03-09 UTC"));
        // Two blanks follow the longest name, and no letter of another.
        let columns: Vec<Vec<char>> = lines
            .filter(|line| line.starts_with("09:"))
            .map(|line| line.chars().collect())
            .collect();
        assert_eq!(columns.len(), 1332, "{width}");
        let is_gap = |at: usize| columns.iter().all(|line| line[at..at + 2] == [' ', ' ']);
        let gap = (20..100).find(|&at| is_gap(at)).unwrap();
        assert!(gap - 19 <= usize::from(width - 21) / 3, "{width}: {gap}");
        let times: Vec<&[char]> = columns.iter().map(|line| &line[..12]).collect();
        assert!(times.is_sorted(), "{width}");
    }
}

#[test]
fn forms() {
    let folder = Folder::new();
    let terminal = Terminal::new(&folder);
    let commands: &[&[&str]] = &[
        &["grep", "answered", DEPLOY, "--paths"],
        &["grep", "answered", DEPLOY, "--no-heading"],
        &["grep", "answered", DEPLOY, "-I"],
        &["grep", "answered", DEPLOY, "-N"],
        &["grep", "answered", DEPLOY, "-b"],
        &["grep", "answered", DEPLOY, "-M", "12", "-r", "<$0>"],
        &["grep", "-o", "answered [0-9]+", DEPLOY],
        &["grep", "answered", DEPLOY, "--columns", "timestamp,step"],
        &["grep", "answered", DEPLOY, "--columns", "timestamp,step", "--heading", "-n"],
        &["grep", "-l", "answered", DEPLOY],
        &["grep", "-l", "answered", DEPLOY, "--paths"],
        &["grep", "e", DEPLOY, "--count-by", "step", "--level", "ERROR+"],
        &["cat", DEPLOY, "--step", "Checks › Lint", "--head", "2"],
        &["cat", DEPLOY, "--step", "Lint", "--no-heading", "--tail", "1", "-n"],
        &["cat", DEPLOY, "--around", "09:20:05.9", "--window", "10ms"],
        &["cat", "README.md", "--head", "1"],
        &["cat", "fixtures/formats/text/input/console.txt", "--head", "2"],
        &["grep", "answered", DEPLOY, "fixtures/odd.zip"],
        &["cat", DEPLOY, "fixtures/odd.zip", "--sort", "time", "--level", "FATAL"],
        &["ls", DEPLOY, "--level", "ERROR+"],
    ];
    assert_snapshot!("forms", shown(&terminal, commands));
    // As on a terminal, but in a pipe.
    let mut command = crate::program::ripsaw();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("LC_ALL", "C.UTF-8");
    let piped = command.args(["grep", "-p", "answered", DEPLOY]).output().unwrap().stdout;
    let piped = String::from_utf8(piped).unwrap();
    assert_eq!(piped, terminal.shows(&["grep", "answered", DEPLOY]));
    assert!(!piped.contains("hX3pQ7"), "{piped}");
}

#[test]
fn kinds_of_terminals() {
    let folder = Folder::new();
    let commands: &[&[&str]] = &[
        &["grep", "answered 503", DEPLOY],
        &["grep", "answered 503", DEPLOY, "--sort", "time"],
        &["grep", "answered 503", DEPLOY, "--sort", "time", "-A1"],
    ];
    let utf8 = ("LC_ALL", "C.UTF-8");
    let colours = [utf8, ("TERM", "xterm-256color")];
    assert_snapshot!("colours", shown(&Terminal::new(&folder).with(&colours), commands));
    let plain = shown(&Terminal::new(&folder), commands);
    assert!(plain.contains("rollbackSteps › Notify"), "{plain}");
    for (variables, separator) in [
        (&[utf8, ("TERM", "dumb")][..], ">"),
        (&[("NO_COLOR", "1"), ("LC_ALL", "C")], ">"),
        (&[("NO_COLOR", "1"), ("LANG", "en_US.UTF-8"), ("LC_ALL", "POSIX")], ">"),
        (&[("NO_COLOR", "1")], ">"),
        (&[("NO_COLOR", "1"), ("LANG", "en_US.UTF-8")], "›"),
    ] {
        let text = shown(&Terminal::new(&folder).with(variables), commands);
        assert_eq!(text, plain.replace('›', separator), "{variables:?}");
        assert_eq!(text.is_ascii(), separator == ">", "{variables:?}");
    }
    let mut narrow = Terminal::new(&folder).with(&[("LC_ALL", "C"), ("NO_COLOR", "1")]);
    narrow.width = 60;
    let text = narrow.shows(&["cat", DEPLOY, "--sort", "time", "--head", "1"]);
    assert!(text.is_ascii() && text.contains('~'), "{text}");
}
