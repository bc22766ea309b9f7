//! Lines with a time, a host and a program, in all their forms.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::made::{Made, each};
use super::stamps::Any;
use crate::oracle::{Row, level, time};

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A line taken apart.
#[derive(Default)]
pub(super) struct Header {
    pub(super) host: Option<String>,
    pub(super) program: Option<String>,
    pub(super) pid: Option<String>,
    /// Of the PRI.
    pub(super) facility: Option<&'static str>,
    pub(super) severity: Option<&'static str>,
    pub(super) msgid: Option<String>,
    pub(super) structured: Option<String>,
    /// The key, `time` or `written_time`, and the text.
    pub(super) time: Option<(&'static str, String)>,
    /// As written, if the time has not all of it.
    pub(super) whole_time: Option<String>,
    pub(super) text: String,
    /// Whether lines of this form tell nothing without a process id in one of them.
    pub(super) is_weak: bool,
}

pub(super) fn rows(text: &[u8], max_line: usize, stored: Option<i64>) -> Vec<Row> {
    each(text, max_line, |line, text| Some(row(&header(text, stored)?, line.number)))
}

fn row(header: &Header, line: i64) -> Row {
    let mut made = Made::default();
    made.any("host", header.host.as_deref());
    made.any("program", header.program.as_deref());
    made.any("pid", header.pid.as_deref());
    made.any("facility", header.facility);
    made.any("msgid", header.msgid.as_deref());
    made.any("structured", header.structured.as_deref());
    if let Some((key, time)) = &header.time {
        made.text(key, time);
    }
    made.any("written_time", header.whole_time.as_deref());
    made.any("level", header.severity.or_else(|| Any::get().level(&header.text)));
    made.text("message", &header.text);
    made.row(line)
}

/// The parts of a line, if it is of any form.
pub(super) fn header(line: &str, stored: Option<i64>) -> Option<Header> {
    static PRI: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("(?s)^<(0|[1-9][0-9]{0,2})>(.*)$").unwrap());
    let (pri, rest) = match PRI.captures(line) {
        Some(found) => (found[1].parse::<usize>().ok(), found.get(2).unwrap().as_str()),
        None => (None, line),
    };
    if pri.is_some_and(|pri| pri > 191) {
        return None;
    }
    let of_pri = || pri.and_then(|_| rfc5424(rest));
    let of_host = || rfc3164(rest, stored).or_else(|| weak(rest)).map(with_mnemonic);
    let header = of_pri().or_else(|| cisco(rest, stored)).or_else(of_host);
    let header = header.or_else(|| router(rest))?;
    Some(Header {
        facility: pri.map(|pri| FACILITIES[pri / 8]).or(header.facility),
        severity: pri.map(|pri| LEVELS[pri % 8]).or(header.severity),
        ..header
    })
}

/// `1 TIME HOST APP PROCID MSGID SD text`.
fn rfc5424(rest: &str) -> Option<Header> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        let element = r#"\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]"#;
        let time = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})";
        let form = format!(
            "(?s)^1 (?<time>-|{time}) (?<host>[^ ]+) (?<app>[^ ]+) (?<pid>[^ ]+) (?<id>[^ ]+) (?<sd>-|(?:{element})+)(?: (?<text>.*))?$"
        );
        Regex::new(&form).unwrap()
    });
    let found = FORM.captures(rest)?;
    let part = |name: &str| Some(found[name].to_owned()).filter(|text| text != "-");
    let written = part("time");
    if written.as_deref().is_some_and(|written| !is_time(written)) {
        return None;
    }
    let text = found.name("text").map_or("", |text| text.as_str());
    Some(Header {
        host: part("host"),
        program: part("app"),
        pid: part("pid"),
        msgid: part("id"),
        structured: part("sd"),
        time: written.map(|written| ("time", written)),
        text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        ..Header::default()
    })
}

/// Whether a time exists, and the column has room for all of it.
fn is_time(text: &str) -> bool {
    time(text).is_some_and(|time| time.exact && time.nanos.is_some())
}

const HOST: &str = r#"(?<host>[^\s\[\](){}<>"'=|,;]*[^\s\[\](){}<>"'=|,;:])"#;
const TAG: &str = r"(?<tag>[^\s\[\]:]+)(?:\[(?<pid>[0-9]+)\])?:(?: (?<text>.*))?";

