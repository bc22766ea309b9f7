//! Columns of keys: the rows of random records, put together again from all columns, are the records.

mod command;
mod filter;
mod make;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use ripsaw::json::{KeyedWay, keyed_rows, keys_of};
use ripsaw::scan::{KeyPolicy, MAX_COLUMNS};
use ripsaw::synth::{Content, NdjsonSet, Recipe};
use ripsaw::table::{Column, KeyField, KeySchema, KeyType};
use ripsaw::{Filter, Scan};
use serde_json::{Map, Number, Value};

use make::Maker;

/// How many random schemas: 10,000 in `.ci/run`.
fn schemas() -> u64 {
    let times: u64 = std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap());
    1_000 * times
}

fn batches(
    path: &Path,
    keys: &KeyPolicy,
    threads: usize,
) -> (Vec<RecordBatch>, Option<Arc<KeySchema>>) {
    let scan = Scan::open([path]).unwrap().threads(threads).keys(keys, MAX_COLUMNS).unwrap();
    let schema = scan.key_schema().cloned();
    (scan.all_columns().batches().unwrap().map(Result::unwrap).collect(), schema)
}

/// The value of a cell of a key; `None` for null.
fn cell(field: &KeyField, array: &ArrayRef, row: usize) -> Option<Value> {
    if array.is_null(row) {
        return None;
    }
    Some(match field.kind {
        KeyType::Json => serde_json::from_str(array.as_string::<i32>().value(row)).unwrap(),
        KeyType::Struct => {
            let array = array.as_struct();
            let members = field.fields.iter().zip(array.columns());
            let member = |(field, array): (&KeyField, &ArrayRef)| {
                Some((field.key.clone(), cell(field, array, row)?))
            };
            Value::Object(members.filter_map(member).collect())
        }
        KeyType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let item = |at| if items.is_null(at) { Value::Null } else { scalar(&items, at) };
            Value::Array((0..items.len()).map(item).collect())
        }
        KeyType::Scalar(_) => scalar(array, row),
    })
}

fn scalar(array: &ArrayRef, row: usize) -> Value {
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => {
            Value::Number(Number::from_f64(array.as_primitive::<Float64Type>().value(row)).unwrap())
        }
        _ => array.as_string::<i32>().value(row).into(),
    }
}

/// Members of `extra` beside those of columns: nested ones are put where they were.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (None, value) => {
                into.insert(key, value);
            }
            (Some(there), value) => {
                panic!("{key} is in its column ({there}) and in extra ({value})")
            }
        }
    }
}

/// Without members that are null: they are the same as absent ones.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        value => value,
    }
}

/// Whether the values are the same: an integer may have become the double that equals it.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let int = |number: &Number| number.as_i64().map(i128::from);
            let double = |number: &Number| number.as_f64().unwrap();
            match (int(one), int(other)) {
                (Some(one), Some(other)) => one == other,
                (Some(int), None) => int == double(other) as i128 && int as f64 == double(other),
                (None, Some(int)) => int == double(one) as i128 && int as f64 == double(one),
                // serde_json's doubles may be the second nearest; `doubles_are_the_nearest` tests that.
                (None, None) => double(one).to_bits().abs_diff(double(other).to_bits()) <= 2,
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, value)| other.get(key).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (one, other) => one == other,
    }
}

/// What of each row is not in a fixed column, put together from `extra` and the columns of keys.
fn rests(batches: &[RecordBatch], schema: Option<&KeySchema>) -> Vec<Value> {
    let mut rests = Vec::new();
    for batch in batches {
        let extra = batch.column(Column::Extra.index()).as_string::<i32>();
        for row in 0..batch.num_rows() {
            let mut rest = Map::new();
            for (at, field) in schema.iter().flat_map(|schema| schema.keys.iter().enumerate()) {
                if let Some(value) = cell(field, batch.column(Column::ALL.len() + at), row) {
                    rest.insert(field.key.clone(), value);
                }
            }
            if extra.is_valid(row) {
                let extra = serde_json::from_str(extra.value(row)).unwrap();
                merge(&mut rest, extra);
            }
            // Overridden values of nested keys have names with a `/` there; elsewhere they are in JSON text.
            if let Some(Value::Object(duplicates)) = rest.get_mut("_duplicates") {
                duplicates.retain(|key, _| !key.contains('/'));
                if duplicates.is_empty() {
                    rest.remove("_duplicates");
                }
            }
            rests.push(without_nulls(Value::Object(rest)));
        }
    }
    rests
}

