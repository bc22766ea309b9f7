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

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::IgnoredAny;

use super::clock::Time;
use super::lines::valid;
use super::made::{Decoder, Made, Make, ObjectLine, Text};
use super::stamped::Clock;
use super::syslog::header::Header;
use super::syslog::{self, Times};
use super::{Format, Sample, Settings, ndjson};
use crate::identity::Identity;
use crate::json::{close_object, push_key, push_member, push_quoted};
use crate::record::ansi;
use crate::source::Newlines;
use crate::source::Reference;
use crate::table::{Origin, Stamp};

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
        Prefix::of(line, Reference::default(), &mut Lines::default())
    }
    let is_of_compose =
        |line: &str| matches!(prefix(line), Some(Prefix { kind: Kind::Compose, .. }));
    // Of a table the names are others.
    let is_replica = |line: &str| {
        let name = Some(line).filter(|line| is_of_compose(line)).and_then(compose);
        name.is_some_and(|(name, _)| is_numbered(name))
    };
    if sample.is_half(is_of_compose) && sample.count_lines(is_replica) > 0 && !is_table(sample) {
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
            begins_object(text) && serde_json::from_str::<IgnoredAny>(text).is_ok()
        })
    };
    sample.is_half(is_object).then(|| "lines of a prefix and a JSON object".into())
}

/// Whether lines with a name and a bar are those of a table: it has a rule, or each name once. A container writes more than
/// one line, unless only two have come.
fn is_table(sample: &Sample<'_>) -> bool {
    let is_of_rule = |byte: u8| matches!(byte, b'-' | b'=' | b'+' | b'|' | b':' | b' ');
    let is_rule = |line: &str| {
        line.bytes().all(is_of_rule)
            && line.contains("--") | line.contains("==")
            && line.contains(['+', '|'])
    };
    let names: Vec<&str> =
        sample.lines().filter_map(|line| Some(compose(valid(line))?.0)).collect();
    let distinct: HashSet<&str> = names.iter().copied().collect();
    sample.count_lines(is_rule) > 0 || names.len() > 2 && distinct.len() == names.len()
}

/// Whether a name is that of a container among several: `web-1`, `web_1`.
fn is_numbered(name: &str) -> bool {
    let number = name.rsplit_once(['-', '_']).map_or("", |(_, number)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compose,
    Kubectl,
    Fluentd,
    Syslog,
    /// A time alone.
    #[default]
    Time,
}

/// What is before the text of a line.
#[derive(Default)]
struct Prefix<'a> {
    kind: Kind,
    container: Option<&'a str>,
    pod: Option<&'a str>,
    tag: Option<&'a str>,
    /// With what is around it, its instant and offset.
    time: Option<(&'a str, i64, Option<&'a str>)>,
    /// If it is of syslog.
    header: Header<'a>,
    /// Where the text begins.
    text: usize,
}

impl<'a> Prefix<'a> {
    #[inline]
    fn of(line: &'a str, reference: Reference, known: &mut Lines) -> Option<Self> {
        let Lines { clock, times } = known;
        let mut prefix = Self::default();
        if let Some((pod, container, text)) = kubectl(line) {
            (prefix.pod, prefix.container) = (Some(pod), Some(container));
            (prefix.kind, prefix.text) = (Kind::Kubectl, text);
            prefix.read_time(line, clock);
            return Some(prefix);
        }
        if let Some((container, text)) = compose(line) {
            prefix.container = Some(container);
            (prefix.kind, prefix.text) = (Kind::Compose, text);
            prefix.read_time(line, clock);
            return Some(prefix);
        }
        prefix.read_time(line, clock);
        if prefix.time.is_some() {
            if let Some((tag, text)) = fluentd(line, prefix.text) {
                (prefix.kind, prefix.tag, prefix.text) = (Kind::Fluentd, Some(tag), text);
                return Some(prefix);
            }
            if begins_object(&line[prefix.text..]) {
                return Some(prefix);
            }
        }
        if let Some(header) = Header::of(line, reference, times) {
            (prefix.kind, prefix.time) = (Kind::Syslog, None);
            prefix.text = line.len() - header.text.len();
            prefix.header = header;
            return Some(prefix);
        }
        prefix.time.is_some().then_some(prefix)
    }

