//! Lines of klog and glog.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::lines;
use super::made::{Made, each};
use super::syslog::complete;
use crate::oracle::{Row, time};

pub(super) fn rows(text: &[u8], max_line: usize, stored: Option<i64>) -> Vec<Row> {
    let year = year(text);
    each(text, max_line, |line, text| Some(made(text, year.as_deref(), stored)?.row(line.number)))
}

/// When the file was begun, as its first line tells.
fn year(text: &[u8]) -> Option<String> {
    static CREATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^Log file created at: ([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8})\r?$")
            .unwrap()
    });
    let all = lines(text);
    let first = std::str::from_utf8(all.first()?.raw).ok()?;
    let found = CREATED.captures(first)?;
    let begun = format!("{}-{}-{}T{}", &found[1], &found[2], &found[3], &found[4]);
    time(&begun).map(|_| begun)
}

/// Whether the first line says when the file was begun.
pub(super) fn is_header(line: &str) -> bool {
    year(line.as_bytes()).is_some()
}

pub(super) fn is_one(line: &str) -> bool {
    made(line, None, None).is_some()
}

/// The object of a line that is of the format.
fn made(line: &str, year: Option<&str>, stored: Option<i64>) -> Option<Made> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^(?<letter>[IWEF])(?<date>(?<year>[0-9]{4})?(?<month>[0-9]{2})(?<day>[0-9]{2})) (?<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}) +(?<pid>[0-9]+) (?<source>[^ \]]+:[0-9]+)\](?: (?<text>.*))?$")
            .unwrap()
    });
    let found = FORM.captures(line)?;
    let (date, clock) = (format!("{}-{}", &found["month"], &found["day"]), &found["clock"]);
    let of_year = |year: &str| {
        let text = format!("{year}-{date}T{clock}");
        time(&text).filter(|time| time.exact && time.nanos.is_some()).map(|_| text)
    };
    let completed = match (found.name("year"), year) {
        (Some(year), _) => Some(of_year(year.as_str())?),
        // That there is no such time at all is seen without the year.
        (None, Some(begun)) => {
            complete(&date, clock, None)?;
            let nanos = |text: &str| time(text).and_then(|time| time.nanos);
            let year: i64 = begun[..4].parse().unwrap();
            let earliest = nanos(begun)? - 86_400 * 1_000_000_000;
            // The first year in which it is not before the file.
            let is_later = |year: &i64| {
                let day_before = || nanos(&format!("{year}-02-28T{clock}"));
                let own = nanos(&format!("{year}-{date}T{clock}")).or_else(day_before);
                own.is_some_and(|own| own >= earliest)
            };
            (year - 1..=year + 1).find(is_later).and_then(|year| of_year(&year.to_string()))
        }
        (None, None) => complete(&date, clock, stored)?,
    };
    let mut made = Made::default();
    made.text("pid", &found["pid"]);
    made.text("source", &found["source"]);
    match completed {
        Some(text) => made.text("time", &text),
        None => made.text("written_time", &format!("{} {clock}", &found["date"])),
    }
    made.text(
        "level",
        match &found["letter"] {
            "I" => "INFO",
            "W" => "WARNING",
            "E" => "ERROR",
            _ => "FATAL",
        },
    );
    made.text("message", found.name("text").map_or("", |text| text.as_str()));
    Some(made)
}
