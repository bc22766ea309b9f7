//! Lines that begin with a stamp, and lines without one, which continue those.
//!
//! A stack trace has the time and level of the line that it follows. Pieces are decoded in any order, so
//! [`Stamped`] hands each piece the last stamped line before it as its context, and [`Decoder`] reads that
//! line before its own.

use memchr::memrchr;

use super::Decode;
use super::lines::{each_line_or, is_blank, refuse};
use crate::query::Needles;
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

pub(super) use super::clock::Clock;

/// What a line gives to the lines after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Nothing: it has no stamp and continues the line before it.
    None,
    /// A time; its level is that of a line before it. Apify stamps each line of a stack trace.
    Time,
    /// Time and level: nothing before it matters any more.
    Whole,
}

/// Cuts at newlines. The context is the last line that gives both time and level, a newline, and the last
/// line after it that gives a time, if any.
pub(super) struct Stamped {
    /// What a line of the format gives.
    anchor: fn(&str) -> Anchor,
    /// The last line with [`Anchor::Whole`] up to the last cut; empty before the first.
    whole: Vec<u8>,
    /// The last line with [`Anchor::Time`] after that one; empty if there is none.
    time: Vec<u8>,
}

impl Stamped {
    /// `anchor` is called for one line or a few per cut, from the last one backwards.
    pub(super) fn new(anchor: fn(&str) -> Anchor) -> Self {
        Self { anchor, whole: Vec::new(), time: Vec::new() }
    }

    /// Updates the context from a text that ends without its last newline. Reads backwards, because the last
    /// stamped line is all that counts and is near the end.
    fn look_at(&mut self, text: &[u8]) {
        let mut time = None;
        let mut rest = text;
        while !rest.is_empty() {
            let start = memrchr(b'\n', rest).map_or(0, |newline| newline + 1);
            let line = &rest[start..];
            rest = &rest[..start.saturating_sub(1)];
            if is_blank(line) {
                continue;
            }
            match std::str::from_utf8(line).map_or(Anchor::None, self.anchor) {
                Anchor::None => {}
                Anchor::Time => {
                    // The first that is found backwards is the last one.
                    time.get_or_insert(line);
                }
                Anchor::Whole => {
                    self.whole = line.to_vec();
                    self.time = time.unwrap_or_default().to_vec();
                    return;
                }
            }
        }
        // No line of this text gives a level: that of the texts before still holds.
        if let Some(time) = time {
            self.time = time.to_vec();
        }
    }
}

impl Framing for Stamped {
    /// Every newline is a place to cut; a stack trace may be cut in two, because the context has its time.
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        let newline = memrchr(b'\n', text)?;
        // The line after the cut is not part of the text yet.
        self.look_at(&text[..newline]);
        Some(newline + 1)
    }

    /// A line that gives only a time needs the level of a line before it.
    fn begins_anew(&self, line: &[u8]) -> bool {
        std::str::from_utf8(line).is_ok_and(|line| (self.anchor)(line) == Anchor::Whole)
    }

    /// Read back by [`context_lines`].
    fn context(&self) -> Vec<u8> {
        [&self.whole, &b"\n"[..], &self.time].concat()
    }
}

/// Reads the stamp of a line; returns it and the text after it, `None` if the line has none.
pub(super) type Read = for<'a> fn(&'a str, &mut Clock) -> Option<(Stamp<'a>, &'a str)>;

/// The anchor of a line in a format in which every stamp has its own level, or none.
pub(super) fn whole_if(read: Read, line: &str) -> Anchor {
    if read(line, &mut Clock::default()).is_some() { Anchor::Whole } else { Anchor::None }
}

/// Decodes lines that have a stamp each, or continue the last one: `github`, `azure`, `firstgen`,
/// `stamped`.
pub(super) struct Decoder<R> {
    /// A function's own type rather than a pointer, so that it is inlined.
    pub(super) read: R,
    pub(super) origin: &'static Origin,
    /// A message by which the platform says that it cut the log: such rows are counted.
    pub(super) cut_mark: Option<&'static str>,
    pub(super) max_line: usize,
}

impl<R> Decode for Decoder<R>
where
    R: for<'a> Fn(&'a str, &mut Clock) -> Option<(Stamp<'a>, &'a str)> + Send,
{
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Option<&Needles>, rows: &mut LinesBuilder) {
        let Self { read, origin, cut_mark, max_line } = self;
        let mut clock = Clock::default();
        // The stamp of the last line before the piece, if any has one.
        let before = context_lines(&piece.context).filter_map(|line| read(line, &mut clock)).last();
        let mut last = before.map(|(stamp, _)| stamp);
        let end = each_line_or(piece, text, *max_line, origin, rows, |line, rows| {
            let line = match line {
                Ok(line) => line,
                Err(refused) => {
                    // It is a stamp to the lines after it all the same, as it is to the framing.
                    let own = std::str::from_utf8(refused.line).ok();
                    let own = own.and_then(|line| read(line, &mut clock));
                    last = own.map(|(stamp, _)| stamp).or(last);
                    return refuse(piece, refused, *max_line, rows);
                }
            };
            let own = read(line.text, &mut clock);
            let (stamp, text) = own.unwrap_or((last.unwrap_or_default(), line.text));
            let is_continued = own.is_none() && last.is_some();
            // Also of a line that is left out: the lines after it may not be.
            last = own.map(|(stamp, _)| stamp).or(last);
            if piece.leaves_out(line.place.line) {
                return rows.count_left_out();
            }
            rows.push_text(&TextRow {
                line: line.place.line,
                stamp,
                message: ["", text],
                newline: line.newline,
                escapes: line.escapes,
                continued: is_continued,
            });
            // The raw text is a cheap test first; the message has no colours and line end.
            if cut_mark.is_some_and(|mark| {
                text.starts_with(mark) && rows.last_message() == mark.as_bytes()
            }) {
                rows.count_cut();
            }
        });
        end.finish(piece, rows);
    }
}

/// The lines of a [`Stamped`] context, from none to two, the older one first.
pub(super) fn context_lines(context: &[u8]) -> impl Iterator<Item = &str> {
    let lines = context.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok())
}
