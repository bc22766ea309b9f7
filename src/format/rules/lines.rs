//! Lines to rows, by a rule.

use std::cell::RefCell;

use regex::CaptureLocations;

use super::definition::Continuation;
use super::rule::{Expression, Line, Rule};
use super::time::{Time, Times};
use crate::format::continued::Join;
use crate::format::direct::{Direct, push_text_of};
use crate::format::lines::{Place, TextLine, each_line_or, refuse};
use crate::format::made::PADDING;
use crate::format::objects::{self, Objects};
use crate::format::pass::find_beginnings;
use crate::format::stamped::{Anchor, Stamped, context_lines};
use crate::format::steps::{self, Names, Stretches};
use crate::format::{Decode, Settings, text};
use crate::json::{AnyParser, close_object};
use crate::query::Wanted;
use crate::record::timestamp;
use crate::source::{Catalog, FormatId, Framing, Newlines, Piece, Reference};
use crate::table::{LinesBuilder, Stamp, TextRow};

/// Finds the day of each log in its header, and the stretches of stages and steps.
pub(super) fn survey(catalog: &mut Catalog, own: FormatId) {
    let Some(rule) = super::rule_of(own) else { return };
    if rule.definition.date.is_some() {
        find_beginnings(catalog, own, |head| rule.begun(head));
    }
    if rule.has_steps()
        && let Ok(expression) = rule.expression()
    {
        steps::divide(catalog, own, |_, _| Outline::new(rule, expression));
    }
}

/// Follows the stages and steps of lines.
pub(super) struct Outline<'r> {
    expression: &'r Expression,
    room: Option<CaptureLocations>,
    continuation: Continuation,
}

impl<'r> Outline<'r> {
    pub(super) fn new(rule: &Rule, expression: &'r Expression) -> Self {
        let (room, continuation) = (expression.room(), rule.definition.continuation);
        Self { expression, room, continuation }
    }

    /// What a line is of; `None`: what the one before it is of.
    pub(super) fn names(&mut self, line: &str) -> Option<Names> {
        let name = |name: Option<&str>| name.and_then(steps::name);
        match self.expression.read(line, &mut self.room, &mut Vec::new()) {
            Some(Line { stage, step, .. }) => {
                Some(Names { stage: name(stage), step_group: None, step: name(step) })
            }
            None if self.continuation == Continuation::None => Some(Names::default()),
            None => None,
        }
    }
}

impl steps::Outline for Outline<'_> {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        let Some(line) = line else { return };
        if let Some(names) = self.names(line.strip_suffix('\r').unwrap_or(line)) {
            found.begin(place, &names);
        }
    }
}

/// How the text of a rule's logs is cut.
pub(in crate::format) fn framing(rule: &'static Rule) -> Box<dyn Framing> {
    match rule.expression() {
        Ok(expression) if rule.definition.continuation == Continuation::Record => {
            let room = RefCell::new(expression.room());
            Box::new(Stamped::new(move |line| {
                // As the decoder has it.
                let line = line.strip_suffix('\r').unwrap_or(line);
                let is_record = expression.is_match(line, &mut room.borrow_mut());
                if is_record { Anchor::Whole } else { Anchor::None }
            }))
        }
        _ => Box::new(Newlines),
    }
}

/// A decoder for a rule's logs.
pub(in crate::format) fn decoder(
    rule: &'static Rule,
    origin: &'static crate::table::Origin,
    settings: &Settings,
) -> Box<dyn Decode> {
    let direct = Direct::new(settings.mapping.clone());
    let Ok(expression) = rule.expression() else {
        // Checked before the format was made.
        return (text::FORMAT.decoder)(settings);
    };
    Box::new(Decoder {
        rule,
        origin,
        reader: Reader::new(rule, expression),
        is_direct: direct.is_possible(),
        direct,
        objects: Objects::new(settings.mapping.clone(), settings.max_line),
        max_line: settings.max_line,
        join: settings.join,
        json: String::new(),
    })
}

