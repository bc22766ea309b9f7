//! The level near the beginning of a line of text: a word of its own, told from the same word in prose.
//!
//! Columns of the usual layouts may be before it: threads, loggers, processes, in brackets, with
//! separators between them. Two plain words are prose, in which nothing is a level any more.

use std::ops::Range;

use crate::record::level::Level;

/// Columns that are looked at.
const COLUMNS: usize = 5;

/// What stands in brackets is looked at up to this length.
const GROUP: usize = 64;

/// Where the level of a text is, as written.
pub(super) fn level_word(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut plain_words) = (0, 0);
    for column in 0..COLUMNS {
        let start = at;
        at = column_start(bytes, at);
        let is_coloured = at > start && matches!(bytes[at - 1], b'm');
        match bytes.get(at)? {
            open @ (b'[' | b'(' | b'<') => {
                let (inside, end) = group(text, at, *open)?;
                if is_level(&text[inside.clone()]) {
                    return Some(inside);
                }
                at = end;
            }
            _ => {
                let end = at + token_length(&bytes[at..]);
                if let Some(value) = value_of_level(text, at..end) {
                    return Some(value);
                }
                let word =
                    at..at + bytes[at..end].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                let behind = &text[word.end..end];
                let (letters, is_first) = (&text[word.clone()], plain_words == 0);
                if is_level(letters)
                    && (stands_alone(letters, behind, is_coloured, column)
                        || is_first && is_joined(letters, behind))
                {
                    return Some(word);
                }
                plain_words += match Kind::of(text, word, end) {
                    // Behind the time: `10:00:00 CET`.
                    _ if column == 0 && behind.is_empty() && ZONES.contains(&letters) => 0,
                    Kind::Column => 0,
                    Kind::Plain => 1,
                    Kind::Prose => return None,
                };
                if plain_words > 1 {
                    return None;
                }
                at = end;
            }
        }
    }
    None
}

fn is_level(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphabetic()) && Level::parse(word).is_some()
}

/// Whether a word that may be a level is written as one.
fn stands_alone(word: &str, behind: &str, is_coloured: bool, column: usize) -> bool {
    let is_marked = matches!(behind, ":" | "|" | "]" | ")");
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().all(test);
    match behind {
        "" => {
            is_coloured || has(u8::is_ascii_uppercase) || column == 0 && has(u8::is_ascii_lowercase)
        }
        _ => is_marked,
    }
}

/// Whether a word is the level of `WARNING:root:text`, as Python's logging writes it.
fn is_joined(word: &str, behind: &str) -> bool {
    behind.starts_with(':') && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Abbreviations of time zones that programs write behind times. What they stand for differs from
/// country to country: they are no offsets.
const ZONES: [&str; 45] = [
    "ACDT", "ACST", "ADT", "AEDT", "AEST", "AKDT", "AKST", "ART", "AST", "AWST", "BRT", "BST",
    "CAT", "CDT", "CEST", "CET", "CLST", "CLT", "COT", "CST", "EAT", "EDT", "EEST", "EET", "EST",
    "HKT", "HST", "ICT", "IDT", "IST", "JST", "KST", "MDT", "MSK", "MST", "NZDT", "NZST", "PDT",
    "PHT", "PKT", "PST", "SAST", "SGT", "WEST", "WET",
];

/// What a word that is no level says of what follows.
enum Kind {
    /// A column: a name or a number.
    Column,
    /// A word that may be the name of a thread or logger: `main`, `MainThread`.
    Plain,
    Prose,
}

impl Kind {
    /// Of the token that begins with the letters at `word` and ends at `end`.
    fn of(text: &str, word: Range<usize>, end: usize) -> Self {
        if word.end < end {
            return Self::Column;
        }
        let behind = text[end..].trim_start_matches(' ');
        let is_separated = ["- ", "| ", "\t"].iter().any(|mark| behind.starts_with(mark));
        let letters = text[word].as_bytes();
        let has_lower = letters.iter().any(u8::is_ascii_lowercase);
        let has_inner_upper = letters.iter().skip(1).any(u8::is_ascii_uppercase);
        let is_name = match letters.first() {
            Some(b'A'..=b'Z') => has_lower && has_inner_upper,
            _ => true,
        };
        match (is_separated, is_name) {
            (true, _) => Self::Column,
            (false, true) => Self::Plain,
            (false, false) => Self::Prose,
        }
    }
}

/// Where the next column begins: behind blanks, colours, and separators that stand alone.
fn column_start(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match &bytes[at..] {
            [b' ' | b'\t', ..] => at += 1,
            [b'-' | b'|' | b':', b' ' | b'\t', ..] => at += 2,
            [0x1b, b'[', rest @ ..] => {
                let inner = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
                at = bytes.len().min(at + 2 + inner + 1);
            }
            _ => return at,
        }
    }
}

/// Up to a blank, an escape sequence or a bar.
fn token_length(bytes: &[u8]) -> usize {
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x1b | b'|');
    let length = bytes.iter().position(is_end).unwrap_or(bytes.len());
    // A bar belongs to what it ends.
    if bytes.get(length) == Some(&b'|') { length + 1 } else { length }
}

/// The inside of brackets without blanks and colours, and where they end.
fn group(text: &str, start: usize, open: u8) -> Option<(Range<usize>, usize)> {
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        _ => b'>',
    };
    let bytes = text.as_bytes();
    let length = bytes[start..].iter().take(GROUP).position(|&byte| byte == close)?;
    let from = column_start(&bytes[..start + length], start + 1);
    let is_inside = |byte: &&u8| byte.is_ascii_alphabetic();
    let inside = from..from + bytes[from..start + length].iter().take_while(is_inside).count();
    // Of `[error 17]` the word is no level.
    let is_all = column_start(&bytes[..start + length], inside.end) == start + length;
    Some((if is_all { inside } else { from..from }, start + length + 1))
}

/// The value of `level=error`, perhaps in quotes.
fn value_of_level(text: &str, token: Range<usize>) -> Option<Range<usize>> {
    let (key, value) = text[token.clone()].split_once('=')?;
    if !matches!(key, "level" | "lvl" | "severity") {
        return None;
    }
    let start = token.start + key.len() + 1 + usize::from(value.starts_with('"'));
    let value = start..start + value.trim_matches('"').len();
    is_level(&text[value.clone()]).then_some(value)
}
