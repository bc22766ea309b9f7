//! Column chunks of doubles that are not few, in whichever of two encodings makes the first of them smaller.
//!
//! Doubles of two or three decimals have few endings, which zstd finds if each is in one piece (`PLAIN`). Of
//! others only signs and exponents repeat: smaller if the first bytes are together, then the second ones, and so
//! on (`BYTE_STREAM_SPLIT`).

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{Double, PageBounds, ends, statistics};
use super::chunk::{ChunkWriter, Codec, Scratch, column_index};
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
    let encoding = encoding(parts, codec)?;
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
        put(&doubles, encoding, page);
        bounds
            .push((ends(doubles.iter().copied().map(Double::from)), levels.rows() - doubles.len()));
        chunk.data(page, encoding, levels.rows())?;
    }
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(Some(statistics(&bounds)), index).map(Some)
}

/// The encoding for the doubles of a chunk, by its first ones.
fn encoding(parts: &[Part], codec: &mut Codec) -> Result<Encoding> {
    const FIRST: usize = 4096;
    let mut first: Vec<f64> = Vec::with_capacity(FIRST);
    for part in parts {
        let Some(array) = part.array.as_primitive_opt::<Float64Type>() else { continue };
        let _ = part.try_valid(|rows| {
            let left = FIRST - first.len();
            first.extend(array.values()[rows].iter().take(left));
            (first.len() < FIRST).then_some(())
        });
    }
    let mut size = |encoding| {
        let mut bytes = Vec::with_capacity(size_of_val(&first[..]));
        put(&first, encoding, &mut bytes);
        codec.size(&bytes)
    };
    let is_split = size(Encoding::BYTE_STREAM_SPLIT)? < size(Encoding::PLAIN)?;
    Ok(if is_split { Encoding::BYTE_STREAM_SPLIT } else { Encoding::PLAIN })
}

/// Appends doubles as they are, or the lowest byte of every one, then the second of every one, up to the eighth.
fn put(doubles: &[f64], encoding: Encoding, out: &mut Vec<u8>) {
    if encoding == Encoding::PLAIN {
        return out.extend(doubles.iter().flat_map(|double| double.to_le_bytes()));
    }
    for byte in 0..8 {
        out.extend(doubles.iter().map(|double| (double.to_bits() >> (8 * byte)) as u8));
    }
}
