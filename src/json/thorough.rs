//! The way by serde_json: decides what is accepted, keeps every value's bytes as written.
//!
//! A text is read twice: once as strictly as serde_json can, which keeps nothing, and once for its
//! members. Members with a column of their type go there; all others, and those that a later member
//! with the same key overrides, go to `extra` as they are, so that nothing of a line is lost.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use memchr::memchr;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Keys;
use super::plain::plain;
use crate::record::{Record, timestamp};

/// The member of `extra` that has the values which later ones override. It is never a column.
pub(super) const DUPLICATES: &str = "_duplicates";

/// A member of an object: decoded key, value as written, without white space around it.
pub(super) type Member<'a> = (Cow<'a, str>, &'a str);

/// Parses one line, without its newline. The error says why it is not a record.
pub(super) fn parse<R>(
    line: &[u8],
    keys: &Keys,
    take: impl FnOnce(&Record<'_>) -> R,
) -> Result<R, String> {
    let mut fields = Fields::sort(members(line)?, keys);
    Ok(take(&fields.record()))
}

/// The members of an object. The error says why the text is not an object.
pub(super) fn members(json: &[u8]) -> Result<Object<'_>, String> {
    // The members are taken raw below, which is laxer: escapes and numbers are not looked at, so `"\ud83d"`
    // and `1e400` would pass.
    let kind: Kind = serde_json::from_slice(json).map_err(|e| explain(json, &e))?;
    if kind != Kind::Object {
        return Err(format!("not a JSON object but {}", kind.name()));
    }
    Object::parse(json).map_err(|e| explain(json, &e))
}

/// The reason for an error row. serde_json ends its own with the line and the column, a byte there counted
/// from 1. A record may span lines, as in a JSON document: its bytes are counted from its beginning.
fn explain(json: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let before: usize = json
        .split_inclusive(|&b| b == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    format!("invalid JSON at byte {}: {reason}", before + error.column())
}

/// What a value is. Reads all of it as strictly as [`serde_json::Value`] is read, and keeps nothing: numbers
/// must be in range, surrogates in pairs, and the nesting at most 127 deep.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// As an error calls it, with its article.
    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

/// Visits a value and all in it.
struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Kind, A::Error> {
        // For the errors of the elements, which are read as strictly.
        while array.next_element::<Kind>()?.is_some() {}
        Ok(Kind::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Kind, A::Error> {
        while object.next_entry::<Kind, Kind>()?.is_some() {}
        Ok(Kind::Object)
    }
}

/// The members of an object, the last of each key apart from the ones before.
pub(super) struct Object<'a> {
    /// Each key once, in the order of the text.
    pub(super) members: Vec<Member<'a>>,
    /// Overridden by a later member with the same key.
    pub(super) overridden: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// Takes the members raw: the text has been read strictly before, by itself or as a part of another.
    fn parse(json: &'a [u8]) -> serde_json::Result<Self> {
        let all = serde_json::Deserializer::from_slice(json).deserialize_map(Members)?;
        let mut object = Self { members: Vec::with_capacity(all.len()), overridden: Vec::new() };
        // From the end, the first time that a key is seen is its last occurrence. A set, because the object
        // may have thousands of keys.
        let mut later = HashSet::with_capacity(all.len());
        let is_last: Vec<bool> = all.iter().rev().map(|(key, _)| later.insert(key)).collect();
        for ((key, value), last) in all.iter().zip(is_last.into_iter().rev()) {
            let kept = if last { &mut object.members } else { &mut object.overridden };
            kept.push((key.clone(), value));
        }
        Ok(object)
    }
}

/// Collects all members, overridden ones too.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            members.push((key, value.get()));
        }
        Ok(members)
    }
}

/// A key, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members by the column they go to; `None` if the object has none for it.
#[derive(Default)]
pub(super) struct Fields<'a> {
    /// As written: the string decoded, or a number's digits.
    pub(super) level: Option<Cow<'a, str>>,
    pub(super) pos: Option<i64>,
    /// Nanoseconds since 1970.
    pub(super) timestamp: Option<i64>,
    /// The offset as written.
    pub(super) zone: Option<String>,
    /// The time was a number since 1970.
    pub(super) is_epoch: bool,
    pub(super) message: Option<Cow<'a, str>>,
    /// Keys decoded, values as text; no key twice.
    args: Option<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
    /// Only of objects with any keys.
    pub(super) stage: Option<&'static str>,
    /// What has no column.
    pub(super) extra: Extra,
}

