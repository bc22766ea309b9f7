//! CSV and NDJSON against plain loops: CSV read back by a state machine that tells `""` from an
//! empty field, NDJSON by serde_json.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int8Array, Int32Array, Int64Array, MapBuilder,
    RecordBatch, StringArray, StringBuilder, StringDictionaryBuilder, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use ripsaw::sink::csv::{Csv, CsvWriter};
use ripsaw::sink::ndjson::NdjsonWriter;
use serde_json::Value;

use crate::csv_reader::{CsvField, read_csv};
use crate::runs::with_runs;

const NAMES: [&str; 11] = [
    "stage",
    "step, \"quoted\"",
    "line",
    "iteration",
    "nanos",
    "micros",
    "small",
    "flag",
    "message",
    "args",
    "extra",
];
const ARGS: usize = 9;
const EXTRA: usize = 10;

#[derive(Clone, Debug)]
struct Row {
    stage: Option<String>,
    step: Option<String>,
    line: Option<i64>,
    iteration: Option<String>,
    nanos: Option<i64>,
    micros: Option<i64>,
    small: Option<i8>,
    flag: Option<bool>,
    message: Option<String>,
    args: Option<Vec<(String, Option<String>)>>,
    extra: Option<String>,
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        "[ -~]{0,20}",
        "[a-z]{14,40}",
        "[\",\r\n\\\\a]{1,6}",
        "[\0-\u{1f}\u{7f}\u{80}\u{2028}é漢😀]{1,4}",
        Just("NULL".to_owned()),
        Just("{}".to_owned()),
    ];
    prop_oneof![piece.clone(), vec(piece, 0..5).prop_map(|pieces| pieces.concat())]
}

fn dictionary_text() -> impl Strategy<Value = Option<String>> {
    let few = prop_oneof![Just("build"), Just(""), Just("a,b"), Just("\"x\"\r\n"), Just("NULL")];
    of(prop_oneof![3 => few.prop_map(str::to_owned), 1 => text()])
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let object = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    });
    let object = vec((text(), object), 0..4);
    (object, any::<bool>()).prop_map(|(pairs, pretty)| {
        let value = Value::Object(pairs.into_iter().collect());
        if pretty { format!("{value:#}").replace('\n', "\r\n") } else { value.to_string() }
    })
}

fn integer() -> impl Strategy<Value = i64> {
    const EDGES: [i64; 10] =
        [i64::MIN, i64::MAX, 0, -1, 9, 10, 99, 100, 1_000_000_000, 951_782_400_000_000_000];
    prop_oneof![any::<i64>(), -1_000_000..1_000_000i64, proptest::sample::select(&EDGES[..])]
}

/// Nanoseconds whose fraction needs 0, 3, 6 and 9 digits alike often.
fn nanos() -> impl Strategy<Value = i64> {
    let unit = proptest::sample::select(&[1, 1_000, 1_000_000, 1_000_000_000][..]);
    (integer(), unit).prop_map(|(nanos, unit)| nanos / unit * unit)
}

fn row() -> impl Strategy<Value = Row> {
    let micros = nanos().prop_map(|nanos| nanos / 1_000);
    let args = vec((text(), of(text())), 0..4);
    (
        (dictionary_text(), dictionary_text(), of(integer()), dictionary_text(), of(nanos())),
        (of(micros), of(any::<i8>()), of(any::<bool>()), of(text()), of(args), of(json())),
    )
        .prop_map(|((stage, step, line, iteration, nanos), rest)| {
            let (micros, small, flag, message, args, extra) = rest;
            Row { stage, step, line, iteration, nanos, micros, small, flag, message, args, extra }
        })
}

/// Rows with stretches of the same row in them.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    vec((row(), prop_oneof![3 => 1..3usize, 1 => 3..70usize]), 0..12).prop_map(|stretches| {
        let rows = stretches.into_iter().flat_map(|(row, times)| vec![row; times]);
        rows.collect()
    })
}

/// The columns that are run-end encoded, a bit each, and where runs end early.
fn some_runs() -> impl Strategy<Value = (u32, Vec<bool>)> {
    (0..1u32 << NAMES.len(), vec(any::<bool>(), 1..30))
}

