//! What is before the text of a line: priority, time, host and program.

use super::time::{self, Time, Times, Written};
use crate::record::level::Level;
use crate::source::Reference;

/// The names of facilities, by number (RFC 5424, 6.2.1).
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

/// The names of severities, by number.
const SEVERITIES: [&str; 8] =
    ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// A line, divided.
#[derive(Debug, Default)]
pub(in crate::format) struct Header<'a> {
    pub(in crate::format) facility: Option<&'static str>,
    pub(in crate::format) severity: Option<&'static str>,
    pub(in crate::format) time: Option<Time<'a>>,
    /// As written, if `time` has not all of it.
    pub(in crate::format) written_time: Option<&'a str>,
    pub(in crate::format) host: Option<&'a str>,
    pub(in crate::format) program: Option<&'a str>,
    pub(in crate::format) pid: Option<&'a str>,
    pub(in crate::format) msgid: Option<&'a str>,
    pub(in crate::format) structured: Option<&'a str>,
    pub(in crate::format) text: &'a str,
    /// No other format has such lines.
    pub(in crate::format) is_certain: bool,
}

impl<'a> Header<'a> {
    /// Divides a line; `None` if it is of another kind.
    #[inline]
    pub(in crate::format) fn of(
        line: &'a str,
        reference: Reference,
        times: &mut Times,
    ) -> Option<Self> {
        let (priority, rest) = match line.as_bytes().first()? {
            b'<' => priority(line)?,
            _ => (None, line),
        };
        let mut header = match rest.strip_prefix("1 ") {
            Some(rest) if priority.is_some() => rfc_5424(rest, times)?,
            _ => match cisco(rest, reference, times) {
                Some(header) => header,
                None => plain(rest, reference, times)?,
            },
        };
        header.is_certain |= priority.is_some();
        if let Some(number) = priority {
            header.facility = FACILITIES.get(number / 8).copied();
            header.severity = Some(SEVERITIES[number % 8]);
        }
        Some(header)
    }
}

impl Header<'_> {
    /// With what Cisco's mnemonic says, which is the program, or in the text after a number and a time.
    fn with_mnemonic(self) -> Self {
        if self.program.is_some_and(|program| program.starts_with('%')) {
            let id = self.program.unwrap_or_default();
            // The mark of the end is no more there.
            let whole = format!("{id}: ");
            let Some((_, severity, _)) = mnemonic(&whole) else { return self };
            let (severity, msgid) = (Some(severity), id.strip_prefix('%'));
            return Self { severity, msgid, program: None, ..self };
        }
        let head = self.text.as_bytes().get(..HEAD).unwrap_or(self.text.as_bytes());
        let at = match head.first() {
            Some(b'%') => Some(0),
            _ => memchr::memmem::find(head, b": %").map(|at| at + 2),
        };
        match at.and_then(|at| mnemonic(&self.text[at..])) {
            Some((id, severity, _)) => Self { severity: Some(severity), msgid: Some(id), ..self },
            None => self,
        }
    }
}

/// The number in `<34>`, and the text after it.
fn priority(line: &str) -> Option<(Option<usize>, &str)> {
    let (number, rest) = line.get(1..)?.split_once('>')?;
    let is_number = (1..=3).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (number.len() == 1 || !number.starts_with('0'));
    let number = number.parse().ok().filter(|number| is_number && *number < 8 * FACILITIES.len());
    number.map(|number| (Some(number), rest))
}

/// The word that a text begins with, and the text after the blank that follows.
fn word(text: &str) -> (&str, &str) {
    let end = memchr::memchr(b' ', text.as_bytes()).unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// A line after `<PRI>1 `.
fn rfc_5424<'a>(text: &'a str, times: &mut Times) -> Option<Header<'a>> {
    let is_there = |word: &str| word != "-" && !word.is_empty();
    let (time, rest) = word(text);
    let time = match (time, time::quick(time, &mut times.clock)) {
        ("-", _) => None,
        (time, Some((nanos, zone, end))) if end == time.len() => {
            Some(Time::Text(time, Some((nanos, zone))))
        }
        (time, _) => {
            time::rfc_3339(time).filter(|length| *length == time.len())?;
            Some(Time::Text(time, None))
        }
    };
    let (host, rest) = word(rest);
    let (program, rest) = word(rest);
    let (pid, rest) = word(rest);
    let (msgid, rest) = word(rest);
    if [host, program, pid, msgid].contains(&"") {
        return None;
    }
    let (structured, rest) = match rest.strip_prefix('-') {
        Some(rest) => (None, rest),
        None => structured(rest).map(|(structured, rest)| (Some(structured), rest))?,
    };
    let text = match rest.strip_prefix(' ') {
        Some(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        None if rest.is_empty() => "",
        None => return None,
    };
    Some(Header {
        time,
        host: Some(host).filter(|word| is_there(word)),
        program: Some(program).filter(|word| is_there(word)),
        pid: Some(pid).filter(|word| is_there(word)),
        msgid: Some(msgid).filter(|word| is_there(word)),
        structured,
        text,
        is_certain: true,
        ..Header::default()
    })
}

/// The elements in brackets that a text begins with, and the text after them.
fn structured(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let (mut at, mut is_quoted, mut is_open) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if is_quoted => at += 1,
            b'"' if is_open => is_quoted = !is_quoted,
            b'[' if !is_open => is_open = true,
            b']' if is_open && !is_quoted => is_open = false,
            _ if !is_open => break,
            _ => {}
        }
        at += 1;
    }
    let (structured, rest) = text.split_at_checked(at)?;
    (!is_open && at > 0).then_some((structured, rest))
}