    /// Takes the time that the text begins with, unless it is in brackets that end later.
    #[inline]
    fn read_time(&mut self, line: &'a str, clock: &mut Clock) {
        let text = &line[self.text..];
        if let Some(Time { text: ["", rest], nanos, zone }) = clock.read_any(text) {
            self.time = Some((&text[..text.len() - rest.len()], nanos, zone));
            self.text = line.len() - rest.len();
        }
    }

    fn is_of_syslog(&self) -> bool {
        self.kind == Kind::Syslog
    }
}

/// A time without brackets, colours and blanks around it.
fn written(time: &str) -> Cow<'_, str> {
    let around = [' ', '\t', '\r', '[', ']'];
    match ansi::strip(time) {
        Cow::Borrowed(time) => time.trim_matches(around).into(),
        Cow::Owned(time) => time.trim_matches(around).to_owned().into(),
    }
}

/// Whether a text begins with an object, perhaps after blanks.
fn begins_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t']).starts_with('{')
}

/// The name in `web-1  | text`, and where the text begins. The name may be in colours, which end near the bar.
fn compose(line: &str) -> Option<(&str, usize)> {
    let mut start = 0;
    while let Some(length) = colour(&line[start..]) {
        start += length;
    }
    let reset = |text: &str| if start == 0 { 0 } else { colour(text).unwrap_or(0) };
    let rest = &line[start..];
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = rest.bytes().take_while(is_of_name).count();
    let (name, rest) = rest.split_at(length);
    let blanks = rest.bytes().take_while(|byte| *byte == b' ').count();
    if blanks == 0 || !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = &rest[blanks..];
    let after = rest[reset(rest)..].strip_prefix('|')?;
    let text = match (after.strip_prefix(' '), reset(after)) {
        // The blank may be before the colours end.
        (Some(text), _) => &text[reset(text)..],
        (None, 0) => after.is_empty().then_some(after)?,
        (None, length) => {
            let text = &after[length..];
            if text.is_empty() { text } else { text.strip_prefix(' ')? }
        }
    };
    Some((name, line.len() - text.len()))
}

/// The length of the colour that a text begins with.
fn colour(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let length = inner.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
    inner[length..].starts_with('m').then_some(length + 3)
}

/// The names in `[pod/web-7d9/app] text`, and where the text begins.
fn kubectl(line: &str) -> Option<(&str, &str, usize)> {
    let (names, text) = line.strip_prefix("[pod/")?.split_once(']')?;
    let (pod, container) = names.split_once('/')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '/']);
    let text = text.strip_prefix(' ').or_else(|| text.is_empty().then_some(text))?;
    (is_name(pod) && is_name(container)).then_some((pod, container, line.len() - text.len()))
}

/// The tag after the time, and where the object begins: `tag<tab>{...}` or `tag: {...}`.
fn fluentd(line: &str, start: usize) -> Option<(&str, usize)> {
    let rest = &line[start..];
    let end =
        rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '{' | '}' | ':'))?;
    let (tag, rest) = rest.split_at(end);
    let text = rest.strip_prefix('\t').or_else(|| rest.strip_prefix(": "))?;
    (!tag.is_empty() && begins_object(text)).then_some((tag, line.len() - text.len()))
}

/// Writes lines as objects.
#[derive(Default)]
pub(super) struct Lines {
    clock: Clock,
    times: Times,
}

impl Make for Lines {
    #[inline]
    fn read<'l>(
        &mut self,
        line: &'l str,
        reference: Reference,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Text<'l>> {
        let prefix = Prefix::of(line, reference, self)?;
        let text = &line[prefix.text..];
        let header = &prefix.header;
        let own = prefix.time.map(|(_, nanos, zone)| (nanos, zone));
        let of_header = header.time;
        if begins_object(text) {
            let time = own.or_else(|| of_header?.read());
            return Some(read_object(prefix, time, text, members));
        }
        let time = match (own, of_header) {
            (None, Some(time)) => Some(time.instant()?),
            (own, _) => own,
        };
        if header.written_time.is_some() {
            return None;
        }
        let has_time = time.is_some() || prefix.is_of_syslog();
        let own = if has_time { None } else { self.clock.read_any(text) };
        let (time, rest) = match own {
            Some(Time { nanos, zone, text: ["", rest] }) => (Some((nanos, zone)), rest),
            Some(_) => return None,
            None => (time, text),
        };
        let level = self.clock.levels.find(rest);
        let is_timed = own_or_prefix(&prefix, time.is_some());
        let padding =
            level.clone().filter(|_| is_timed).map_or(0, |level| padding(rest, level.start));
        let level = level.map(|level| &rest[level]);
        let severity = header.severity;
        add_names(&prefix, members);
        let (timestamp, zone) = (time.map(|(nanos, _)| nanos), time.and_then(|(_, zone)| zone));
        let stamp = Stamp { timestamp, zone, level: severity.or(level) };
        Some(Text { stamp, message: &rest[padding..], object: None })
    }

    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made {
        let Some(prefix) = Prefix::of(line, reference, self) else { return Made::Text };
        let (start, text) = (json.len(), &line[prefix.text..]);
        let mut members = Vec::new();
        add_names(&prefix, &mut members);
        members.into_iter().for_each(|(key, value)| push_member(json, start, key, value));
        self.push_rest(&prefix, text, json, start);
        close_object(json, start);
        Made::Object
    }
}

