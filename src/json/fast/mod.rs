//! Parses lines as encoders write them: known keys in an order that has been seen before, no white
//! space. Every byte is read once and decoded straight into the columns.
//!
//! A line is taken only once all of it is verified: the text between the values byte by byte, strings
//! and their escapes, digits, times, the end of the line. Anything else is left to the slower parsers,
//! so this one may refuse whatever it likes, but must never accept what serde_json does not.
//!
//! Values of a line that is refused in the middle are in the columns already. They are undone
//! ([`Columns::forget_row`]) rather than buffered, because refusals are rare.

mod clock;
mod shape;
mod string;

use clock::Clock;
use shape::{Field, Infix, Shape};
use string::{Kind, Message, string};

use super::Keys;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{CHUNK, Scan, Simd, digits};
use crate::table::{Columns, Members};

/// Lines with more args than this are left to a parser that does not compare every key with every other.
const MAX_MEMBERS: usize = 32;

/// Orders of keys to try; a bundle has one for each kind of writer.
const MAX_SHAPES: usize = 4;

/// Reads lines of one entry after the other; remembers what the last lines looked like.
pub struct FastParser {
    keys: Keys,
    simd: Simd,
    shapes: Vec<Shape>,
    /// The shape that the last line had.
    current: usize,
    /// Lines in a row from which no new shape was learned.
    unlearned: u32,
    memory: Memory,
    padded: Vec<u8>,
}

/// What the last line had, which the next one is likely to have.
struct Memory {
    clock: Clock,
    /// The level and the quote after it.
    level: Infix,
    /// Whether the last run of the column has this level, or this offset.
    level_is_set: bool,
    zone_is_set: bool,
}

/// Where lines are taken from, and what is done to them.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    /// Remove escape sequences from messages.
    pub(crate) strip: bool,
    /// Lines longer than this are left to the caller.
    pub(crate) max_line: usize,
}

impl FastParser {
    /// Bytes that must follow the end of a line, because whole chunks are loaded.
    pub(crate) const MARGIN: usize = 2 * CHUNK;

    /// A parser that begins with the usual order: level, pos, message, time, args.
    pub fn new(keys: Keys, simd: Simd) -> Self {
        let usual = [Field::Level, Field::Pos, Field::Message, Field::Time, Field::Args];
        let memory = Memory {
            clock: Clock::default(),
            // No byte sequence begins with it: levels end before a control character.
            level: Infix::new(b"\0").expect("one byte is short"),
            level_is_set: false,
            zone_is_set: false,
        };
        Self {
            keys,
            simd,
            shapes: Shape::new(&keys, &usual).into_iter().collect(),
            current: 0,
            unlearned: 0,
            memory,
            padded: Vec::new(),
        }
    }

    /// Forgets the orders of keys that were learned: which lines are taken in one text must not depend
    /// on the texts read before.
    pub(crate) fn begin(&mut self) {
        self.shapes.truncate(1);
        self.current = 0;
        self.unlearned = 0;
    }

    /// Takes lines from the front of the text as long as they have a known shape; the first has the number
    /// `line`. Returns how many bytes and lines it took.
    pub(crate) fn take(
        &mut self,
        text: &str,
        line: i64,
        task: Task,
        columns: &mut Columns,
    ) -> (usize, i64) {
        // Other parsers may have written rows since, and ended the runs.
        self.memory.level_is_set = false;
        self.memory.zone_is_set = false;
        let text = text.as_bytes();
        match self.simd {
            // SAFETY: the token says that the features are there.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) => unsafe { self.lines_avx512(simd, text, line, task, columns) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) => unsafe { self.lines_avx2(simd, text, line, task, columns) },
            Simd::Portable(simd) => self.lines(simd, text, line, task, columns),
        }
    }

