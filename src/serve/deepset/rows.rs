//! The rows of a batch as records, before any is made.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, TimestampNanosecondType};

use crate::query::{Member, Members};
use crate::record::ansi::strip;
use crate::record::level::Level;
use crate::serve::ids::uuid;
use crate::table::cell_text;

/// The columns that are read, in this order.
pub(super) const COLUMNS: [&str; 10] = [
    "bundle",
    "file",
    "line",
    "stage",
    "timestamp",
    "level",
    "level_text",
    "message",
    "args",
    "extra",
];

/// The batch's columns by their place in [`COLUMNS`].
#[derive(Debug, Clone, Copy)]
enum At {
    Bundle,
    File,
    Line,
    Stage,
    Timestamp,
    Level,
    LevelText,
    Message,
    Args,
    Extra,
}

/// The rows of a batch.
pub(super) struct Rows {
    columns: Vec<ArrayRef>,
    len: usize,
}

impl Rows {
    /// The rows of a batch of [`COLUMNS`].
    pub(super) fn of(batch: RecordBatch) -> Self {
        let len = batch.num_rows();
        let (_, columns, _) = batch.into_parts();
        Self { columns, len }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The codes of bundle and file: the same for all rows of an entry.
    pub(super) fn entry_code(&self, row: usize) -> [i32; 2] {
        [At::Bundle, At::File]
            .map(|at| self.column(at).as_dictionary::<Int32Type>().keys().value(row))
    }

    /// Bundle and path of a row's entry, as the catalog has them.
    pub(super) fn entry_name(&self, row: usize) -> [Cow<'_, str>; 2] {
        [At::Bundle, At::File].map(|at| self.text(at, row).unwrap_or_default())
    }

    /// The physical line of a row.
    pub(super) fn line(&self, row: usize) -> i64 {
        self.column(At::Line).as_primitive::<Int64Type>().value(row)
    }

    /// A row's own time in nanoseconds since 1970.
    pub(super) fn nanos(&self, row: usize) -> Option<i64> {
        let column = self.column(At::Timestamp);
        column.is_valid(row).then(|| column.as_primitive::<TimestampNanosecondType>().value(row))
    }

    /// A row as a record.
    pub(super) fn row<'a>(
        &'a self,
        at: usize,
        micros: i64,
        line: Line,
        entry: &'a Entry,
    ) -> Row<'a> {
        Row { rows: self, at, micros, line, entry }
    }

    fn column(&self, at: At) -> &ArrayRef {
        &self.columns[at as usize]
    }

    fn text(&self, at: At, row: usize) -> Option<Cow<'_, str>> {
        cell_text(self.column(at), row)
    }
}

/// The entry that rows are of.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its number in the catalog.
    pub(super) number: usize,
    /// The name of its bundle.
    pub(super) bundle: String,
    /// A name of its bundle that does not depend on the folder it is in.
    pub(super) key: String,
    /// Its path.
    pub(super) path: String,
    /// It has records of the platform's.
    pub(super) is_own: bool,
}

/// Where a row is in its entry.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    /// Its physical line.
    pub(super) number: i64,
    /// How many rows of that line come before it.
    pub(super) before: u64,
}

/// A row.
pub(super) struct Row<'a> {
    rows: &'a Rows,
    at: usize,
    /// When it was logged, in microseconds since 1970.
    micros: i64,
    line: Line,
    entry: &'a Entry,
}

impl<'a> Row<'a> {
    /// Whether it is a record of the platform's.
    pub(super) fn is_own(&self) -> bool {
        self.entry.is_own
    }

    /// Whether it is a record at all: other members of a page are rows, too.
    pub(super) fn is_record(&self) -> bool {
        !self.is_own()
            || [At::Message, At::Timestamp].iter().any(|&at| self.rows.column(at).is_valid(self.at))
            || self.has_id()
    }

    /// Whether it seems to have an id of its own.
    pub(super) fn has_id(&self) -> bool {
        self.is_own() && self.extra().is_some_and(|extra| extra.contains("\"log_id\":"))
    }

    /// The other fields, as JSON.
    pub(super) fn extra(&self) -> Option<&'a str> {
        let column = self.rows.column(At::Extra);
        column.is_valid(self.at).then(|| column.as_string::<i32>().value(self.at))
    }

    /// The message: in the platform's records as written, else without escape sequences. Of a row without one, or
    /// with a blank one beside other fields, these.
    pub(super) fn message(&self) -> Cow<'a, str> {
        let message = self.rows.text(At::Message, self.at).unwrap_or_default();
        if self.is_own() {
            return message;
        }
        let message = match message {
            Cow::Borrowed(text) => strip(text),
            Cow::Owned(text) => strip(&text).into_owned().into(),
        };
        if !message.trim().is_empty() {
            return message;
        }
        let args = || self.rows.text(At::Args, self.at).filter(|args| args != "{}");
        self.extra().map(Cow::Borrowed).or_else(args).unwrap_or(message)
    }

    /// The level: as written in the platform's records, else by its name for it.
    pub(super) fn level(&self) -> Cow<'a, str> {
        if let (true, Some(text)) = (self.is_own(), self.rows.text(At::LevelText, self.at)) {
            return text;
        }
        let level = self.rows.text(At::Level, self.at).and_then(|level| Level::parse(&level));
        Cow::Borrowed(match level {
            Some(Level::Trace) => "trace",
            Some(Level::Debug) => "debug",
            Some(Level::Info) | None => "info",
            Some(Level::Warn) => "warning",
            Some(Level::Error) => "error",
            Some(Level::Fatal) => "critical",
        })
    }

    /// The origin.
    pub(super) fn origin(&self) -> Cow<'a, str> {
        let own = self.is_own().then(|| self.rows.text(At::Stage, self.at)).flatten();
        own.unwrap_or(Cow::Borrowed("unknown"))
    }

    /// An id made of its place.
    pub(super) fn id(&self) -> String {
        let Entry { key, path, .. } = self.entry;
        uuid(&[key, path, &self.line.number.to_string(), &self.line.before.to_string()])
    }

    /// A member of its other fields.
    fn in_extra(&self) -> Member<'_> {
        self.extra().map_or(Member::Null, |extra| Member::Within(extra.into()))
    }
}

impl Members for Row<'_> {
    fn member(&self, name: &str) -> Member<'_> {
        match name {
            "logged_at" => Member::Time(self.micros.saturating_mul(1_000)),
            "message" => Member::Text(self.message()),
            "level" => Member::Text(self.level()),
            "log_id" if !self.has_id() => Member::Text(self.id().into()),
            "origin" if self.rows.column(At::Stage).is_valid(self.at) || !self.is_own() => {
                Member::Text(self.origin())
            }
            _ if self.is_own() => self.in_extra(),
            "extra_fields" => self.extra().map_or(Member::Null, |text| Member::Json(text.into())),
            _ => Member::Null,
        }
    }
}
