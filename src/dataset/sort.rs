//! Rows of a partition in the order of their times, in bounded memory: pieces that fit are sorted and written to
//! temporary files, which are merged then. Rows of one time, and those without, stay in the order they had.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::{concat_batches, interleave_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Field, TimestampNanosecondType, UInt64Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use super::manifest::{RowRun, push_run};
use super::partition::Values;
use super::split::Fragment;
use crate::table::{append_fields, text_bytes};

/// Rows that are merged at once.
const ROWS: usize = 8 << 10;

/// Bytes that are read of a sorted piece at once.
const BYTES: usize = 2 << 20;

/// Sorts the rows of one partition.
pub(super) struct Sorter<'s> {
    folder: &'s Path,
    /// Bytes of rows that are sorted at once.
    memory: usize,
    values: Values,
    owner: Option<u64>,
    held: Vec<RecordBatch>,
    bytes: usize,
    /// Files of rows that are sorted.
    pieces: Vec<PathBuf>,
}

impl<'s> Sorter<'s> {
    pub(super) fn new(folder: &'s Path, memory: usize) -> Self {
        let values = Values::from(Vec::new());
        Self { folder, memory, values, owner: None, held: Vec::new(), bytes: 0, pieces: Vec::new() }
    }

    /// Takes rows of the partition.
    pub(super) fn push(&mut self, fragment: Fragment) -> io::Result<()> {
        self.values = Arc::clone(&fragment.values);
        self.owner = fragment.owner;
        self.bytes += fragment.bytes;
        self.held.push(with_bundles(&fragment)?);
        if self.bytes < self.memory {
            return Ok(());
        }
        // Of wide rows fewer: as many batches as there are pieces are in memory at once.
        let rows = (BYTES / (self.bytes / self.rows().max(1)).max(1)).clamp(1, ROWS);
        let sorted = self.sort_held()?;
        let path = self.folder.join(format!("sorted-{}.partial", self.pieces.len()));
        let file = BufWriter::new(File::create(&path)?);
        let mut writer =
            StreamWriter::try_new(file, sorted.schema_ref()).map_err(io::Error::other)?;
        for start in (0..sorted.num_rows()).step_by(rows) {
            let part = sorted.slice(start, rows.min(sorted.num_rows() - start));
            writer.write(&part).map_err(io::Error::other)?;
        }
        writer.finish().map_err(io::Error::other)?;
        self.pieces.push(path);
        Ok(())
    }

    /// Hands all rows out in order.
    pub(super) fn finish(
        mut self,
        mut each: impl FnMut(Fragment) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut sources = Vec::new();
        for path in &self.pieces {
            let reader = StreamReader::try_new(BufReader::new(File::open(path)?), None);
            sources.push(Source::File(reader.map_err(io::Error::other)?));
        }
        if !self.held.is_empty() {
            sources.push(Source::Held(Some(self.sort_held()?)));
        }
        let (values, owner) = (Arc::clone(&self.values), self.owner);
        merge(sources, &mut |batch| each(without_bundles(&batch, Arc::clone(&values), owner)?))
    }

    fn rows(&self) -> usize {
        self.held.iter().map(RecordBatch::num_rows).sum()
    }

    fn sort_held(&mut self) -> io::Result<RecordBatch> {
        let held = std::mem::take(&mut self.held);
        self.bytes = 0;
        let all = concat_batches(held[0].schema_ref(), &held).map_err(io::Error::other)?;
        let times = times_of(&all)?;
        let mut order: Vec<u32> = (0..all.num_rows() as u32).collect();
        // Stable: rows of one time keep their order.
        order.sort_by_key(|&row| times[row as usize]);
        if order.is_sorted() {
            return Ok(all);
        }
        take_record_batch(&all, &UInt32Array::from(order)).map_err(io::Error::other)
    }
}

impl Drop for Sorter<'_> {
    fn drop(&mut self) {
        self.pieces.iter().for_each(|path| drop(fs::remove_file(path)));
    }
}

/// Sorted rows, batch by batch.
enum Source {
    File(StreamReader<BufReader<File>>),
    Held(Option<RecordBatch>),
}

impl Source {
    fn next(&mut self) -> io::Result<Option<RecordBatch>> {
        match self {
            Self::File(reader) => reader.next().transpose().map_err(io::Error::other),
            Self::Held(batch) => Ok(batch.take()),
        }
    }
}

