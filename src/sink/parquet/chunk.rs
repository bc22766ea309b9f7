//! A column chunk: pages compressed one after the other, and their description for the footer.
//!
//! Offsets are counted in the bytes of the row group, as its place in the file is not known on a worker; the
//! file's writer shifts them when it appends the chunk.

use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{Bound, PageBounds};
use super::coder::Slot;
use super::delta::Width;
use super::levels::Levels;
use super::page::{PageKind, put_header};

/// Bytes of a buffer that is kept for the next row group; a larger one is cut down to it.
pub(super) const MAX_KEPT: usize = 32 << 20;

/// What a thread reuses from column to column and from one row group to the next.
pub(super) struct Scratch {
    pub(super) codec: Codec,
    /// The page being built, uncompressed; for `dictionary` all pages of the chunk.
    pub(super) page: Vec<u8>,
    /// The levels of the page.
    pub(super) levels: Levels,
    /// The numbers of the page, or the lengths of its texts, without nulls.
    pub(super) numbers: Vec<i64>,
    /// The codes of the chunk, for `coded`.
    pub(super) codes: Vec<u32>,
    /// The table of a dictionary that grows.
    pub(super) slots: Vec<Slot>,
}

/// Compresses pages.
pub(super) struct Codec {
    compression: Compression,
    /// `None` if pages are left uncompressed.
    zstd: Option<zstd::bulk::Compressor<'static>>,
    /// The page after compression.
    compressed: Vec<u8>,
}

impl Codec {
    /// Codecs other than zstd are treated as none. Free text does not come here with them; the other
    /// columns are small once encoded, and would save next to nothing.
    pub(super) fn new(compression: Compression) -> std::io::Result<Self> {
        let (compression, zstd) = match compression {
            Compression::ZSTD(level) => {
                let level = level.compression_level();
                (compression, Some(zstd::bulk::Compressor::new(level)?))
            }
            _ => (Compression::UNCOMPRESSED, None),
        };
        Ok(Self { compression, zstd, compressed: Vec::new() })
    }

    /// Bytes of a page after compression.
    pub(super) fn size(&mut self, page: &[u8]) -> Result<usize> {
        let Some(zstd) = &mut self.zstd else { return Ok(page.len()) };
        self.compressed.clear();
        self.compressed.reserve(zstd::zstd_safe::compress_bound(page.len()));
        Ok(zstd.compress_to_buffer(page, &mut self.compressed)?)
    }

    /// The width of differences that makes the smallest pages, compression included.
    pub(super) fn width(&self) -> Width {
        if self.zstd.is_some() { Width::Bytes } else { Width::Bits }
    }
}

impl Scratch {
    pub(super) fn new(compression: Compression) -> std::io::Result<Self> {
        Ok(Self {
            codec: Codec::new(compression)?,
            page: Vec::new(),
            levels: Levels::default(),
            numbers: Vec::new(),
            codes: Vec::new(),
            slots: Vec::new(),
        })
    }

    /// Frees what only rows of unusual length needed.
    pub(super) fn shrink(&mut self) {
        for buffer in [&mut self.page, &mut self.codec.compressed] {
            buffer.clear();
            buffer.shrink_to(MAX_KEPT);
        }
    }
}

/// Appends the pages of one chunk to the output.
pub(super) struct ChunkWriter<'a> {
    out: &'a mut Vec<u8>,
    codec: &'a mut Codec,
    compression: Compression,
    descriptor: &'a ColumnDescPtr,
    /// Where the chunk begins in `out`.
    start: usize,
    /// Where its first data page begins: after the dictionary, if there is one.
    data_start: usize,
    has_dictionary: bool,
    /// Bytes of all pages before compression, headers included.
    uncompressed: usize,
    rows: usize,
    /// Encodings used, each once.
    encodings: Vec<Encoding>,
    /// Pages by type and encoding.
    counts: Vec<PageEncodingStats>,
    offsets: OffsetIndexBuilder,
}

impl<'a> ChunkWriter<'a> {
    /// A chunk at the end of `out`, without pages.
    pub(super) fn new(
        descriptor: &'a ColumnDescPtr,
        codec: &'a mut Codec,
        out: &'a mut Vec<u8>,
    ) -> Self {
        Self {
            start: out.len(),
            data_start: out.len(),
            out,
            compression: codec.compression,
            codec,
            descriptor,
            has_dictionary: false,
            uncompressed: 0,
            rows: 0,
            // That of the levels, which every page has.
            encodings: vec![Encoding::RLE],
            counts: Vec::new(),
            offsets: OffsetIndexBuilder::new(),
        }
    }

    /// Leaves all pages uncompressed; to be set before the first page, as a chunk has one codec.
    pub(super) fn uncompressed(mut self) -> Self {
        self.compression = Compression::UNCOMPRESSED;
        self
    }

