//! Parses lines as encoders write them: known keys in an order that has been seen before, no white
//! space. Every byte is read once and decoded straight into the columns.
//!
//! A line is taken only once all of it is verified: the text between the values byte by byte, strings
//! and their escapes, digits, times, the end of the line. Anything else is left to the slower parsers,
//! so this one may refuse whatever it likes, but must never accept what serde_json does not.
//!
//! Values of a line that is refused in the middle are in the columns already. They are undone
//! ([`Columns::forget_row`]) rather than buffered, because refusals are rare.
//!
//! This file has the loop over lines and what is learned from them; `line` reads one line by a
//! [`Shape`], with [`string`](super::string) for its strings and `clock` for its time.

mod clock;
mod line;
mod shape;

use clock::Clock;
pub(crate) use line::Task;
use line::{Memory, record};
use shape::{Field, Infix, Shape};

use super::Keys;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{CHUNK, Scan, Simd};
use crate::table::Columns;

/// Orders of keys to try; a bundle has one for each kind of writer. All are tried on a line that has none
/// of them, so there must not be many.
const MAX_SHAPES: usize = 4;

/// Reads lines of one entry after the other; remembers what the last lines looked like.
pub struct FastParser {
    keys: Keys,
    simd: Simd,
    /// The usual shape, then those learned from this text, the oldest first. Without the usual one if a key
    /// is too long for an [`Infix`].
    shapes: Vec<Shape>,
    /// The shape that the last line had: an index into `shapes`.
    current: usize,
    /// Lines in a row from which no new shape was learned.
    unlearned: u32,
    memory: Memory,
    /// The copy that [`take_last`](Self::take_last) reads from; its room is reused.
    padded: Vec<u8>,
}

impl FastParser {
    /// Bytes that must follow the end of a line, because whole chunks are loaded: a line that ends nearer
    /// to the end of the text may be refused, and [`take_last`](Self::take_last) is for it.
    pub(crate) const MARGIN: usize = 2 * CHUNK;

    /// A parser that begins with the usual order: level, pos, message, time, args.
    pub fn new(keys: Keys, simd: Simd) -> Self {
        let usual = [Field::Level, Field::Pos, Field::Message, Field::Time, Field::Args];
        let memory = Memory {
            clock: Clock::default(),
            // Matches no line: a level that begins with NUL is matched as empty, and then the NUL itself is
            // not the closing quote that the shape has next.
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
        // The clock and the level may stay: they change how fast a value is read, not what is taken.
        self.shapes.truncate(1);
        self.current = 0;
        self.unlearned = 0;
    }

    /// Takes lines from the front of the text as long as they have a known shape; the first has the number
    /// `line`. Returns how many bytes and lines it took: whole lines with their newlines, and (0, 0) if
    /// the first line is for another parser. Blank lines are not taken either.
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
            // SAFETY: the token exists only if the processor has the features.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) => unsafe { self.lines_avx512(simd, text, line, task, columns) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) => unsafe { self.lines_avx2(simd, text, line, task, columns) },
            Simd::Portable(simd) => self.lines(simd, text, line, task, columns),
        }
    }

    /// Takes one line, without its newline, that is so near the end of its text that loads would reach past
    /// it, by way of a copy. Returns whether it was taken; if not, the columns are as before.
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
        // Newlines, because `take` continues after the line, and no shape begins with one.
        padded.resize(end + Self::MARGIN, b'\n');
        let taken = std::str::from_utf8(&padded)
            .is_ok_and(|text| self.take(text, line, task, columns) == (end, 1));
        self.padded = padded;
        taken
    }

    /// [`lines`](Self::lines), compiled with AVX-512: all that is inlined into it may use the instructions.
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

    /// [`lines`](Self::lines), compiled with AVX2.
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

    /// The loop over lines, of [`take`](Self::take). Always inlined, as is all it calls per line: a function
    /// that is not would be compiled without the caller's vector instructions.
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
                    // Last: the row is whole, and counts, from here on.
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

    /// Learns the shape of a record that was not taken: lines that follow may be written like it. `line` is
    /// one that another parser has accepted, without its newline.
    pub(crate) fn learn(&mut self, line: &[u8]) {
        self.unlearned = self.unlearned.saturating_add(1);
        // If there has been nothing to learn for long, look at every 64th record only.
        if self.unlearned > 16 && !self.unlearned.is_multiple_of(64) {
            return;
        }
        let Some(shape) = Shape::of(line, &self.keys) else { return };
        // Known, and not taken all the same: because of a value, such as a time without an offset.
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
