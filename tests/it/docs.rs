//! The commands in README.md and docs/ do what is shown, and the tables are those of the code.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::datatypes::{DataType, Field, Schema};
use ripsaw::source::FormatId;
use ripsaw::table::{Column, entries_columns, entries_schema, lines_schema};

use crate::program::without_variables;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A command of a `console` block and what it prints, errors included.
struct Shown {
    command: String,
    output: String,
}

/// README.md and the files in docs/.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|found| found.unwrap().path());
    let mut all: Vec<PathBuf> =
        docs.filter(|path| path.extension() == Some("md".as_ref())).collect();
    all.push(root.join("README.md"));
    all.sort();
    assert!(all.len() > 6, "{all:?}");
    all
}

/// The blocks between fences, each with the language of its opening fence.
fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some((language, Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

fn shown(text: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for (_, lines) in blocks(text).into_iter().filter(|(language, _)| *language == "console") {
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

/// Runs a command as a reader would, in a folder with the fixtures: what it prints, and whether it
/// succeeds.
fn run(command: &str, folder: &Path) -> (String, bool) {
    let binaries = Path::new(env!("CARGO_BIN_EXE_ripsaw")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    without_variables(&mut shell);
    let output = shell
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(ROOT).join("fixtures"), &folder.path().join("fixtures"));
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for found in std::fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        let target = to.join(found.file_name());
        match found.path().is_dir() {
            true => copy(&found.path(), &target),
            false => drop(std::fs::copy(found.path(), target).unwrap()),
        }
    }
}

/// Without what differs from run to run: the seconds of a summary.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("  read ") {
        Some(read) => format!("  read {}", read.rsplit_once(" in ").map_or(read, |(what, _)| what)),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_regenerated() -> bool {
    std::env::var_os("RIPSAW_REGENERATE").is_some()
}

#[test]
fn commands_print_what_is_shown() {
    let mut commands = 0;
    for document in documents() {
        let mut text = std::fs::read_to_string(&document).unwrap();
        let folder = folder();
        for Shown { command, output } in shown(&text) {
            let (printed, _) = run(&command, folder.path());
            commands += 1;
            if is_regenerated() {
                let before = format!("$ {command}\n{output}");
                text = text.replacen(&before, &format!("$ {command}\n{printed}"), 1);
            } else {
                let (printed, output) = (without_times(&printed), without_times(&output));
                assert_eq!(printed, output, "{}: {command}", document.display());
            }
        }
        if is_regenerated() {
            std::fs::write(document, text).unwrap();
        }
    }
    assert!(commands > 12, "{commands}");
}

/// Programs that a recipe may need, which `.ci/recipes` installs.
const PEERS: [&str; 3] = ["duckdb", "python3", "jq"];

/// Commands that other tests or scripts run, or that take too long.
const ELSEWHERE: [&str; 7] = [
    "cargo run --release -- convert fixtures/deploy.zip -o deploy.parquet",
    "cargo test --release",
    "cargo install --path . --profile dist",
    "pip install ./python",
    "ripsaw bench logs.zip ",
    "ripsaw bench --generate 10GiB -o big.zip ",
    "",
];

#[test]
fn commands_without_output_succeed() {
    let mut commands = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let folder = folder();
        for (_, lines) in blocks(&text).into_iter().filter(|(language, _)| *language == "sh") {
            for command in joined(&lines) {
                let is_elsewhere = ELSEWHERE.iter().any(|known| {
                    command == *known || !known.is_empty() && command.starts_with(known)
                });
                if is_elsewhere || PEERS.iter().any(|peer| command.contains(peer)) {
                    continue;
                }
                let (printed, succeeds) = run(&command, folder.path());
                assert!(succeeds, "{}: {command}: {printed}", document.display());
                commands += 1;
            }
        }
    }
    assert!(commands > 2, "{commands}");
}

/// The commands of a block: a quote may go over several lines.
fn joined(lines: &[&str]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in lines {
        match commands.last_mut().filter(|_| is_open) {
            Some(command) => *command += &format!("\n{line}"),
            None => commands.push((*line).to_owned()),
        }
        is_open ^= line.matches('"').count() % 2 == 1;
    }
    commands
}

#[test]
fn what_is_run_elsewhere_is_run_there() {
    let root = Path::new(ROOT);
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let checks = std::fs::read_to_string(root.join(".ci/run")).unwrap();
    let commands: Vec<&str> = blocks(&readme).into_iter().flat_map(|(_, lines)| lines).collect();
    for command in ELSEWHERE[..2].iter() {
        assert!(commands.contains(command), "README.md lacks {command}");
        assert!(checks.contains(command), ".ci/run lacks {command}");
    }
}

#[test]
fn the_readme_is_short() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    assert!(readme.split_whitespace().count() <= 1000);
}

/// Every file that a document links to exists.
#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.starts_with("http") {
                continue;
            }
            let target = document.parent().unwrap().join(file);
            assert!(target.exists(), "{}: {link}", document.display());
        }
    }
}