/// `Mar  9 10:00:00 host tag[12]: text`, or without a tag.
fn rfc3164(rest: &str, stored: Option<i64>) -> Option<Header> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        let time = r"(?<month>[A-Z][a-z]{2}) (?<day>[ 0-9]?[0-9]) (?<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)";
        Regex::new(&format!("(?s)^(?<time>{time}) (?<rest>.*)$")).unwrap()
    });
    static TAGGED: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("(?s)^{TAG}$")).unwrap());
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("(?s)^{HOST}(?: (?<rest>.*))?$")).unwrap());
    let found = FORM.captures(rest)?;
    let month = MONTHS.iter().position(|month| *month == &found["month"])? + 1;
    let day = found["day"].trim_start().parse::<u32>().ok()?;
    let completed = complete(&format!("{month:02}-{day:02}"), &found["clock"], stored)?;
    let time = match completed {
        Some(time) => ("time", time),
        None => ("written_time", found["time"].to_owned()),
    };
    // Written by way of the socket, it has no host.
    if let Some(tagged) = TAGGED.captures(&found["rest"]) {
        return Some(Header { time: Some(time), ..of_tag(&tagged) });
    }
    let named = NAMED.captures(&found["rest"]).filter(|named| level(&named["host"]).is_none())?;
    let host = Some(named["host"].to_owned());
    let behind = named.name("rest").map_or("", |rest| rest.as_str());
    let (facility, severity, behind) = priority(behind).unwrap_or((None, None, behind));
    let header = match TAGGED.captures(behind) {
        Some(tagged) => of_tag(&tagged),
        None => Header { text: behind.to_owned(), ..Header::default() },
    };
    Some(Header { host, time: Some(time), facility, severity, ..header })
}

/// The words of a priority, `daemon.err `, and the text after it.
fn priority(text: &str) -> Option<(Option<&'static str>, Option<&'static str>, &str)> {
    let severities = [&LEVELS[..], &["warn", "error", "panic"]].concat();
    for facility in FACILITIES {
        for severity in &severities {
            if let Some(rest) = text.strip_prefix(&format!("{facility}.{severity} ")) {
                return Some((Some(facility), Some(*severity), rest));
            }
        }
    }
    None
}

/// OpenWrt's `Mon Mar  9 10:00:00 2026 daemon.err tag[12]: text`.
fn router(rest: &str) -> Option<Header> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}) (?:\[(?<exact>[0-9]{10}\.[0-9]{3})\] )?(?<rest>.*)$")
            .unwrap()
    });
    static TAGGED: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("(?s)^{TAG}$")).unwrap());
    let found = FORM.captures(rest)?;
    let (facility, severity, behind) = priority(found.name("rest")?.as_str())?;
    let header = match TAGGED.captures(behind) {
        Some(tagged) => of_tag(&tagged),
        None => Header { text: behind.to_owned(), ..Header::default() },
    };
    let time = found.name("exact").or(found.name("time"))?.as_str().to_owned();
    Some(Header { time: Some(("time", time)), facility, severity, ..header })
}

const MNEMONIC: &str = "%(?<id>[A-Z0-9_-]+-(?<severity>[0-7])-[A-Z0-9_]+): ";

/// A line of Cisco's own.
fn cisco(rest: &str, stored: Option<i64>) -> Option<Header> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"(?s)^(?<whole>(?:[0-9]+: )?[*.]?(?<month>[A-Z][a-z]{{2}}) (?<day>[ 0-9]?[0-9]) (?:(?<year>[0-9]{{4}}) )?(?<clock>[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]+)?)(?: [A-Z]+)?): {MNEMONIC}(?<text>.*)$"))
            .unwrap()
    });
    let found = FORM.captures(rest)?;
    let month = MONTHS.iter().position(|month| *month == &found["month"])? + 1;
    let day = found["day"].trim_start().parse::<u32>().ok()?;
    let date = format!("{month:02}-{day:02}");
    let completed = match found.name("year") {
        None => complete(&date, &found["clock"], stored)?,
        Some(year) => {
            complete(&date, &found["clock"], None)?;
            Some(format!("{}-{date}T{}", year.as_str(), &found["clock"])).filter(|it| is_time(it))
        }
    };
    let is_all = found["whole"].starts_with(&found["month"])
        && !found["whole"].ends_with(|c: char| c.is_ascii_uppercase());
    let whole_time = Some(found["whole"].to_owned()).filter(|_| !is_all && completed.is_some());
    let written = ("written_time", found["whole"].to_owned());
    Some(Header {
        time: Some(completed.map_or(written, |time| ("time", time))),
        whole_time,
        severity: Some(LEVELS[found["severity"].parse::<usize>().unwrap()]),
        msgid: Some(found["id"].to_owned()),
        text: found["text"].to_owned(),
        ..Header::default()
    })
}

