//! The archive as Apify would have it: each log is a run, each bundle an actor.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use crate::record::timestamp;
use crate::serve::answer::Source as _;
use crate::serve::archive::Archive;
use crate::serve::ids::{bundle_keys, hash};

/// Bytes at the beginning of a log in which its first time is looked for, and at its end for its last.
const HEAD: usize = 4 << 10;

/// A longer log is not read for its last time.
const SHORT: u64 = 256 << 10;

/// Letters and digits of an id.
const ID: usize = 17;

/// An actor.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) id: String,
    /// Letters, digits and hyphens.
    pub(super) name: String,
    /// The runs, as places among all.
    pub(super) runs: Vec<usize>,
}

/// A run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: String,
    /// The entry that its log is.
    pub(super) entry: usize,
    /// The place of its actor among all.
    pub(super) actor: usize,
    /// How it ended.
    pub(super) status: String,
    /// When it ended, in milliseconds since 1970: as noted, or looked for when it is first asked.
    ended: OnceLock<Option<i64>>,
    /// When it began; looked for when it is first asked.
    started: OnceLock<i64>,
}

/// All runs and actors.
#[derive(Default)]
pub(super) struct Runs {
    /// In the order of the input.
    pub(super) runs: Vec<Run>,
    pub(super) actors: Vec<Actor>,
    by_id: HashMap<String, usize>,
    /// The actors by id and by name.
    by_name: HashMap<String, usize>,
    /// How often the name of a bundle, or of an entry, has come.
    times: HashMap<u128, usize>,
}

impl Runs {
    pub(super) fn of(archive: &Archive) -> Self {
        let keys = bundle_keys(archive.catalog());
        let mut all = Self::default();
        for (entry, about) in archive.entries().iter().enumerate() {
            let key = &keys[about.bundle];
            // The platform's own id, unless another log of the archive has it already.
            let own = about.identity.execution.as_ref();
            let own = own.filter(|_| archive.is_format(entry, "apify"));
            let id = own.filter(|id| !all.by_id.contains_key(*id)).cloned();
            let id = id.unwrap_or_else(|| all.new_id(key, &about.path));
            let state = archive.states().of("apify", &id);
            // An actor is a bundle unless its id was noted.
            let actor = state.and_then(|state| state.actor.clone());
            let actor = actor.unwrap_or_else(|| id_of(&["actor", key]));
            let actor = all.actor_of(actor, archive.bundle_name(entry));
            let run = all.runs.len();
            all.by_id.insert(id.clone(), run);
            all.actors[actor].runs.push(run);
            let status = state.and_then(|state| state.status.clone());
            let start = state.and_then(|state| state.start()).map(|time| time.as_millisecond());
            let end = state.and_then(|state| state.end()).map(|time| time.as_millisecond());
            all.runs.push(Run {
                id,
                entry,
                actor,
                status: status.unwrap_or_else(|| "SUCCEEDED".to_owned()),
                ended: noted(end.or(about.outcome.end.map(millis)).map(Some)),
                started: noted(start.or(about.outcome.start.map(millis))),
            });
        }
        all
    }

    /// The run or build of an id.
    pub(super) fn run(&self, id: &str) -> Option<&Run> {
        self.by_id.get(id).map(|&run| &self.runs[run])
    }

    /// The actor of an id, or of a name after any user's: `~` or `/` divides them.
    pub(super) fn actor(&self, name: &str) -> Option<&Actor> {
        let last = name.rsplit(['~', '/']).next().unwrap_or(name);
        let place = self.by_name.get(name).or_else(|| self.by_name.get(last))?;
        Some(&self.actors[*place])
    }

    /// The place of an actor, which is added if it is new.
    fn actor_of(&mut self, id: String, bundle: &str) -> usize {
        if let Some(&place) = self.by_name.get(&id) {
            return place;
        }
        let name = name_of(bundle);
        let name = loop {
            let time = self.time_of(&["actor", &name]);
            let name = if time == 0 { name.clone() } else { format!("{name}-{}", time + 1) };
            if !self.by_name.contains_key(&name) {
                break name;
            }
        };
        let place = self.actors.len();
        self.by_name.insert(id.clone(), place);
        self.by_name.insert(name.clone(), place);
        self.actors.push(Actor { id, name, runs: Vec::new() });
        place
    }