fn fixed(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let columns: Vec<usize> =
        (0..Column::ALL.len()).filter(|&at| at != Column::Extra.index()).collect();
    batches.iter().map(|batch| batch.project(&columns).unwrap()).collect()
}

#[test]
fn random_records_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    for seed in 0..schemas() {
        let mut maker = Maker::new(seed);
        fs::write(&path, maker.text()).unwrap();
        let (plain, none) = batches(&path, &KeyPolicy::Extra, 1);
        assert!(none.is_none());
        let expected = rests(&plain, None);
        let mut pinned = None;
        for keys in
            [KeyPolicy::Scan, KeyPolicy::Sample, KeyPolicy::Pinned(Arc::new(maker.any_schema()))]
        {
            let (typed, schema) = batches(&path, &keys, 1 + seed as usize % 3);
            let name = format!("seed {seed}, {keys:?}");
            assert_eq!(fixed(&typed), fixed(&plain), "{name}");
            let found = rests(&typed, schema.as_deref());
            assert_eq!(found.len(), expected.len(), "{name}");
            for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert!(is_same(found, expected), "{name}, row {row}: {found} for {expected}");
            }
            pinned.get_or_insert(schema);
        }
        // A schema that was written down is the same.
        if let Some(Some(schema)) = pinned {
            let json = serde_json::to_string(&*schema).unwrap();
            assert_eq!(serde_json::from_str::<KeySchema>(&json).unwrap(), *schema, "seed {seed}");
        }
    }
}

#[test]
fn doubles_are_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    let mut rng = fastrand::Rng::with_seed(1);
    let mut numbers: Vec<String> =
        ["0.1", "-0.0", "0.3", "5e-324", "1.7976931348623157e308", "1.5"].map(str::to_owned).into();
    for _ in 0..20_000 {
        let digits = rng.usize(1..19);
        let point = rng.usize(1..=digits);
        let number = (0..digits).map(|_| rng.digit(10)).collect::<String>();
        let (whole, fraction) = number.split_at(point);
        let whole = whole.trim_start_matches('0');
        let sign = if rng.bool() { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        numbers.push(format!("{sign}{whole}.{fraction}{}", rng.u8(..10)));
        let double = f64::from_bits(rng.u64(..));
        numbers.extend(double.is_finite().then(|| format!("{double:?}")));
    }
    let lines: String = numbers.iter().map(|number| format!("{{\"n\":{number}}}\n")).collect();
    fs::write(&path, lines).unwrap();
    let (typed, _) = batches(&path, &KeyPolicy::Scan, 2);
    let found: Vec<f64> = typed
        .iter()
        .flat_map(|batch| batch["n"].as_primitive::<Float64Type>().values().to_vec())
        .collect();
    assert_eq!(found.len(), numbers.len());
    for (found, number) in found.iter().zip(&numbers) {
        let expected: f64 = number.parse().unwrap();
        assert_eq!(found.to_bits(), expected.to_bits(), "{number}");
    }
}

/// The column of a path of keys, by the names of columns.
fn column_of(batch: &RecordBatch, path: &[String]) -> ArrayRef {
    let first = ArrayRef::clone(&batch[path[0].as_str()]);
    path[1..].iter().fold(first, |column, name| {
        ArrayRef::clone(column.as_struct().column_by_name(name).unwrap())
    })
}

/// All paths to keys, structs included, whose names can be given.
fn paths_of(fields: &[KeyField], outer: &[String], paths: &mut Vec<Vec<String>>) {
    let can_be_given = |name: &str| !name.contains('/') && !name.is_empty() && name.trim() == name;
    for field in fields.iter().filter(|field| can_be_given(&field.name)) {
        let path = [outer, std::slice::from_ref(&field.name)].concat();
        paths_of(&field.fields, &path, paths);
        paths.push(path);
    }
}

