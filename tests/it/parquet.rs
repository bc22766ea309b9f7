//! Parquet: what is written is what Arrow's reader gives back, whatever the values and the cuts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, MapArray, MapBuilder,
    RecordBatch, RecordBatchReader as _, RunArray, StringArray, StringBuilder,
    StringDictionaryBuilder, TimestampNanosecondArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::basic::{BoundaryOrder, Compression, Encoding, ZstdLevel};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use proptest::prelude::*;
use ripsaw::sink::Sink as _;
use ripsaw::sink::parquet::{Parquet, ParquetSink};

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
    let options = Parquet { compression, ..Parquet::default() };
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
    let number = batch.column(2).as_primitive::<Int64Type>();
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
    let file = write(&groups, Parquet::default().compression, true);
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
    let back = read(&write(&groups, Parquet::default().compression, false));
    assert_eq!(rows(&back), rows(&groups[0][0]));
}

/// A row of a table that has a column of every kind that the sink writes by itself.
#[derive(Debug, Clone, PartialEq, Default)]
struct Row {
    line: i64,
    coded: Option<String>,
    text: Option<String>,
    run: Option<i64>,
    number: Option<i64>,
    /// Nanoseconds when written, microseconds when read.
    time: Option<i64>,
    message: Option<String>,
    args: Option<Vec<(String, Option<String>)>>,
}

fn coded_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn table() -> SchemaRef {
    let members =
        vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)];
    let entries = Field::new("entries", DataType::Struct(members.into()), false);
    Arc::new(Schema::new(vec![
        Field::new("line", DataType::Int64, false),
        Field::new("coded", coded_type(), true),
        Field::new("text", DataType::Utf8, true),
        Field::new("run", DataType::Int64, true),
        Field::new("number", DataType::Int64, true),
        Field::new("time", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), true),
        Field::new("message", DataType::Utf8, true),
        Field::new("args", DataType::Map(Arc::new(entries), false), true),
    ]))
}

fn coded(values: &[Option<&str>]) -> ArrayRef {
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    builder.append_value("a value that no row uses");
    values.iter().for_each(|value| builder.append_option(*value));
    let whole = builder.finish();
    Arc::new(whole.slice(1, values.len()))
}

/// Encodes runs; one that is longer than `longest` is written as several.
fn run_ends<T: PartialEq>(
    rows: &[T],
    longest: usize,
    values: impl Fn(&[&T]) -> ArrayRef,
) -> ArrayRef {
    let mut ends: Vec<i32> = Vec::new();
    let mut firsts: Vec<&T> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let length = index - ends.iter().rev().nth(1).map_or(0, |&end| end as usize);
        if firsts.last().is_some_and(|last| *last == row) && length < longest {
            ends.pop();
        } else {
            firsts.push(row);
        }
        ends.push(index as i32 + 1);
    }
    Arc::new(RunArray::try_new(&Int32Array::from(ends), &values(&firsts)).unwrap())
}

/// The rows as a batch; `longest` makes the columns of runs run-end encoded.
fn table_batch(rows: &[Row], longest: Option<usize>) -> RecordBatch {
    let column =
        |of: fn(&Row) -> Option<&str>| -> Vec<Option<&str>> { rows.iter().map(of).collect() };
    fn own<'a>(values: &[&Option<&'a str>]) -> Vec<Option<&'a str>> {
        values.iter().map(|value| **value).collect()
    }
    let mut args = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in row.args.iter().flatten() {
            args.keys().append_value(key);
            args.values().append_option(value.as_ref());
        }
        args.append(row.args.is_some()).unwrap();
    }
    let (names, texts) = (column(|row| row.coded.as_deref()), column(|row| row.text.as_deref()));
    let runs: Vec<Option<i64>> = rows.iter().map(|row| row.run).collect();
    let (names, texts, runs): (ArrayRef, ArrayRef, ArrayRef) = match longest {
        None => {
            (coded(&names), Arc::new(StringArray::from(texts)), Arc::new(Int64Array::from(runs)))
        }
        Some(longest) => (
            run_ends(&names, longest, |values| coded(&own(values))),
            run_ends(&texts, longest, |values| Arc::new(StringArray::from(own(values)))),
            run_ends(&runs, longest, |values| {
                Arc::new(values.iter().map(|value| **value).collect::<Int64Array>())
            }),
        ),
    };
    let times: TimestampNanosecondArray = rows.iter().map(|row| row.time).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.line)).collect::<Int64Array>()),
        names,
        texts,
        runs,
        Arc::new(rows.iter().map(|row| row.number).collect::<Int64Array>()),
        Arc::new(times.with_timezone("UTC")),
        Arc::new(StringArray::from(column(|row| row.message.as_deref()))),
        Arc::new(args.finish()),
    ];
    let fields = table()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| {
            Field::new(field.name(), column.data_type().clone(), field.is_nullable())
        })
        .collect::<Vec<_>>();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// What was read, by a plain loop.