    /// An id that no log has yet; always the same for the same archive.
    fn new_id(&mut self, key: &str, path: &str) -> String {
        loop {
            let time = self.time_of(&["run", key, path]);
            let id = id_of(&["run", key, path, &time.to_string()]);
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }

    /// How often these names have come before.
    fn time_of(&mut self, names: &[&str]) -> usize {
        let times = self.times.entry(hash(names)).or_default();
        *times += 1;
        *times - 1
    }
}

impl Run {
    /// When it began, in milliseconds since 1970: as noted, else the first time in its log, else when its file
    /// was changed.
    pub(super) fn started(&self, archive: &Archive) -> i64 {
        *self.started.get_or_init(|| {
            let head = archive.catalog().head(self.entry, HEAD);
            let first = times_in(&String::from_utf8_lossy(&head)).next().map(millis);
            first.or_else(|| archive.modified(self.entry)).unwrap_or(0)
        })
    }

    /// When it ended: as noted, else the last time in its log if that is short, else when it began.
    pub(super) fn finished(&self, archive: &Archive) -> i64 {
        let started = self.started(archive);
        let ended = *self.ended.get_or_init(|| {
            let tail = self.tail(archive)?;
            times_in(&String::from_utf8_lossy(&tail)).last().map(millis)
        });
        ended.map_or(started, |ended| ended.max(started))
    }

    /// The last bytes of its log; `None` if that is long, or cannot be read.
    fn tail(&self, archive: &Archive) -> Option<Vec<u8>> {
        let length = archive.text(self.entry).length().filter(|&length| length <= SHORT)?;
        let mut tail = Vec::new();
        let from = length.saturating_sub(HEAD as u64).min(length.saturating_sub(1));
        Box::new(archive.text(self.entry)).open(from).ok()?.read_to_end(&mut tail).ok()?;
        Some(tail)
    }
}

/// A cell that is filled already if something is known.
fn noted<T>(known: Option<T>) -> OnceLock<T> {
    known.map_or_else(OnceLock::new, OnceLock::from)
}

/// Milliseconds of nanoseconds.
fn millis(nanos: i64) -> i64 {
    nanos.div_euclid(1_000_000)
}

/// The times in a text that are written as `2026-03-09T10:00:00.123Z` or nearly so, in nanoseconds since 1970.
fn times_in(text: &str) -> impl Iterator<Item = i64> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '+' | 'T' | 'Z');
    let words = text.split(move |c| !is_part(c)).filter(|word| word.len() > 18);
    words.filter_map(|word| timestamp::parse(word)?.nanos)
}

/// An id of letters and digits that is always the same for these texts.
pub(super) fn id_of(parts: &[&str]) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = hash(parts);
    let digit = |_| {
        let digit = DIGITS[(number % 62) as usize];
        number /= 62;
        char::from(digit)
    };
    (0..ID).map(digit).collect()
}

/// A valid name for an actor: 3 to 63 lower-case letters, digits and single hyphens.
fn name_of(bundle: &str) -> String {
    let mut name = String::new();
    for c in bundle.to_ascii_lowercase().chars().take(60) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    if name.len() < 3 {
        format!("logs-{name}").trim_end_matches('-').to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{id_of, name_of, times_in};

    #[test]
    fn actors_have_valid_names() {
        let names = ["Deploy_2024", "x", "--a..b--", "", "übung", "logs"].map(name_of);
        assert_eq!(names, ["deploy-2024", "logs-x", "a-b", "logs", "bung", "logs"]);
    }

    #[test]
    fn times_in_a_text_are_found() {
        let text =
            "2026-1\n{\"time\":\"2026-01-14T09:30:02.118Z\"} at 2026-01-14T09:30:03Z, 2026-01-14";
        let times: Vec<i64> = times_in(text).collect();
        assert_eq!(times, [1_768_383_002_118_000_000, 1_768_383_003_000_000_000]);
        assert_eq!(times_in("none: 2026-01-14").count(), 0);
    }

    #[test]
    fn ids_stay() {
        let id = id_of(&["run", "a.zip", "b.log", "0"]);
        assert_eq!(id, id_of(&["run", "a.zip", "b.log", "0"]));
        assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_ne!(id, id_of(&["run", "a.zipb.log", "", "0"]));
    }
}
