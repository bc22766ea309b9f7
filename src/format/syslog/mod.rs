//! syslog as it is kept in files: RFC 3164 and 5424, rsyslog's own form, and what `journalctl` prints.
//!
//! ```text
//! Mar  9 10:00:00 web1 sshd[812]: error: no such user
//! <165>1 2026-03-09T10:00:00.003Z web1 shop 17 ID47 [origin ip="10.0.0.1"] started
//! 2026-03-09T10:00:00.123456+01:00 web1 systemd[1]: Started shop.service.
//! ```
//!
//! [`header`] reads what is before the text.

pub(super) mod header;
mod time;

use super::level_word::Levels;
use super::made::{Decoder, Made, Make, Text};
use super::stamped::Anchor;
use super::stamped::Records;
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::json::{close_object, push_member};
use crate::source::Reference;
use crate::table::{Origin, Stamp};
use header::Header;
pub(super) use time::{Minute, Time, Times, fraction, local_text, seconds_of_day};

/// syslog and journals.
pub(super) static FORMAT: Format = Format {
    name: "syslog",
    title: "syslog (RFC 3164, RFC 5424), journalctl -o short",
    detected_by: "lines with a time, a host and a program (Mar  9 10:00:00 web1 sshd[812]:), or <PRI>1",
    columns: &[
        ("timestamp, zone", "the time; without a year, that of the file's stored time"),
        (
            "level",
            "the severity in <PRI>, daemon.err or %LINK-3-UPDOWN; without one, a level word near the beginning of the text",
        ),
        ("message", "the text after the program"),
        ("extra", "host, program, pid, facility, msgid, structured"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Records::new(anchor)),
    decoder: |settings: &Settings| Box::new(Decoder::<Lines>::new(settings, &ORIGIN)),
};

/// Each line is a record of its own.
static ORIGIN: Origin =
    Origin { name: "syslog", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    fn header(line: &str) -> Option<Header<'_>> {
        Header::of(line, Reference::default(), &mut Times::default())
    }
    let is_one = |line: &str| header(line).is_some();
    let is_certain = |line: &str| header(line).is_some_and(|header| header.is_certain);
    // Other programs write a time and a word with a colon, too: a process is the evidence.
    if sample.count_lines(is_certain) == 0 {
        return None;
    }
    sample.has_lines(is_one).then(|| "lines of a time, a host and a program".into())
}

/// Whether a line has a header does not depend on the year.
fn anchor(line: &str) -> Anchor {
    let line = line.strip_suffix('\r').unwrap_or(line);
    match Header::of(line, Reference::default(), &mut Times::default()) {
        Some(_) => Anchor::Whole,
        None => Anchor::None,
    }
}

/// Writes lines as objects.
#[derive(Default)]
pub(super) struct Lines {
    times: Times,
    levels: Levels,
}

impl Make for Lines {
    const ANCHOR: Option<fn(&str) -> Anchor> = Some(anchor);

    #[inline]
    fn read<'l>(
        &mut self,
        line: &'l str,
        reference: Reference,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Text<'l>> {
        let header = Header::of(line, reference, &mut self.times)?;
        let (nanos, zone) = header.time?.instant()?;
        if header.written_time.is_some() {
            return None;
        }
        let named = [
            ("host", header.host),
            ("program", header.program),
            ("pid", header.pid),
            ("facility", header.facility),
            ("msgid", header.msgid),
            ("structured", header.structured),
        ];
        members.extend(named.into_iter().filter_map(|(key, value)| Some((key, value?))));
        let level = || self.levels.find(header.text).map(|level| &header.text[level]);
        let level = header.severity.or_else(level);
        let stamp = Stamp { timestamp: Some(nanos), zone, level };
        Some(Text { stamp, message: header.text, object: None })
    }

    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made {
        let Some(header) = Header::of(line, reference, &mut self.times) else { return Made::Text };
        let start = json.len();
        push_names(&header, json, start);
        push_member(json, start, "msgid", header.msgid);
        push_member(json, start, "structured", header.structured);
        push_member(json, start, "time", header.time.map(Time::text).as_deref());
        push_member(json, start, "written_time", header.written_time);
        let level = || self.levels.find(header.text).map(|level| &header.text[level]);
        push_member(json, start, "level", header.severity.or_else(level));
        push_member(json, start, "message", header.text);
        close_object(json, start);
        Made::Object
    }
}

/// Adds what a header says of the writer.
fn push_names(header: &Header<'_>, json: &mut String, start: usize) {
    push_member(json, start, "host", header.host);
    push_member(json, start, "program", header.program);
    push_member(json, start, "pid", header.pid);
    push_member(json, start, "facility", header.facility);
}
