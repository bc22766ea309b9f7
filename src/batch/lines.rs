//! Builds batches of the table `lines`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Builder, Int64Array, Int64Builder, MapBuilder, RecordBatch, StringBuilder,
    TimestampNanosecondArray,
};

use super::{Dictionaries, Tally, lines_schema};
use crate::record::Record;
use crate::record::ansi::{self, CUT_MARK};
use crate::record::level::Level;

/// What happens to escape sequences in messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageAnsi {
    /// They are removed.
    #[default]
    Strip,
    /// They stay.
    Keep,
}

/// A line that is no record: what an error row says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Index of the entry in the catalog.
    pub entry: usize,
    /// Physical line, from 1.
    pub line: i64,
    /// Offset of its first byte in the entry's text.
    pub offset: u64,
    /// Why it is no record.
    pub reason: String,
    /// Its bytes; kept only when asked for.
    pub raw: Option<Vec<u8>>,
    /// The entry could not be read further: this row is its end.
    pub ends_entry: bool,
}

/// Collects rows of the table `lines`; one batch at a time.
pub struct LinesBuilder {
    ansi: MessageAnsi,
    keep_raw: bool,
    /// Runs of rows of one entry.
    runs: Vec<(usize, usize)>,
    tallies: Vec<(usize, Tally)>,
    malformed: Vec<Malformed>,
    columns: Columns,
}

/// The columns that differ from line to line.
struct Columns {
    line: Vec<i64>,
    timestamp: Int64Builder,
    zone: StringBuilder,
    level: Int32Builder,
    level_text: StringBuilder,
    pos: Int64Builder,
    message: StringBuilder,
    args: MapBuilder<StringBuilder, StringBuilder>,
    extra: StringBuilder,
    error: StringBuilder,
}

impl Columns {
    /// Room for rows, and for the bytes of their messages.
    fn with_capacity(rows: usize, bytes: usize) -> Self {
        let args = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        Self {
            line: Vec::with_capacity(rows),
            timestamp: Int64Builder::with_capacity(rows),
            zone: StringBuilder::with_capacity(rows, rows),
            level: Int32Builder::with_capacity(rows),
            level_text: StringBuilder::with_capacity(rows, 4 * rows),
            pos: Int64Builder::with_capacity(rows),
            message: StringBuilder::with_capacity(rows, bytes),
            args,
            extra: StringBuilder::with_capacity(rows, 0),
            error: StringBuilder::with_capacity(rows, 0),
        }
    }
}

impl LinesBuilder {
    /// An empty builder. `keep_raw` keeps the bytes of malformed lines beside their rows.
    pub fn new(ansi: MessageAnsi, keep_raw: bool) -> Self {
        Self {
            ansi,
            keep_raw,
            runs: Vec::new(),
            tallies: Vec::new(),
            malformed: Vec::new(),
            columns: Columns::with_capacity(0, 0),
        }
    }

    /// Starts a part of an entry; the rows that follow are its own.
    pub fn begin(&mut self, entry: usize, bytes: usize) {
        self.runs.push((entry, 0));
        self.tallies.push((entry, Tally { inflated_bytes: bytes as i64, ..Tally::default() }));
    }

    /// Adds a record. A part of an entry must have begun.
    pub fn push(&mut self, line: i64, record: &Record<'_>) {
        let level = record.level.and_then(Level::parse);
        let is_cut = self.push_message(record.message);
        self.count_row(|tally| tally.count(record.timestamp, level, record.pos, is_cut));
        self.columns.line.push(line);
        self.columns.timestamp.append_option(record.timestamp);
        self.columns.zone.append_option(record.zone);
        self.columns.level.append_option(level.map(|level| level as i32));
        self.columns.level_text.append_option(record.level);
        self.columns.pos.append_option(record.pos);
        self.push_args(record.args.as_deref());
        self.columns.extra.append_option(record.extra);
        self.columns.error.append_null();
    }

