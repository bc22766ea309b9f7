//! The lines of a piece that may have what is searched for. The others are counted, because rows need
//! physical line numbers, but not decoded.

use memchr::memchr_iter;

use super::lines::{Place, TextLine, each_line, each_line_of, or_refuse};
use crate::query::{LevelMarks, Line, Needles, Wanted, Writing};
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
        number += memchr_iter(b'\n', &text[counted..from]).count() as i64;
        counted = from;
        let place = Place { line: number, offset: piece.offset + from as u64 };
        take(Run { text: &text[from..start], place, skipped });
    }
}

/// As [`each_line`], but only lines that may have what is `wanted`.
pub(super) fn each_wanted_line<'a>(
    piece: &Piece,
    text: &'a [u8],
    (wanted, writing): (Wanted<'_>, Writing),
    max_line: usize,
    origin: &'static Origin,
    rows: &mut LinesBuilder,
    take: impl FnMut(&TextLine<'a, '_>, &mut LinesBuilder),
) {
    // Fewer lines have the needle than a level, so one search is enough.
    let search = match wanted {
        Wanted { needles: Some(needles), .. } => Some(Search::Needles(needles)),
        Wanted { levels, .. } => levels.map(Search::Levels),
    };
    let Some(search) = search_of(piece, search) else {
        return each_line(piece, text, max_line, origin, rows, take);
    };
    rows.begin(piece.entry, piece.bytes(text) as usize, origin);
    let mut take = or_refuse(max_line, take);
    let mut take = |run: Run<'a>| {
        each_line_of(piece, run.text, run.place, max_line, rows, &mut take);
    };
    match search {
        Search::Needles(needles) => {
            let mut places = needles.begin(text, writing);
            each_run(piece, text, |from| needles.next_line(text, from, &mut places), &mut take);
        }
        Search::Levels(levels) => {
            each_run(piece, text, |from| levels.next_line(text, from), &mut take);
        }
    }
}

/// How lines that may be wanted are found.
enum Search<'n> {
    Needles(&'n Needles),
    Levels(&'n LevelMarks),
}
