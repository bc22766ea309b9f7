//! The level near the beginning of a line's text: a word that is a column of its own, told apart from the
//! same word in prose.
//!
//! Columns of the usual layouts may precede it (threads, loggers, processes, in brackets, with
//! separators): `[main] INFO c.e.Server - started`, `server | WARN slow`. In `Failed with ERROR 17` it
//! is prose: the first word of a sentence, or a second plain word, ends the search.

use std::ops::Range;

use crate::record::ansi::{self, ESC};
use crate::record::level::Level;
use crate::record::spelled::MONTHS;

/// Columns that are examined; layouts have the level among the first few.
const COLUMNS: usize = 5;

/// Bytes of a bracketed group that are examined for its closing bracket.
const GROUP: usize = 64;

/// Beginnings of texts that are kept, and their words of eight bytes: layouts have the level near the time.
const KNOWN: usize = 4;
const WORDS: usize = 4;
const LONGEST: usize = 8 * WORDS;

/// Finds levels in texts that begin after the times of their lines. Most begin like one before, up to the level.
#[derive(Default)]
pub(super) struct Levels {
    known: [Known; KNOWN],
    /// The one that is replaced next.
    next: usize,
}

/// How a text began, up to its level and what shows that it is one.
#[derive(Default, Clone, Copy)]
struct Known {
    start: [u64; WORDS],
    /// Which bits of `start` count.
    mask: [u64; WORDS],
    /// Bytes that count; 0: none.
    length: usize,
    /// The level's place.
    level: (usize, usize),
}

impl Known {
    fn new(start: &[u8], level: &Range<usize>) -> Self {
        let (length, level) = (start.len(), (level.start, level.end));
        let mask = words(&[0xff; LONGEST][..length]);
        Self { start: words(start), mask, length, level }
    }

    /// Whether a text begins so. Without a branch for each byte, as most texts begin like none of those that are known.
    #[inline]
    fn begins(&self, head: &[u64; WORDS], length: usize) -> bool {
        let other = |at: usize| (head[at] ^ self.start[at]) & self.mask[at];
        let is_other = (0..WORDS).fold(0, |all, at| all | other(at));
        is_other == 0 && self.length > 0 && self.length <= length
    }
}

/// The first bytes of a text, and zeros after its end.
#[inline]
fn words(text: &[u8]) -> [u64; WORDS] {
    let word = |word: &[u8; LONGEST]| {
        std::array::from_fn(|at| {
            u64::from_le_bytes(std::array::from_fn(|byte| word[8 * at + byte]))
        })
    };
    match text.first_chunk() {
        Some(chunk) => word(chunk),
        None => {
            let mut chunk = [0; LONGEST];
            chunk[..text.len()].copy_from_slice(text);
            word(&chunk)
        }
    }
}

impl Levels {
    /// The place of the level as written in a text; `None` if it has none.
    #[inline]
    pub(super) fn find(&mut self, text: &str) -> Option<Range<usize>> {
        let head = words(text.as_bytes());
        match self.known.iter().find(|known| known.begins(&head, text.len())) {
            Some(Known { level: (start, end), .. }) => Some(*start..*end),
            None => self.learn(text),
        }
    }

    /// The level of a text that may have other escape sequences than colours.
    #[inline]
    pub(super) fn find_shown<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        match self.find(text) {
            Some(level) => Some(&text[level]),
            None if memchr::memchr(ESC, text.as_bytes()).is_some() => self.find_without(text),
            None => None,
        }
    }

    /// As [`find_shown`](Self::find_shown), by what is shown of the text.
    #[cold]
    fn find_without<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let shown = ansi::strip(text);
        let word = &shown[self.find(&shown)?];
        let at = text.find(word)?;
        text.get(at..at + word.len())
    }

    /// As [`find`](Self::find), for a text that begins in another way.
    fn learn(&mut self, text: &str) -> Option<Range<usize>> {
        let (level, seen) = level_word(text)?;
        // Up to the byte after the word, which says where it ends.
        let length = seen + 1;
        if let Some(start) = text.as_bytes().get(..length).filter(|start| start.len() <= LONGEST) {
            self.known[self.next] = Known::new(start, &level);
            self.next = (self.next + 1) % KNOWN;
        }
        Some(level)
    }
}

