//! Run-end encoded columns: expanded, and through the Arrow sinks, against the plain ones.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int32Array, Int64Array, NullArray, RecordBatch, RecordBatchOptions, RunArray,
    StringArray, StringDictionaryBuilder, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::ipc::reader::{FileReader, StreamReader, read_footer_length};
use arrow::ipc::{root_as_footer, root_as_message};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use ripsaw::sink::Sink;
use ripsaw::sink::ipc::{IpcCompression, IpcKind, IpcSink};
use ripsaw::table::{expand, runs};

/// The array in runs. A run ends where the value does, and before every row that `cuts` names.
pub(crate) fn run_end_encoded(array: &ArrayRef, cuts: &[bool]) -> ArrayRef {
    let is_first = |row: usize| {
        row == 0 || cuts[row % cuts.len()] || array.slice(row, 1) != array.slice(row - 1, 1)
    };
    let firsts: Vec<usize> = (0..array.len()).filter(|&row| is_first(row)).collect();
    let ends = firsts.iter().skip(1).copied().chain((!array.is_empty()).then_some(array.len()));
    let ends: Int32Array = ends.map(|end| Some(end as i32)).collect();
    let firsts = UInt32Array::from_iter_values(firsts.into_iter().map(|row| row as u32));
    let values = take(array, &firsts, None).unwrap();
    Arc::new(RunArray::<Int32Type>::try_new(&ends, &values).unwrap())
}

/// The batch with some columns in runs: those whose bit is set.
pub(crate) fn with_runs(batch: &RecordBatch, columns: u32, cuts: &[bool]) -> RecordBatch {
    let schema = batch.schema();
    let pairs = schema.fields().iter().zip(batch.columns()).enumerate();
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = pairs
        .map(|(index, (field, array))| {
            if columns >> index & 1 == 0 {
                return (Field::clone(field), Arc::clone(array));
            }
            let array = run_end_encoded(array, cuts);
            (Field::clone(field).with_data_type(array.data_type().clone()), array)
        })
        .unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    RecordBatch::try_new_with_options(schema, arrays, &options).unwrap()
}

type Row = (Option<String>, Option<i64>, Option<String>, String);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = prop_oneof![Just(String::new()), "[a-c]{1,3}", "é{1,9}", "[a-z]{20,40}"];
    let row = (of(text.clone()), of(-3..3i64), of(text.clone()), text);
    vec((row, 1..40usize), 0..6).prop_map(|stretches| {
        stretches.into_iter().flat_map(|(row, times)| vec![row; times]).collect()
    })
}

fn schema() -> SchemaRef {
    let dictionary = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
    Arc::new(Schema::new(vec![
        Field::new("stage", dictionary, true),
        Field::new("run", DataType::Int64, true),
        Field::new("zone", DataType::Utf8, true),
        Field::new("message", DataType::Utf8, false),
    ]))
}

fn batch(rows: &[Row]) -> RecordBatch {
    let mut stage = StringDictionaryBuilder::<Int32Type>::new();
    rows.iter().for_each(|row| stage.append_option(row.0.as_deref()));
    let columns: [ArrayRef; 4] = [
        Arc::new(stage.finish()),
        Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| row.2.as_deref()).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| Some(&row.3)).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns.into()).unwrap()
}

fn written(batches: &[RecordBatch], kind: IpcKind, compression: IpcCompression) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = Box::new(IpcSink::new(&mut bytes, schema(), kind, compression).unwrap());
    sink.begin(&batches[0].slice(0, 0)).unwrap();
    let encoder = sink.encoder();
    for batch in batches {
        sink.append(encoder.encode(std::slice::from_ref(batch)).unwrap()).unwrap();
    }
    sink.finish().unwrap();
    bytes
}

