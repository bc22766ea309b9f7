//! The lines of a piece that may have what is searched for. Only a line that is a row by itself is left out
//! before it is decoded: a text that is joined may have a literal that none of its lines has.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::parts::{Closed, pass};
use crate::format::joining::Open;
use crate::format::wanted::search_of;
use crate::json::value_as_text;
use crate::query::{Line, Marks, NeedlePlaces, Needles, Wanted, Writing};
use crate::source::Piece;

/// Finds what may hide a literal in an object that `log` has, which is written twice: see [`nested`].
static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r"\u00"));

/// The key of a message of bytes.
static BYTES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"MESSAGE\""#));

/// The first escape in an object that `log` has: its backslash is escaped in turn (`\\u00`, `\u005cu00`), and so may its
/// letters and digits be (`\\u\u00300`). The escapes that Go writes of `<`, `>` and `&` are none.
fn nested(text: &[u8]) -> Option<usize> {
    ESCAPE.find_iter(text).find(|&at| {
        let code = text.get(at + 4..at + 6).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        let is_part = |code: u8| code.is_ascii_alphanumeric() || code == b'\\';
        at > 0 && text[at - 1] == b'\\' || code.is_none_or(is_part)
    })
}

/// Finds the first place of something in a text.
type Find = fn(&[u8]) -> Option<usize>;

/// What lines are decoded for, whatever is searched for.
const FIND: [Find; 2] = [nested, |text| BYTES.find(text)];

/// Finds the lines that may be wanted.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    wanted: Wanted<'t>,
    literals: Option<Literals<'t>>,
    open: Open,
    max_line: usize,
}

impl<'t> Lines<'t> {
    /// `None` if all lines must be decoded.
    pub(super) fn of(
        piece: &Piece,
        text: &'t [u8],
        wanted: Wanted<'t>,
        max_line: usize,
    ) -> Option<Self> {
        let wanted = search_of(piece, Some(wanted))?;
        let Wanted { needles, levels, times } = wanted;
        if needles.is_none() && levels.is_none() && times.is_none() {
            return None;
        }
        let literals = needles.map(|needles| Literals::begin(needles, text));
        Some(Self { text, wanted, literals, open: Open::default(), max_line })
    }

    /// The first line from an offset on, which begins a line, that may be wanted.
    pub(super) fn next(&mut self, mut from: usize) -> Option<Line> {
        while let Some(rest) = self.text.get(from..).filter(|rest| !rest.is_empty()) {
            let end = memchr(b'\n', rest).map_or(self.text.len(), |newline| from + newline);
            if self.may_be(from, &self.text[from..end]) {
                return Some(Line { start: from, end });
            }
            from = end + 1;
        }
        None
    }

    fn may_be(&mut self, start: usize, line: &[u8]) -> bool {
        // It gives an error row, and is no part of a text.
        if line.len() > self.max_line {
            return true;
        }
        let Some(closed) = pass(&mut self.open, line) else { return true };
        let Wanted { levels, times, .. } = self.wanted;
        if self.literals.as_mut().is_some_and(|literals| !literals.are_in_line(start)) {
            return false;
        }
        let is_outside = times.is_some_and(|times| times.exclude_text(closed.time));
        if levels.is_none() && !is_outside {
            return true;
        }
        match Inner::of(&closed) {
            // The row has the line's time, and no level.
            Inner::Text => false,
            Inner::Object(object) => {
                levels.is_none_or(|levels| levels.are_in(object.as_bytes()))
                    && (!is_outside || times.is_none_or(|times| times.are_in(object.as_bytes())))
            }
            Inner::Unknown => true,
        }
    }
}

/// What a `log` has.
enum Inner {
    Text,
    /// Perhaps an object, decoded.
    Object(String),
    /// It is no valid string.
    Unknown,
}

impl Inner {
    fn of(closed: &Closed<'_>) -> Self {
        // Most texts begin with a letter.
        if closed.log.get(1).is_some_and(u8::is_ascii_alphanumeric) {
            return Self::Text;
        }
        let log = std::str::from_utf8(closed.log).ok().and_then(value_as_text);
        match log {
            Some(log) if log.trim_start().starts_with('{') => Self::Object(log.into_owned()),
            Some(_) => Self::Text,
            None => Self::Unknown,
        }
    }
}

/// Finds the lines that may have a literal.
struct Literals<'t> {
    text: &'t [u8],
    needles: &'t Needles,
    places: NeedlePlaces,
    /// Where the next of [`nested`] and [`BYTES`] are.
    hidden: [Option<usize>; 2],
    /// The next line, of those asked for so far.
    found: Option<Line>,
}

impl<'t> Literals<'t> {
    fn begin(needles: &'t Needles, text: &'t [u8]) -> Self {
        let places = needles.begin(text, Writing::Mixed);
        let hidden = FIND.map(|find| find(text));
        let mut own = Self { text, needles, places, hidden, found: None };
        own.found = own.next_line(0);
        own
    }

    /// Whether the line that begins at an offset may have one. To be asked for lines in their order.
    fn are_in_line(&mut self, start: usize) -> bool {
        if self.found.is_some_and(|line| line.start < start) {
            self.found = self.next_line(start);
        }
        self.found.is_some_and(|line| line.start == start)
    }

    /// The first line at or after an offset, which begins a line.
    fn next_line(&mut self, from: usize) -> Option<Line> {
        for (place, find) in self.hidden.iter_mut().zip(FIND) {
            if place.is_some_and(|at| at < from) {
                *place = find(&self.text[from..]).map(|at| from + at);
            }
        }
        let hidden = self.hidden.iter().flatten().min();
        let hidden = hidden.map(|&at| Line::around(self.text, from, at));
        let literal = self.needles.next_line(self.text, from, &mut self.places);
        [hidden, literal].into_iter().flatten().min_by_key(|line| line.start)
    }
}
