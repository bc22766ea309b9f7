//! Column chunks of free text: the lengths as differences, then the bytes as they are.
//!
//! The text of a page is copied in one piece per stretch of rows that are not null, as it is in the array,
//! and zstd finds more in text that no lengths interrupt.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{ChunkWriter, Scratch};
use super::delta;
use super::page::{PAGE_BYTES, pages};

/// Encodes a column of text (`DELTA_LENGTH_BYTE_ARRAY`); `None` if the arrays are of another type. The chunk
/// has neither bounds nor a column index: the least and the greatest message help no reader.
pub(super) fn encode(
    arrays: &[&ArrayRef],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if arrays.iter().any(|array| array.as_string_opt::<i32>().is_none()) {
        return Ok(None);
    }
    let Scratch { codec, page, levels, numbers } = scratch;
    let highest = descriptor.max_def_level();
    let width = codec.width();
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let mut nulls = 0;
    for parts in pages(arrays).flat_map(|parts| cut(&parts)) {
        page.clear();
        levels.clear();
        numbers.clear();
        for part in &parts {
            levels.push_rows(part.nulls(), part.len());
            valid_rows(part, |offsets| {
                let ends = offsets.iter().zip(&offsets[1..]);
                numbers.extend(ends.map(|(start, end)| i64::from(end - start)));
            });
        }
        levels.put(highest, page)?;
        // All lengths of the page come before its first byte, so the parts are gone through twice.
        delta::encode(numbers, width, page);
        for part in &parts {
            valid_rows(part, |offsets| {
                let bytes = offsets[0] as usize..offsets[offsets.len() - 1] as usize;
                page.extend_from_slice(&part.value_data()[bytes]);
            });
        }
        nulls += levels.rows() - numbers.len();
        chunk.data(page, Encoding::DELTA_LENGTH_BYTE_ARRAY, levels.rows())?;
    }
    let statistics = Statistics::byte_array(None, None, None, Some(nulls as u64), false);
    chunk.finish(Some(statistics), None).map(Some)
}

/// Calls `each` with the offsets of each stretch of rows that are not null: one more than it has rows. A null
/// may have bytes in the array, which must not be written.
fn valid_rows(array: &StringArray, mut each: impl FnMut(&[i32])) {
    let offsets = array.value_offsets();
    match array.nulls() {
        None => each(offsets),
        Some(nulls) => nulls.valid_slices().for_each(|(start, end)| each(&offsets[start..=end])),
    }
}

/// Cuts a page of more than [`PAGE_BYTES`]: each part ends with the row that reaches them, so that a message
/// of any length has a page. Where the arrays end makes no difference.
fn cut(parts: &[ArrayRef]) -> Vec<Vec<StringArray>> {
    let mut pages = Vec::new();
    let (mut page, mut bytes) = (Vec::new(), 0);
    for part in parts.iter().filter_map(|part| part.as_string_opt::<i32>()) {
        let mut part = part.clone();
        while !part.is_empty() {
            let offsets = part.value_offsets();
            let start = offsets[0] as usize;
            let room = PAGE_BYTES - bytes;
            // The rows that leave some of the room; the next one fills it. Offsets only grow.
            let fits = offsets[1..].partition_point(|&end| (end as usize) - start < room);
            let rows = (fits + 1).min(part.len());
            bytes += offsets[rows] as usize - start;
            page.push(part.slice(0, rows));
            part = part.slice(rows, part.len() - rows);
            if bytes >= PAGE_BYTES {
                pages.push(std::mem::take(&mut page));
                bytes = 0;
            }
        }
    }
    if !page.is_empty() {
        pages.push(page);
    }
    pages
}
