//! Job logs of GitLab: lines in pieces, sections.

use std::sync::LazyLock;

use regex::Regex;
use ripsaw::identity::Identity;

use super::lines::{lines, text_of};
use super::stamps::{by_pattern, utc};
use super::steps::{extra, fill_level, place, redraws, strings};
use crate::oracle::{Row, clean};

/// How many rows back a line may be continued.
const REACH: usize = 16;

/// A row before its content is taken apart.
struct Draft {
    row: Row,
    /// The two digits and the letter; `None` without a stamp.
    stream: Option<String>,
    content: String,
    /// The times of the lines that were appended.
    joined: Vec<String>,
    /// The last line that is part of the row.
    last: i64,
}

/// What stands before the content.
struct Prefix<'a> {
    nanos: i64,
    time: &'a str,
    stream: &'a str,
    is_more: bool,
    content: &'a str,
}

fn prefix(line: &str) -> Option<Prefix<'_>> {
    static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = format!("(?s)^{} (?<text>[0-9a-f]{{2}}[OE][ +].*)$", utc(6));
        Regex::new(&pattern).unwrap()
    });
    let (stamp, rest) = by_pattern(&PREFIX, line)?;
    let time = &line[..line.len() - rest.len() - 1];
    let is_more = &rest[3..4] == "+";
    Some(Prefix { nanos: stamp.nanos, time, stream: &rest[..3], is_more, content: &rest[4..] })
}

/// Whether a line has a time and a stream.
pub(super) fn has_prefix(line: &str) -> bool {
    prefix(line).is_some()
}

/// Whether a line begins with the mark of a section.
pub(super) fn begins_with_section(line: &str) -> bool {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\x1b\[0K)?section_(?:start|end):[0-9]+:[A-Za-z0-9_.-]").unwrap()
    });
    MARK.is_match(line)
}

/// The format `gitlab`.
pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    let mut open = Vec::new();
    let mut current = Identity::default();
    let mut until = 0;
    let mut rows = Vec::new();
    for draft in drafts(text, max_line) {
        let (first, last) = (draft.row.line, draft.last);
        let (mut row, own) = finish(draft, &mut open);
        // A row within the lines of another is where that one is.
        if first > until {
            current = own;
        }
        until = until.max(last);
        row.identity = current.clone();
        rows.push(row);
    }
    rows
}

fn drafts(text: &[u8], max_line: usize) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    // Nothing before a line that is too long is continued after it.
    let mut from = 0;
    for line in lines(text) {
        let mut row = Row::empty(line.number);
        let (mut stream, mut content) = (None, String::new());
        match text_of(&line, max_line) {
            Err(error) => {
                from = if line.raw.len() > max_line { drafts.len() + 1 } else { from };
                row = *error;
            }
            // A `\r` at the end of a line matters to what is joined to it.
            Ok(_) => match prefix(std::str::from_utf8(line.raw).unwrap()) {
                None => std::str::from_utf8(line.raw).unwrap().clone_into(&mut content),
                Some(it) => {
                    let of_stream = |draft: &&mut Draft| draft.stream.as_deref() == Some(it.stream);
                    let newest = drafts.iter_mut().skip(from).rev().take(REACH).find(of_stream);
                    match newest.filter(|row| it.is_more && row.content.len() <= max_line) {
                        Some(draft) => {
                            draft.content.push_str(it.content);
                            draft.joined.push(it.time.to_owned());
                            draft.last = line.number;
                            continue;
                        }
                        None => {
                            (row.timestamp, row.zone) = (Some(it.nanos), Some("Z".to_owned()));
                            (stream, content) = (Some(it.stream.to_owned()), it.content.to_owned());
                        }
                    }
                }
            },
        }
        drafts.push(Draft { row, stream, content, joined: Vec::new(), last: line.number });
    }
    drafts
}

/// The row, and the section that it is in by itself.
fn finish(draft: Draft, open: &mut Vec<String>) -> (Row, Identity) {
    let Draft { mut row, stream, content, joined, .. } = draft;
    let mut closed = None;
    if row.error.is_none() {
        let (mut markers, mut others) = (Vec::new(), Vec::new());
        for segment in content.split('\r') {
            match marker(&clean(segment)) {
                Some(it) => markers.push(it),
                None => others.push(segment),
            }
        }
        for it in &markers {
            closed = None;
            if it.is_start {
                open.push(it.name.clone());
            } else if let Some(at) = open.iter().rposition(|name| *name == it.name) {
                open.truncate(at);
                closed = Some(it.name.clone());
            }
        }
        let (message, redrawn) = redraws(&others);
        // Text after the end is of what is around the section.
        closed = closed.filter(|_| !message.chars().any(|letter| letter > ' '));
        row.message = Some(message);
        fill_level(&mut row);
        let mut members = Vec::new();
        match &stream {
            Some(stream) => {
                let name = if stream.ends_with('O') { "stdout" } else { "stderr" };
                members.push(("stream".to_owned(), format!("\"{name}\"")));
                members.push(("source".to_owned(), format!("\"{}\"", &stream[..2])));
            }
            None => row.timestamp = markers.last().and_then(|it| it.nanos),
        }
        let texts: Vec<String> = markers.into_iter().map(|it| it.text).collect();
        members.extend(strings("sections", &texts));
        members.extend(strings("redrawn", &redrawn));
        members.extend(strings("joined", &joined));
        row.extra = extra(&members);
    }
    let mut names = open.iter().rev().cloned();
    let step = closed.or_else(|| names.next());
    (row, place(None, names.next(), step))
}

/// The beginning or the end of a section.
struct Marker {
    text: String,
    is_start: bool,
    name: String,
    nanos: Option<i64>,
}

fn marker(text: &str) -> Option<Marker> {
    static MARKER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^section_(?:(?<start>start)|end):(?<time>[0-9]+):(?<name>[A-Za-z0-9_.-]+)(?<options>\[[^\]]*\])?$",
        )
        .unwrap()
    });
    let found = MARKER.captures(text)?;
    let is_start = found.name("start").is_some();
    if !is_start && found.name("options").is_some() {
        return None;
    }
    let seconds: Option<i64> = found["time"].parse().ok();
    Some(Marker {
        text: text.to_owned(),
        is_start,
        name: found["name"].to_owned(),
        nanos: seconds.and_then(|seconds| seconds.checked_mul(1_000_000_000)),
    })
}