/// The place of the level as written in a text, which begins after the line's time, and how far that was looked at;
/// `None` if it has none.
fn level_word(text: &str) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let (mut at, mut plain_words) = (0, 0);
    for column in 0..COLUMNS {
        let start = at;
        at = column_start(bytes, at);
        // `m` ends the sequence for a colour.
        let is_coloured = at > start && matches!(bytes[at - 1], b'm');
        match bytes.get(at)? {
            open @ (b'[' | b'(' | b'<') => {
                let (inside, end) = group(text, at, *open)?;
                // `[INFO]`, `<error>`; another group, such as a thread's, is passed.
                if is_level(&bytes[inside.clone()]) {
                    return Some((inside, end));
                }
                at = end;
            }
            _ => {
                // The letters of the token; what follows them decides whether they stand alone.
                let is_other = |byte: &u8| !byte.is_ascii_alphabetic();
                let length = bytes[at..].iter().position(is_other).unwrap_or(bytes.len() - at);
                let word = at..at + length;
                let end = word.end + token_length(&bytes[word.end..]);
                // logfmt and the like.
                if let Some(value) = value_of_level(text, at..end) {
                    return Some((value, end));
                }
                let (letters, behind) = bytes[at..end].split_at(length);
                let is_first = plain_words == 0;
                if is_level(letters)
                    && (stands_alone(letters, behind, is_coloured, column)
                        || is_first && is_joined(letters, behind))
                {
                    return Some((word, end));
                }
                if let Some(level) = behind_channel(text, at..end).filter(|_| is_first) {
                    return Some((level, end));
                }
                // Not a level: what the token is decides whether to continue.
                plain_words += match Kind::of(letters, &bytes[word.end..], end - word.end) {
                    // Behind the time: `10:00:00 CET`.
                    _ if column == 0 && behind.is_empty() && is_zone(letters) => 0,
                    // Of another time: `Mar  9 10:00:00`.
                    _ if column == 0 && behind.is_empty() && is_month(letters, &bytes[end..]) => 0,
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

/// Whether a word, of letters only, is one of the levels' names. Numbers are not: `30` is seldom pino's.
#[inline]
fn is_level(word: &[u8]) -> bool {
    Level::is_in_text(word)
}

/// Whether a word that may be a level is written as a column: in capitals, in colours, in lower case as
/// the first word, or with a mark after it (`Warning:`). `behind` is the rest of its token.
fn stands_alone(word: &[u8], behind: &[u8], is_coloured: bool, column: usize) -> bool {
    let has = |test: fn(&u8) -> bool| word.iter().all(test);
    match behind {
        [] => {
            is_coloured || has(u8::is_ascii_uppercase) || column == 0 && has(u8::is_ascii_lowercase)
        }
        _ => matches!(behind, b":" | b"|" | b"]" | b")"),
    }
}

/// Whether a word is the level of `WARNING:root:text`, the default format of Python's logging.
fn is_joined(word: &[u8], behind: &[u8]) -> bool {
    behind.starts_with(b":") && word.iter().all(u8::is_ascii_uppercase)
}

/// Abbreviations of time zones that programs write after times. They are skipped and give no offset:
/// `CST` or `IST` has several meanings.
const ZONES: [&str; 45] = [
    "ACDT", "ACST", "ADT", "AEDT", "AEST", "AKDT", "AKST", "ART", "AST", "AWST", "BRT", "BST",
    "CAT", "CDT", "CEST", "CET", "CLST", "CLT", "COT", "CST", "EAT", "EDT", "EEST", "EET", "EST",
    "HKT", "HST", "ICT", "IDT", "IST", "JST", "KST", "MDT", "MSK", "MST", "NZDT", "NZST", "PDT",
    "PHT", "PKT", "PST", "SAST", "SGT", "WEST", "WET",
];

/// Whether a word is such an abbreviation. Most words are not, by their length or first letter.
fn is_zone(word: &[u8]) -> bool {
    let may_be = matches!(word.len(), 3 | 4) && word[0].is_ascii_uppercase();
    may_be && ZONES.iter().any(|own| own.as_bytes() == word)
}

/// Whether a word is the abbreviation of a month, and a day comes after it.
fn is_month(word: &[u8], after: &[u8]) -> bool {
    word.len() == 3
        && MONTHS.iter().any(|own| own.as_bytes() == word)
        && after.trim_ascii_start().first().is_some_and(u8::is_ascii_digit)
}

/// What a word that is not a level says about the text after it.
enum Kind {
    /// A column: a name or a number.
    Column,
    /// A word that may be the name of a thread or logger: `main`, `MainThread`.
    Plain,
    /// The first words of a sentence: no level follows.
    Prose,
}

impl Kind {
    /// The kind of a token that begins with these letters. `rest`: what follows them, of which so many bytes are of the
    /// token.
    #[inline]
    fn of(letters: &[u8], rest: &[u8], length: usize) -> Self {
        if length > 0 {
            return Self::Column;
        }
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        if matches!(&rest[blanks..], [b'-' | b'|', b' ', ..] | [b'\t', ..]) {
            return Self::Column;
        }
        // `MainThread` is a name; `Connection` and `NOTE` begin a sentence.
        let is_name = match letters {
            [b'A'..=b'Z', others @ ..] => {
                let has = |test: fn(&u8) -> bool| others.iter().any(test);
                has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
            }
            _ => true,
        };
        if is_name { Self::Plain } else { Self::Prose }
    }
}

/// Where the next column begins: after blanks, colours, and separators that stand alone (`-`, `|`, `:`).
#[inline]
fn column_start(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match &bytes[at..] {
            [b' ' | b'\t', ..] => at += 1,
            [b'-' | b'|' | b':', b' ' | b'\t', ..] => at += 2,
            [0x1b, b'[', rest @ ..] => {
                let inner = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
                // Anything but a final byte is text: it may be the first byte of a character of several.
                at += 2 + inner + usize::from(matches!(rest.get(inner), Some(0x40..=0x7e)));
            }
            _ => return at,
        }
    }
}

/// The length of a token: up to a blank, an escape sequence or a bar.
#[inline]
fn token_length(bytes: &[u8]) -> usize {
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x1b | b'|');
    let length = bytes.iter().position(is_end).unwrap_or(bytes.len());
    // A bar belongs to what it ends.
    if bytes.get(length) == Some(&b'|') { length + 1 } else { length }
}

/// The range of the word in brackets, without blanks and colours around it, and the offset after the
/// brackets. The range is empty if there is more than a word; `None` if no bracket closes in time.
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
    // In `[error 17]` the word is not a level.
    let is_all = column_start(&bytes[..start + length], inside.end) == start + length;
    Some((if is_all { inside } else { from..from }, start + length + 1))
}

/// The range of the level in `production.ERROR:`, Laravel's channel and level.
fn behind_channel(text: &str, token: Range<usize>) -> Option<Range<usize>> {
    let own = text.as_bytes()[token.clone()].strip_suffix(b":")?;
    let point = own.iter().rposition(|byte| *byte == b'.')?;
    let level = &own[point + 1..];
    let start = token.start + point + 1;
    let is_capital = level.iter().all(u8::is_ascii_uppercase);
    (is_capital && is_level(level)).then_some(start..start + level.len())
}

/// The range of the value in `level=error`, without its quotes.
fn value_of_level(text: &str, token: Range<usize>) -> Option<Range<usize>> {
    // Most tokens end here.
    if !matches!(text.as_bytes()[token.start..].first(), Some(b'l' | b's')) {
        return None;
    }
    let own = &text[token.clone()];
    let (key, value) = own.split_once('=')?;
    if !matches!(key, "level" | "lvl" | "severity") {
        return None;
    }
    let start = token.start + key.len() + 1 + usize::from(value.starts_with('"'));
    let value = start..start + value.trim_matches('"').len();
    is_level(text[value.clone()].as_bytes()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{Levels, level_word};

    /// What was learned of texts gives what each text gives by itself.
    #[test]
    fn what_is_known_is_what_would_be_found() {
        const PARTS: [&str; 24] = [
            "INFO",
            "ERROR",
            "error",
            "Warn",
            "[",
            "]",
            "(",
            ")",
            " ",
            " ",
            " ",
            ":",
            "| ",
            "- ",
            "main",
            "MainThread",
            "Received",
            "prod.",
            "level=",
            "\u{1b}[32m",
            "\u{1b}[0m",
            "17",
            "ü",
            "\t",
        ];
        let mut random = fastrand::Rng::with_seed(7);
        let mut levels = Levels::default();
        let (mut found, mut texts) = (0, Vec::new());
        for round in 0..40_000 {
            // Most texts are beginnings of others with other ends.
            let mut text = match round % 4 {
                0 => String::new(),
                _ => texts.get(random.usize(..texts.len().max(1))).cloned().unwrap_or_default(),
            };
            let end = (0..=text.len().min(random.usize(..40)))
                .rev()
                .find(|&end| text.is_char_boundary(end));
            text.truncate(end.unwrap_or(0));
            (0..random.usize(..8)).for_each(|_| text.push_str(PARTS[random.usize(..PARTS.len())]));
            let expected = level_word(&text).map(|(level, _)| level);
            assert_eq!(levels.find(&text), expected, "{text:?}");
            found += usize::from(expected.is_some());
            texts.push(text);
        }
        assert!(found > 4_000, "{found}");
    }
}
