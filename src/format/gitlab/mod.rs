//! Job logs of GitLab (gitlab-org/gitlab-runner; docs.gitlab.com, ci/jobs/job_logs).
//!
//! ```text
//! 2026-03-09T09:12:26.489900Z 00O section_start:1773047546:prepare_executor\r ESC[0K
//! 2026-03-09T09:12:26.489990Z 00O+Preparing the "docker" executor
//! 2026-03-09T09:12:27.300000Z 01E fetch 10%\rfetch 60%\rfetch 100%
//! ```
//!
//! A line has a time, what wrote it (00: the runner, 01: the script) to which stream, and whether it continues the last
//! line of its stream (`+`) or is a new one. Older runners write the text alone. Sections are the steps of a job.

mod content;
mod outline;
mod recent;

use super::lines::{TextLine, each_line};
use super::redraws::add_texts;
use super::stamped::Clock;
use super::steps;
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::record::Record;
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin, Stamp};
use content::{Content, begins_section};
use outline::Outline;
use recent::{Joined, cut, joined};

/// GitLab's job logs. Before formats of any lines with times.
pub(super) static FORMAT: Format = Format {
    name: "gitlab",
    title: "GitLab job logs",
    detected_by: "lines of a time with six digits and Z, two hexadecimal digits and O or E; or section_start:",
    columns: &[
        ("step_group, step", "the section, and the one around it"),
        (
            "timestamp, zone",
            "the stamp; of a line without one that begins or ends a section, the section's",
        ),
        ("level", "a level word near the beginning of the text"),
        ("message", "the text, continuations joined; of text that was written over, the last"),
        (
            "extra",
            "stream, source (00 runner, 01 script), sections, redrawn, joined (times of continuations)",
        ),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(|catalog, own| steps::divide(catalog, own, |_, max_line| Outline::new(max_line))),
    stages: &[],
    framing: || Box::new(Recent),
    decoder: |settings: &Settings| {
        Box::new(Decoder {
            max_line: settings.max_line,
            clock: Clock::default(),
            extra: String::new(),
        })
    },
};

/// A row may be joined from several lines.
static ORIGIN: Origin =
    Origin { name: "gitlab", spans_lines: true, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    if sample.has_lines(|line| Prefix::of(line, &mut Clock::default()).is_some()) {
        return Some("lines with a time, a source, a stream and a blank or +".into());
    }
    let sections = sample.count_lines(begins_section);
    let is_one = sections > 0 && !sample.is_mostly_of_others();
    is_one.then(|| "marks of sections".into())
}

/// Bytes of a stamp, with the blank after it.
const STAMP: usize = "2026-03-09T09:12:26.489682Z ".len();

/// Bytes before the content.
const PREFIX: usize = STAMP + "00O ".len();

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prefix {
    /// Two hexadecimal digits, and `O` or `E`.
    stream: [u8; 3],
    /// It continues a line before it.
    is_continued: bool,
}

impl Prefix {
    /// The prefix of a line, and its time in nanoseconds since 1970.
    #[inline]
    fn of(line: &str, clock: &mut Clock) -> Option<(Self, i64)> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let [high, low, stream @ (b'O' | b'E'), mark @ (b' ' | b'+')] =
            *line.as_bytes().get(STAMP..PREFIX)?
        else {
            return None;
        };
        let (nanos, _) = clock.read::<6>(line).filter(|_| is_hex(high) && is_hex(low))?;
        Some((Self { stream: [high, low, stream], is_continued: mark == b'+' }, nanos))
    }

    /// The source and stream as members of an object that is not closed.
    fn members(self) -> String {
        let [high, low, stream] = self.stream;
        let stream = if stream == b'E' { "stderr" } else { "stdout" };
        format!(r#"{{"stream":"{stream}","source":"{}{}""#, char::from(high), char::from(low))
    }

    /// All of `extra`, for the usual sources.
    fn usual(self) -> Option<&'static str> {
        Some(match &self.stream {
            b"00O" => r#"{"stream":"stdout","source":"00"}"#,
            b"00E" => r#"{"stream":"stderr","source":"00"}"#,
            b"01O" => r#"{"stream":"stdout","source":"01"}"#,
            b"01E" => r#"{"stream":"stderr","source":"01"}"#,
            _ => return None,
        })
    }
}

/// Cuts where no line after joins one before.
struct Recent;

impl Framing for Recent {
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        cut(text, is_long)
    }
}

struct Decoder {
    max_line: usize,
    clock: Clock,
    /// Reused from row to row.
    extra: String,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let max_line = self.max_line;
        // Of most pieces there are none.
        let joined = joined(piece, text, max_line);
        each_line(piece, text, max_line, &ORIGIN, rows, |line, rows| {
            if !joined.is_empty() {
                if joined.is_joined(line.place.line) {
                    return;
                }
                if let Some(joined) = joined.to(line.place.line) {
                    return self.push_joined(line, joined, rows);
                }
            }
            self.push(line, rows);
        });
    }
}

impl Decoder {
    /// Writes the row of a line by itself.
    fn push(&mut self, line: &TextLine<'_, '_>, rows: &mut LinesBuilder) {
        let prefix = Prefix::of(line.text, &mut self.clock);
        let content = if prefix.is_some() { &line.text[PREFIX..] } else { line.text };
        let usual = prefix.map(|(prefix, _)| prefix.usual());
        if usual == Some(None) || !Content::is_plain(content) {
            return self.push_content(line, prefix, (content, &[]), rows);
        }
        let level = self.clock.levels.find_shown(content);
        let (timestamp, zone) = (prefix.map(|(_, nanos)| nanos), prefix.map(|_| "Z"));
        rows.push_text(&line.row(Stamp { timestamp, zone, level }, ["", content]));
        if let Some(extra) = usual.flatten() {
            rows.set_extra(extra);
        }
    }

    /// Writes the row of a line that others are joined to.
    #[cold]
    fn push_joined(&mut self, line: &TextLine<'_, '_>, joined: &Joined, rows: &mut LinesBuilder) {
        let prefix = Prefix::of(line.text, &mut self.clock);
        let first = line.text.get(PREFIX..).unwrap_or_default();
        let whole = [first, &joined.content].concat();
        self.push_content(line, prefix, (&whole, &joined.times), rows);
    }

    /// Writes the row of a content that has marks, or texts that were written over.
    fn push_content(
        &mut self,
        line: &TextLine<'_, '_>,
        prefix: Option<(Prefix, i64)>,
        (content, times): (&str, &[String]),
        rows: &mut LinesBuilder,
    ) {
        let Content { sections, redraws } = Content::of(content);
        let level = self.clock.levels.find_shown(redraws.last);
        let extra = &mut self.extra;
        extra.clear();
        extra.push_str(&prefix.map_or_else(|| "{".to_owned(), |(prefix, _)| prefix.members()));
        let marks: Vec<&str> = sections.iter().map(|section| &*section.text).collect();
        add_texts(extra, "sections", &marks);
        add_texts(extra, "redrawn", &redraws.before);
        add_texts(extra, "joined", times);
        extra.push('}');
        let seconds =
            sections.last().and_then(|section| section.seconds?.checked_mul(1_000_000_000));
        let is_stamped = prefix.is_some();
        let record = Record {
            timestamp: prefix.map(|(_, nanos)| nanos).or(seconds),
            zone: is_stamped.then_some("Z"),
            is_epoch: !is_stamped,
            level,
            message: Some(redraws.last),
            extra: Some(&**extra).filter(|extra| extra.len() > 2),
            ..Record::default()
        };
        rows.push(line.place.line, &record);
    }
}
