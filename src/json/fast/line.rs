//! Reads one line by a shape: the text before each value, then the value, straight into the columns.
//!
//! Strings are decoded into the columns at once. Numbers, the time and the level wait in a [`Row`] until
//! the line is verified to its end, so that only strings must be undone if it is refused. What most
//! lines share with the line before, [`Memory`] keeps.

use super::clock::Clock;
use super::shape::{Field, Infix, Shape};
use crate::json::number::natural;
use crate::json::string::{Kind, Message, string};
use crate::simd::Scan;
use crate::table::{Columns, Members};

/// Lines with more args than this are left to a parser that does not compare every key with every other.
const MAX_MEMBERS: usize = 32;

/// What the last line had, which the next one is likely to have. It makes reading faster, and never
/// changes what is read.
pub(super) struct Memory {
    pub(super) clock: Clock,
    /// The level and the quote after it.
    pub(super) level: Infix,
    /// Whether the last run of the column has this level. False once the level has changed on a line that
    /// is not written yet, which may be refused.
    pub(super) level_is_set: bool,
    /// The same for the clock's offset and the column of zones.
    pub(super) zone_is_set: bool,
}

/// How lines are to be read.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    /// Remove escape sequences such as `\u001b[31m` from messages.
    pub(crate) strip: bool,
    /// Lines of more bytes than this, their newline not counted, are left to the caller.
    pub(crate) max_line: usize,
}

/// The values of a line that is not verified to its end yet. Its message and args are in the columns
/// already.
#[derive(Default)]
struct Row<'a> {
    /// The level as written; `None` if the shape has none.
    level: Option<&'a [u8]>,
    /// The level is that of the line before.
    same_level: bool,
    /// The offset as written, such as `Z` or `+05:30`.
    zone: Option<&'a [u8]>,
    /// The offset is that of the line before.
    same_zone: bool,
    /// Nanoseconds since 1970.
    timestamp: Option<i64>,
    /// The writer's counter; `None` if the shape has none.
    pos: Option<i64>,
    /// What was seen in the message, whose text is in the column.
    message: Option<Message>,
    /// The line has an object of args, perhaps an empty one; false for `null`.
    args: bool,
}

/// Reads one line into a row, all but its number; returns its length with its newline. `None`: the line is
/// not of this shape, or has a value for another parser; strings of it may be in the columns.
#[inline(always)]
pub(super) fn record<S: Scan>(
    simd: S,
    shape: &Shape,
    memory: &mut Memory,
    text: &[u8],
    task: Task,
    columns: &mut Columns,
) -> Option<usize> {
    let mut line = Line { text, at: 0, row: Row::default() };
    match &*shape.values {
        // The usual order, unrolled: each call is compiled for its field, and the branch predictor sees
        // the branches of each apart.
        [
            (level, Field::Level),
            (pos, Field::Pos),
            (message, Field::Message),
            (time, Field::Time),
            (args, Field::Args),
        ] => {
            line.value(simd, level, Field::Level, memory, task, columns)?;
            line.value(simd, pos, Field::Pos, memory, task, columns)?;
            line.value(simd, message, Field::Message, memory, task, columns)?;
            line.value(simd, time, Field::Time, memory, task, columns)?;
            line.value(simd, args, Field::Args, memory, task, columns)?;
        }
        values => {
            for (before, field) in values {
                line.value(simd, before, *field, memory, task, columns)?;
            }
        }
    }
    let Line { mut at, row, .. } = line;
    if !shape.end.begins(window(text, at)?) {
        return None;
    }
    at += shape.end.len;
    // Two bytes are always there: the margin follows the line.
    let length = match text.get(at..at + 2)? {
        [b'\n', _] => at,
        b"\r\n" => at + 1,
        _ => return None,
    };
    if length > task.max_line {
        return None;
    }
    // Nothing is refused from here on: every shape has a message, and the level and the offset end at ASCII
    // characters, so they are UTF-8 as the text is.
    row.write(memory, task.strip, columns)?;
    // A message such as "\n" beside args that say something: search and print then use the line's JSON.
    if row.args && columns.message.may_be_blank() {
        columns.keep_json_of_args(&text[..at]);
    }
    Some(length + 1)
}

/// A line that is being read.
struct Line<'a> {
    text: &'a [u8],
    /// The first byte not yet read.
    at: usize,
    row: Row<'a>,
}

