//! Console logs of Jenkins: notes, stamps, blocks of a pipeline.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use ripsaw::identity::Identity;

use super::lines::{lines, text_of};
use super::stamps::{by_pattern, utc};
use super::steps::{fill_level, place};
use crate::oracle::{Row, time};

/// What stands before the text of a line.
enum Stamp {
    Time(i64),
    Clock(String),
}

/// A line without its notes.
fn without_notes(line: &str) -> Cow<'_, str> {
    static NOTE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\x1b\[8mha:[^\x1b]*\x1b\[0m").unwrap());
    NOTE.replace_all(line, "")
}

/// The stamp and the text after it.
fn stamp(line: &str) -> (Option<Stamp>, &str) {
    static ISO: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"(?s)^\[{}\] (?<text>.*)$", utc(3))).unwrap());
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)^(?<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})  (?<text>.*)$").unwrap()
    });
    if let Some((stamp, text)) = by_pattern(&ISO, line) {
        return (Some(Stamp::Time(stamp.nanos)), text);
    }
    let clock = CLOCK.captures(line).filter(|found| at("2000-01-01", &found["clock"]).is_some());
    match clock {
        Some(found) => {
            let text = found.name("text").unwrap().as_str();
            (Some(Stamp::Clock(found["clock"].to_owned())), text)
        }
        None => (None, line),
    }
}

/// The time of a clock on a day.
fn at(date: &str, clock: &str) -> Option<i64> {
    time(&format!("{date}T{clock}")).filter(|time| time.exact)?.nanos
}

/// A line without notes and stamp.
pub(super) fn plain(line: &str) -> String {
    stamp(&without_notes(line)).1.to_owned()
}

/// The last date in the path of a file.
fn date(file: &str) -> Option<String> {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^((?:19|20)[0-9]{2})([-_.]?)([0-9]{2})([-_.]?)([0-9]{2})(?:[^0-9]|$)").unwrap()
    });
    let is_digit = |before: &str| before.ends_with(|c: char| c.is_ascii_digit());
    let starts = file.char_indices().filter(|(at, _)| !is_digit(&file[..*at]));
    let mut dates = starts.filter_map(|(start, _)| {
        let found = DATE.captures(&file[start..]).filter(|found| found[2] == found[4])?;
        let date = format!("{}-{}-{}", &found[1], &found[3], &found[5]);
        at(&date, "00:00:00").map(|_| date)
    });
    dates.next_back()
}

/// The format `jenkins`.
pub(super) fn rows(text: &[u8], max_line: usize, file: &str) -> Vec<Row> {
    let date = date(file);
    let mut blocks = Blocks::default();
    let (mut rows, mut identity) = (Vec::new(), Identity::default());
    for line in lines(text) {
        let mut row = Row::empty(line.number);
        match text_of(&line, max_line) {
            // It is where the line before it is.
            Err(error) => row = *error,
            Ok(_) => {
                let own = without_notes(std::str::from_utf8(line.content()).unwrap());
                let (stamp, text) = stamp(&own);
                identity = blocks.place(text);
                row.message = Some(line.message(text));
                fill_level(&mut row);
                match (stamp, &date) {
                    (Some(Stamp::Time(nanos)), _) => {
                        (row.timestamp, row.zone) = (Some(nanos), Some("Z".to_owned()));
                    }
                    (Some(Stamp::Clock(clock)), Some(date)) => row.timestamp = at(date, &clock),
                    (Some(Stamp::Clock(clock)), None) => {
                        row.extra = Some(format!("{{\"time\":\"{clock}\"}}"));
                    }
                    (None, _) => {}
                }
            }
        }
        row.identity = identity.clone();
        rows.push(row);
    }
    rows
}

/// What became of the build.
pub fn status(text: &[u8]) -> Option<String> {
    let finished = |line: super::lines::Line<'_>| {
        let line = plain(std::str::from_utf8(line.content()).ok()?);
        Some(line.strip_prefix("Finished: ")?.to_owned())
    };
    lines(text).into_iter().filter_map(finished).next_back()
}

/// The blocks that are open.
#[derive(Default)]
struct Blocks {
    names: Vec<Option<String>>,
    parallels: Vec<Parallel>,
}

/// A `parallel` that is not over.
struct Parallel {
    /// How many blocks were open at it.
    depth: usize,
    branches: Vec<String>,
}

impl Blocks {
    /// Where a line belongs.
    fn place(&mut self, text: &str) -> Identity {
        static CONTROL: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"^\[Pipeline\] (?:\[[^\]]*\] )?(?:(?<open>\{)(?: \((?<name>.*)\))?|(?<close>\})|(?<parallel>parallel)|(?<joined>// parallel))$",
            )
            .unwrap()
        });
        let before = self.stage();
        if let Some(found) = CONTROL.captures(text) {
            if found.name("open").is_some() {
                let name = found.name("name").map(|name| name.as_str().to_owned());
                self.open(name.filter(|name| !name.is_empty()));
                return place(self.stage(), None, None);
            }
            if found.name("close").is_some() {
                // Blocks around a parallel stay open in it.
                if self.names.len() > self.parallels.last().map_or(0, |it| it.depth) {
                    self.names.pop();
                }
            } else if found.name("parallel").is_some() {
                self.parallels.push(Parallel { depth: self.names.len(), branches: Vec::new() });
            } else if let Some(parallel) = self.parallels.pop() {
                self.names.truncate(parallel.depth);
            }
            return place(before, None, None);
        }
        for branch in self.parallels.iter().flat_map(|parallel| &parallel.branches) {
            if text.starts_with(&format!("[{branch}] ")) {
                return place(before, None, Some(branch.clone()));
            }
        }
        place(before, None, None)
    }

    fn open(&mut self, name: Option<String>) {
        let branch = name.as_deref().and_then(|name| name.strip_prefix("Branch: "));
        if let (Some(parallel), Some(branch)) = (self.parallels.last_mut(), branch) {
            parallel.branches.push(branch.to_owned());
        }
        self.names.push(name);
    }

    fn stage(&self) -> Option<String> {
        let depth = self.parallels.first().map_or(self.names.len(), |parallel| parallel.depth);
        let mut names = self.names[..depth].iter().rev().flatten();
        names.find(|name| !name.starts_with("Branch: ")).cloned()
    }
}
