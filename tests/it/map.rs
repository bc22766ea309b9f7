//! The modules use only those above them in `lib.rs`, and the files of a folder import one another in one
//! direction only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let declared = map.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let order: Vec<&str> =
        declared.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 8, "{order:?}");
    let mut uses = 0;
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let module = inside.split(['/', '.']).next().unwrap();
        let Some(place) = order.iter().position(|name| *name == module) else { continue };
        let text = without_comments(&std::fs::read_to_string(&file).unwrap());
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let above = order.iter().position(|name| *name == used);
                assert!(above.is_some_and(|at| at <= place), "{inside}:{}: {line}", number + 1);
                uses += 1;
            }
        }
    }
    assert!(uses > 40, "only {uses} uses were seen");
}

/// Circles that are known: folder, the files, and why they are not taken apart. A circle of some of these
/// files is allowed as well, so that taking one apart in steps never fails.
const KNOWN_CIRCLES: &[(&str, &[&str], &str)] = &[
    (
        "source",
        &["feed", "streamed"],
        "a compressed tar file is opened as any entry is, and its members are entries",
    ),
    (
        "format",
        &["document", "envelope", "opening"],
        "whether text begins a document, or holds records, is answered by scanning a document",
    ),
    (
        "sink",
        &["csv", "format", "ipc", "ndjson", "parquet"],
        "the table of formats names the sinks, whose options are refused by what the table says",
    ),
    ("synth", &["service", "text"], "a narrator tells of events, which are told in its words"),
    (
        "cli",
        &["args", "grep", "hints", "report", "run", "settings", "unmatched"],
        "the subcommand grep is declared in args and shares its settings; it needs a folder of commands",
    ),
    ("cli", &["bench", "figures"], "the figures are of bench's conversions"),
];

#[test]
fn files_of_a_folder_import_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> =
        sources(&src).iter().map(|file| file.parent().unwrap().to_owned()).collect();
    folders.sort();
    folders.dedup();
    let mut uses = 0;
    for folder in folders {
        let imports = imports_within(&src, &folder);
        uses += imports.values().map(BTreeSet::len).sum::<usize>();
        for circle in circles(&imports) {
            let name = folder.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            let is_known = KNOWN_CIRCLES.iter().any(|(known, files, _)| {
                *known == name && circle.iter().all(|file| files.contains(&&**file))
            });
            assert!(is_known, "src/{name}: these import one another: {circle:?}");
        }
    }
    assert!(uses > 200, "only {uses} imports were seen");
}

/// Which files of a folder, or folders in it, import which others; `mod.rs` aside.
fn imports_within(src: &Path, folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in sources(folder) {
        let inside = file.strip_prefix(folder).unwrap();
        let unit = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if !["mod", "lib", "main"].contains(&unit) {
            files.entry(unit.to_owned()).or_default().push(file);
        }
    }
    let path = folder.strip_prefix(src).unwrap().iter();
    let path: String = path.map(|part| format!("{}::", part.to_str().unwrap())).collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (unit, of_unit) in &files {
        for file in of_unit {
            let depth = file.strip_prefix(folder).unwrap().iter().count();
            let depth = depth - usize::from(file.ends_with("mod.rs"));
            let text = without_comments(&std::fs::read_to_string(file).unwrap());
            let (relative, absolute) = ("super::".repeat(depth), format!("crate::{path}"));
            let named = named_after(&text, &relative, "super::");
            let named = named.chain(named_after(&text, &absolute, ""));
            let others = named.filter(|name| name != unit && files.contains_key(name));
            imports.entry(unit.clone()).or_default().extend(others);
        }
    }
    imports
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The names behind a prefix of paths: one, or all at the first level of braces. A prefix behind
/// `unless` does not count.
fn named_after<'a>(
    text: &'a str,
    prefix: &'a str,
    unless: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let begins_a_path = move |at: usize| {
        let before = &text[..at];
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && (unless.is_empty() || !before.ends_with(unless))
    };
    let places = text.match_indices(prefix).filter(move |(at, _)| begins_a_path(*at));
    places.flat_map(move |(at, _)| {
        let rest = &text[at + prefix.len()..];
        let (mut names, mut depth, mut is_first) = (vec![String::new()], 0, true);
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    names.push(String::new());
                    is_first = true;
                }
                c if c.is_whitespace() => {}
                c if is_first && (c.is_alphanumeric() || c == '_') => {
                    names.last_mut().unwrap().push(c);
                }
                _ => is_first = false,
            }
            if depth == 0 && (c == '}' || !is_first || c.is_whitespace()) {
                break;
            }
        }
        names
    })
}

/// The groups of files each of which leads to all of its group.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from| {
        let (mut reached, mut open) = (BTreeSet::<&String>::new(), vec![from]);
        while let Some(file) = open.pop() {
            open.extend(
                imports.get(file).into_iter().flatten().filter(|next| reached.insert(*next)),
            );
        }
        reached
    };
    let reach: BTreeMap<_, _> = imports.keys().map(|file| (file, reached(file))).collect();
    let group = |file: &String| -> Vec<String> {
        let both = reach[file].iter().filter(|other| reach[**other].contains(file));
        both.map(|other| (*other).clone()).collect()
    };
    imports.keys().map(group).filter(|group| !group.is_empty()).collect()
}