impl<'a> Fields<'a> {
    /// Distributes the members of a record of known keys.
    fn sort(object: Object<'a>, keys: &Keys) -> Self {
        let mut fields = Self::default();
        for (key, value) in object.members {
            if !fields.place(&key, value, keys) {
                fields.extra.add(&key, value);
            }
        }
        for (key, value) in object.overridden {
            fields.extra.add_duplicate(&key, value);
        }
        fields
    }

    /// Whether the column of this key takes the whole of the value. If not, it goes to `extra`, as an object
    /// under the key of the message does. Null is taken by every column: it says no more than null there.
    fn place(&mut self, key: &str, value: &'a str, keys: &Keys) -> bool {
        if key == keys.message {
            self.message = scalar(value);
            self.message.is_some() || value == "null"
        } else if key == keys.level {
            self.level = scalar(value);
            self.level.is_some() || value == "null"
        } else if key == keys.pos {
            self.pos = serde_json::from_str(value).ok();
            self.pos.is_some() || value == "null"
        } else if key == keys.time {
            self.place_time(value)
        } else if key == keys.args {
            self.place_args(value)
        } else {
            false
        }
    }

    /// A time that the column holds only in part (second 60, ten digits) is taken, and goes to `extra` too:
    /// then the answer is false, as for what is not a time.
    fn place_time(&mut self, value: &'a str) -> bool {
        let text: Option<Option<Cow<'_, str>>> = serde_json::from_str(value).ok();
        // Not a string, or null.
        let Some(text) = text else { return false };
        let Some(text) = text else { return true };
        let Some(time) = timestamp::parse(&text) else { return false };
        self.timestamp = time.nanos;
        self.zone = time.zone.map(str::to_owned);
        time.exact && time.nanos.is_some()
    }

    /// Takes an object of any values: strings decoded, others as their JSON. Overridden members of it go to
    /// `extra` under `args/KEY`. False for arrays and scalars.
    pub(super) fn place_args(&mut self, value: &'a str) -> bool {
        if !value.starts_with('{') {
            return value == "null";
        }
        let Ok(object) = Object::parse(value.as_bytes()) else { return false };
        for (key, value) in object.overridden {
            self.extra.add_duplicate(&format!("args/{key}"), value);
        }
        let text = |value| string(value).unwrap_or(Cow::Borrowed(value));
        self.args = Some(object.members.into_iter().map(|(k, v)| (k, text(v))).collect());
        true
    }

    /// The record, to be called once: it closes `extra`.
    pub(super) fn record(&mut self) -> Record<'_> {
        Record {
            level: self.level.as_deref(),
            pos: self.pos,
            timestamp: self.timestamp,
            zone: self.zone.as_deref(),
            is_epoch: self.is_epoch,
            message: self.message.as_deref(),
            args: self.args.as_ref().map(|args| args.iter().map(|(k, v)| (&**k, &**v)).collect()),
            stage: self.stage,
            extra: self.extra.finish(),
        }
    }
}

/// The text of a scalar: a string decoded, a number or boolean as written. `None` for null, arrays and
/// objects. The value must be valid JSON, without white space around it.
pub(super) fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first()? {
        b'"' => string(value),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(value)),
    }
}

/// A string decoded, without a copy if it has no escapes; `None` for other values.
pub(super) fn string(value: &str) -> Option<Cow<'_, str>> {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(inside) = inside.filter(|inside| memchr(b'\\', inside.as_bytes()).is_none()) {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str::<Key<'_>>(value).ok().map(|Key(text)| text)
}

/// The JSON object of all that has no column, such as `{"ctx":{"a":1},"_duplicates":{"out":["first"]}}`; its
/// values have the bytes of the text.
#[derive(Default)]
pub(super) struct Extra {
    /// The object without its closing brace; empty as long as it has no members.
    json: String,
    /// Keys with the values that were overridden: a JSON array without its closing bracket.
    duplicates: Vec<(String, String)>,
    /// Where each key is in `duplicates`: a line may have thousands that come twice.
    places: HashMap<String, usize>,
    /// Where a member of the text that is named `_duplicates` itself is in `json`, with what is before its
    /// key, and where its value begins.
    namesake: Option<(Range<usize>, usize)>,
}

