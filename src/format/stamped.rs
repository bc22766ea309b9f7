//! Lines that begin with a stamp, and lines without one, which continue those.
//!
//! A stack trace has the time and level of the line that it follows. Pieces are decoded in any order, so
//! [`Stamped`] hands each piece the last stamped line before it as its context, and [`Decoder`] reads that
//! line before its own.

use memchr::{memchr, memrchr};

use super::Decode;
pub(super) use super::continued::Anchor;
use super::continued::{self, Join, Rules};
use super::lines::{Refused, TextLine, each_line_of, each_line_or, is_blank, refuse};
use super::wanted::{Run, each_run, search_of};
use crate::query::{Bounds, LevelMarks, TimeMarks, Wanted, Writing};
use crate::source::{Framing, Newlines, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

pub(super) use super::clock::Clock;

/// Cuts at newlines. The context is the last line that gives both time and level, a newline, and the last
/// line after it that gives a time, if any.
pub(super) struct Stamped {
    rules: Rules,
    /// The longest row, if lines without a stamp are joined to the one before.
    joined: Option<usize>,
    /// The last line with [`Anchor::Whole`] up to the last cut; empty before the first.
    whole: Vec<u8>,
    /// The last line with [`Anchor::Time`] after that one; empty if there is none.
    time: Vec<u8>,
}

impl Stamped {
    /// `anchor` is called for one line or a few per cut, from the last one backwards.
    pub(super) fn new(anchor: impl Fn(&str) -> Anchor + Send + 'static) -> Self {
        let rules = Rules { anchor: Box::new(anchor), begins: None };
        Self { rules, joined: None, whole: Vec::new(), time: Vec::new() }
    }

    /// For a format in which a line with a time may continue a record: `begins` is true of one that does not.
    pub(super) fn with_beginnings(mut self, begins: fn(&str) -> bool) -> Self {
        self.rules.begins = Some(begins);
        self
    }

    /// Updates the context from a text that ends without its last newline.
    fn look_at(&mut self, text: &[u8]) {
        match anchors(text, &self.rules.anchor) {
            (Some(whole), time) => {
                self.whole = whole.to_vec();
                self.time = time.unwrap_or_default().to_vec();
            }
            // No line of this text gives a level: that of the texts before still holds.
            (None, Some(time)) => self.time = time.to_vec(),
            (None, None) => {}
        }
    }
}

/// The last line of a text that gives both time and level, and the last one after it that gives a time. Reads
/// backwards, because the last stamped line is all that counts and is near the end.
pub(super) fn anchors(
    text: &[u8],
    anchor: impl Fn(&str) -> Anchor,
) -> (Option<&[u8]>, Option<&[u8]>) {
    let mut time = None;
    let mut rest = text;
    while !rest.is_empty() {
        let start = memrchr(b'\n', rest).map_or(0, |newline| newline + 1);
        let line = &rest[start..];
        rest = &rest[..start.saturating_sub(1)];
        if is_blank(line) {
            continue;
        }
        match std::str::from_utf8(line).map_or(Anchor::None, &anchor) {
            Anchor::None => {}
            Anchor::Time => {
                // The first that is found backwards is the last one.
                time.get_or_insert(line);
            }
            Anchor::Whole => return (Some(line), time),
        }
    }
    (None, time)
}

impl Framing for Stamped {
    /// Every newline is a place to cut; a stack trace may be cut in two, because the context has its time. Rows of
    /// several lines are cut between them.
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        let end = match self.joined {
            None => memrchr(b'\n', text)? + 1,
            Some(max_line) => {
                let is_first = self.whole.is_empty() && self.time.is_empty();
                continued::cut(text, &self.rules, is_first, max_line)?
            }
        };
        // The line after the cut is not part of the text yet.
        self.look_at(&text[..end - 1]);
        Some(end)
    }

    fn join(&mut self, max_line: usize) {
        self.joined = Some(max_line);
    }

    /// A line that gives only a time needs the level of a line before it.
    fn begins_anew(&self, line: &[u8]) -> bool {
        std::str::from_utf8(line).is_ok_and(|line| (self.rules.anchor)(line) == Anchor::Whole)
    }

    /// Read back by [`context_lines`].
    fn context(&self) -> Vec<u8> {
        [&self.whole, &b"\n"[..], &self.time].concat()
    }
}

