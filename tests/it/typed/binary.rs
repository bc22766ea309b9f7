//! Parquet and Arrow files of random tables, read back by the readers of their crates.

use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::basic::{Compression, Encoding, LogicalType, ZstdLevel};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::statistics::Statistics;
use proptest::prelude::*;
use ripsaw::sink::Sink;
use ripsaw::sink::ipc::{IpcCompression, IpcKind, IpcSink};
use ripsaw::sink::parquet::{Parquet, ParquetSink};

use super::model::{Cell, json_field};
use super::{Table, cells};

/// Bytes that a sink and a test share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes each list of batches as a block.
fn write(sink: impl FnOnce(Shared) -> Box<dyn Sink>, blocks: &[Vec<RecordBatch>]) -> Vec<u8> {
    let shared = Shared::default();
    let mut sink = sink(shared.clone());
    sink.begin(&blocks[0][0].slice(0, 0)).unwrap();
    let encoder = sink.encoder();
    for block in blocks {
        sink.append(encoder.encode(block).unwrap()).unwrap();
    }
    sink.finish().unwrap();
    std::mem::take(&mut shared.0.lock().unwrap())
}

fn parquet(table: &Table, compression: Compression, blocks: &[Vec<RecordBatch>]) -> Vec<u8> {
    let options = Parquet { compression, ..Parquet::default() };
    write(|out| Box::new(ParquetSink::new(out, &table.schema, &options).unwrap()), blocks)
}

fn reader(file: &[u8]) -> ParquetRecordBatchReaderBuilder<bytes::Bytes> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let file = bytes::Bytes::copy_from_slice(file);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap()
}

/// The columns of all batches, one after the other.
fn columns(batches: impl Iterator<Item = RecordBatch>) -> Vec<Vec<Cell>> {
    let mut all: Vec<Vec<Cell>> = Vec::new();
    for batch in batches {
        all.resize(batch.num_columns(), Vec::new());
        for (column, array) in all.iter_mut().zip(batch.columns()) {
            column.extend(cells(array.as_ref()));
        }
    }
    all
}

fn rows() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1_usize..100, 3 => 3000_usize..9000, 1 => 19_990_usize..42_000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn parquet_reads_back(seed: u64, rows in rows(), codec in 0_usize..4, cut in 1_usize..4) {
        let codec = [
            Compression::ZSTD(ZstdLevel::try_new(1).unwrap()),
            Compression::ZSTD(ZstdLevel::try_new(3).unwrap()),
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
        ][codec];
        let table = Table::random(seed, rows, 5);
        let batches = table.batches(seed);
        let blocks: Vec<Vec<RecordBatch>> = batches.chunks(cut).map(<[_]>::to_vec).collect();
        let file = parquet(&table, codec, &blocks);
        let back = columns(reader(&file).build().unwrap().map(Result::unwrap));
        prop_assert!(back == table.columns, "{:?}", table.schema);
        bounds_hold(reader(&file).metadata(), &table, &blocks);
        // The same rows in other batches are the same bytes; Arrow's writer, which has the lists, begins runs of levels with
        // batches.
        if blocks.len() == 1 {
            let other = parquet(&table, codec, &[table.batches(seed ^ 1)]);
            let has_lists = format!("{:?}", table.schema).contains("List(");
            prop_assert!(other == file || has_lists);
            let other = columns(reader(&other).build().unwrap().map(Result::unwrap));
            prop_assert!(other == table.columns);
        }
    }

    #[test]
    fn rows_are_found_by_page(seed: u64, skip in 0_usize..40_000, take in 1_usize..3000) {
        let table = Table::random(seed, 43_000, 3);
        let file = parquet(&table, Parquet::default().compression, &[table.batches(seed)]);
        let rows: RowSelection = vec![RowSelector::skip(skip), RowSelector::select(take)].into();
        let back = columns(reader(&file).with_row_selection(rows).build().unwrap().map(Result::unwrap));
        for (back, column) in back.iter().zip(&table.columns) {
            prop_assert!(back[..] == column[skip..skip + take]);
        }
    }

    #[test]
    fn arrow_reads_back(seed: u64, rows in 1_usize..600, codec in 0_usize..3) {
        let codec = [IpcCompression::None, IpcCompression::Lz4, IpcCompression::Zstd][codec];
        let table = Table::random(seed, rows, 5);
        for kind in [IpcKind::File, IpcKind::Stream] {
            let schema = Arc::clone(&table.schema);
            let sink = |out| -> Box<dyn Sink> { Box::new(IpcSink::new(out, schema, kind, codec).unwrap()) };
            let file = std::io::Cursor::new(write(sink, &[table.batches(seed), table.batches(seed ^ 1)]));
            let mut back = match kind {
                IpcKind::File => {
                    let reader = arrow::ipc::reader::FileReader::try_new(file, None).unwrap();
                    prop_assert_eq!(reader.schema(), Arc::clone(&table.schema));
                    columns(reader.map(Result::unwrap))
                }
                IpcKind::Stream => {
                    let reader = arrow::ipc::reader::StreamReader::try_new(file, None).unwrap();
                    columns(reader.map(Result::unwrap))
                }
            };
            for (back, column) in back.iter_mut().zip(&table.columns) {
                let second = back.split_off(rows);
                prop_assert!(*back == *column && second == *column);
            }
        }
    }
}