fn table_rows(batch: &RecordBatch) -> Vec<Row> {
    fn some<A: Array, T>(array: &A, row: usize, value: impl Fn(&A, usize) -> T) -> Option<T> {
        array.is_valid(row).then(|| value(array, row))
    }
    let text = |array: &StringArray, row: usize| array.value(row).to_owned();
    let number = |array: &Int64Array, row: usize| array.value(row);
    let coded = batch.column(1).as_dictionary::<Int32Type>();
    let names = coded.values().as_string::<i32>();
    let args = batch.column(7).as_map();
    let members = |args: &MapArray, row: usize| {
        let members = args.value(row);
        let (keys, values) = (members.column(0).as_string(), members.column(1).as_string());
        (0..members.len()).map(|at| (text(keys, at), some(values, at, text))).collect()
    };
    let row = |row: usize| Row {
        line: batch.column(0).as_primitive::<Int64Type>().value(row),
        coded: some(coded.keys(), row, |keys, row| {
            names.value(keys.value(row) as usize).to_owned()
        }),
        text: some(batch.column(2).as_string(), row, text),
        run: some(batch.column(3).as_primitive(), row, number),
        number: some(batch.column(4).as_primitive(), row, number),
        time: some(
            batch.column(5).as_primitive::<TimestampMicrosecondType>(),
            row,
            |array, row| array.value(row),
        ),
        message: some(batch.column(6).as_string(), row, text),
        args: some(args, row, members),
    };
    (0..batch.num_rows()).map(row).collect()
}

/// The rows as they come back: times have microseconds, rounded towards the past.
fn in_micros(mut rows: Vec<Row>) -> Vec<Row> {
    for time in rows.iter_mut().filter_map(|row| row.time.as_mut()) {
        *time = (i128::from(*time) - i128::from(*time).rem_euclid(1000)) as i64 / 1000;
    }
    rows
}

fn write_table(groups: &[Vec<RecordBatch>], compression: Compression) -> Vec<u8> {
    let path = tempfile::NamedTempFile::new().unwrap();
    let options = Parquet { compression, ..Parquet::default() };
    let mut sink = ParquetSink::new(path.reopen().unwrap(), &table(), &options).unwrap();
    for group in groups {
        let block = sink.encoder().encode(group).unwrap();
        sink.append(block).unwrap();
    }
    Box::new(sink).finish().unwrap();
    std::fs::read(path.path()).unwrap()
}

/// How the values of a column follow each other.
#[derive(Debug, Clone, Copy)]
enum Pattern {
    Null,
    Constant(u64),
    Counting(u64),
    Wild(u64),
    /// Wild, with nulls among them.
    Gaps(u64),
}

