//! Parquet files: a unit is a row group.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::statistics::Statistics;

use super::columns::{COLUMNS, LEVEL_NUMBER, PARSE_ERROR, TIMESTAMP};
use super::table::{Batches, Bounds, Bytes, Rows, Source, damaged, guarded};

/// Bytes of rows that a batch has, about.
const BATCH: u64 = 4 << 20;

/// Rows of a batch at most.
const MOST_ROWS: u64 = 8192;

/// A Parquet file.
#[derive(Debug)]
pub(super) struct Parquet {
    source: Source,
    /// With what Arrow's own metadata says of the columns.
    schema: SchemaRef,
    units: Vec<u64>,
    /// About how many rows a batch has.
    batch: usize,
    bounds: Vec<Bounds>,
    pairs: Vec<(String, String)>,
    is_sorted: bool,
    /// What reading needs, while somebody reads: there may be thousands of files.
    loaded: Mutex<Weak<ArrowReaderMetadata>>,
}

impl Parquet {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// Why it cannot be read, or is not a footer of Parquet.
    pub(super) fn open(source: Source) -> io::Result<Self> {
        let bytes = source.open()?;
        guarded(|| {
            let options = ArrowReaderOptions::default();
            let metadata = ArrowReaderMetadata::load(&bytes, options).map_err(plain)?;
            Self::new(source, &metadata, bytes.len())
        })
    }

    fn new(source: Source, metadata: &ArrowReaderMetadata, length: u64) -> io::Result<Self> {
        let all = metadata.metadata();
        check(all, length)?;
        let units = all.row_groups().iter().map(|group| group.num_rows().unsigned_abs()).collect();
        let rows = all.row_groups().iter().map(|group| group.num_rows().unsigned_abs());
        let rows = rows.fold(0_u64, u64::saturating_add);
        let bytes = all.row_groups().iter().map(|group| group.total_byte_size().unsigned_abs());
        let row = bytes.fold(0, u64::saturating_add) / rows.max(1);
        let pairs = all.file_metadata().key_value_metadata().into_iter().flatten();
        let pairs = pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)));
        let is_sorted = all
            .row_groups()
            .iter()
            .any(|group| group.sorting_columns().is_some_and(|columns| !columns.is_empty()));
        Ok(Self {
            source,
            schema: Arc::clone(metadata.schema()),
            units,
            batch: (BATCH / row.max(1)).clamp(1, MOST_ROWS) as usize,
            bounds: all.row_groups().iter().map(bounds).collect(),
            pairs: pairs.collect(),
            is_sorted,
            loaded: Mutex::default(),
        })
    }

    /// What reading needs: with the offsets of pages, and with plain types in place of dictionaries.
    fn load(&self, bytes: &Bytes) -> io::Result<Arc<ArrowReaderMetadata>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = loaded.upgrade() {
            return Ok(loaded);
        }
        let options = ArrowReaderOptions::default()
            .with_skip_arrow_metadata(true)
            .with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(bytes, options.clone());
        // Pages can be read without their offsets, but not as fast.
        let metadata = metadata.or_else(|_| {
            let options = options.with_offset_index_policy(PageIndexPolicy::Skip);
            ArrowReaderMetadata::load(bytes, options)
        });
        let metadata = Arc::new(metadata.map_err(plain)?);
        check(metadata.metadata(), bytes.len())?;
        *loaded = Arc::downgrade(&metadata);
        Ok(metadata)
    }
}

impl Rows for Parquet {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn units(&self) -> &[u64] {
        &self.units
    }

    fn read(&self, columns: &[usize], unit: usize, rows: &[Range<u64>]) -> io::Result<Batches> {
        let bytes = self.source.open()?;
        guarded(|| {
            let metadata = self.load(&bytes)?;
            let total = self.units.get(unit).copied().unwrap_or(0) as usize;
            let ranges = rows.iter().map(|rows| rows.start as usize..rows.end as usize);
            let is_all = matches!(rows, [all] if *all == (0..total as u64));
            let mask = ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied());
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, (*metadata).clone())
                    .with_projection(mask)
                    .with_row_groups(vec![unit])
                    .with_batch_size(self.batch);
            let builder = match is_all {
                true => builder,
                false => {
                    builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges, total))
                }
            };
            let mut reader = builder.build().map_err(plain)?;
            let mut is_done = false;
            // The metadata stays loaded as long as somebody reads.
            let next = move || {
                let _loaded = &metadata;
                if is_done {
                    return None;
                }
                let batch = guarded(|| reader.next().transpose().map_err(|e| arrow_plain(&e)));
                is_done = !matches!(batch, Ok(Some(_)));
                batch.transpose()
            };
            Ok(Box::new(std::iter::from_fn(next)) as Batches)
        })
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own == key).map(|(_, value)| &**value)
    }

    fn is_sorted_otherwise(&self) -> bool {
        self.is_sorted
    }

    fn bounds(&self, unit: usize) -> Bounds {
        self.bounds.get(unit).copied().unwrap_or_default()
    }
}

