//! Objects in lines that say more: the members of both are one record.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memmem::Finder;
use serde::de::IgnoredAny;

use super::direct::{is_visible, push_text_of};
use super::lines::Place;
use crate::json::{AnyParser, KeyedParser, Mapping, Outcome, close_object, push_quoted};
use crate::record::Record;
use crate::table::{KeyColumns, KeyType, LinesBuilder, Scalar, Slot};

/// The member that has the time before an object that has its own.
const TIME: &str = "prefix_time";

/// The member that has the level before an object that has its own.
const LEVEL: &str = "severity";

/// Parses objects in lines.
pub(super) struct Within {
    parser: AnyParser,
    /// Made with the first columns of keys.
    keyed: Option<KeyedParser>,
    search: Search,
    /// Reused from row to row.
    extra: String,
}

/// What a line says beside an object.
#[derive(Clone, Copy)]
pub(super) struct Outer<'a> {
    pub(super) members: &'a [(&'a str, &'a str)],
    /// In nanoseconds since 1970, as if it were in UTC if there is no offset; the offset; as written. Of a time that is
    /// not known, only as written.
    pub(super) time: Option<(Option<i64>, Option<&'a str>, &'a str)>,
    pub(super) level: Option<&'a str>,
}

/// A member of the line, under a key that the object does not have.
type Member<'a> = (Cow<'a, str>, &'a str);

impl<'a> Outer<'a> {
    /// The members under their keys; a key that the object has, too, gets `_` at its end.
    fn named(self, json: &str, search: &mut Search) -> Named<'a> {
        let has_escapes = search.finds_letters(json);
        let mut free = |key: &'a str| -> Cow<'a, str> {
            if !has_escapes && !search.finds(key, json) {
                return key.into();
            }
            let keys = keys_of(json);
            let mut free = key.to_owned();
            while keys.contains(&free) {
                free.push('_');
            }
            free.into()
        };
        let members = self.members.iter().map(|&(key, value)| (free(key), value)).collect();
        let time = self.time.map(|(_, _, text)| (free(TIME), text));
        let level = self.level.map(|level| (free(LEVEL), level));
        Named { members, time, level }
    }

    /// A record with the time and level of the line where it has none, and what of the two it has itself.
    fn completed<'r>(&'r self, record: &Record<'r>) -> (Record<'r>, bool, bool) {
        let mut completed = record.clone();
        let has_time = record.timestamp.is_some() || self.time.is_some_and(|time| time.0.is_none());
        if !has_time && let Some((nanos, zone, text)) = self.time {
            // A number of seconds is in UTC.
            let is_epoch = zone.is_none() && !text.contains(['-', '/']);
            (completed.timestamp, completed.zone, completed.is_epoch) = (nanos, zone, is_epoch);
        }
        if record.level.is_none() {
            completed.level = self.level;
        }
        (completed, has_time, record.level.is_some())
    }
}

/// Looks for keys in objects, without parsing them.
struct Search {
    /// Of each key that was looked for, in quotes.
    keys: Vec<(String, Finder<'static>)>,
    /// Of `\\u00`.
    escape: Finder<'static>,
}

impl Default for Search {
    fn default() -> Self {
        Self { keys: Vec::new(), escape: Finder::new(b"\\u00") }
    }
}

impl Search {
    /// Whether an object may have a key, which has no escapes.
    fn finds(&mut self, key: &str, json: &str) -> bool {
        let at = self.keys.iter().position(|(own, _)| own == key).unwrap_or_else(|| {
            let finder = Finder::new(format!("\"{key}\"").as_bytes()).into_owned();
            self.keys.push((key.to_owned(), finder));
            self.keys.len() - 1
        });
        self.keys[at].1.find(json.as_bytes()).is_some()
    }

    /// Whether letters may be escaped, which those of a key may be; that control characters are is no rarity.
    fn finds_letters(&self, json: &str) -> bool {
        let bytes = json.as_bytes();
        let mut escapes = self.escape.find_iter(bytes);
        escapes.any(|at| matches!(bytes.get(at + 4), Some(b'2'..=b'7')))
    }
}

/// The members of a line under their keys; time and level only if the object has its own.
struct Named<'a> {
    members: Vec<Member<'a>>,
    time: Option<Member<'a>>,
    level: Option<Member<'a>>,
}

impl Named<'_> {
    /// Those that a row has beside the object's.
    fn all(&self, has_time: bool, has_level: bool) -> impl Iterator<Item = (&str, &str)> + Clone {
        let level = self.level.iter().filter(move |_| has_level);
        let time = self.time.iter().filter(move |_| has_time);
        self.members.iter().chain(level).chain(time).map(|(key, value)| (&**key, *value))
    }
}

/// The keys of an object; none of what is no object.
fn keys_of(object: &str) -> HashSet<String> {
    let object: Option<std::collections::HashMap<String, IgnoredAny>> =
        serde_json::from_str(object).ok();
    object.into_iter().flat_map(std::collections::HashMap::into_keys).collect()
}

/// Adds the members of an object to those that are written so far.
fn add_object(members: &mut String, object: &str) {
    if members.is_empty() {
        return members.push_str(object);
    }
    let inner = object.trim_start().strip_prefix('{').unwrap_or("}").trim_start();
    if !inner.starts_with('}') {
        members.push(',');
    }
    members.push_str(inner);
}

