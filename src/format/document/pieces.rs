//! Documents in pieces: where they are cut, and the walk through each piece.
//!
//! Pieces are cut only between items, so the [`State`] there, one byte, is all the context that a piece
//! needs. Both walks use [`Items`] and so agree on what an item is.

use memchr::memchr_iter;

use super::passing::{Unfinished, Walk};
use super::{Item, Items, Reading, State};
use crate::format::envelope;
use crate::format::lines::{self, Place};
use crate::format::opening::Rest;
use crate::format::text;
use crate::source::{Ending, Framing, Long, Newlines, Piece};
use crate::table::{LinesBuilder, Origin};

/// Cuts documents between their items. The context is the state after the last cut.
pub(in crate::format) struct Documents {
    /// What objects may be beside records.
    reading: Reading,
    state: State,
    /// Of the large object that was cut: see [`Items`].
    envelope: (Vec<u8>, bool),
    /// The item that is too long and passes.
    walk: Option<Walk>,
}

impl Documents {
    /// A framing that begins outside of all documents.
    pub(in crate::format) fn new(reading: Reading) -> Self {
        Self { reading, state: State::Top, envelope: (Vec::new(), false), walk: None }
    }

    /// The items after the last cut. Whether the entry ends with this text is not known while cutting.
    fn items<'a>(&'a self, text: &'a [u8]) -> Items<'a> {
        let mut items = Items::new(text, self.state, self.reading, Rest::More);
        items.envelope = (&self.envelope.0, self.envelope.1);
        items
    }
}

impl Framing for Documents {
    /// After the last complete item, in its state; in front of text.
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let mut items = self.items(text);
        let mut end = None;
        while let Some((_, item)) = items.next() {
            // Without its first key, a page would not be one.
            if item != Item::PageBegin {
                end = Some((items.at, items.state, items.envelope));
            }
        }
        if items.state == State::Text {
            let at = items.at;
            self.state = State::Text;
            // Cut before it, so that the text begins a piece whose context says what it is.
            // Text is cut at newlines once it is at the front.
            return if at > 0 { Some(at) } else { Newlines.cut(text, is_long) };
        }
        // After the last complete item.
        let (end, state, envelope) = end?;
        (self.state, self.envelope) = (state, kept(state, envelope));
        Some(end)
    }

    /// The item that the text begins with, after the brackets that it is in.
    fn begin_long(&mut self, text: &[u8], max_line: usize) -> Long {
        let mut items = self.items(text);
        while let Some((_, item)) = items.next() {
            if item != Item::PageBegin {
                return Long::Lines;
            }
        }
        match items.unfinished() {
            Unfinished::Nothing => Long::Lines,
            Unfinished::Unknown => Long::More,
            Unfinished::Item(_) if text.len() - items.at <= max_line => Long::More,
            Unfinished::Item(walk) => {
                let (at, state) = (items.at, items.state);
                self.envelope = kept(state, items.envelope);
                self.state = if state == State::Trailing { State::Top } else { state };
                self.walk = Some(walk);
                Long::Item(at)
            }
        }
    }

    fn pass(&mut self, text: &[u8]) -> Option<usize> {
        self.walk.as_mut()?.end(text)
    }

    /// The state, and what is known of the large object that was cut.
    fn context(&self) -> Vec<u8> {
        // Read back by `State::of_byte` and `envelope_of`.
        let mut context = vec![self.state as u8];
        if self.state == State::Elements {
            context.push(u8::from(self.envelope.1));
            context.extend_from_slice(&self.envelope.0);
        }
        context
    }

    /// Text stays text, whatever was left out.
    fn skipped(&mut self) {
        // The brackets in the text that was left out are not known; begin anew.
        if self.state != State::Text {
            self.state = State::Top;
        }
    }
}

/// What is kept of a large object at a cut in this state.
fn kept(state: State, (leading, holds): (&[u8], bool)) -> (Vec<u8>, bool) {
    let leading = if state == State::Elements { leading.to_vec() } else { Vec::new() };
    (leading, holds)
}

/// What a context says of a large object.
fn envelope_of(context: &[u8]) -> (&[u8], bool) {
    match context {
        [_, holds, leading @ ..] => (leading, *holds != 0),
        _ => (&[], false),
    }
}

/// Calls `take` with the items of a piece and where they begin, and writes the rows of all else: lines of
/// text after documents, items longer than the limit, and the entry's unfinished end. `reading`: whether
/// objects may be pages, and the longest item in bytes.
pub(in crate::format) fn each_item(
    piece: &Piece,
    text: &[u8],
    context: &[u8],
    reading: (Reading, usize),
    origin: &'static Origin,
    rows: &mut LinesBuilder,
    mut take: impl FnMut(Item<'_>, Place, &mut LinesBuilder),
) {
    let (reading, max_line) = reading;
    rows.begin(piece.entry, piece.bytes(text) as usize, origin);
    let (rest, first) = match lines::begin(piece, text, max_line, rows) {
        Ok(begun) => begun,
        Err(end) => return lines::finish(piece, end, None, rows),
    };
    let state = context.first().map_or(State::Top, |&byte| State::of_byte(byte));
    let after = match piece.ending {
        Ending::More => Rest::Cut,
        Ending::Failed { partial: true, .. } => Rest::More,
        Ending::Whole | Ending::Failed { .. } => Rest::End,
    };
    let mut items = Items::new(rest, state, reading, after);
    items.envelope = envelope_of(context);
    let (mut line, mut counted) = (first.line, 0);
    // Lines are counted on the way, each newline once: items come in order.
    let mut place = |start: usize| {
        line += memchr_iter(b'\n', &rest[counted..start]).count() as i64;
        counted = start;
        Place { line, offset: first.offset + start as u64 }
    };
    let mut is_first = piece.offset == 0;
    while let Some((start, item)) = items.next() {
        is_first = false;
        let place = place(start);
        match item {
            // An object may hold records that are shorter.
            Item::Record(record) if record.len() > max_line && reading != Reading::Objects => {
                lines::refuse_length(record, record.len() as u64, max_line, place, rows);
            }
            item => take(item, place, rows),
        }
    }
    // An entry without any document: the text is all of it, also what was passed as blank.
    if is_first && items.state == State::Text {
        items.at = 0;
    }
    let (rest, state) = (&rest[items.at..], items.state);
    let end = place(items.at);
    if state == State::Text {
        let take = lines::or_refuse(max_line, text::push);
        return lines::each_line_of(piece, rest, end, max_line, rows, take).finish(piece, rows);
    }
    // What is left is an item whose end could not be read. Of an object that holds records it is the last.
    let holds = reading == Reading::Objects && envelope::begins(rest.trim_ascii_start()).is_some();
    let rest = match state {
        State::Top if holds => {
            let start = rest.len() - rest.trim_ascii_start().len();
            take(Item::Record(rest[start..].trim_ascii_end()), end, rows);
            &[]
        }
        _ => rest,
    };
    let tail = (!rest.is_empty()).then_some(rest);
    lines::finish(piece, end, tail, rows);
    if piece.ending == Ending::Whole && state != State::Top {
        let what = match state {
            State::Array | State::Elements => "an array",
            State::Trailing => "an object",
            _ => "a page",
        };
        lines::fail(&format!("the text ends within {what}"), end, None, rows);
    }
}
