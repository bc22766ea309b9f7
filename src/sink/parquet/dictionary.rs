//! Column chunks of few different values, written from runs.
//!
//! The columns that say where a line comes from are constant over thousands of rows. Arrow's writer
//! hashes the value of every row again, even from dictionary arrays; here a value is looked up once
//! per run, and a run becomes one entry of Parquet's run-length encoding.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int32Type};
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::PAGE_ROWS;
use super::rle::RunEncoder;

/// More different values than this are left to Arrow's writer.
const MAX_VALUES: usize = 1 << 16;

/// Values that change more often than this, on average, are left to Arrow's writer.
const ROWS_PER_RUN: usize = 2;

/// An encoded column chunk.
pub(super) struct DictionaryChunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

/// Encodes column `index` of the batches; `None` where the values are too many or change too often.
pub(super) fn encode(
    batches: &[RecordBatch],
    index: usize,
    descriptor: &ColumnDescPtr,
    compressor: Option<&mut zstd::bulk::Compressor<'static>>,
    compression: Compression,
) -> Result<Option<DictionaryChunk>> {
    let mut runs = Runs::default();
    for batch in batches {
        if runs.add(batch.column(index)).is_none() {
            return Ok(None);
        }
    }
    if runs.values.is_empty() {
        return Ok(None);
    }
    let pages = Pages::new(&runs, descriptor.max_def_level() > 0);
    let (compressor, compression) = match compressor {
        Some(compressor) => (Some(compressor), compression),
        // Runs are small as they are: other codecs than zstd would save next to nothing.
        None => (None, Compression::UNCOMPRESSED),
    };
    pages.write(descriptor, compressor, compression).map(Some)
}

/// A column as runs of codes, and the values in the order of first use.
#[derive(Default)]
struct Runs<'a> {
    values: Vec<&'a str>,
    codes: HashMap<&'a str, u32>,
    runs: Vec<(Option<u32>, usize)>,
    rows: usize,
}

impl<'a> Runs<'a> {
    fn add(&mut self, array: &'a ArrayRef) -> Option<()> {
        match array.data_type() {
            DataType::Dictionary(..) => self.add_dictionary(array),
            DataType::Utf8 => self.add_strings(array),
            _ => None,
        }
    }

    fn add_dictionary(&mut self, array: &'a ArrayRef) -> Option<()> {
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let values = array.values().as_string_opt::<i32>()?;
        let keys = array.keys();
        // One look-up per different key of the batch.
        let mut codes: HashMap<i32, u32> = HashMap::new();
        let mut add = |run: Range<usize>, runs: &mut Self| {
            let key = keys.value(run.start);
            let code = match codes.get(&key) {
                Some(code) => *code,
                None => *codes.entry(key).or_insert(runs.code(values.value(key as usize))?),
            };
            runs.push(Some(code), run.len());
            Some(())
        };
        for valid in equal_runs(keys.len(), |from| validity_end(keys.nulls(), keys.len(), from)) {
            if keys.is_null(valid.start) {
                self.push(None, valid.len());
                continue;
            }
            let all = &keys.values()[valid.clone()];
            let end = |from: usize| {
                let first = all[from];
                all[from..].iter().position(|key| *key != first).map_or(all.len(), |n| from + n)
            };
            for run in equal_runs(all.len(), end) {
                add(valid.start + run.start..valid.start + run.end, self)?;
            }
        }
        Some(())
    }

    fn add_strings(&mut self, array: &'a ArrayRef) -> Option<()> {
        let strings = array.as_string_opt::<i32>()?;
        let equal = |a: usize, b: usize| {
            strings.is_valid(a) == strings.is_valid(b)
                && (strings.is_null(a) || strings.value(a) == strings.value(b))
        };
        let end = |from| {
            (from + 1..strings.len()).find(|&row| !equal(from, row)).unwrap_or(strings.len())
        };
        for run in equal_runs(strings.len(), end) {
            let row = run.start;
            let code = match strings.is_valid(row) {
                true => Some(self.code(strings.value(row))?),
                false => None,
            };
            self.push(code, run.len());
            if self.rows > 4096 && self.runs.len() * ROWS_PER_RUN > self.rows {
                return None;
            }
        }
        Some(())
    }

