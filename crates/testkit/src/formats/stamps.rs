//! Lines that begin with a time: firstgen and github here, apify in a file of its own.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::apify::object_at_end;
use super::lines::Line;
use crate::oracle::{Row, level, time};

/// What a line begins with.
pub(super) struct Stamp {
    pub(super) nanos: i64,
    pub(super) zone: String,
    /// Where the level stands before the time.
    pub(super) level: Option<String>,
}

/// A format of stamped lines.
pub(super) trait Stamps {
    /// The stamp and the text after it; `None` for a line without one.
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)>;

    /// Fills the row of a stamped line that ends with `text`. Whether later lines may continue it.
    fn fill(&self, row: &mut Row, text: &str, head: Option<&Row>, line: &Line<'_>) -> bool;
}

/// A stamp by a pattern of the groups `level`, `time`, `zone` and `text`.
pub(super) fn by_pattern<'a>(pattern: &Regex, line: &'a str) -> Option<(Stamp, &'a str)> {
    let found = pattern.captures(line)?;
    let (clock, zone) = (&found["time"], found["zone"].to_owned());
    let time = time(&format!("{clock}{zone}")).filter(|time| time.exact)?;
    let level = found.name("level").map(|word| word.as_str().to_owned());
    let level = level.filter(|word| word != "null");
    let text = found.name("text").map_or("", |text| text.as_str());
    Some((Stamp { nanos: time.nanos?, zone, level }, text))
}

/// A UTC time of so many fraction digits.
pub(super) fn utc(digits: usize) -> String {
    format!(
        r"(?<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{{digits}}})(?<zone>Z)"
    )
}

pub(super) const LEVELS: &str = "(?<level>DEBUG|INFO|WARN|ERROR|FATAL|null) {3}";
pub(super) const OFFSET_TIME: &str = r"(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)(?<zone>Z|z|[+-][0-9]{2}:?[0-9]{2})";

/// `LEVEL   TIME   text`.
pub(super) struct FirstGen(Regex);

impl FirstGen {
    pub(super) fn get() -> &'static Self {
        static STAMPS: LazyLock<FirstGen> = LazyLock::new(FirstGen::new);
        &STAMPS
    }

    fn new() -> Self {
        let pattern = format!("(?s)^{LEVELS}{OFFSET_TIME}(?: {{3}}(?<text>.*))?$");
        FirstGen(Regex::new(&pattern).unwrap())
    }
}

impl Stamps for FirstGen {
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)> {
        by_pattern(&self.0, line).map(|(stamp, text)| (stamp, Cow::Borrowed(text)))
    }

    fn fill(&self, row: &mut Row, text: &str, _: Option<&Row>, line: &Line<'_>) -> bool {
        row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
        row.message = Some(line.message(text));
        true
    }
}

/// A time in one of many spellings, then the text.
pub(super) struct Any {
    stamps: Vec<Regex>,
    layouts: Vec<Regex>,
}

impl Any {
    pub(super) fn get() -> &'static Self {
        static STAMPS: LazyLock<Any> = LazyLock::new(Any::new);
        &STAMPS
    }

    fn new() -> Self {
        const COLOURS: &str = r"(?:\x1b\[[0-9;]*m)";
        const CLOCK: &str = r"(?<time>[0-9]{4}(?:-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?)";
        const ZONE: &str = r"(?<zone>Z| ?[+-][0-9]{2}(?::?[0-9]{2})?| (?:UTC|GMT))?";
        const WORD: &str = "TRACE|DEBUG|DBUG|INFO|WARN|WARNING|ERROR|EROR|FATAL";
        let layouts = [
            format!("^ *(?<word>{WORD})(?: |\t|:|$)"),
            format!(r"^(?: |{COLOURS})*\[(?i:(?<word>{WORD})) *\]"),
            format!(r"^ *\[[^\]]*\] +(?<word>{WORD})(?: |:|$)"),
            format!(r"^ *- [a-z.]+ - (?<word>{WORD}) - "),
            // Of env_logger, of Laravel, in colours.
            format!(r"^\[(?<word>{WORD}) +[^\]]*\]"),
            format!(r"^[a-z]+\.(?<word>{WORD}):"),
            format!(r"^ *{COLOURS}+ *(?<word>{WORD})\x1b"),
        ];
        let stamps = [
            format!("^{CLOCK}{ZONE}(?:[ \t](?<text>.*))?$"),
            format!("^{COLOURS}+{CLOCK}{ZONE}{COLOURS}*(?:[ \t](?<text>.*))?$"),
            format!(r"^{COLOURS}*\[{COLOURS}*{CLOCK}{ZONE}{COLOURS}*\][ \t]?(?<text>.*)$"),
            format!(r"^{COLOURS}*\[{COLOURS}*{CLOCK}{ZONE}{COLOURS}*[ \t](?<inside>.*)$"),
        ];
        Self {
            stamps: stamps
                .iter()
                .map(|stamp| Regex::new(&format!("(?s){stamp}")).unwrap())
                .collect(),
            layouts: layouts.iter().map(|layout| Regex::new(layout).unwrap()).collect(),
        }
    }

    /// A stamp's time as written, and the text after it.
    pub(super) fn written<'a>(&self, line: &'a str) -> Option<(String, Cow<'a, str>)> {
        let (_, text) = self.stamp(line)?;
        let found = self.stamps.iter().find_map(|stamp| stamp.captures(line))?;
        let zone = found.name("zone").map_or("", |zone| zone.as_str());
        Some((format!("{}{zone}", &found["time"]), text))
    }

    /// The word that is the level of a text.
    pub(super) fn level<'a>(&self, text: &'a str) -> Option<&'a str> {
        let word = |layout: &Regex| Some(layout.captures(text)?.name("word")?.as_str());
        self.layouts.iter().find_map(word)
    }
}

