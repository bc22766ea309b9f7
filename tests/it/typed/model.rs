//! Random tables: a schema, and rows as plain values beside the arrays made of them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch,
    StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use fastrand::Rng;

/// A value, of which two are the same if they have the same bits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    /// The bits of a double.
    Double(u64),
    Text(String),
    List(Vec<Cell>),
    Struct(Vec<Cell>),
}

/// Columns and rows.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) schema: SchemaRef,
    /// One list per column.
    pub(super) columns: Vec<Vec<Cell>>,
    pub(super) rows: usize,
}

impl Table {
    /// A table that depends on the seed alone.
    pub(super) fn random(seed: u64, rows: usize, deepest: usize) -> Self {
        let mut rng = Rng::with_seed(seed);
        let fields: Vec<Field> =
            (0..rng.usize(1..8)).map(|n| field(&mut rng, &name(n), deepest)).collect();
        let columns = fields.iter().map(|field| column(&mut rng, field, rows)).collect();
        Self { schema: Arc::new(Schema::new(fields)), columns, rows }
    }

    /// The rows as batches, cut at random; values that null structs hide are in the arrays.
    pub(super) fn batches(&self, seed: u64) -> Vec<RecordBatch> {
        let mut rng = Rng::with_seed(seed);
        let arrays = self.schema.fields().iter().zip(&self.columns);
        let arrays = arrays.map(|(field, cells)| array(&mut rng, field, cells)).collect();
        let whole = RecordBatch::try_new(Arc::clone(&self.schema), arrays).unwrap();
        let mut batches = Vec::new();
        let mut done = 0;
        while done < self.rows {
            let take = rng.usize(1..=self.rows - done);
            batches.push(whole.slice(done, take));
            done += take;
        }
        batches
    }
}

fn name(n: usize) -> String {
    ["id", "req", "a.b", "é \"q\"", "user,name", "b", "x\ny", "zz"][n % 8].to_owned()
}

fn field(rng: &mut Rng, name: &str, deepest: usize) -> Field {
    let item = |rng: &mut Rng| match rng.u8(0..4) {
        0 => DataType::Boolean,
        1 => DataType::Int64,
        2 => DataType::Float64,
        _ => DataType::Utf8,
    };
    match rng.u8(0..if deepest > 0 { 9 } else { 6 }) {
        0..4 => Field::new(name, item(rng), true),
        4 => json_field(name),
        5 => Field::new_list(name, Field::new("item", item(rng), true), true),
        _ => {
            let members = (0..rng.usize(1..5)).map(|n| field(rng, &self::name(n + 1), deepest - 1));
            Field::new_struct(name, members.collect::<Vec<_>>(), true)
        }
    }
}

pub(super) fn json_field(name: &str) -> Field {
    let metadata = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
    Field::new(name, DataType::Utf8, true).with_metadata(HashMap::from(metadata))
}

/// How the values of a column are distributed.
#[derive(Clone, Copy)]
struct Habit {
    /// Nulls of 100 values.
    nulls: u8,
    /// Different values, about.
    values: u64,
    /// Rows of a run of one value.
    run: usize,
}

fn column(rng: &mut Rng, field: &Field, rows: usize) -> Vec<Cell> {
    let habit = Habit {
        nulls: rng.choice([0, 0, 3, 40, 97, 100]).unwrap(),
        values: rng.choice([1, 2, 5, 300, u64::MAX]).unwrap(),
        run: rng.choice([1, 1, 1, 4, 900]).unwrap(),
    };
    let members: Vec<Vec<Cell>> = match field.data_type() {
        DataType::Struct(members) => {
            members.iter().map(|member| column(rng, member, rows)).collect()
        }
        _ => Vec::new(),
    };
    let mut cells: Vec<Cell> = Vec::with_capacity(rows);
    for row in 0..rows {
        let cell = match cells.last() {
            Some(last) if members.is_empty() && rng.usize(0..habit.run) > 0 => last.clone(),
            _ if rng.u8(0..100) < habit.nulls => Cell::Null,
            _ => match field.data_type() {
                DataType::Struct(_) => {
                    Cell::Struct(members.iter().map(|cells| cells[row].clone()).collect())
                }
                DataType::List(item) => {
                    let items = (0..rng.usize(0..5)).map(|_| match rng.u8(0..5) {
                        0 => Cell::Null,
                        _ => scalar(item, rng.u64(0..habit.values)),
                    });
                    Cell::List(items.collect())
                }
                _ => scalar(field, rng.u64(0..habit.values)),
            },
        };
        cells.push(cell);
    }
    cells
}

