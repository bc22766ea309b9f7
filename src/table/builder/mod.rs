//! Builds batches of the table `lines`: decoders push records, rows of text or error rows.
//!
//! Every portion of text becomes one batch, whose rows belong to one or more *parts*: consecutive lines
//! of one entry. [`LinesBuilder::begin`] starts a part, `finish` makes the batch and its counts.

mod again;
mod finish;
mod keyed;

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use memchr::memchr;

use super::columns::Columns;
use super::keys::KeyColumns;
use super::schema::run_schema;
use super::{Malformed, NAMED, Origin, Pages, Tally};
use crate::record::zone::Zone;
use crate::record::{Record, ansi};
use crate::simd::mask::Escapes;

/// What happens to escape sequences in messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageAnsi {
    /// They are removed: `ESC[31mfailed ESC[0m` is `failed `.
    #[default]
    Strip,
    /// They stay.
    Keep,
}

/// Collects rows of the table `lines`; one batch at a time.
pub struct LinesBuilder {
    ansi: MessageAnsi,
    keep_raw: bool,
    /// The zone of times without an offset.
    zone: Zone,
    /// The part has times without a zone.
    local_times: bool,
    /// In the order of rows; the last one is still open.
    parts: Vec<Part>,
    malformed: Vec<Malformed>,
    /// The row of each.
    malformed_rows: Vec<usize>,
    /// How many malformed lines of the batch count towards [`NAMED`], kept or not.
    named: usize,
    columns: Columns,
    /// The rows from which on the stage is one that rows name themselves, or with `None` the entry's
    /// again. Empty in formats with one stage per entry.
    stages: Vec<(usize, Option<&'static str>)>,
    /// Rows of several lines, and the number of the last line of each.
    joined: Vec<(usize, i64)>,
    /// The columns of keys, if there are any.
    keys: Option<Box<KeyColumns>>,
    /// Of the batches.
    schema: SchemaRef,
    /// A batch without rows, once there was one: a search makes little else, and its dictionaries are
    /// shared.
    empty: Option<RecordBatch>,
}

/// A row of a text format.
#[derive(Clone, Copy, Default)]
pub(crate) struct TextRow<'a> {
    /// Physical line, from 1.
    pub(crate) line: i64,
    /// Its time, offset and level; a continuation has those of the line that it continues.
    pub(crate) stamp: Stamp<'a>,
    /// The message in two parts: something may have been taken out between them.
    pub(crate) message: [&'a str; 2],
    /// The line ends in a newline, which is not part of the message.
    pub(crate) newline: bool,
    /// The escape characters of the line, which ends with the message.
    pub(crate) escapes: Escapes<'a>,
    /// The time was a number since 1970: no zone applies to it.
    pub(crate) is_epoch: bool,
    /// The line has no stamp of its own and continues the record before: a line of a stack trace.
    pub(crate) continued: bool,
}

/// What a line says before its text: `2024-05-01T10:00:00Z INFO ` and the like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stamp<'a> {
    /// Nanoseconds since 1970; without an offset it is taken for UTC here.
    pub(crate) timestamp: Option<i64>,
    /// The offset as written.
    pub(crate) zone: Option<&'a str>,
    /// The level as written.
    pub(crate) level: Option<&'a str>,
}

/// What is in `extra` of a row that continues another.
const CONTINUED: &str = r#"{"continued":true}"#;

/// Consecutive rows of one entry.
struct Part {
    /// Index in the catalog.
    entry: usize,
    /// Its end is known once the next part begins.
    rows: Range<usize>,
    /// How many rows before it were cut by their writer.
    cut: usize,
    tally: Tally,
}

