//! Every output format read back into the oracle's rows, by readers that are not ripsaw's.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{
    DataType, Int8Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow::ipc::reader::{FileReader, StreamReader};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ripsaw::identity::Identity;
use serde_json::value::RawValue;

use crate::csv_reader::read_csv;
use crate::oracle::{self, ERRORS, Row};

/// The columns of the table `lines` in order.
const COLUMNS: [&str; 24] = [
    "bundle",
    "file",
    "line",
    "account",
    "org",
    "project",
    "pipeline",
    "run",
    "execution",
    "stage",
    "step_group",
    "step",
    "unit",
    "iteration",
    "timestamp",
    "zone",
    "level",
    "level_number",
    "level_text",
    "pos",
    "message",
    "args",
    "extra",
    "parse_error",
];

pub(crate) fn parquet(bytes: &[u8]) -> Vec<Row> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let batches = reader.build().unwrap();
    batches.flat_map(|batch| rows(&batch.unwrap())).collect()
}

pub(crate) fn arrow_file(bytes: &[u8]) -> Vec<Row> {
    let batches = FileReader::try_new(Cursor::new(bytes), None).unwrap();
    batches.flat_map(|batch| rows(&batch.unwrap())).collect()
}

pub(crate) fn arrow_stream(bytes: &[u8]) -> Vec<Row> {
    let batches = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
    batches.flat_map(|batch| rows(&batch.unwrap())).collect()
}

pub(crate) fn csv(bytes: &[u8]) -> Vec<Row> {
    let mut records = read_csv(bytes).into_iter();
    let header = records.next().unwrap();
    assert_eq!(header.iter().map(|field| &*field.text).collect::<Vec<_>>(), COLUMNS);
    let read = records.map(|record| {
        assert_eq!(record.len(), COLUMNS.len());
        let fields = COLUMNS.into_iter().zip(record);
        let fields = fields.filter(|(_, field)| field.quoted || !field.text.is_empty());
        of_text(fields.map(|(name, field)| (name, field.text)).collect())
    });
    read.collect()
}

pub(crate) fn ndjson(bytes: &[u8]) -> Vec<Row> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let read = text.split_terminator('\n').map(|line| {
        let fields: HashMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
        let mut texts = HashMap::new();
        // Every column in every row: readers take their columns from the first ones.
        assert_eq!(fields.len(), COLUMNS.len(), "{line}");
        for name in COLUMNS {
            let value = fields[name].get();
            if value == "null" {
                continue;
            }
            let is_text = !["line", "run", "level_number", "pos", "args", "extra"].contains(&name);
            let text =
                if is_text { serde_json::from_str(value).unwrap() } else { value.to_owned() };
            assert!(texts.insert(name, text).is_none());
        }
        of_text(texts)
    });
    read.collect()
}

/// A row from the text of its columns; null columns are not there.
fn of_text(mut fields: HashMap<&str, String>) -> Row {
    let mut take = |name: &str| fields.remove(name);
    let integer = |text: Option<String>| text.map(|text| text.parse::<i64>().unwrap());
    let level = take("level");
    assert_eq!(integer(take("level_number")), number_of(level.as_deref()));
    Row {
        bundle: take("bundle").unwrap(),
        file: take("file").unwrap(),
        line: integer(take("line")).unwrap(),
        identity: identity(&mut take),
        timestamp: take("timestamp").map(|text| oracle::time(&text).unwrap().nanos.unwrap()),
        zone: take("zone"),
        level,
        level_text: take("level_text"),
        pos: integer(take("pos")),
        message: take("message"),
        args: take("args").map(|json| {
            let decoded = |raw| serde_json::from_str::<String>(raw).unwrap();
            oracle::members(&json).into_iter().map(|(key, raw)| (key, decoded(raw))).collect()
        }),
        extra: take("extra"),
        error: take("parse_error").as_deref().map(class),
    }
}

fn identity(take: &mut impl FnMut(&str) -> Option<String>) -> Identity {
    Identity {
        account: take("account"),
        org: take("org"),
        project: take("project"),
        pipeline: take("pipeline"),
        run: take("run").map(|run| run.parse().unwrap()),
        execution: take("execution"),
        stage: take("stage"),
        step_group: take("step_group"),
        step: take("step"),
        unit: take("unit"),
        iteration: take("iteration"),
    }
}

/// The number of a level.
fn number_of(level: Option<&str>) -> Option<i64> {
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    level.map(|level| levels.iter().position(|known| *known == level).unwrap() as i64 + 1)
}

fn class(error: &str) -> &'static str {
    ERRORS.into_iter().find(|class| error.starts_with(class)).unwrap_or("an unknown error")
}

pub(crate) fn rows(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    assert_eq!(schema.fields().iter().map(|field| &**field.name()).collect::<Vec<_>>(), COLUMNS);
    (0..batch.num_rows()).map(|row| row_of(batch, row)).collect()
}

fn row_of(batch: &RecordBatch, row: usize) -> Row {
    let number = column(batch, "level_number").as_primitive::<Int8Type>();
    let number = number.is_valid(row).then(|| i64::from(number.value(row)));
    assert_eq!(number, number_of(text(batch, "level", row).as_deref()));
    let mut text = |name: &str| {
        if name == "run" {
            integer(batch, name, row).map(|run| run.to_string())
        } else {
            text(batch, name, row)
        }
    };
    Row {
        bundle: text("bundle").unwrap(),
        file: text("file").unwrap(),
        line: integer(batch, "line", row).unwrap(),
        identity: identity(&mut text),
        timestamp: timestamp(batch, "timestamp", row),
        zone: text("zone"),
        level: text("level"),
        level_text: text("level_text"),
        pos: integer(batch, "pos", row),
        message: text("message"),
        args: args(batch, row),
        extra: text("extra"),
        error: text("parse_error").as_deref().map(class),
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a dyn Array {
    batch.column_by_name(name).unwrap().as_ref()
}

pub(crate) fn text(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = column(batch, name);
    let (values, index): (&StringArray, usize) = match column.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = column.as_dictionary::<Int32Type>();
            (dictionary.values().as_string(), dictionary.key(row)?)
        }
        _ => (column.as_string(), row),
    };
    values.is_valid(index).then(|| values.value(index).to_owned())
}

pub(crate) fn integer(batch: &RecordBatch, name: &str, row: usize) -> Option<i64> {
    let values = column(batch, name).as_primitive::<Int64Type>();
    values.is_valid(row).then(|| values.value(row))
}

pub(crate) fn timestamp(batch: &RecordBatch, name: &str, row: usize) -> Option<i64> {
    let column = column(batch, name);
    let DataType::Timestamp(unit, Some(zone)) = column.data_type() else { panic!("no timestamp") };
    assert_eq!(&**zone, "UTC");
    column.is_valid(row).then(|| match unit {
        TimeUnit::Nanosecond => column.as_primitive::<TimestampNanosecondType>().value(row),
        // The microsecond before the first of them has no nanoseconds.
        TimeUnit::Microsecond => {
            column.as_primitive::<TimestampMicrosecondType>().value(row).saturating_mul(1_000)
        }
        _ => panic!("the unit {unit:?}"),
    })
}

fn args(batch: &RecordBatch, row: usize) -> Option<Vec<(String, String)>> {
    let maps = column(batch, "args").as_map();
    maps.is_valid(row).then(|| {
        let pairs = maps.value(row);
        let [keys, values] = [0, 1].map(|part| pairs.column(part).as_string::<i32>().clone());
        let text = |values: &StringArray, at| values.value(at).to_owned();
        (0..pairs.len()).map(|at| (text(&keys, at), text(&values, at))).collect()
    })
}
