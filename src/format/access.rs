//! Access logs of web servers, in the common and the combined log format (Apache, mod_log_config; nginx's default).
//!
//! ```text
//! 10.0.0.1 - eve [09/Mar/2026:10:00:00 +0100] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5.0"
//! shop.example:443 ::1 - - [09/Mar/2026:10:00:01 +0000] "POST /pay HTTP/2.0" 502 0
//! ```
//!
//! A line stays as it is, because its order is what people know; the time and the status give columns.

use super::stamped::{Anchor, Clock, Decoder, Stamped, all, nothing, whole_if};
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::table::{Origin, Stamp};

/// Access logs.
pub(super) static FORMAT: Format = Format {
    name: "access",
    title: "access logs of web servers: common, combined",
    detected_by: "lines with a time in brackets, a request in quotes and a status",
    columns: &[
        ("timestamp, zone", "the time"),
        ("level", "by the status: 5xx ERROR, 4xx WARN"),
        ("message", "the line"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { read, origin: &ORIGIN, after: nothing, rest: all, max_line, join })
    },
};

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "access", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = |line: &str| read(line, &mut Clock::default()).is_some();
    sample.has_lines(is_one).then(|| "lines with a time in brackets, a request and a status".into())
}

fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// Bytes before the time that are looked at: names of hosts and users.
const HEAD: usize = 300;

/// The length of a time as servers write it.
const TIME: usize = "09/Mar/2026:10:00:00 +0100".len();

/// The time and level of a line, which is its text.
fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    let bytes = line.as_bytes();
    let start = time_of(bytes)?;
    let (time, rest) = line.get(start..)?.split_at_checked(TIME)?;
    let request = rest.strip_prefix("] \"")?;
    let status = status_of(request.as_bytes())?;
    let (local, zone) = time.split_at_checked(TIME - 5)?;
    let zone_start = local.strip_suffix(' ')?;
    let local = clock.of_server(zone_start)?;
    let nanos = clock.utc(local, zone)?;
    let level = match status {
        b'5' => Some("ERROR"),
        b'4' => Some("WARN"),
        _ => None,
    };
    Some((Stamp { timestamp: Some(nanos), zone: Some(zone), level }, ["", line]))
}

/// Where the time begins: after a bracket that comes after at least three words.
fn time_of(line: &[u8]) -> Option<usize> {
    let (mut blanks, mut at) = (0, 0);
    let head = &line[..line.len().min(HEAD)];
    loop {
        let blank = at + memchr::memchr(b' ', &head[at..])?;
        blanks += 1;
        at = blank + 1;
        // The name of a user may be in brackets, too.
        let is_time = || line.get(at + 1 + TIME) == Some(&b']');
        if blanks >= 3 && head.get(at) == Some(&b'[') && is_time() {
            return Some(at + 1);
        }
    }
}

/// The first digit of the status after the request, whose own quotes have a backslash before them.
fn status_of(request: &[u8]) -> Option<u8> {
    let mut at = 0;
    loop {
        let quote = at + memchr::memchr(b'"', &request[at..])?;
        let slashes = request[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        at = quote + 1;
        if slashes % 2 == 1 {
            continue;
        }
        return match &request[at..] {
            [b' ', first @ b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => Some(*first),
            [b' ', first @ b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'\r', ..] => Some(*first),
            _ => None,
        };
    }
}
