//! Rows of files that are rewritten: those that stay.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};

use parquet::file::metadata::ParquetMetaData;

use super::manifest::{FileRecord, RowRun, take_runs};
use super::order;
use super::split::Fragment;
use super::{DAMAGED, DataSet};
use crate::error::{Error, Location, Result};
use crate::table::text_bytes;

/// Rows that are read at once, at most.
const ROWS: usize = 16 << 10;

/// Bytes that are read at once, as far as the size of row groups says.
const BYTES: usize = 16 << 20;

/// The rows of a file that are of other bundles than `dropped`.
struct Kept {
    reader: ParquetRecordBatchReader,
    /// The bundles of the rows that are still to come.
    runs: VecDeque<RowRun>,
    record: FileRecord,
    is_per_bundle: bool,
}

impl Kept {
    /// Opens a file of a data set.
    ///
    /// # Errors
    /// The operating system's; what is not Parquet, or has other rows than the manifest says.
    fn open(
        root: &Path,
        record: &FileRecord,
        dropped: &HashSet<u64>,
        is_per_bundle: bool,
    ) -> io::Result<Self> {
        let file = File::open(root.join(&record.path))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(io::Error::other)?;
        let rows = builder.metadata().file_metadata().num_rows();
        if rows.unsigned_abs() != record.rows {
            let cause = format!("it has {rows} rows, and the manifest says {}", record.rows);
            return Err(io::Error::new(io::ErrorKind::InvalidData, cause));
        }
        let select = |run: &RowRun| match dropped.contains(&run.bundle) {
            true => RowSelector::skip(run.rows as usize),
            false => RowSelector::select(run.rows as usize),
        };
        let runs = order::runs_of(root, record)?;
        let selection: RowSelection = runs.iter().map(select).collect::<Vec<_>>().into();
        let rows = rows_at_once(builder.metadata());
        let reader = builder.with_batch_size(rows).with_row_selection(selection).build();
        let runs = runs.into_iter().filter(|run| !dropped.contains(&run.bundle));
        Ok(Self {
            reader: reader.map_err(io::Error::other)?,
            runs: runs.collect(),
            record: record.clone(),
            is_per_bundle,
        })
    }
}

impl Iterator for Kept {
    type Item = io::Result<Fragment>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?.map_err(io::Error::other);
        Some(batch.and_then(|batch| {
            let batch = in_nanoseconds(&batch)?;
            let runs = take_runs(&mut self.runs, batch.num_rows() as u64);
            let owner = runs.first().filter(|_| self.is_per_bundle).map(|run| run.bundle);
            let values = self.record.partition.iter().cloned().collect();
            let bytes = text_bytes(&batch);
            Ok(Fragment { values, owner, batch, runs, bytes })
        }))
    }
}

impl DataSet {
    /// Hands out the rows of a file that are of other bundles than `dropped`, until `is_stopped`.
    pub(super) fn each_kept(
        &self,
        file: &FileRecord,
        dropped: &HashSet<u64>,
        is_stopped: impl Fn() -> bool,
        mut each: impl FnMut(Fragment) -> io::Result<()>,
    ) -> Result<()> {
        let cannot = |e| {
            let path = self.root.join(&file.path);
            Error::io("cannot read", Location::bundle(path.to_string_lossy()), e).with_hint(DAMAGED)
        };
        let kept = Kept::open(&self.root, file, dropped, self.options.per_bundle);
        for fragment in kept.map_err(cannot)? {
            each(fragment.map_err(cannot)?).map_err(|e| self.cannot_write(e))?;
            if is_stopped() {
                return Err(Error::interrupted());
            }
        }
        Ok(())
    }
}

/// How many rows are read at once: fewer of wide ones.
fn rows_at_once(metadata: &ParquetMetaData) -> usize {
    let widths = metadata.row_groups().iter().map(|group| {
        let bytes = usize::try_from(group.total_byte_size()).unwrap_or(usize::MAX);
        bytes / usize::try_from(group.num_rows()).unwrap_or(1).max(1)
    });
    (BYTES / widths.max().unwrap_or(1).max(1)).clamp(1, ROWS)
}

/// The batch with its times as the pipeline has them, so that both may be in one row group.
fn in_nanoseconds(batch: &RecordBatch) -> io::Result<RecordBatch> {
    let nanoseconds = |data_type: &DataType| match data_type {
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            Some(DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))
        }
        _ => None,
    };
    let schema = batch.schema();
    let (mut fields, mut columns): (Vec<Arc<Field>>, Vec<ArrayRef>) = Default::default();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        match nanoseconds(field.data_type()) {
            Some(other) => {
                columns.push(cast(column, &other).map_err(io::Error::other)?);
                fields.push(Arc::new(field.as_ref().clone().with_data_type(other)));
            }
            None => {
                columns.push(Arc::clone(column));
                fields.push(Arc::clone(field));
            }
        }
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    RecordBatch::try_new(schema, columns).map_err(io::Error::other)
}
