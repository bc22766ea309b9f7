//! Objects and texts behind the name of a container, a time, a tag, or the header of syslog.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;
use super::made::{Made, each};
use super::record::is_object;
use super::stamps::Any;
use super::syslog::{self, Header};
use super::times::any_time;
use crate::oracle::{Row, level, members, object};

/// What stands before the rest of a line.
struct Prefix {
    made: Made,
    /// The key and the text of the time.
    time: Option<(&'static str, String)>,
    kind: Kind,
    rest: String,
    /// Of syslog.
    severity: Option<&'static str>,
    whole_time: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Compose {
        is_numbered: bool,
    },
    Kubectl,
    /// A time, Fluentd's or syslog's; the rest may be text.
    Timed {
        is_syslog: bool,
    },
}

impl Prefix {
    fn of(made: Made, time: Option<(&'static str, String)>, kind: Kind, rest: String) -> Self {
        Self { made, time, kind, rest, severity: None, whole_time: None }
    }
}

pub(super) fn rows(text: &[u8], max_line: usize, stored: Option<i64>) -> Vec<Row> {
    each(text, max_line, |line, text| Some(row(&prefix(text, stored)?, line)))
}

/// Whether lines like those of containers are a table.
pub(super) fn is_table(lines: &[String]) -> bool {
    static RULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[-=+|: ]+$").unwrap());
    let is_rule = |line: &String| {
        let has = |mark| line.contains(mark);
        RULE.is_match(line) && (has("--") || has("==")) && (has("+") || has("|"))
    };
    let is_compose = |line: &&String| matches!(kind(line), Some((Kind::Compose { .. }, _)));
    let name = |line: &String| {
        let shown = crate::ansi::oracle(line);
        shown.split_once('|').map(|(name, _)| name.trim().to_owned())
    };
    let names: Vec<String> = lines.iter().filter(is_compose).filter_map(name).collect();
    let is_single = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    lines.iter().any(is_rule) || names.len() >= 3 && names.iter().all(is_single)
}

/// The kind of a line's prefix, and whether an object follows.
pub(super) fn kind(line: &str) -> Option<(Kind, bool)> {
    prefix(line, None).map(|found| (found.kind, is_object(&found.rest)))
}

fn prefix(line: &str, stored: Option<i64>) -> Option<Prefix> {
    container(line).or_else(|| fluentd(line)).or_else(|| of_syslog(line, stored)).or_else(|| {
        let made = Made::default();
        let kind = Kind::Timed { is_syslog: false };
        let (time, rest) = timed(line)?;
        Some(Prefix::of(made, Some(("prefix_time", time)), kind, rest))
    })
}

/// The time that a text begins with, and the rest as `stamped` makes a message of it.
fn timed(text: &str) -> Option<(String, String)> {
    let (time, rest) = Any::get().written(text)?;
    let padded = rest.trim_start_matches(' ');
    let is_padded = Any::get().level(&rest).is_some_and(|word| padded.starts_with(word));
    Some((time, if is_padded { padded } else { &rest }.to_owned()))
}

/// Of docker compose and kubectl.
fn container(line: &str) -> Option<Prefix> {
    static COMPOSE: LazyLock<[Regex; 2]> = LazyLock::new(|| {
        let (name, colour) = ("(?<container>[A-Za-z0-9][A-Za-z0-9_.-]*)", r"\x1b\[[0-9;]*m");
        [
            format!(r"(?s)^{name} +\|(?: (?<rest>.*))?$"),
            format!(
                r"(?s)^(?:{colour})+{name} +(?:{colour})?\|(?:(?: {colour}|{colour} | )(?<rest>.*)|{colour})?$"
            ),
        ]
        .map(|form| Regex::new(&form).unwrap())
    });
    static KUBECTL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^\[pod/(?<pod>[^/\] ]+)/(?<container>[^/\] ]+)\](?: (?<rest>.*))?$")
            .unwrap()
    });
    let (found, is_kubectl) = match COMPOSE.iter().find_map(|form| form.captures(line)) {
        Some(found) => (found, false),
        None => (KUBECTL.captures(line)?, true),
    };
    let mut made = Made::default();
    made.any("pod", found.name("pod").map(|pod| pod.as_str()).filter(|_| is_kubectl));
    made.text("container", &found["container"]);
    let name = found["container"].trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = name.len() < found["container"].len() && name.ends_with(['-', '_']);
    let kind = if is_kubectl { Kind::Kubectl } else { Kind::Compose { is_numbered } };
    let rest = found.name("rest").map_or("", |rest| rest.as_str());
    let (time, rest) = match timed(rest) {
        Some((time, rest)) => (Some(("prefix_time", time)), rest),
        None => (None, rest.to_owned()),
    };
    Some(Prefix::of(made, time, kind, rest))
}