impl LinesBuilder {
    /// An empty builder. `keep_raw` keeps all malformed lines, with their bytes, beside their rows;
    /// else the first [`NAMED`] of a batch are kept without.
    pub fn new(ansi: MessageAnsi, keep_raw: bool) -> Self {
        let columns = Columns::default();
        Self {
            ansi,
            keep_raw,
            zone: Zone::default(),
            local_times: false,
            parts: Vec::new(),
            malformed: Vec::new(),
            malformed_rows: Vec::new(),
            named: 0,
            columns,
            stages: Vec::new(),
            joined: Vec::new(),
            keys: None,
            schema: run_schema(),
            empty: None,
        }
    }

    /// An empty builder with the same options, for another thread. Buffers that come back from one
    /// thread's batches are filled by any: with pools of their own, each thread would hold memory for
    /// its own peak.
    pub fn sibling(&self) -> Self {
        let columns = self.columns.sharing_pools();
        let sibling =
            Self { columns, ..Self::new(self.ansi, self.keep_raw) }.in_zone(self.zone.clone());
        match &self.keys {
            Some(keys) => {
                let keys = Some(Box::new(keys.sibling()));
                Self { keys, schema: SchemaRef::clone(&self.schema), ..sibling }
            }
            None => sibling,
        }
    }

    /// Takes times without an offset as local times of this zone.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Builds only some of the columns, by index in the table `lines`. Of the others only the large
    /// ones are left empty (`message`, `args`, `extra`); the rest cost next to nothing.
    #[must_use]
    pub fn of_columns(mut self, wanted: &[usize]) -> Self {
        self.columns.project(|column| wanted.contains(&column));
        self
    }

    /// Starts a part of an entry: the rows that follow belong to it. `bytes` is the length of its text,
    /// `entry` the index in the catalog.
    pub fn begin(&mut self, entry: usize, bytes: usize, origin: &'static Origin) {
        self.end_part();
        let tally = Tally { inflated_bytes: bytes as i64, ..Tally::of(origin) };
        let start = self.columns.rows();
        let cut = self.columns.message.cut_rows();
        self.parts.push(Part { entry, rows: start..start, cut, tally });
    }

    /// Adds a record. A part of an entry must have begun.
    pub fn push(&mut self, line: i64, record: &Record<'_>) {
        // While no row has named a stage, there is none to take back, and nothing is noted.
        if record.stage.is_some() || !self.stages.is_empty() {
            self.set_stage(record.stage);
        }
        self.push_message(record.message);
        // Parsers read a time without an offset as if it were UTC. Seconds since 1970 need no zone.
        let is_local = record.zone.is_none() && !record.is_epoch;
        let timestamp = match record.timestamp {
            Some(local) if is_local => {
                self.local_times = true;
                self.zone.instant(local)
            }
            timestamp => timestamp,
        };
        self.push_fields(line, timestamp, record);
    }

    /// Adds what a record has beside its message. The line number comes last: it completes the row.
    #[inline]
    fn push_fields(&mut self, line: i64, timestamp: Option<i64>, record: &Record<'_>) {
        let row = self.columns.rows();
        self.columns.timestamp.push_option(timestamp);
        self.columns.zone.set(row, record.zone);
        self.columns.level_text.set(row, record.level);
        self.columns.pos.push_option(record.pos);
        if let Some(members) = &record.args {
            for (key, value) in members {
                self.columns.args.keys.push(key);
                self.columns.args.members.push(value);
            }
            self.columns.args.set(row);
        }
        if let Some(extra) = record.extra {
            self.columns.extra.set(row, extra);
        }
        self.columns.line.push(line);
    }

    /// Adds a record that was read from this JSON, which is the row's [text](super::Texts) if its message
    /// is missing or blank. A part of an entry must have begun.
    pub(crate) fn push_record(&mut self, line: i64, record: &Record<'_>, json: &[u8]) {
        let row = self.columns.rows();
        self.push(line, record);
        if self.is_detected_by_json(record)
            && let Ok(json) = std::str::from_utf8(json)
        {
            self.columns.json.set(row, json.trim_ascii());
        }
    }