/// The same for a line with an object.
fn read_object<'l>(
    prefix: Prefix<'l>,
    time: Option<(i64, Option<&'l str>)>,
    text: &'l str,
    members: &mut Vec<(&'static str, &'l str)>,
) -> Text<'l> {
    add_names(&prefix, members);
    let Header { severity: level, written_time, time: of_header, .. } = prefix.header;
    let of_header =
        || written_time.map(Cow::Borrowed).or_else(|| of_header.map(syslog::Time::text));
    let written = prefix.time.map(|(time, ..)| written(time)).or_else(of_header);
    let (timestamp, zone) = (time.map(|(nanos, _)| nanos), time.and_then(|(_, zone)| zone));
    let stamp = Stamp { timestamp, zone, level: None };
    let message = text.trim_start_matches([' ', '\t']);
    Text { stamp, message, object: Some(ObjectLine { written, level }) }
}

/// Adds what a prefix says of the writer.
fn add_names<'l>(prefix: &Prefix<'l>, members: &mut Vec<(&'static str, &'l str)>) {
    let header = &prefix.header;
    let named = [
        ("pod", prefix.pod),
        ("container", prefix.container),
        ("tag", prefix.tag),
        ("host", header.host),
        ("program", header.program),
        ("pid", header.pid),
        ("facility", header.facility),
        ("msgid", header.msgid),
        ("structured", header.structured),
    ];
    members.extend(named.into_iter().filter_map(|(key, value)| Some((key, value?))));
}

/// Whether a text comes after a time that is not of syslog.
fn own_or_prefix(prefix: &Prefix<'_>, has_time: bool) -> bool {
    prefix.time.is_some() || !prefix.is_of_syslog() && has_time
}

/// Blanks that pad a level at the beginning of a text, as `stamped` has it.
fn padding(text: &str, level: usize) -> usize {
    if text[..level].bytes().all(|byte| byte == b' ') { level } else { 0 }
}

impl Lines {
    /// Adds level and message of a text, and its time if the prefix has none.
    fn push_rest(&mut self, prefix: &Prefix<'_>, text: &str, json: &mut String, start: usize) {
        let header = &prefix.header;
        let time = prefix.time.map(|(time, ..)| written(time));
        let time_of_header = header.time.map(syslog::Time::text);
        push_member(json, start, "time", time.as_deref().or(time_of_header.as_deref()));
        push_member(json, start, "written_time", header.written_time);
        let has_time = prefix.time.is_some() || prefix.is_of_syslog();
        let own = Some(text).filter(|_| !has_time).and_then(|text| self.clock.read_any(text));
        let (head, rest) = match &own {
            Some(Time { text: [head, rest], .. }) => {
                let time =
                    text[..text.len() - rest.len()].trim_matches([' ', '\t', '[', ']', '\r']);
                push_member(json, start, "time", &*crate::record::ansi::strip(time));
                (*head, *rest)
            }
            None => ("", text),
        };
        let level = self.clock.levels.find(rest);
        let severity = header.severity;
        let found = level.clone().map(|level| &rest[level]);
        push_member(json, start, "level", severity.or(found));
        let is_timed = own.is_some() || prefix.time.is_some();
        let padding = level.filter(|_| is_timed).map_or(0, |level| padding(rest, level.start));
        push_key(json, start, "message");
        match head {
            "" => push_quoted(json, &rest[padding..]),
            head => push_quoted(json, &[head, &rest[padding..]].concat()),
        }
    }
}