/// `TIME<tab>TAG<tab>{...}` and `TIME TAG: {...}`.
fn fluentd(line: &str) -> Option<Prefix> {
    static TAGGED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^(?<tag>[^\s{}:]+)(?:\t|: )(?<rest>[ \t]*\{.*)$").unwrap()
    });
    let (time, rest) = Any::get().written(line)?;
    let found = TAGGED.captures(&rest)?;
    let mut made = Made::default();
    made.text("tag", &found["tag"]);
    let (time, rest) = (Some(("prefix_time", time)), found["rest"].to_owned());
    Some(Prefix::of(made, time, Kind::Timed { is_syslog: false }, rest))
}

fn of_syslog(line: &str, stored: Option<i64>) -> Option<Prefix> {
    let header = syslog::header(line, stored)?;
    let Header { host, program, pid, facility, time, text, .. } = header;
    let mut made = Made::default();
    made.any("host", host.as_deref());
    made.any("program", program.as_deref());
    made.any("pid", pid.as_deref());
    made.any("facility", facility);
    made.any("msgid", header.msgid.as_deref());
    made.any("structured", header.structured.as_deref());
    let key = |key| if key == "time" { "prefix_time" } else { "written_time" };
    let time = time.map(|(written, time)| (key(written), time));
    let (severity, whole_time) = (header.severity, header.whole_time);
    let kind = Kind::Timed { is_syslog: true };
    Some(Prefix { made, time, kind, rest: text, severity, whole_time })
}

fn row(prefix: &Prefix, line: &Line<'_>) -> Row {
    let rest = prefix.rest.trim_start_matches([' ', '\t']);
    let mut own = Made::default();
    let holds_object = is_object(rest);
    if holds_object {
        own.0.extend(members(rest).into_iter().map(|(key, raw)| (key, raw.to_owned())));
    } else {
        own.any("level", prefix.severity.or_else(|| Any::get().level(&prefix.rest)));
        own.text("message", &prefix.rest);
    }
    let alone = joined(&prefix.made, &own).row(line.number);
    if !holds_object {
        let mut made = Made(prefix.made.0.clone());
        if let Some((key, time)) = &prefix.time {
            made.text(if *key == "prefix_time" { "time" } else { key }, time);
        }
        made.any("written_time", prefix.whole_time.as_deref());
        return joined(&made, &own).row(line.number);
    }
    // What the object has itself of level and time.
    let mut row = alone;
    let mut made = Made::default();
    match prefix.severity {
        Some(severity) if row.level_text.is_none() => {
            row.level_text = Some(severity.to_owned());
            row.level = level(severity).map(str::to_owned);
        }
        severity => made.any("severity", severity),
    }
    if let Some((key, text)) = &prefix.time {
        let text = prefix.whole_time.as_ref().unwrap_or(text);
        let as_json = serde_json::to_string(text).unwrap();
        let shown = serde_json::to_string(&prefix.time.as_ref().unwrap().1).unwrap();
        let read = any_time(&shown).filter(|time| time.exact && time.nanos.is_some());
        match read.filter(|_| *key == "prefix_time" && row.timestamp.is_none()) {
            Some(read) => (row.timestamp, row.zone) = (read.nanos, read.zone),
            None => made.0.push(("prefix_time".to_owned(), as_json)),
        }
    }
    let before = joined(&made, &own);
    let before = &before.0[..made.0.len()];
    if before.is_empty() {
        return row;
    }
    // After the other members of the line.
    let mut all: Vec<(String, String)> = row.extra.as_deref().map_or(Vec::new(), |extra| {
        members(extra).into_iter().map(|(key, raw)| (key, raw.to_owned())).collect()
    });
    let place = prefix.made.0.len();
    all.splice(place..place, before.iter().cloned());
    row.extra = Some(object(&all));
    row
}

/// The members of a prefix, under keys that the rest has not, and those of the rest.
fn joined(prefix: &Made, rest: &Made) -> Made {
    let mut all = Vec::new();
    for (key, value) in &prefix.0 {
        let mut key = key.clone();
        while rest.0.iter().any(|own| own.0 == key) {
            key.push('_');
        }
        all.push((key, value.clone()));
    }
    all.extend(rest.0.clone());
    Made(all)
}
