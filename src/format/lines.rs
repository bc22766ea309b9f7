//! The lines of a piece: what all formats of lines have in common.

use memchr::{memchr, memrchr};

use crate::json::FastParser;
use crate::simd::mask::{Escapes, Marks};
pub(super) use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, Ending, Piece};
use crate::table::{LinesBuilder, Origin};

/// Bytes kept of a line that is longer than the limit.
const KEPT: usize = 4 << 10;

/// A line up to what is not UTF-8: its stamp is before that.
pub(super) fn valid(line: &[u8]) -> &str {
    line.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// The text behind a byte order mark, and where it begins. Where the piece is the head of a line that
/// is too long, its row is written, and the error says where it ends.
pub(super) fn begin<'a>(
    piece: &Piece,
    text: &'a [u8],
    max_line: usize,
    rows: &mut LinesBuilder,
) -> Result<(&'a [u8], Place), Place> {
    let bytes = piece.bytes(text);
    let mut place = Place { line: piece.first_line, offset: piece.offset };
    let mut rest = text;
    if place.offset == 0 && rest.starts_with(BYTE_ORDER_MARK) {
        rest = &rest[BYTE_ORDER_MARK.len()..];
        place.offset += BYTE_ORDER_MARK.len() as u64;
    }
    if let Some(length) = piece.cut {
        let length = length - (text.len() - rest.len()) as u64;
        if piece.leaves_out(place.line) {
            rows.count_left_out();
        } else {
            refuse_length(rest, length, max_line, place, rows);
        }
        return Err(Place { line: place.line + 1, offset: piece.offset + bytes });
    }
    Ok((rest, place))
}

/// Writes the row of a line that is too long.
pub(super) fn refuse_length(
    line: &[u8],
    length: u64,
    max_line: usize,
    place: Place,
    rows: &mut LinesBuilder,
) {
    let head = Some(&line[..line.len().min(KEPT)]);
    let reason = format!("the line has {length} bytes, the limit is {max_line}");
    rows.push_malformed(place.line, place.offset, head, reason);
}

/// A line that is text and not blank, without its newline.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a, 'm> {
    pub(super) text: &'a str,
    /// A newline is behind it.
    pub(super) newline: bool,
    pub(super) escapes: Escapes<'m>,
    pub(super) place: Place,
}

/// A line that gives an error row.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) line: &'a [u8],
    pub(super) place: Place,
}

/// Where the lines of a piece end, and what is left of a line there.
pub(super) struct End<'a> {
    place: Place,
    tail: Option<&'a [u8]>,
}

impl End<'_> {
    /// Writes the row that ends an entry that cannot be read further.
    pub(super) fn finish(&self, piece: &Piece, rows: &mut LinesBuilder) {
        finish(piece, self.place, self.tail, rows);
    }
}

/// Calls `take` with the lines of a piece, and writes the rows of those that are none.
pub(super) fn each_line<'a>(
    piece: &Piece,
    text: &'a [u8],
    max_line: usize,
    origin: &'static Origin,
    rows: &mut LinesBuilder,
    take: impl FnMut(&TextLine<'a, '_>, &mut LinesBuilder),
) {
    let mut take = or_refuse(max_line, take);
    let end = each_line_or(piece, text, max_line, origin, rows, |line, rows| match line {
        Err(line) if piece.leaves_out(line.place.line) => rows.count_left_out(),
        line => take(line, rows),
    });
    end.finish(piece, rows);
}

/// Calls `take` with lines, and writes the rows of those that are no text or too long.
pub(super) fn or_refuse<'a>(
    max_line: usize,
    mut take: impl FnMut(&TextLine<'a, '_>, &mut LinesBuilder),
) -> impl FnMut(Result<&TextLine<'a, '_>, &Refused<'a>>, &mut LinesBuilder) {
    move |line, rows| match line {
        Ok(line) => take(line, rows),
        Err(line) => refuse_text(line.line, max_line, line.place, rows),
    }
}

/// Calls `take` with the lines of a piece; what it cannot be read further for is the caller's.
pub(super) fn each_line_or<'a>(
    piece: &Piece,
    text: &'a [u8],
    max_line: usize,
    origin: &'static Origin,
    rows: &mut LinesBuilder,
    take: impl FnMut(Result<&TextLine<'a, '_>, &Refused<'a>>, &mut LinesBuilder),
) -> End<'a> {
    rows.begin(piece.entry, piece.bytes(text) as usize, origin);
    match begin(piece, text, max_line, rows) {
        Ok((rest, first)) => each_line_of(piece, rest, first, max_line, rows, take),
        Err(place) => End { place, tail: None },
    }
}

