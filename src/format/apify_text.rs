//! How Apify's SDKs write the texts of lines: a level as a padded word, colours, redirected logs.

use std::ops::Range;

use memchr::memmem;

use super::stamped::Clock;
use crate::json::{texts_of, values_of};

/// Digits of a stamp's fraction.
pub(super) const DIGITS: usize = 3;

/// The time of a line, and the text after it.
pub(super) fn stamp(line: &str) -> Option<(i64, &str)> {
    Clock::default().read::<DIGITS>(line)
}

/// Whether only Apify writes such a text behind a stamp: `ACTOR: `, a redirected log, a level in
/// colours, a JSON object with level and text, or one behind a text with a level that is padded.
pub(super) fn is_telling(text: &str) -> bool {
    let start = behind_redirect(text);
    let plain = &text[start + colours(&text[start..])..];
    if start > 0 || plain.starts_with("ACTOR: ") {
        return true;
    }
    if text.starts_with('{') {
        let members = values_of(text, ["level", "msg"]);
        return members.is_some_and(|[level, text]| level.is_some() && text.is_some());
    }
    let Some(word) = word(text) else { return false };
    let taken = &text[word.taken];
    // Others reset colours with ESC[0m.
    let is_coloured = taken.trim_end_matches(' ').ends_with("\x1b[39m");
    // ERROR needs no blanks but the one that others write as well.
    let is_padded = taken.len() == PADDED && taken.ends_with("  ");
    is_coloured || is_padded && ends_with_object(text)
}

fn ends_with_object(text: &str) -> bool {
    let inside = text.trim_end_matches('\r');
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let mut starts = memmem::find_iter(inside.as_bytes(), "{").filter(|_| inside.ends_with('}'));
    starts.any(|start| texts_of(&inside[start..]).is_some())
}

/// A level, as the SDKs write them.
fn level_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "INFO" => "INFO",
        "WARN" => "WARN",
        "DEBUG" => "DEBUG",
        "ERROR" => "ERROR",
        "PERF" => "PERF",
        "SFAIL" => "SFAIL",
        "FATAL" => "FATAL",
        "WARNING" => "WARNING",
        "CRITICAL" => "CRITICAL",
        _ => return None,
    })
}

/// A level in a text: the word, and what is taken out with it.
pub(super) struct Word {
    pub(super) level: &'static str,
    pub(super) taken: Range<usize>,
}

/// The level of a text that is no JSON and begins with no blank.
pub(super) fn word(text: &str) -> Option<Word> {
    let start = match text.as_bytes().first()? {
        // As most do.
        b'A'..=b'Z' => 0,
        b'[' | 0x1b => behind_names(text),
        _ => return None,
    };
    let actor = start + colours(&text[start..]);
    if let Some(rest) = text[actor..].strip_prefix("ACTOR: ") {
        let start = text.len() - rest.len();
        let at = start + colours(rest);
        let word = upper_case(&text[at..]);
        let end = at + word.len();
        let end = end + colours(&text[end..]);
        let is_marked = text[end..].starts_with(": ");
        let level = level_of(word).filter(|_| is_marked)?;
        return Some(Word { level, taken: start..end + 2 });
    }
    let at = start + colours(&text[start..]);
    let word = upper_case(&text[at..]);
    let length = word.len();
    let level = level_of(word)?;
    let end = at + length + colours(&text[at + length..]);
    let blanks = text[end..].bytes().take_while(|&byte| byte == b' ').count();
    let is_end = matches!(&text[end..], "" | "\r");
    if blanks == 0 && !is_end {
        return None;
    }
    let pad = 5_usize.saturating_sub(length) + 1;
    Some(Word { level, taken: start..end + blanks.min(pad) })
}

/// The level of a text that begins with blanks: other programs pad levels to the right.
pub(super) fn indented_word(text: &str) -> Option<Word> {
    let inside = text.trim_start_matches([' ', '\t']);
    let blanks = text.len() - inside.len();
    let Word { level, taken } = word(inside)?;
    let start = if taken.start == 0 { 0 } else { taken.start + blanks };
    Some(Word { level, taken: start..taken.end + blanks })
}

/// The level of a text that begins with a padded one, as the SDKs write it, and the text after it:
/// what [`word`] says of most lines.
#[inline]
pub(super) fn padded(text: &str) -> Option<(&'static str, &str)> {
    const fn number(level: &[u8; PADDED]) -> u64 {
        let [a, b, c, d, e, f] = *level;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
    const INFO: u64 = number(b"INFO  ");
    const WARN: u64 = number(b"WARN  ");
    const DEBUG: u64 = number(b"DEBUG ");
    const ERROR: u64 = number(b"ERROR ");
    const PERF: u64 = number(b"PERF  ");
    let level = match number(text.as_bytes().first_chunk()?) {
        INFO => "INFO",
        WARN => "WARN",
        DEBUG => "DEBUG",
        ERROR => "ERROR",
        PERF => "PERF",
        _ => return None,
    };
    Some((level, &text[PADDED..]))
}

/// Bytes of a level that is padded to five characters, and a blank.
const PADDED: usize = 6;

/// Where the text begins behind a redirect and a logger's name, perhaps in colours.
fn behind_names(text: &str) -> usize {
    let start = behind_redirect(text);
    let name = start + colours(&text[start..]);
    if let Some(rest) = text[name..].strip_prefix('[')
        && let Some(end) = rest.find(']')
        && end > 0
        && !rest[..end].contains(' ')
    {
        let behind = name + 1 + end + 1;
        let coloured = behind + colours(&text[behind..]);
        if text[coloured..].starts_with(' ') {
            return coloured + 1;
        }
    }
    start
}

/// The capitals at the beginning of a text.
fn upper_case(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_uppercase).count()]
}

/// Where the text begins that another run wrote: behind `[name] -> ` and its stamp.
fn behind_redirect(text: &str) -> usize {
    let inner = text.strip_prefix('[').and_then(|rest| rest.split_once("] -> "));
    let inner = inner.filter(|(name, _)| !name.is_empty() && !name.contains(']'));
    let inner = inner.and_then(|(_, inner)| stamp(inner));
    inner.map_or(0, |(_, inner)| text.len() - inner.len())
}

/// The length of the CSI sequences at the beginning of a text.
fn colours(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text[at..].strip_prefix("\x1b[") {
        let inner = rest.bytes().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
        if !matches!(rest.as_bytes().get(inner), Some(0x40..=0x7e)) {
            break;
        }
        at += 2 + inner + 1;
    }
    at
}