/// A time that sorts after all others if there is none.
type Time = (bool, i64);

/// Where the rows of a source are in the merge.
struct Cursor {
    source: Source,
    batch: RecordBatch,
    times: Vec<Time>,
    row: usize,
}

impl Cursor {
    /// At the first row; `None` if there is none.
    fn new(mut source: Source) -> io::Result<Option<Self>> {
        while let Some(batch) = source.next()? {
            if batch.num_rows() > 0 {
                return Ok(Some(Self { source, times: times_of(&batch)?, batch, row: 0 }));
            }
        }
        Ok(None)
    }

    /// At the first row of its next batch; `false` if there is none.
    fn advance(&mut self) -> io::Result<bool> {
        while let Some(batch) = self.source.next()? {
            if batch.num_rows() > 0 {
                (self.times, self.batch, self.row) = (times_of(&batch)?, batch, 0);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Merges sources; of rows of one time those of the source before come first.
fn merge(
    sources: Vec<Source>,
    each: &mut impl FnMut(RecordBatch) -> io::Result<()>,
) -> io::Result<()> {
    let mut cursors = Vec::new();
    for source in sources {
        cursors.extend(Cursor::new(source)?);
    }
    if let [only] = &mut cursors[..] {
        loop {
            each(only.batch.clone())?;
            if !only.advance()? {
                return Ok(());
            }
        }
    }
    let mut heads: BinaryHeap<Reverse<(Time, usize)>> =
        cursors.iter().enumerate().map(|(at, cursor)| Reverse((cursor.times[0], at))).collect();
    let mut taken: Vec<(usize, usize)> = Vec::with_capacity(ROWS);
    let flush = |cursors: &[Cursor], taken: &mut Vec<(usize, usize)>| {
        let batches: Vec<&RecordBatch> = cursors.iter().map(|cursor| &cursor.batch).collect();
        let merged = interleave_record_batch(&batches, taken).map_err(io::Error::other);
        taken.clear();
        merged
    };
    while let Some(Reverse((_, at))) = heads.pop() {
        let cursor = &mut cursors[at];
        taken.push((at, cursor.row));
        cursor.row += 1;
        let is_spent = cursor.row == cursor.times.len();
        if taken.len() == ROWS || is_spent {
            // Before the batch goes that the rows are in.
            each(flush(&cursors, &mut taken)?)?;
        }
        let cursor = &mut cursors[at];
        if !is_spent || cursor.advance()? {
            heads.push(Reverse((cursor.times[cursor.row], at)));
        }
    }
    if taken.is_empty() { Ok(()) } else { each(flush(&cursors, &mut taken)?) }
}

fn times_of(batch: &RecordBatch) -> io::Result<Vec<Time>> {
    let column = batch.column_by_name("timestamp");
    let times = column.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
    let times = times.ok_or_else(|| io::Error::other("the rows have no times"))?;
    Ok(times.iter().map(|time| (time.is_none(), time.unwrap_or(0))).collect())
}

/// The rows with the bundle of each, so that these are sorted as well.
fn with_bundles(fragment: &Fragment) -> io::Result<RecordBatch> {
    let batch = &fragment.batch;
    let mut bundles = Vec::with_capacity(batch.num_rows());
    fragment
        .runs
        .iter()
        .for_each(|run| bundles.resize(bundles.len() + run.rows as usize, run.bundle));
    let field = Field::new("", DataType::UInt64, false);
    let schema = append_fields(batch.schema_ref(), std::iter::once(field));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(UInt64Array::from(bundles)) as ArrayRef);
    RecordBatch::try_new(schema, columns).map_err(io::Error::other)
}

fn without_bundles(
    batch: &RecordBatch,
    values: Values,
    owner: Option<u64>,
) -> io::Result<Fragment> {
    let last = batch.num_columns() - 1;
    let bundles = batch.column(last).as_primitive::<UInt64Type>();
    let mut runs = Vec::new();
    bundles.values().iter().for_each(|&bundle| push_run(&mut runs, RowRun { bundle, rows: 1 }));
    let columns: Vec<usize> = (0..last).collect();
    let batch = batch.project(&columns).map_err(io::Error::other)?;
    let bytes = text_bytes(&batch);
    Ok(Fragment { values, owner, batch, runs, bytes })
}
