//! The lines of a log as they are compared: each a time and a digest of its text.
//!
//! Texts are not held, so that memory is bounded however long lines are and however many of them wait.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{ErrorKind, Read};

use memchr::memchr;

use super::{DIGITS, STAMP};
use crate::format::lines::is_blank;
use crate::format::stamped::Clock;
use crate::source::BYTE_ORDER_MARK;

/// Bytes read at a time; the digest of a longer line is computed in parts.
const BUFFER: usize = 64 << 10;

/// Computes digests of texts, equal for equal texts. Two texts have the same one with a probability of 2 to
/// the power of -128, and cannot be constructed to, because the keys are random.
#[derive(Clone, Default)]
pub(super) struct Digests(RandomState, RandomState);

/// A digest being computed: two hashes of 64 bits with different keys.
struct Digest<H>(H, H);

impl Digests {
    /// The digest of no text yet.
    fn start(&self) -> Digest<impl Hasher + use<>> {
        Digest(self.0.build_hasher(), self.1.build_hasher())
    }
}

impl<H: Hasher> Digest<H> {
    /// Appends a part of the text.
    fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    /// The digest of all parts.
    fn finish(&self) -> u128 {
        u128::from(self.0.finish()) << 64 | u128::from(self.1.finish())
    }
}

/// A line that is not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Physical line, from 1.
    pub(super) number: i64,
    /// Its stamp or that of the line it continues, in nanoseconds since 1970; `i64::MIN` before the
    /// first stamp.
    pub(super) time: i64,
    /// Of the text after the stamp, without its line end.
    pub(super) digest: u128,
    /// The text is so short (`}`, `done`) that other lines may well have the same.
    pub(super) is_short: bool,
}

/// The next line of one of the logs of a side.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) line: Line,
    /// Index of the log in its side.
    pub(super) log: usize,
}

/// Bytes of the shortest text that is not short.
const SHORT: usize = 8;

/// Reads the lines of a log from start to end.
pub(super) struct Lines<R> {
    source: R,
    digests: Digests,
    /// At most [`BUFFER`] bytes read from the source.
    buffer: Vec<u8>,
    /// Where the bytes that are not used yet begin in the buffer.
    start: usize,
    clock: Clock,
    /// The number of the last line returned or skipped.
    number: i64,
    /// The time of the last stamp.
    time: i64,
    blank: i64,
    bytes: i64,
    /// Whether more can be read.
    state: State,
    /// Nothing was read yet: a byte order mark may come.
    is_begin: bool,
}

/// Whether a source has more to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more.
    Open,
    /// The source is at its end.
    Whole,
    /// The source failed: what the rest would have been is not known.
    Failed,
}

impl<R: Read> Lines<R> {
    /// Nothing is read before the first line is asked for.
    pub(super) fn new(source: R, digests: &Digests) -> Self {
        Self {
            source,
            digests: digests.clone(),
            buffer: Vec::with_capacity(BUFFER),
            start: 0,
            clock: Clock::default(),
            number: 0,
            time: i64::MIN,
            blank: 0,
            bytes: 0,
            state: State::Open,
            is_begin: true,
        }
    }

    /// Blank lines so far.
    pub(super) fn blank_lines(&self) -> i64 {
        self.blank
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> i64 {
        self.bytes
    }

    /// Whether the log was read to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.state == State::Whole && self.start == self.buffer.len()
    }

    /// The next line that is not blank. `None` at the end, or if the log cannot be read further; an
    /// unfinished line there is dropped, because the rest of it is not known.
    pub(super) fn next(&mut self) -> Option<Line> {
        loop {
            let rest = &self.buffer[self.start..];
            let end = match memchr(b'\n', rest) {
                Some(end) => end,
                // The last line has no newline.
                None if self.state == State::Whole && !rest.is_empty() => rest.len(),
                None if rest.len() == BUFFER => return self.long_line(),
                None if matches!(self.state, State::Whole | State::Failed) => return None,
                None => {
                    self.fill();
                    continue;
                }
            };
            let line = self.start..self.start + end;
            self.start = (line.end + 1).min(self.buffer.len());
            self.number += 1;
            let line = &self.buffer[line];
            if is_blank(line) {
                self.blank += 1;
                continue;
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = after_stamp(line, &mut self.clock, &mut self.time);
            let (time, is_short) = (self.time, text.len() < SHORT);
            let mut digest = self.digests.start();
            digest.add(text);
            let digest = digest.finish();
            return Some(Line { number: self.number, time, digest, is_short });
        }
    }

    /// The line that fills the buffer. Its digest is computed in parts, so that the line need not be held.
    fn long_line(&mut self) -> Option<Line> {
        let mut digest = self.digests.start();
        let head = after_stamp(&self.buffer, &mut self.clock, &mut self.time);
        // Hold the last byte back: it may be the `\r` of the line end, which does not count.
        let (text, mut held) = (&head[..head.len() - 1], head[head.len() - 1]);
        digest.add(text);
        loop {
            self.buffer.clear();
            self.start = 0;
            self.fill();
            let newline = memchr(b'\n', &self.buffer);
            let part = &self.buffer[..newline.unwrap_or(self.buffer.len())];
            if let Some((&last, before)) = part.split_last() {
                digest.add(&[held]);
                digest.add(before);
                held = last;
            }
            let is_end = newline.is_some() || self.state == State::Whole;
            self.start = newline.map_or(self.buffer.len(), |newline| newline + 1);
            if is_end {
                break;
            }
            if self.state == State::Failed {
                return None;
            }
        }
        // A `\r` in the last place belongs to the line end, any other byte to the text.
        if held != b'\r' {
            digest.add(&[held]);
        }
        self.number += 1;
        let (number, time, digest) = (self.number, self.time, digest.finish());
        Some(Line { number, time, digest, is_short: false })
    }

    /// Reads more after what is not used yet, until the buffer is full, the source ends or fails.
    fn fill(&mut self) {
        self.buffer.drain(..self.start);
        self.start = 0;
        let mut used = self.buffer.len();
        self.buffer.resize(BUFFER, 0);
        let is_begin = std::mem::replace(&mut self.is_begin, false);
        while used < BUFFER {
            match self.source.read(&mut self.buffer[used..]) {
                Ok(0) => {
                    self.state = State::Whole;
                    break;
                }
                Ok(read) => {
                    used += read;
                    self.bytes += read as i64;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.state = State::Failed;
                    break;
                }
            }
        }
        self.buffer.truncate(used);
        if is_begin && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.start = BYTE_ORDER_MARK.len();
        }
    }
}

/// The text of a line after its stamp. The stamp becomes `time`, which lines without one keep.
fn after_stamp<'a>(line: &'a [u8], clock: &mut Clock, time: &mut i64) -> &'a [u8] {
    let head = &line[..line.len().min(STAMP)];
    let Ok(head) = std::str::from_utf8(head) else { return line };
    let Some((nanos, _)) = clock.read::<DIGITS>(head) else { return line };
    *time = nanos;
    &line[head.len()..]
}
