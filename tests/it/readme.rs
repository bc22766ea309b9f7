//! The README's commands do what it shows.

use std::path::Path;
use std::process::Command;

/// A command of a `console` block and what it prints, errors included.
struct Shown {
    command: String,
    output: String,
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// The blocks between fences, each with the language behind its opening one.
fn blocks(readme: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in readme.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some((language, Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

fn shown(readme: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for (_, lines) in blocks(readme).into_iter().filter(|(language, _)| *language == "console") {
        for line in lines {
            match line.strip_prefix("$ ") {
                Some(command) => all.push(Shown { command: command.into(), output: String::new() }),
                None => {
                    let output = &mut all.last_mut().expect("a command comes first").output;
                    output.push_str(line);
                    output.push('\n');
                }
            }
        }
    }
    all
}

/// Runs a command of the README as a reader would, in a folder with the fixtures.
fn run(command: &str, folder: &Path) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_ripsaw")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(Path::new(ROOT).join("fixtures"), folder.path().join("fixtures"))
        .unwrap();
    folder
}

/// Without what differs from run to run: the seconds of a summary.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("  read ") {
        Some(read) => format!("  read {}", read.rsplit_once(" in ").map_or(read, |(what, _)| what)),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let mut readme = readme();
    let folder = folder();
    let shown = shown(&readme);
    assert!(shown.len() >= 6, "the tour is gone");
    for Shown { command, output } in shown {
        let printed = run(&command, folder.path());
        if std::env::var_os("RIPSAW_REGENERATE").is_some() {
            let before = format!("$ {command}\n{output}");
            readme = readme.replacen(&before, &format!("$ {command}\n{printed}"), 1);
        } else {
            assert_eq!(without_times(&printed), without_times(&output), "{command}");
        }
    }
    if std::env::var_os("RIPSAW_REGENERATE").is_some() {
        std::fs::write(Path::new(ROOT).join("README.md"), readme).unwrap();
    }
}

#[test]
fn the_main_job_and_the_tests_are_commands_that_exist() {
    let readme = readme();
    let commands: Vec<&str> = blocks(&readme)
        .into_iter()
        .filter(|(language, _)| *language == "sh")
        .flat_map(|(_, lines)| lines)
        .collect();
    let folder = folder();
    let main_job = commands.iter().find(|command| command.starts_with("ripsaw convert")).unwrap();
    run(main_job, folder.path());
    assert!(folder.path().join("deploy.parquet").is_file(), "{main_job}");
    let checks = std::fs::read_to_string(Path::new(ROOT).join(".ci/run")).unwrap();
    let tests = commands.iter().find(|command| command.starts_with("cargo test")).unwrap();
    assert!(checks.contains(tests), ".ci/run runs another command than {tests}");
}
