//! `ripsaw grep` and `ripsaw cat` as users run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use insta::assert_snapshot;
use ripsaw::synth::Recipe;
use serde_json::Value;

use crate::convert::{Folder, Format, read_back};
use crate::nasty;
use crate::oracle::{self, Row};

pub(super) fn run(arguments: &[&str]) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    // Names of steps are joined by what the locale has.
    command.env("LC_ALL", "C.UTF-8");
    command.output().unwrap()
}

/// Exit code, standard output.
pub(super) fn said(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

const DEPLOY: &str = "fixtures/deploy.zip";

/// What the fixture's paths have in common is cut off.
fn short(text: &str) -> String {
    let root = "hX3pQ7_vR2mWk9-TzLb0Eg/hX3pQ7_vR2mWk9-TzLb0Eg/pipeline/Release_Checkout/128/-aT5bV0yQTuKxw8mE2-Jc1Q/";
    text.replace(root, "…/")
}

fn shown(arguments: &[&str]) -> String {
    let output = run(arguments);
    let code = output.status.code().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    let errors = if stderr.is_empty() { String::new() } else { format!("--- stderr\n{stderr}") };
    short(&format!("{stdout}{errors}--- exit {code}\n"))
}

#[test]
fn forms_of_output() {
    let cases: &[&[&str]] = &[
        &["grep", "timed out", DEPLOY],
        &["grep", "-C", "1", "timed out", DEPLOY],
        &["grep", "-p", "-B1", "timed out", DEPLOY],
        &["grep", "-p", "--color", "always", "timed out", DEPLOY],
        &["grep", "-o", "[Rr]etry [0-9]+", DEPLOY],
        &["grep", "-c", "retry", DEPLOY],
        &["grep", "-l", "retry", DEPLOY],
        &["grep", "-N", "answered", DEPLOY],
        &["grep", "--columns", "timestamp,step,message", "answered", DEPLOY],
        &["grep", "-i", "--count-by", "level", "e", DEPLOY],
        &["grep", "--count-by", "hour", "e", DEPLOY],
        &["cat", DEPLOY, "--level", "ERROR+", "--sort", "time"],
        &["ls", DEPLOY, "--level", "WARN+"],
        &["ls", DEPLOY, "--stage", "none"],
        &["ls", "fixtures/crc.zip", "--level", "FATAL"],
        &["grep", "nothing has this", DEPLOY],
        &["grep", "(", DEPLOY],
        &["grep", "x"],
        &["grep", "x", DEPLOY, "--columns", "mesage"],
        &["grep", "x", DEPLOY, "--stage", "Dep*", "--level", "WARN+", "--explain", "-c"],
        &["grep", "x", DEPLOY, "--since", "-3x"],
        &["grep", "x", DEPLOY, "--tz", "Mars"],
        &["grep", "x", DEPLOY, "--stage", "a[b"],
    ];
    let all: String = cases
        .iter()
        .map(|arguments| format!("$ ripsaw {}\n{}\n", arguments.join(" "), shown(arguments)))
        .collect();
    assert_snapshot!("grep", all);
}

pub(super) fn name(row: &Row, input: &Path) -> String {
    let mark = if input.is_dir() { '/' } else { '!' };
    format!("{}{mark}{}", input.display(), row.file)
}

fn printed(rows: &[&Row], input: &Path) -> String {
    let line = |row: &&Row| {
        let message = row.message.as_deref().unwrap_or_default().replace('\n', "\\n");
        format!("{}:{}:{message}\n", name(row, input), row.line)
    };
    rows.iter().map(line).collect()
}

pub(super) fn bundles(folder: &Folder) -> Vec<PathBuf> {
    let recipe = Recipe {
        seed: 3,
        oddities: 0.1,
        bytes: 3 << 20,
        big_entry: true,
        entries: 30,
        ..Recipe::default()
    };
    let mut zip = Vec::new();
    recipe.write_zip(&mut zip).unwrap();
    let tree = folder.tree("tree", &[]);
    recipe.write_tree(&tree).unwrap();
    vec![folder.file("logs.zip", &zip), tree]
}

/// The rows, with what they say as their messages: records that have none, or a blank one beside other
/// content, say their line, which is looked up in the tree of [`bundles`].
pub(super) fn told_rows(folder: &Folder, input: &Path) -> Vec<Row> {
    let mut rows = oracle::rows(input, 64 << 20);
    for row in rows.iter_mut().filter(|row| row.error.is_none()) {
        let has_more =
            row.extra.is_some() || row.args.as_ref().is_some_and(|args| !args.is_empty());
        let is_told = |text: &String| !text.trim_ascii().is_empty() || !has_more;
        if !row.message.as_ref().is_some_and(is_told) {
            let text = std::fs::read(folder.path("tree").join(&row.file)).unwrap();
            let line = text.split(|&byte| byte == b'\n').nth(row.line as usize - 1).unwrap();
            let line = str::from_utf8(line).unwrap().trim_start_matches('\u{feff}');
            row.message = Some(line.trim_ascii().to_owned());
        }
    }
    rows
}

#[test]
fn lines_are_those_of_a_plain_loop() {
    let folder = Folder::new();
    for input in bundles(&folder) {
        let path = input.to_str().unwrap();
        let rows = told_rows(&folder, &input);
        let has = |row: &&Row| row.message.as_deref().is_some_and(|text| text.contains("error"));
        let hits: Vec<&Row> = rows.iter().filter(has).collect();
        assert!(hits.len() > 20);
        let expected = printed(&hits, &input);
        for threads in ["1", "4"] {
            let arguments = ["grep", "error", path, "--threads", threads];
            assert_eq!(said(&arguments), (0, expected.clone()), "{path}");
        }
        let others: Vec<&Row> =
            rows.iter().filter(|row| row.message.is_some() && !has(row)).collect();
        assert_eq!(said(&["grep", "-v", "error", path]).1, printed(&others, &input));

        // Per entry: counts, names, limits.
        let mut names: Vec<String> = Vec::new();
        for row in &rows {
            if names.last() != Some(&name(row, &input)) {
                names.push(name(row, &input));
            }
        }
        let of = |entry: &String| hits.iter().filter(|row| name(row, &input) == *entry).count();
        let counts = names.iter().filter(|name| of(name) > 0);
        let counts: String = counts.map(|name| format!("{name}:{}\n", of(name))).collect();
        assert_eq!(said(&["grep", "-c", "error", path]), (0, counts));
        let with: String = names.iter().filter(|n| of(n) > 0).map(|n| format!("{n}\n")).collect();
        assert_eq!(said(&["grep", "-l", "error", path]), (0, with.clone()));
        assert_eq!(said(&["grep", "-l0", "error", path]).1, with.replace('\n', "\0"));
        let without = said(&["grep", "-L", "error", path]).1;
        assert_eq!(
            without.lines().count() + with.lines().count(),
            oracle::entries(&input, 64 << 20).len()
        );
        let first: Vec<&Row> = names
            .iter()
            .flat_map(|entry| {
                let input = &input;
                hits.iter().copied().filter(move |row| name(row, input) == *entry).take(2)
            })
            .collect();
        assert_eq!(said(&["grep", "-m2", "error", path]).1, printed(&first, &input));
    }
}

/// As grep prints it: `:` behind names and numbers of matches, `-` of others, `--` between groups.
fn with_context(rows: &[Row], input: &Path, before: usize, after: usize) -> String {
    let mut out = String::new();
    let mut start = 0;
    while start < rows.len() {
        let end =
            start + rows[start..].iter().take_while(|row| row.file == rows[start].file).count();
        let entry = &rows[start..end];
        let is_hit = |row: &Row| row.message.as_deref().is_some_and(|text| text.contains("error"));
        let mut last = None;
        for (at, row) in entry.iter().enumerate() {
            let near = (at.saturating_sub(after)..=(at + before).min(entry.len() - 1))
                .any(|n| is_hit(&entry[n]));
            if !near {
                continue;
            }
            let is_behind_the_last = at > 0 && last == Some(at - 1);
            if !out.is_empty() && !is_behind_the_last {
                out.push_str("--\n");
            }
            last = Some(at);
            let mark = if is_hit(row) { ':' } else { '-' };
            let message = row.message.as_deref().unwrap_or_default().replace('\n', "\\n");
            out.push_str(&format!("{}{mark}{}{mark}{message}\n", name(row, input), row.line));
        }
        start = end;
    }
    out
}

#[test]
fn context_stays_within_an_entry() {
    let folder = Folder::new();
    for input in bundles(&folder) {
        let path = input.to_str().unwrap();
        let rows = told_rows(&folder, &input);
        for (options, before, after) in
            [(&["-C2"][..], 2, 2), (&["-A", "3"], 0, 3), (&["-B1"], 1, 0)]
        {
            let arguments = [&["grep", "error", path, "--threads", "3"], options].concat();
            let (code, text) = said(&arguments);
            let expected = with_context(&rows, &input, before, after);
            assert_eq!(code, 0);
            assert!(text == expected, "{options:?} {path}");
        }
    }
}

#[test]
fn time_makes_one_story() {
    let folder = Folder::new();
    for input in bundles(&folder) {
        let path = input.to_str().unwrap();
        let rows = told_rows(&folder, &input);
        // A row without a time has that of the row before it in its entry, or of the first behind it.
        let mut keyed = Vec::new();
        let mut start = 0;
        while start < rows.len() {
            let count = rows[start..].iter().take_while(|row| row.file == rows[start].file).count();
            let entry = &rows[start..start + count];
            let mut time = entry.iter().find_map(|row| row.timestamp).unwrap_or(i64::MIN);
            for row in entry {
                time = row.timestamp.unwrap_or(time);
                keyed.push((time, row));
            }
            start += count;
        }
        keyed.sort_by_key(|(time, _)| *time);
        let expected = keyed.iter().map(|(_, row)| {
            let message = row.message.as_deref().unwrap_or_default();
            let escaped: String = message
                .chars()
                .map(|letter| match letter {
                    '\n' => r"\n".to_owned(),
                    '\t' => r"\t".to_owned(),
                    '\\' => r"\\".to_owned(),
                    letter => letter.to_string(),
                })
                .collect();
            format!("{}\t{escaped}\n", row.line)
        });
        let expected: String = expected.collect();
        let arguments = ["cat", path, "--sort", "time", "--columns", "line,message", "-q"];
        for arguments in [&arguments[..], &arguments[..arguments.len() - 1]] {
            let (code, text) = said(arguments);
            assert_eq!(code, 0);
            assert!(text == expected, "{path}");
        }
    }
}

#[test]
fn json_has_ripgreps_messages() {
    let (code, text) = said(&["grep", "--json", "retry", DEPLOY]);
    assert_eq!(code, 0);
    let messages: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> =
        messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"begin"));
    assert_eq!(kinds.last(), Some(&"summary"));
    let rows = oracle::rows(Path::new(DEPLOY), 64 << 20);
    let hits =
        rows.iter().filter(|row| row.message.as_deref().is_some_and(|m| m.contains("retry")));
    let hits: Vec<&Row> = hits.collect();
    let matches: Vec<&Value> = messages.iter().filter(|m| m["type"] == "match").collect();
    assert_eq!(matches.len(), hits.len());
    for (found, row) in matches.iter().zip(&hits) {
        let data = &found["data"];
        let message = row.message.as_deref().unwrap();
        assert_eq!(data["lines"]["text"], format!("{message}\n"));
        assert_eq!(data["line_number"], row.line);
        assert_eq!(data["columns"]["step"], row.identity.step.as_deref().unwrap());
        for part in data["submatches"].as_array().unwrap() {
            let at = |key: &str| part[key].as_u64().unwrap() as usize;
            assert_eq!(&message[at("start")..at("end")], "retry");
        }
    }
    assert_eq!(messages.last().unwrap()["data"]["stats"]["matched_lines"], hits.len());
}

