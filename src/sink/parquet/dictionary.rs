//! Column chunks of few different values, written from runs.
//!
//! Arrow's writer hashes the value of every row again, even from dictionary arrays; here a value is
//! looked up once per run, and a run becomes one entry of Parquet's run-length encoding.
//!
//! A chunk is a page with the values in the order of first use, then pages of levels and codes. Codes are not
//! sorted as the values are, so bounds are found by the rank of each code.

use std::ops::Range;

use arrow::array::ArrayRef;
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{PageBounds, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::page::PAGE_ROWS;
use super::part::Part;
use super::rle::RunEncoder;
use super::runs::Runs;

/// Bytes below which a chunk is not compressed: starting and ending a page in zstd costs more than it saves.
pub(super) const WORTH_COMPRESSING: usize = 512;

/// Encodes a column; `None` where the values are too many or change too often, or are inside structs.
pub(super) fn encode(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if parts.iter().any(|part| !part.outer.is_empty()) {
        return Ok(None);
    }
    let arrays: Vec<&ArrayRef> = parts.iter().map(|part| &part.array).collect();
    let Some(runs) = Runs::new(&arrays).filter(|runs| !runs.values.is_empty()) else {
        return Ok(None);
    };
    // All pages are built before the first is written: the size of the whole decides on compression.
    scratch.page.clear();
    let values = &runs.values;
    put_values(values, &mut scratch.page);
    let dictionary = scratch.page.len();
    let ranks = ranks(values);
    let mut pages = Vec::new();
    for page in cut(&runs.runs) {
        pages.push(DataPage::new(&page, &ranks, descriptor.max_def_level(), scratch)?);
    }

    let bytes = &scratch.page;
    let mut chunk = ChunkWriter::new(descriptor, &mut scratch.codec, out);
    if bytes.len() < WORTH_COMPRESSING {
        chunk = chunk.uncompressed();
    }
    chunk.dictionary(&bytes[..dictionary], values.len())?;
    for page in &pages {
        chunk.data(&bytes[page.bytes.clone()], Encoding::RLE_DICTIONARY, page.rows)?;
    }
    let text = |code: u32| values[code as usize];
    let bounds = |page: &DataPage| -> PageBounds<&str> {
        (page.bounds.map(|(least, most)| (text(least), text(most))), page.nulls)
    };
    let bounds: Vec<_> = pages.iter().map(bounds).collect();
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(Some(statistics(&bounds)), index).map(Some)
}

/// The dictionary page: every value after its length in four bytes (`PLAIN`).
fn put_values(values: &[&str], out: &mut Vec<u8>) {
    for value in values {
        out.extend_from_slice(&(value.len() as u32).to_le_bytes());
        out.extend_from_slice(value.as_bytes());
    }
}

/// For each code, the place of its value in bytewise order. Comparing ranks is cheaper than comparing texts
/// for every run.
fn ranks(values: &[&str]) -> Vec<usize> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by_key(|&code| values[code as usize]);
    let mut ranks = vec![0; values.len()];
    order.iter().enumerate().for_each(|(rank, &code)| ranks[code as usize] = rank);
    ranks
}

/// A run of a code, or of nulls (`None`), and its rows.
type Run = (Option<u32>, usize);

/// Cuts runs into those of each page: [`PAGE_ROWS`] rows, and what is left in the last.
fn cut(runs: &[Run]) -> impl Iterator<Item = Vec<Run>> {
    let mut runs = runs.iter().copied();
    let mut rest: Option<Run> = None;
    std::iter::from_fn(move || {
        let (mut page, mut filled) = (Vec::new(), 0);
        while filled < PAGE_ROWS {
            let Some((code, rows)) = rest.take().or_else(|| runs.next()) else { break };
            let take = rows.min(PAGE_ROWS - filled);
            // A run over the end of the page continues in the next.
            rest = (take < rows).then_some((code, rows - take));
            page.push((code, take));
            filled += take;
        }
        (filled > 0).then_some(page)
    })
}

/// A page, not yet compressed.
struct DataPage {
    /// Where it is in the scratch buffer.
    bytes: Range<usize>,
    rows: usize,
    nulls: usize,
    /// Codes of the least and the greatest value; `None` where all are null.
    bounds: Option<(u32, u32)>,
}

impl DataPage {
    /// Builds a page in the scratch buffer: definition levels if there may be nulls, the width of a code in
    /// one byte, then the codes.
    fn new(runs: &[Run], ranks: &[usize], highest: i16, scratch: &mut Scratch) -> Result<Self> {
        let Scratch { page, levels, .. } = scratch;
        let start = page.len();
        levels.start(highest);
        runs.iter().for_each(|&(code, rows)| levels.push(code.is_some().into(), rows));
        levels.put(page)?;
        // Enough bits for the largest code, and at least one, which `RunEncoder` needs.
        let bits = (32 - (ranks.len() as u32 - 1).leading_zeros()).max(1);
        page.push(bits as u8);
        let mut codes = RunEncoder::new(page, bits);
        let (mut nulls, mut bounds) = (0, None);
        for &(code, rows) in runs {
            let Some(code) = code else {
                nulls += rows;
                continue;
            };
            codes.push(code, rows);
            let rank = |code: u32| ranks[code as usize];
            // Only values of this page count, so bounds are tracked here and not taken from the dictionary.
            let (least, most) = bounds.unwrap_or((code, code));
            bounds = Some((
                if rank(code) < rank(least) { code } else { least },
                if rank(code) > rank(most) { code } else { most },
            ));
        }
        codes.finish();
        Ok(Self { bytes: start..page.len(), rows: levels.rows(), nulls, bounds })
    }
}