/// The value with a number.
fn scalar(field: &Field, number: u64) -> Cell {
    let mut rng = Rng::with_seed(number);
    match field.data_type() {
        DataType::Boolean => Cell::Boolean(number % 2 == 1),
        DataType::Int64 => Cell::Integer(match rng.u8(0..4) {
            0 => rng.i64(..),
            1 => rng.choice([i64::MIN, i64::MAX, 0, -1]).unwrap(),
            _ => rng.i64(-1000..100_000),
        }),
        DataType::Float64 => Cell::Double(match rng.u8(0..4) {
            // Any bits but those of NaN and infinity.
            0 => rng.u64(..) & !(1 << 62),
            1 => rng
                .choice([0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, 1e21])
                .unwrap()
                .to_bits(),
            _ => (rng.i64(-1000..100_000) as f64 / 100.0).to_bits(),
        }),
        _ if field.extension_type_name().is_some() => Cell::Text(match rng.u8(0..4) {
            0 => format!("{{\"n\": {number}, \"s\":\"\\u0041,\\\"\"}}"),
            1 => format!("[1.0,1e400,{number}]"),
            2 => "{}".to_owned(),
            _ => format!("\"{number}\""),
        }),
        _ => Cell::Text(match rng.u8(0..6) {
            0 => String::new(),
            1 => format!("{:0>70}é\u{10ffff}", rng.u64(..)),
            2 => "a,\"b\"\r\n\u{1}".to_owned(),
            3 => rng.choice(["null", "\u{10ffff}", "{}", "1"]).unwrap().to_owned(),
            _ => format!("{number:x}"),
        }),
    }
}

fn array(rng: &mut Rng, field: &Field, cells: &[Cell]) -> ArrayRef {
    let is_valid = |cell: &Cell| *cell != Cell::Null;
    let nulls = NullBuffer::from_iter(cells.iter().map(is_valid));
    match field.data_type() {
        DataType::Boolean => {
            Arc::new(BooleanArray::from_iter(cells.iter().map(|cell| match cell {
                Cell::Boolean(value) => Some(*value),
                _ => None,
            })))
        }
        DataType::Int64 => Arc::new(Int64Array::from_iter(cells.iter().map(|cell| match cell {
            Cell::Integer(value) => Some(*value),
            _ => None,
        }))),
        DataType::Float64 => {
            Arc::new(Float64Array::from_iter(cells.iter().map(|cell| match cell {
                Cell::Double(bits) => Some(f64::from_bits(*bits)),
                _ => None,
            })))
        }
        DataType::Utf8 => Arc::new(StringArray::from_iter(cells.iter().map(|cell| match cell {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        DataType::List(item) => {
            let items = |cell: &Cell| match cell {
                Cell::List(items) => items.clone(),
                _ => Vec::new(),
            };
            let lists: Vec<Vec<Cell>> = cells.iter().map(items).collect();
            let values = array(rng, item, &lists.concat());
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
            Arc::new(ListArray::new(Arc::clone(item), offsets, values, Some(nulls)))
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().enumerate().map(|(at, field)| {
                let mut hidden = || match rng.bool() {
                    // Under a null struct any value may be in the array.
                    true => match field.data_type() {
                        DataType::Struct(_) | DataType::List(_) => Cell::Null,
                        _ => scalar(field, 7),
                    },
                    false => Cell::Null,
                };
                let cells: Vec<Cell> = cells
                    .iter()
                    .map(|cell| match cell {
                        Cell::Struct(members) => members[at].clone(),
                        _ => hidden(),
                    })
                    .collect();
                array(rng, field, &cells)
            });
            let columns: Vec<ArrayRef> = columns.collect();
            Arc::new(StructArray::new(fields.clone(), columns, Some(nulls)))
        }
        other => panic!("{other}"),
    }
}

/// The values of an array.
pub(super) fn cells(array: &dyn Array) -> Vec<Cell> {
    let all: Vec<Cell> = match array.data_type() {
        DataType::Boolean => array.as_boolean().values().iter().map(Cell::Boolean).collect(),
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().values().iter().copied().map(Cell::Integer).collect()
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            values.iter().map(|value| Cell::Double(value.to_bits())).collect()
        }
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            (0..texts.len()).map(|row| Cell::Text(texts.value(row).to_owned())).collect()
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            (0..lists.len()).map(|row| Cell::List(cells(lists.value(row).as_ref()))).collect()
        }
        DataType::Struct(_) => {
            let columns: Vec<Vec<Cell>> =
                array.as_struct().columns().iter().map(|column| cells(column.as_ref())).collect();
            let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
            (0..array.len()).map(|at| Cell::Struct(row(at))).collect()
        }
        other => panic!("{other}"),
    };
    let valid = |(row, cell)| if array.is_valid(row) { cell } else { Cell::Null };
    all.into_iter().enumerate().map(valid).collect()
}
