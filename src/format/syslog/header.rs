//! What is before the text of a line: priority, time, host and program.

use super::time::{self, Time, Times, Written};
use crate::format::lines::split_at_byte;
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
        // Filled in place: it is large, and would be copied with each step.
        let mut header = Self::default();
        match rest.strip_prefix("1 ") {
            Some(rest) if priority.is_some() => header.rfc_5424(rest, times)?,
            _ => match header.cisco(rest, reference, times) {
                Some(()) => {}
                None => header.plain(rest, reference, times)?,
            },
        }
        header.is_certain |= priority.is_some();
        if let Some(number) = priority {
            header.facility = FACILITIES.get(number / 8).copied();
            header.severity = Some(SEVERITIES[number % 8]);
        }
        Some(header)
    }

    /// Divides a line after `<PRI>1 `.
    fn rfc_5424(&mut self, text: &'a str, times: &mut Times) -> Option<()> {
        let there = |word: &'a str| Some(word).filter(|word| *word != "-" && !word.is_empty());
        let (time, rest) = word(text);
        self.time = match (time, time::quick(time, &mut times.clock)) {
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
        self.text = match rest.strip_prefix(' ') {
            Some(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            None if rest.is_empty() => "",
            None => return None,
        };
        (self.host, self.program) = (there(host), there(program));
        (self.pid, self.msgid) = (there(pid), there(msgid));
        (self.structured, self.is_certain) = (structured, true);
        Some(())
    }

    /// Divides a line of Cisco's, with a time of its own and no host:
    /// `000123: *Mar  1 18:46:11.123 UTC: %LINK-3-UPDOWN: text`. Of another line it takes nothing.
    fn cisco(&mut self, text: &'a str, reference: Reference, times: &mut Times) -> Option<()> {
        // Most other lines end here.
        if !matches!(text.as_bytes().first()?, b'*' | b'.' | b'0'..=b'9' | b'A'..=b'Z') {
            return None;
        }
        let at = mark(text)?;
        let (head, body) = (&text[..at - 2], &text[at..]);
        let (msgid, severity, text) = mnemonic(body)?;
        let Written { time, written_time, .. } =
            time::of_cisco(head, reference, &mut times.minute)?;
        (self.severity, self.msgid) = (Some(severity), Some(msgid));
        (self.time, self.written_time) = (time, written_time);
        (self.text, self.is_certain) = (text, true);
        Some(())
    }

    /// Divides a line of a time, a host, a program and a text. Only a time that no other program writes may be without a
    /// host or a program.
    #[inline]
    fn plain(&mut self, text: &'a str, reference: Reference, times: &mut Times) -> Option<()> {
        let Written { time, written_time, text: rest, is_of_syslog, is_of_router } =
            time::of(text, reference, times)?;
        (self.time, self.written_time, self.is_certain) = (time, written_time, is_of_syslog);
        if is_of_router {
            let (facility, severity, rest) = named_priority(rest)?;
            (self.facility, self.severity) = (facility, severity);
            self.tag_or_text(rest);
            return Some(());
        }
        if is_of_syslog && let Some(tag) = Tag::of(rest) {
            self.take(tag);
            self.read_mnemonic();
            return Some(());
        }
        let (host, rest) = word(rest);
        if !is_host(host) {
            return None;
        }
        self.host = Some(host);
        // As BusyBox writes it.
        let named = if is_of_syslog { named_priority(rest) } else { None };
        let rest = match named {
            Some((facility, severity, rest)) => {
                (self.facility, self.severity) = (facility, severity);
                rest
            }
            None => rest,
        };
        if !self.tag_or_text(rest) && !is_of_syslog {
            return None;
        }
        self.read_mnemonic();
        Some(())
    }

    /// Takes the program that a text begins with, and the text after it, or all of the text. Whether there is one.
    fn tag_or_text(&mut self, text: &'a str) -> bool {
        match Tag::of(text) {
            Some(tag) => self.take(tag),
            None => {
                self.text = text;
                return false;
            }
        }
        true
    }

    fn take(&mut self, Tag { program, pid, text }: Tag<'a>) {
        // The kernel is no process, and has such lines in a file of its own.
        let is_kernel = program == "kernel" && self.host.is_some();
        self.is_certain |= pid.is_some() || is_kernel;
        (self.program, self.pid, self.text) = (Some(program), pid, text);
    }

    /// Reads Cisco's mnemonic, which is the program, or in the text after a number and a time.
    fn read_mnemonic(&mut self) {
        if let Some(id) = self.program.and_then(|program| program.strip_prefix('%')) {
            // The mark of the end is no more there.
            if let Some((_, severity, _)) = mnemonic(&format!("%{id}: ")) {
                (self.severity, self.msgid, self.program) = (Some(severity), Some(id), None);
            }
            return;
        }
        let at = match self.text.as_bytes().first() {
            Some(b'%') => Some(0),
            _ => mark(self.text),
        };
        if let Some((id, severity, _)) = at.and_then(|at| mnemonic(&self.text[at..])) {
            (self.severity, self.msgid) = (Some(severity), Some(id));
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

/// Facility and severity as words, `daemon.err `, and the text after them.
fn named_priority(text: &str) -> Option<(Option<&'static str>, Option<&'static str>, &str)> {
    // Other severities are older names.
    const OLDER: [&str; 3] = ["warn", "error", "panic"];
    // Most words of other lines are not such a name.
    let is_end = |byte: &u8| !byte.is_ascii_lowercase() && !byte.is_ascii_digit();
    let point = text.bytes().position(|byte| is_end(&byte))?;
    let severity = text[point..].strip_prefix('.')?;
    let facility = &text[..point];
    let (severity, rest) = split_at_byte(severity, b' ')?;
    let facility = FACILITIES.iter().find(|own| **own == facility)?;
    let severity = SEVERITIES.iter().chain(&OLDER).find(|own| **own == severity)?;
    Some((Some(facility), Some(severity), rest))
}

/// Bytes of a text in which Cisco's mnemonic begins.
const HEAD: usize = 64;

/// Where a mnemonic may begin after a colon.
#[inline]
fn mark(text: &str) -> Option<usize> {
    let head = text.as_bytes().get(..HEAD).unwrap_or(text.as_bytes());
    memchr::memchr_iter(b'%', head).find(|at| head[..*at].ends_with(b": "))
}

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

/// Whether a word may be the name or address of a host. In `2026-03-09T10:00:00Z INFO worker[12]: started` it is a level.
fn is_host(word: &str) -> bool {
    const OTHER: [bool; 256] = {
        let (mut is_other, mut at) = ([false; 256], 0);
        let bytes = b"[](){}<>\"'=|,; \t\n\r\x0c";
        while at < bytes.len() {
            is_other[bytes[at] as usize] = true;
            at += 1;
        }
        is_other
    };
    !word.is_empty()
        && !word.ends_with(':')
        && !word.bytes().any(|byte| OTHER[usize::from(byte)])
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
                let (pid, rest) = split_at_byte(&text[end + 1..], b']')?;
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
}