/// Lines of which each is a record, or text that belongs to none, unless it is joined to the record before it.
pub(super) struct Records {
    /// Of a line that is a record, [`Anchor::Whole`].
    anchor: fn(&str) -> Anchor,
    joined: Option<Stamped>,
}

impl Records {
    pub(super) fn new(anchor: fn(&str) -> Anchor) -> Self {
        Self { anchor, joined: None }
    }
}

impl Framing for Records {
    fn join(&mut self, max_line: usize) {
        let joined = self.joined.insert(Stamped::new(self.anchor));
        joined.join(max_line);
    }

    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        match &mut self.joined {
            Some(joined) => joined.cut(text, is_long),
            None => Newlines.cut(text, is_long),
        }
    }

    fn context(&self) -> Vec<u8> {
        self.joined.as_ref().map_or_else(Vec::new, Stamped::context)
    }

    fn begins_anew(&self, line: &[u8]) -> bool {
        self.joined.as_ref().is_none_or(|joined| joined.begins_anew(line))
    }
}

/// Reads the stamp of a line; returns it and the text after it, in two parts: something may be before the stamp.
/// `None` if the line has none.
pub(super) type Read = for<'a> fn(&'a str, &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])>;

/// The anchor of a line in a format in which every stamp has its own level, or none.
pub(super) fn whole_if(read: Read, line: &str) -> Anchor {
    if read(line, &mut Clock::default()).is_some() { Anchor::Whole } else { Anchor::None }
}

/// Decodes lines that have a stamp each, or continue the last one: `github`, `azure`, `firstgen`,
/// `stamped`.
pub(super) struct Decoder<R, A> {
    /// A function's own type rather than a pointer, so that it is inlined.
    pub(super) read: R,
    pub(super) origin: &'static Origin,
    /// Is given the text of each row that was written, and whether the row has a stamp of its own; [`nothing`] does
    /// nothing with it.
    pub(super) after: A,
    /// The text of a line without a stamp; [`all`] is the line.
    pub(super) rest: fn(&str) -> &str,
    pub(super) max_line: usize,
    /// Lines without a stamp are part of the row before them.
    pub(super) join: bool,
}

impl<R, A> Decode for Decoder<R, A>
where
    A: Fn(&str, bool, &mut LinesBuilder) + Send,
    R: for<'a> Fn(&'a str, &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> + Send,
{
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        let Self { origin, max_line, join, .. } = *self;
        // What is wanted may be in any line of a row.
        let wanted = if join { Wanted::default() } else { wanted };
        let bounds = search_of(piece, wanted.times).map(TimeMarks::bounds);
        let clock = Clock::default();
        let levels = search_of(piece, wanted.levels);
        let join = Join::new(join, max_line);
        let mut reader = Reader { decoder: self, piece, clock, last: None, join, bounds, levels };
        // The stamp of the last line before the piece, if any has one.
        for line in context_lines(&piece.context) {
            reader.note(line);
        }
        let Some(needles) = search_of(piece, wanted.needles) else {
            let end = each_line_or(piece, text, max_line, origin, rows, |line, rows| {
                reader.take(line, rows);
            });
            return end.finish(piece, rows);
        };
        rows.begin(piece.entry, piece.bytes(text) as usize, origin);
        let mut places = needles.begin(text, Writing::Text);
        let next = |from| needles.next_line(text, from, &mut places);
        each_run(piece, text, next, |run| {
            reader.pass(&run);
            each_line_of(piece, run.text, run.place, max_line, rows, |line, rows| {
                reader.take(line, rows);
            });
        });
    }
}