    /// Whether the last row, which is this record's, has no message, or a blank one beside args or
    /// fields without a column: without those a blank message is a blank line of output.
    fn is_detected_by_json(&self, record: &Record<'_>) -> bool {
        let has_more =
            || record.extra.is_some() || record.args.as_ref().is_some_and(|args| !args.is_empty());
        record.message.is_none() || self.columns.message.is_blank() && has_more()
    }

    /// Adds a row of a text format. A part of an entry must have begun.
    #[inline]
    pub(crate) fn push_text(&mut self, text: &TextRow<'_>) {
        let columns = &mut self.columns;
        let row = columns.rows();
        let strip = self.ansi == MessageAnsi::Strip;
        columns.message.push_line(text.message, text.escapes, strip, text.newline);
        let timestamp = match text.stamp.timestamp {
            Some(local) if text.stamp.zone.is_none() && !text.is_epoch => {
                self.local_times = true;
                self.zone.instant(local)
            }
            timestamp => timestamp,
        };
        columns.timestamp.push_option(timestamp);
        columns.zone.set(row, text.stamp.zone);
        columns.level_text.set(row, text.stamp.level);
        columns.pos.push_option(None);
        if text.continued {
            columns.extra.set(row, CONTINUED);
        }
        columns.line.push(text.line);
    }

    /// Joins a line to the last row, after so many blank lines: to its message. The rest of the row stays as it is.
    pub(crate) fn join_text(&mut self, text: &TextRow<'_>, blank: usize) {
        match text.message {
            ["", message] => self.add_line(text.line, (message, text.newline), blank),
            message => self.add_line(text.line, (&message.concat(), text.newline), blank),
        }
    }

    /// The same of a text that has no line end.
    pub(crate) fn join_line(&mut self, line: i64, message: &str, blank: usize) {
        self.add_line(line, (message, false), blank);
    }

    fn add_line(&mut self, line: i64, (text, newline): (&str, bool), blank: usize) {
        let row = self.columns.rows() - 1;
        let is_escaped = self.ansi == MessageAnsi::Strip && memchr(0x1b, text.as_bytes()).is_some();
        let text = if is_escaped { ansi::strip(text) } else { Cow::Borrowed(text) };
        let text = text.strip_suffix('\r').filter(|_| newline).unwrap_or(&text);
        self.columns.message.join(text, blank);
        // Its text is its message now.
        self.columns.json.unset(row);
        if let Some(part) = self.parts.last_mut() {
            part.tally.joined += 1;
        }
        match self.joined.last_mut().filter(|(of, _)| *of == row) {
            Some((_, last)) => *last = line,
            None => self.joined.push((row, line)),
        }
    }

    /// The message of the last row, without its escape sequences if those are removed; empty if it is
    /// null.
    pub(crate) fn last_message(&self) -> &[u8] {
        self.columns.message.last()
    }

