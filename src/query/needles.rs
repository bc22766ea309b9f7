//! Text that a raw line must contain for its message to match; lines without it are not decoded.
//!
//! Every matching message contains one of a set of literals. Its line contains that literal as it is,
//! or writes one of its characters as `\u00XX` (JSON), or has an escape sequence within it, which is
//! removed from the message, or is a message of bytes (journald). All that a format may have is searched for,
//! so no line is missed. Lines found in vain are dropped once they are decoded.

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use regex_syntax::hir::{Hir, HirKind};

use super::escapes::Escapes;
use super::line::{Line, Writing, escaped, without_blanks};
use crate::record::ansi::ESC;

/// With more literals than this, lines are not searched beforehand.
const MAX_LITERALS: usize = 64;

/// The key under which journald writes messages, those that are not plain text as arrays of bytes.
const BYTES: &[u8] = b"\"MESSAGE\"";

/// Shorter literals occur in too many lines.
const MIN_LITERAL: usize = 2;

/// Literals of which a matching message has at least one.
#[derive(Debug, Clone)]
pub(crate) struct Needles {
    /// Finds the literals as they are.
    literals: Search,
    /// Finds escapes that may hide a part of one.
    escapes: Escapes,
    /// Finds the key of messages of bytes.
    bytes: Box<Finder<'static>>,
    /// Which ASCII characters the literals have, in both cases if case is ignored.
    has: [bool; 128],
    /// For each character, a bit for each one that follows it in a literal.
    next: Box<[u128; 128]>,
    /// A bit for each character that is the first of a literal.
    first: u128,
    /// The literals as the patterns have them, for the query plan.
    texts: Vec<String>,
    /// A word of each, if any of them has several; `None` if there is one that is too short.
    words: Option<Box<Needles>>,
}

/// How literals are found: one by the fastest way there is, several or without regard to case together.
#[derive(Debug, Clone)]
enum Search {
    /// A single literal in this very case.
    One(Box<Finder<'static>>),
    /// Several literals, or one in any case.
    Many(AhoCorasick),
}

impl Needles {
    /// `None` without literals, or if they are too many for an automaton.
    pub(super) fn new(texts: Vec<String>, ignore_case: bool) -> Option<Self> {
        let literals = match &*texts {
            [] => return None,
            [one] if !ignore_case => Search::One(Box::new(Finder::new(one).into_owned())),
            many => {
                let mut builder = AhoCorasick::builder();
                Search::Many(builder.ascii_case_insensitive(ignore_case).build(many).ok()?)
            }
        };
        let (mut has, mut next) = ([false; 128], Box::new([0; 128]));
        // The tables are of bytes as they may be in a line, so all spellings of a literal go in.
        let cases: Vec<String> = match ignore_case {
            false => texts.clone(),
            true => texts.iter().flat_map(|text| both_cases(text)).collect(),
        };
        let mut first = 0;
        for text in &cases {
            first |= 1_u128 << text.as_bytes()[0];
            for &byte in text.as_bytes() {
                has[usize::from(byte)] = true;
            }
            for pair in text.as_bytes().windows(2) {
                next[usize::from(pair[0])] |= 1 << pair[1];
            }
        }
        let escapes = Escapes::new(&cases);
        let bytes = Box::new(Finder::new(BYTES));
        let words = if texts.iter().any(|text| has_words(text)) {
            let words: Option<Vec<String>> = texts.iter().map(|text| longest_word(text)).collect();
            words.and_then(|words| Self::new(words, ignore_case)).map(Box::new)
        } else {
            None
        };
        Some(Self { literals, escapes, bytes, has, next, first, texts, words })
    }

    /// As many literals without blanks within them, of which a matching message has at least one: for lines that
    /// have something behind a blank that their message has not. `None` if any line may match.
    pub(crate) fn of_words(&self) -> Option<&Self> {
        if self.texts.iter().any(|text| has_words(text)) {
            self.words.as_deref()
        } else {
            Some(self)
        }
    }