impl Extra {
    /// Appends a member; the key is decoded, the value as written.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        // Once, and enough for most: members are appended in small pieces.
        self.json.reserve(if self.json.is_empty() { 256 } else { 0 });
        let start = self.json.len();
        member(&mut self.json, key, value);
        if key == DUPLICATES {
            let end = self.json.len();
            self.namesake = Some((start..end, end - value.len()));
        }
    }

    /// Keeps a value that a later one with the same key overrides; values of one key stay in their order.
    pub(super) fn add_duplicate(&mut self, key: &str, value: &str) {
        if let Some(&at) = self.places.get(key) {
            self.duplicates[at].1.extend([",", value]);
        } else {
            self.places.insert(key.to_owned(), self.duplicates.len());
            self.duplicates.push((key.to_owned(), format!("[{value}")));
        }
    }

    /// Takes over the overridden values of another one, as its `_duplicates` has them; a member of that name
    /// that is something else is one like any other.
    pub(super) fn add_duplicates(&mut self, key: &str, value: &str) {
        let object = members(value.as_bytes()).ok().filter(|object| {
            // With something in it: more is appended after a comma.
            let is_array = |(_, values): &Member<'_>| {
                let inside = values.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                inside.is_some_and(|inside| !inside.trim_ascii().is_empty())
            };
            object.overridden.is_empty() && object.members.iter().all(is_array)
        });
        let Some(object) = object else { return self.add(key, value) };
        for (key, values) in object.members {
            self.add_duplicate(&key, &values[1..values.len() - 1]);
        }
    }

    /// The object; `None` if it has no members. Overridden values are its last member, `_duplicates`. That
    /// overrides a member of the text with this name, whose value is there with the others.
    pub(super) fn finish(&mut self) -> Option<&str> {
        if !self.duplicates.is_empty() {
            if let Some((member, value)) = self.namesake.take() {
                let value = self.json[value..member.end].to_owned();
                self.json.replace_range(member, "");
                if self.json.starts_with(',') {
                    self.json.replace_range(..1, "{");
                }
                self.add_duplicate(DUPLICATES, &value);
            }
            let mut all = String::new();
            for (key, values) in self.duplicates.drain(..) {
                member(&mut all, &key, &format!("{values}]"));
            }
            self.places.clear();
            all.push('}');
            member(&mut self.json, DUPLICATES, &all);
        }
        if self.json.is_empty() {
            return None;
        }
        self.json.push('}');
        Some(&self.json)
    }
}

/// Appends `{"key":value` or `,"key":value`; the key is escaped as far as it must be, the value is JSON.
fn member(object: &mut String, key: &str, value: &str) {
    object.push(if object.is_empty() { '{' } else { ',' });
    if plain(key.as_bytes()) == key.len() {
        object.extend(["\"", key, "\":", value]);
    } else {
        object.extend([&*serde_json::Value::from(key).to_string(), ":", value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_keys() {
        // Were they looked for one after the other, this would take hours.
        let mut extra = Extra::default();
        let count = 700_000;
        for value in ["1", "2"] {
            for key in 0..count {
                extra.add_duplicate(&key.to_string(), value);
            }
        }
        let json = extra.finish().unwrap();
        assert!(json.starts_with(r#"{"_duplicates":{"0":[1,2],"1":[1,2],"#));
        assert_eq!(json.matches("[1,2]").count(), count);
    }

    #[test]
    fn a_member_named_as_the_overridden_ones_is_one_of_them() {
        for (line, extra) in [
            (r#"{"_duplicates":1,"b":2}"#, r#"{"_duplicates":1,"b":2}"#),
            (
                r#"{"_duplicates":1,"b":2,"b":3}"#,
                r#"{"b":3,"_duplicates":{"b":[2],"_duplicates":[1]}}"#,
            ),
            (
                r#"{"b":2,"_duplicates":[1],"b":3}"#,
                r#"{"b":3,"_duplicates":{"b":[2],"_duplicates":[[1]]}}"#,
            ),
            (
                r#"{"a":0,"_duplicates":{},"b":2,"a":3}"#,
                r#"{"b":2,"a":3,"_duplicates":{"a":[0],"_duplicates":[{}]}}"#,
            ),
            (r#"{"_duplicates":1,"_duplicates":2}"#, r#"{"_duplicates":{"_duplicates":[1,2]}}"#),
            (
                r#"{"args":{"k":1,"k":2},"_duplicates":{"a":[1]}}"#,
                r#"{"_duplicates":{"args/k":[1],"_duplicates":[{"a":[1]}]}}"#,
            ),
        ] {
            let keys =
                Keys { level: "level", pos: "pos", message: "out", time: "time", args: "args" };
            let found = parse(line.as_bytes(), &keys, |record| record.extra.map(str::to_owned));
            assert_eq!(found.unwrap().unwrap(), extra, "{line}");
        }
    }

    #[test]
    fn errors_count_bytes_from_the_beginning_of_the_record() {
        for before in ["", "\n", "\n\n ", "\r\n\t"] {
            let json = format!("{{{before}\"a\":{before}tru}}");
            let Err(reason) = members(json.as_bytes()) else { panic!("{json:?} is accepted") };
            let at = 1 + json.find('}').unwrap();
            assert!(
                reason.starts_with(&format!("invalid JSON at byte {at}: ")),
                "{json:?} {reason}"
            );
        }
    }
}
