//! Docker's json-file driver (moby, daemon/logger/jsonfilelog): one object a line with `log`,
//! `stream` and `time`. A `log` without a newline is a part of what its stream wrote: the daemon
//! cuts at 16 KiB.

use memchr::{memchr_iter, memmem, memrchr};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::{Place, each_line};
use super::{Decode, Format, Sample, Settings};
use crate::batch::{LinesBuilder, Origin};
use crate::identity::Identity;
use crate::json::{AnyParser, Column, Mapping};
use crate::record::Record;
use crate::record::ansi::CUT_MARK;
use crate::source::{Framing, Piece};

/// Docker.
pub(super) static FORMAT: Format = Format {
    name: "docker",
    title: "Docker json-file logs",
    told_by: "objects with log, stream and time, one a line",
    columns: &[
        ("timestamp, zone", "time"),
        ("message", "log, parts joined"),
        ("extra", "stream, attrs; joined: the times of further parts"),
    ],
    recognise: |sample: &Sample<'_>| {
        let json = sample.json().filter(|json| !json.is_document())?;
        let is_docker = json.has_keys(["log", "stream", "time"]);
        is_docker.then(|| "objects with log, stream and time".into())
    },
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Parts),
    decoder: |settings: &Settings| {
        let keys = [("time", Column::Timestamp), ("log", Column::Message)];
        let parser = AnyParser::new(Mapping::of(keys, &[]));
        Box::new(Decoder { max_line: settings.max_line, parser })
    },
};

static ORIGIN: Origin = Origin { name: "docker", size_limits: &[], cut_marks: &[CUT_MARK] };

/// What decides whether lines are joined.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    log: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    stream: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    time: &'a RawValue,
}

/// Whether a line is a part that does not end in a newline. Of the usual ones the text tells.
fn open_part(line: &[u8]) -> Option<Part<'_>> {
    const AFTER: &[u8] = br#"\n","stream":"std"#;
    // Not the end of the text only if a backslash before it is doubled.
    if let Some(at) = memmem::rfind(line, AFTER)
        && line[..at].last() != Some(&b'\\')
    {
        return None;
    }
    let part: Part<'_> = serde_json::from_slice(line).ok()?;
    (!part.log.ends_with('\n')).then_some(part)
}

/// The stream of a line, of any that is a record.
fn stream_of(line: &[u8]) -> Option<String> {
    let part: Part<'_> = serde_json::from_slice(line).ok()?;
    Some(part.stream.into_owned())
}

/// Cuts where no stream has an unfinished text.
struct Parts;

impl Framing for Parts {
    fn cut(&mut self, text: &[u8]) -> Option<usize> {
        let end = memrchr(b'\n', text)? + 1;
        let (mut start, mut open): (usize, Vec<(usize, String)>) = (0, Vec::new());
        for newline in memchr_iter(b'\n', &text[..end]) {
            let line = &text[start..newline];
            if let Some(part) = open_part(line) {
                if open.iter().all(|(_, stream)| **stream != *part.stream) {
                    open.push((start, part.stream.into_owned()));
                }
            } else if !open.is_empty()
                && let Some(stream) = stream_of(line)
            {
                open.retain(|(_, other)| *other != stream);
            }
            start = newline + 1;
        }
        match open.iter().map(|(start, _)| *start).min() {
            Some(0) => None,
            Some(first) => Some(first),
            None => Some(end),
        }
    }
}

/// What a stream has written, up to its newline.
struct Text {
    stream: String,
    place: Place,
    first: String,
    message: String,
    /// Times of the parts behind the first, as written.
    times: Vec<String>,
    /// Where its row belongs among those of the piece.
    order: usize,
}

struct Decoder {
    max_line: usize,
    parser: AnyParser,
}

/// A row that is whole, or waits for one that began before it.
enum Waiting {
    Line(String, Place),
    Joined(Text),
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        let mut open: Vec<Text> = Vec::new();
        // Rows in the order of their first lines: those behind an open text wait for it.
        let mut waiting: Vec<(usize, Waiting)> = Vec::new();
        let mut order = 0;
        each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
            order += 1;
            let part = open_part(line.text.as_bytes());
            if open.is_empty() && part.is_none() {
                return super::ndjson::push(&mut self.parser, line.text.as_bytes(), line.place, rows);
            }
            let own: Option<Part<'_>> = serde_json::from_str(line.text).ok();
            let is_open = part.is_some();
            let Some(own) = own else {
                let row = Waiting::Line(line.text.to_owned(), line.place);
                return waiting.push((order, row));
            };
            match open.iter().position(|text| text.stream == own.stream) {
                Some(at) => {
                    let text = &mut open[at];
                    text.message.push_str(&own.log);
                    text.times.push(own.time.get().to_owned());
                    if !is_open || text.message.len() > self.max_line {
                        let text = open.remove(at);
                        waiting.push((text.order, Waiting::Joined(text)));
                    }
                }
                None if is_open => open.push(Text {
                    stream: own.stream.into_owned(),
                    place: line.place,
                    first: line.text.to_owned(),
                    message: own.log.into_owned(),
                    times: Vec::new(),
                    order,
                }),
                None => {
                    let row = Waiting::Line(line.text.to_owned(), line.place);
                    waiting.push((order, row));
                }
            }
            if open.is_empty() {
                self.flush(&mut waiting, rows);
            }
        });
        // What ends the entry, if it failed, is behind these.
        waiting.extend(open.into_iter().map(|text| (text.order, Waiting::Joined(text))));
        self.flush(&mut waiting, rows);
    }
}

impl Decoder {
    fn flush(&mut self, waiting: &mut Vec<(usize, Waiting)>, rows: &mut LinesBuilder) {
        waiting.sort_by_key(|(order, _)| *order);
        for (_, row) in waiting.drain(..) {
            match row {
                Waiting::Line(line, place) => {
                    super::ndjson::push(&mut self.parser, line.as_bytes(), place, rows);
                }
                Waiting::Joined(text) => self.push_joined(&text, rows),
            }
        }
    }

    fn push_joined(&mut self, text: &Text, rows: &mut LinesBuilder) {
        let joined = format!("\"joined\":[{}]", text.times.join(","));
        let parsed = self.parser.parse(text.first.as_bytes(), |record: &Record<'_>| {
            let message = Some(text.message.as_str());
            let extra = match record.extra {
                _ if text.times.is_empty() => record.extra.map(str::to_owned),
                Some(extra) => Some(format!("{},{joined}}}", &extra[..extra.len() - 1])),
                None => Some(format!("{{{joined}}}")),
            };
            let extra = extra.as_deref();
            rows.push(text.place.line, &Record { message, extra, ..record.clone() });
        });
        if let Err(reason) = parsed {
            let raw = Some(text.first.as_bytes());
            rows.push_malformed(text.place.line, text.place.offset, raw, reason);
        }
    }
}
