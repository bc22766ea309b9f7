//! JSON, or text, after what another program has put before each line.
//!
//! ```text
//! web-1  | {"level":"info","msg":"started"}
//! [pod/web-7d9/app] {"level":"info","msg":"started"}
//! 2026-03-09T10:00:00.123Z {"level":"info","msg":"started"}
//! 2026-03-09T10:00:00+00:00<tab>shop.web<tab>{"level":"info","msg":"started"}
//! Mar  9 10:00:00 web1 shop[17]: {"level":"info","msg":"started"}
//! ```
//!
//! Docker Compose, `kubectl logs --prefix`, `kubectl logs --timestamps`, Fluentd and syslog. The prefix gives members of
//! the object.

use memchr::memmem;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

use super::clock::Time;
use super::made::{Decoder, Made, Make, close, push_key, push_text};
use super::stamped::Clock;
use super::syslog::header::Header;
use super::{Format, Sample, Settings, ndjson};
use crate::identity::Identity;
use crate::json::push_quoted;
use crate::record::ansi::ESC;
use crate::record::reference::Reference;
use crate::source::Newlines;
use crate::table::Origin;

/// JSON after a prefix.
pub(super) static FORMAT: Format = Format {
    name: "prefixed",
    title: "JSON or text after a prefix: Docker Compose, kubectl, Fluentd, syslog",
    detected_by: "lines that begin with a name and |, [pod/name/container], or a time or syslog's header before a JSON object",
    columns: ndjson::COLUMNS,
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(Decoder::<Lines>::new(settings, &ORIGIN)),
};

/// Each line is a record of its own.
static ORIGIN: Origin =
    Origin { name: "prefixed", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    fn prefix(line: &str) -> Option<Prefix<'_>> {
        Prefix::of(line, Reference::default(), &mut Clock::default())
    }
    let is_of_compose =
        |line: &str| matches!(prefix(line), Some(Prefix { kind: Kind::Compose, .. }));
    // Of a table the names are others.
    let is_replica = |line: &str| {
        let name = Some(line).filter(|line| is_of_compose(line)).and_then(compose);
        name.is_some_and(|(name, _)| is_numbered(name))
    };
    if sample.is_half(is_of_compose) && sample.count_lines(is_replica) > 0 {
        return Some("lines that begin with a name and |".into());
    }
    let is_of_kubectl =
        |line: &str| matches!(prefix(line), Some(Prefix { kind: Kind::Kubectl, .. }));
    if sample.has_lines(is_of_kubectl) {
        return Some("lines that begin with [pod/name/container]".into());
    }
    let is_object = |line: &str| {
        let before = Some(line).filter(|line| !line.starts_with(['{', ' ', '\t'])).and_then(prefix);
        before.is_some_and(|prefix| {
            let text = &line[prefix.text..];
            text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
        })
    };
    sample.is_half(is_object).then(|| "lines of a prefix and a JSON object".into())
}

/// Whether a name is that of a container among several: `web-1`, `web_1`.
fn is_numbered(name: &str) -> bool {
    let number = name.rsplit_once(['-', '_']).map_or("", |(_, number)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compose,
    Kubectl,
    Fluentd,
    Syslog,
    /// A time alone.
    Time,
}

/// What is before the text of a line.
struct Prefix<'a> {
    kind: Kind,
    container: Option<&'a str>,
    pod: Option<&'a str>,
    tag: Option<&'a str>,
    /// As written.
    time: Option<&'a str>,
    header: Option<Header<'a>>,
    /// Where the text begins.
    text: usize,
}

