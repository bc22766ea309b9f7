//! Texts that come in parts, each in a line: the parts of a stream are joined to a row, and rows are in the order of
//! their first lines, so those after an unfinished text wait for it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use memchr::{memchr_iter, memrchr};

use super::lines::{Place, Refused, TextLine, each_line_or, refuse_text};
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin};

/// What decides whether a line is joined to others.
pub(super) struct Part<'a> {
    /// The text, without what separates it from the next.
    pub(super) text: Cow<'a, str>,
    /// The stream that it is of.
    pub(super) stream: Cow<'a, str>,
    /// Its time, as it is to be in `extra`.
    pub(super) time: Cow<'a, str>,
    /// Its text continues in the next part of its stream.
    pub(super) is_open: bool,
}

/// The text that a stream has written so far.
pub(super) struct Text {
    /// Where its first part is: that line and time are the row's.
    pub(super) place: Place,
    /// The line of its first part, for the other members.
    pub(super) first: String,
    /// The parts so far, joined.
    pub(super) message: String,
    /// Times of the parts after the first.
    times: Vec<String>,
    /// Which of the piece's lines it began with, from 1: rows are in that order.
    order: usize,
}

impl Text {
    /// What `extra` has of the line, and the times of the other parts as `joined`.
    pub(super) fn extra(&self, own: Option<&str>) -> Option<String> {
        let joined = format!("\"joined\":[{}]", self.times.join(","));
        match own {
            _ if self.times.is_empty() => own.map(str::to_owned),
            // Without the closing brace of the object, which is written again.
            Some(own) => Some(format!("{},{joined}}}", &own[..own.len() - 1])),
            None => Some(format!("{{{joined}}}")),
        }
    }
}

/// A finished row that waits, because a text that began before it is still open.
enum Waiting {
    /// A line by itself.
    Line(String, Place),
    /// A text that is finished, or ended by the end of the piece.
    Joined(Text),
    /// A line that is too long or not UTF-8.
    Refused(Vec<u8>, Place),
}

/// The lines of a format whose texts come in parts.
pub(super) trait Parts {
    /// Whether a line is a row by itself if no text is open. A quick look, which may say no.
    fn is_row(&self, line: &[u8]) -> bool;

    /// `None`: the line is a row by itself, whatever is open.
    fn part<'a>(&mut self, line: &'a str) -> Option<Part<'a>>;

    /// Writes the row of a line by itself, which is given with a text that begins with it.
    fn push(&mut self, line: (&str, &str), place: Place, rows: &mut LinesBuilder);

    /// Writes the row of a joined text.
    fn push_joined(&mut self, text: &Text, rows: &mut LinesBuilder);

    /// The longest line in bytes, and the longest joined text.
    fn max_line(&self) -> usize;
}

/// The texts that are open, and the rows that wait for them.
#[derive(Default)]
pub(super) struct Joining {
    /// By stream; a crafted log may have thousands.
    open: HashMap<String, Text>,
    /// Rows in the order of their first lines: those after an open text wait for it.
    waiting: Vec<(usize, Waiting)>,
    /// How many lines there were.
    order: usize,
}

impl Joining {
    /// Writes the row of a line, or joins it to an open text.
    pub(super) fn take(
        &mut self,
        line: Result<&TextLine<'_, '_>, &Refused<'_>>,
        parts: &mut impl Parts,
        rows: &mut LinesBuilder,
    ) {
        let Self { open, waiting, order } = self;
        *order += 1;
        let line = match line {
            Ok(line) => line,
            Err(refused) if open.is_empty() => {
                return refuse_text(refused.line, parts.max_line(), refused.place, rows);
            }
            Err(&Refused { line, place }) => {
                return waiting.push((*order, Waiting::Refused(line.to_vec(), place)));
            }
        };
        let text = line.text;
        if open.is_empty() && parts.is_row(text.as_bytes()) {
            return parts.push((text, line.onward), line.place, rows);
        }
        let Some(own) = parts.part(text) else {
            if open.is_empty() {
                return parts.push((text, line.onward), line.place, rows);
            }
            return waiting.push((*order, Waiting::Line(text.to_owned(), line.place)));
        };
        let is_open = own.is_open;
        match open.get_mut(&*own.stream) {
            Some(text) => {
                text.message.push_str(&own.text);
                text.times.push(own.time.into_owned());
                if (!is_open || text.message.len() > parts.max_line())
                    && let Some(text) = open.remove(&*own.stream)
                {
                    waiting.push((text.order, Waiting::Joined(text)));
                }
            }
            None if is_open => {
                let text = Text {
                    place: line.place,
                    first: line.text.to_owned(),
                    message: own.text.into_owned(),
                    times: Vec::new(),
                    order: *order,
                };
                open.insert(own.stream.into_owned(), text);
            }
            None => waiting.push((*order, Waiting::Line(line.text.to_owned(), line.place))),
        }
        if open.is_empty() {
            flush(waiting, parts, rows);
        }
    }