impl Pattern {
    fn at(self, row: usize) -> Option<u64> {
        // Steele and Vigna's splitmix64.
        let mix = |seed: u64| {
            let mut z = seed.wrapping_add((row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        };
        match self {
            Self::Null => None,
            Self::Constant(value) => Some(value),
            Self::Counting(first) => Some(first.wrapping_add(row as u64)),
            // From few bits to all, so that differences have every width.
            Self::Wild(seed) => Some(mix(seed) >> (seed % 64)),
            Self::Gaps(seed) => (mix(seed ^ 1) % 3 > 0).then(|| mix(seed) >> (seed % 64)),
        }
    }
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        Just(Pattern::Null),
        prop_oneof![any::<u64>(), 0_u64..3].prop_map(Pattern::Constant),
        prop_oneof![any::<u64>(), 0_u64..3].prop_map(Pattern::Counting),
        any::<u64>().prop_map(Pattern::Wild),
        any::<u64>().prop_map(Pattern::Gaps),
    ]
}

fn segment() -> impl Strategy<Value = Vec<Row>> {
    let length = prop_oneof![8 => 1_usize..40, 3 => 100_usize..3000, 1 => 19_990_usize..20_010];
    (length, prop::array::uniform8(pattern())).prop_map(|(length, patterns)| {
        let text = |value: u64| match value % 5 {
            0 => String::new(),
            1 => "é".repeat((value % 300) as usize),
            _ => format!("line of {value} välues"),
        };
        let row = |row: usize| {
            let [line, coded, word, run, number, time, message, args] =
                patterns.map(|pattern| pattern.at(row));
            Row {
                line: line.unwrap_or(0) as i64,
                coded: coded.map(|value| name(value as u32 % 900)),
                text: word.map(|value| name(value as u32 % 40)),
                run: run.map(|value| value as i64),
                number: number.map(|value| value as i64),
                time: time.map(|value| value as i64),
                message: message.map(text),
                args: args.map(|value| match value % 4 {
                    3 => vec![("k".into(), Some(text(value))), (text(value), None)],
                    _ => Vec::new(),
                }),
            }
        };
        (0..length).map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_kind_of_column_comes_back(
        groups in prop::collection::vec(
            prop::collection::vec((prop::collection::vec(segment(), 1..4), any::<bool>()), 1..4),
            1..3,
        ),
        compression in compressions(),
        cut in 0_usize..50,
        longest in prop_oneof![1_usize..9, Just(usize::MAX)],
    ) {
        let slices = |all_runs: Option<bool>| -> Vec<Vec<RecordBatch>> {
            groups.iter().map(|group| group.iter().map(|(segments, runs)| {
                let whole = table_batch(
                    &segments.concat(),
                    all_runs.unwrap_or(*runs).then_some(longest),
                );
                let cut = cut.min((whole.num_rows() - 1) / 2);
                whole.slice(cut, whole.num_rows() - 2 * cut)
            }).collect()).collect()
        };
        let written: Vec<Row> = groups.iter().flatten().flat_map(|(segments, _)| {
            let whole = segments.concat();
            let cut = cut.min((whole.len() - 1) / 2);
            whole[cut..whole.len() - cut].to_vec()
        }).collect();
        let written = in_micros(written);
        // Some batches as runs, all, or none.
        for runs in [None, Some(true), Some(false)] {
            let back = table_rows(&read(&write_table(&slices(runs), compression)));
            prop_assert_eq!(back.len(), written.len());
            for (row, (back, written)) in back.iter().zip(&written).enumerate() {
                prop_assert_eq!(back, written, "row {}, runs: {:?}", row, runs);
            }
        }
    }
}

/// Rows like those of a log.
fn log(rows: usize) -> Vec<Row> {
    let row = |row: usize| Row {
        line: row as i64 + 1,
        coded: Some(name(row as u32 / 700)),
        text: (row % 50_000 > 30_000).then(|| name(row as u32 / 4000)),
        run: Some(7),
        number: (row >= 20_000).then_some(row as i64 % 977 - row as i64 / 20_000 * 1000),
        time: Some(1_700_000_000_000_000_000 + row as i64 * 1_234_567),
        message: (!row.is_multiple_of(5)).then(|| format!("line {row}, {}", "x".repeat(row % 90))),
        args: None,
    };
    (0..rows).map(row).collect()
}

#[test]
fn pages_of_all_columns_begin_at_the_same_rows() {
    for rows in [1, 19_999, 20_000, 20_001, 40_000, 50_123] {
        let log = log(rows);
        let file = write_table(&[vec![table_batch(&log, None)]], Compression::UNCOMPRESSED);
        let metadata = reader(&file).metadata().clone();
        let expected: Vec<i64> = (0..rows as i64).step_by(20_000).collect();
        for column in &metadata.offset_index().unwrap()[0] {
            let pages = column.page_locations().iter();
            assert_eq!(pages.map(|page| page.first_row_index).collect::<Vec<_>>(), expected);
        }
        assert_eq!(table_rows(&read(&file)), in_micros(log));
    }
}

#[test]
fn the_footer_says_what_the_pages_hold() {
    let log = in_micros(log(70_000));
    let written = table_batch(&self::log(70_000), Some(usize::MAX));
    let file = write_table(&[vec![written]], Parquet::default().compression);
    let metadata = reader(&file).metadata().clone();
    let group = metadata.row_group(0);
    let index = &metadata.column_index().unwrap()[0];
    for column in [0, 3, 4, 5] {
        let of = |row: &Row| match column {
            0 => Some(row.line),
            3 => row.run,
            4 => row.number,
            _ => row.time,
        };
        let chunk = group.column(column);
        // `number` is no column of the table `lines`, and has few values.
        let encoding =
            if column == 4 { Encoding::RLE_DICTIONARY } else { Encoding::DELTA_BINARY_PACKED };
        assert!(chunk.encodings().any(|e| e == encoding), "{column}");
        let bounds = |rows: &[Row]| {
            let values = || rows.iter().filter_map(&of);
            (values().min(), values().max(), rows.len() - values().count())
        };
        let Some(Statistics::Int64(all)) = chunk.statistics() else { panic!("no statistics") };
        let (least, most, nulls) = bounds(&log);
        assert_eq!((all.min_opt(), all.max_opt()), (least.as_ref(), most.as_ref()));
        assert_eq!(all.null_count_opt(), Some(nulls as u64));
        let ColumnIndexMetaData::INT64(pages) = &index[column] else { panic!("no index") };
        for (page, rows) in log.chunks(20_000).enumerate() {
            let (least, most, nulls) = bounds(rows);
            assert_eq!(
                (pages.min_value(page), pages.max_value(page)),
                (least.as_ref(), most.as_ref())
            );
            assert_eq!(pages.null_count(page), Some(nulls as i64));
        }
    }
    assert_eq!(index[0].get_boundary_order(), Some(BoundaryOrder::ASCENDING));
    assert_eq!(index[1].get_boundary_order(), Some(BoundaryOrder::UNORDERED));
    assert_eq!(index[4].get_boundary_order(), Some(BoundaryOrder::DESCENDING));
    for column in [1, 2] {
        assert!(group.column(column).encodings().any(|e| e == Encoding::RLE_DICTIONARY));
    }
    let message = group.column(6);
    assert!(message.encodings().any(|e| e == Encoding::DELTA_LENGTH_BYTE_ARRAY));
    assert_eq!(message.statistics().unwrap().null_count_opt(), Some(14_000));
    assert!(message.statistics().unwrap().min_bytes_opt().is_none());
    for column in [7, 8] {
        assert_eq!(group.column(column).statistics().unwrap().null_count_opt(), Some(70_000));
        assert!((0..4).all(|page| index[column].is_null_page(page)));
    }
}

/// A page of long texts is cut; the rows are still found by page.
#[test]
fn long_texts_have_pages_of_their_own() {
    let mut log = log(30_000);
    for row in [5, 6, 19_999, 20_000, 29_999] {
        log[row].message = Some(format!("{row} ").repeat(2_200_000));
    }
    for compression in [Compression::UNCOMPRESSED, Parquet::default().compression] {
        let halves = [table_batch(&log[..12_345], None), table_batch(&log[12_345..], None)];
        let file = write_table(&[halves.to_vec()], compression);
        let metadata = reader(&file).metadata().clone();
        let offsets = &metadata.offset_index().unwrap()[0];
        let starts = |column: usize| -> Vec<i64> {
            offsets[column].page_locations().iter().map(|page| page.first_row_index).collect()
        };
        assert_eq!(starts(0), [0, 20_000]);
        assert_eq!(starts(6), [0, 6, 7, 20_000, 20_001]);
        let expected = in_micros(log.clone());
        assert!(table_rows(&read(&file)) == expected);
        let selection: RowSelection =
            vec![RowSelector::skip(19_990), RowSelector::select(20), RowSelector::skip(9_990)]
                .into();
        let found = reader(&file).with_row_selection(selection).build().unwrap();
        let found: Vec<Row> = found.flat_map(|batch| table_rows(&batch.unwrap())).collect();
        assert!(found == expected[19_990..20_010]);
    }
}

/// Values too long for a dictionary, and nulls where the file has none.
#[test]
fn what_is_not_written_from_runs() {
    let mut log = log(3);
    log[1].coded = Some("long".repeat(5000));
    log[2].text = Some("longer".repeat(5000));
    for longest in [None, Some(2)] {
        let file = write_table(&[vec![table_batch(&log, longest)]], Compression::SNAPPY);
        assert_eq!(table_rows(&read(&file)), in_micros(log.clone()));
    }
    let schema = Schema::new(vec![Field::new("line", DataType::Int64, false)]);
    let sink = ParquetSink::new(Vec::new(), &schema, &Parquet::default()).unwrap();
    let schema = Schema::new(vec![Field::new("line", DataType::Int64, true)]);
    let nulls: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![nulls]).unwrap();
    assert!(sink.encoder().encode(&[batch]).is_err());
}
