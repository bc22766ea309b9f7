//! The lines of an Apify log: what each gives to those after it, and its row.

use std::borrow::Cow;

use memchr::memchr;

use super::{ORIGIN, error_in, refuse_answer};
use crate::format::Decode;
use crate::format::apify_text::{DIGITS, Word, indented_word, padded, stamp, word};
use crate::format::continued::Join;
use crate::format::lines::{Refused, TextLine, each_line_of, each_line_or, refuse};
use crate::format::stamped::{Anchor, Clock, anchors, context_lines};
use crate::format::tail::add_args;
use crate::format::wanted::{Run, each_run, search_of};
use crate::json::{AnyParser, MappedColumn, Mapping};
use crate::query::{Bounds, LevelMarks, Needles, TimeMarks, Wanted, Writing};
use crate::record::Record;
use crate::source::Piece;
use crate::table::{LinesBuilder, Stamp, TextRow};

/// What the text after a stamp is.
enum Text<'a> {
    /// Nothing, or blanks only.
    Blank,
    /// It continues the line before, as in a stack trace.
    Indented,
    /// It begins with a brace: perhaps an object with a message.
    Json,
    /// Anything else, and its level if it has one. Some of these are indented as well.
    Plain(Option<Word>),
    /// A level that is [`padded`], and the text after it.
    Padded(&'static str, &'a str),
}

impl<'a> Text<'a> {
    /// Inlined for the usual case, a padded level.
    #[inline(always)]
    fn of(text: &'a str) -> Self {
        match padded(text) {
            Some((level, text)) => Self::Padded(level, text),
            None => Self::other(text),
        }
    }

    /// The kind of a text without a padded level.
    fn other(text: &'a str) -> Self {
        let inside = text.strip_suffix('\r').unwrap_or(text);
        match inside.as_bytes().first() {
            Some(b'{') => Self::Json,
            Some(b' ' | b'\t') | None => {
                let is_blank = inside.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                // A level after blanks begins a line of its own.
                match indented_word(text) {
                    Some(word) => Self::Plain(Some(word)),
                    None if is_blank => Self::Blank,
                    None => Self::Indented,
                }
            }
            Some(_) => Self::Plain(word(text)),
        }
    }
}

/// What a line gives to those after it. The level of a blank or indented text is that of a line before.
pub(super) fn anchor(line: &str) -> Anchor {
    match stamp(line).map(|(_, text)| Text::of(text)) {
        None => Anchor::None,
        Some(Text::Blank | Text::Indented) => Anchor::Time,
        Some(Text::Json | Text::Plain(_) | Text::Padded(..)) => Anchor::Whole,
    }
}

/// Whether a line begins a record: of those with a stamp, not one of a stack trace.
pub(super) fn begins(line: &str) -> bool {
    stamp(line).is_some_and(|(_, text)| !matches!(Text::of(text), Text::Indented))
}

/// The parser takes `level`, `msg` and `message` only; the time is that of the stamp.
pub(super) struct Decoder {
    max_line: usize,
    join: bool,
    json: AnyParser,
}

/// What lines without a stamp or level take from those before them.
#[derive(Default)]
struct Last {
    /// Of the last stamped line; `None` before the first.
    timestamp: Option<i64>,
    /// Of the last stamped text that was neither blank nor indented.
    level: Option<Cow<'static, str>>,
}

impl Last {
    /// Time, zone and level for a row.
    fn stamp(&self) -> Stamp<'_> {
        let zone = self.timestamp.map(|_| "Z");
        Stamp { timestamp: self.timestamp, zone, level: self.level.as_deref() }
    }

    /// Sets one of the levels that the SDKs write.
    fn set_level(&mut self, level: Option<&'static str>) {
        self.level = level.map(Cow::Borrowed);
    }

    /// Sets the level of a JSON object, which may be any text.
    fn set_own_level(&mut self, level: Option<&str>) {
        self.level = level.map(|level| Cow::Owned(level.to_owned()));
    }
}

