//! A zip: read mapped and by positioned reads, which never panic and agree.

use std::path::Path;

use ripsaw::extract::Extraction;
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::source::{FormatId, MapPolicy, ReadOptions};

use crate::read::{COLUMNS, Input, contents, rows};

/// # Panics
/// Where they differ.
pub fn run(bytes: &[u8]) {
    let input = Input::new("logs.zip", bytes);
    let [mapped, read] = [MapPolicy::Always, MapPolicy::Never].map(|map| {
        let catalog = input.open(map)?;
        let problems: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
        let paths: Vec<String> = catalog.entries.iter().map(|entry| entry.path.clone()).collect();
        Ok::<_, String>((contents(&catalog), problems, paths))
    });
    assert_eq!(mapped, read);
    if mapped.is_ok_and(|(contents, ..)| contents.texts.iter().all(|text| text.bytes.len() < LARGE))
    {
        extract(&input);
    }
}

/// Larger ones take too long to be written.
const LARGE: usize = 1 << 20;

/// What is extracted has the rows of the archive, and stays in its directory.
fn extract(input: &Input) {
    let Ok(extraction) = Extraction::open([input.path()], ReadOptions::default(), 1) else {
        return;
    };
    if extraction.catalog().entries.len() > 100 {
        return;
    }
    let folder = input.path().with_file_name("out");
    extraction.write(&folder, &|_| true).expect("names that every system takes");
    let beside =
        std::fs::read_dir(folder.parent().expect("the folder of the input")).expect("it is there");
    assert_eq!(beside.count(), 2);
    // As text: what a format makes of names is not asked here.
    let rows_of = |path: &Path| {
        let format = FormatId::named("text");
        let options = ScanOptions { format, ..ScanOptions::default() };
        let scan = Scan::open_with([path], options).ok()?;
        Some(rows(scan.columns(COLUMNS).batches().ok()?))
    };
    assert_eq!(rows_of(&folder), rows_of(input.path()));
}