/// With what a mnemonic in the program or text says.
fn with_mnemonic(header: Header) -> Header {
    static START: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("(?s)^(?:[^%]* )?{MNEMONIC}")).unwrap());
    let program = header.program.as_deref().filter(|program| program.starts_with('%'));
    let program = program.map(|program| format!("{program}: "));
    let text = program.as_deref().unwrap_or(&header.text);
    let Some(found) = START.captures(text) else { return header };
    let msgid = Some(found["id"].to_owned());
    let severity = Some(LEVELS[found["severity"].parse::<usize>().unwrap()]);
    let is_program = program.is_some();
    Header { msgid, severity, program: header.program.filter(|_| !is_program), ..header }
}

fn of_tag(found: &Captures<'_>) -> Header {
    let part = |name: &str| found.name(name).map(|part| part.as_str().to_owned());
    Header {
        program: part("tag"),
        pid: part("pid"),
        text: part("text").unwrap_or_default(),
        ..Header::default()
    }
}

/// A time with the year that a date `03-09` without one is of, which may not be known. `None` if there is no
/// such time in any year.
pub(super) fn complete(date: &str, clock: &str, stored: Option<i64>) -> Option<Option<String>> {
    if !is_time(&format!("2024-{date}T{clock}")) {
        return None;
    }
    let Some(stored) = stored else { return Some(None) };
    let seconds = |text: &str| time(text)?.nanos.map(|nanos| nanos.div_euclid(1_000_000_000));
    // Not after the year that is looked for.
    let mut year = 1970 + stored.div_euclid(366 * 86_400);
    while seconds(&format!("{}-01-01T00:00:00", year + 1)).is_some_and(|next| next <= stored) {
        year += 1;
    }
    let (own, nanos) = (format!("{year}-{date}T{clock}"), |text: &str| time(text)?.nanos);
    // The 29th of a year that has none is the day after the 28th.
    let day_before = || nanos(&format!("{year}-02-28T{clock}")).map(|it| it + DAY);
    let later = nanos(&own).or_else(day_before)?;
    if later > stored * 1_000_000_000 + DAY {
        year -= 1;
    }
    let completed = format!("{year}-{date}T{clock}");
    Some(is_time(&completed).then_some(completed))
}

/// Nanoseconds.
const DAY: i64 = 86_400 * 1_000_000_000;

/// The forms that need a tag.
fn weak(rest: &str) -> Option<Header> {
    static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let (date, clock) = ("[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9:]{8}(?:\.[0-9]+)?");
        let forms = [
            format!("(?<exact>{date}T{clock}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}}))"),
            format!(
                "(?<whole>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<exact>(?<local>{date} {clock}) (?<zone>[A-Z]+|[+-][0-9]{{2}}(?:[0-9]{{2}})?)))"
            ),
            r"(?<exact>[0-9]{10}\.[0-9]{6})".to_owned(),
            r"\[ *(?<since>[0-9]+\.[0-9]{6})\]".to_owned(),
        ];
        let form = |form: &String| Regex::new(&format!("(?s)^{form} {HOST} {TAG}$")).unwrap();
        forms.iter().map(form).collect()
    });
    let (number, found) =
        FORMS.iter().enumerate().find_map(|(number, form)| Some((number, form.captures(rest)?)))?;
    let written = found.name("exact").map(|time| time.as_str());
    let to_check = match number {
        0 => written,
        1 => found.name("local").map(|time| time.as_str()),
        _ => None,
    };
    if to_check.is_some_and(|text| !is_time(text)) || level(&found["host"]).is_some() {
        return None;
    }
    let mut header = Header {
        host: Some(found["host"].to_owned()),
        time: written.map(|text| ("time", text.to_owned())),
        is_weak: true,
        ..of_tag(&found)
    };
    // Another zone's name says nothing certain.
    let zone = found.name("zone").map(|zone| zone.as_str());
    match found.name("since") {
        Some(since) => header.time = Some(("written_time", since.as_str().to_owned())),
        None if zone.is_some_and(|zone| {
            !["UTC", "GMT"].contains(&zone) && !zone.starts_with(['+', '-'])
        }) =>
        {
            header.time = Some(("time", found["local"].to_owned()));
            header.whole_time = Some(found["whole"].to_owned());
        }
        None => {}
    }
    Some(header)
}
