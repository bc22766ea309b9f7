//! The lines of a piece: what all formats of lines have in common.
//!
//! A piece is checked for UTF-8 in windows rather than line by line, the newlines and escape characters of
//! a window are found at once, and lines that are blank, too long or not text are sorted out before a
//! format sees them.

use memchr::{memchr, memchr_iter, memrchr};

use crate::json::FastParser;
use crate::simd::mask::{Escapes, Marks};
pub(super) use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, Ending, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// Bytes of a line longer than the limit that its error row shows.
const KEPT: usize = 4 << 10;

/// The part of a line before the first byte that is not UTF-8: enough to see a stamp at its beginning.
pub(super) fn valid(bytes: &[u8]) -> &str {
    // Unlike the basic check, this one says where the first error is.
    use simdutf8::compat::from_utf8;
    let valid = from_utf8(bytes).or_else(|error| from_utf8(&bytes[..error.valid_up_to()]));
    valid.unwrap_or_default()
}

/// What is before and after the first such ASCII character, which is near; the library's search costs more than a look at
/// each byte.
#[inline]
pub(super) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.as_bytes().iter().position(|own| *own == byte)?;
    Some((&text[..at], &text[at + 1..]))
}

/// The text of a piece after a byte order mark, and where it begins. If the piece is the head of a line that
/// is too long, writes that line's row and returns `Err` with the place after the line: there is nothing
/// else in the piece.
pub(super) fn begin<'a>(
    piece: &Piece,
    text: &'a [u8],
    max_line: usize,
    rows: &mut LinesBuilder,
) -> Result<(&'a [u8], Place), Place> {
    let mut place = Place { line: piece.first_line, offset: piece.offset };
    if let Some(long) = piece.cut {
        // A byte order mark, and brackets that the record is in.
        let (before, head) = text.split_at(long.before.min(text.len()));
        place.line += memchr_iter(b'\n', before).count() as i64;
        place.offset += before.len() as u64;
        // Another entry holds the line: it is counted there.
        if piece.leaves_out(place.line) {
            rows.count_left_out();
        } else {
            refuse_length(head, long.length, max_line, place, rows);
        }
        let line = piece.first_line + long.lines.newlines.max(1);
        return Err(Place { line, offset: piece.offset + long.bytes });
    }
    let mut rest = text;
    if place.offset == 0 && rest.starts_with(BYTE_ORDER_MARK) {
        rest = &rest[BYTE_ORDER_MARK.len()..];
        place.offset += BYTE_ORDER_MARK.len() as u64;
    }
    Ok((rest, place))
}

/// Writes the error row of a line of `length` bytes; `line` is all of it, or as much as was kept.
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

/// A line of valid UTF-8 that is not blank and not too long.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a, 'm> {
    /// Without the newline; a `\r` before it is still there.
    pub(super) text: &'a str,
    /// The same, and what follows it in the window.
    pub(super) onward: &'a str,
    /// A newline follows; the last line of an entry may have none.
    pub(super) newline: bool,
    /// The escape characters of the window up to the line's end, found for all lines at once.
    pub(super) escapes: Escapes<'m>,
    pub(super) place: Place,
}

impl<'a> TextLine<'a, 'a> {
    /// The row of a line with a stamp and a message.
    #[inline]
    pub(super) fn row<'r>(&self, stamp: Stamp<'r>, message: [&'r str; 2]) -> TextRow<'r>
    where
        'a: 'r,
    {
        TextRow {
            line: self.place.line,
            stamp,
            message,
            newline: self.newline,
            escapes: self.escapes,
            is_epoch: false,
            continued: false,
        }
    }
}

/// A line that gives an error row, because it is too long or not UTF-8.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) line: &'a [u8],
    pub(super) place: Place,
}

/// Where the lines of a piece end, and the unfinished line there if the entry cannot be read further.
pub(super) struct End<'a> {
    place: Place,
    tail: Option<&'a [u8]>,
}

impl End<'_> {
    /// Writes the row that ends an entry that cannot be read further; nothing for other endings.
    pub(super) fn finish(&self, piece: &Piece, rows: &mut LinesBuilder) {
        finish(piece, self.place, self.tail, rows);
    }
}

/// Calls `take` with the lines of a piece and writes the error rows of the others, and of the entry's end.
/// Most formats of lines need no more than this.
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

/// Turns a function that takes lines into one that writes the error rows of refused lines itself.
pub(super) fn or_refuse<'a>(
    max_line: usize,
    mut take: impl FnMut(&TextLine<'a, '_>, &mut LinesBuilder),
) -> impl FnMut(Result<&TextLine<'a, '_>, &Refused<'a>>, &mut LinesBuilder) {
    move |line, rows| match line {
        Ok(line) => take(line, rows),
        Err(line) => refuse_text(line.line, max_line, line.place, rows),
    }
}

/// Calls `take` with the lines of a piece, refused ones included. The caller has to
/// [finish](End::finish) the piece when its own rows are written.
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