    /// Takes one line so near the end of its text that loads would reach past it, by way of a copy.
    pub(crate) fn take_last(
        &mut self,
        text: &str,
        line: i64,
        task: Task,
        columns: &mut Columns,
    ) -> bool {
        let mut padded = std::mem::take(&mut self.padded);
        padded.clear();
        padded.extend_from_slice(text.as_bytes());
        padded.push(b'\n');
        let end = padded.len();
        padded.resize(end + Self::MARGIN, b'\n');
        let taken = std::str::from_utf8(&padded)
            .is_ok_and(|text| self.take(text, line, task, columns) == (end, 1));
        self.padded = padded;
        taken
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2")]
    fn lines_avx512(
        &mut self,
        simd: Avx512,
        text: &[u8],
        line: i64,
        task: Task,
        columns: &mut Columns,
    ) -> (usize, i64) {
        self.lines(simd, text, line, task, columns)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn lines_avx2(
        &mut self,
        simd: Avx2,
        text: &[u8],
        line: i64,
        task: Task,
        columns: &mut Columns,
    ) -> (usize, i64) {
        self.lines(simd, text, line, task, columns)
    }

    #[inline(always)]
    fn lines<S: Scan>(
        &mut self,
        simd: S,
        text: &[u8],
        line: i64,
        task: Task,
        columns: &mut Columns,
    ) -> (usize, i64) {
        let Self { shapes, memory, current, .. } = self;
        let (mut at, mut number, mut tries) = (0, line, 0);
        while tries < shapes.len() {
            match record(simd, &shapes[*current], memory, &text[at..], task, columns) {
                Some(length) => {
                    columns.line.push(number);
                    number += 1;
                    at += length;
                    tries = 0;
                }
                // Try the other shapes, starting after the one that failed; give up once all have.
                None => {
                    columns.forget_row();
                    *current = (*current + 1) % shapes.len();
                    tries += 1;
                }
            }
        }
        (at, number - line)
    }

    /// Learns the shape of a record that was not taken: lines that follow may be written like it.
    pub(crate) fn learn(&mut self, line: &[u8]) {
        self.unlearned = self.unlearned.saturating_add(1);
        // If there has been nothing to learn for long, look at every 64th record only.
        if self.unlearned > 16 && !self.unlearned.is_multiple_of(64) {
            return;
        }
        let Some(shape) = Shape::of(line, &self.keys) else { return };
        if self.shapes.contains(&shape) {
            return;
        }
        self.unlearned = 0;
        if self.shapes.len() == MAX_SHAPES {
            // The oldest, but never the usual one.
            self.shapes.remove(1);
        }
        self.shapes.push(shape);
        self.current = self.shapes.len() - 1;
    }
}

/// The values of a line that is not verified to its end yet. Its message and args are in the columns
/// already.
#[derive(Default)]
struct Row<'a> {
    level: Option<&'a [u8]>,
    same_level: bool,
    zone: Option<&'a [u8]>,
    same_zone: bool,
    timestamp: Option<i64>,
    pos: Option<i64>,
    message: Option<Message>,
    args: bool,
}

/// Reads one line into a row, all but its number; returns its length with its newline.
#[inline(always)]
fn record<S: Scan>(
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
    row.write(memory, task.strip, columns)?;
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
    /// Reads the text before a value, and the value.
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
                let (pos, length) = pos(window(text, *at)?)?;
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
    #[inline(always)]
    /// Writes what is not in the columns yet. Runs are extended for free if the value is the last line's.
    fn write(&self, memory: &mut Memory, strip: bool, columns: &mut Columns) -> Option<()> {
        let Message { escape, newline } = self.message?;
        let row = columns.rows();
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

/// The sixteen bytes from `at` on.
#[inline(always)]
fn window(text: &[u8], at: usize) -> Option<&[u8; 16]> {
    text.get(at..)?.first_chunk()
}

/// A string without escapes, from after its opening quote; and whether it equals the last line's.
#[inline(always)]
fn level<'a, S: Scan>(
    simd: S,
    memory: &mut Memory,
    text: &'a [u8],
    at: usize,
) -> Option<(&'a [u8], bool)> {
    if memory.level.begins(window(text, at)?) {
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

/// An integer that is valid in JSON and fits 64 bits, and its length.
#[inline(always)]
fn pos(bytes: &[u8; 16]) -> Option<(i64, usize)> {
    let count = digits::count_16(bytes);
    let leading_zero = count > 1 && bytes[0] == b'0';
    // Sixteen digits may go on after the window; negative numbers are left to the other parsers.
    if !(1..=15).contains(&count) || leading_zero {
        return None;
    }
    let first = *bytes.first_chunk()?;
    if count <= 8 {
        return Some((digits::leading(first, count) as i64, count));
    }
    let rest = digits::padded(*bytes.last_chunk()?, count - 8) / 10_u64.pow(16 - count as u32);
    let scale = 10_i64.pow(count as u32 - 8);
    Some((digits::leading(first, 8) as i64 * scale + rest as i64, count))
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
    let first = maps.count();
    let mut at = start + 2;
    loop {
        at = member(simd, text, at, &mut maps.keys)?;
        // The last of equal keys would count; leave that to the others.
        if maps.keys.ends.len() - first > MAX_MEMBERS
            || maps.keys.repeats_since(first)
            || text.get(at + 1..at + 3)? != b":\""
        {
            return None;
        }
        at = member(simd, text, at + 3, &mut maps.members)?;
        match *text.get(at + 1..)?.first_chunk::<2>()? {
            [b'}', ..] => return Some((true, at + 2 - start)),
            [b',', b'"'] => at += 3,
            _ => return None,
        }
    }
}

/// One string of an object; returns where its closing quote is.
#[inline(always)]
fn member<S: Scan>(simd: S, text: &[u8], at: usize, members: &mut Members) -> Option<usize> {
    let (end, _) = string(simd, text, at, &mut members.bytes, Kind::Member)?;
    members.end();
    Some(end)
}
