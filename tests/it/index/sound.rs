//! What is written is never taken for damaged, whatever the log is like.

use std::path::{Path, PathBuf};

use ripsaw::Scan;
use ripsaw::query::Selection;
use ripsaw::scan::{IndexPolicy, ScanOptions};
use ripsaw::source::ReadOptions;

use super::{answer, inputs, notices};
use crate::convert::Folder;

/// The fixtures, copied to where indexes may be written.
fn fixtures(folder: &Folder) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut tops = Vec::new();
    for found in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let found = found.unwrap();
        let name = found.path().strip_prefix(&root).unwrap().to_str().unwrap();
        if found.file_type().is_file() {
            let bytes = std::fs::read(found.path()).unwrap();
            let copy = folder.file(&format!("fixtures/{name}"), &bytes);
            // Also those that are in no folder, by themselves.
            tops.extend((found.depth() == 1).then_some(copy));
        }
    }
    tops.push(folder.path("fixtures"));
    tops
}

#[test]
fn what_is_written_is_sound() {
    let folder = Folder::new();
    let mut used = 0;
    for input in fixtures(&folder).into_iter().chain(inputs(&folder)) {
        // With short lines many records are cut.
        for max_line in [ReadOptions::default().max_line, 150] {
            let scan = |index| {
                let read = ReadOptions { max_line, ..ReadOptions::default() };
                let options =
                    ScanOptions { read, index, skip_unreadable: true, ..ScanOptions::default() };
                Scan::open_with([&input], options)
            };
            // Some cannot be read at all.
            let Ok(plain) = scan(IndexPolicy::Never) else { continue };
            plain.clone().build_indexes(true, &mut ()).unwrap();
            let own = scan(IndexPolicy::Beside).unwrap();
            assert_eq!(notices(&own), Vec::<String>::new(), "{input:?}");
            let all = Selection::default();
            assert_eq!(answer(&own, &all), answer(&plain, &all), "{input:?}");
            used += usize::from(own.pruned(false).is_some());
        }
    }
    assert!(used > 10, "{used}");
}