/// Calls `take` with the lines of `rest`, a part of a piece that begins at `first` and ends with the piece.
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
        // Each turn takes a window of valid text, and the line with the bad byte after it if there is one.
        let window = Valid::of(rest, start, is_suspect);
        let valid = window.from(start);
        marks.look_at(valid.as_bytes());
        let mut tell = |text: &'a str, newline, end, place, rows: &mut LinesBuilder| {
            if text.len() > max_line {
                return take(Err(&Refused { line: text.as_bytes(), place }), rows);
            }
            let onward = &valid[end - text.len()..];
            let escapes = marks.escapes(end);
            take(Ok(&TextLine { text, onward, newline, escapes, place }), rows);
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
        // `at` is after the window's last newline now: the line there is unfinished in this window.
        is_suspect = window.is_cut;
        let is_last = window.end() == rest.len();
        start += at;
        if at == valid.len() && !is_suspect {
            continue;
        }
        let end = memchr(b'\n', &rest[start..]).map_or(rest.len(), |length| start + length);
        // The rest of this line could not be read, so it is not a line yet.
        if partial && end == rest.len() {
            return End { place: place(number, start), tail: Some(&rest[start..]) };
        }
        // The line that has the bad byte. The window before it ended there, within the line.
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

/// Writes the row of a line that is refused, unless another entry holds it.
pub(super) fn refuse(piece: &Piece, line: &Refused<'_>, max_line: usize, rows: &mut LinesBuilder) {
    if piece.leaves_out(line.place.line) {
        return rows.count_left_out();
    }
    refuse_text(line.line, max_line, line.place, rows);
}

/// Writes the row of a line that is too long, or is not UTF-8: the reason names the byte, from 1.
pub(super) fn refuse_text(line: &[u8], max_line: usize, place: Place, rows: &mut LinesBuilder) {
    if line.len() > max_line {
        return refuse_length(line, line.len() as u64, max_line, place, rows);
    }
    let at = std::str::from_utf8(line).err().map_or(0, |error| error.valid_up_to());
    let reason = format!("invalid UTF-8 at byte {}", at + 1);
    rows.push_malformed(place.line, place.offset, Some(line), reason);
}

/// Bytes checked as a whole before their lines are parsed: so many that a line seldom is at their end, so
/// few that they are still in the cache then.
const WINDOW: usize = 256 << 10;

/// The longest valid text from some place on, up to about a [`WINDOW`]: checking it as a whole costs a
/// fraction of checking every line.
pub(super) struct Valid<'a> {
    /// Where the text begins in the bytes it was taken from; all other places are of those, too.
    start: usize,
    text: &'a str,
    /// It ends before a byte that is not UTF-8.
    pub(super) is_cut: bool,
}

impl<'a> Valid<'a> {
    /// The window from `start` on, where a line begins. `is_suspect`: the window before ended at a bad byte,
    /// so more of them are likely.
    pub(super) fn of(bytes: &'a [u8], start: usize, is_suspect: bool) -> Self {
        let rest = &bytes[start..];
        let bytes = match memrchr(b'\n', &rest[..rest.len().min(WINDOW)]) {
            Some(newline) if rest.len() > WINDOW => &rest[..=newline],
            // The whole rest, or up to the end of the line that is longer than the window.
            _ => {
                &rest[..memchr(b'\n', &rest[rest.len().min(WINDOW)..])
                    .map_or(rest.len(), |newline| WINDOW + newline + 1)]
            }
        };
        // The faster check runs to the end; the other stops at the first error.
        let whole = if is_suspect { None } else { simdutf8::basic::from_utf8(bytes).ok() };
        let text = whole.unwrap_or_else(|| valid(bytes));
        Self { start, text, is_cut: text.len() < bytes.len() }
    }

    /// The offset after the text.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The text from an offset on; empty beyond its end.
    pub(super) fn from(&self, at: usize) -> &'a str {
        self.text.get(at - self.start..).unwrap_or_default()
    }

    /// A line, if it is valid, and whether it is so near the end of the window that the fast parser, which
    /// loads whole chunks, would read past it.
    pub(super) fn line(&self, start: usize, end: usize) -> Option<(&'a str, bool)> {
        let line = self.text.get(start - self.start..end - self.start)?;
        Some((line, self.end() - end <= FastParser::MARGIN))
    }
}

/// Where a line begins in its entry.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Physical line, from 1.
    pub(super) line: i64,
    /// Bytes of the entry's text before it.
    pub(super) offset: u64,
}

/// Ends a piece: an entry that cannot be read further gets an error row with the reason and the unfinished
/// line.
pub(super) fn finish(piece: &Piece, place: Place, tail: Option<&[u8]>, rows: &mut LinesBuilder) {
    if let Ending::Failed { reason, .. } = &piece.ending {
        fail(reason, place, tail, rows);
    }
}

/// Ends an entry that cannot be read further. The row is that of the first line of the tail that is not
/// blank, because blank lines have no rows.
pub(super) fn fail(reason: &str, place: Place, tail: Option<&[u8]>, rows: &mut LinesBuilder) {
    rows.fail(reason);
    let reason = format!("could not read the rest of the entry: {reason}");
    let (place, tail) = match tail.and_then(|tail| from_first_text(tail, place)) {
        Some((place, tail)) => (place, Some(tail)),
        None => (place, tail),
    };
    rows.push_malformed(place.line, place.offset, tail, reason);
}

/// The text from its first line on that is not blank, and the place of that line; `None` if all are.
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
