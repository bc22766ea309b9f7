//! Column chunks without a value: all rows are null, or maps without a member.
//!
//! Many logs have no `parse_error`, no `extra`, no `args`: such a chunk is a few bytes of levels, whatever
//! its type, and none of its arrays is read.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;
use parquet::basic::{Encoding, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{ChunkWriter, PageBounds, Scratch, column_index};
use super::levels::{Levels, put_levels};
use super::page::pages;

/// Whether no row has a value, by counts and offsets alone. `false` is always safe: the column is then
/// encoded as usual.
pub(super) fn is_blank(array: &ArrayRef) -> bool {
    if let Some(runs) = array.as_run_opt::<Int32Type>() {
        // Only the values of the slice: those outside it may not be null.
        let values = runs.values_slice();
        return values.null_count() == values.len();
    }
    if let Some(maps) = array.as_map_opt() {
        let offsets = maps.value_offsets();
        return offsets.first() == offsets.last();
    }
    array.null_count() == array.len()
}

/// Encodes one leaf of a nullable column of which every array [is blank](is_blank). Without `with_index`
/// there is no column index, as for free text that has values.
pub(super) fn encode(
    arrays: &[&ArrayRef],
    descriptor: &ColumnDescPtr,
    with_index: bool,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<ColumnCloseResult> {
    let Scratch { codec, page, levels, .. } = scratch;
    let mut chunk = ChunkWriter::new(descriptor, codec, out).uncompressed();
    let mut bounds: Vec<PageBounds<i64>> = Vec::new();
    for parts in pages(arrays) {
        page.clear();
        levels.clear();
        parts.iter().for_each(|part| push_levels(part, levels));
        let rows = levels.rows();
        if descriptor.max_rep_level() > 0 {
            // A map is a repeated group. Level 0 begins a row, and with no members every level does.
            put_levels(&[(0, rows)], descriptor.max_rep_level(), page);
        }
        levels.put(descriptor.max_def_level(), page)?;
        bounds.push((None, rows));
        chunk.data(page, Encoding::PLAIN, rows)?;
    }
    let rows = bounds.iter().map(|page| page.1 as u64).sum();
    let index = column_index(&bounds, descriptor.physical_type(), |_| Vec::new())?;
    chunk.finish(statistics(descriptor.physical_type(), rows), with_index.then_some(index))
}

/// A null is level 0, a map without a member level 1.
fn push_levels(array: &ArrayRef, levels: &mut Levels) {
    match array.as_map_opt() {
        Some(maps) => levels.push_rows(maps.nulls(), maps.len()),
        None => levels.push(0, array.len()),
    }
}

/// The number of nulls, which lets readers skip the chunk; `None` for types whose chunks have no statistics
/// here.
fn statistics(physical: Type, nulls: u64) -> Option<Statistics> {
    let nulls = Some(nulls);
    match physical {
        Type::INT64 => Some(Statistics::int64(None, None, None, nulls, false)),
        Type::BYTE_ARRAY => Some(Statistics::byte_array(None, None, None, nulls, false)),
        _ => None,
    }
}