    /// Writes the rows that are left at the end of a piece.
    pub(super) fn end(self, parts: &mut impl Parts, rows: &mut LinesBuilder) {
        let Self { open, mut waiting, .. } = self;
        waiting.extend(open.into_values().map(|text| (text.order, Waiting::Joined(text))));
        flush(&mut waiting, parts, rows);
    }
}

/// Writes the rows of a piece, all of whose lines are wanted.
pub(super) fn decode(
    piece: &Piece,
    text: &[u8],
    origin: &'static Origin,
    parts: &mut impl Parts,
    rows: &mut LinesBuilder,
) {
    let mut joining = Joining::default();
    let end = each_line_or(piece, text, parts.max_line(), origin, rows, |line, rows| {
        joining.take(line, parts, rows);
    });
    joining.end(parts, rows);
    end.finish(piece, rows);
}

/// Writes the waiting rows in the order of their first lines. Called when no text is open.
fn flush(waiting: &mut Vec<(usize, Waiting)>, parts: &mut impl Parts, rows: &mut LinesBuilder) {
    waiting.sort_by_key(|(order, _)| *order);
    for (_, row) in waiting.drain(..) {
        match row {
            Waiting::Line(line, place) => parts.push((&line, &line), place, rows),
            Waiting::Joined(text) => parts.push_joined(&text, rows),
            Waiting::Refused(line, place) => refuse_text(&line, parts.max_line(), place, rows),
        }
    }
}

/// What a line does to the text of its stream.
pub(super) enum Effect<'a> {
    /// Nothing: it is a row by itself.
    None,
    /// It begins or continues one.
    Opens(Cow<'a, str>),
    /// It ends one, if there is any.
    Closes(Cow<'a, str>),
}

/// The streams whose text is open.
#[derive(Default)]
pub(super) struct Open(HashSet<String>);

impl Open {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes what a line does.
    pub(super) fn note(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::None => {}
            Effect::Opens(stream) if self.0.contains(&*stream) => {}
            Effect::Opens(stream) => drop(self.0.insert(stream.into_owned())),
            Effect::Closes(stream) => drop(self.0.remove(&*stream)),
        }
    }
}

/// Cuts where no stream has an unfinished text, so that the pieces need no context.
pub(super) struct Uncut {
    /// What a line does; the flag says that no text is open.
    pub(super) effect: for<'a> fn(&'a [u8], bool) -> Effect<'a>,
}

impl Framing for Uncut {
    /// Walks from the last cut, where no text is open. An open text delays the cut until it is closed or
    /// there is as much text as the longest line.
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let end = memrchr(b'\n', text)? + 1;
        // `clean` is the end of the last line after which no text was open.
        let (mut start, mut clean) = (0, 0);
        let mut open = Open::default();
        for newline in memchr_iter(b'\n', &text[..end]) {
            open.note((self.effect)(&text[start..newline], open.is_empty()));
            start = newline + 1;
            if open.is_empty() {
                clean = start;
            }
        }
        // A text longer than the longest line is cut between its parts rather than held.
        if clean > 0 { Some(clean) } else { is_long.then_some(end) }
    }
}
