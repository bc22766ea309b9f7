//! Objects that hold records in an array: CloudTrail's `Records`, CloudWatch's `events` and `logEvents`,
//! Azure's `records`, the `items` of an API, OTLP's `resourceLogs`.
//!
//! ```text
//! {"logGroup":"api","logEvents":[{"timestamp":1741514400123,"message":"started"},{...}]}
//! ```
//!
//! Each element is a record. The other members of the envelope, such as `logGroup`, are added to each, so
//! that a record says all that is known of it. An object with a level or message of its own is a record
//! itself, whatever else it has.

mod walk;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;

use super::document::key_of;
use crate::json::{Mapping, is_valid};
use walk::{Step, Walk};

/// The keys of an array of records, written without escapes.
const HOLDERS: &[&str] = &["Records", "records", "events", "items", "logEvents", "resourceLogs"];

/// The keys of the arrays within OTLP's `resourceLogs`, from the outer to the inner.
const SCOPES: &[&str] = &["scopeLogs"];
const LOGS: &[&str] = &["logRecords"];

/// An envelope up to this size is taken apart as a whole; of a larger one the members after its records are
/// not known when the first of them is read. Less than is read at a time, so that a limit on lines does not
/// matter.
pub(super) const WHOLE: usize = 512 << 10;

/// Members of an envelope up to this size in all are repeated in each record.
const REPEATED: usize = 4 << 10;

/// The arrays that the elements of an array under this key hold in turn.
fn inner_of(key: &str) -> &'static [&'static str] {
    match key {
        "resourceLogs" => SCOPES,
        "scopeLogs" => LOGS,
        _ => &[],
    }
}

/// A member of an envelope.
#[derive(Debug, Clone)]
struct Member<'a> {
    /// Decoded.
    key: Cow<'a, str>,
    /// As written, with its quotes.
    quoted: &'a [u8],
    /// As written.
    value: &'a [u8],
}

/// An envelope, taken apart.
#[derive(Debug)]
pub(super) struct Apart<'a> {
    text: &'a [u8],
    /// The elements of its array, as offsets in the text. The last one may be unfinished.
    records: Vec<Range<usize>>,
    /// Its other members.
    members: Vec<Member<'a>>,
    /// What its records hold in turn.
    inner: &'static [&'static str],
    /// Where the text stops being JSON.
    rest: Option<usize>,
    /// Some element is not an object.
    is_mixed: bool,
    /// It has a level or message.
    is_record: bool,
    /// The text is JSON.
    is_valid: bool,
}

/// A row of an envelope.
pub(super) struct Part<'p> {
    /// Where it begins in the envelope.
    pub(super) at: usize,
    /// As it is there.
    pub(super) raw: &'p [u8],
    /// The object to be parsed; `None` if it is not an object.
    pub(super) json: Option<Cow<'p, [u8]>>,
}

/// Takes an object apart if it is an envelope. `is_valid`: the text is JSON; else it may also be cut off or
/// have records that are broken.
pub(super) fn apart(text: &[u8], is_valid: bool) -> Option<Apart<'_>> {
    if !may_hold(text) {
        return None;
    }
    let apart = Apart { is_valid, ..take_apart(text, HOLDERS)? };
    let is_one = !(apart.is_record || is_valid && apart.is_mixed);
    (is_one && (is_valid || apart.has_rows())).then_some(apart)
}

/// Whether some array of objects is under a key that ends like all [`HOLDERS`]: a quick look, which rules out nearly
/// all objects.
fn may_hold(text: &[u8]) -> bool {
    memchr_iter(b'[', text).any(|at| {
        let (before, inside) = (text[..at].trim_ascii_end(), text[at + 1..].trim_ascii_start());
        let key = before.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
        inside.starts_with(b"{") && key.is_some_and(|key| key.ends_with(b"s\""))
    })
}

/// As [`apart`], by one of these keys. At least one object is in the array.
fn take_apart<'a>(text: &'a [u8], holders: &[&str]) -> Option<Apart<'a>> {
    let mut walk = Walk::new(text)?;
    let mut all = Apart {
        text,
        records: Vec::new(),
        members: Vec::new(),
        inner: &[],
        rest: None,
        is_mixed: false,
        is_record: false,
        is_valid: false,
    };
    let end = loop {
        let (key, value) = match walk.key() {
            Step::Key(key, value) => (key, value),
            Step::End(at) => break at,
            Step::Broken(at) => {
                let is_between = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b',';
                all.rest = Some(at + text[at..].iter().take_while(is_between).count());
                break text.len();
            }
        };
        let name = key_of(&text[key.clone()]);
        if all.records.is_empty()
            && is_holder(&text[key.clone()], holders)
            && begins_array(&text[value..]) == Some(true)
        {
            all.inner = inner_of(&name);
            match walk.records(value, &mut all) {
                Some(()) => continue,
                None => break text.len(),
            }
        }
        all.is_record |= is_of_record(&name, &text[value..]);
        let Some(end) = walk.value(value) else {
            all.rest = Some(key.start);
            break text.len();
        };
        let value = text[value..end].trim_ascii_end();
        all.members.push(Member { key: name, quoted: &text[key], value });
    };
    if all.rest.is_none() && !text[end..].trim_ascii().is_empty() {
        all.rest = Some(end);
    }
    (!all.records.is_empty()).then_some(all)
}

