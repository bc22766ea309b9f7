//! CSV and NDJSON of random tables.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use proptest::prelude::*;
use ripsaw::sink::csv::{Csv, CsvWriter};
use ripsaw::sink::ndjson::NdjsonWriter;
use serde_json::value::RawValue;

use super::Table;
use super::model::Cell;
use crate::csv_reader::{CsvField, read_csv};

/// Whether JSON text is a value. Numbers are compared as text, as serde_json may round the last bit.
fn is_json_of(cell: &Cell, field: &Field, json: &str, omit_nulls: bool) -> bool {
    match cell {
        Cell::Null => json == "null",
        Cell::Boolean(value) => json == value.to_string(),
        Cell::Integer(value) => json == value.to_string(),
        Cell::Double(bits) => {
            let is_double = json.contains(['.', 'e']);
            is_double && json.parse::<f64>().unwrap().to_bits() == *bits
        }
        Cell::Text(text) if field.extension_type_name().is_some() => json == text,
        Cell::Text(text) => serde_json::from_str::<String>(json).unwrap() == *text,
        Cell::List(cells) => {
            let DataType::List(item) = field.data_type() else { return false };
            let items: Vec<Box<RawValue>> = serde_json::from_str(json).unwrap();
            let mut pairs = cells.iter().zip(&items);
            cells.len() == items.len()
                && pairs.all(|(cell, text)| is_json_of(cell, item, text.get(), false))
        }
        Cell::Struct(cells) => {
            let DataType::Struct(fields) = field.data_type() else { return false };
            let fields: Vec<&Field> = fields.iter().map(|field| field.as_ref()).collect();
            is_object_of(cells, &fields, json, omit_nulls)
        }
    }
}

fn is_object_of(cells: &[Cell], fields: &[&Field], json: &str, omit_nulls: bool) -> bool {
    let mut members: HashMap<String, Box<RawValue>> = serde_json::from_str(json).unwrap();
    let mut all = cells.iter().zip(fields);
    let same = all.all(|(cell, field)| match members.remove(field.name()) {
        None => omit_nulls && *cell == Cell::Null,
        Some(text) => {
            !(omit_nulls && *cell == Cell::Null) && is_json_of(cell, field, text.get(), omit_nulls)
        }
    });
    same && members.is_empty()
}

fn row(table: &Table, row: usize) -> Vec<Cell> {
    table.columns.iter().map(|cells| cells[row].clone()).collect()
}

/// The columns of a CSV file with their values in a row, by a walk of their own.
fn leaves<'a>(name: &str, field: &'a Field, cell: &Cell, out: &mut Vec<(String, &'a Field, Cell)>) {
    match field.data_type() {
        DataType::Struct(fields) => {
            for (at, field) in fields.iter().enumerate() {
                let inner = match cell {
                    Cell::Struct(cells) => cells[at].clone(),
                    _ => Cell::Null,
                };
                leaves(&format!("{name}.{}", field.name()), field, &inner, out);
            }
        }
        _ => out.push((name.to_owned(), field, cell.clone())),
    }
}