    /// The literals; a matching message contains one of them.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The first line at or after `from`, which must begin a line, that may match; without its newline.
    pub(crate) fn next_line(&self, text: &[u8], from: usize, places: &mut Places) -> Option<Line> {
        // Continue only from a hit that lies before `from`; `None` means none to the end of the text.
        // Thus each kind of search passes over the text once.
        if places.literal.is_some_and(|at| at < from) {
            places.literal = self.find_literal(text, from);
        }
        if places.escape.is_some_and(|at| at < from) {
            places.escape = self.find_escape(text, from);
        }
        if places.esc.is_some_and(|at| at < from) {
            places.esc = self.find_esc(text, from);
        }
        if places.bytes.is_some_and(|at| at < from) {
            places.bytes = self.find_bytes(text, from);
        }
        let hits = [places.literal, places.escape, places.esc, places.bytes];
        let hit = hits.into_iter().flatten().min()?;
        Some(Line::around(text, from, hit))
    }

    /// The first hit of each kind, to start a search with.
    pub(crate) fn begin(&self, text: &[u8], writing: Writing) -> Places {
        // With escapes, in one pass.
        let is_apart = writing == Writing::Text || !self.escapes.has_literal();
        let literal = is_apart.then(|| self.find_literal(text, 0)).flatten();
        let escape = (writing != Writing::Text).then(|| self.find_escape(text, 0)).flatten();
        let esc = (writing != Writing::Json).then(|| self.find_esc(text, 0)).flatten();
        let bytes = (writing == Writing::Mixed).then(|| self.find_bytes(text, 0)).flatten();
        Places { literal, escape, esc, bytes }
    }

    /// A message that is written as an array of bytes.
    fn find_bytes(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut all = self.bytes.find_iter(text.get(from..)?).map(|at| from + at);
        all.find(|at| {
            let value = without_blanks(&text[at + BYTES.len()..]).strip_prefix(b":");
            value.is_some_and(|value| without_blanks(value).starts_with(b"["))
        })
    }

    /// Whether text that JSON writes on several lines has them as well: no literal has a mark of JSON, which may
    /// have white space around it there.
    pub(crate) fn are_plain(&self) -> bool {
        !self.texts.iter().any(|text| text.contains([',', ':', '[', ']', '{', '}']))
    }

    /// The first literal at or after `from`, as it is.
    fn find_literal(&self, text: &[u8], from: usize) -> Option<usize> {
        let found = match &self.literals {
            Search::One(finder) => finder.find(&text[from..]),
            Search::Many(searcher) => searcher.find(&text[from..]).map(|found| found.start()),
        };
        found.map(|at| from + at)
    }

    /// An escape that may be a character of a literal, or begin an escape sequence within one; the single
    /// literal too.
    fn find_escape(&self, text: &[u8], from: usize) -> Option<usize> {
        let is_wanted = |at| self.may_hide(text, at);
        match self.escapes.has_literal() {
            true => self.escapes.find_either(text, from, is_wanted),
            false => self.escapes.find::<false>(text, from, is_wanted),
        }
    }

    /// An ESC, as it is, that may begin an escape sequence within a literal.
    fn find_esc(&self, text: &[u8], from: usize) -> Option<usize> {
        self.escapes.find::<true>(text, from, |at| self.is_within(text, at, 1))
    }

    /// Whether the `\u00XX` at this place may hide a literal from [`find_literal`](Self::find_literal).
    fn may_hide(&self, text: &[u8], at: usize) -> bool {
        match escaped(&text[at..]) {
            Some(ESC) => self.is_within(text, at, 6),
            // Any other character hides itself: `\u003c` is a `<` that a literal may have.
            Some(code) => self.has.get(usize::from(code)).copied().unwrap_or(false),
            None => false,
        }
    }