/// Whether a key in its quotes is one of these.
fn is_holder(quoted: &[u8], holders: &[&str]) -> bool {
    let key = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    holders.iter().any(|holder| holder.as_bytes() == key)
}

/// Whether an object with this member is a record itself.
fn is_of_record(key: &str, value: &[u8]) -> bool {
    static MAPPING: LazyLock<Mapping> = LazyLock::new(Mapping::default);
    MAPPING.is_of_record(key, value)
}

/// Whether a value is an array whose first element is an object; `None` if the text ends before that.
fn begins_array(value: &[u8]) -> Option<bool> {
    let Some(inside) = value.strip_prefix(b"[") else {
        return (!value.is_empty()).then_some(false);
    };
    begins_object(inside.trim_ascii_start())
}

/// Whether a text looks like an object from its first bytes; `None` if it ends before that is known.
pub(super) fn begins_object(text: &[u8]) -> Option<bool> {
    let Some(inside) = text.strip_prefix(b"{") else {
        return (!text.is_empty()).then_some(false);
    };
    inside.trim_ascii_start().first().map(|byte| matches!(byte, b'"' | b'}'))
}

/// Where the array of an envelope begins that a text begins with, and what its elements hold in turn. The
/// members before it are all that is looked at. `None`: it is none, or its array is not in the text.
pub(super) fn begins(text: &[u8]) -> Option<(usize, bool)> {
    let mut walk = Walk::new(text)?;
    while let Step::Key(quoted, value) = walk.key() {
        let quoted = &text[quoted];
        let key = key_of(quoted);
        if is_holder(quoted, HOLDERS) && begins_array(&text[value..]) == Some(true) {
            return Some((value, !inner_of(&key).is_empty()));
        }
        if is_of_record(&key, &text[value..]) {
            return None;
        }
        walk.value(value)?;
    }
    None
}

impl Apart<'_> {
    /// Whether some row can be read.
    fn has_rows(&self) -> bool {
        self.any_record(|apart| apart.has_rows())
            || !repeated(&self.members) && is_valid(&object_of(&self.members))
    }

    /// Whether some record can be read: it has the other members then, which would be lost without it.
    fn has_records(&self) -> bool {
        self.is_valid || self.any_record(|apart| apart.has_records())
    }

    /// Whether some record can be read; `of_nested` of one that holds others.
    fn any_record(&self, of_nested: fn(&Apart<'_>) -> bool) -> bool {
        self.records.iter().any(|record| {
            let raw = &self.text[record.clone()];
            nested(raw, self.inner).map_or_else(|| is_object(raw), |apart| of_nested(&apart))
        })
    }

    /// Hands the rows to `take`, from the first to the last.
    pub(super) fn each(&self, take: &mut dyn FnMut(Part<'_>)) {
        self.each_from(0, &[], take);
    }

    /// As [`each`](Self::each), of an envelope at this place in another one, which has these members.
    fn each_from(&self, base: usize, outer: &[Member<'_>], take: &mut dyn FnMut(Part<'_>)) {
        let is_repeated = repeated(&self.members) && self.has_records();
        let own = match is_repeated || self.members.is_empty() {
            true => &self.members[..],
            false => {
                let raw = object_of(&self.members);
                take(Part { at: base, raw: &raw, json: Some(Cow::Borrowed(&raw)) });
                &[]
            }
        };
        let members: Vec<Member<'_>> = own.iter().chain(outer).cloned().collect();
        for record in &self.records {
            let raw = &self.text[record.clone()];
            each_row((raw, self.is_valid), base + record.start, self.inner, &members, take);
        }
        if let Some(rest) = self.rest {
            take(Part { at: base + rest, raw: self.text[rest..].trim_ascii_end(), json: None });
        }
    }
}

/// A record, taken apart if it holds others in turn, under one of these keys.
fn nested<'a>(raw: &'a [u8], inner: &[&str]) -> Option<Apart<'a>> {
    let apart = if inner.is_empty() { None } else { take_apart(raw, inner) };
    apart.filter(|apart| !apart.is_mixed)
}

/// Whether a text is an object that a row can be made of.
fn is_object(text: &[u8]) -> bool {
    text.starts_with(b"{") && is_valid(text)
}