fn is_csv_of(cell: &Cell, field: &Field, found: &CsvField) -> bool {
    match cell {
        Cell::Null => found.text.is_empty() && !found.quoted,
        Cell::Text(text) => {
            let special = text.is_empty() || text.contains([',', '"', '\r', '\n']);
            found.text == *text && found.quoted == special
        }
        _ => is_json_of(cell, field, &found.text, false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn ndjson_reads_back(seed: u64, rows in 1_usize..90, omit_nulls: bool) {
        let table = Table::random(seed, rows, 5);
        let writer = NdjsonWriter::new(&table.schema).unwrap().omit_nulls(omit_nulls);
        let mut out = Vec::new();
        for batch in table.batches(seed) {
            writer.rows(&batch, &mut out).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        prop_assert_eq!(text.lines().count(), rows);
        let fields: Vec<&Field> = table.schema.fields().iter().map(|field| field.as_ref()).collect();
        for (at, line) in text.lines().enumerate() {
            prop_assert!(is_object_of(&row(&table, at), &fields, line, omit_nulls), "{} {:?}", line, row(&table, at));
        }
    }

    #[test]
    fn csv_reads_back(seed: u64, rows in 1_usize..90) {
        let table = Table::random(seed, rows, 5);
        let writer = CsvWriter::new(&table.schema, Csv::default()).unwrap();
        let mut out = Vec::new();
        writer.header(&mut out);
        for batch in table.batches(seed) {
            writer.rows(&batch, &mut out).unwrap();
        }
        let records = read_csv(&out);
        prop_assert_eq!(records.len(), rows + 1);
        for at in 0..rows {
            let mut expected = Vec::new();
            for (field, cells) in table.schema.fields().iter().zip(&table.columns) {
                leaves(field.name(), field, &cells[at], &mut expected);
            }
            prop_assert_eq!(expected.len(), records[0].len());
            for ((name, field, cell), (header, found)) in expected.iter().zip(records[0].iter().zip(&records[at + 1])) {
                prop_assert_eq!(header.text.trim_end_matches('_'), name.as_str());
                prop_assert!(is_csv_of(cell, field, found), "{:?} {:?}", cell, found);
            }
        }
    }
}

/// A cell as `cat` prints it: nested values as JSON without the members that are null, others as they are.
#[test]
fn cells_as_text() {
    for seed in 0..200 {
        let table = Table::random(seed, 20, 5);
        let mut first = 0;
        for batch in table.batches(seed) {
            for (at, column) in batch.columns().iter().enumerate() {
                for row in 0..batch.num_rows() {
                    let text = ripsaw::table::cell_text(column, row);
                    let same = match (&table.columns[at][first + row], text.as_deref()) {
                        (Cell::Null, text) => text.is_none(),
                        (Cell::Text(cell), text) => text == Some(cell),
                        (cell, Some(text)) => is_json_of(cell, table.schema.field(at), text, true),
                        (_, None) => false,
                    };
                    assert!(same, "{text:?}");
                }
            }
            first += batch.num_rows();
        }
    }
}

/// What rows weigh grows with every value in them, wherever it is.
#[test]
fn the_weight_of_rows_counts_nested_text() {
    for seed in 0..200 {
        let table = Table::random(seed, 50, 5);
        let text: usize = table.columns.iter().flatten().map(bytes_of).sum();
        let weight: usize = table.batches(seed).iter().map(ripsaw::table::text_bytes).sum();
        assert!(weight >= text, "{weight} for {text}");
    }
}

fn bytes_of(cell: &Cell) -> usize {
    match cell {
        Cell::Null | Cell::Boolean(_) => 0,
        Cell::Integer(_) | Cell::Double(_) => 8,
        Cell::Text(text) => text.len(),
        Cell::List(cells) => {
            let text = |cell: &Cell| if let Cell::Text(text) = cell { text.len() } else { 0 };
            cells.iter().map(text).sum()
        }
        Cell::Struct(cells) => cells.iter().map(bytes_of).sum(),
    }
}

fn batch(fields: Vec<Field>, arrays: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn csv(batch: &RecordBatch) -> String {
    let writer = CsvWriter::new(&batch.schema(), Csv::default()).unwrap();
    let mut out = Vec::new();
    writer.header(&mut out);
    writer.rows(batch, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn ndjson(batch: &RecordBatch, omit_nulls: bool) -> String {
    let mut out = Vec::new();
    let writer = NdjsonWriter::new(&batch.schema()).unwrap().omit_nulls(omit_nulls);
    writer.rows(batch, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn empty_objects_and_lists_are_not_null() {
    let members = vec![
        Field::new("method", DataType::Utf8, true),
        Field::new_list("tags", Field::new("item", DataType::Int64, true), true),
    ];
    let tags = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
        None,
    ]);
    let methods = StringArray::from(vec![Some("GET"), None, None, Some("hidden")]);
    let valid = NullBuffer::from(vec![true, true, true, false]);
    let columns: Vec<ArrayRef> = vec![Arc::new(methods), Arc::new(tags)];
    let structs = StructArray::new(members.clone().into(), columns, Some(valid));
    let batch = batch(vec![Field::new_struct("req", members, true)], vec![Arc::new(structs)]);
    assert_eq!(csv(&batch), "req.method,req.tags\r\nGET,\"[1,null]\"\r\n,[]\r\n,\r\n,\r\n");
    assert_eq!(
        ndjson(&batch, false),
        "{\"req\":{\"method\":\"GET\",\"tags\":[1,null]}}\n\
         {\"req\":{\"method\":null,\"tags\":[]}}\n\
         {\"req\":{\"method\":null,\"tags\":null}}\n\
         {\"req\":null}\n"
    );
    assert_eq!(
        ndjson(&batch, true),
        "{\"req\":{\"method\":\"GET\",\"tags\":[1,null]}}\n{\"req\":{\"tags\":[]}}\n{\"req\":{}}\n{}\n"
    );
}

#[test]
fn doubles_are_the_shortest_that_read_back() {
    let cases = [
        (0.1, "0.1"),
        (3.0, "3.0"),
        (-0.0, "-0.0"),
        (1.0 / 3.0, "0.3333333333333333"),
        (1e300, "1e+300"),
        (5e-324, "5e-324"),
        (1_700_000_000.25, "1700000000.25"),
    ];
    let array: ArrayRef = Arc::new(Float64Array::from_iter_values(cases.map(|case| case.0)));
    let batch = batch(vec![Field::new("n", DataType::Float64, true)], vec![array]);
    let expected: String = cases.iter().map(|case| format!("{{\"n\":{}}}\n", case.1)).collect();
    assert_eq!(ndjson(&batch, false), expected);
    let expected: String = cases.iter().map(|case| format!("{}\r\n", case.1)).collect();
    assert_eq!(csv(&batch), format!("n\r\n{expected}"));
}

/// `a.b` may be a key, and `b` a member of `a`.
#[test]
fn names_of_csv_columns_differ() {
    let member = |name: &str| Field::new(name, DataType::Int64, true);
    let one = || -> ArrayRef { Arc::new(Int64Array::from(vec![1])) };
    let nested = |fields: Vec<Field>| -> ArrayRef {
        let columns = fields.iter().map(|_| one()).collect();
        Arc::new(StructArray::new(fields.into(), columns, None))
    };
    let (a, ab) = (vec![member("b"), member("b.c")], vec![member("c")]);
    let fields = vec![
        Field::new_struct("a", a.clone(), true),
        Field::new_struct("a.b", ab.clone(), true),
        member("a.b_"),
    ];
    let batch = batch(fields, vec![nested(a), nested(ab), one()]);
    assert_eq!(csv(&batch), "a.b,a.b.c,a.b.c_,a.b_\r\n1,1,1,1\r\n");
}

/// A row of many columns that are nearly always null, over any number of rows.
#[test]
fn wide_and_sparse() {
    const KEYS: usize = 1000;
    const ROWS: usize = 400;
    let fields: Vec<Field> =
        (0..KEYS).map(|n| Field::new(format!("k{n}"), DataType::Int64, true)).collect();
    let value = |key: usize, row: usize| {
        (row % 97 == key % 97 && !key.is_multiple_of(3)).then_some(row as i64)
    };
    let arrays: Vec<ArrayRef> = (0..KEYS)
        .map(|key| -> ArrayRef {
            Arc::new((0..ROWS).map(|row| value(key, row)).collect::<Int64Array>())
        })
        .collect();
    let structs = StructArray::new(fields.clone().into(), arrays.clone(), None);
    let flat = batch(fields.clone(), arrays);
    let nested = batch(vec![Field::new_struct("s", fields, true)], vec![Arc::new(structs)]);
    let line = |row: usize, omit_nulls: bool| {
        let member = |key: usize| match value(key, row) {
            Some(value) => Some(format!("\"k{key}\":{value}")),
            None if omit_nulls => None,
            None => Some(format!("\"k{key}\":null")),
        };
        format!("{{{}}}", (0..KEYS).filter_map(member).collect::<Vec<_>>().join(","))
    };
    for omit_nulls in [false, true] {
        let lines: Vec<String> = (0..ROWS).map(|row| line(row, omit_nulls)).collect();
        assert!(ndjson(&flat, omit_nulls).lines().eq(&lines));
        let lines: Vec<String> = lines.iter().map(|line| format!("{{\"s\":{line}}}")).collect();
        assert!(ndjson(&nested, omit_nulls).lines().eq(&lines));
    }
    let [flat, nested] = [csv(&flat), csv(&nested)];
    assert!(flat.lines().skip(1).eq(nested.lines().skip(1)));
    let cell = |key, row| value(key, row).map_or(String::new(), |value| value.to_string());
    let rows =
        (0..ROWS).map(|row| (0..KEYS).map(|key| cell(key, row)).collect::<Vec<_>>().join(","));
    assert!(flat.lines().skip(1).eq(rows));
}