    fn code(&mut self, value: &'a str) -> Option<u32> {
        if let Some(code) = self.codes.get(value) {
            return Some(*code);
        }
        let code = self.values.len() as u32;
        self.codes.insert(value, code);
        self.values.push(value);
        (self.values.len() <= MAX_VALUES).then_some(code)
    }

    fn push(&mut self, code: Option<u32>, rows: usize) {
        self.rows += rows;
        match self.runs.last_mut() {
            Some((last, count)) if *last == code => *count += rows,
            _ => self.runs.push((code, rows)),
        }
    }
}

/// Cuts `0..length` into ranges; `end` says where the one that begins at a row ends.
fn equal_runs(length: usize, end: impl Fn(usize) -> usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let run = (start < length).then(|| start..end(start))?;
        start = run.end;
        Some(run)
    })
}

/// Where the rows that are null, or are not, as row `from` is, end.
fn validity_end(nulls: Option<&NullBuffer>, length: usize, from: usize) -> usize {
    let Some(nulls) = nulls else { return length };
    let valid = nulls.is_valid(from);
    (from + 1..nulls.len()).find(|&row| nulls.is_valid(row) != valid).unwrap_or(nulls.len())
}

/// The pages of a chunk, not yet compressed.
struct Pages<'a> {
    dictionary: Vec<u8>,
    values: &'a [&'a str],
    pages: Vec<DataPage>,
    rows: usize,
}

struct DataPage {
    bytes: Vec<u8>,
    rows: usize,
    nulls: usize,
    /// Codes of the least and the greatest value; `None` where all are null.
    bounds: Option<(u32, u32)>,
}

impl<'a> Pages<'a> {
    fn new(runs: &'a Runs<'a>, nullable: bool) -> Self {
        let values = &runs.values;
        let mut dictionary = Vec::new();
        for value in values {
            dictionary.extend_from_slice(&(value.len() as u32).to_le_bytes());
            dictionary.extend_from_slice(value.as_bytes());
        }
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_unstable_by_key(|&code| values[code as usize]);
        let mut ranks = vec![0; values.len()];
        order.iter().enumerate().for_each(|(rank, &code)| ranks[code as usize] = rank);

        let bits = (32 - (values.len() as u32 - 1).leading_zeros()).max(1);
        let mut pages = Vec::new();
        let mut page: Vec<(Option<u32>, usize)> = Vec::new();
        let mut filled = 0;
        for &(code, mut rows) in &runs.runs {
            while rows > 0 {
                let take = rows.min(PAGE_ROWS - filled);
                page.push((code, take));
                rows -= take;
                filled += take;
                if filled == PAGE_ROWS {
                    pages.push(DataPage::new(&page, bits, nullable, &ranks));
                    page.clear();
                    filled = 0;
                }
            }
        }
        if !page.is_empty() {
            pages.push(DataPage::new(&page, bits, nullable, &ranks));
        }
        Self { dictionary, values, pages, rows: runs.rows }
    }

    fn value(&self, code: u32) -> Vec<u8> {
        self.values[code as usize].as_bytes().to_vec()
    }