/// The row of a record, or those of what it holds in turn. `is_valid`: it is JSON, as far as is known.
fn each_row(
    (raw, is_valid): (&[u8], bool),
    base: usize,
    inner: &[&str],
    members: &[Member<'_>],
    take: &mut dyn FnMut(Part<'_>),
) {
    match nested(raw, inner) {
        Some(apart) => Apart { is_valid, ..apart }.each_from(base, members, take),
        None => take(Part { at: base, raw, json: Some(with_members(raw, members)) }),
    }
}

/// Hands the rows of an element of a large envelope to `take`. `leading` is the text of the envelope before
/// its array, `holds`: the elements hold others in turn.
pub(super) fn each_of_element(
    raw: &[u8],
    leading: &[u8],
    holds: bool,
    take: &mut dyn FnMut(Part<'_>),
) {
    each_row((raw, false), 0, if holds { SCOPES } else { &[] }, &members_of(leading), take);
}

/// The members of the object that a text begins with, up to its end.
fn members_of(text: &[u8]) -> Vec<Member<'_>> {
    let mut members = Vec::new();
    let Some(mut walk) = Walk::new(text) else { return members };
    while let Step::Key(key, value) = walk.key() {
        let Some(end) = walk.value(value) else { break };
        let value = text[value..end].trim_ascii_end();
        members.push(Member { key: key_of(&text[key.clone()]), quoted: &text[key], value });
    }
    members
}

/// Whether the members before the array of a large envelope are repeated in each record.
pub(super) fn are_repeated(leading: &[u8]) -> bool {
    repeated(&members_of(leading))
}

/// The members before the array of a large envelope as an object; `None` if there are none.
pub(super) fn own_row(leading: &[u8]) -> Option<Vec<u8>> {
    let members = members_of(leading);
    (!members.is_empty()).then(|| object_of(&members))
}

/// Whether members are short enough to be repeated in each record, and JSON.
fn repeated(members: &[Member<'_>]) -> bool {
    let bytes: usize = members.iter().map(|m| m.quoted.len() + m.value.len() + 2).sum();
    bytes <= REPEATED && is_valid(&object_of(members))
}

/// An object of these members.
fn object_of(members: &[Member<'_>]) -> Vec<u8> {
    let mut object = b"{".to_vec();
    for (index, member) in members.iter().enumerate() {
        object.extend_from_slice(if index > 0 { b"," } else { b"" });
        object.extend_from_slice(&[member.quoted, b":", member.value].concat());
    }
    object.push(b'}');
    object
}

/// A record with the members of its envelopes after its own. A key that it has already gets `_` at its end,
/// repeated.
fn with_members<'a>(record: &'a [u8], members: &[Member<'_>]) -> Cow<'a, [u8]> {
    let body = record.strip_suffix(b"}").filter(|body| body.starts_with(b"{"));
    let Some(body) = body.filter(|_| !members.is_empty()) else {
        return Cow::Borrowed(record);
    };
    let own = members_of(record);
    let mut keys: HashSet<Cow<'_, str>> = own.into_iter().map(|member| member.key).collect();
    let mut merged = body.trim_ascii_end().to_vec();
    for member in members {
        let mut key = member.key.clone();
        while keys.contains(&key) {
            key.to_mut().push('_');
        }
        if merged.len() > 1 {
            merged.push(b',');
        }
        // As written, but for what is appended.
        let added = key.len() - member.key.len();
        merged.extend_from_slice(&member.quoted[..member.quoted.len() - 1]);
        merged.extend(std::iter::repeat_n(b'_', added));
        merged.extend_from_slice(b"\":");
        merged.extend_from_slice(member.value);
        keys.insert(key);
    }
    merged.push(b'}');
    Cow::Owned(merged)
}

/// One object of the members of several, those that there are, each as `extra` is written. A key that is there
/// already gets `_` at its end, repeated.
pub(super) fn joined(objects: [Option<&str>; 3]) -> Option<String> {
    let mut objects = objects.into_iter().flatten();
    let first = objects.next()?;
    let joined = objects.fold(first.to_owned(), |mut all, next| {
        let members = members_of(next.as_bytes());
        // Each object has a key once.
        let known: HashSet<_> = members_of(all.as_bytes()).into_iter().map(|m| m.key).collect();
        let repeats = members.iter().any(|member| known.contains(&member.key));
        drop(known);
        if let Some(inside) = next.strip_prefix('{').filter(|_| !repeats) {
            all.pop();
            all.push(',');
            all.push_str(inside);
            return all;
        }
        match with_members(all.as_bytes(), &members) {
            Cow::Owned(merged) => String::from_utf8(merged).unwrap_or(all),
            Cow::Borrowed(_) => all,
        }
    });
    Some(joined)
}