    /// Adds an error row: the raw line (`None` where there is none) and why it is no record.
    pub fn push_malformed(&mut self, line: i64, offset: u64, raw: Option<&[u8]>, reason: String) {
        self.count_row(|tally| {
            tally.lines += 1;
            tally.malformed += 1;
        });
        self.columns.line.push(line);
        self.columns.timestamp.append_null();
        self.columns.zone.append_null();
        self.columns.level.append_null();
        self.columns.level_text.append_null();
        self.columns.pos.append_null();
        self.columns.message.append_option(raw.map(String::from_utf8_lossy));
        self.push_args(None);
        self.columns.extra.append_null();
        self.columns.error.append_value(&reason);
        let raw = raw.filter(|_| self.keep_raw).map(<[u8]>::to_vec);
        let entry = self.runs.last().map_or(0, |run| run.0);
        let ends_entry = self.tallies.last().is_some_and(|(_, tally)| tally.failure.is_some());
        self.malformed.push(Malformed { entry, line, offset, reason, raw, ends_entry });
    }

    /// Notes that the current entry could not be read to its end.
    pub fn fail(&mut self, reason: &str) {
        if let Some((_, tally)) = self.tallies.last_mut() {
            tally.failure = Some(reason.to_owned());
        }
    }

    /// The rows so far as one batch, with what was counted; the builder is empty again.
    pub fn finish(&mut self, dictionaries: &Dictionaries) -> Lines {
        let rows = self.columns.line.len();
        let bytes = self.columns.message.values_slice().len();
        // Portions are alike: what the last one took is what the next one will take.
        let room = Columns::with_capacity(rows + rows / 8, bytes + bytes / 8);
        let mut built = std::mem::replace(&mut self.columns, room);
        let mut columns = dictionaries.arrays(&self.runs, rows);
        columns.insert(2, Arc::new(Int64Array::from(built.line)));
        let timestamp = built.timestamp.finish().reinterpret_cast();
        let timestamp: TimestampNanosecondArray = timestamp;
        let rest: [ArrayRef; 9] = [
            Arc::new(timestamp.with_timezone("UTC")),
            Arc::new(built.zone.finish()),
            dictionaries.level_array(built.level.finish()),
            Arc::new(built.level_text.finish()),
            Arc::new(built.pos.finish()),
            Arc::new(built.message.finish()),
            Arc::new(built.args.finish()),
            Arc::new(built.extra.finish()),
            Arc::new(built.error.finish()),
        ];
        columns.extend(rest);
        let batch = RecordBatch::try_new(lines_schema(), columns)
            .expect("the builder's columns are the schema's");
        self.runs.clear();
        Lines {
            batch,
            tallies: std::mem::take(&mut self.tallies),
            malformed: std::mem::take(&mut self.malformed),
        }
    }

    fn count_row(&mut self, count: impl FnOnce(&mut Tally)) {
        if let (Some(run), Some((_, tally))) = (self.runs.last_mut(), self.tallies.last_mut()) {
            run.1 += 1;
            count(tally);
        }
    }

    /// Whether the message, as the column has it, ends in the mark of a cut line.
    fn push_message(&mut self, message: Option<&str>) -> bool {
        let Some(message) = message else {
            self.columns.message.append_null();
            return false;
        };
        let stripped;
        let text = match self.ansi {
            // Stripped first: a sequence may stand behind the newline.
            MessageAnsi::Strip if memchr::memchr(0x1b, message.as_bytes()).is_some() => {
                stripped = ansi::strip(message);
                without_newline(&stripped)
            }
            _ => without_newline(message),
        };
        self.columns.message.append_value(text);
        text.ends_with(CUT_MARK)
    }

    fn push_args(&mut self, args: Option<&[(&str, &str)]>) {
        for (key, value) in args.unwrap_or_default() {
            self.columns.args.keys().append_value(key);
            self.columns.args.values().append_value(value);
        }
        // Fails only where keys and values differ in number.
        let appended = self.columns.args.append(args.is_some());
        debug_assert!(appended.is_ok());
    }
}

/// A batch and what was counted while it was built.
pub struct Lines {
    /// The rows.
    pub batch: RecordBatch,
    /// Per part of an entry: catalog index and counts.
    pub tallies: Vec<(usize, Tally)>,
    /// The error rows.
    pub malformed: Vec<Malformed>,
}

/// One final `\n` or `\r\n` is the line's end, not its text; a lone `\r` stays.
fn without_newline(message: &str) -> &str {
    match message.strip_suffix('\n') {
        Some(text) => text.strip_suffix('\r').unwrap_or(text),
        None => message,
    }
}
