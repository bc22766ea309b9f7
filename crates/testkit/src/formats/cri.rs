//! Container logs of Kubernetes: parts of a stream are joined.

use std::sync::LazyLock;

use regex::Regex;

use super::json::open_object;
use super::lines::{Line, lines, text_of};
use super::stamps::{Any, Stamps};
use crate::oracle::{Row, clean};

/// A text that is not over.
struct Open {
    stream: String,
    row: usize,
    text: String,
    joined: Vec<String>,
    time: String,
}

impl Open {
    fn finish(self, rows: &mut [Row]) {
        let Self { stream, row, text, joined, time } = self;
        fill(&mut rows[row], &stream, &text, &joined, &time);
    }
}

/// Gives a row its text and stream.
fn fill(row: &mut Row, stream: &str, text: &str, joined: &[String], time: &str) {
    let joined = match joined {
        [] => String::new(),
        times => format!(",\"joined\":[{}]", times.join(",")),
    };
    row.message = Some(clean(text));
    row.extra = Some(format!("{{\"stream\":\"{stream}\"{joined}}}"));
    open_object(row, text, Some(time));
}

/// The format `cri`.
pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    static REST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?s)^(?<stream>stdout|stderr) (?<tag>[FP])(?::[^ ]*)?(?: (?<text>.*))?$")
            .unwrap()
    });
    let mut rows: Vec<Row> = Vec::new();
    let mut all_open: Vec<Open> = Vec::new();
    for Line { number, raw, .. } in lines(text) {
        let line = Line { number, raw: raw.strip_suffix(b"\r").unwrap_or(raw), is_complete: true };
        let own = match text_of(&Line { number, raw, is_complete: false }, max_line) {
            Err(error) => {
                rows.push(*error);
                continue;
            }
            Ok(_) => std::str::from_utf8(line.raw).unwrap(),
        };
        let mut row = Row::empty(number);
        let parsed =
            Any::get().stamp(own).filter(|_| own.starts_with(|c: char| c.is_ascii_digit()));
        let parsed = parsed.map(|(stamp, rest)| (stamp, own.len() - rest.len()));
        let parsed = parsed.and_then(|(stamp, at)| Some((stamp, REST.captures(&own[at..])?, at)));
        let Some((stamp, found, at)) = parsed else {
            row.message = Some(clean(own));
            rows.push(row);
            continue;
        };
        (row.timestamp, row.zone) =
            (Some(stamp.nanos), Some(stamp.zone).filter(|zone| !zone.is_empty()));
        let time = format!("\"{}\"", &own[..at - 1]);
        let (stream, is_part) = (&found["stream"], &found["tag"] == "P");
        let text = found.name("text").map_or("", |text| text.as_str());
        if let Some(place) = all_open.iter().position(|open| open.stream == *stream) {
            let open = &mut all_open[place];
            open.text.push_str(text);
            open.joined.push(time);
            if !is_part || open.text.len() > max_line {
                all_open.remove(place).finish(&mut rows);
            }
            continue;
        }
        if is_part {
            let (stream, text) = (stream.to_owned(), text.to_owned());
            all_open.push(Open { stream, row: rows.len(), text, joined: Vec::new(), time });
        } else {
            fill(&mut row, stream, text, &[], &time);
        }
        rows.push(row);
    }
    for open in all_open {
        open.finish(&mut rows);
    }
    rows
}
