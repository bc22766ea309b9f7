//! Column chunks of doubles that are not few: their first bytes together, then their second ones, and so on
//! (`BYTE_STREAM_SPLIT`), as signs and exponents repeat where the last bytes never do.

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{Double, PageBounds, ends, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::part::{Part, pages};

/// Encodes a column; `None` if the arrays are of another type.
pub(super) fn encode(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if parts.iter().any(|part| part.array.as_primitive_opt::<Float64Type>().is_none()) {
        return Ok(None);
    }
    let Scratch { codec, page, levels, .. } = scratch;
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let mut bounds: Vec<PageBounds<Double>> = Vec::new();
    let mut doubles: Vec<f64> = Vec::new();
    for parts in pages(parts) {
        page.clear();
        levels.start(descriptor.max_def_level());
        doubles.clear();
        for part in &parts {
            levels.push_part(part);
            let Some(array) = part.array.as_primitive_opt::<Float64Type>() else { continue };
            part.for_valid(|rows| doubles.extend_from_slice(&array.values()[rows]));
        }
        levels.put(page)?;
        split(&doubles, page);
        bounds
            .push((ends(doubles.iter().copied().map(Double::from)), levels.rows() - doubles.len()));
        chunk.data(page, Encoding::BYTE_STREAM_SPLIT, levels.rows())?;
    }
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(Some(statistics(&bounds)), Some(index)).map(Some)
}

/// Appends the lowest byte of every double, then the second of every one, up to the eighth.
fn split(doubles: &[f64], out: &mut Vec<u8>) {
    for byte in 0..8 {
        out.extend(doubles.iter().map(|double| (double.to_bits() >> (8 * byte)) as u8));
    }
}
