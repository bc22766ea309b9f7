//! Lines that begin with a stamp, and lines without one, which continue those.

use memchr::memrchr;

use super::Decode;
use super::lines::{each_line, is_blank};
use crate::query::Needles;
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

pub(super) use super::clock::Clock;

/// What a line is to those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Nothing: it continues what is before it.
    None,
    /// It has a time, but goes on with the level before it.
    Time,
    /// All that follows takes time and level from it.
    Whole,
}

/// Cuts at newlines; the context is the last line that lines behind it continue, and behind that the
/// last one with a time if it is another.
pub(super) struct Stamped {
    anchor: fn(&str) -> Anchor,
    whole: Vec<u8>,
    time: Vec<u8>,
}

impl Stamped {
    pub(super) fn new(anchor: fn(&str) -> Anchor) -> Self {
        Self { anchor, whole: Vec::new(), time: Vec::new() }
    }

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
                    time.get_or_insert(line);
                }
                Anchor::Whole => {
                    self.whole = line.to_vec();
                    self.time = time.unwrap_or_default().to_vec();
                    return;
                }
            }
        }
        if let Some(time) = time {
            self.time = time.to_vec();
        }
    }
}

impl Framing for Stamped {
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        let newline = memrchr(b'\n', text)?;
        self.look_at(&text[..newline]);
        Some(newline + 1)
    }

    fn begins_anew(&self, line: &[u8]) -> bool {
        std::str::from_utf8(line).is_ok_and(|line| (self.anchor)(line) == Anchor::Whole)
    }

    fn context(&self) -> Vec<u8> {
        [&self.whole, &b"\n"[..], &self.time].concat()
    }
}

/// The stamp of a line, and its text.
pub(super) type Read = for<'a> fn(&'a str, &mut Clock) -> Option<(Stamp<'a>, &'a str)>;

/// What a line is where each with a stamp stands for itself.
pub(super) fn whole_if(read: Read, line: &str) -> Anchor {
    if read(line, &mut Clock::default()).is_some() { Anchor::Whole } else { Anchor::None }
}

/// Decodes lines that have a stamp each, or go on with the last one.
pub(super) struct Decoder<R> {
    pub(super) read: R,
    pub(super) origin: &'static Origin,
    /// A message that tells of a cut.
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
        let before = context_lines(&piece.context).filter_map(|line| read(line, &mut clock)).last();
        let mut last = before.map(|(stamp, _)| stamp);
        each_line(piece, text, *max_line, origin, rows, |line, rows| {
            let own = read(line.text, &mut clock);
            let (stamp, text) = own.unwrap_or((last.unwrap_or_default(), line.text));
            let is_continued = own.is_none() && last.is_some();
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
            if cut_mark.is_some_and(|mark| {
                text.starts_with(mark) && rows.last_message() == mark.as_bytes()
            }) {
                rows.count_cut();
            }
        });
    }
}

/// The lines of a context.
pub(super) fn context_lines(context: &[u8]) -> impl Iterator<Item = &str> {
    let lines = context.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok())
}
