//! Lines that begin with a time of the day.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::{lines, text_of};
use crate::oracle::{Row, time};

const DAY: i64 = 86_400_000_000_000;

/// The time of the day in nanoseconds, and the text after it.
fn stamp(line: &str) -> Option<(i64, String)> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^(?<open>\[)?(?<h>[01][0-9]|2[0-3]):(?<m>[0-5][0-9]):(?<s>[0-5][0-9])(?:[.,](?<f>[0-9]{1,9}))?(?:(?<blank>[ \t])(?<text>.*)|(?<close>\])[ \t]?(?<inner>.*)|(?<end>\r?))$").unwrap()
    });
    static HALF: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?i:[ap]m)(?:[ \t\]\r]|$)").unwrap());
    let found = FORM.captures(line)?;
    let is_open = found.name("open").is_some();
    let number = |name: &str| found[name].parse::<i64>().unwrap();
    let seconds = (number("h") * 60 + number("m")) * 60 + number("s");
    let fraction = found.name("f").map_or("", |digits| digits.as_str());
    let nanos: i64 = format!("{fraction:0<9}").parse().unwrap();
    let (own, text) = match (found.name("blank"), found.name("close")) {
        (Some(_), _) if is_open => (&found["text"], format!("[{}", &found["text"])),
        (Some(_), _) => (&found["text"], found["text"].to_owned()),
        (_, Some(_)) if is_open => (&found["inner"], found["inner"].to_owned()),
        (_, Some(_)) => return None,
        _ if is_open => return None,
        _ => ("", found["end"].to_owned()),
    };
    (!HALF.is_match(own)).then_some((seconds * 1_000_000_000 + nanos, text))
}

/// The days that a line names.
fn days(line: &str) -> Vec<i64> {
    static DATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[0-9]+(?:[-/][0-9]+)+").unwrap());
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|/([0-9]{2})/([0-9]{2}))(?:[-/].*)?$")
            .unwrap()
    });
    let of = |text: &str| {
        let found = WHOLE.captures(text)?;
        let part = |one, other| found.get(one).or_else(|| found.get(other)).unwrap().as_str();
        time(&format!("{}-{}-{}T00:00:00Z", &found[1], part(2, 4), part(3, 5)))?.nanos
    };
    DATE.find_iter(line).filter_map(|found| of(found.as_str())).collect()
}

/// A day in a name, as in `app-2026-03-09.log`.
fn day_of(file: &str) -> Option<i64> {
    static DATE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"([0-9]{4})-([0-9]{2})-([0-9]{2})").unwrap());
    let found = DATE.captures_iter(file).last()?;
    time(&format!("{}T00:00:00Z", &found[0]))?.nanos
}

/// Without levels, which are found as in any text.
pub(super) fn rows(text: &[u8], max_line: usize, file: &str) -> Vec<Row> {
    static PADDED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^ +((?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)[ :\]].*)$").unwrap()
    });
    let (mut rows, mut heads, mut bytes) = (Vec::new(), Vec::new(), 0);
    let (mut passed, mut last) = (0, None::<i64>);
    let mut head: Option<Row> = None;
    for line in lines(text) {
        let refused = text_of(&line, max_line).err();
        let Ok(text) = std::str::from_utf8(line.content()) else {
            rows.extend(refused.map(|error| *error));
            continue;
        };
        let mut row = Row { message: Some(line.message(text)), ..Row::empty(line.number) };
        match stamp(text) {
            Some((clock, rest)) => {
                let is_late = passed > 0
                    && last.is_some_and(|last| last < DAY / 1_440)
                    && clock >= DAY - DAY / 1_440;
                if is_late {
                    row.timestamp = Some((passed - 1) * DAY + clock);
                } else {
                    passed += i64::from(last.is_some_and(|last| last - clock > DAY / 2));
                    last = Some(clock);
                    row.timestamp = Some(passed * DAY + clock);
                }
                heads.dedup();
                let of_text = Some(&heads[..]).filter(|days| days.len() == 1).map(|days| days[0]);
                let day = day_of(file).or(of_text);
                row.timestamp = row.timestamp.zip(day).map(|(time, day)| time + day);
                if day.is_some() {
                    let rest =
                        PADDED.captures(&rest).map_or(&*rest, |it| it.get(1).unwrap().as_str());
                    row.message = Some(line.message(rest));
                }
                head = Some(row.clone());
            }
            None => match &head {
                Some(head) => {
                    row.timestamp = head.timestamp;
                    row.extra = Some(super::CONTINUED.to_owned());
                }
                None => {
                    bytes += line.raw.len();
                    if bytes <= 4096 {
                        heads.extend(days(text));
                        heads.sort_unstable();
                    }
                }
            },
        }
        rows.push(refused.map_or(row, |error| *error));
    }
    rows
}

/// Half of the lines but three, or both of two, with words after the time, in their order.
pub(super) fn is_one(lines: &[&[u8]]) -> Option<usize> {
    static TABLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:-->|\s*[|,;]|[ \t\-–,;|]*[0-9]{2}:[0-9]{2})").unwrap());
    let text = |line: &&[u8]| {
        String::from_utf8(line.strip_suffix(b"\r").unwrap_or(line).to_vec()).unwrap_or_default()
    };
    let times: Vec<i64> = lines
        .iter()
        .filter_map(|line| stamp(&text(line)))
        .filter(|(_, text)| {
            let text = text.strip_prefix('[').unwrap_or(text);
            !TABLE.is_match(text) && text.chars().any(char::is_alphabetic)
        })
        .map(|(time, _)| time)
        .collect();
    let steps = times.iter().zip(times.iter().skip(1));
    let back =
        steps.filter(|(one, next)| (60_000_000_001..=DAY / 2).contains(&(*one - *next))).count();
    let is_half = if times.len() < 3 { lines.len() == 2 } else { 2 * times.len() >= lines.len() };
    (times.len() >= 2 && is_half && 10 * back <= times.len()).then_some(times.len())
}