impl<'a> Prefix<'a> {
    fn of(line: &'a str, reference: Reference, clock: &mut Clock) -> Option<Self> {
        let none = Self {
            kind: Kind::Time,
            container: None,
            pod: None,
            tag: None,
            time: None,
            header: None,
            text: 0,
        };
        if let Some((pod, container, text)) = kubectl(line) {
            let (pod, container) = (Some(pod), Some(container));
            return Some(
                Self { kind: Kind::Kubectl, pod, container, text, ..none }.timed(line, clock),
            );
        }
        if let Some((container, text)) = compose(line) {
            let container = Some(container);
            return Some(Self { kind: Kind::Compose, container, text, ..none }.timed(line, clock));
        }
        let timed = none.timed(line, clock);
        let rest = &line[timed.text..];
        if timed.time.is_some() {
            if let Some((tag, text)) = fluentd(line, timed.text) {
                return Some(Self { kind: Kind::Fluentd, tag: Some(tag), text, ..timed });
            }
            if rest.starts_with('{') {
                return Some(timed);
            }
        }
        match Header::of(line, reference) {
            Some(header) => {
                let text = line.len() - header.text.len();
                Some(Self { kind: Kind::Syslog, text, header: Some(header), time: None, ..timed })
            }
            None => timed.time.is_some().then_some(timed),
        }
    }

    /// With the time that the text begins with.
    fn timed(self, line: &'a str, clock: &mut Clock) -> Self {
        let text = &line[self.text..];
        // Neither in brackets nor in colours.
        let time = Some(text).filter(|text| text.starts_with(|first: char| first.is_ascii_digit()));
        match time.and_then(|text| clock.read_any(text)) {
            Some(Time { text: ["", rest], .. }) if rest.len() < text.len() => {
                let time = text[..text.len() - rest.len()].trim_end_matches([' ', '\t', '\r']);
                Self { time: Some(time), text: line.len() - rest.len(), ..self }
            }
            _ => self,
        }
    }
}

/// The name in `web-1  | text`, perhaps in colours, and where the text begins.
fn compose(line: &str) -> Option<(&str, usize)> {
    let start = colours(line);
    let rest = &line[start..];
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = rest.bytes().take_while(is_of_name).count();
    let (name, rest) = rest.split_at(length);
    let blanks = rest.bytes().take_while(|byte| *byte == b' ').count();
    let mark = rest[blanks..].strip_prefix('|').filter(|_| blanks > 0 && length > 0)?;
    let reset = colours(mark);
    let after = &mark[reset..];
    let text =
        after.strip_prefix(' ').or_else(|| (after.is_empty() || after == "\r").then_some(after))?;
    // The blank may be before the colours end.
    let text = &text[colours(text)..];
    Some((name, line.len() - text.len()))
}

/// The length of the colours that a text begins with.
fn colours(text: &str) -> usize {
    let mut at = 0;
    while text.as_bytes().get(at) == Some(&ESC) {
        let inner =
            text[at..].bytes().skip(2).take_while(|b| matches!(b, b'0'..=b'9' | b';')).count();
        if text.as_bytes().get(at + 1) != Some(&b'[')
            || text.as_bytes().get(at + 2 + inner) != Some(&b'm')
        {
            break;
        }
        at += inner + 3;
    }
    at
}

/// The names in `[pod/web-7d9/app] text`, and where the text begins.
fn kubectl(line: &str) -> Option<(&str, &str, usize)> {
    let (names, text) = line.strip_prefix("[pod/")?.split_once(']')?;
    let (pod, container) = names.split_once('/')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '/']);
    let text = text.strip_prefix(' ').or_else(|| text.is_empty().then_some(text))?;
    (is_name(pod) && is_name(container)).then_some((pod, container, line.len() - text.len()))
}

/// The tag after the time, and where the object begins: `tag<tab>{...}` after a tab, or `tag: {...}`.
fn fluentd(line: &str, start: usize) -> Option<(&str, usize)> {
    let rest = &line[start..];
    let end = rest.find([' ', '\t', ':'])?;
    let (tag, rest) = rest.split_at(end);
    let text = match line.as_bytes().get(start - 1)? {
        b'\t' => rest.strip_prefix('\t')?,
        _ => rest.strip_prefix(": ")?,
    };
    (!tag.is_empty() && text.starts_with('{')).then_some((tag, line.len() - text.len()))
}

/// Writes lines as objects.
#[derive(Default)]
pub(super) struct Lines {
    clock: Clock,
}

