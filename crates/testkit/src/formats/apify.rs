//! Apify: words of level in the text, JSON as the text and at its end.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::keys::Keys;
use super::lines::{Line, stamped, without_mark};
use super::record::{fill_from, is_object};
use super::stamps::{Stamp, Stamps, by_pattern, utc};
use crate::oracle::{Row, UNREADABLE, level, members, split_overridden, string, time};

pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    if is_refusal(text) {
        let text = without_mark(text);
        let start = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap();
        let newlines = text[..start].iter().filter(|&&byte| byte == b'\n').count();
        return vec![Row::error(newlines as i64 + 1, UNREADABLE, text.trim_ascii())];
    }
    static STAMPS: LazyLock<Apify> = LazyLock::new(Apify::new);
    stamped(text, max_line, &*STAMPS)
}

/// The API's answer in place of a log.
fn is_refusal(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(without_mark(text)).is_ok_and(|value| is_error(&value))
}

/// `{"error":{"type":..,"message":..}}` and nothing beside it.
pub(super) fn is_error(value: &Value) -> bool {
    let alone = value.as_object().is_some_and(|object| object.len() == 1);
    let error = value.get("error").and_then(Value::as_object);
    alone && error.is_some_and(|error| error.contains_key("type") && error.contains_key("message"))
}

struct Apify {
    stamp: Regex,
    word: Regex,
    actor: Regex,
}

impl Apify {
    fn new() -> Self {
        const COLOURS: &str = r"(?:\x1b\[[ -?]*[@-~])*";
        const WORD: &str = "(?<word>ERROR|SFAIL|WARNING|WARN|INFO|DEBUG|PERF|CRITICAL|FATAL)";
        let stamp = utc(3);
        let inner = stamp.replace("<time>", "<_time>").replace("<zone>", "<_zone>");
        let skipped = format!(
            r"(?s)^(?<skipped>{COLOURS}(?:\[[^\]]+\] -> {inner} )?{COLOURS}(?:\[[^ \]]+\]{COLOURS} )?)"
        );
        let word = format!(r"{skipped}{COLOURS}{WORD}{COLOURS}(?<blanks> *)(?<rest>.*)$");
        let actor =
            format!(r"{skipped}{COLOURS}(?<actor>ACTOR: ){COLOURS}{WORD}{COLOURS}: (?<rest>.*)$");
        Apify {
            stamp: Regex::new(&format!("(?s)^{stamp}(?: (?<text>.*))?$")).unwrap(),
            word: Regex::new(&word).unwrap(),
            actor: Regex::new(&actor).unwrap(),
        }
    }

    /// The level word and the text without it.
    fn level_word(&self, text: &str) -> Option<(String, String)> {
        let is_whole = |found: &Captures<'_>| {
            let inner = found.name("_time").map(|clock| time(&format!("{}Z", clock.as_str())));
            inner.is_none_or(|time| time.is_some_and(|time| time.exact && time.nanos.is_some()))
        };
        if let Some(found) = self.actor.captures(text).filter(is_whole) {
            let rest = format!("{}{}{}", &found["skipped"], &found["actor"], &found["rest"]);
            return Some((found["word"].to_owned(), rest));
        }
        let found = self.word.captures(text).filter(is_whole)?;
        let (word, blanks) = (&found["word"], &found["blanks"]);
        if blanks.is_empty() && !found["rest"].is_empty() {
            return None;
        }
        let padding = 5_usize.saturating_sub(word.len()) + 1;
        let kept = &blanks[padding.min(blanks.len())..];
        Some((word.to_owned(), format!("{}{kept}{}", &found["skipped"], &found["rest"])))
    }
}

impl Stamps for Apify {
    fn stamp<'a>(&self, line: &'a str) -> Option<(Stamp, Cow<'a, str>)> {
        by_pattern(&self.stamp, line).map(|(stamp, text)| (stamp, Cow::Borrowed(text)))
    }

    fn fill(&self, row: &mut Row, text: &str, head: Option<&Row>, line: &Line<'_>) -> bool {
        if text.chars().all(|c| c == ' ' || c == '\t') {
            row.message = Some(text.to_owned());
            return false;
        }
        let inside = text.trim_start_matches([' ', '\t']);
        let padded = self.level_word(inside).filter(|_| inside.len() < text.len());
        let is_indented = text.starts_with([' ', '\t']) && padded.is_none();
        if padded.is_none() && !is_indented && is_log(text) {
            let (timestamp, zone) = (row.timestamp, row.zone.clone());
            fill_from(row, &members(text), &Keys::of_apify());
            (row.timestamp, row.zone) = (timestamp, zone);
            return true;
        }
        let mut rest = text.to_owned();
        if is_indented {
            if let Some(head) = head {
                (row.level, row.level_text) = (head.level.clone(), head.level_text.clone());
                row.extra = Some(super::CONTINUED.to_owned());
            }
        } else if let Some((word, without)) = padded {
            let before = &inside[..inside.find(&word).unwrap()];
            let blanks = &text[..text.len() - inside.len()];
            let is_first = Regex::new(r"^(?:\x1b\[[ -?]*[@-~])*$").unwrap().is_match(before);
            row.level = level(&word).map(str::to_owned);
            row.level_text = Some(word);
            rest = if is_first { without } else { format!("{blanks}{without}") };
        } else if let Some((word, without)) = self.level_word(text) {
            row.level = level(&word).map(str::to_owned);
            row.level_text = Some(word);
            rest = without;
        }
        let message = line.message(&rest);
        row.args = tail(&message);
        row.message = Some(message);
        true
    }
}

/// Whether a text is an object with a message.
fn is_log(text: &str) -> bool {
    let has_message = |key: &str, raw: &str| {
        ["msg", "message"].contains(&key) && !raw.starts_with(['{', '[']) && raw != "null"
    };
    is_object(text)
        && split_overridden(&members(text)).0.iter().any(|(key, raw)| has_message(key, raw))
}

/// The members of the JSON object at the end of a message.
fn tail(message: &str) -> Option<Vec<(String, String)>> {
    match message.strip_suffix(')') {
        Some(body) => object_at_end(body, " (", false),
        None => object_at_end(message, " ", true),
    }
}

/// The members of the JSON object that a text ends with after `before`, or that it is, with `is_all`.
pub(super) fn object_at_end(
    body: &str,
    before: &str,
    is_all: bool,
) -> Option<Vec<(String, String)>> {
    let opening = format!("{before}{{");
    let behind = body.match_indices(&opening).map(|(at, _)| at + before.len());
    let mut starts = is_all.then_some(0).into_iter().chain(behind);
    let object = starts.find(|at| body.ends_with('}') && is_object(&body[*at..]))?;
    let (last, overridden) = split_overridden(&members(&body[object..]));
    let text = |raw: &str| if raw.starts_with('"') { string(raw) } else { raw.to_owned() };
    let args = last.into_iter().map(|(key, raw)| (key, text(raw))).collect();
    overridden.is_empty().then_some(args)
}
