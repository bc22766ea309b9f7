//! Generated bundles: the same at any number of threads, as declared, and like the platform's.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use ripsaw::synth::{Content, Layout, Made, Recipe, odd_lines};
use serde_json::Value;

fn recipe(layout: Layout, oddities: f64) -> Recipe {
    let content = Content::Steps;
    Recipe { seed: 42, content, layout, entries: 90, bytes: 12 << 20, big_entry: true, oddities }
}

fn zip_of(recipe: &Recipe, threads: usize) -> (Vec<u8>, Made) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut out = Vec::new();
    let made = pool.install(|| recipe.write_zip(&mut out)).unwrap();
    (out, made)
}

/// Names and bytes in the archive's order.
fn unzip(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|n| {
            let mut entry = archive.by_index(n).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn read_tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(root)
        .into_iter()
        .map(Result::unwrap)
        .filter(|file| file.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    files.map(|file| (name(file.path()), std::fs::read(file.path()).unwrap())).collect()
}

fn non_blank_lines(bytes: &[u8]) -> u64 {
    let mut count = 0;
    for line in bytes.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().any(|&byte| byte != b' ' && byte != b'\t') {
            count += 1;
        }
    }
    count
}

#[test]
fn one_thread_and_four_make_the_same_bytes() {
    for layout in [Layout::Simplified, Layout::Standard] {
        let recipe = recipe(layout, 0.05);
        assert!(zip_of(&recipe, 1) == zip_of(&recipe, 4));
    }
}

#[test]
fn another_seed_makes_another_bundle() {
    let other = Recipe { seed: 43, ..recipe(Layout::Simplified, 0.0) };
    let names = |recipe: &Recipe| {
        recipe.entries().iter().map(|entry| entry.name().to_owned()).collect::<Vec<_>>()
    };
    assert_ne!(names(&recipe(Layout::Simplified, 0.0)), names(&other));
}

#[test]
fn zip_tree_and_streams_hold_the_same_entries_as_declared() {
    for (layout, oddities) in [(Layout::Simplified, 0.0), (Layout::Standard, 0.2)] {
        let recipe = recipe(layout, oddities);
        let (zip, made) = zip_of(&recipe, 4);
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(recipe.write_tree(dir.path()).unwrap(), made);
        let entries = unzip(&zip);
        assert!(entries.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(entries.iter().cloned().collect::<BTreeMap<_, _>>() == read_tree(dir.path()));
        for ((name, bytes), entry) in entries.iter().zip(recipe.entries()) {
            let mut streamed = Vec::new();
            entry.log().read_to_end(&mut streamed).unwrap();
            assert!(name == entry.name() && *bytes == streamed, "{name}");
        }
        let bytes = entries.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let lines = entries.iter().map(|(_, bytes)| non_blank_lines(bytes)).sum();
        assert_eq!(made, Made { entries: 90, bytes, lines });
    }
}

#[test]
fn a_large_entry_is_deflated_in_parts() {
    // Of fewer parts than are deflated together, and of more.
    for bytes in [40 << 20, 150 << 20] {
        let recipe = Recipe { entries: 2, bytes, ..Recipe::default() };
        assert!(recipe.entries().iter().any(|entry| entry.bytes() > 16 << 20));
        let (zip, made) = zip_of(&recipe, 2);
        assert!(zip == zip_of(&recipe, 3).0);
        let entries = unzip(&zip);
        assert_eq!(made.bytes, entries.iter().map(|(_, text)| text.len() as u64).sum::<u64>());
        for ((name, bytes), entry) in entries.iter().zip(recipe.entries()) {
            let mut streamed = Vec::new();
            entry.log().read_to_end(&mut streamed).unwrap();
            assert!(*bytes == streamed, "{name}");
        }
    }
}

#[test]
fn clean_records_are_go_s() {
    let (zip, _) = zip_of(&recipe(Layout::Simplified, 0.0), 4);
    let mut levels = BTreeMap::new();
    let (mut filled, mut backward, mut lines) = (0, 0, 0);
    for (name, bytes) in unzip(&zip) {
        let mut last = 0;
        for line in
            std::str::from_utf8(&bytes).unwrap().strip_suffix('\n').expect(&name).split('\n')
        {
            let keys: Vec<_> =
                ["{\"level\":", ",\"pos\":", ",\"out\":", ",\"time\":", ",\"args\":"]
                    .iter()
                    .map(|key| line.find(key).expect(line))
                    .collect();
            assert!(keys[0] == 0 && keys.is_sorted(), "{line}");
            assert!(
                !line.contains(['<', '>', '&']) && !line.bytes().any(|byte| byte < 0x20),
                "{line}"
            );
            let record: Value = serde_json::from_str(line).expect(line);
            assert_eq!(record.as_object().unwrap().len(), 5, "{line}");
            assert!(record["pos"].is_u64() && record["out"].is_string(), "{line}");
            let args = &record["args"];
            assert!(
                args.is_null() || args.as_object().unwrap().values().all(Value::is_string),
                "{line}"
            );
            let pos = record["pos"].as_u64().unwrap();
            filled += u64::from(args.as_object().is_some_and(|args| args.contains_key("msg")));
            backward += u64::from(pos < last);
            (last, lines) = (pos, lines + 1);
            *levels.entry(record["level"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    assert_eq!(backward, 0);
    assert!(filled > 100);
    for level in ["INFO", "WARN", "ERROR", "DEBUG", "FATAL", "info", "30", "Information", ""] {
        assert!(levels.contains_key(level), "{level:?} in {levels:?}");
    }
}

#[test]
fn the_text_has_what_build_logs_have() {
    let (zip, _) = zip_of(&Recipe { bytes: 32 << 20, ..recipe(Layout::Simplified, 0.0) }, 4);
    let all = unzip(&zip).into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<_>>();
    for sign in [
        "\\u001b[1;91m\\u001b[40m",
        "\\u001b[32m",
        "\\r\\n\"",
        "\\rReceiving objects",
        "{\\\"level\\\"",
        "\\\\agent\\\\",
        "\\n\\tat com.acme",
        "\\u003cdependency",
        "配置",
        "... (log line truncated)\"",
        "+05:30\"",
        "\\t",
        "**************",
    ] {
        assert!(memchr::memmem::find(&all, sign.as_bytes()).is_some(), "{sign}");
    }
}

#[test]
fn it_compresses_as_logs_do() {
    let (zip, made) = zip_of(&recipe(Layout::Simplified, 0.0), 4);
    let ratio = made.bytes as f64 / zip.len() as f64;
    assert!((5.0..14.0).contains(&ratio), "{ratio}");
    let line = made.bytes / made.lines;
    assert!((140..260).contains(&line), "{line}");
    let big =
        recipe(Layout::Simplified, 0.0).entries().iter().map(ripsaw::synth::MadeEntry::bytes).max();
    assert_eq!(big, Some((12 << 20) / 5));
}

#[test]
fn entries_can_be_extracted() {
    for layout in [Layout::Simplified, Layout::Standard] {
        let recipe = Recipe { entries: 700, bytes: 0, ..recipe(layout, 0.0) };
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            recipe.write_tree(dir.path()).unwrap(),
            Made { entries: 700, bytes: 0, lines: 0 }
        );
        let names: Vec<_> = recipe.entries().iter().map(|entry| entry.name().to_owned()).collect();
        let has = |part: &str| names.iter().any(|name| name.contains(part));
        assert!(
            has("-commandUnit:Install / Upgrade") && has("/addon:20004") && has("/engine:main")
        );
        assert!(
            has("liteEngineTask") && has("infrastructure-commandUnit:Execute") && has("_stable_v0")
        );
        assert!(has("rollbackSteps") && has("Coordinated_Deployment"));
        assert_eq!(has("stepRuntimeId:"), layout == Layout::Standard);
        assert_eq!(has("parallel"), layout == Layout::Standard);
    }
}

#[test]
fn small_recipes_are_made_too() {
    for entries in [0, 1, 2] {
        for bytes in [0, 1, 5_000] {
            for big_entry in [false, true] {
                let recipe =
                    Recipe { entries, bytes, big_entry, oddities: 1.0, ..Recipe::default() };
                let (zip, made) = zip_of(&recipe, 1);
                assert_eq!((made.entries, unzip(&zip).len()), (entries, entries));
            }
        }
    }
}

#[test]
fn odd_lines_are_lines_of_each_outcome() {
    let odd = odd_lines();
    let names: std::collections::BTreeSet<_> = odd.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), odd.len());
    assert!(odd.iter().all(|(_, line)| !line.contains(&b'\n')));
    let accepted = |name: &str| {
        let line = &odd.iter().find(|(kind, _)| *kind == name).expect(name).1;
        serde_json::from_slice::<Value>(line).is_ok()
    };
    for name in [
        "order-delegate",
        "pos-30-digits",
        "nested-126",
        "out-surrogate-pair",
        "crlf",
        "duplicate-out",
        "huge",
    ] {
        assert!(accepted(name), "{name}");
    }
    for name in [
        "nested-127",
        "out-surrogate-lone-high",
        "out-invalid-utf8",
        "out-raw-tab",
        "truncated-half",
    ] {
        assert!(!accepted(name), "{name}");
    }
    let huge = odd.iter().find(|(name, _)| *name == "huge").unwrap().1.len();
    assert!((300_000..700_000).contains(&huge), "{huge}");
}
