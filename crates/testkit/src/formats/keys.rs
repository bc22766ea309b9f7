//! The keys that fill columns.

use std::sync::LazyLock;

use super::record::inner;
use crate::oracle::{Members, level, scalar};

/// A key: its name with dots between the names of nested ones, and a mark of what it takes.
type Key = (&'static str, char);

/// The keys of each column, the first one before the others.
pub(super) struct Keys {
    pub(super) timestamp: Vec<Key>,
    pub(super) level: Vec<Key>,
    pub(super) message: Vec<Key>,
    pub(super) pos: Vec<Key>,
    /// Whether `origin` may be the stage.
    pub(super) has_origin: bool,
    wrappers: &'static [&'static str],
}

/// Keys of a list of words; those marked with `!` and a letter take special values only.
fn list(words: &'static str) -> Vec<Key> {
    let key = |word: &'static str| match word.split_once('!') {
        Some((name, mark)) => (name, mark.chars().next().unwrap()),
        None => (word, ' '),
    };
    words.split_whitespace().map(key).collect()
}

impl Keys {
    pub(super) fn of_any() -> &'static Self {
        static ANY: LazyLock<Keys> = LazyLock::new(|| Keys {
            timestamp: list(
                "time ts timestamp @timestamp logged_at @t asctime datetime Time Timestamp timeMillis \
                 instant t T eventTime timeUnixNano observedTimeUnixNano __REALTIME_TIMESTAMP time_iso8601 \
                 time_local TimeGenerated EventTime event_time log_time dt _time published \
                 requestReceivedTimestamp lastTimestamp date Date created created_at createdAt start_time \
                 StartUTC msec ingestionTime generated_at",
            ),
            level: list(
                "level severity lvl @level @l log.level levelname level_name level.name LogLevel Level \
                 loglevel log_level Severity severityText SeverityText severity_text severityNumber!o \
                 SeverityNumber!o error_severity!w L!w s!m PRIORITY!s status!k severity_name!w \
                 SeverityLevel!w severityLevel!w",
            ),
            message: list(
                "msg message log out body @message @m short_message RenderedMessage Message MESSAGE!b \
                 textPayload body.stringValue body.intValue body.doubleValue body.boolValue Body event @mt \
                 MessageTemplate Output!t line!t M!t SyslogMessage _raw!t",
            ),
            pos: list("pos"),
            has_origin: false,
            wrappers: &["_source", "jsonPayload", "fields", "record", "attributes"],
        });
        &ANY
    }

    /// Whether an object with this member is a record by itself: it has a level or message, or an object of those.
    pub(super) fn is_telling(&self, key: &str, raw: &[u8]) -> bool {
        let mut own = [&self.level, &self.message].into_iter().flatten();
        own.any(|own| own.0 == key && own.1 != 'k')
            || self.wrappers.contains(&key) && raw.starts_with(b"{")
    }

    pub(super) fn of_docker() -> Self {
        Keys { timestamp: list("time"), message: list("log"), ..Keys::none() }
    }

    pub(super) fn of_apify() -> Self {
        Keys { level: list("level"), message: list("msg message"), ..Keys::none() }
    }

    pub(super) fn of_deepset() -> Self {
        Keys {
            timestamp: list("logged_at"),
            level: list("level"),
            message: list("message"),
            has_origin: true,
            ..Keys::none()
        }
    }

    /// All members are extra.
    pub(super) fn none() -> Self {
        let [timestamp, level, message, pos] = [(); 4].map(|()| Vec::new());
        Keys { timestamp, level, message, pos, has_origin: false, wrappers: &[] }
    }
}

/// The usual keys of each column, in order.
pub fn usual() -> [(&'static str, Vec<&'static str>); 4] {
    let Keys { timestamp, level, message, pos, .. } = Keys::of_any();
    let all = [("timestamp", timestamp), ("level", level), ("message", message), ("pos", pos)];
    all.map(|(column, keys)| (column, keys.iter().map(|(name, _)| *name).collect()))
}

/// A value under a key that is known.
pub(super) struct Candidate<'a> {
    /// The place of the member that has it, and the names in that.
    pub(super) at: usize,
    pub(super) path: Vec<String>,
    pub(super) raw: &'a str,
    pub(super) mark: char,
}

/// What may fill a column, best first.
pub(super) fn candidates<'a>(
    members: &Members<'a>,
    own: &[Key],
    keys: &Keys,
) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    for &(name, mark) in own {
        found.extend(of_object(members, name).into_iter().map(|(at, path, raw)| {
            let path = path[1..].to_vec();
            Candidate { at, path, raw, mark }
        }));
    }
    for &(name, mark) in own {
        for (at, (key, raw)) in members.iter().enumerate() {
            if !keys.wrappers.contains(&&**key) {
                continue;
            }
            let inside = inner(raw).unwrap_or_default();
            let all = of_object(&inside, name).into_iter();
            let all = all.map(|(_, path, raw)| Candidate { at, path, raw, mark });
            found.extend(all.filter(|one| one.raw != "null"));
        }
    }
    found
}

/// The values under a name, as one key and as nested keys; a nested null is none.
fn of_object<'a>(members: &Members<'a>, name: &str) -> Vec<(usize, Vec<String>, &'a str)> {
    let mut found = Vec::new();
    let place = |name: &str| members.iter().position(|member| member.0 == name);
    if let Some(at) = place(name) {
        found.push((at, vec![name.to_owned()], members[at].1));
    }
    if let Some((first, rest)) = name.split_once('.')
        && let Some(at) = place(first)
        && let Some(inside) = inner(members[at].1)
    {
        for (_, path, raw) in of_object(&inside, rest).into_iter().filter(|one| one.2 != "null") {
            let path = std::iter::once(first.to_owned()).chain(path).collect();
            found.push((at, path, raw));
        }
    }
    found
}

/// The level that a value is under a key with this mark, and whether it is the text of the column. In GELF, a
/// record with `short_message`, numbers are those of syslog.
pub(super) fn level_of(raw: &str, mark: char, is_gelf: bool) -> Option<(String, bool)> {
    let text = scalar(raw).filter(|_| raw != "null")?;
    let number = text.parse::<usize>().ok().filter(|n| n.to_string() == text);
    let syslog = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    let word = match mark {
        's' => number.and_then(|number| syslog.get(number)),
        ' ' if is_gelf => number.and_then(|number| syslog.get(number)),
        'o' => number
            .filter(|number| (1..=24).contains(number))
            .map(|number| &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][(number - 1) / 4]),
        'm' => match text.as_str() {
            "F" => Some(&"FATAL"),
            "E" => Some(&"ERROR"),
            "W" => Some(&"WARN"),
            "I" => Some(&"INFO"),
            "D" | "D1" | "D2" | "D3" | "D4" | "D5" => Some(&"DEBUG"),
            _ => None,
        },
        _ => None,
    };
    if let Some(word) = word {
        return Some(((*word).to_owned(), false));
    }
    let is_word = level(&text).is_some() && !text.starts_with(|c: char| c.is_ascii_digit());
    let fits = match mark {
        ' ' => true,
        'w' => is_word,
        'k' if is_word && text.len() > 2 => return Some((text, false)),
        'k' => false,
        _ => is_word && text.len() > 1,
    };
    fits.then_some((text, true))
}