impl Decoder {
    /// A decoder for lines of up to so many bytes; `join`: lines that continue a record are part of its row.
    pub(super) fn new(max_line: usize, join: bool) -> Self {
        use MappedColumn::{Level, Message};
        let keys = [("level", Level), ("msg", Message), ("message", Message)];
        Self { max_line, join, json: AnyParser::new(Mapping::of(keys, &[])) }
    }

    /// Takes from a line what it gives to the lines after it, exactly as decoding it would.
    fn remember(&mut self, line: &str, last: &mut Last) {
        if let Some(stamped) = stamp(line) {
            self.remember_stamped(stamped, last);
        }
    }

    fn remember_stamped(&mut self, (time, text): (i64, &str), last: &mut Last) {
        last.timestamp = Some(time);
        match Text::of(text) {
            Text::Blank | Text::Indented => {}
            Text::Plain(word) => last.set_level(word.map(|word| word.level)),
            Text::Padded(level, _) => last.set_level(Some(level)),
            Text::Json => {
                let json = text.trim_end_matches('\r').as_bytes();
                let level = |record: &Record<'_>| {
                    last.set_own_level(record.level.filter(|_| record.message.is_some()));
                };
                if self.json.parse(json, level).is_err() {
                    last.set_level(None);
                }
            }
        }
    }

    /// The row of a line that begins with a stamp; `None` if it was written already, as a JSON object.
    #[inline(always)]
    fn stamped_row<'t>(
        &mut self,
        row: TextRow<'t>,
        (time, text): (i64, &'t str),
        last: &'t mut Last,
        rows: &mut LinesBuilder,
    ) -> Option<TextRow<'t>> {
        let continued = last.timestamp.replace(time).is_some();
        Some(match Text::of(text) {
            Text::Padded(level, text) => {
                last.set_level(Some(level));
                TextRow { stamp: last.stamp(), message: ["", text], ..row }
            }
            Text::Blank => {
                // The level is kept for the indented lines after it.
                let stamp = Stamp { level: None, ..last.stamp() };
                TextRow { stamp, message: ["", text], ..row }
            }
            Text::Indented => {
                TextRow { stamp: last.stamp(), message: ["", text], continued, ..row }
            }
            Text::Json if self.push_json(row.line, text, last, rows) => return None,
            Text::Json => TextRow { stamp: last.stamp(), message: ["", text], ..row },
            Text::Plain(word) => {
                last.set_level(word.as_ref().map(|word| word.level));
                let taken = word.map_or(0..0, |word| word.taken);
                let message = [&text[..taken.start], &text[taken.end..]];
                TextRow { stamp: last.stamp(), message, ..row }
            }
        })
    }

    /// Writes the row of a JSON object that has a message. `false` if it is not JSON or has none: then it is
    /// a line of text without a level.
    fn push_json(
        &mut self,
        line: i64,
        text: &str,
        last: &mut Last,
        rows: &mut LinesBuilder,
    ) -> bool {
        let json = text.trim_end_matches('\r').as_bytes();
        let is_log = self.json.parse(json, |record: &Record<'_>| {
            last.set_own_level(record.level);
            if record.message.is_some() {
                // The stamp decides: a `time` in the object goes to `extra`.
                let Stamp { timestamp, zone, .. } = last.stamp();
                let record = Record { timestamp, zone, ..record.clone() };
                rows.push_record(line, &record, json);
            }
            record.message.is_some()
        });
        let is_log = is_log == Ok(true);
        if !is_log {
            last.set_level(None);
        }
        is_log
    }
}