/// Reads lines, and remembers what continues.
pub(super) struct Reader<'r> {
    rule: &'r Rule,
    expression: &'r Expression,
    room: Option<CaptureLocations>,
    times: Times,
    /// The time of the last line, as written: lines share their times.
    written: String,
    time: Option<Time>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(rule: &'r Rule, expression: &'r Expression) -> Self {
        let times = Times::new(rule.definition.time.as_deref());
        Self {
            rule,
            expression,
            room: expression.room(),
            times,
            written: String::new(),
            time: None,
        }
    }

    /// What a line says, and its members.
    #[inline]
    pub(super) fn read<'l>(
        &mut self,
        line: &'l str,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Line<'l>> {
        self.expression.read(line, &mut self.room, members)
    }

    /// The time of a line; `None` if it is none, or its day is not known.
    #[inline]
    pub(super) fn time(&mut self, written: &str, reference: Reference) -> Option<&Time> {
        let written = written.trim();
        if written != self.written || self.time.is_none() {
            self.time = self.times.read(written, reference);
            self.written.clear();
            self.written.push_str(written);
        }
        self.time.as_ref()
    }

    /// The level of a line, as the definition calls it.
    #[inline]
    pub(super) fn level<'l>(&self, line: &Line<'l>) -> Option<&'l str>
    where
        'r: 'l,
    {
        let word = line.level?.trim();
        let other = self.rule.definition.levels.get(word);
        Some(other.map_or(word, |level| level.as_str())).filter(|word| !word.is_empty())
    }
}

/// Decodes lines of one format.
struct Decoder {
    rule: &'static Rule,
    origin: &'static crate::table::Origin,
    reader: Reader<'static>,
    direct: Direct,
    is_direct: bool,
    objects: Objects,
    max_line: usize,
    /// Lines that continue a record are part of its row.
    join: bool,
    /// The object that was made last, and blanks.
    json: String,
}

/// What a line gives to those that continue it.
#[derive(Default)]
struct Last<'a> {
    time: Option<Time>,
    level: Option<&'a str>,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let (max_line, origin) = (self.max_line, self.origin);
        // Times of another entry may be of another day.
        self.reader.time = None;
        let continues = self.rule.definition.continuation == Continuation::Record;
        let mut join = Join::new(self.join && continues, max_line);
        let mut members = Vec::new();
        let mut last = None;
        for line in context_lines(&piece.context) {
            last = self.note(line, piece.reference, &mut members);
        }
        let end = each_line_or(piece, text, max_line, origin, rows, |line, rows| {
            let line = match line {
                Ok(line) => line,
                Err(refused) => {
                    if let Ok(line) = std::str::from_utf8(refused.line) {
                        last = self.note(line, piece.reference, &mut members).or(last.take());
                    }
                    join.end();
                    return refuse(piece, refused, max_line, rows);
                }
            };
            let own = line.text.strip_suffix('\r').unwrap_or(line.text);
            members.clear();
            if let Some(read) = self.reader.read(own, &mut members) {
                join.begin(line.place);
                last = self.push(line, own, &read, piece, &mut members, rows).into();
            } else if let Some(last) = last.as_ref().filter(|_| continues) {
                let place = (line.place, line.text.len());
                join.push(&continued(line, last), place, false, rows);
            } else {
                join.end();
                text::push(line, rows);
            }
        });
        end.finish(piece, rows);
    }
}