fn read(bytes: Vec<u8>, kind: IpcKind) -> Vec<RecordBatch> {
    let bytes = Cursor::new(bytes);
    match kind {
        IpcKind::File => FileReader::try_new(bytes, None).unwrap().map(Result::unwrap).collect(),
        IpcKind::Stream => {
            StreamReader::try_new(bytes, None).unwrap().map(Result::unwrap).collect()
        }
    }
}

proptest! {
    #[test]
    fn expanded_runs_are_the_plain_columns(
        rows in rows(),
        cuts in vec(prop::bool::weighted(0.1), 1..50),
        columns in 0..16u32,
        (from, to) in any::<[prop::sample::Index; 2]>().prop_map(|at| (at[0], at[1])),
    ) {
        let plain = batch(&rows);
        let (from, to) = (from.index(rows.len() + 1), to.index(rows.len() + 1));
        let (from, len) = (from.min(to), from.abs_diff(to));
        let sliced = with_runs(&plain, columns, &cuts).slice(from, len);
        prop_assert_eq!(expand(&sliced, &schema()).unwrap(), plain.slice(from, len));
        for array in sliced.columns() {
            let Some(array) = array.as_any().downcast_ref::<RunArray<Int32Type>>() else { continue };
            let rows = runs(array).flat_map(|(value, rows)| vec![value; rows]);
            let expected = (0..len).map(|row| array.get_physical_index(row));
            prop_assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn arrow_files_and_streams_read_back(
        rows in rows(),
        cuts in vec(prop::bool::weighted(0.1), 1..50),
        columns in 0..16u32,
        at in any::<prop::sample::Index>(),
        compression in prop::sample::select(
            &[IpcCompression::None, IpcCompression::Lz4, IpcCompression::Zstd][..]),
        kind in prop::sample::select(&[IpcKind::File, IpcKind::Stream][..]),
    ) {
        let plain = batch(&rows);
        let at = at.index(rows.len() + 1);
        let cut = |batch: &RecordBatch| [batch.slice(0, at), batch.slice(at, rows.len() - at)];
        let batches = cut(&with_runs(&plain, columns, &cuts));
        let bytes = written(&batches, kind, compression);
        prop_assert_eq!(&bytes, &written(&batches, kind, compression));
        prop_assert_eq!(read(bytes, kind), cut(&plain));
    }
}

#[test]
fn buffers_of_a_file_are_aligned() {
    let rows: Vec<Row> = (0..1_000)
        .map(|n| (Some(format!("s{}", n / 90)), Some(n), None, "m".repeat(n as usize % 7)))
        .collect();
    let plain = batch(&rows);
    let parts = [plain.slice(0, 333), plain.slice(333, 667)];
    let buffer = written(&parts, IpcKind::File, IpcCompression::None);
    let trailer = buffer.len() - 10;
    let footer_len = read_footer_length(buffer[trailer..].try_into().unwrap()).unwrap();
    let footer = root_as_footer(&buffer[trailer - footer_len..trailer]).unwrap();
    let blocks = footer.recordBatches().unwrap();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        assert_eq!((block.offset() + i64::from(block.metaDataLength())) % 64, 0);
        let message = &buffer[block.offset() as usize + 8..];
        let batch = root_as_message(message).unwrap();
        let batch = batch.header_as_record_batch().unwrap();
        assert!(batch.buffers().unwrap().iter().all(|buffer| buffer.offset() % 64 == 0));
    }
}

#[test]
fn unknown_runs_are_refused() {
    let ends = Int32Array::from(vec![2]);
    let values: [ArrayRef; 2] = [Arc::new(Int32Array::from(vec![1])), Arc::new(NullArray::new(1))];
    for values in values {
        let array = RunArray::<Int32Type>::try_new(&ends, &values).unwrap();
        let field = Field::new("run", array.data_type().clone(), true);
        let columns: Vec<ArrayRef> = vec![Arc::new(array)];
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), columns).unwrap();
        let plain = Arc::new(Schema::new(vec![Field::new("run", DataType::Int64, true)]));
        assert!(expand(&batch, &plain).is_err());
    }
}