impl Decode for Decoder {
    /// The context has the last line with a level, and the last with a time after it: both are read before
    /// the piece.
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        if piece.offset == 0
            && let Some(reason) = error_in(text)
        {
            return refuse_answer(piece, text, &reason, rows);
        }
        let Self { max_line, join, .. } = *self;
        // What is wanted may be in any line of a row.
        let wanted = if join { Wanted::default() } else { wanted };
        let mut reader = Reader {
            decoder: self,
            piece,
            clock: Clock::default(),
            last: Last::default(),
            join: Join::new(join, max_line),
            bounds: search_of(piece, wanted.times).map(TimeMarks::bounds),
            levels: search_of(piece, wanted.levels),
        };
        for line in context_lines(&piece.context) {
            reader.decoder.remember(line, &mut reader.last);
        }
        // A level is taken out of its line, also behind a name that stays and a blank.
        let needles = search_of(piece, wanted.needles).and_then(Needles::of_words);
        let Some(needles) = needles else {
            let end = each_line_or(piece, text, max_line, &ORIGIN, rows, |line, rows| {
                reader.take(line, rows);
            });
            return end.finish(piece, rows);
        };
        rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
        let mut places = needles.begin(text, Writing::Mixed);
        let next = |from| needles.next_line(text, from, &mut places);
        each_run(piece, text, next, |run| {
            reader.pass(&run);
            each_line_of(piece, run.text, run.place, max_line, rows, |line, rows| {
                reader.take(line, rows);
            });
        });
    }
}

/// Reads the lines of one piece.
struct Reader<'a> {
    decoder: &'a mut Decoder,
    piece: &'a Piece,
    clock: Clock,
    last: Last,
    join: Join,
    /// Rows of other times are not added; `None`: all are.
    bounds: Option<Bounds>,
    /// The same of levels.
    levels: Option<&'a LevelMarks>,
}

impl Reader<'_> {
    /// Passes over the lines before a run, which are not decoded.
    fn pass(&mut self, run: &Run<'_>) {
        let end = memchr(b'\n', run.text).unwrap_or(run.text.len());
        let first = std::str::from_utf8(&run.text[..end]).map_or(Anchor::None, anchor);
        if first == Anchor::Whole {
            return;
        }
        let skipped = run.skipped.strip_suffix(b"\n").unwrap_or(run.skipped);
        let (whole, time) = anchors(skipped, anchor);
        for line in [whole, time].into_iter().flatten() {
            self.remember(line);
        }
    }

    /// Takes from a line that has no row what it gives to those after it.
    fn remember(&mut self, line: &[u8]) {
        if let Ok(line) = std::str::from_utf8(line) {
            self.decoder.remember(line, &mut self.last);
        }
    }

    /// Whether rows of this time are not wanted.
    fn is_outside(&self, time: Option<i64>) -> bool {
        self.bounds.is_some_and(|bounds| time.is_none_or(|time| bounds.exclude(time, true)))
    }

    /// Adds the row of a line.
    #[inline]
    fn take(&mut self, line: Result<&TextLine<'_, '_>, &Refused<'_>>, rows: &mut LinesBuilder) {
        let line = match line {
            Ok(line) => line,
            Err(refused) => {
                // It is a stamp to the lines after it all the same, as it is to the framing.
                self.remember(refused.line);
                self.join.end();
                return refuse(self.piece, refused, self.decoder.max_line, rows);
            }
        };
        let row = line.row(Stamp::default(), ["", ""]);
        let stamped = self.clock.read::<DIGITS>(line.text);
        if self.is_outside(stamped.map_or(self.last.timestamp, |(time, _)| Some(time))) {
            if let Some(stamped) = stamped {
                self.decoder.remember_stamped(stamped, &mut self.last);
            }
            return;
        }
        let row = match stamped {
            None => {
                let continued = self.last.timestamp.is_some();
                let stamp = self.last.stamp();
                TextRow { stamp, message: ["", line.text], continued, ..row }
            }
            Some(stamped) => match self.decoder.stamped_row(row, stamped, &mut self.last, rows) {
                Some(row) => row,
                None => return self.join.begin(line.place),
            },
        };
        if self.levels.is_some_and(|levels| !levels.has(row.stamp.level)) {
            return;
        }
        let own = stamped.is_some();
        let is_row = self.join.push(&row, (line.place, line.text.len()), own, rows);
        // The fields of a joined row are those of its first line.
        if own && is_row {
            add_args(rows);
        }
    }
}
