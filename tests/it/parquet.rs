//! Parquet: what is written is what Arrow's reader gives back, whatever the values and the cuts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch,
    RecordBatchReader as _, StringArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::basic::{Compression, ZstdLevel};
use proptest::prelude::*;
use ripsaw::sink::Sink as _;
use ripsaw::sink::parquet::{ParquetOptions, ParquetSink};

fn schema(nullable: bool) -> SchemaRef {
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![
        Field::new("coded", coded, nullable),
        Field::new("text", DataType::Utf8, nullable),
        Field::new("number", DataType::Int64, true),
    ]))
}

/// A batch from runs of values; the dictionary has values that no row uses.
fn batch(runs: &[(Option<u32>, usize)], nullable: bool) -> RecordBatch {
    let rows: Vec<Option<u32>> = runs
        .iter()
        .flat_map(|&(value, count)| std::iter::repeat_n(value, count))
        .map(|value| value.or((!nullable).then_some(0)))
        .collect();
    let most = rows.iter().flatten().max().copied().unwrap_or(0) + 3;
    let values: ArrayRef = Arc::new(StringArray::from_iter_values((0..most).map(name)));
    let keys: Int32Array = rows.iter().map(|value| value.map(|value| value as i32)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(DictionaryArray::<Int32Type>::new(keys, values)),
        Arc::new(rows.iter().map(|value| value.map(name)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|value| value.map(i64::from)).collect::<Int64Array>()),
    ];
    RecordBatch::try_new(schema(nullable), columns).unwrap()
}

fn name(value: u32) -> String {
    if value % 7 == 3 { String::new() } else { format!("{value} välue") }
}

/// Writes row groups, each of several batches.
fn write(groups: &[Vec<RecordBatch>], compression: Compression, nullable: bool) -> Vec<u8> {
    let path = tempfile::NamedTempFile::new().unwrap();
    let options = ParquetOptions { compression, ..ParquetOptions::default() };
    let mut sink = ParquetSink::new(path.reopen().unwrap(), &schema(nullable), &options).unwrap();
    for group in groups {
        let block = sink.encoder().encode(group).unwrap();
        sink.append(block).unwrap();
    }
    Box::new(sink).finish().unwrap();
    std::fs::read(path.path()).unwrap()
}

fn reader(file: &[u8]) -> ParquetRecordBatchReaderBuilder<bytes::Bytes> {
    let options = ArrowReaderOptions::new()
        .with_page_index_policy(parquet::file::metadata::PageIndexPolicy::Required);
    let file = bytes::Bytes::copy_from_slice(file);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap()
}

fn read(file: &[u8]) -> RecordBatch {
    let reader = reader(file).build().unwrap();
    let schema = reader.schema();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// The rows as text, by a plain loop.
fn rows(batch: &RecordBatch) -> Vec<(Option<String>, Option<String>, Option<i64>)> {
    let coded = batch.column(0).as_dictionary::<Int32Type>();
    let values = coded.values().as_string::<i32>();
    let text = batch.column(1).as_string::<i32>();
    let number = batch.column(2).as_primitive::<arrow::datatypes::Int64Type>();
    let mut rows = Vec::new();
    for row in 0..batch.num_rows() {
        let key = coded.keys().is_valid(row).then(|| coded.keys().value(row) as usize);
        rows.push((
            key.map(|key| values.value(key).to_owned()),
            text.is_valid(row).then(|| text.value(row).to_owned()),
            number.is_valid(row).then(|| number.value(row)),
        ));
    }
    rows
}

fn compressions() -> impl Strategy<Value = Compression> {
    prop::sample::select(vec![
        Compression::ZSTD(ZstdLevel::try_new(1).unwrap()),
        Compression::SNAPPY,
        Compression::LZ4_RAW,
        Compression::UNCOMPRESSED,
    ])
}

fn run() -> impl Strategy<Value = (Option<u32>, usize)> {
    let value = prop_oneof![1 => Just(None), 4 => (0_u32..4).prop_map(Some), 4 => (0_u32..500).prop_map(Some)];
    let length = prop_oneof![8 => 1_usize..12, 3 => 100_usize..3000, 1 => 15_000_usize..30_000];
    (value, length)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn comes_back(
        groups in prop::collection::vec(prop::collection::vec(prop::collection::vec(run(), 1..40), 1..4), 1..4),
        compression in compressions(),
        nullable: bool,
        cut in 0_usize..50,
    ) {
        let groups: Vec<Vec<RecordBatch>> = groups
            .iter()
            .map(|group| group.iter().map(|runs| {
                let whole = batch(runs, nullable);
                let cut = cut.min(whole.num_rows() - 1);
                whole.slice(cut, whole.num_rows() - cut)
            }).collect())
            .collect();
        let written: Vec<_> = groups.iter().flatten().flat_map(rows).collect();
        let back = read(&write(&groups, compression, nullable));
        prop_assert_eq!(rows(&back), written);
    }
}

#[test]
fn statistics_and_page_index_bound_the_values() {
    let runs: Vec<_> = (0..60).map(|value| (Some(value % 11), 1_700)).collect();
    let groups = [vec![batch(&runs, true)]];
    let file = write(&groups, Compression::UNCOMPRESSED, true);
    let metadata = reader(&file).metadata().clone();
    let values = rows(&groups[0][0]);
    for column in 0..2 {
        let chunk = metadata.row_group(0).column(column);
        let statistics = chunk.statistics().unwrap();
        let texts = values.iter().map(|row| row.0.clone().unwrap());
        assert_eq!(statistics.min_bytes_opt().unwrap(), texts.clone().min().unwrap().as_bytes());
        assert_eq!(statistics.max_bytes_opt().unwrap(), texts.max().unwrap().as_bytes());
        assert_eq!(statistics.null_count_opt(), Some(0));
        let locations = metadata.offset_index().unwrap()[0][column].page_locations();
        assert_eq!(locations.len(), values.len().div_ceil(20_000));
        assert_eq!(locations[1].first_row_index, 20_000);
        // Pages begin at the same rows in every column, whoever wrote it.
        let starts = |column: usize| -> Vec<i64> {
            let locations = metadata.offset_index().unwrap()[0][column].page_locations();
            locations.iter().map(|location| location.first_row_index).collect()
        };
        assert_eq!(starts(column), starts(2));
    }
}

/// A reader that skips by the page index lands on the right rows.
#[test]
fn rows_are_found_by_page() {
    let runs: Vec<_> = (0..9000).map(|value| ((value % 5 > 0).then_some(value), 11)).collect();
    let groups = [vec![batch(&runs, true)]];
    let file = write(&groups, ParquetOptions::default().compression, true);
    let selection: RowSelection =
        vec![RowSelector::skip(61_234), RowSelector::select(777), RowSelector::skip(36_989)].into();
    let found: Vec<RecordBatch> =
        reader(&file).with_row_selection(selection).build().unwrap().map(Result::unwrap).collect();
    let found: Vec<_> = found.iter().flat_map(rows).collect();
    assert_eq!(found, rows(&groups[0][0])[61_234..61_234 + 777]);
}

#[test]
fn very_many_values_take_the_other_way() {
    let runs: Vec<_> = (0..70_000).map(|value| (Some(value), 2)).collect();
    let groups = [vec![batch(&runs, false)]];
    let back = read(&write(&groups, ParquetOptions::default().compression, false));
    assert_eq!(rows(&back), rows(&groups[0][0]));
}