/// Refuses a footer whose pages are not in the file, before any of them is asked for.
fn check(metadata: &ParquetMetaData, length: u64) -> io::Result<()> {
    let is_inside = |group: &RowGroupMetaData| {
        group.num_rows() >= 0
            && group.columns().iter().all(|column| {
                let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
                let (start, size) = (u64::try_from(start), u64::try_from(column.compressed_size()));
                let end = start.ok().zip(size.ok()).and_then(|(at, size)| at.checked_add(size));
                end.is_some_and(|end| end <= length) && column.num_values() >= 0
            })
    };
    match metadata.row_groups().iter().all(is_inside) {
        true => Ok(()),
        false => Err(damaged("the footer of the Parquet file is damaged")),
    }
}

/// The bounds of times and levels that a row group has in its statistics.
fn bounds(group: &RowGroupMetaData) -> Bounds {
    let statistics = |place: usize| {
        let named = |path: &[String]| matches!(path, [name] if name == COLUMNS[place]);
        let mut columns = group.columns().iter();
        let column = columns.find(|column| named(column.column_path().parts()))?;
        Some((column.statistics()?, column.column_descr()))
    };
    let times = statistics(TIMESTAMP).and_then(|(statistics, column)| {
        let Statistics::Int64(values) = statistics else { return None };
        let nanos = nanos_of(column)?;
        let range =
            (*values.min_opt()?).checked_mul(nanos)?..(*values.max_opt()?).checked_mul(nanos)?;
        Some((range.start, range.end))
    });
    let levels = statistics(LEVEL_NUMBER).and_then(|(statistics, _)| {
        let Statistics::Int32(values) = statistics else { return None };
        Some((i64::from(*values.min_opt()?), i64::from(*values.max_opt()?)))
    });
    let is_malformed = statistics(PARSE_ERROR).map(|(statistics, _)| {
        statistics.null_count_opt() != Some(group.num_rows().unsigned_abs())
    });
    // Without the column, nothing says that lines were malformed. With it, it must be known to be empty.
    let mut columns = group.columns().iter();
    let has_column = columns.any(|column| column.column_path().string() == COLUMNS[PARSE_ERROR]);
    let is_without_malformed = !has_column || is_malformed == Some(false);
    Bounds { times, levels, is_without_malformed }
}

/// Nanoseconds of the unit of a column of times.
fn nanos_of(column: &parquet::schema::types::ColumnDescriptor) -> Option<i64> {
    use parquet::basic::{LogicalType, TimeUnit};
    match column.logical_type_ref()? {
        LogicalType::Timestamp(timestamp) => Some(match timestamp.unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1,
        }),
        _ => None,
    }
}

impl Length for Bytes {
    fn len(&self) -> u64 {
        Self::len(self)
    }
}

impl ChunkReader for Bytes {
    type T = io::BufReader<At>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(io::BufReader::new(At { bytes: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        self.read(start, length).map(Into::into).map_err(|e| ParquetError::External(Box::new(e)))
    }
}

/// The bytes of a file from a place on.
pub(super) struct At {
    bytes: Bytes,
    at: u64,
}

impl Read for At {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read_some(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The error of a file, without the name of the crate that found it.
fn plain(error: ParquetError) -> io::Error {
    let text = match &error {
        ParquetError::External(source) => source.to_string(),
        ParquetError::General(text) | ParquetError::EOF(text) => text.clone(),
        other => other.to_string(),
    };
    damaged(format!("the Parquet file is damaged: {text}"))
}

/// The same of an error that came by way of Arrow.
fn arrow_plain(error: &arrow::error::ArrowError) -> io::Error {
    let text = error.to_string();
    let text = text.rsplit_once("error: ").map_or(&*text, |(_, text)| text);
    damaged(format!("the Parquet file is damaged: {text}"))
}