#[test]
fn hits_become_a_table() {
    let folder = Folder::new();
    let out = folder.file("hits.arrows", b"");
    let path = out.to_str().unwrap();
    let (code, text) = said(&["grep", "-i", "error", DEPLOY, "-O", path, "-q"]);
    assert_eq!((code, text.as_str()), (0, ""));
    let rows = read_back(&fs::read(out).unwrap(), Format::ArrowStream);
    let mut expected = oracle::rows(Path::new(DEPLOY), 64 << 20);
    expected
        .retain(|row| row.message.as_deref().is_some_and(|m| m.to_lowercase().contains("error")));
    assert!(!rows.is_empty());
    assert_eq!(rows, expected);
}

#[test]
fn exit_codes() {
    assert_eq!(said(&["grep", "-q", "e", DEPLOY]), (0, String::new()));
    assert_eq!(said(&["grep", "-q", "not in there", DEPLOY]), (1, String::new()));
    assert_eq!(said(&["grep", "e", "no such.zip"]).0, 2);
    // An entry that cannot be read whole.
    assert_eq!(said(&["grep", "-c", "e", "fixtures/crc.zip"]).0, 2);
    assert_eq!(said(&["cat", DEPLOY, "--stage", "none"]), (0, String::new()));
}

#[test]
fn patterns_from_options_and_files() {
    let folder = Folder::new();
    let file = folder.file("patterns", b"timed out\nretry\n");
    let path = file.to_str().unwrap();
    let both = said(&["grep", "-e", "timed out", "-e", "retry", DEPLOY]);
    assert_eq!(said(&["grep", "-f", path, DEPLOY]), both);
    assert_eq!(said(&["grep", "timed out\nretry", DEPLOY]), both);
    assert_eq!(said(&["grep", "-f", "/dev/null", DEPLOY]), (1, String::new()));
    assert!(both.1.lines().count() > 1);
}

