//! Console logs of Jenkins, as its `consoleText` or as it keeps them (jenkinsci/workflow-job-plugin, timestamper-plugin).
//!
//! ```text
//! Started by user eve
//! [Pipeline] stage
//! [Pipeline] { (Build)
//! [2026-03-09T10:00:00.123Z] + make
//! 17:14:08  make: *** [all] Error 2
//! Finished: FAILURE
//! ```
//!
//! Stages are blocks of a pipeline. In a kept log, notes with what the web page adds are among the text.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memmem;

use super::lines::{Place, TextLine, each_line};
use super::stamped::Clock;
use super::steps::{self, Names, Open, Stretches};
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::record::Record;
use crate::source::Reference;
use crate::source::{Newlines, Piece};
use crate::table::{LinesBuilder, Origin, Stamp};

/// Jenkins. Before formats of any lines with times.
pub(super) static FORMAT: Format = Format {
    name: "jenkins",
    title: "console logs of Jenkins",
    detected_by: "lines that begin with [Pipeline]; or Started by in the first line, and lines that Jenkins writes",
    columns: &[
        ("stage", "the stage"),
        ("step", "the branch, of lines in a parallel block that begin with its name in brackets"),
        ("timestamp, zone", "[TIME], or hh:mm:ss with a day that is in the file's name"),
        ("level", "a level word near the beginning of the text"),
        ("message", "the text, without notes"),
        ("extra", "time: hh:mm:ss of an unknown day"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(|catalog, own| steps::divide(catalog, own, |_, _| Outline::default())),
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| {
        Box::new(Decoder { max_line: settings.max_line, clock: Clock::default() })
    },
};

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "jenkins", spans_lines: false, own_lines: true, size_limits: &[] };

/// What the web page knows of the text that follows, as its writer serialised it.
const NOTE: &str = "\u{1b}[8mha:";
const NOTE_END: &str = "\u{1b}[0m";

/// What lines of a pipeline's own begin with.
const PIPELINE: &str = "[Pipeline] ";

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let text_of = |line: &str| -> String {
        Line::of(&without_notes(line), &mut Clock::default()).text.to_owned()
    };
    let marks = sample.count_lines(|line| text_of(line).starts_with(PIPELINE));
    if marks > 0 && !sample.is_mostly_of_others() {
        return Some("lines that begin with [Pipeline]".into());
    }
    let is_first = text_of(super::lines::valid(sample.first_line())).starts_with("Started by ");
    let is_own = |line: &str| {
        let own = ["Running as ", "Building ", "Finished: "];
        own.iter().any(|own| text_of(line).starts_with(own))
    };
    (is_first && sample.count_lines(is_own) > 0).then(|| "lines that Jenkins writes".into())
}

/// A line without its notes. Of an unfinished one nothing is removed.
fn without_notes(line: &str) -> Cow<'_, str> {
    let Some(first) = memmem::find(line.as_bytes(), NOTE.as_bytes()) else { return line.into() };
    let mut kept = line[..first].to_owned();
    let mut rest = &line[first..];
    loop {
        let note = rest[NOTE.len()..].find('\u{1b}').map(|end| end + NOTE.len());
        let end = note.filter(|&end| rest[end..].starts_with(NOTE_END));
        // What is none stays.
        let (text, next) = match end {
            Some(end) => ("", end + NOTE_END.len()),
            None => (NOTE, NOTE.len()),
        };
        kept.push_str(text);
        rest = &rest[next..];
        let Some(at) = rest.find(NOTE) else { break };
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
    }
    kept.push_str(rest);
    kept.into()
}

/// A line without notes, divided.
struct Line<'a> {
    time: Time<'a>,
    text: &'a str,
}

/// The time that a line begins with.
enum Time<'a> {
    None,
    /// In nanoseconds since 1970.
    Utc(i64),
    /// `17:14:07`, and its nanoseconds of the day.
    OfDay(&'a str, i64),
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a str, clock: &mut Clock) -> Self {
        let bytes = line.as_bytes();
        const CLOSED: usize = "[2018-09-28T22:49:03.570Z".len();
        if let [b'[', b'0'..=b'9', ..] = bytes
            && bytes.get(CLOSED) == Some(&b']')
            && let Some((nanos, "")) = clock.read::<3>(&line[1..CLOSED])
            && let Some(text) = line[CLOSED + 1..].strip_prefix(' ')
        {
            return Self { time: Time::Utc(nanos), text };
        }
        if let [b'0'..=b'9', b'0'..=b'9', b':', ..] = bytes
            && bytes.get(8..10) == Some(b"  ")
            && let Some(nanos) = of_day(&bytes[..8])
        {
            return Self { time: Time::OfDay(&line[..8], nanos), text: &line[10..] };
        }
        Self { time: Time::None, text: line }
    }
}

/// The nanoseconds of the day of `17:14:07`.
fn of_day(time: &[u8]) -> Option<i64> {
    let part = |at: usize, limit: i64| {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = *time.get(at..at + 2)? else { return None };
        let number = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        (number < limit).then_some(number)
    };
    if time.get(2) != Some(&b':') || time.get(5) != Some(&b':') {
        return None;
    }
    Some(((part(0, 24)? * 60 + part(3, 60)?) * 60 + part(6, 60)?) * 1_000_000_000)
}

