//! An index beside an archive: whatever it says, nothing panics and every question is answered.
//!
//! The bytes are changes to a sound index, or all of one. Either is made to be opened: it gets the beginning and the
//! end of one, and check sums that are right.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use ripsaw::query::{Filter, Levels, Matcher, PatternOptions, Selection};
use ripsaw::scan::{IndexPolicy, Scan, ScanOptions};
use ripsaw_testkit::layout::{DATA, Index};
use tempfile::TempDir;

/// An archive and the index of it.
struct Bundle {
    _folder: TempDir,
    zip: PathBuf,
    index: PathBuf,
    sound: Index,
}

static BUNDLE: LazyLock<Bundle> = LazyLock::new(Bundle::new);

impl Bundle {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let zip = folder.path().join("logs.zip");
        let index = folder.path().join("logs.zip.ripsaw");
        fs::write(&zip, archive()).expect("a file can be written");
        scan(&zip).build_indexes(true, &mut ()).expect("an index can be written");
        let sound = Index(fs::read(&index).expect("it was written"));
        Self { _folder: folder, zip, index, sound }
    }
}

/// A deflated member, of several blocks.
fn archive() -> Vec<u8> {
    let line = |number: usize| {
        let level = ["INFO", "WARN", "ERROR"][number / 9 % 3];
        format!("2026-03-09 10:{:02}:00,5 [main] {level} line {number} of many\n", number / 360)
    };
    let text: String = (0..12_000).map(line).collect();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory can be written to");
    let stream = encoder.finish().expect("memory can be written to");
    crate::inflate::zip(&stream, text.len() as u32, crc32fast::hash(text.as_bytes()))
}

fn scan(zip: &PathBuf) -> Scan {
    let options = ScanOptions { index: IndexPolicy::Beside, ..ScanOptions::default() };
    Scan::open_with([zip], options).expect("the archive is sound")
}

/// A sound index with other numbers in its records. Each change is a place and a number.
fn changed(sound: &Index, changes: &[u8]) -> Index {
    let mut index = sound.clone();
    let records = sound.section(DATA).map_or(0, |data| data.end);
    let places = sound.0.len() - records - 8;
    for change in changes.chunks_exact(10) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]]));
        // Numbers of four bytes and of eight.
        let end = if place & 0x8000 == 0 { 10 } else { 6 };
        index.set(records + (place & 0x7fff) % places, &change[2..end]);
    }
    index
}

/// # Panics
/// Where something does.
pub fn run(bytes: &[u8]) {
    let bundle = &*BUNDLE;
    let Some((mode, bytes)) = bytes.split_first() else { return };
    let mut index = if mode % 2 == 0 { changed(&bundle.sound, bytes) } else { Index(bytes.into()) };
    if !index.mend(&bundle.sound) {
        return;
    }
    fs::write(&bundle.index, &index.0).expect("a file can be written");
    let scan = scan(&bundle.zip);
    let matcher = Matcher::new(&["line 11000 ".to_owned()], PatternOptions::default());
    let levels = Levels::parse("ERROR+").expect("it is a level");
    let questions = [
        Selection { matcher: matcher.ok().map(Into::into), ..Selection::default() },
        Selection {
            filter: Filter { levels: Some(levels), since: Some(0), ..Filter::default() },
            ..Selection::default()
        },
    ];
    for question in questions {
        if let Ok(batches) = scan.clone().select(question).batches() {
            batches.for_each(drop);
        }
    }
    let _ = scan.count_all(&mut ()).map(|report| scan.entries_batch(&report));
}

/// Seeds: a sound index, and one change of every number.
pub fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let whole = [&b"\x01"[..], &BUNDLE.sound.0].concat();
    let change = |place: u16| {
        let value = if place.is_multiple_of(8) { u64::MAX } else { 1 };
        [&b"\0"[..], &place.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    std::iter::once(whole).chain((0..2_000).step_by(4).map(change))
}
