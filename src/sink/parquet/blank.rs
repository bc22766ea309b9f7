//! Column chunks without a value: all rows are null, or maps and lists without a member.
//!
//! Many logs have no `parse_error`, no `extra`, no `args`: such a chunk is a few bytes of levels, whatever
//! its type, and none of its arrays is read.

use arrow::array::{Array as _, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;
use parquet::basic::{Encoding, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::PageBounds;
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::levels::{Levels, put_levels};
use super::part::{Part, pages};

/// Whether no row has a value, by counts and offsets alone. `false` is always safe: the column is then
/// encoded as usual.
pub(super) fn is_blank(part: &Part) -> bool {
    let array = &part.array;
    if let Some(runs) = array.as_run_opt::<Int32Type>() {
        // Only the values of the slice: those outside it may not be null.
        let values = runs.values_slice();
        return values.null_count() == values.len();
    }
    if let Some(offsets) = offsets(array) {
        return offsets.first() == offsets.last();
    }
    part.values() == 0
}

/// The offsets of maps and lists, which may be empty.
fn offsets(array: &ArrayRef) -> Option<&[i32]> {
    let maps = array.as_map_opt().map(|maps| maps.value_offsets());
    maps.or_else(|| array.as_list_opt::<i32>().map(|lists| lists.value_offsets()))
}

/// Encodes one leaf of a nullable column of which every array [is blank](is_blank). Without `with_index`
/// there is no column index, as for free text that has values.
pub(super) fn encode(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    with_index: bool,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<ColumnCloseResult> {
    let Scratch { codec, page, levels, .. } = scratch;
    let mut chunk = ChunkWriter::new(descriptor, codec, out).uncompressed();
    let mut bounds: Vec<PageBounds<i64>> = Vec::new();
    for parts in pages(parts) {
        page.clear();
        levels.start(descriptor.max_def_level());
        parts.iter().for_each(|part| push_levels(part, levels));
        let rows = levels.rows();
        if descriptor.max_rep_level() > 0 {
            // A map is a repeated group. Level 0 begins a row, and with no members every level does.
            put_levels(&[(0, rows)], descriptor.max_rep_level(), page);
        }
        levels.put(page)?;
        bounds.push((None, rows));
        chunk.data(page, Encoding::PLAIN, rows)?;
    }
    let rows = bounds.iter().map(|page| page.1 as u64).sum();
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(statistics(descriptor.physical_type(), rows), index.filter(|_| with_index))
}

/// A null is level 0, a map without a member level 1; in structs both have one more for each.
fn push_levels(part: &Part, levels: &mut Levels) {
    match part.array.as_run_opt::<Int32Type>() {
        // Runs have their nulls in the values.
        Some(_) => levels.push(0, part.len()),
        None => levels.push_part(part),
    }
}

/// The number of nulls, which lets readers skip the chunk; `None` for types whose chunks have no statistics
/// here.
fn statistics(physical: Type, nulls: u64) -> Option<Statistics> {
    let nulls = Some(nulls);
    match physical {
        Type::BOOLEAN => Some(Statistics::boolean(None, None, None, nulls, false)),
        Type::INT32 => Some(Statistics::int32(None, None, None, nulls, false)),
        Type::DOUBLE => Some(Statistics::double(None, None, None, nulls, false)),
        Type::INT64 => Some(Statistics::int64(None, None, None, nulls, false)),
        Type::BYTE_ARRAY => Some(Statistics::byte_array(None, None, None, nulls, false)),
        _ => None,
    }
}
