//! The format of a text that comes line by line.
//!
//! The first line is acted on before the second has come, so its format is told by itself, and that of
//! the next by the two of them: as more lines come, a banner turns out to stand before records, or
//! stamped lines to be a platform's. What was given away stays as it was; the lines that follow are of
//! the format that is told then. Formats are tried in an order, and only one that is tried earlier
//! replaces another, so that they do not change to and fro.
//!
//! All of it depends on the text alone, never on when it came: two runs give the same rows.

use memchr::memchr;

use super::binary::{SAMPLE, is_binary, is_odd};
use super::framing::{BYTE_ORDER_MARK, FormatId, is_blank};

/// Lines each of which is asked about; later ones are at growing distances.
const EACH: usize = 16;

/// The beginning of a text, as long as its format may change.
#[derive(Debug, Default)]
pub(super) struct Outset {
    /// The text from its first byte up to the last line that was looked at.
    seen: Vec<u8>,
    /// Lines in it that are not blank, and how many there are when it is asked about them.
    lines: usize,
    next: usize,
    /// Where the text ends whose format is told.
    told: usize,
    /// Lines wait for others to tell.
    waits: bool,
    has_controls: bool,
    format: Option<FormatId>,
    is_done: bool,
}

/// What is told of a text from some place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// So many bytes are of the format. What is behind them is not known yet.
    Format(FormatId, usize),
    /// As well, but what is behind them is of another format.
    Last(FormatId, usize),
    /// Nothing yet.
    Unknown,
    /// It is no text.
    Binary,
}

/// The answer to a question about the last line.
enum Answer {
    Format(FormatId),
    Wait,
    Binary,
}

impl Outset {
    /// Whether all that comes is of the format that was told last.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Looks at the text from the place `at` on, which is where what was given away ends. `is_end`: it is
    /// all that comes. `ask` is given a text and whether it is all, and answers with the format of its
    /// last line.
    pub(super) fn tell(
        &mut self,
        text: &[u8],
        at: usize,
        is_end: bool,
        ask: impl Fn(&[u8], bool) -> Option<FormatId>,
    ) -> Told {
        let all = at + text.len();
        while self.seen.len() < all && !self.is_done {
            let rest = &text[self.seen.len() - at..];
            let room = SAMPLE - self.seen.len();
            let newline = memchr(b'\n', rest).map(|newline| newline + 1);
            let line = match newline {
                Some(length) => &rest[..length],
                None if is_end || rest.len() >= room => rest,
                None => break,
            };
            let line = &line[..line.len().min(room)];
            let is_all = is_end && newline.is_none() && all < SAMPLE;
            let is_last = line.len() == room || is_all;
            if let Some(told) = self.look_at(line, at, (is_last, is_all), &ask) {
                return told;
            }
        }
        if is_end && !self.is_done && (self.waits || self.format.is_none()) {
            match self.answer(true, true, &ask) {
                Answer::Format(format) => {
                    if let Some(told) = self.settle(format, at) {
                        return told;
                    }
                }
                Answer::Wait | Answer::Binary => match self.format {
                    Some(format) if self.told > at => return Told::Last(format, self.told - at),
                    _ => return Told::Binary,
                },
            }
        }
        if self.is_done || is_end {
            self.told = all;
        }
        match self.format {
            Some(format) if self.told > at => Told::Format(format, self.told - at),
            Some(format) if is_end => Told::Format(format, 0),
            _ => Told::Unknown,
        }
    }

    /// Takes one more line, or the last of what is looked at.
    fn look_at(
        &mut self,
        line: &[u8],
        at: usize,
        (is_last, is_all): (bool, bool),
        ask: &impl Fn(&[u8], bool) -> Option<FormatId>,
    ) -> Option<Told> {
        let start = self.seen.len();
        self.seen.extend_from_slice(line);
        self.has_controls |= line.iter().any(|&byte| is_odd(byte));
        let mark = if start == 0 { BYTE_ORDER_MARK } else { b"" };
        let text = line.strip_prefix(mark).unwrap_or(line);
        let is_blank = is_blank(text.strip_suffix(b"\n").unwrap_or(text));
        self.lines += usize::from(!is_blank);
        if !is_last && (is_blank || self.lines < self.next) {
            if !self.waits && self.format.is_some() {
                self.told = self.seen.len();
            }
            return None;
        }
        self.next = self.lines + if self.lines < EACH { 1 } else { self.lines / 4 };
        match self.answer(is_last, is_all, ask) {
            Answer::Wait => (self.waits, self.is_done) = (true, is_last),
            Answer::Binary if self.told > at => {
                // First what is before it; then it is looked at again.
                self.seen.truncate(start);
                self.lines -= usize::from(!is_blank);
                return self.format.map(|format| Told::Last(format, self.told - at));
            }
            Answer::Binary => return Some(Told::Binary),
            Answer::Format(format) => {
                let told = self.settle(format, at);
                self.is_done = is_last;
                return told;
            }
        }
        None
    }

    /// The text that was seen is of this format, or of one before that is tried earlier. Returns what is of
    /// another format before it, if that was not given away.
    fn settle(&mut self, format: FormatId, at: usize) -> Option<Told> {
        self.waits = false;
        let before = self.format.replace(format);
        let is_same = before.is_some_and(|before| before <= format);
        if is_same {
            self.format = before;
        }
        let told = self.told;
        self.told = self.seen.len();
        let old = before.filter(|_| !is_same && told > at)?;
        Some(Told::Last(old, told - at))
    }

    /// The format of what was seen; `is_last`: there is no waiting for more.
    fn answer(
        &self,
        is_last: bool,
        is_all: bool,
        ask: &impl Fn(&[u8], bool) -> Option<FormatId>,
    ) -> Answer {
        if self.has_controls && is_binary(&self.seen, is_all) {
            return if is_last { Answer::Binary } else { Answer::Wait };
        }
        ask(&self.seen, is_all).map_or(Answer::Wait, Answer::Format)
    }
}