    fn write(
        &self,
        descriptor: &ColumnDescPtr,
        compressor: Option<&mut zstd::bulk::Compressor<'static>>,
        compression: Compression,
    ) -> Result<DictionaryChunk> {
        let mut out =
            ChunkWriter { sink: TrackedWrite::new(Vec::new()), compressor, uncompressed: 0 };
        out.dictionary(&self.dictionary, self.values.len())?;
        let data_start = out.sink.bytes_written() as i64;
        let mut column_index = ColumnIndexBuilder::new(descriptor.physical_type());
        let mut offset_index = OffsetIndexBuilder::new();
        for page in &self.pages {
            let (offset, size) = out.data(page)?;
            offset_index.append_offset_and_size(offset, size);
            offset_index.append_row_count(page.rows as i64);
            let bounds = page.bounds.map(|(min, max)| (self.value(min), self.value(max)));
            let (min, max) = bounds.unwrap_or_default();
            column_index.append(page.bounds.is_none(), min, max, page.nulls as i64);
        }
        column_index.set_boundary_order(BoundaryOrder::UNORDERED);
        let uncompressed = out.uncompressed;
        let bytes = Bytes::from(out.sink.into_inner()?);
        let metadata = ColumnChunkMetaData::builder(descriptor.clone())
            .set_compression(compression)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(self.encoding_counts())
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(uncompressed)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(data_start)
            .set_statistics(self.statistics())
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: Some(column_index.build()?),
            offset_index: Some(offset_index.build()),
        };
        Ok(DictionaryChunk { bytes, close })
    }

    fn encoding_counts(&self) -> Vec<PageEncodingStats> {
        let count = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        vec![
            count(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
            count(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, self.pages.len() as i32),
        ]
    }

    fn statistics(&self) -> Statistics {
        let nulls = self.pages.iter().map(|page| page.nulls as u64).sum();
        let bound = |value: Option<&&str>| value.map(|value| ByteArray::from(*value));
        let (min, max) = (self.values.iter().min(), self.values.iter().max());
        Statistics::byte_array(bound(min), bound(max), None, Some(nulls), false)
    }
}

impl DataPage {
    /// Definition levels where there may be nulls, then the codes (data page, version 1).
    fn new(runs: &[(Option<u32>, usize)], bits: u32, nullable: bool, ranks: &[usize]) -> Self {
        let mut bytes = Vec::new();
        if nullable {
            bytes.extend_from_slice(&[0; 4]);
            let mut levels = RunEncoder::new(&mut bytes, 1);
            for &(code, rows) in runs {
                levels.push(code.is_some().into(), rows);
            }
            levels.finish();
            let length = (bytes.len() - 4) as u32;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
        }
        bytes.push(bits as u8);
        let mut codes = RunEncoder::new(&mut bytes, bits);
        let (mut nulls, mut rows) = (0, 0);
        let mut bounds: Option<(u32, u32)> = None;
        for &(code, count) in runs {
            rows += count;
            let Some(code) = code else {
                nulls += count;
                continue;
            };
            codes.push(code, count);
            let rank = |code: u32| ranks[code as usize];
            bounds = Some(bounds.map_or((code, code), |(min, max)| {
                (
                    if rank(code) < rank(min) { code } else { min },
                    if rank(code) > rank(max) { code } else { max },
                )
            }));
        }
        codes.finish();
        Self { bytes, rows, nulls, bounds }
    }
}

/// Compresses pages and appends them with their headers.
struct ChunkWriter<'a> {
    sink: TrackedWrite<Vec<u8>>,
    compressor: Option<&'a mut zstd::bulk::Compressor<'static>>,
    uncompressed: i64,
}

impl ChunkWriter<'_> {
    fn dictionary(&mut self, bytes: &[u8], values: usize) -> Result<()> {
        let page = Page::DictionaryPage {
            buf: self.compress(bytes)?,
            num_values: values as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.write(page, bytes.len()).map(drop)
    }

    fn data(&mut self, page: &DataPage) -> Result<(i64, i32)> {
        let data = Page::DataPage {
            buf: self.compress(&page.bytes)?,
            num_values: page.rows as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.write(data, page.bytes.len())
    }

    fn compress(&mut self, bytes: &[u8]) -> Result<Bytes> {
        match &mut self.compressor {
            Some(compressor) => compressor
                .compress(bytes)
                .map(Bytes::from)
                .map_err(|e| ParquetError::External(Box::new(e))),
            None => Ok(Bytes::copy_from_slice(bytes)),
        }
    }

    /// Returns where the page begins and its size with header.
    fn write(&mut self, page: Page, uncompressed: usize) -> Result<(i64, i32)> {
        let page = CompressedPage::new(page, uncompressed);
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size as i64;
        Ok((written.offset as i64, written.compressed_size as i32))
    }
}