fn batch(rows: &[Row]) -> RecordBatch {
    let dictionary = |value: fn(&Row) -> &Option<String>| -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        rows.iter().for_each(|row| builder.append_option(value(row).as_deref()));
        Arc::new(builder.finish())
    };
    let nanos: TimestampNanosecondArray = rows.iter().map(|row| row.nanos).collect();
    let micros: TimestampMicrosecondArray = rows.iter().map(|row| row.micros).collect();
    let arrays: [ArrayRef; 11] = [
        dictionary(|row| &row.stage),
        dictionary(|row| &row.step),
        Arc::new(rows.iter().map(|row| row.line).collect::<Int64Array>()),
        dictionary(|row| &row.iteration),
        Arc::new(nanos.with_timezone("UTC")),
        Arc::new(micros.with_timezone("UTC")),
        Arc::new(rows.iter().map(|row| row.small).collect::<Int8Array>()),
        Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|row| row.message.as_deref()).collect::<StringArray>()),
        args_array(rows),
        Arc::new(rows.iter().map(|row| row.extra.as_deref()).collect::<StringArray>()),
    ];
    let fields: Vec<Field> = NAMES
        .iter()
        .zip(&arrays)
        .map(|(name, array)| match *name {
            "extra" => json_field(name),
            name => Field::new(name, array.data_type().clone(), true),
        })
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.into()).unwrap()
}

fn json_field(name: &str) -> Field {
    let metadata = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
    Field::new(name, DataType::Utf8, true).with_metadata(HashMap::from(metadata))
}

fn args_array(rows: &[Row]) -> ArrayRef {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in row.args.iter().flatten() {
            builder.keys().append_value(key);
            builder.values().append_option(value.as_deref());
        }
        builder.append(row.args.is_some()).unwrap();
    }
    Arc::new(builder.finish())
}

/// arrow's own text of a time, which is RFC 3339 by chrono.
fn rfc3339(nanos: i64) -> String {
    let array = TimestampNanosecondArray::from(vec![nanos]).with_timezone("+00:00");
    let options = FormatOptions::default();
    ArrayFormatter::try_new(&array, &options).unwrap().value(0).to_string()
}

