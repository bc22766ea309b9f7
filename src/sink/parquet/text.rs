//! Column chunks of free text: the lengths as differences, then the bytes as they are.
//!
//! The text of a page is copied in one piece per stretch of rows that are not null, as it is in the array,
//! and zstd finds more in text that no lengths interrupt.

use arrow::array::{AsArray, StringArray};
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{PageBounds, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::delta;
use super::page::PAGE_BYTES;
use super::part::{Part, pages};

/// Encodes a column of text (`DELTA_LENGTH_BYTE_ARRAY`); `None` if the arrays are of another type. The chunk
/// has bounds and a column index only `with_bounds`: the least and the greatest message help no reader.
pub(super) fn encode(
    parts: &[Part],
    with_bounds: bool,
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if parts.iter().any(|part| part.array.as_string_opt::<i32>().is_none()) {
        return Ok(None);
    }
    let Scratch { codec, page, levels, numbers, .. } = scratch;
    let highest = descriptor.max_def_level();
    let width = codec.width();
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let pages: Vec<_> = pages(parts).flat_map(|parts| cut(&parts)).collect();
    let mut bounds: Vec<PageBounds<&str>> = Vec::new();
    for parts in &pages {
        page.clear();
        levels.start(highest);
        numbers.clear();
        for part in parts {
            levels.push_part(part);
            valid_texts(part, |_, offsets| {
                let ends = offsets.iter().zip(&offsets[1..]);
                numbers.extend(ends.map(|(start, end)| i64::from(end - start)));
            });
        }
        levels.put(page)?;
        // All lengths of the page come before its first byte, so the parts are gone through twice.
        delta::encode(numbers, width, page);
        for part in parts {
            valid_texts(part, |texts, offsets| {
                let bytes = offsets[0] as usize..offsets[offsets.len() - 1] as usize;
                page.extend_from_slice(&texts.value_data()[bytes]);
            });
        }
        bounds.push((with_bounds.then(|| ends(parts)).flatten(), levels.rows() - numbers.len()));
        chunk.data(page, Encoding::DELTA_LENGTH_BYTE_ARRAY, levels.rows())?;
    }
    let index = with_bounds.then(|| column_index(&bounds, descriptor.physical_type()));
    chunk.finish(Some(statistics(&bounds)), index.transpose()?.flatten()).map(Some)
}

/// Calls `each` with the array and the offsets of each stretch of rows that are not null: one more than it has
/// rows. A null may have bytes in the array, which must not be written.
fn valid_texts<'a>(part: &'a Part, mut each: impl FnMut(&'a StringArray, &'a [i32])) {
    if let Some(texts) = part.array.as_string_opt::<i32>() {
        part.for_valid(|rows| each(texts, &texts.value_offsets()[rows.start..=rows.end]));
    }
}

/// The least and the greatest text of a page.
fn ends(parts: &[Part]) -> Option<(&str, &str)> {
    // The first bytes of a text as a number, which is in the order of texts but for what follows.
    let start = |text: &str| match text.as_bytes().first_chunk() {
        Some(start) => u64::from_be_bytes(*start),
        None => {
            text.bytes().chain(std::iter::repeat(0)).take(8).fold(0, |n, b| n << 8 | u64::from(b))
        }
    };
    let mut ends: Option<[(u64, &str); 2]> = None;
    for part in parts {
        let Some(texts) = part.array.as_string_opt::<i32>() else { continue };
        part.for_valid(|rows| {
            for row in rows {
                let text = (start(texts.value(row)), texts.value(row));
                let [least, most] = ends.get_or_insert([text; 2]);
                // Most are between: two comparisons of numbers.
                if text.0 <= least.0 && text < *least {
                    *least = text;
                }
                if text.0 >= most.0 && text > *most {
                    *most = text;
                }
            }
        });
    }
    ends.map(|[least, most]| (least.1, most.1))
}

/// Cuts a page of more than [`PAGE_BYTES`]: each part ends with the row that reaches them, so that a message
/// of any length has a page. Where the arrays end makes no difference.
fn cut(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut pages = Vec::new();
    let (mut page, mut bytes) = (Vec::new(), 0);
    for part in parts {
        let Some(texts) = part.array.as_string_opt::<i32>() else { continue };
        let offsets = texts.value_offsets();
        let mut first = 0;
        while first < part.len() {
            let start = offsets[first] as usize;
            let room = PAGE_BYTES - bytes;
            // The rows that leave some of the room; the next one fills it. Offsets only grow.
            let rest = &offsets[first + 1..];
            let fits = rest.partition_point(|&end| (end as usize) - start < room);
            let end = (first + fits + 1).min(part.len());
            bytes += offsets[end] as usize - start;
            page.push(part.cut(first..end));
            first = end;
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
