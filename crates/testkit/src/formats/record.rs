//! Members of a JSON object to columns.

use serde_json::Value;

use super::keys::{Candidate, Keys, candidates, level_of};
use super::times::any_time;
use crate::oracle::{
    Members, Row, clean, gathered, level, members, object, scalar, split_overridden, string,
};

/// Whether all of a text is one JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}

/// The members of an object; `None` for other values, and for objects with a key twice or with escapes in one.
pub(super) fn inner(raw: &str) -> Option<Members<'_>> {
    let (last, overridden) = split_overridden(&raw.starts_with('{').then(|| members(raw))?);
    let is_plain = |(key, _): &(String, &str)| raw.contains(&format!("\"{key}\""));
    (overridden.is_empty() && last.iter().all(is_plain)).then_some(last)
}

/// Which parts of the members are in columns.
#[derive(Default)]
struct Taken(Vec<(usize, Vec<String>)>);

impl Taken {
    fn add(&mut self, one: &Candidate<'_>) {
        self.0.push((one.at, one.path.clone()));
    }

    /// What is left of a member.
    fn rest(&self, at: usize, raw: &str) -> Option<String> {
        let paths: Vec<&[String]> =
            self.0.iter().filter(|one| one.0 == at).map(|one| &*one.1).collect();
        without(raw, &paths)
    }
}

/// A value without what is at these paths; `None` if that is all of it.
fn without(raw: &str, paths: &[&[String]]) -> Option<String> {
    if paths.is_empty() {
        return Some(raw.to_owned());
    }
    if paths.iter().any(|path| path.is_empty()) {
        return None;
    }
    let mut rest = Vec::new();
    for (key, value) in members(raw) {
        let inside: Vec<&[String]> =
            paths.iter().filter(|path| path[0] == key).map(|path| &path[1..]).collect();
        rest.extend(without(value, &inside).map(|value| (key, value)));
    }
    (!rest.is_empty()).then(|| object(&rest))
}

/// The first candidate that fits, or else the first one that is null.
fn choose<'c, 'a, T>(
    all: &'c [Candidate<'a>],
    fit: impl Fn(&Candidate<'a>) -> Option<T>,
) -> Option<(&'c Candidate<'a>, Option<T>)> {
    let fitting = all.iter().find_map(|one| Some((one, Some(fit(one)?))));
    let null = || all.iter().find(|one| one.raw == "null").map(|one| (one, None));
    fitting.or_else(null)
}

/// Fills the columns from the members of an object; what is left over is extra.
pub(super) fn fill_from(row: &mut Row, members: &[(String, &str)], keys: &Keys) {
    let (last, overridden) = split_overridden(members);
    let mut taken = Taken::default();
    let times = candidates(&last, &keys.timestamp, keys);
    if let Some((one, found)) = choose(&times, |one| any_time(one.raw)) {
        if found.as_ref().is_none_or(|time| time.exact) {
            taken.add(one);
        }
        (row.timestamp, row.zone) = found.map_or((None, None), |time| (time.nanos, time.zone));
    }
    fill_level(row, &last, keys, &mut taken);
    let messages = candidates(&last, &keys.message, keys);
    if let Some((one, found)) = choose(&messages, message_of) {
        if found.as_ref().is_none_or(|(_, is_whole)| *is_whole) {
            taken.add(one);
        }
        row.message = found.map(|(text, _)| clean(&text));
    }
    let fit_pos = |one: &Candidate<'_>| one.raw.parse::<i64>().ok().filter(|_| one.raw != "-0");
    if let Some((one, found)) = choose(&candidates(&last, &keys.pos, keys), fit_pos) {
        taken.add(one);
        row.pos = found;
    }
    if keys.has_origin
        && let Some(at) = last.iter().position(|(key, raw)| key == "origin" && raw.starts_with('"'))
    {
        const ORIGINS: [&str; 4] = ["querypipeline", "indexingpipeline", "haystack", "unknown"];
        let text = string(last[at].1);
        if ORIGINS.contains(&&*text) {
            taken.0.push((at, Vec::new()));
            row.identity.stage = Some(text);
        }
    }
    let rest =
        |(at, (key, raw)): (usize, &(String, &str))| Some((key.clone(), taken.rest(at, raw)?));
    let mut extra: Vec<(String, String)> = last.iter().enumerate().filter_map(rest).collect();
    if !overridden.is_empty() {
        // One that the line has itself is overridden too.
        let own = extra.iter().position(|(key, _)| key == "_duplicates").map(|at| extra.remove(at));
        let own = own.iter().map(|(key, raw)| (key.clone(), &**raw));
        let overridden: Vec<(String, &str)> = overridden.iter().cloned().chain(own).collect();
        extra.push(("_duplicates".to_owned(), object(&gathered(&overridden))));
    }
    row.extra = (!extra.is_empty()).then(|| object(&extra));
}

/// The first that is a level, else the first text.
fn fill_level(row: &mut Row, last: &Members<'_>, keys: &Keys, taken: &mut Taken) {
    let is_gelf = last.iter().any(|(key, _)| key == "short_message");
    let all = candidates(last, &keys.level, keys);
    let fit = |one: &Candidate<'_>| level_of(one.raw, one.mark, is_gelf);
    let is_sure = |(text, _): &(String, bool)| level(text).is_some();
    // A word that is not a level only where no other is one.
    let sure = choose(&all, |one| fit(one).filter(is_sure)).filter(|(_, found)| found.is_some());
    let Some((one, found)) = sure.or_else(|| choose(&all, fit)) else { return };
    if found.as_ref().is_none_or(|(_, is_whole)| *is_whole) {
        taken.add(one);
    }
    row.level_text = found.map(|(text, _)| text);
    row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
}

/// A text, and whether it is the whole value.
fn message_of(one: &Candidate<'_>) -> Option<(String, bool)> {
    let text = scalar(one.raw).filter(|_| one.raw != "null");
    match one.mark {
        'b' if one.raw.starts_with('[') => {
            let bytes: Vec<u8> = serde_json::from_str(one.raw).ok()?;
            let is_whole = std::str::from_utf8(&bytes).is_ok();
            Some((String::from_utf8_lossy(&bytes).into_owned(), is_whole))
        }
        't' => text.filter(|_| one.raw.starts_with('"')).map(|text| (text, true)),
        _ => text.map(|text| (text, true)),
    }
}