fn type_of(field: &Field) -> &'static str {
    match field.data_type() {
        DataType::Dictionary(..) => "name",
        DataType::Utf8 if !field.metadata().is_empty() => "JSON",
        DataType::Utf8 => "text",
        DataType::Int8 => "int8",
        DataType::Int64 => "int64",
        DataType::Timestamp(..) => "time",
        DataType::Boolean => "boolean",
        DataType::Map(..) => "map",
        other => panic!("{other}"),
    }
}

fn rows<'a>(
    schema: &Schema,
    columns: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(String, String)> {
    let row = |(name, meaning): (&str, &str)| {
        let kind = type_of(schema.field_with_name(name).unwrap());
        (name.to_owned(), format!("| `{name}` | {kind} | {meaning} |"))
    };
    columns.map(row).collect()
}

/// docs/formats.md has the usual keys of records, in order of preference.
#[test]
fn the_usual_keys_are_listed() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("docs/formats.md")).unwrap();
    for (column, keys) in ripsaw_testkit::formats::usual() {
        let row = format!("| `{column}` | `{}` |", keys.join("`, `"));
        assert!(text.contains(&row), "docs/formats.md lacks\n{row}");
    }
}

/// docs/formats.md has the formats that there are, with a link to what is said of each, in the order in which they are tried.
#[test]
fn all_formats_are_listed() {
    let path = Path::new(ROOT).join("docs/formats.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let code: Vec<&str> = ripsaw::format::FORMATS.iter().map(|format| format.name).collect();
    let row = |id: FormatId| {
        let ripsaw::format::Format { name, title, detected_by, .. } = id.format();
        let link = match *name {
            "ndjson" | "json" => "#ndjson-and-json".to_owned(),
            "azure" | "github" => "#github-and-azure".to_owned(),
            name if code.contains(&name) => format!("#{name}"),
            _ => "own-formats.md#formats-that-ship".to_owned(),
        };
        let heading =
            link.strip_prefix('#').map(|anchor| format!("\n## {}\n", anchor.replace('-', " ")));
        assert!(heading.is_none_or(|heading| text.contains(&heading)), "{link}");
        let detected_by = detected_by.replace('|', "\\|").replace('<', "&lt;");
        format!("| [{name}]({link}) | {title} | {detected_by} |\n")
    };
    let table: String = FormatId::all().map(row).collect();
    let table = format!("| format | what it is | detected by |\n|---|---|---|\n{table}");
    assert!(text.contains(&table), "docs/formats.md lacks\n{table}");
    let own = std::fs::read_to_string(Path::new(ROOT).join("docs/own-formats.md")).unwrap();
    for id in FormatId::all().filter(|id| !code.contains(&id.format().name)) {
        let name = id.format().name;
        assert!(own.contains(&format!("\n| `{name}` | ")), "docs/own-formats.md lacks {name}");
    }
}

/// The format that docs/own-formats.md shows can be used, and its samples have the rows that are shown.
#[test]
fn the_format_that_is_shown_is_one() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("docs/own-formats.md")).unwrap();
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (shown, _) = rest.split_once("```\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("formats.toml");
    std::fs::write(&path, shown).unwrap();
    let formats = ripsaw::format::of_file(&path).unwrap();
    assert_eq!(formats[0].format().name, "shop");
}

/// docs/reference.md has the columns of both tables with their types and meanings.
#[test]
fn the_tables_are_those_of_the_code() {
    let path = Path::new(ROOT).join("docs/reference.md");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let lines = Column::ALL.into_iter().map(|column| (column.name(), column.meaning()));
    let tables: HashMap<&str, Vec<(String, String)>> = HashMap::from([
        ("LINES", rows(&lines_schema(), lines)),
        ("ENTRIES", rows(&entries_schema(), entries_columns())),
    ]);
    for (mark, rows) in tables {
        let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
        let rows = rows.join("\n");
        if is_regenerated() {
            text = text.replace(&format!("\n{mark}\n"), &format!("\n{rows}\n"));
        } else {
            assert!(text.contains(&rows), "docs/reference.md lacks\n{rows}");
        }
    }
    if is_regenerated() {
        std::fs::write(path, text).unwrap();
    }
}

/// The wall and CPU seconds in the rows of a document's tables, where both are.
fn timings(text: &str) -> Vec<(f64, f64)> {
    let number = |cell: &str| cell.trim().trim_matches('*').parse().ok();
    let row = |line: &str| {
        let mut cells = line.split('|').skip(2);
        Some((number(cells.next()?)?, number(cells.next()?)?))
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

#[test]
fn the_speed_in_the_readme_is_in_the_long_tables() {
    let read = |path: &str| std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let long = timings(&read("docs/performance.md"));
    let short = timings(&read("README.md"));
    assert!(short.len() >= 6, "{short:?}");
    for (wall, cpu) in short {
        let same = |&(w, c): &(f64, f64)| (w - wall).abs() <= 0.0051 && (c - cpu).abs() <= 0.0051;
        assert!(long.iter().any(same), "{wall} s, {cpu} s of CPU are not in docs/performance.md");
    }
}
