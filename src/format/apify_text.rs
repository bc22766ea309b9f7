//! How Apify's SDKs write the texts of lines: a level as a padded word, colours, redirected logs.
//!
//! A text may have all of these, in this order: `[run] -> 2026-03-09T10:00:00.000Z` and a blank (a log
//! that another run redirects), `[logger] `, the level in colours, padding, then the message. The level
//! is taken out of the text with all around it, which [`Word`] says.

use std::ops::Range;

use memchr::memmem;

use super::stamped::Clock;
use crate::json::{texts_of, values_of};

/// Digits of a stamp's fraction: milliseconds.
pub(super) const DIGITS: usize = 3;

/// The time of a line in nanoseconds since 1970, and the text after it; `None` if it has no stamp.
pub(super) fn stamp(line: &str) -> Option<(i64, &str)> {
    Clock::default().read::<DIGITS>(line)
}

/// Whether only Apify writes such a text after a stamp: `ACTOR: `, a redirected log, a level in colours, a
/// JSON object with `level` and `msg`, or a padded level and an object at the end of the text.
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
    // `ERROR` and `DEBUG` have five letters and so one blank, which others write as well: no evidence.
    let is_padded = taken.len() == PADDED && taken.ends_with("  ");
    is_coloured || is_padded && ends_with_object(text)
}

/// Whether a text ends with a JSON object, perhaps in brackets.
fn ends_with_object(text: &str) -> bool {
    let inside = text.trim_end_matches('\r');
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let mut starts = memmem::find_iter(inside.as_bytes(), "{").filter(|_| inside.ends_with('}'));
    starts.any(|start| texts_of(&inside[start..]).is_some())
}

/// The level that a word is, as the SDKs for JavaScript and Python write them; `None` for other words.
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

/// A level in a text.
pub(super) struct Word {
    /// The word itself.
    pub(super) level: &'static str,
    /// The bytes that are not part of the message: the word, colours around it, and padding.
    pub(super) taken: Range<usize>,
}

/// The level of a text that does not begin with a blank or a brace; `None` if it has none.
pub(super) fn word(text: &str) -> Option<Word> {
    let start = match text.as_bytes().first()? {
        // Most texts: a word comes first, which may be the level.
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
        // `ACTOR: ERROR: no such file`: the platform's own messages have a colon instead of padding.
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
    // `INFOrmation`, `ERROR:` and the like are not levels.
    if blanks == 0 && !is_end {
        return None;
    }
    // Further blanks belong to the message, which may be indented.
    let pad = 5_usize.saturating_sub(length) + 1;
    Some(Word { level, taken: start..end + blanks.min(pad) })
}

/// The level of a text that begins with blanks, which programs that pad levels on the left write; the
/// blanks are taken out with it.
pub(super) fn indented_word(text: &str) -> Option<Word> {
    let inside = text.trim_start_matches([' ', '\t']);
    let blanks = text.len() - inside.len();
    let Word { level, taken } = word(inside)?;
    // After a name that stays in the message, the blanks before it stay, too.
    let start = if taken.start == 0 { 0 } else { taken.start + blanks };
    Some(Word { level, taken: start..taken.end + blanks })
}

/// The level of a text that begins with a padded one, `INFO  Started`, and the text after it. Gives what
/// [`word`] would, for most lines with one comparison of six bytes.
#[inline]
pub(super) fn padded(text: &str) -> Option<(&'static str, &str)> {
    // Six bytes and two zeros.
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

/// Bytes of a level padded to five characters, and a blank.
const PADDED: usize = 6;

/// Where the text begins after a redirect and a logger's name, both perhaps in colours; where the redirect
/// ends, if no name follows.
fn behind_names(text: &str) -> usize {
    let start = behind_redirect(text);
    let name = start + colours(&text[start..]);
    if let Some(rest) = text[name..].strip_prefix('[')
        && let Some(end) = rest.find(']')
        && end > 0
        // `[2 of 3] done` is text.
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

/// The capitals that a text begins with.
fn upper_case(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_uppercase).count()]
}

/// Where the text begins that another run wrote: after `[name] -> ` and its stamp. 0 if it is not
/// redirected.
fn behind_redirect(text: &str) -> usize {
    let inner = text.strip_prefix('[').and_then(|rest| rest.split_once("] -> "));
    let inner = inner.filter(|(name, _)| !name.is_empty() && !name.contains(']'));
    let inner = inner.and_then(|(_, inner)| stamp(inner));
    inner.map_or(0, |(_, inner)| text.len() - inner.len())
}

/// The length of the CSI sequences that a text begins with (ECMA-48: parameters, then a final byte).
fn colours(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text[at..].strip_prefix("\x1b[") {
        let inner = rest.bytes().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
        // A sequence that is cut off is text.
        if !matches!(rest.as_bytes().get(inner), Some(0x40..=0x7e)) {
            break;
        }
        at += 2 + inner + 1;
    }
    at
}
