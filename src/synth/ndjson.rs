//! Records as bytes: what Go's `encoding/json` writes for the log service's line struct.
//!
//! All five keys are always there, in the order of the struct and without white space. Bytes are written
//! by hand rather than with serde_json, whose escapes and times differ from Go's.
//!
//! ```text
//! {"level":"info","pos":4,"out":"\u003cdependency\u003e\n","time":"2026-03-09T13:42:48.0024Z","args":null}
//! ```

use std::fmt::Write as _;

/// The five fields of a record, before they are encoded, and how its message was cut.
pub(super) struct Record<'a> {
    /// As written: `INFO`, `info`, `30`, or empty.
    pub(super) level: &'a str,
    /// The writer's counter; the delegate has 0 in all records.
    pub(super) pos: u64,
    /// The message, with its newline if the writer leaves it.
    pub(super) out: &'a str,
    /// What to append to a message that is too long.
    pub(super) cut: Cut,
    /// Nanoseconds since 1970.
    pub(super) time: i64,
    /// Offset from UTC in minutes; 0 is written `Z`.
    pub(super) zone: i32,
    pub(super) args: Args<'a>,
}

/// Whether the platform cut the message, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The message is whole.
    Whole,
    /// Only the mark of a cut follows.
    BetweenCharacters,
    /// The bytes left of a character are U+FFFD, as Go's encoder writes invalid UTF-8.
    InsideCharacter,
}

/// The value of `args`.
#[derive(Clone, Copy)]
pub(super) enum Args<'a> {
    /// A map that was never made: the delegate's and the runner's.
    Null,
    /// Keys and values, in the order in which they are written; perhaps none.
    Map(&'a [(&'static str, String)]),
}

impl Record<'_> {
    /// Appends the record as Go writes it, without the newline after it.
    pub(super) fn push(&self, line: &mut String) {
        line.push_str("{\"level\":");
        push_string(line, self.level);
        let _ = write!(line, ",\"pos\":{},\"out\":", self.pos);
        self.push_out(line);
        line.push_str(",\"time\":\"");
        push_time(line, self.time, self.zone);
        line.push_str("\",\"args\":");
        self.push_args(line);
        line.push('}');
    }

    /// Appends `out` as a JSON string, with the mark of a cut.
    pub(super) fn push_out(&self, line: &mut String) {
        push_string(line, self.out);
        if self.cut != Cut::Whole {
            // The closing quote, which comes after the mark.
            line.pop();
            line.push_str(if self.cut == Cut::InsideCharacter { "\\ufffd" } else { "" });
            line.push_str("... (log line truncated)\"");
        }
    }

    /// Appends `args` as JSON: `null`, `{}`, or an object of strings.
    pub(super) fn push_args(&self, line: &mut String) {
        let Args::Map(pairs) = self.args else { return line.push_str("null") };
        line.push('{');
        for (n, (key, value)) in pairs.iter().enumerate() {
            line.push_str(if n == 0 { "" } else { "," });
            push_string(line, key);
            line.push(':');
            push_string(line, value);
        }
        line.push('}');
    }
}

/// Appends `text` as a JSON string with Go's escapes: `<`, `>`, `&`, U+2028 and U+2029 too. Control
/// characters other than `\n`, `\r` and `\t` are `\u00XX`, also `\b` and `\f`, as Go wrote them before 1.22.
pub(super) fn push_string(line: &mut String, text: &str) {
    line.push('"');
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
        let separator = byte == 0xE2
            && matches!(text.as_bytes().get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9]));
        if byte >= 0x20 && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&') && !separator {
            continue;
        }
        line.push_str(&text[start..at]);
        start = at + if separator { 3 } else { 1 };
        let _ = match byte {
            b'"' | b'\\' => write!(line, "\\{}", char::from(byte)),
            b'\n' => write!(line, "\\n"),
            b'\r' => write!(line, "\\r"),
            b'\t' => write!(line, "\\t"),
            0xE2 => write!(line, "\\u20{:02x}", text.as_bytes()[at + 2] - 0x80),
            _ => write!(line, "\\u{byte:04x}"),
        };
    }
    line.push_str(&text[start..]);
    line.push('"');
}

/// Appends a time as Go writes it: RFC 3339, zeros at the end of the fraction left out. `nanos` are since
/// 1970 in UTC, `zone` are minutes ahead of it.
pub(super) fn push_time(out: &mut String, nanos: i64, zone: i32) {
    let local = nanos + i64::from(zone) * 60_000_000_000;
    let (days, in_day) =
        (local.div_euclid(86_400_000_000_000), local.rem_euclid(86_400_000_000_000));
    let (year, month, day) = date(days);
    let (seconds, mut fraction) = (in_day / 1_000_000_000, in_day % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction > 0 {
        let mut width = 9;
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        let _ = write!(out, ".{fraction:0width$}");
    }
    let _ = match zone {
        0 => write!(out, "Z"),
        _ => {
            let sign = if zone < 0 { '-' } else { '+' };
            write!(out, "{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60)
        }
    };
}

/// Year, month and day of a number of days since 1970, by counting off 400-year cycles from 1 March 2000.
/// Years that begin in March end with the leap day, so that it changes no month's first day.
fn date(days: i64) -> (i64, i64, i64) {
    // Days from 1970 to 1 March 2000; then of 400, 100 and 4 years.
    let days = days - 11_017;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    // The fourth century of a cycle, and the fourth year of four, have a day more than the others.
    let century = (day / 36_524).min(3);
    let day = day - century * 36_524;
    let leap = day / 1461;
    let day = day - leap * 1461;
    let year = (day / 365).min(3);
    let day = day - year * 365;
    // From March on, five months have 153 days.
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5;
    let year = 2000 + cycle * 400 + century * 100 + leap * 4 + year;
    if month < 10 { (year, month + 3, day + 1) } else { (year + 1, month - 9, day + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_go_s() {
        let cases = [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_400_000_000_000, 0, "2000-02-29T00:00:00Z"),
            (951_868_799_120_000_000, 0, "2000-02-29T23:59:59.12Z"),
            (1_600_844_898_308_525_000, 330, "2020-09-23T12:38:18.308525+05:30"),
            (1_776_087_866_000_000_001, -180, "2026-04-13T10:44:26.000000001-03:00"),
            (-1_000_000, 0, "1969-12-31T23:59:59.999Z"),
            (4_107_542_400_000_000_000, 0, "2100-03-01T00:00:00Z"),
        ];
        for (nanos, zone, text) in cases {
            let mut out = String::new();
            push_time(&mut out, nanos, zone);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        let mut line = String::new();
        push_string(&mut line, "a<b>&\"\\\n\r\t\u{1b}\u{8}\u{7f}/é\u{2028}€\u{2029}");
        assert_eq!(
            line,
            "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\r\\t\\u001b\\u0008\u{7f}/é\\u2028€\\u2029\""
        );
    }
}
