//! Damaged indexes: noticed, and never used for an answer.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use ripsaw::query::{Filter, Levels, Matcher, PatternOptions, Selection};
use ripsaw::scan::IndexPolicy;
use ripsaw::synth::{Layout, Recipe};
use ripsaw_testkit::layout::{DATA, Index, POINTS, RESERVED};

use super::{answer, index, notices, scan};
use crate::command::lines;
use crate::convert::Folder;

/// An archive with an index.
pub(super) struct Indexed {
    _folder: Folder,
    pub(super) zip: PathBuf,
    pub(super) index: Index,
}

impl Indexed {
    pub(super) fn of(zip: &[u8]) -> Self {
        let folder = Folder::new();
        let zip = folder.file("logs.zip", zip);
        index(&zip);
        let index = Index(fs::read(folder.path("logs.zip.ripsaw")).unwrap());
        Self { _folder: folder, zip, index }
    }

    /// Two small entries.
    pub(super) fn small() -> Self {
        let entry = |name: &str, level| (format!("{name}.log"), lines(1..=60, level).into_bytes());
        Self::of(&crate::convert::zipped(&[entry("a", "INFO"), entry("b", "ERROR")]))
    }

    /// An archive whose entries are entered in the middle.
    pub(super) fn large() -> Self {
        let layout = Layout::Standard;
        let recipe = Recipe { seed: 5, bytes: 5 << 20, entries: 1, layout, ..Recipe::default() };
        let mut zip = Vec::new();
        recipe.write_zip(&mut zip).unwrap();
        Self::of(&zip)
    }

    /// Writes other bytes as its index.
    pub(super) fn write(&self, bytes: &[u8]) {
        let mut path = self.zip.clone().into_os_string();
        path.push(".ripsaw");
        fs::write(path, bytes).unwrap();
    }
}

/// Some questions.
pub(super) fn questions() -> Vec<Selection> {
    let of = |pattern: &str| {
        let options = PatternOptions { fixed_strings: true, ..PatternOptions::default() };
        Matcher::new(&[pattern.to_owned()], options).ok().map(std::sync::Arc::new)
    };
    let levels = Some(Levels::parse("ERROR+").unwrap());
    vec![
        Selection { matcher: of("line 59"), ..Selection::default() },
        Selection { filter: Filter { levels, ..Filter::default() }, ..Selection::default() },
    ]
}

/// Answers without an index.
fn plain(indexed: &Indexed, questions: &[Selection]) -> Vec<arrow::array::RecordBatch> {
    let plain = scan(std::slice::from_ref(&indexed.zip), IndexPolicy::Never);
    questions.iter().map(|question| answer(&plain, question).0).collect()
}

/// Answers are the same with these bytes as the index, and there are so many notices.
fn assert_harmless(
    (indexed, questions, plain): (&Indexed, &[Selection], &[arrow::array::RecordBatch]),
    bytes: &[u8],
    count: usize,
    what: &str,
) {
    indexed.write(bytes);
    let scan = scan(std::slice::from_ref(&indexed.zip), IndexPolicy::Beside);
    assert_eq!(notices(&scan).len(), count, "{what}: {:?}", notices(&scan));
    for (question, plain) in questions.iter().zip(plain) {
        assert_eq!(&answer(&scan, question).0, plain, "{what}");
    }
}

/// Bytes that no check sum is of as the file is opened.
fn unchecked(index: &Index) -> [Range<usize>; 2] {
    let reserved = index.end() + RESERVED;
    [index.section(DATA).unwrap(), reserved..reserved + 4]
}

#[test]
fn every_changed_byte() {
    let indexed = Indexed::small();
    let questions = questions();
    let plain = plain(&indexed, &questions);
    let unchecked = unchecked(&indexed.index);
    let about = (&indexed, &*questions, &*plain);
    assert_harmless(about, &indexed.index.0, 0, "as it was");
    for at in 0..indexed.index.0.len() {
        // Of data, whose check sums are tested as they are used, not every byte takes its time.
        let is_unchecked = unchecked.iter().any(|range| range.contains(&at));
        if is_unchecked && at % 7 > 0 {
            continue;
        }
        let mut bytes = indexed.index.0.clone();
        bytes[at] ^= 1 << (at % 8);
        assert_harmless(about, &bytes, usize::from(!is_unchecked), &format!("byte {at}"));
    }
}

#[test]
fn every_truncation() {
    let indexed = Indexed::small();
    let questions = &questions()[..1];
    let plain = plain(&indexed, questions);
    let about = (&indexed, questions, &*plain);
    for length in 0..indexed.index.0.len() {
        assert_harmless(about, &indexed.index.0[..length], 1, &format!("{length} bytes"));
        if length % 16 == 0 {
            // A part is missing at the beginning, or in the middle.
            let rest = &indexed.index.0[length + 1..];
            assert_harmless(about, rest, 1, &format!("without {length} bytes"));
            let cut = [&indexed.index.0[..length], rest].concat();
            assert_harmless(about, &cut, 1, &format!("without byte {length}"));
        }
    }
    let longer = [&indexed.index.0[..], b"\0"].concat();
    assert_harmless(about, &longer, 1, "a byte more");
}

#[test]
fn random_bytes() {
    let indexed = Indexed::small();
    let questions = &questions()[..1];
    let plain = plain(&indexed, questions);
    let mut random = fastrand::Rng::with_seed(3);
    for number in 0..300 {
        let mut bytes = vec![0; random.usize(..600)];
        random.fill(&mut bytes);
        let end = bytes.len().saturating_sub(8);
        if number % 2 == 0 && bytes.len() > 40 {
            // An end, and perhaps a table, where they are looked for.
            bytes[..8].copy_from_slice(&indexed.index.0[..8]);
            bytes[end..].copy_from_slice(&indexed.index.0[..8]);
            bytes[end - 8..end].copy_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
            bytes[end - 28..end - 24].copy_from_slice(&random.u32(..20).to_le_bytes());
            if number % 4 == 0 && (bytes[end - 28] as usize) * 32 + 48 < bytes.len() {
                let mut index = Index(bytes);
                index.check_end();
                bytes = index.0;
            }
        }
        assert_harmless((&indexed, questions, &plain), &bytes, 1, &format!("{number}"));
    }
}

/// Histories that are damaged are not used: the text is read from before them.
#[test]
fn changed_bytes_of_a_large_index() {
    let indexed = Indexed::large();
    let texts = ["deadbeefcafe", "warn"].map(|text| {
        let matcher = Matcher::new(&[text.to_owned()], PatternOptions::default()).unwrap();
        Selection { matcher: Some(std::sync::Arc::new(matcher)), ..Selection::default() }
    });
    let questions = [&texts[..], &questions()].concat();
    let plain = plain(&indexed, &questions);
    let data = indexed.index.section(DATA).unwrap();
    assert!(!indexed.index.section(POINTS).unwrap().is_empty());
    let mut random = fastrand::Rng::with_seed(4);
    for number in 0..8 {
        let mut bytes = indexed.index.0.clone();
        // More and more of them.
        for _ in 0..1 << number {
            bytes[random.usize(data.clone())] ^= 1 << random.u8(..8);
        }
        assert_harmless((&indexed, &questions, &plain), &bytes, 0, &format!("{number}"));
    }
}