fn json_of(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn args_json(args: &[(String, Option<String>)]) -> String {
    let pairs = args.iter().map(|(key, value)| {
        format!("{}:{}", json_of(key), value.as_deref().map_or("null".to_owned(), json_of))
    });
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

/// The fields as text before any quoting.
fn cells(row: &Row) -> [Option<String>; 11] {
    [
        row.stage.clone(),
        row.step.clone(),
        row.line.map(|n| n.to_string()),
        row.iteration.clone(),
        row.nanos.map(rfc3339),
        row.micros.map(|micros| rfc3339(micros * 1_000)),
        row.small.map(|n| n.to_string()),
        row.flag.map(|flag| flag.to_string()),
        row.message.clone(),
        row.args.as_deref().map(args_json),
        row.extra.clone(),
    ]
}

fn expected_csv_field(cell: Option<String>, null_text: &str) -> CsvField {
    let Some(text) = cell else {
        return CsvField { text: null_text.to_owned(), quoted: false };
    };
    let quoted = text.is_empty() || text == null_text || text.contains([',', '"', '\r', '\n']);
    CsvField { text, quoted }
}

fn expected_object(row: &Row, omit_nulls: bool) -> Value {
    let mut object = serde_json::Map::new();
    for (index, cell) in cells(row).into_iter().enumerate() {
        let Some(cell) = cell else {
            if !omit_nulls {
                object.insert(NAMES[index].to_owned(), Value::Null);
            }
            continue;
        };
        let value = match NAMES[index] {
            "line" => Value::from(row.line),
            "small" => Value::from(row.small),
            "flag" => Value::from(row.flag),
            "args" | "extra" => serde_json::from_str(&cell).unwrap(),
            _ => Value::from(cell),
        };
        object.insert(NAMES[index].to_owned(), value);
    }
    Value::Object(object)
}

/// The exact line, with serde_json to escape strings.
fn expected_line(row: &Row, omit_nulls: bool) -> String {
    let cells = cells(row).into_iter().enumerate();
    let fields = cells.filter_map(|(index, cell)| {
        let value = match (index, cell) {
            (_, None) if omit_nulls => return None,
            (_, None) => "null".to_owned(),
            (EXTRA, Some(json)) => json.replace(['\r', '\n'], " "),
            (2 | 6 | 7 | ARGS, Some(plain)) => plain,
            (_, Some(text)) => json_of(&text),
        };
        Some(format!("{}:{value}", json_of(NAMES[index])))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

proptest! {
    #[test]
    fn csv_reads_back(
        rows in rows(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        null_text in prop::sample::select(&["", "NULL", "\\N", "-1", "true", "{}", "é"][..]),
        (columns, cuts) in some_runs(),
    ) {
        let (from, to) = ordered(cut, rows.len());
        let whole = batch(&rows);
        let options = Csv { null_text: null_text.to_owned() };
        let writer = CsvWriter::new(&whole.schema(), options).unwrap();
        let mut out = Vec::new();
        writer.header(&mut out);
        writer.rows(&whole.slice(from, to - from), &mut out).unwrap();
        let mut in_runs = Vec::new();
        writer.header(&mut in_runs);
        let batch = with_runs(&whole, columns, &cuts);
        writer.rows(&batch.slice(from, to - from), &mut in_runs).unwrap();
        prop_assert_eq!(&in_runs, &out);
        let mut records = read_csv(&out).into_iter();
        let header = NAMES.map(|name| expected_csv_field(Some(name.to_owned()), null_text));
        prop_assert_eq!(records.next().unwrap(), header);
        let expected = rows[from..to]
            .iter()
            .map(|row| cells(row).map(|cell| expected_csv_field(cell, null_text)).to_vec());
        prop_assert_eq!(records.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn ndjson_reads_back(
        rows in rows(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        (columns, cuts) in some_runs(),
        omit_nulls in any::<bool>(),
    ) {
        let (from, to) = ordered(cut, rows.len());
        let whole = batch(&rows);
        let mut out = Vec::new();
        let writer = NdjsonWriter::new(&whole.schema()).unwrap().omit_nulls(omit_nulls);
        writer.rows(&whole.slice(from, to - from), &mut out).unwrap();
        let mut in_runs = Vec::new();
        let batch = with_runs(&whole, columns, &cuts);
        writer.rows(&batch.slice(from, to - from), &mut in_runs).unwrap();
        prop_assert_eq!(&in_runs, &out);
        let text = String::from_utf8(out).unwrap();
        prop_assert!(text.is_empty() || text.ends_with('\n'));
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        prop_assert_eq!(lines.len(), to - from);
        for (line, row) in lines.into_iter().zip(&rows[from..to]) {
            prop_assert_eq!(serde_json::from_str::<Value>(line).unwrap(), expected_object(row, omit_nulls));
            prop_assert_eq!(line, expected_line(row, omit_nulls));
        }
    }
}

fn ordered(cut: (prop::sample::Index, prop::sample::Index), len: usize) -> (usize, usize) {
    let [a, b] = [cut.0.index(len + 1), cut.1.index(len + 1)];
    (a.min(b), a.max(b))
}

fn one_column(field: Field, array: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(array)]).unwrap()
}

fn csv(batch: &RecordBatch) -> String {
    let mut out = Vec::new();
    let writer = CsvWriter::new(&batch.schema(), Csv::default()).unwrap();
    writer.header(&mut out);
    writer.rows(batch, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn ndjson(batch: &RecordBatch) -> String {
    let mut out = Vec::new();
    NdjsonWriter::new(&batch.schema()).unwrap().rows(batch, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn times_have_as_many_digits_as_they_need() {
    let cases = [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_714_557_600_123_456_789, "2024-05-01T10:00:00.123456789Z"),
        (1_714_557_600_123_456_000, "2024-05-01T10:00:00.123456Z"),
        (1_714_557_600_120_000_000, "2024-05-01T10:00:00.120Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
    ];
    let array = TimestampNanosecondArray::from_iter_values(cases.map(|case| case.0));
    let array = array.with_timezone("UTC");
    let batch = one_column(Field::new("time", array.data_type().clone(), true), array);
    let expected: String = cases.iter().map(|(_, text)| format!("{text}\r\n")).collect();
    assert_eq!(csv(&batch), format!("time\r\n{expected}"));
    let expected: String =
        cases.iter().map(|(_, text)| format!("{{\"time\":\"{text}\"}}\n")).collect();
    assert_eq!(ndjson(&batch), expected);
}

#[test]
fn null_and_the_empty_string_stay_apart() {
    let array = StringArray::from(vec![None, Some(""), Some(" a "), Some("a,b")]);
    let batch = one_column(Field::new("message", DataType::Utf8, true), array);
    assert_eq!(csv(&batch), "message\r\n\r\n\"\"\r\n a \r\n\"a,b\"\r\n");
    assert_eq!(
        ndjson(&batch),
        "{\"message\":null}\n{\"message\":\"\"}\n{\"message\":\" a \"}\n{\"message\":\"a,b\"}\n"
    );
}

#[test]
fn json_columns_are_embedded_byte_for_byte() {
    let json = r#"{"n":1e400,"n":1.0,"s":"\u0041\/"}"#;
    let batch = one_column(json_field("extra"), StringArray::from(vec![json]));
    assert_eq!(ndjson(&batch), format!("{{\"extra\":{json}}}\n"));
    let batch =
        one_column(Field::new("extra", DataType::Utf8, true), StringArray::from(vec![json]));
    assert_eq!(ndjson(&batch), format!("{{\"extra\":{}}}\n", json_of(json)));
}

#[test]
fn a_null_among_dictionary_values_is_null() {
    let values = StringArray::from(vec![Some("a"), None]);
    let keys = Int32Array::from(vec![Some(1), Some(0), None, Some(0)]);
    let array = arrow::array::DictionaryArray::new(keys, Arc::new(values));
    let batch = one_column(Field::new("stage", array.data_type().clone(), true), array);
    assert_eq!(csv(&batch), "stage\r\n\r\na\r\n\r\na\r\n");
    assert_eq!(
        ndjson(&batch),
        "{\"stage\":null}\n{\"stage\":\"a\"}\n{\"stage\":null}\n{\"stage\":\"a\"}\n"
    );
}

#[test]
fn a_column_without_a_text_form_is_refused_by_name() {
    let types = [
        DataType::LargeUtf8,
        DataType::Timestamp(TimeUnit::Nanosecond, None),
        DataType::Timestamp(TimeUnit::Microsecond, Some("+05:30".into())),
        DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
    ];
    for data_type in types {
        let fields = [("line", DataType::Int64), ("odd", data_type)];
        let schema = Schema::new(fields.map(|(name, t)| Field::new(name, t, true)).to_vec());
        let csv = CsvWriter::new(&schema, Csv::default()).unwrap_err().to_string();
        let ndjson = NdjsonWriter::new(&schema).unwrap_err().to_string();
        assert!(csv.contains("`odd`") && ndjson.contains("`odd`"), "{csv}; {ndjson}");
    }
}

#[test]
fn a_null_text_that_needs_quotes_is_refused() {
    let schema = Schema::new(vec![Field::new("line", DataType::Int64, true)]);
    for null_text in [",", "a\"", "\r", "\n"] {
        let options = Csv { null_text: null_text.to_owned() };
        assert!(CsvWriter::new(&schema, options).is_err(), "{null_text:?}");
    }
    assert!(CsvWriter::new(&Schema::empty(), Csv::default()).is_err());
}

#[test]
fn a_refused_batch_leaves_the_output_alone() {
    let wide = TimestampMicrosecondArray::from(vec![0, i64::MAX / 1_000 + 1]).with_timezone("UTC");
    let time = Field::new("time", wide.data_type().clone(), true);
    let wide = one_column(time.clone(), wide);
    let other =
        one_column(Field::new("time", DataType::Float64, true), Float64Array::from(vec![1.0]));
    let csv = CsvWriter::new(&wide.schema(), Csv::default()).unwrap();
    let ndjson = NdjsonWriter::new(&wide.schema()).unwrap();
    for batch in [&wide, &other] {
        let mut out = b"before".to_vec();
        let error = csv.rows(batch, &mut out).unwrap_err().to_string();
        assert!(error.contains("`time`"), "{error}");
        assert!(ndjson.rows(batch, &mut out).is_err());
        assert_eq!(out, b"before");
    }
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert!(csv.rows(&none, &mut Vec::new()).is_err());
}

#[test]
fn every_ascii_character_is_found_at_every_place() {
    let texts = (1..36).flat_map(|len| (0..len).map(move |at| (at, len))).flat_map(|(at, len)| {
        (0..128u8).map(move |byte| {
            let mut text = vec![b'a'; len];
            text[at] = byte;
            String::from_utf8(text).unwrap()
        })
    });
    let texts: Vec<String> = texts.collect();
    let array = StringArray::from_iter_values(&texts);
    let batch = one_column(Field::new("m", DataType::Utf8, true), array);
    for (line, text) in ndjson(&batch).lines().zip(&texts) {
        assert_eq!(line, format!("{{\"m\":{}}}", json_of(text)));
    }
    let records = read_csv(csv(&batch).as_bytes());
    assert_eq!(records.len(), texts.len() + 1);
    for (record, text) in records[1..].iter().zip(&texts) {
        assert_eq!(*record, [expected_csv_field(Some(text.clone()), "")]);
    }
}

#[test]
fn texts_larger_than_any_room() {
    let texts: Vec<String> = [0, 1, 31, 32, 33, 40_000, 300_000]
        .into_iter()
        .flat_map(|len| ["a", "\"", "\u{1}", "é"].map(|piece| piece.repeat(len)))
        .collect();
    let array = StringArray::from_iter_values(&texts);
    let batch = one_column(Field::new("m", DataType::Utf8, true), array);
    for (line, text) in ndjson(&batch).lines().zip(&texts) {
        assert!(line == format!("{{\"m\":{}}}", json_of(text)));
    }
    let records = read_csv(csv(&batch).as_bytes());
    assert_eq!(records.len(), texts.len() + 1);
    for (record, text) in records[1..].iter().zip(&texts) {
        assert!(*record == [expected_csv_field(Some(text.clone()), "")]);
    }
}
