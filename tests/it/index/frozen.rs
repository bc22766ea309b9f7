//! A sample of every version of the layout, which stays readable.

use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::query::{Matcher, PatternOptions, Selection};
use ripsaw::scan::IndexPolicy;
use ripsaw_testkit::layout::Index;

use super::{answer, index, notices, scan};
use crate::command::{line, lines};
use crate::convert::Folder;

/// Versions that are read.
const VERSIONS: [u32; 1] = [1];

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/index/frozen").join(name)
}

/// A copy of a sample, whose index says that it is of the decoders and options of today.
fn thawed(folder: &Folder, version: u32) -> PathBuf {
    let zip = folder.file("v.zip", &fs::read(place(&format!("v{version}.zip"))).unwrap());
    index(&zip);
    let today = Index(fs::read(folder.path("v.zip.ripsaw")).unwrap());
    let mut frozen = Index(fs::read(place(&format!("v{version}.ripsaw"))).unwrap());
    for (own, other) in frozen.key().into_iter().zip(today.key()) {
        frozen.set(own.start, &today.0[other]);
    }
    frozen.check_end();
    folder.file("v.zip.ripsaw", &frozen.0);
    zip
}

#[test]
fn samples_of_all_versions_are_used() {
    for version in VERSIONS {
        let folder = Folder::new();
        let zip = thawed(&folder, version);
        let [own, plain] = [IndexPolicy::Beside, IndexPolicy::Never]
            .map(|policy| scan(std::slice::from_ref(&zip), policy));
        assert_eq!(notices(&own), Vec::<String>::new());
        for (text, read) in [("needle", 1), ("line 1", 3), ("nowhere to be seen", 0)] {
            let matcher = Matcher::new(&[text.to_owned()], PatternOptions::default()).unwrap();
            let matcher = Some(std::sync::Arc::new(matcher));
            let selection = Selection { matcher, ..Selection::default() };
            assert_eq!(answer(&own, &selection).0, answer(&plain, &selection).0);
            let pruned = own.clone().select(selection).pruned(false).unwrap();
            assert_eq!((pruned.indexed, pruned.blocks - pruned.by_text), (3, read), "{text}");
        }
        let counts = |scan: &ripsaw::Scan| {
            format!("{:?}", scan.entries_batch(&scan.count_all(&mut ()).unwrap()))
        };
        assert_eq!(counts(&own), counts(&plain));
    }
}

/// Writes the sample of this version; to be run once, before the version is released.
#[test]
#[ignore = "writes the sample"]
fn freeze() {
    let texts = [
        ("a.log", lines(1..=30, "INFO")),
        ("b.log", lines(1..=30, "ERROR") + &line(31, "WARN", "a needle")),
        ("c.log", "2026-03-09T10:00:00Z WARN line 1\nplain\n".into()),
    ];
    let version = VERSIONS[VERSIONS.len() - 1];
    let entries = texts.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    let folder = Folder::new();
    let zip = folder.zip("v.zip", &entries);
    index(&zip);
    fs::create_dir_all(place("")).unwrap();
    fs::copy(&zip, place(&format!("v{version}.zip"))).unwrap();
    fs::copy(folder.path("v.zip.ripsaw"), place(&format!("v{version}.ripsaw"))).unwrap();
}