    /// Writes the dictionary, which must come before all other pages.
    pub(super) fn dictionary(&mut self, bytes: &[u8], values: usize) -> Result<()> {
        self.count(PageType::DICTIONARY_PAGE, Encoding::PLAIN);
        self.put(PageKind::Dictionary, values, bytes)?;
        self.has_dictionary = true;
        self.data_start = self.out.len();
        Ok(())
    }

    /// Writes the next page of data, `rows` of them with those that are null.
    pub(super) fn data(&mut self, bytes: &[u8], encoding: Encoding, rows: usize) -> Result<()> {
        // The offset index points at the header of a page.
        let start = self.out.len();
        self.count(PageType::DATA_PAGE, encoding);
        self.put(PageKind::Data(encoding), rows, bytes)?;
        self.offsets.append_offset_and_size(start as i64, (self.out.len() - start) as i32);
        self.offsets.append_row_count(rows as i64);
        self.rows += rows;
        Ok(())
    }

    /// The chunk's entry for the footer. Without a column index readers cannot skip its pages by value, only
    /// by row.
    pub(super) fn finish(
        self,
        statistics: Option<Statistics>,
        column_index: Option<ColumnIndexMetaData>,
    ) -> Result<ColumnCloseResult> {
        let bytes = self.out.len() - self.start;
        let mut metadata = ColumnChunkMetaData::builder(self.descriptor.clone())
            .set_compression(self.compression)
            .set_encodings(self.encodings)
            .set_page_encoding_stats(self.counts)
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(bytes as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_dictionary_page_offset(self.has_dictionary.then_some(self.start as i64))
            .set_data_page_offset(self.data_start as i64);
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        Ok(ColumnCloseResult {
            bytes_written: bytes as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index,
            offset_index: Some(self.offsets.build()),
        })
    }

    /// Compresses a page and appends it after its header.
    fn put(&mut self, kind: PageKind, values: usize, bytes: &[u8]) -> Result<()> {
        let page = match (&mut self.codec.zstd, self.compression) {
            (Some(zstd), Compression::ZSTD(_)) => {
                let compressed = &mut self.codec.compressed;
                compressed.clear();
                // zstd writes into the capacity and does not grow it: the bound is the largest it can need.
                compressed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
                zstd.compress_to_buffer(bytes, compressed)?;
                &compressed[..]
            }
            _ => bytes,
        };
        let start = self.out.len();
        put_header(self.out, kind, values, bytes.len(), page.len())?;
        // By the format, headers count as uncompressed bytes.
        self.uncompressed += self.out.len() - start + bytes.len();
        self.out.extend_from_slice(page);
        Ok(())
    }

    /// Counts a page by its encoding. Readers look there whether a chunk has only dictionary pages, so that
    /// a value that is not in the dictionary is not in the chunk.
    fn count(&mut self, page_type: PageType, encoding: Encoding) {
        if !self.encodings.contains(&encoding) {
            self.encodings.push(encoding);
        }
        let known = |known: &&mut PageEncodingStats| {
            known.page_type == page_type && known.encoding == encoding
        };
        match self.counts.iter_mut().find(known) {
            Some(known) => known.count += 1,
            None => self.counts.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
    }
}

/// The column index, by which readers skip pages; `None` if a bound has no place in the order.
pub(super) fn column_index<B: Bound>(
    pages: &[PageBounds<B>],
    physical: Type,
) -> Result<Option<ColumnIndexMetaData>> {
    let is_ordered = |(least, most): (B, B)| least.is_ordered() && most.is_ordered();
    if !pages.iter().all(|page| page.0.is_none_or(is_ordered)) {
        return Ok(None);
    }
    let mut index = ColumnIndexBuilder::new(physical);
    for (bounds, nulls) in pages {
        let ends = bounds.map(|(least, most)| (least.lower(), most.upper()));
        let (least, most) = ends.unwrap_or_default();
        index.append(bounds.is_none(), least, most, *nulls as i64);
    }
    // Pages of nulls alone have no bounds and do not affect the order, by the format.
    let bounds = || pages.iter().filter_map(|page| page.0.as_ref());
    let is_sorted = |before: fn(&B, &B) -> bool| {
        let mut pairs = bounds().zip(bounds().skip(1));
        pairs.all(|(a, b)| before(&a.0, &b.0) && before(&a.1, &b.1))
    };
    // A reader searches sorted bounds by halves: `line` within one entry, `timestamp` in most.
    index.set_boundary_order(if is_sorted(B::le) {
        BoundaryOrder::ASCENDING
    } else if is_sorted(B::ge) {
        BoundaryOrder::DESCENDING
    } else {
        BoundaryOrder::UNORDERED
    });
    index.build().map(Some)
}