/// Calls `take` with the lines of the rest of a piece, which begins at `first`.
pub(super) fn each_line_of<'a>(
    piece: &Piece,
    rest: &'a [u8],
    first: Place,
    max_line: usize,
    rows: &mut LinesBuilder,
    mut take: impl FnMut(Result<&TextLine<'a, '_>, &Refused<'a>>, &mut LinesBuilder),
) -> End<'a> {
    let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
    let (mut start, mut number, mut is_suspect) = (0, first.line, false);
    let place = |line, start: usize| Place { line, offset: first.offset + start as u64 };
    let mut marks = Marks::default();
    while start < rest.len() {
        let window = Valid::of(rest, start, is_suspect);
        let valid = window.from(start);
        marks.look_at(valid.as_bytes());
        let mut tell = |text: &'a str, newline, end, place, rows: &mut LinesBuilder| {
            if text.len() > max_line {
                return take(Err(&Refused { line: text.as_bytes(), place }), rows);
            }
            take(Ok(&TextLine { text, newline, escapes: marks.escapes(end), place }), rows);
        };
        let mut at = 0;
        for newline in marks.newlines() {
            let line = &valid[at..newline];
            if !is_blank(line.as_bytes()) {
                tell(line, true, newline, place(number, start + at), rows);
            }
            at = newline + 1;
            number += 1;
        }
        is_suspect = window.is_cut;
        let is_last = window.end() == rest.len();
        start += at;
        if at == valid.len() && !is_suspect {
            continue;
        }
        let end = memchr(b'\n', &rest[start..]).map_or(rest.len(), |length| start + length);
        if partial && end == rest.len() {
            return End { place: place(number, start), tail: Some(&rest[start..]) };
        }
        if is_suspect {
            let line = Refused { line: &rest[start..end], place: place(number, start) };
            take(Err(&line), rows);
        } else if is_last && !is_blank(&valid.as_bytes()[at..]) {
            tell(&valid[at..], false, valid.len(), place(number, start), rows);
        }
        number += 1;
        start = end + 1;
    }
    let offset = first.offset + rest.len() as u64;
    End { place: Place { line: number, offset }, tail: None }
}

/// Writes the row of a line that is too long or not UTF-8.
pub(super) fn refuse_text(line: &[u8], max_line: usize, place: Place, rows: &mut LinesBuilder) {
    if line.len() > max_line {
        return refuse_length(line, line.len() as u64, max_line, place, rows);
    }
    let at = std::str::from_utf8(line).err().map_or(0, |error| error.valid_up_to());
    let reason = format!("invalid UTF-8 at byte {}", at + 1);
    rows.push_malformed(place.line, place.offset, Some(line), reason);
}

/// Text that is looked at as a whole before its lines are: so long that a line seldom stands at its
/// end, so short that it is still in the cache when it is parsed.
const WINDOW: usize = 256 << 10;

/// The longest valid text from some place on, up to about a [`WINDOW`]: as a whole it is told from
/// other bytes at a fraction of the cost of looking at every line.
pub(super) struct Valid<'a> {
    start: usize,
    text: &'a str,
    /// It ends before a byte that is no text.
    pub(super) is_cut: bool,
}

impl<'a> Valid<'a> {
    /// From `start` on, where a line begins. `is_suspect`: there was a byte that is no text just
    /// before.
    pub(super) fn of(bytes: &'a [u8], start: usize, is_suspect: bool) -> Self {
        let rest = &bytes[start..];
        let bytes = match memrchr(b'\n', &rest[..rest.len().min(WINDOW)]) {
            Some(newline) if rest.len() > WINDOW => &rest[..=newline],
            _ => {
                &rest[..memchr(b'\n', &rest[rest.len().min(WINDOW)..])
                    .map_or(rest.len(), |newline| WINDOW + newline + 1)]
            }
        };
        // The faster check runs to the end; the other stops at the first error.
        let whole = if is_suspect { None } else { simdutf8::basic::from_utf8(bytes).ok() };
        let text = whole.unwrap_or_else(|| valid_prefix(bytes));
        Self { start, text, is_cut: text.len() < bytes.len() }
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn from(&self, at: usize) -> &'a str {
        self.text.get(at - self.start..).unwrap_or_default()
    }

    /// A line, if it is text, and whether it stands so near the end that the fast way cannot tell.
    pub(super) fn line(&self, start: usize, end: usize) -> Option<(&'a str, bool)> {
        let line = self.text.get(start - self.start..end - self.start)?;
        Some((line, self.end() - end <= FastParser::MARGIN))
    }
}

fn valid_prefix(bytes: &[u8]) -> &str {
    use simdutf8::compat::from_utf8;
    let valid = from_utf8(bytes).or_else(|error| from_utf8(&bytes[..error.valid_up_to()]));
    valid.unwrap_or_default()
}

/// Where a line begins.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) line: i64,
    pub(super) offset: u64,
}

/// An entry that cannot be read further ends with an error row: the reason, and the unfinished line.
pub(super) fn finish(piece: &Piece, place: Place, tail: Option<&[u8]>, rows: &mut LinesBuilder) {
    if let Ending::Failed { reason, .. } = &piece.ending {
        fail(reason, place, tail, rows);
    }
}

/// Ends an entry that cannot be read further. The row is of the first line of the tail that is not blank.
pub(super) fn fail(reason: &str, place: Place, tail: Option<&[u8]>, rows: &mut LinesBuilder) {
    rows.fail(reason);
    let reason = format!("could not read the rest of the entry: {reason}");
    let (place, tail) = match tail.and_then(|tail| from_first_text(tail, place)) {
        Some((place, tail)) => (place, Some(tail)),
        None => (place, tail),
    };
    rows.push_malformed(place.line, place.offset, tail, reason);
}

/// The text from the first line on that is not blank, and where that begins.
fn from_first_text(text: &[u8], mut place: Place) -> Option<(Place, &[u8])> {
    let mut start = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if !is_blank(line.strip_suffix(b"\n").unwrap_or(line)) {
            place.offset += start as u64;
            return Some((place, &text[start..]));
        }
        start += line.len();
        place.line += 1;
    }
    None
}