impl Within {
    pub(super) fn new(mapping: Mapping) -> Self {
        let (search, extra) = (Search::default(), String::new());
        Self { parser: AnyParser::new(mapping), keyed: None, search, extra }
    }

    /// Writes the row of an object; `false` if the text is none. `onward` begins with it.
    pub(super) fn push(
        &mut self,
        (json, onward): (&str, &str),
        outer: Outer<'_>,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let parsed = match rows.take_keys() {
            None => self.push_plain((json, onward), outer, place, rows),
            Some(mut columns) => {
                let parsed = self.push_keyed((json, onward), outer, place, &mut columns, rows);
                rows.put_keys(columns);
                parsed
            }
        };
        parsed.is_ok()
    }

    /// Hands what has no column of an object and its line to `take`, as their row has it; `false` if the text is none.
    pub(super) fn each_extra(
        parser: &mut AnyParser,
        json: &str,
        outer: Outer<'_>,
        take: &mut dyn FnMut(Option<&str>),
    ) -> bool {
        let named = outer.named(json, &mut Search::default());
        let parsed = parser.parse(json.as_bytes(), |record| {
            let (_, has_time, has_level) = outer.completed(record);
            let mut extra = String::new();
            let all = named.all(has_time, has_level);
            take(extra_of(all, record.extra, &mut extra));
        });
        parsed.is_ok()
    }

    /// The row without columns of keys.
    fn push_plain(
        &mut self,
        (json, onward): (&str, &str),
        outer: Outer<'_>,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> Result<(), String> {
        let Self { parser, search, extra, .. } = self;
        let named = outer.named(json, search);
        parser.parse_text(json, onward, |record: &Record<'_>| {
            let (record, has_time, has_level) = outer.completed(record);
            let all = named.all(has_time, has_level);
            let whole = Record { extra: extra_of(all, record.extra, extra), ..record };
            match whole.message.is_some_and(is_visible) {
                true => rows.push(place.line, &whole),
                false => {
                    let all = made(named.all(has_time, has_level), json);
                    rows.push_record(place.line, &whole, all.as_bytes());
                }
            }
        })
    }

    /// The row with columns of keys.
    fn push_keyed(
        &mut self,
        (json, onward): (&str, &str),
        outer: Outer<'_>,
        place: Place,
        columns: &mut KeyColumns,
        rows: &mut LinesBuilder,
    ) -> Result<(), String> {
        let Self { parser, keyed, search, extra } = self;
        let make = || KeyedParser::new(parser.mapping().clone(), columns);
        let keyed = keyed.get_or_insert_with(make);
        let named = outer.named(json, search);
        // Slots of members that have one; the others are late.
        let slot = |key: &str| keyed.slot(key).filter(|slot| takes_texts(*slot));
        let is_late = named.all(true, true).any(|(key, _)| slot(key).is_none());
        let late: HashSet<String> = match is_late {
            true => named
                .all(true, true)
                .map(|(key, _)| key)
                .filter(|key| slot(key).is_none())
                .map(str::to_owned)
                .collect(),
            false => HashSet::new(),
        };
        let row = rows.row();
        let mut has = (false, false);
        let take = |record: &Record<'_>, outcome: Outcome| {
            let (record, has_time, has_level) = outer.completed(record);
            has = (has_time, has_level);
            let rest = named.all(has_time, has_level).filter(|(key, _)| late.contains(*key));
            let is_late = outcome.is_late || rest.clone().next().is_some();
            let whole = Record { extra: extra_of(rest, record.extra, extra), ..record };
            let json = match whole.message.is_some_and(is_visible) {
                true => Cow::Borrowed(json),
                false => Cow::Owned(made(named.all(has_time, has_level), json)),
            };
            rows.push_keyed(place.line, &whole, &json, (true, is_late));
        };
        if let Err(reason) = keyed.parse(json, onward, row, columns, take) {
            columns.forget(row);
            return Err(reason);
        }
        for (key, value) in named.all(has.0, has.1) {
            match keyed.slot(key) {
                Some(Slot::Text(at)) => columns.texts[at].set(row, value),
                Some(Slot::Json(at)) => {
                    let mut quoted = String::new();
                    push_quoted(&mut quoted, value);
                    columns.texts[at].set(row, &quoted);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is in `extra` of a row: these members, then the object's.
fn extra_of<'e, 'm>(
    members: impl Iterator<Item = (&'m str, &'m str)>,
    own: Option<&'e str>,
    extra: &'e mut String,
) -> Option<&'e str> {
    extra.clear();
    members.for_each(|(key, value)| push_text_of(extra, key, value));
    match own {
        own if extra.is_empty() => own,
        None => {
            close_object(extra, 0);
            Some(extra)
        }
        Some(own) => {
            add_object(extra, own);
            Some(extra)
        }
    }
}

/// All members of a row, as an object.
fn made<'m>(members: impl Iterator<Item = (&'m str, &'m str)>, json: &str) -> String {
    let mut all = String::new();
    members.for_each(|(key, value)| push_text_of(&mut all, key, value));
    add_object(&mut all, json.trim());
    all
}

/// Whether a column takes any text, or nobody wants it.
fn takes_texts(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Text(_)
            | Slot::Json(_)
            | Slot::LeftOut(KeyType::Scalar(Scalar::String) | KeyType::Json)
    )
}