impl Stamps for Any {
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)> {
        let found = self.stamps.iter().find_map(|stamp| stamp.captures(line))?;
        let zone = found.name("zone").map(|zone| zone.as_str().trim_start().to_owned());
        let offset = match zone.as_deref() {
            None | Some("UTC" | "GMT") => "Z".to_owned(),
            // Hours alone.
            Some(offset) if offset.len() == 3 => format!("{offset}:00"),
            Some(offset) => offset.to_owned(),
        };
        let clock = found["time"].replace(',', ".").replace('/', "-");
        let time = time(&format!("{clock}{offset}")).filter(|time| time.exact)?;
        let text = match (found.name("text"), found.name("inside")) {
            (Some(text), _) => Cow::Borrowed(text.as_str()),
            (None, Some(inside)) => Cow::Owned(format!("[{}", inside.as_str())),
            (None, None) => Cow::Borrowed(""),
        };
        Some((Stamp { nanos: time.nanos?, zone: zone.unwrap_or_default(), level: None }, text))
    }

    fn fill(&self, row: &mut Row, text: &str, _: Option<&Row>, line: &Line<'_>) -> bool {
        row.zone = row.zone.take().filter(|zone| !zone.is_empty());
        row.level_text = self.level(text).map(str::to_owned);
        row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
        let padded = text.trim_start_matches(' ');
        let is_first = row.level_text.as_deref().is_some_and(|word| padded.starts_with(word));
        let message = line.message(if is_first { padded } else { text });
        row.args = object_at_end(&message, "\t", false);
        row.message = Some(message);
        true
    }
}

/// `TIME text`, of seven fraction digits.
pub(super) struct GitHub(Regex);

impl GitHub {
    pub(super) fn get() -> &'static Self {
        static STAMPS: LazyLock<GitHub> = LazyLock::new(GitHub::new);
        &STAMPS
    }

    fn new() -> Self {
        GitHub(Regex::new(&format!("(?s)^{}(?: (?<text>.*))?$", utc(7))).unwrap())
    }
}

impl Stamps for GitHub {
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)> {
        by_pattern(&self.0, line).map(|(stamp, text)| (stamp, Cow::Borrowed(text)))
    }

    fn fill(&self, row: &mut Row, text: &str, _: Option<&Row>, line: &Line<'_>) -> bool {
        let mut text = text;
        for word in ["error", "warning", "notice", "debug"] {
            if let Some(rest) = text.strip_prefix(&format!("##[{word}]")) {
                row.level_text = Some(word.to_owned());
                text = rest;
                break;
            }
        }
        row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
        row.message = Some(line.message(text));
        true
    }
}

/// `HOST IDENT USER [TIME] "REQUEST" STATUS`.
pub(super) struct Access(Regex);

impl Access {
    pub(super) fn get() -> &'static Self {
        static STAMPS: LazyLock<Access> = LazyLock::new(Access::new);
        &STAMPS
    }

    fn new() -> Self {
        let pattern = r#"(?s)^(?<day>[0-9]{2})/(?<month>[A-Z][a-z]{2})/(?<year>[0-9]{4}):(?<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) (?<zone>[+-][0-9]{4})\] "(?:[^"\\]|\\.)*" (?<status>[1-5])[0-9]{2}(?: .*)?$"#;
        Access(Regex::new(pattern).unwrap())
    }
}

impl Stamps for Access {
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)> {
        // The first bracket after three words that is as long as a time.
        let is_time = |at: &usize| {
            let words = line[..*at].matches(' ').count() + 1;
            words >= 3 && *at + 1 < 300 && line.as_bytes().get(at + 28) == Some(&b']')
        };
        let start = line.match_indices(" [").map(|(at, _)| at).find(is_time)? + 2;
        let found = self.0.captures(&line[start..])?;
        let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let month = months.find(&found["month"]).filter(|at| at % 3 == 0)? / 3 + 1;
        let zone = found["zone"].to_owned();
        let time =
            format!("{}-{month:02}-{}T{}{zone}", &found["year"], &found["day"], &found["time"]);
        let level = match &found["status"] {
            "5" => Some("ERROR".to_owned()),
            "4" => Some("WARN".to_owned()),
            _ => None,
        };
        let nanos = crate::oracle::time(&time)?.nanos?;
        Some((Stamp { nanos, zone, level }, Cow::Borrowed(line)))
    }

    fn fill(&self, row: &mut Row, text: &str, _: Option<&Row>, line: &Line<'_>) -> bool {
        row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
        row.message = Some(line.message(text));
        true
    }
}