/// For formats whose lines without a stamp have nothing before the text.
pub(super) fn all(line: &str) -> &str {
    line
}

/// For formats that need nothing more than the stamp and the text.
pub(super) fn nothing(_: &str, _: bool, _: &mut LinesBuilder) {}

/// Reads the lines of one piece.
struct Reader<'a, 'd, R, A> {
    decoder: &'d Decoder<R, A>,
    piece: &'a Piece,
    clock: Clock,
    /// The stamp of the last line that has one.
    last: Option<Stamp<'a>>,
    join: Join,
    /// Rows of other times are not added; `None`: all are.
    bounds: Option<Bounds>,
    /// The same of levels.
    levels: Option<&'a LevelMarks>,
}

impl<'a, R, A> Reader<'a, '_, R, A>
where
    A: Fn(&str, bool, &mut LinesBuilder),
    R: for<'t> Fn(&'t str, &mut Clock) -> Option<(Stamp<'t>, [&'t str; 2])>,
{
    /// Notes the stamp of a line that gives no row, for the lines after it; whether it has one.
    fn note(&mut self, line: &'a str) -> bool {
        let own = (self.decoder.read)(line, &mut self.clock);
        self.last = own.map(|(stamp, _)| stamp).or(self.last);
        own.is_some()
    }

    /// Passes over the lines before a run, which are not decoded: the last stamp among them is that of a run
    /// whose first line has none. It is near the end.
    fn pass(&mut self, run: &Run<'a>) {
        let end = memchr(b'\n', run.text).unwrap_or(run.text.len());
        let first = std::str::from_utf8(&run.text[..end]).ok();
        if first.is_some_and(|line| (self.decoder.read)(line, &mut self.clock).is_some()) {
            return;
        }
        let mut rest = run.skipped;
        while let Some(text) = rest.strip_suffix(b"\n") {
            let start = memrchr(b'\n', text).map_or(0, |newline| newline + 1);
            if std::str::from_utf8(&text[start..]).is_ok_and(|line| self.note(line)) {
                return;
            }
            rest = &text[..start];
        }
    }

    /// Adds the row of a line.
    #[inline]
    fn take(&mut self, line: Result<&TextLine<'a, '_>, &Refused<'a>>, rows: &mut LinesBuilder) {
        let Decoder { read, after, rest, max_line, .. } = self.decoder;
        let line = match line {
            Ok(line) => line,
            Err(refused) => {
                // It is a stamp to the lines after it all the same, as it is to the framing.
                if let Ok(line) = std::str::from_utf8(refused.line) {
                    self.note(line);
                }
                self.join.end();
                return refuse(self.piece, refused, *max_line, rows);
            }
        };
        let own = read(line.text, &mut self.clock);
        let (stamp, message) =
            own.unwrap_or_else(|| (self.last.unwrap_or_default(), ["", rest(line.text)]));
        let is_continued = own.is_none() && self.last.is_some();
        // Also of a line that is left out: the lines after it may not be.
        self.last = own.map(|(stamp, _)| stamp).or(self.last);
        if self.piece.leaves_out(line.place.line) {
            self.join.end();
            return rows.count_left_out();
        }
        let is_outside = |bounds: Bounds| match stamp.timestamp {
            Some(nanos) => bounds.exclude(nanos, stamp.zone.is_some()),
            None => true,
        };
        if self.bounds.is_some_and(is_outside)
            || self.levels.is_some_and(|levels| !levels.has(stamp.level))
        {
            return;
        }
        let row = TextRow { continued: is_continued, ..line.row(stamp, message) };
        self.join.push(&row, (line.place, line.text.len()), own.is_some(), rows);
        after(message[1], own.is_some(), rows);
    }
}

/// The lines of a [`Stamped`] context, from none to two, the older one first.
pub(super) fn context_lines(context: &[u8]) -> impl Iterator<Item = &str> {
    let lines = context.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok())
}
