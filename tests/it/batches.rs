//! Batches of other types, and those that are waited for.

use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType};
use ripsaw::query::Filter;
use ripsaw::scan::{ColumnTypes, Next, Scan};

use crate::scan::{inputs, table};

const PLAIN: ColumnTypes = ColumnTypes { microseconds: true, dictionaries: false, views: false };

fn assert_types(types: ColumnTypes, kind: &DataType) {
    match kind {
        DataType::Dictionary(..) => assert!(types.dictionaries),
        DataType::Timestamp(unit, _) => {
            assert_eq!(*unit == TimeUnit::Microsecond, types.microseconds);
        }
        DataType::Utf8 => assert!(!types.views),
        DataType::Utf8View => assert!(types.views),
        DataType::Struct(fields) => {
            fields.iter().for_each(|field| assert_types(types, field.data_type()));
        }
        _ => {}
    }
}

/// Other types have the values of the table's own.
#[test]
fn types_do_not_change_values() {
    let one = |microseconds, dictionaries| ColumnTypes { microseconds, dictionaries, views: false };
    let [views, plain_views] =
        [true, false].map(|dictionaries| ColumnTypes { views: true, ..one(false, dictionaries) });
    for input in inputs() {
        let scan = Scan::open([&input]).unwrap().keys(&ripsaw::scan::KeyPolicy::Sample, 1000);
        let scan = scan.unwrap();
        let all = table(&scan);
        for types in
            [PLAIN, one(true, true), one(false, false), views, plain_views, ColumnTypes::default()]
        {
            let other = scan.clone().column_types(types);
            let rows = table(&other);
            assert_eq!(rows.schema(), other.batch_schema().unwrap(), "{input}");
            // Files and records have the table's.
            assert_eq!(other.schema().unwrap(), all.schema());
            assert_eq!(other.records().unwrap().count(), all.num_rows());
            assert_eq!(rows.num_rows(), all.num_rows());
            for (field, (own, expected)) in
                rows.schema().fields().iter().zip(rows.columns().iter().zip(all.columns()))
            {
                assert_types(types, field.data_type());
                let name = field.name();
                match own.as_primitive_opt::<TimestampMicrosecondType>() {
                    Some(micros) => {
                        let nanos = expected.as_primitive::<TimestampNanosecondType>();
                        for (micros, nanos) in micros.iter().zip(nanos.iter()) {
                            let nanos = nanos.map(i128::from);
                            let floor = nanos.map(|nanos| (nanos - nanos.rem_euclid(1000)) / 1000);
                            assert_eq!(micros.map(i128::from), floor, "{input} {name}");
                        }
                    }
                    None => {
                        let expected = cast(expected, own.data_type()).unwrap();
                        assert_eq!(own, &expected, "{input} {name}");
                    }
                }
            }
        }
    }
}

/// Who never waits gets the same batches.
#[test]
fn batches_may_be_asked_for_without_a_wait() {
    let never = Filter::default().expression("line lt 0").unwrap();
    for (filter, expected) in [(Filter::default(), 1332), (never, 0)] {
        let scan = Scan::open(["fixtures/deploy.zip"]).unwrap().filter(filter);
        let mut batches = scan.batches().unwrap();
        let mut found: Vec<RecordBatch> = Vec::new();
        loop {
            match batches.next_within(Duration::ZERO).unwrap() {
                Next::Batch(batch) => found.push(batch),
                Next::Nothing => std::thread::yield_now(),
                Next::End => break,
            }
        }
        assert!(matches!(batches.next_within(Duration::ZERO), Ok(Next::End)));
        assert!(batches.next().is_none() && batches.report().is_some());
        let found = concat_batches(&batches.schema(), &found).unwrap();
        assert_eq!(found.num_rows(), expected);
        assert_eq!(found, table(&scan));
    }
}

/// An error ends them, as it ends the iterator.
#[test]
fn an_error_is_the_last_that_comes() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.ndjson");
    std::fs::write(&log, "{\"message\": \"a\"}\n{]\n").unwrap();
    let mut options = ripsaw::ScanOptions::default();
    options.pipeline.strict = true;
    let scan = Scan::open_with([&log], options).unwrap();
    let mut batches = scan.batches().unwrap();
    let error = loop {
        match batches.next_within(Duration::from_secs(60)) {
            Ok(Next::Batch(_) | Next::Nothing) => {}
            Ok(Next::End) => panic!("no error"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.location().line, Some(2));
    assert_eq!(
        error.to_string(),
        format!("{}: {}: {}", error.task(), error.location(), error.cause())
    );
    assert!(matches!(batches.next_within(Duration::ZERO), Ok(Next::End)));
}
