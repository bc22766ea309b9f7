//! The revision of the decoders is raised when rows change: indexes of other rows are not to be used.

use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::format::REVISION;
use ripsaw::scan::IndexPolicy;
use twox_hash::XxHash3_64;

use super::scan;
use crate::convert::{Folder, Format, Setup, convert_scan};
use crate::formats::mixed;

/// What is kept: the revision, and of each input a hash of its bytes and one of its rows.
fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/index/rows.txt")
}

/// A line for an input: all of its rows, with all columns.
fn line_of(name: &str, input: &Path) -> String {
    let scan = scan(&[input.to_owned()], IndexPolicy::Never);
    let rows = convert_scan(&scan, Format::Ndjson, Setup::default()).unwrap().bytes;
    // Where the input lies is no part of what is in it.
    let place = serde_json::to_string(&input.to_string_lossy()).unwrap();
    let rows = String::from_utf8(rows).unwrap().replace(place.trim_matches('"'), "");
    assert!(rows.len() > 100_000, "{name}: {} bytes of rows", rows.len());
    format!("{name} {:016x} {:016x}", bytes_of(input), XxHash3_64::oneshot(rows.as_bytes()))
}

/// A hash of the files of a folder, by name.
fn bytes_of(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(Result::unwrap).filter(|found| found.file_type().is_file());
    let all: Vec<String> = files
        .map(|file| {
            let name = file.path().strip_prefix(folder).unwrap();
            format!("{name:?} {:x}\n", XxHash3_64::oneshot(&fs::read(file.path()).unwrap()))
        })
        .collect();
    XxHash3_64::oneshot(all.concat().as_bytes())
}

/// To record anew: `RIPSAW_RECORD=1 cargo test --test it -- index::revision`.
#[test]
fn rows_do_not_change_without_the_revision() {
    let folder = Folder::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mixed = folder.tree("mixed", &mixed::files(11, 0, 100_000));
    let now =
        [format!("revision {REVISION}"), line_of("fixtures", &fixtures), line_of("mixed", &mixed)];
    let text = fs::read_to_string(recorded()).unwrap_or_default();
    let then: Vec<&str> = text.lines().collect();
    if then == now {
        return;
    }
    let inputs = |line: &str| line.rsplit_once(' ').map(|(inputs, _)| inputs.to_owned());
    let has_other_rows = |line: &&String| {
        let is_same_input = |then: &&&str| inputs(then) == inputs(line);
        then.iter().skip(1).find(is_same_input).is_some_and(|then| then != line)
    };
    let changed: Vec<&String> = now[1..].iter().filter(has_other_rows).collect();
    let is_raised = then.first() != Some(&&*now[0]);
    assert!(
        changed.is_empty() || is_raised,
        "the same bytes give other rows: raise format::REVISION, then record them: {changed:?}"
    );
    assert!(
        std::env::var_os("RIPSAW_RECORD").is_some(),
        "the inputs or the revision have changed; record the rows with RIPSAW_RECORD=1"
    );
    fs::write(recorded(), now.join("\n") + "\n").unwrap();
}