/// A line of a time, a host, a program and a text. Only a time that no other program writes may be without a host or a
/// program.
#[inline]
fn plain<'a>(text: &'a str, reference: Reference, times: &mut Times) -> Option<Header<'a>> {
    let Written { time, written_time, text: rest, is_of_syslog, is_of_router } =
        time::of(text, reference, times)?;
    let header = Header { time, written_time, is_certain: is_of_syslog, ..Header::default() };
    if is_of_router {
        let (facility, severity, rest) = named_priority(rest)?;
        let header = Header { facility, severity, ..header };
        return Some(match Tag::of(rest) {
            Some(tag) => tag.header(None, header),
            None => Header { text: rest, ..header },
        });
    }
    if let Some(tag) = Tag::of(rest).filter(|_| is_of_syslog) {
        return Some(tag.header(None, header).with_mnemonic());
    }
    let (host, rest) = word(rest);
    if !is_host(host) {
        return None;
    }
    // As BusyBox writes it.
    let (header, rest) = match named_priority(rest).filter(|_| is_of_syslog) {
        Some((facility, severity, rest)) => (Header { facility, severity, ..header }, rest),
        None => (header, rest),
    };
    let header = match Tag::of(rest) {
        Some(tag) => tag.header(Some(host), header),
        None => {
            let header = Header { host: Some(host), text: rest, ..header };
            is_of_syslog.then_some(header)?
        }
    };
    Some(header.with_mnemonic())
}

/// Facility and severity as words, `daemon.err `, and the text after them.
fn named_priority(text: &str) -> Option<(Option<&'static str>, Option<&'static str>, &str)> {
    // Other severities are older names.
    const OLDER: [&str; 3] = ["warn", "error", "panic"];
    let (word, rest) = text.split_once(' ')?;
    let (facility, severity) = word.split_once('.')?;
    let facility = FACILITIES.iter().find(|own| **own == facility)?;
    let severity = SEVERITIES.iter().chain(&OLDER).find(|own| **own == severity)?;
    Some((Some(facility), Some(severity), rest))
}

/// Bytes of a text in which Cisco's mnemonic begins.
const HEAD: usize = 64;

/// The facility, severity and mnemonic in `%LINK-3-UPDOWN: text`, without the mark; its severity; and the text.
fn mnemonic(text: &str) -> Option<(&str, &'static str, &str)> {
    let (id, rest) = text.strip_prefix('%')?.split_once(": ")?;
    let (before, name) = id.rsplit_once('-')?;
    let (facility, severity) = before.rsplit_once('-')?;
    let is_name = |name: &str| {
        let is_of_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_-".contains(&b);
        !name.is_empty() && name.bytes().all(is_of_name)
    };
    let severity = match severity.as_bytes() {
        [digit @ b'0'..=b'7'] => SEVERITIES[usize::from(digit - b'0')],
        _ => return None,
    };
    (is_name(facility) && is_name(name)).then_some((id, severity, rest))
}

/// A line of Cisco's, with a time of its own and no host: `000123: *Mar  1 18:46:11.123 UTC: %LINK-3-UPDOWN: text`.
fn cisco<'a>(text: &'a str, reference: Reference, times: &mut Times) -> Option<Header<'a>> {
    // Most other lines end here.
    if !matches!(text.as_bytes().first()?, b'*' | b'.' | b'0'..=b'9' | b'A'..=b'Z') {
        return None;
    }
    let end = memchr::memmem::find(text.as_bytes().get(..HEAD).unwrap_or(text.as_bytes()), b": %")?;
    let (head, body) = (&text[..end], &text[end + 2..]);
    let (msgid, severity, text) = mnemonic(body)?;
    let time = time::of_cisco(head, reference, &mut times.minute)?;
    let Written { time, written_time, .. } = time;
    let (severity, msgid) = (Some(severity), Some(msgid));
    let is_certain = true;
    Some(Header { severity, msgid, time, written_time, text, is_certain, ..Header::default() })
}

/// Whether a word may be the name or address of a host. In `2026-03-09T10:00:00Z INFO worker[12]: started` it is a level.
fn is_host(word: &str) -> bool {
    const OTHER: &[u8] = br#"[](){}<>"'=|,;"#;
    let is_other = |byte: u8| OTHER.contains(&byte) || byte.is_ascii_whitespace();
    !word.is_empty()
        && !word.ends_with(':')
        && !word.bytes().any(is_other)
        && Level::parse(word).is_none()
}

/// `sshd[812]: ` or `kernel: `.
struct Tag<'a> {
    program: &'a str,
    pid: Option<&'a str>,
    text: &'a str,
}

impl<'a> Tag<'a> {
    #[inline]
    fn of(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_end = |byte: &u8| matches!(byte, b':' | b'[' | b']') || byte.is_ascii_whitespace();
        let end = bytes.iter().position(is_end).filter(|&end| end > 0)?;
        let program = &text[..end];
        let (pid, rest) = match bytes[end] {
            b':' => (None, &text[end + 1..]),
            b'[' => {
                let (pid, rest) = text[end + 1..].split_once(']')?;
                let is_number = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
                (Some(pid).filter(|_| is_number), rest.strip_prefix(':').filter(|_| is_number)?)
            }
            _ => return None,
        };
        let text = match rest.strip_prefix(' ') {
            Some(text) => text,
            None => rest.is_empty().then_some(rest)?,
        };
        Some(Self { program, pid, text })
    }

    fn header(self, host: Option<&'a str>, header: Header<'a>) -> Header<'a> {
        let Self { program, pid, text } = self;
        // The kernel is no process, and has such lines in a file of its own.
        let is_kernel = program == "kernel" && host.is_some();
        let is_certain = header.is_certain || pid.is_some() || is_kernel;
        Header { host, program: Some(program), pid, text, is_certain, ..header }
    }
}