/// The values of the leaves of a file, without lists, by a walk of their own.
fn leaves(field: &Field, cells: &[Cell], out: &mut Vec<Option<Vec<Cell>>>) {
    match field.data_type() {
        DataType::Struct(fields) => {
            for (at, field) in fields.iter().enumerate() {
                let inner = cells.iter().map(|cell| match cell {
                    Cell::Struct(members) => members[at].clone(),
                    _ => Cell::Null,
                });
                leaves(field, &inner.collect::<Vec<_>>(), out);
            }
        }
        DataType::List(_) => out.push(None),
        _ => out.push(Some(cells.to_vec())),
    }
}

/// The statistics of every chunk include its values, and count its nulls.
fn bounds_hold(metadata: &ParquetMetaData, table: &Table, blocks: &[Vec<RecordBatch>]) {
    let mut columns = Vec::new();
    for (field, cells) in table.schema.fields().iter().zip(&table.columns) {
        leaves(field, cells, &mut columns);
    }
    let mut start = 0;
    for (group, block) in metadata.row_groups().iter().zip(blocks) {
        let rows: usize = block.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(group.num_columns(), columns.len());
        for (chunk, cells) in group.columns().iter().zip(&columns) {
            let Some(cells) = cells else { continue };
            let cells = &cells[start..start + rows];
            let nulls = cells.iter().filter(|cell| **cell == Cell::Null).count();
            let Some(statistics) = chunk.statistics() else { continue };
            assert_eq!(statistics.null_count_opt(), Some(nulls as u64), "{chunk:?}");
            assert!(cells.iter().all(|cell| is_within(cell, statistics)), "{statistics:?}");
        }
        start += rows;
    }
}

fn is_within(cell: &Cell, statistics: &Statistics) -> bool {
    fn holds<T: PartialOrd>(value: &T, least: Option<&T>, most: Option<&T>) -> bool {
        least.is_none_or(|least| least <= value) && most.is_none_or(|most| most >= value)
    }
    match (cell, statistics) {
        (Cell::Null, _) => true,
        (Cell::Boolean(value), Statistics::Boolean(bounds)) => {
            holds(value, bounds.min_opt(), bounds.max_opt())
        }
        (Cell::Integer(value), Statistics::Int64(bounds)) => {
            holds(value, bounds.min_opt(), bounds.max_opt())
        }
        (Cell::Double(bits), Statistics::Double(bounds)) => {
            holds(&f64::from_bits(*bits), bounds.min_opt(), bounds.max_opt())
        }
        (Cell::Text(text), Statistics::ByteArray(_)) => {
            let (least, most) = (statistics.min_bytes_opt(), statistics.max_bytes_opt());
            holds(&text.as_bytes(), least.as_ref(), most.as_ref())
        }
        _ => false,
    }
}

/// A file of one column, and the encodings of its only chunk.
fn encodings(field: Field, array: ArrayRef) -> Vec<Encoding> {
    let cells = cells(array.as_ref());
    let schema = Arc::new(Schema::new(vec![field]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array]).unwrap();
    let table = Table { schema, rows: cells.len(), columns: vec![cells] };
    let file = parquet(&table, Parquet::default().compression, &[vec![batch]]);
    let reader = reader(&file);
    let chunk = reader.metadata().row_group(0).column(0).clone();
    assert!(columns(reader.build().unwrap().map(Result::unwrap)) == table.columns);
    chunk.encodings().filter(|encoding| *encoding != Encoding::RLE).collect()
}

