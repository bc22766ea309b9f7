//! Whole inputs, read as a conversion reads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ripsaw::format::harness::HarnessDecoder;
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::source::{Catalog, Ending, Feed, FormatId, MapPolicy, Portion, ReadOptions};
use ripsaw::table::{Dictionaries, LinesBuilder, Malformed, MessageAnsi, Tally};
use tempfile::TempDir;

/// Bytes as a file with this name, in a folder that vanishes.
pub(crate) struct Input {
    _folder: TempDir,
    path: PathBuf,
}

impl Input {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be written");
        Self { _folder: folder, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; the error in words where it is refused.
    pub(crate) fn open(&self, map: MapPolicy) -> Result<Arc<Catalog>, String> {
        let read = ReadOptions { map, ..ReadOptions::default() };
        let format = FormatId::named("harness");
        let options = ScanOptions { read, format, ..ScanOptions::default() };
        let scan = Scan::open_with([&self.path], options).map_err(|error| error.to_string())?;
        Ok(Arc::clone(scan.catalog()))
    }
}

/// The bytes of an entry, as far as they could be read, and how they end.
#[derive(Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ending: Ending,
}

/// What a conversion makes of a catalog, portion by portion, and the text it is made from.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Contents {
    pub(crate) texts: Vec<Text>,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) tallies: Vec<(usize, Tally)>,
    pub(crate) malformed: Vec<Malformed>,
}

/// Reads and decodes every entry.
pub(crate) fn contents(catalog: &Arc<Catalog>) -> Contents {
    let dictionaries = Dictionaries::new(catalog);
    let mut decoder = HarnessDecoder::new(catalog.options().max_line);
    let mut rows = LinesBuilder::new(MessageAnsi::Strip, true);
    let mut portion = Portion::new();
    let mut contents = Contents::default();
    for run in Feed::plan(catalog) {
        let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), run);
        while !feed.is_done() {
            feed.fill(&mut portion);
            for piece in portion.pieces() {
                let bytes = portion.text(piece);
                if piece.offset == 0 {
                    contents.texts.push(Text { bytes: Vec::new(), ending: Ending::More });
                }
                let text = contents.texts.last_mut().expect("an entry begins at 0");
                text.bytes.extend_from_slice(bytes);
                text.ending = piece.ending.clone();
                decoder.decode(piece, bytes, &mut rows);
            }
            let lines = rows.finish(&dictionaries);
            contents.batches.push(lines.batch);
            contents.tallies.extend(lines.tallies);
            contents.malformed.extend(lines.malformed);
        }
    }
    contents
}

/// The columns that tell rows apart.
pub(crate) const COLUMNS: [&str; 7] =
    ["bundle", "file", "line", "level_text", "message", "extra", "parse_error"];

/// What these columns have in the rows of batches, up to an error.
pub(crate) fn rows(batches: impl Iterator<Item = ripsaw::Result<RecordBatch>>) -> Vec<String> {
    let mut all = Vec::new();
    for batch in batches {
        let Ok(batch) = batch else { break };
        let columns = COLUMNS.map(|name| {
            let column = batch.column_by_name(name).expect("a column");
            ArrayFormatter::try_new(column, &FormatOptions::new()).expect("it can be shown")
        });
        let row = |at| columns.each_ref().map(|column| column.value(at).to_string()).join("|");
        all.extend((0..batch.num_rows()).map(row));
    }
    all
}