#[test]
fn some_columns_are_those_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    let mut rng = fastrand::Rng::with_seed(3);
    let mut nested = 0;
    for seed in 0..schemas() {
        let mut maker = Maker::new(seed);
        fs::write(&path, maker.text()).unwrap();
        let keys = match rng.u8(..3) {
            0 => KeyPolicy::Pinned(Arc::new(maker.any_schema())),
            _ => KeyPolicy::Sample,
        };
        let scan = Scan::open([&path]).unwrap().threads(1).keys(&keys, MAX_COLUMNS).unwrap();
        let schema = scan.key_schema().cloned();
        let mut paths = Vec::new();
        paths_of(schema.as_ref().map_or(&[], |schema| &schema.keys), &[], &mut paths);
        rng.shuffle(&mut paths);
        paths.truncate(rng.usize(1..4));
        if rng.bool() {
            paths.push(vec!["extra".into()]);
        }
        if paths.is_empty() {
            continue;
        }
        // A filter looks at columns that are not written.
        let filter = match &schema {
            Some(schema) if rng.bool() && !schema.keys.is_empty() => {
                let key = &schema.keys[rng.usize(..schema.keys.len())].key;
                let name = if key.contains(['\'', '/']) { "a".into() } else { format!("'{key}'") };
                Filter::default().expression(&format!("{name} ne null")).unwrap()
            }
            _ => Filter::default(),
        };
        let scan = scan.filter(filter);
        let names: Vec<String> = paths.iter().map(|path| path.join("/")).collect();
        nested += paths.iter().filter(|path| path.len() > 1).count();
        let some: Vec<RecordBatch> =
            scan.clone().columns(&names).batches().unwrap().map(Result::unwrap).collect();
        let all: Vec<RecordBatch> =
            scan.all_columns().batches().unwrap().map(Result::unwrap).collect();
        assert_eq!(some.len(), all.len(), "seed {seed}, {names:?}");
        for (some, all) in some.iter().zip(&all) {
            for (at, path) in paths.iter().enumerate() {
                assert_eq!(some.column(at), &column_of(all, path), "seed {seed}, {path:?}");
            }
        }
    }
    assert!(nested > 100, "{nested}");
}

/// The sets of `ripsaw bench`: nothing is lost, from a tree and from a zip, and most is in columns.
#[test]
fn made_up_sets_come_back() {
    let folder = tempfile::tempdir().unwrap();
    for set in NdjsonSet::ALL {
        let content = Content::Ndjson(set);
        let recipe = Recipe { content, entries: 2, bytes: 1_500_000, ..Recipe::default() };
        let (tree, zip) = (folder.path().join(format!("{set:?}")), format!("{set:?}.zip"));
        let zip = folder.path().join(zip);
        let made = recipe.write_tree(&tree).unwrap();
        recipe.write_zip(fs::File::create(&zip).unwrap()).unwrap();
        let expected = rests(&batches(&tree, &KeyPolicy::Extra, 1).0, None);
        assert_eq!(expected.len() as u64, made.lines, "{set:?}");
        let mut pinned = None;
        for (path, threads) in [(&tree, 1), (&zip, 3)] {
            let policies = [KeyPolicy::Scan, KeyPolicy::Sample].into_iter();
            for keys in policies.chain(pinned.clone().map(KeyPolicy::Pinned)) {
                let (typed, schema) = batches(path, &keys, threads);
                let name = format!("{set:?}, {keys:?}, {threads} threads");
                let found = rests(&typed, schema.as_deref());
                assert_eq!(found.len(), expected.len(), "{name}");
                for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert!(is_same(found, expected), "{name}, row {row}: {found} for {expected}");
                }
                let extra = |batch: &RecordBatch| {
                    let extra = batch.column(Column::Extra.index());
                    extra.len() - extra.null_count()
                };
                let in_extra: usize = typed.iter().map(extra).sum();
                assert!(in_extra * 500 <= found.len(), "{name}: {in_extra}");
                pinned = pinned.or(schema);
            }
        }
    }
}

#[test]
fn both_ways_give_the_same_rows() {
    for seed in 0..schemas() {
        let mut maker = Maker::new(seed);
        let text = maker.text();
        for schema in [keys_of(&text), maker.any_schema()].map(Arc::new) {
            let [fast, thorough] =
                [KeyedWay::Fast, KeyedWay::Thorough].map(|way| keyed_rows(&schema, &text, way));
            assert!(fast == thorough, "seed {seed}: {schema:?}\n{fast:#?}\n{thorough:#?}");
            for column in &fast.columns {
                column.to_data().validate_full().unwrap();
            }
        }
    }
}