    /// Whether an escape sequence may be the first one within a literal: `fa\u001b[1mtal` is `fatal` once it is
    /// removed. Its ESC is written at `at`, in so many bytes.
    fn is_within(&self, text: &[u8], at: usize, length: usize) -> bool {
        let Some(&before) = at.checked_sub(1).and_then(|before| text.get(before)) else {
            return true;
        };
        // Within a literal the characters around the sequence are neighbours in it.
        let Some(&next) = self.next.get(usize::from(before)) else { return false };
        if next == 0 {
            return false;
        }
        // Nothing is between the characters before the first one; of an escape such as `\u0061` is a hit.
        let second = at.checked_sub(2).and_then(|second| self.next.get(usize::from(text[second])));
        if self.first >> before & 1 == 0 && second.is_none_or(|next| next >> before & 1 == 0) {
            return false;
        }
        let mut rest = &text[at + length..];
        loop {
            // A sequence of colours: parameters, then a letter. Anything else is rare, and decoded to
            // be sure.
            let Some(sequence) = rest.strip_prefix(b"[") else { return true };
            let parameters = sequence.iter().take_while(|byte| matches!(byte, 0x30..=0x3f)).count();
            match &sequence[parameters..] {
                // After it the literal must continue: with a plain character, after another sequence, or
                // with an escape such as `\u003c`, which is a hit of its own.
                [b'@'..=b'Z' | b'a'..=b'z', after @ ..] => match after {
                    [b'\\', b'u', b'0', b'0', b'1', b'b' | b'B', more @ ..] | [ESC, more @ ..] => {
                        rest = more;
                    }
                    [b'\\', ..] => return false,
                    [c, ..] => return *c < 128 && next >> c & 1 == 1,
                    [] => return true,
                },
                _ => return true,
            }
        }
    }
}

/// Whether something may be behind a blank of a text, within it.
fn has_words(text: &str) -> bool {
    text[..text.len() - 1].contains(' ')
}

/// The longest part of a text without blanks; `None` if it is too short.
fn longest_word(text: &str) -> Option<String> {
    let word = text.split(' ').max_by_key(|word| word.len())?;
    (word.len() >= MIN_LITERAL).then(|| word.to_owned())
}

/// Texts that together contain every pair of neighbours of a text, in every combination of cases: of
/// `ab` these are `AB`, `ab`, `Ab` and `aB`.
fn both_cases(text: &str) -> [String; 4] {
    let turned = |first: bool| {
        let turn = |(at, c): (usize, char)| match (at % 2 == 0) == first {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        };
        text.chars().enumerate().map(turn).collect()
    };
    [text.to_ascii_uppercase(), text.to_ascii_lowercase(), turned(true), turned(false)]
}

/// The next hit of each kind; `None` if there is none to the end of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    literal: Option<usize>,
    /// Of a `\u00XX`, or of a literal that is found with them.
    escape: Option<usize>,
    /// Of an ESC as it is.
    esc: Option<usize>,
    /// Of a message that is an array of bytes.
    bytes: Option<usize>,
}

impl Places {
    /// Whether nothing is found in all of the text.
    pub(crate) fn are_none(&self) -> bool {
        let Self { literal, escape, esc, bytes } = self;
        [literal, escape, esc, bytes].into_iter().all(Option::is_none)
    }
}

/// Literals of which every match of a pattern contains at least one, made of characters that JSON writes
/// as they are or as `\u00XX`. If case is ignored, the pattern is parsed as if it were not, and letters
/// with equals outside ASCII (k and the Kelvin sign, s and the long s) are left out.
pub(super) fn required(hir: &Hir, ignore_case: bool) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            // JSON may write these three as `\"`, `\\` and `\/`, which a search for `\u00` does not
            // find. If case is ignored, `k` and `s` may also be the Kelvin sign and the long s.
            let left_out: &[u8] = if ignore_case { b"\"\\/kKsS" } else { b"\"\\/" };
            let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !left_out.contains(byte);
            let runs = literal.0.split(|byte| !is_plain(byte));
            let longest = runs.max_by_key(|run| run.len())?;
            let text = std::str::from_utf8(longest).ok()?;
            (text.len() >= MIN_LITERAL).then(|| vec![text.to_owned()])
        }
        HirKind::Capture(capture) => required(&capture.sub, ignore_case),
        // `(abc)*` may be absent from a match, `(abc)+` may not.
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            required(&repetition.sub, ignore_case)
        }
        // All parts are in a match, so any would do: the longest literals are in the fewest lines.
        HirKind::Concat(parts) => {
            let shortest = |texts: &Vec<String>| texts.iter().map(String::len).min();
            let texts = parts.iter().filter_map(|part| required(part, ignore_case));
            texts.max_by_key(shortest)
        }
        // Any part may be in a match, so each must require something.
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(required(part, ignore_case)?);
            }
            (all.len() <= MAX_LITERALS).then_some(all)
        }
        _ => None,
    }
}