impl Make for Lines {
    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made {
        let Some(prefix) = Prefix::of(line, reference, &mut self.clock) else { return Made::Text };
        let (start, at) = (json.len(), prefix.text);
        let text = &line[at..];
        if text.starts_with('{') {
            push_names(&prefix, text, json);
            // What follows the brace of the object.
            match json.len() == start {
                true => json.push_str(text),
                false => {
                    let inner = text[1..].trim_start();
                    json.push_str(if inner.starts_with('}') { "" } else { "," });
                    json.push_str(inner);
                }
            }
            return Made::Object(Some(at));
        }
        push_names(&prefix, "", json);
        self.push_rest(&prefix, text, json, start);
        close(json, start);
        Made::Object(None)
    }
}

/// Adds what a prefix says, as the first members of the object that follows, or of one of its own if that is empty.
fn push_names(prefix: &Prefix<'_>, object: &str, json: &mut String) {
    let start = json.len();
    let none = Header::default();
    let header = prefix.header.as_ref().unwrap_or(&none);
    let time = prefix.time.or(header.time.as_deref());
    let members = [
        ("pod", prefix.pod),
        ("container", prefix.container),
        ("tag", prefix.tag),
        ("host", header.host),
        ("program", header.program),
        ("pid", header.pid),
        ("facility", header.facility),
        ("prefix_time", time),
    ];
    for (key, value) in members {
        let Some(value) = value else { continue };
        match is_taken(object, key) {
            false => push_key(json, start, key),
            true => push_key(json, start, &free(object, key)),
        }
        push_quoted(json, value);
    }
}

/// Whether an object may have this key: a quick look.
fn is_taken(object: &str, key: &str) -> bool {
    let mut found = memmem::find_iter(object.as_bytes(), key.as_bytes());
    found.any(|at| {
        at > 0 && object.as_bytes()[at - 1] == b'"' && object[at + key.len()..].starts_with('"')
    }) || memchr::memchr(b'\\', object.as_bytes()).is_some()
        && keys_of(object).any(|own| own == key)
}

/// A key that an object does not have, with as few `_` at its end as may be.
fn free(object: &str, key: &str) -> String {
    let keys: Vec<String> = keys_of(object).collect();
    let mut free = key.to_owned();
    while keys.contains(&free) {
        free.push('_');
    }
    free
}

/// The keys of an object; none of what is no object.
fn keys_of(object: &str) -> impl Iterator<Item = String> {
    let object: Option<BTreeMap<String, IgnoredAny>> = serde_json::from_str(object).ok();
    object.into_iter().flat_map(BTreeMap::into_keys)
}

impl Lines {
    /// Adds level and message of a text, and its time if the prefix has none.
    fn push_rest(&mut self, prefix: &Prefix<'_>, text: &str, json: &mut String, start: usize) {
        let has_time = prefix.time.is_some() || prefix.header.is_some();
        let own = Some(text).filter(|_| !has_time).and_then(|text| self.clock.read_any(text));
        let (head, rest) = match &own {
            Some(Time { text: [head, rest], .. }) => {
                let time =
                    text[..text.len() - rest.len()].trim_matches([' ', '\t', '[', ']', '\r']);
                push_text(json, start, "prefix_time", &*crate::record::ansi::strip(time));
                (*head, *rest)
            }
            None => ("", text),
        };
        let level = self.clock.levels.find(rest);
        let severity = prefix.header.as_ref().and_then(|header| header.severity);
        let found = level.clone().map(|level| &rest[level]);
        push_text(json, start, "level", severity.or(found));
        // As `stamped` has it: blanks that pad a level are no part of the text.
        let padding = level.filter(|_| own.is_some()).map_or(0, |level| {
            let before = &rest[..level.start];
            if before.bytes().all(|byte| byte == b' ') { before.len() } else { 0 }
        });
        push_key(json, start, "message");
        match head {
            "" => push_quoted(json, &rest[padding..]),
            head => push_quoted(json, &[head, &rest[padding..]].concat()),
        }
    }
}
