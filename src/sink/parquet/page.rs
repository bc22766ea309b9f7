//! Pages: how large they are, and the header before each.
//!
//! A page is what a reader decompresses at a time, and the least that it can skip.

use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

use super::rle::put_varint;

/// Rows per data page: pages of all columns begin at the same rows, so that a reader which skips by
/// the page index skips whole pages.
pub(super) const PAGE_ROWS: usize = 20_000;

/// Bytes of text per page: a page of free text ends with the row that reaches them, even if it has fewer
/// rows.
pub(super) const PAGE_BYTES: usize = 4 << 20;

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// Levels, then values (data page, version 1).
    Data(Encoding),
    /// The values that the codes of data pages refer to.
    Dictionary,
}

/// Appends the header of a page (parquet.thrift, `PageHeader`, in Thrift's compact protocol). `values` counts
/// nulls too; the sizes are in bytes, without the header.
pub(super) fn put_header(
    out: &mut Vec<u8>,
    kind: PageKind,
    values: usize,
    uncompressed: usize,
    compressed: usize,
) -> Result<()> {
    // A field begins with a byte: in the high half how much its number is above the last one's, in the low
    // half its type. Numbers are zigzag varints. The fields are always the same, so a general writer
    // would only cost time.
    const FIELD: u8 = 0x10;
    const I32: u8 = 5;
    const FALSE: u8 = 2;
    const STRUCT: u8 = 12;
    const STOP: u8 = 0;
    let number = |out: &mut Vec<u8>, value: usize| {
        let value = i32::try_from(value)
            .map_err(|_| ParquetError::General(format!("a page of {value} bytes is too large")))?;
        out.push(FIELD | I32);
        // Zigzag of a number that is not negative.
        put_varint(out, u64::from(value as u32) << 1);
        Ok::<_, ParquetError>(())
    };
    // PageType: DATA_PAGE or DICTIONARY_PAGE.
    number(out, if kind == PageKind::Dictionary { 2 } else { 0 })?;
    number(out, uncompressed)?;
    number(out, compressed)?;
    match kind {
        PageKind::Data(encoding) => {
            // From field 3 to 5, `data_page_header`: 4 is an optional checksum.
            out.push((2 * FIELD) | STRUCT);
            number(out, values)?;
            number(out, encoding as usize)?;
            // Definition and repetition levels.
            number(out, Encoding::RLE as usize)?;
            number(out, Encoding::RLE as usize)?;
        }
        PageKind::Dictionary => {
            // From field 3 to 7, `dictionary_page_header`.
            out.push((4 * FIELD) | STRUCT);
            number(out, values)?;
            number(out, Encoding::PLAIN as usize)?;
            // `is_sorted`: the values are in the order of first use.
            out.push(FIELD | FALSE);
        }
    }
    // The end of the inner struct, and of the header.
    out.extend_from_slice(&[STOP, STOP]);
    Ok(())
}
