//! The cells of a batch of the table `lines`, however its columns are encoded.

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, MapArray, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int32Type, RunEndIndexType};

use crate::oracle::Row;

/// The columns as plain arrays.
pub struct Cells {
    pub rows: usize,
    file: StringArray,
    line: Int64Array,
    timestamp: TimestampNanosecondArray,
    texts: [StringArray; 5],
    pos: Int64Array,
    args: MapArray,
    error: StringArray,
}

const TEXTS: [&str; 5] = ["zone", "level", "level_text", "message", "extra"];

impl Cells {
    pub fn new(batch: &RecordBatch) -> Self {
        let text = |name| plain(batch, name).as_string().clone();
        let integer = |name| plain(batch, name).as_primitive().clone();
        Self {
            rows: batch.num_rows(),
            file: text("file"),
            line: integer("line"),
            timestamp: plain(batch, "timestamp").as_primitive().clone(),
            texts: TEXTS.map(text),
            pos: integer("pos"),
            args: plain(batch, "args").as_map().clone(),
            error: text("parse_error"),
        }
    }

    pub fn error(&self, at: usize) -> Option<&str> {
        self.error.is_valid(at).then(|| self.error.value(at))
    }

    /// The first cell of a row that is not as expected, if any: its column, what it is and what it
    /// ought to be. The error is compared by its class.
    pub fn difference(&self, at: usize, expected: &Row) -> Option<String> {
        fn differ<T: PartialEq + std::fmt::Debug>(name: &str, is: T, ought: T) -> Option<String> {
            (is != ought).then(|| format!("{name} is {is:?} and ought to be {ought:?}"))
        }
        let text = |column: &'static str, values: &StringArray, ought: &Option<String>| {
            let is = values.is_valid(at).then(|| values.value(at));
            differ(column, is, ought.as_deref())
        };
        let texts = [
            &expected.zone,
            &expected.level,
            &expected.level_text,
            &expected.message,
            &expected.extra,
        ];
        let pos = self.pos.is_valid(at).then(|| self.pos.value(at));
        let timestamp = self.timestamp.is_valid(at).then(|| self.timestamp.value(at));
        differ("file", self.file.value(at), &*expected.file)
            .or_else(|| differ("line", self.line.value(at), expected.line))
            .or_else(|| differ("an error", self.error(at).is_some(), expected.error.is_some()))
            .or_else(|| {
                let mut all = TEXTS.into_iter().zip(&self.texts).zip(texts);
                all.find_map(|((name, values), ought)| text(name, values, ought))
            })
            .or_else(|| differ("timestamp", timestamp, expected.timestamp))
            .or_else(|| differ("pos", pos, expected.pos))
            .or_else(|| {
                let ought = expected.args.as_ref();
                let is_like = self.args_are(at, ought.map(Vec::as_slice));
                (!is_like).then(|| format!("args is {} and ought to be {ought:?}", self.args(at)))
            })
            .or_else(|| {
                let (is, ought) = (self.error(at).unwrap_or(""), expected.error.unwrap_or(""));
                (!is.starts_with(ought)).then(|| format!("error is {is:?}, no {ought:?}"))
            })
    }

    fn args_are(&self, at: usize, ought: Option<&[(String, String)]>) -> bool {
        let Some(ought) = ought else { return self.args.is_null(at) };
        let pairs = self.args.value(at);
        let [keys, values] = [0, 1].map(|part| pairs.column(part).as_string::<i32>());
        self.args.is_valid(at)
            && pairs.len() == ought.len()
            && (ought.iter().enumerate())
                .all(|(at, pair)| keys.value(at) == pair.0 && values.value(at) == pair.1)
    }

    fn args(&self, at: usize) -> String {
        let pairs = self.args.value(at);
        if self.args.is_null(at) { "null".to_owned() } else { format!("{pairs:?}") }
    }
}

/// A column without dictionary, runs or views.
fn plain(batch: &RecordBatch, name: &str) -> ArrayRef {
    let mut column = batch.column_by_name(name).unwrap().clone();
    loop {
        column = match column.data_type() {
            DataType::Dictionary(..) => {
                let coded = column.as_any_dictionary();
                take(coded.values(), coded.keys(), None).unwrap()
            }
            DataType::RunEndEncoded(ends, _) => {
                assert_eq!(*ends.data_type(), DataType::Int32);
                without_runs::<Int32Type>(&column)
            }
            DataType::Utf8View | DataType::LargeUtf8 => cast(&column, &DataType::Utf8).unwrap(),
            _ => return column,
        };
    }
}

fn without_runs<R: RunEndIndexType>(column: &dyn Array) -> ArrayRef {
    let runs = column.as_run::<R>();
    let places = (0..runs.len()).map(|row| runs.get_physical_index(row) as u32);
    take(runs.values(), &UInt32Array::from_iter_values(places), None).unwrap()
}
