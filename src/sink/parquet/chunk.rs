//! A column chunk: pages compressed one after the other, and their description for the footer.

use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::delta::Width;
use super::levels::Levels;
use super::page::{PageKind, put_header};

/// Larger buffers are not kept.
pub(super) const MAX_KEPT: usize = 32 << 20;

/// What a thread needs from one row group to the next.
pub(super) struct Scratch {
    pub(super) codec: Codec,
    /// The page in the making.
    pub(super) page: Vec<u8>,
    pub(super) levels: Levels,
    pub(super) numbers: Vec<i64>,
}

/// Compresses pages.
pub(super) struct Codec {
    compression: Compression,
    zstd: Option<zstd::bulk::Compressor<'static>>,
    compressed: Vec<u8>,
}

impl Codec {
    /// Codecs other than zstd are treated as none: what is not free text is small anyway, and they would
    /// save next to nothing.
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

    /// The width of differences that makes the smallest pages.
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
    start: usize,
    data_start: usize,
    has_dictionary: bool,
    uncompressed: usize,
    rows: usize,
    encodings: Vec<Encoding>,
    counts: Vec<PageEncodingStats>,
    offsets: OffsetIndexBuilder,
}

impl<'a> ChunkWriter<'a> {
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
            encodings: vec![Encoding::RLE],
            counts: Vec::new(),
            offsets: OffsetIndexBuilder::new(),
        }
    }

    /// Leaves all pages uncompressed.
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

    /// Writes the next page of data.
    pub(super) fn data(&mut self, bytes: &[u8], encoding: Encoding, rows: usize) -> Result<()> {
        let start = self.out.len();
        self.count(PageType::DATA_PAGE, encoding);
        self.put(PageKind::Data(encoding), rows, bytes)?;
        self.offsets.append_offset_and_size(start as i64, (self.out.len() - start) as i32);
        self.offsets.append_row_count(rows as i64);
        self.rows += rows;
        Ok(())
    }

    /// The chunk's entry for the footer; offsets are relative to the output.
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
                // zstd writes into the capacity and does not grow it.
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

    /// Counts pages by encoding: readers check there whether a chunk is all dictionary.
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

/// The least and greatest value of a page, `None` if all are null, and the number of nulls.
pub(super) type PageBounds<T> = (Option<(T, T)>, usize);

/// The column index; `bytes` encodes a bound as the format requires.
pub(super) fn column_index<T: Ord>(
    pages: &[PageBounds<T>],
    physical: Type,
    bytes: impl Fn(&T) -> Vec<u8>,
) -> Result<ColumnIndexMetaData> {
    let mut index = ColumnIndexBuilder::new(physical);
    for (bounds, nulls) in pages {
        let ends = bounds.as_ref().map(|(least, most)| (bytes(least), bytes(most)));
        let (least, most) = ends.unwrap_or_default();
        index.append(bounds.is_none(), least, most, *nulls as i64);
    }
    // Pages of nulls alone have no bounds and do not affect the order.
    let bounds = || pages.iter().filter_map(|page| page.0.as_ref());
    let is_sorted = |before: fn(&T, &T) -> bool| {
        let mut pairs = bounds().zip(bounds().skip(1));
        pairs.all(|(a, b)| before(&a.0, &b.0) && before(&a.1, &b.1))
    };
    index.set_boundary_order(if is_sorted(T::le) {
        BoundaryOrder::ASCENDING
    } else if is_sorted(T::ge) {
        BoundaryOrder::DESCENDING
    } else {
        BoundaryOrder::UNORDERED
    });
    index.build()
}