#[test]
fn few_values_are_a_dictionary_and_random_ones_are_not() {
    const ROWS: u64 = 30_000;
    let mix = |n: u64| fastrand::Rng::with_seed(n).u64(..);
    let texts = |values: u64| -> ArrayRef {
        Arc::new(
            (0..ROWS)
                .map(|n| Some(format!("id-{:x}", mix(mix(n) % values))))
                .collect::<StringArray>(),
        )
    };
    let integers = |value: &dyn Fn(u64) -> u64| -> ArrayRef {
        Arc::new((0..ROWS).map(|n| Some(value(n) as i64)).collect::<Int64Array>())
    };
    let doubles = |values: u64| -> ArrayRef {
        Arc::new((0..ROWS).map(|n| Some((mix(n) % values) as f64 / 8.0)).collect::<Float64Array>())
    };
    let text = || Field::new("key", DataType::Utf8, true);
    let integer = || Field::new("key", DataType::Int64, true);
    let double = || Field::new("key", DataType::Float64, true);
    let dictionary = [Encoding::PLAIN, Encoding::RLE_DICTIONARY];
    assert_eq!(encodings(text(), texts(9)), dictionary);
    assert_eq!(encodings(text(), texts(5_000)), dictionary);
    assert_eq!(encodings(text(), texts(u64::MAX)), [Encoding::DELTA_LENGTH_BYTE_ARRAY]);
    assert_eq!(encodings(json_field("key"), texts(9)), [Encoding::DELTA_LENGTH_BYTE_ARRAY]);
    assert_eq!(encodings(integer(), integers(&|n| mix(n) % 300)), dictionary);
    assert_eq!(encodings(integer(), integers(&mix)), [Encoding::DELTA_BINARY_PACKED]);
    // Times that repeat still ascend.
    assert_eq!(encodings(integer(), integers(&|n| n / 9)), [Encoding::DELTA_BINARY_PACKED]);
    assert_eq!(encodings(double(), doubles(100)), dictionary);
    assert_eq!(encodings(double(), doubles(u64::MAX)), [Encoding::BYTE_STREAM_SPLIT]);
    // A price has two decimals: few endings, though many values.
    let price = |n: u64| Some((mix(n) % 100_000_000) as f64 / 100.0);
    let prices: ArrayRef = Arc::new((0..ROWS).map(price).collect::<Float64Array>());
    assert_eq!(encodings(double(), prices), [Encoding::PLAIN]);
    let nulls: ArrayRef = Arc::new(Float64Array::new_null(ROWS as usize));
    assert_eq!(encodings(double(), nulls), [Encoding::PLAIN]);
}

#[test]
fn json_text_is_text_that_arrow_readers_know_as_json() {
    let members = vec![json_field("b"), Field::new("c", DataType::Utf8, true)];
    let fields = vec![json_field("a"), Field::new_struct("s", members, true)];
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::new_empty(Arc::clone(&schema));
    let table = Table { columns: Vec::new(), rows: 0, schema };
    let file = parquet(&table, Parquet::default().compression, &[vec![batch]]);
    let reader = reader(&file);
    let types = reader.metadata().file_metadata().schema_descr();
    let types: Vec<_> =
        types.columns().iter().map(|leaf| leaf.logical_type_ref().cloned()).collect();
    assert_eq!(
        types,
        [Some(LogicalType::String), Some(LogicalType::String), Some(LogicalType::String)]
    );
    assert_eq!(*reader.schema(), table.schema);
}

/// A column without a value costs next to nothing, wherever it is.
#[test]
fn null_columns_are_small() {
    let wide = |keys: usize| {
        let members: Vec<Field> =
            (0..keys).map(|n| Field::new(format!("key_{n}"), DataType::Float64, true)).collect();
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new_struct("s", members.clone(), true),
        ]));
        let nulls =
            members.iter().map(|_| -> ArrayRef { Arc::new(Float64Array::new_null(100_000)) });
        let structs = StructArray::new(members.clone().into(), nulls.collect(), None);
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100_000));
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![ids, Arc::new(structs)]).unwrap();
        let table = Table { columns: Vec::new(), rows: 100_000, schema };
        parquet(&table, Parquet::default().compression, &[vec![batch]]).len()
    };
    let each = (wide(301) - wide(1)) / 300;
    assert!(each < 750, "{each} bytes for a column without a value");
}

/// JSON has no such numbers, but batches of a library's user may: no reader skips them by a bound.
#[test]
fn not_a_number_has_no_bounds() {
    for values in
        [vec![1.0, f64::NAN, -1.0], (0..9000).map(|n| f64::from(n % 7).sqrt().ln()).collect()]
    {
        let array: ArrayRef = Arc::new(Float64Array::from(values.clone()));
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Float64, true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array]).unwrap();
        let table =
            Table { columns: vec![cells(batch.column(0).as_ref())], rows: values.len(), schema };
        let file = parquet(&table, Parquet::default().compression, &[vec![batch]]);
        let reader = reader(&file);
        let statistics = reader.metadata().row_group(0).column(0).statistics().unwrap().clone();
        let Statistics::Double(bounds) = statistics else { panic!("{statistics:?}") };
        let is_nan = values.iter().any(|value| value.is_nan());
        assert_eq!(bounds.min_opt().is_none(), is_nan);
        assert!(columns(reader.build().unwrap().map(Result::unwrap)) == table.columns);
    }
}
