//! Column chunks of booleans, a bit each.

use arrow::array::{AsArray, BooleanBufferBuilder};
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{PageBounds, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::part::{Part, pages};

/// Encodes a column (`PLAIN`); `None` if the arrays are of another type.
pub(super) fn encode(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if parts.iter().any(|part| part.array.as_boolean_opt().is_none()) {
        return Ok(None);
    }
    let Scratch { codec, page, levels, .. } = scratch;
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let mut bounds: Vec<PageBounds<bool>> = Vec::new();
    for parts in pages(parts) {
        page.clear();
        levels.start(descriptor.max_def_level());
        let mut bits = BooleanBufferBuilder::new(parts.iter().map(Part::values).sum());
        for part in &parts {
            levels.push_part(part);
            let Some(array) = part.array.as_boolean_opt() else { continue };
            // Of the array from its first byte on, wherever its first bit is.
            let (all, offset) = (array.values().values(), array.values().offset());
            part.for_valid(|rows| {
                bits.append_packed_range(offset + rows.start..offset + rows.end, all);
            });
        }
        levels.put(page)?;
        let bits = bits.finish();
        page.extend_from_slice(bits.values());
        let (count, set) = (bits.len(), bits.count_set_bits());
        let ends = (count > 0).then_some((set == count, set > 0));
        bounds.push((ends, levels.rows() - count));
        chunk.data(page, Encoding::PLAIN, levels.rows())?;
    }
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(Some(statistics(&bounds)), index).map(Some)
}