struct Decoder {
    max_line: usize,
    clock: Clock,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
            // Most lines have no escape sequence at all.
            let has_escapes = line.escapes.first(line.text.len()).is_some();
            let text = if has_escapes { without_notes(line.text) } else { line.text.into() };
            match text {
                Cow::Borrowed(_) => self.push(line, piece.reference, rows),
                Cow::Owned(text) => self.push_noted(&text, line.place, piece.reference, rows),
            }
        });
    }
}

impl Decoder {
    /// Writes the row of a line without notes.
    fn push(&mut self, line: &TextLine<'_, '_>, reference: Reference, rows: &mut LinesBuilder) {
        let Line { time, text } = Line::of(line.text, &mut self.clock);
        let level = self.clock.levels.find_shown(text);
        let (timestamp, zone, extra) = known(&time, reference);
        rows.push_text(&line.row(Stamp { timestamp, zone, level }, ["", text]));
        if let Some(extra) = extra {
            rows.set_extra(&extra);
        }
    }

    /// Writes the row of a line whose notes were removed.
    #[cold]
    fn push_noted(
        &mut self,
        line: &str,
        place: Place,
        reference: Reference,
        rows: &mut LinesBuilder,
    ) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let Line { time, text } = Line::of(line, &mut self.clock);
        let level = self.clock.levels.find_shown(text);
        let (timestamp, zone, extra) = known(&time, reference);
        let (message, extra) = (Some(text), extra.as_deref());
        let record = Record { timestamp, zone, level, message, extra, ..Record::default() };
        rows.push(place.line, &record);
    }
}

/// The time and zone of a row, and the time of an unknown day as a field.
fn known(
    time: &Time<'_>,
    reference: Reference,
) -> (Option<i64>, Option<&'static str>, Option<String>) {
    match *time {
        Time::None => (None, None, None),
        Time::Utc(nanos) => (Some(nanos), Some("Z"), None),
        Time::OfDay(text, nanos) => match reference.on_day(nanos) {
            Some(nanos) => (Some(nanos), None, None),
            None => (None, None, Some(format!(r#"{{"time":"{text}"}}"#))),
        },
    }
}

/// Follows the blocks that are open.
#[derive(Default)]
struct Outline {
    clock: Clock,
    /// The innermost stage that is known in each: a block is what is in braces.
    blocks: Vec<Option<Arc<str>>>,
    /// The parallel blocks that are open: how many blocks and branches were open before.
    parallel: Vec<(usize, usize)>,
    /// Their branches.
    branches: Open,
}

impl steps::Outline for Outline {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        // One that is no text is where the line before it is.
        let Some(line) = line else { return };
        let line = without_notes(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        let text = Line::of(line, &mut self.clock).text;
        let Some(mark) = text.strip_prefix(PIPELINE) else {
            if let Some(status) = text.strip_prefix("Finished: ") {
                found.status = Some(status.to_owned());
            }
            let step = self.branch_of(text).cloned();
            return found.begin(place, &Names { stage: self.stage(), step_group: None, step });
        };
        // Old versions write the branch first.
        let branch = mark.strip_prefix('[').and_then(|mark| mark.split_once("] "));
        let mark = branch.map_or(mark, |(_, mark)| mark);
        // The line that ends a stage is of it.
        let before = Names { stage: self.stage(), ..Names::default() };
        let is_end = mark == "}";
        self.note(mark);
        let after = Names { stage: self.stage(), ..Names::default() };
        found.begin(place, if is_end { &before } else { &after });
    }
}

/// The name in `{ (name)`, which begins a block; of `{` there is none.
fn block(mark: &str) -> Option<Option<&str>> {
    let rest = mark.strip_prefix('{')?;
    if rest.is_empty() {
        return Some(None);
    }
    Some(Some(rest.strip_prefix(" (")?.strip_suffix(')')?))
}

impl Outline {
    /// Notes a mark of the pipeline.
    fn note(&mut self, mark: &str) {
        let is_parallel = !self.parallel.is_empty();
        if mark == "parallel" {
            self.parallel.push((self.blocks.len(), self.branches.len()));
        } else if mark == "// parallel" {
            if let Some((blocks, branches)) = self.parallel.pop() {
                self.blocks.truncate(blocks);
                while self.branches.len() > branches {
                    self.branches.pop();
                }
            }
        } else if mark == "}" {
            let open = self.parallel.last().map_or(0, |(open, _)| *open);
            if self.blocks.len() > open {
                self.blocks.pop();
            }
        } else if let Some(name) = block(mark) {
            let branch = name.and_then(|name| name.strip_prefix("Branch: "));
            if let Some(branch) = branch.filter(|_| is_parallel) {
                steps::name(branch).into_iter().for_each(|branch| self.branches.push(branch));
            }
            // In a parallel block it is not known of which branch a stage is.
            let own = name.filter(|_| branch.is_none() && !is_parallel);
            let stage = own.and_then(steps::name).or_else(|| self.stage());
            self.blocks.push(stage);
        }
    }

    /// The innermost stage that is known.
    fn stage(&self) -> Option<Arc<str>> {
        self.blocks.last()?.clone()
    }

    /// The branch that a line names in brackets.
    fn branch_of(&self, text: &str) -> Option<&Arc<str>> {
        let (name, _) = text.strip_prefix('[')?.split_once("] ")?;
        self.branches.named(name)
    }
}
