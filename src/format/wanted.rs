//! The lines of a piece that may have what is searched for. The others are counted, because rows need
//! physical line numbers, but not decoded.

use memchr::memchr;

use super::lines::{Place, TextLine, each_line, each_line_of, or_refuse};
use crate::query::{Line, Marks, Wanted, Writing};
use crate::simd::newlines;
use crate::source::{BYTE_ORDER_MARK, Ending, Piece};
use crate::table::{LinesBuilder, Origin};

/// What a piece is searched for, if lines of it may be left out. A piece that is the head of a line, or ends
/// where the entry cannot be read further, is decoded whole for its error row; one with lines that
/// another entry holds, to count them.
pub(super) fn search_of<T>(piece: &Piece, wanted: Option<T>) -> Option<T> {
    let is_whole = piece.cut.is_none()
        && !matches!(piece.ending, Ending::Failed { .. })
        && piece.left_out.is_none();
    wanted.filter(|_| is_whole)
}

/// Lines one after the other that all may be wanted.
pub(super) struct Run<'a> {
    /// The lines, with their newlines.
    pub(super) text: &'a [u8],
    /// Where the first one begins.
    pub(super) place: Place,
    /// The lines between the run before it, or the beginning of the piece, and this one.
    pub(super) skipped: &'a [u8],
}

/// Calls `take` with the lines of a piece that `next` finds: the first one that may be wanted and begins at an
/// offset or after it. Lines next to one another are given together, so that many of them cost no more
/// than a piece that is decoded whole.
pub(super) fn each_run<'a>(
    piece: &Piece,
    text: &'a [u8],
    mut next: impl FnMut(usize) -> Option<Line>,
    mut take: impl FnMut(Run<'a>),
) {
    let is_marked = piece.offset == 0 && text.starts_with(BYTE_ORDER_MARK);
    let mut start = if is_marked { BYTE_ORDER_MARK.len() } else { 0 };
    let (mut number, mut counted) = (piece.first_line, start);
    let mut found = next(start);
    while let Some(Line { start: from, end }) = found {
        let skipped = &text[start..from];
        let mut last = end;
        loop {
            start = text.len().min(last + 1);
            found = if start < text.len() { next(start) } else { None };
            match found {
                Some(line) if line.start == start => last = line.end,
                _ => break,
            }
        }
        number += newlines(&text[counted..from]) as i64;
        counted = from;
        let place = Place { line: number, offset: piece.offset + from as u64 };
        take(Run { text: &text[from..start], place, skipped });
    }
}

/// As [`each_line`], but only lines that may have what is `wanted`.
pub(super) fn each_wanted_line<'a>(
    piece: &Piece,
    text: &'a [u8],
    wanted: (Wanted<'_>, Writing),
    max_line: usize,
    origin: &'static Origin,
    rows: &mut LinesBuilder,
    take: impl FnMut(&TextLine<'a, '_>, &mut LinesBuilder),
) {
    let Some(next) = wanted_lines(piece, text, wanted) else {
        return each_line(piece, text, max_line, origin, rows, take);
    };
    rows.begin(piece.entry, piece.bytes(text) as usize, origin);
    let mut take = or_refuse(max_line, take);
    each_run(piece, text, next, |run| {
        each_line_of(piece, run.text, run.place, max_line, rows, &mut take);
    });
}

/// Whether a piece of JSON has no row that is wanted: nothing is in it, and in what came before it and belongs to
/// its records, that their messages would have. For records that may be of several lines, or of parts of one.
pub(super) fn is_vain(piece: &Piece, text: &[u8], wanted: Wanted<'_>) -> bool {
    let needles = search_of(piece, wanted.needles).filter(|needles| needles.are_plain());
    needles.is_some_and(|needles| {
        [text, &piece.context].iter().all(|text| needles.begin(text, Writing::Mixed).are_none())
    })
}

/// Whether a record of JSON may have all of what is wanted.
pub(super) fn may_be(wanted: Wanted<'_>, record: &[u8]) -> bool {
    let Wanted { needles, levels, times } = wanted;
    needles.is_none_or(|needles| !needles.begin(record, Writing::Mixed).are_none())
        && levels.is_none_or(|levels| levels.are_in(record))
        && times.is_none_or(|times| times.are_in(record))
}

/// What finds the lines of a piece that may have all of what is wanted; `None` if all must be decoded.
pub(super) fn wanted_lines<'t>(
    piece: &Piece,
    text: &'t [u8],
    (wanted, writing): (Wanted<'t>, Writing),
) -> Option<impl FnMut(usize) -> Option<Line>> {
    let mut next = finder(search_of(piece, Some(wanted))?, writing, text)?;
    // What only candidates are asked for: few lines have a literal, fewer than a level.
    let Wanted { needles, levels, times } = wanted;
    let times = times.filter(|_| needles.is_some() || levels.is_some());
    let levels = levels.filter(|_| needles.is_some());
    let may_be = move |line: &Line| {
        let line = &text[line.start..line.end];
        levels.is_none_or(|levels| levels.are_in(line))
            && times.is_none_or(|times| times.are_in(line))
    };
    let mut dense = Dense::default();
    Some(move |mut from| {
        if let Some(end) = dense.end(text, from) {
            return Some(Line { start: from, end });
        }
        while from < text.len() {
            let line = next(from)?;
            if may_be(&line) {
                dense.note(&line, from);
                return Some(line);
            }
            from = line.end + 1;
        }
        None
    })
}

/// Where line after line may be wanted, most of the next ones are not looked at: that would cost more than it
/// saves.
#[derive(Default)]
struct Dense {
    /// Bytes of lines next to one another that were looked at.
    looked: usize,
    /// Bytes that were taken after those without a look.
    taken: usize,
}

impl Dense {
    /// Bytes that are looked at before any are taken.
    const LOOK: usize = 4 << 10;

    /// The most that are taken at once.
    const MOST: usize = 64 << 10;

    /// The end of the lines from an offset on that are taken without a look.
    fn end(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if self.looked < Self::LOOK {
            return None;
        }
        self.taken = (2 * self.taken).clamp(Self::LOOK, Self::MOST);
        // A quarter of that look is enough from now on.
        self.looked -= Self::LOOK / 4;
        let end = text.len().min(from + self.taken);
        Some(memchr(b'\n', &text[end..]).map_or(text.len(), |newline| end + newline))
    }

    /// Notes a line that was found by a look from an offset on.
    fn note(&mut self, line: &Line, from: usize) {
        if line.start != from {
            *self = Self::default();
        }
        self.looked = Self::LOOK.min(self.looked + line.end - line.start);
    }
}

/// Finds the first line from an offset on, which begins a line.
type Next<'t> = Box<dyn FnMut(usize) -> Option<Line> + 't>;

/// What finds the lines that have the rarest of what is wanted.
fn finder<'t>(wanted: Wanted<'t>, writing: Writing, text: &'t [u8]) -> Option<Next<'t>> {
    Some(match wanted {
        Wanted { needles: Some(needles), .. } => {
            let mut places = needles.begin(text, writing);
            Box::new(move |from| needles.next_line(text, from, &mut places))
        }
        Wanted { levels: Some(levels), .. } => {
            let mut places = levels.begin(text, writing);
            Box::new(move |from| levels.next_line(text, from, &mut places))
        }
        Wanted { times: Some(times), .. } => {
            let mut places = times.begin(text, writing);
            Box::new(move |from| times.next_line(text, from, &mut places))
        }
        Wanted { .. } => return None,
    })
}
