//! What rows are counted by, and its value in a row.

use std::borrow::Cow;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int8Type, Int64Type};
use ripsaw::record::timestamp::format_utc;
use ripsaw::table::Column;
use serde_json::Value;

use super::rows::Rows;

/// What rows are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// The values of a column.
    Column(Column),
    /// Times, rounded down to a span in UTC.
    Span(Span),
    /// The values of a key of records, which may be a path.
    Record(String),
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Day,
    Hour,
    Minute,
}

/// Columns of names, each inside the one before it.
const NESTED: [Column; 4] = [Column::Stage, Column::StepGroup, Column::Step, Column::Unit];

impl From<String> for Key {
    fn from(name: String) -> Self {
        let name = name.trim();
        let known = Self::known().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Record(name.to_owned()), |(_, key)| key)
    }
}

impl Key {
    /// Those that need no records, by name: the columns in the order of the table, then the spans.
    fn known() -> impl Iterator<Item = (&'static str, Self)> {
        let columns = Column::ALL.into_iter().map(|column| (column.name(), Self::Column(column)));
        let spans = [Span::Day, Span::Hour, Span::Minute].into_iter();
        let spans = spans.map(|span| (span.name(), Self::Span(span)));
        // The word of the filter, `--group`.
        columns.chain(spans).chain([("group", Self::Column(Column::StepGroup))])
    }

    /// Their names, for the shells' completions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Self::known().map(|(name, _)| name)
    }

    /// As it is given, and as JSON names it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Column(column) => column.name(),
            Self::Span(span) => span.name(),
            Self::Record(path) => path,
        }
    }

    /// Whether its values are in the order of time, not of their counts.
    pub(super) fn is_time(&self) -> bool {
        matches!(self, Self::Column(Column::Timestamp) | Self::Span(_))
    }

    /// Its column after those that contain it, outermost first.
    pub(super) fn path(&self) -> Vec<Self> {
        let place = NESTED.iter().position(|column| Self::Column(*column) == *self);
        place.map_or_else(
            || vec![self.clone()],
            |at| NESTED[..=at].iter().copied().map(Key::Column).collect(),
        )
    }

    /// A value as text for people; `None` for null.
    pub(super) fn text<'a>(&self, value: Option<&'a Scalar>) -> Option<Cow<'a, str>> {
        let nanos = match value? {
            Scalar::Text(text) => return Some(text.into()),
            Scalar::Number(number) => *number,
        };
        let mut text = if self.is_time() { format_utc(nanos) } else { nanos.to_string() };
        match self {
            Self::Span(Span::Day) => text.truncate("2026-03-09".len()),
            Self::Span(_) => {
                text.truncate("2026-03-09T10:00".len());
                text.push('Z');
            }
            Self::Column(_) | Self::Record(_) => {}
        }
        Some(text.into())
    }

    /// A value as JSON, of the type that the column has in NDJSON.
    pub(super) fn json<'a>(&self, value: Option<&'a Scalar>) -> Cow<'a, str> {
        let quoted = |text: &str| Cow::from(Value::from(text).to_string());
        match (self, value) {
            (_, None) => "null".into(),
            (
                Self::Column(Column::Args | Column::Extra) | Self::Record(_),
                Some(Scalar::Text(json)),
            ) => json.into(),
            (_, Some(Scalar::Text(text))) => quoted(text),
            // With seconds: RFC 3339 has no times without them.
            (Self::Span(Span::Hour | Span::Minute), Some(Scalar::Number(nanos))) => {
                quoted(&format_utc(*nanos))
            }
            (key, value) if key.is_time() => quoted(&key.text(value).unwrap_or_default()),
            (_, Some(Scalar::Number(number))) => number.to_string().into(),
        }
    }
}

impl Span {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
        }
    }

    /// Its length in nanoseconds.
    pub(super) fn nanos(self) -> i64 {
        let minute = 60_000_000_000;
        match self {
            Self::Day => 24 * 60 * minute,
            Self::Hour => 60 * minute,
            Self::Minute => minute,
        }
    }

    /// The beginning of the span that has this time, both in nanoseconds since 1970.
    pub(super) fn begin(self, nanos: i64) -> i64 {
        let length = self.nanos();
        // The first span may begin before what 64 bits hold.
        nanos.div_euclid(length).saturating_mul(length)
    }
}

/// A value of a column that is not null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scalar {
    /// An integer, or nanoseconds since 1970.
    Number(i64),
    /// Anything else as text.
    Text(String),
}

/// What a source has in a row, and in this column.
pub(super) fn value(
    (key, index): (&Key, usize),
    is_json: bool,
    rows: &Rows,
    row: usize,
) -> Option<Scalar> {
    if key.is_time() {
        let nanos = rows.time(row)?;
        return Some(Scalar::Number(match key {
            Key::Span(span) => span.begin(nanos),
            Key::Column(_) | Key::Record(_) => nanos,
        }));
    }
    let column = rows.batch.column(index);
    // Numbers are kept as such, so that equal counts are in the order of numbers.
    let number = if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        numbers.is_valid(row).then(|| numbers.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Int8Type>() {
        numbers.is_valid(row).then(|| numbers.value(row).into())
    } else {
        let text = rows.cell(index, row)?;
        return Some(match key {
            Key::Record(_) => of_record(&text, is_json),
            Key::Column(_) | Key::Span(_) => Scalar::Text(text.into_owned()),
        });
    };
    number.map(Scalar::Number)
}

/// The value of a key of a record, from its text or its JSON.
fn of_record(text: &str, is_json: bool) -> Scalar {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => return Scalar::Number(number),
        _ => {}
    }
    // A string may be written with different escapes.
    let string = Some(text).filter(|text| is_json && text.contains('\\'));
    let string = string.and_then(|text| serde_json::from_str::<String>(text).ok());
    Scalar::Text(string.map_or_else(|| text.to_owned(), |text| Value::from(text).to_string()))
}