#[test]
fn raw_lines_are_the_bytes_of_the_log() {
    let folder = Folder::new();
    let entries = nasty::bundle();
    let mut expected = Vec::new();
    for (_, bytes) in &entries {
        for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // A byte order mark is no part of the first line.
            let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 0).unwrap_or(line);
            if text.iter().any(|byte| !b" \t".contains(byte)) {
                expected.extend_from_slice(line);
                expected.push(b'\n');
            }
        }
    }
    for input in [folder.zip("nasty.zip", &entries), folder.tree("nasty", &entries)] {
        for threads in ["1", "4"] {
            let arguments = ["cat", "--raw", input.to_str().unwrap(), "--threads", threads];
            let output = run(&arguments);
            let at = output.stdout.iter().zip(&expected).take_while(|(a, b)| a == b).count();
            let near = |text: &[u8]| {
                String::from_utf8_lossy(&text[at.saturating_sub(60)..text.len().min(at + 60)])
                    .into_owned()
            };
            assert!(
                output.stdout == expected,
                "{input:?} {at}: {:?} for {:?}",
                near(&output.stdout),
                near(&expected)
            );
        }
    }
    let (code, text) = said(&["grep", "--raw", "-N", "CHECKOUT_DB_URL", DEPLOY]);
    assert_eq!(code, 0);
    let is_record = |line: &str| {
        let (_, raw) = line.split_once(":{").unwrap();
        let record: Value = serde_json::from_str(&format!("{{{raw}")).unwrap();
        record["out"].as_str().unwrap().contains("CHECKOUT_DB_URL")
    };
    assert!(text.lines().count() == 2 && text.lines().all(is_record), "{text}");
}