    /// Gives the last row args, for a decoder that finds them in the message it has pushed.
    pub(crate) fn set_args<'a>(&mut self, members: impl Iterator<Item = (&'a str, &'a str)>) {
        for (key, value) in members {
            self.columns.args.keys.push(key);
            self.columns.args.members.push(value);
        }
        self.columns.args.set(self.columns.rows() - 1);
    }

    /// Gives the last row fields without a column, an object of JSON.
    pub(crate) fn set_extra(&mut self, extra: &str) {
        self.columns.extra.set(self.columns.rows() - 1, extra);
    }

    /// Counts the last row as one that was cut by its writer.
    pub(crate) fn count_cut(&mut self) {
        self.columns.message.note_cut();
    }

    /// Gives the next row, and those that follow it in this part, a stage of their own; it must be
    /// one of the entry's.
    pub(crate) fn set_stage(&mut self, stage: Option<&'static str>) {
        // Only changes are noted. Before the first one the stage is the entry's, as with `None`.
        if self.stages.last().map_or(stage.is_some(), |(_, last)| *last != stage) {
            self.stages.push((self.columns.rows(), stage));
        }
    }

    /// Counts a line that gives no row because another entry has it, such as a line of a whole-job log
    /// beside the logs of its steps.
    pub(crate) fn count_left_out(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.tally.left_out += 1;
        }
    }

    /// Counts a line that gives no row because it only says what to do with the record after it.
    pub(crate) fn count_action(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.tally.actions += 1;
        }
    }

    /// Counts pages of the current entry.
    pub(crate) fn count_pages(&mut self, pages: &Pages) {
        if let Some(part) = self.parts.last_mut() {
            part.tally.pages.add(pages);
        }
    }

    /// Adds an error row: the raw line (`None` if there is none) as its message, with U+FFFD for invalid
    /// bytes and without the `\r` of a line's end, and why it could not be parsed.
    pub fn push_malformed(&mut self, line: i64, offset: u64, raw: Option<&[u8]>, reason: String) {
        if !self.stages.is_empty() {
            self.set_stage(None);
        }
        let row = self.columns.rows();
        match raw {
            Some(raw) => {
                let text = String::from_utf8_lossy(raw.strip_suffix(b"\r").unwrap_or(raw));
                self.columns.message.bytes.extend_from_slice(text.as_bytes());
                self.columns.message.end_row();
            }
            None => self.columns.message.push_null(),
        }
        self.columns.timestamp.push_option(None);
        self.columns.zone.set(row, None);
        self.columns.level_text.set(row, None);
        self.columns.pos.push_option(None);
        self.columns.error.set(row, &reason);
        self.columns.line.push(line);
        self.note_malformed(line, offset, raw, reason);
    }

    /// Counts the last row as malformed, and lists it while there is room: all with their bytes if
    /// `keep_raw`, else the first [`NAMED`].
    fn note_malformed(&mut self, line: i64, offset: u64, raw: Option<&[u8]>, reason: String) {
        let Some(Part { entry, tally, .. }) = self.parts.last_mut() else { return };
        tally.malformed += 1;
        // `fail` is called before the row that ends an entry is pushed, so this row is that one.
        let (entry, ends_entry) = (*entry, tally.failure.is_some());
        // Why an entry ends is always listed, however many malformed lines came before.
        if !self.keep_raw && !ends_entry {
            self.named += 1;
            if self.named > NAMED {
                return;
            }
        }
        let raw = raw.filter(|_| self.keep_raw).map(<[u8]>::to_vec);
        let malformed =
            Malformed { entry, line, offset, reason, raw, ends_entry, is_selected: true };
        self.malformed.push(malformed);
        self.malformed_rows.push(self.columns.rows() - 1);
    }

    /// Notes that the current entry could not be read to its end. Must come before the error row that
    /// says so.
    pub fn fail(&mut self, reason: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.tally.failure = Some(reason.to_owned());
        }
    }

    /// The columns, and what happens to escape sequences, for the fast parser, which writes rows itself.
    pub(crate) fn columns(&mut self) -> (&mut Columns, MessageAnsi) {
        (&mut self.columns, self.ansi)
    }

    /// Counts lines that the fast parser did not take.
    pub(crate) fn count_missed(&mut self, lines: i64) {
        if let Some(part) = self.parts.last_mut() {
            part.tally.missed += lines;
        }
    }

    /// Adds the message of a record: without its escape sequences, unless they are kept, and without
    /// its final newline.
    fn push_message(&mut self, message: Option<&str>) {
        let Some(message) = message else { return self.columns.message.push_null() };
        let texts = &mut self.columns.message;
        let strip = self.ansi == MessageAnsi::Strip;
        // Most messages have no ESC.
        match memchr(ansi::ESC, message.as_bytes()).filter(|_| strip) {
            Some(_) => {
                ansi::pieces(message, |piece| texts.bytes.extend_from_slice(piece.as_bytes()))
            }
            None => texts.bytes.extend_from_slice(message.as_bytes()),
        }
        texts.end_message(false, false);
    }
}