impl Decoder {
    /// Notes a line that gives no row, for those that continue it.
    fn note<'l>(
        &mut self,
        line: &'l str,
        reference: Reference,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Last<'l>> {
        members.clear();
        let own = line.strip_suffix('\r').unwrap_or(line);
        let read = self.reader.read(own, members)?;
        let level = self.reader.level(&read);
        let time = read.time.and_then(|written| self.reader.time(written, reference)).cloned();
        Some(Last { time, level })
    }

    /// Writes the row of a line.
    #[inline]
    fn push<'l>(
        &mut self,
        line: &TextLine<'l, '_>,
        own: &'l str,
        read: &Line<'l>,
        piece: &Piece,
        members: &mut Vec<(&'static str, &'l str)>,
        rows: &mut LinesBuilder,
    ) -> Last<'l> {
        let level = self.reader.level(read);
        let time =
            read.time.and_then(|written| self.reader.time(written, piece.reference)).cloned();
        if !piece.is_part {
            // No entry is named by them.
            let names = [("stage", read.stage), ("step", read.step)];
            members.extend(names.into_iter().filter_map(|(key, name)| Some((key, name?))));
        }
        let is_usual = self.is_direct && read.is_to_end && (time.is_some() || read.time.is_none());
        let stamp = stamp(time.as_ref(), level);
        // Of a message that ends before the line the length does not say where it begins.
        let is_done = is_usual && {
            let message = &line.text[own.len() - read.message.len()..];
            let is_epoch = time.as_ref().is_some_and(|time| time.is_epoch);
            let row = TextRow { is_epoch, ..line.row(stamp, ["", message]) };
            self.direct.push_line(&row, members, rows)
        };
        if !is_done {
            self.push_object(line, own, read, (time.as_ref(), level), members, rows);
        }
        Last { time, level }
    }

    /// Writes the row by way of an object with a member for each group.
    #[cold]
    fn push_object(
        &mut self,
        line: &TextLine<'_, '_>,
        own: &str,
        read: &Line<'_>,
        (time, level): (Option<&Time>, Option<&str>),
        members: &[(&'static str, &str)],
        rows: &mut LinesBuilder,
    ) {
        let Self { objects, json, .. } = self;
        json.clear();
        let time = time.map(written).or_else(|| read.time.map(str::to_owned));
        let message = Some(read.message);
        let known = [("timestamp", time.as_deref()), ("level", level), ("message", message)];
        for (key, value) in known {
            if let Some(value) = value {
                push_text_of(json, key, value);
            }
        }
        members.iter().for_each(|(key, value)| push_text_of(json, key, value));
        close_object(json, 0);
        let length = json.len();
        json.push_str(PADDING);
        objects.push_made(&json[..length], json, own, line.place, rows);
    }
}

/// A time as an object may have it.
fn written(time: &Time) -> String {
    let utc = timestamp::format_utc(time.nanos);
    match &time.zone {
        _ if time.is_epoch => utc,
        // As if in UTC.
        None => utc.trim_end_matches('Z').to_owned(),
        Some(zone) => {
            let offset = timestamp::offset_seconds(zone.as_bytes()).unwrap_or_default();
            let local = time.nanos.saturating_add(offset * 1_000_000_000);
            format!("{}{zone}", timestamp::format_utc(local).trim_end_matches('Z'))
        }
    }
}

/// The row of a line that continues another.
fn continued<'r>(line: &TextLine<'r, 'r>, last: &'r Last<'_>) -> TextRow<'r> {
    let Last { time, level } = last;
    let is_epoch = time.as_ref().is_some_and(|time| time.is_epoch);
    let row = line.row(stamp(time.as_ref(), *level), ["", line.text]);
    TextRow { is_epoch, continued: true, ..row }
}

/// What a line says before its text.
fn stamp<'s>(time: Option<&'s Time>, level: Option<&'s str>) -> Stamp<'s> {
    let zone = time.and_then(|time| time.zone.as_deref());
    Stamp { timestamp: time.map(|time| time.nanos), zone, level }
}

/// Hands what has no column of each line to `take`, as their rows have it.
pub(in crate::format) fn each_extra(
    rule: &'static Rule,
    parser: &mut AnyParser,
    (text, reference): (&[u8], Reference),
    take: &mut dyn FnMut(Option<&str>),
) {
    let Ok(expression) = rule.expression() else { return };
    let (mut reader, mut json) = (Reader::new(rule, expression), String::new());
    let mut members = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line));
        members.clear();
        let Some((line, read)) =
            line.ok().and_then(|line| Some((line, reader.read(line, &mut members)?)))
        else {
            continue;
        };
        let time = read.time.filter(|written| reader.time(written, reference).is_none());
        json.clear();
        // A row has a text.
        push_text_of(&mut json, "message", line);
        let members = members.iter().copied().chain(time.map(|time| ("timestamp", time)));
        members.for_each(|(key, value)| push_text_of(&mut json, key, value));
        close_object(&mut json, 0);
        objects::each_extra(parser, json.as_bytes(), take);
    }
}