impl Line<'_> {
    /// Reads the text before a value, and the value; `None` if either is unexpected.
    #[inline(always)]
    fn value<S: Scan>(
        &mut self,
        simd: S,
        before: &Infix,
        field: Field,
        memory: &mut Memory,
        task: Task,
        columns: &mut Columns,
    ) -> Option<()> {
        let Self { text, ref mut at, ref mut row } = *self;
        if !before.begins(window(text, *at)?) {
            return None;
        }
        *at += before.len;
        match field {
            Field::Level => {
                let (level, same) = level(simd, memory, text, *at)?;
                *at += level.len();
                (row.level, row.same_level) = (Some(level), same);
            }
            Field::Pos => {
                // Negative numbers are left to the other parsers.
                let (pos, length) = natural(window(text, *at)?)?;
                *at += length;
                row.pos = Some(pos);
            }
            Field::Message => {
                let kind = Kind::Message { strip: task.strip };
                let message;
                let out = &mut columns.message.bytes;
                (*at, message) = string(simd, text, *at, out, kind)?;
                row.message = Some(message);
            }
            Field::Time => {
                let time = memory.clock.read(text.get(*at..)?.first_chunk()?)?;
                // At once: if the rest of the line is refused, the clock keeps an offset that the column
                // has not seen, and the next line would find it to be the same.
                memory.zone_is_set &= time.same_zone;
                row.timestamp = Some(time.nanos);
                row.zone = text.get(*at + time.zone.0..*at + time.zone.1);
                row.same_zone = time.same_zone;
                *at += time.zone.1;
            }
            Field::Args => {
                let length;
                (row.args, length) = args(simd, text, *at, columns)?;
                *at += length;
            }
        }
        Some(())
    }
}

impl Row<'_> {
    /// Writes what is not in the columns yet, all but the line's number. Runs are extended for free if the
    /// value is the last line's.
    #[inline(always)]
    fn write(&self, memory: &mut Memory, strip: bool, columns: &mut Columns) -> Option<()> {
        let Message { escape, newline } = self.message?;
        let row = columns.rows();
        // A line without a level never has the same one, so the column changes to null here.
        if !(self.same_level && memory.level_is_set) {
            let level = self.level.map(std::str::from_utf8).transpose().ok()?;
            columns.level_text.change(row, level);
            memory.level_is_set = level.is_some();
        }
        if !(self.same_zone && memory.zone_is_set) {
            let zone = self.zone.map(std::str::from_utf8).transpose().ok()?;
            columns.zone.change(row, zone);
            memory.zone_is_set = zone.is_some();
        }
        columns.timestamp.push_option(self.timestamp);
        columns.pos.push_option(self.pos);
        columns.message.end_message(escape && strip, newline);
        if self.args {
            columns.args.set(row);
        }
        Some(())
    }
}

/// The sixteen bytes from `at` on; `None` near the end of the text, where the margin would be cut.
#[inline(always)]
fn window(text: &[u8], at: usize) -> Option<&[u8; 16]> {
    text.get(at..)?.first_chunk()
}

/// A string without escapes, from after its opening quote; and whether it equals the last line's. `None`
/// for one of more than 15 bytes, or with an escape.
#[inline(always)]
fn level<'a, S: Scan>(
    simd: S,
    memory: &mut Memory,
    text: &'a [u8],
    at: usize,
) -> Option<(&'a [u8], bool)> {
    if memory.level.begins(window(text, at)?) {
        // The quote is left to the shape's next infix.
        return Some((&text[at..at + memory.level.len - 1], true));
    }
    let chunk = text.get(at..)?.first_chunk()?;
    let length = simd.specials(chunk).trailing_zeros() as usize;
    if *chunk.get(length)? != b'"' {
        return None;
    }
    // Remembered with its quote, so that INFO does not match INFORMATION.
    memory.level = Infix::new(&chunk[..=length])?;
    memory.level_is_set = false;
    Some((&text[at..at + length], false))
}

/// Null, or an object of strings, whose members are appended to the columns. Returns whether there is an
/// object, and the length.
#[inline(always)]
fn args<S: Scan>(
    simd: S,
    text: &[u8],
    start: usize,
    columns: &mut Columns,
) -> Option<(bool, usize)> {
    match *text.get(start..)?.first_chunk::<4>()? {
        [b'n', b'u', b'l', b'l', ..] => return Some((false, 4)),
        [b'{', b'}', ..] => return Some((true, 2)),
        [b'{', b'"', _, _] => {}
        _ => return None,
    }
    let maps = &mut columns.args;
    // Members before it belong to rows that are whole; those of this line are counted once it is written.
    let first = maps.count();
    let mut at = start + 2;
    loop {
        at = member(simd, text, at, &mut maps.keys)?;
        // The last of equal keys counts, and the ones before go to `extra`; leave that to the others.
        if maps.keys.ends.len() - first > MAX_MEMBERS
            || maps.keys.repeats_since(first)
            || text.get(at + 1..at + 3)? != b":\""
        {
            return None;
        }
        at = member(simd, text, at + 3, &mut maps.members)?;
        match *text.get(at + 1..)?.first_chunk::<2>()? {
            // The quote at `at`, and the brace after it.
            [b'}', ..] => return Some((true, at + 2 - start)),
            [b',', b'"'] => at += 3,
            _ => return None,
        }
    }
}

/// One string of an object, from after its opening quote; returns where its closing quote is.
#[inline(always)]
fn member<S: Scan>(simd: S, text: &[u8], at: usize, members: &mut Members) -> Option<usize> {
    let (end, _) = string(simd, text, at, &mut members.bytes, Kind::Member)?;
    members.end();
    Some(end)
}
