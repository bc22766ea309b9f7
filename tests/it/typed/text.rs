//! CSV and NDJSON of random tables.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field};
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
