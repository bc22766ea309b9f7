//! The beginning of a file, as far as the detection of its format needs it.
//!
//! All formats ask the same sample in turn. What costs a pass over the text (its JSON, its lines that are
//! objects) is found when it is first asked for, and kept.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use memchr::{memchr, memchr_iter};
use serde::de::IgnoredAny;

use super::document::{PAGE, RS, Reading};
use super::lines::{is_blank, valid};
use super::opening::{Opening, Rest, opening};
use super::{apify, docker, envelope, harness, ndjson, stamped_text};
use crate::json::Mapping;
use crate::source::BYTE_ORDER_MARK;

/// Bytes of a file that are examined.
pub(super) const SAMPLE: usize = 64 << 10;

/// The first bytes of a file, and its names.
pub(crate) struct Sample<'a> {
    /// As the user named it.
    pub(super) bundle: &'a str,
    /// The path in the bundle.
    pub(super) path: &'a str,
    /// From the first line that is not blank, without a byte order mark.
    pub(super) text: &'a [u8],
    /// It is the whole file, so its last line is complete.
    pub(super) is_whole: bool,
    /// One line in so many must be of a kind, unless it is the first.
    share: usize,
    /// See [`Sample::texts`].
    texts: OnceCell<Vec<&'a str>>,
    /// See [`Sample::json`].
    json: OnceCell<Option<Json>>,
    /// See [`Sample::objects`].
    objects: OnceCell<Objects>,
}

/// Counts of lines that are objects with a key for a time, level or message, among lines of any kind.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Objects {
    /// All of them.
    pub(super) count: usize,
    /// Those that are Harness records.
    pub(super) harness: usize,
    /// Those that Docker writes.
    pub(super) docker: usize,
    /// Those with two keys of a time, a level or a message, where one is to be enough.
    clear: usize,
    /// Lines that are not blank.
    lines: usize,
}

/// Lines may be of a kind that others of a text are not: so many of them may be of none.
const FEW: usize = 10;

impl Objects {
    /// Whether the file consists of them, apart from banners and stack traces: at least two, and a tenth of
    /// all lines. Of a text that comes by lines a clear one is enough.
    pub(super) fn are_enough(self) -> bool {
        (self.count >= 2 || self.clear > 0) && FEW * self.count >= self.lines
    }
}

/// The shape of JSON text, from its first object, which may be cut off at the end of the sample.
pub(super) struct Json {
    /// It is an array.
    is_array: bool,
    /// The first object goes over several lines, or is all there is and holds the records.
    spans_lines: bool,
    /// The keys of the first object; of an array: of its first element.
    pub(super) keys: Vec<String>,
    /// The keys of the first element of the array `data` in that object: the first record of a page.
    pub(super) keys_of_data: Vec<String>,
}

impl Json {
    /// Whether records may be otherwise than one per line.
    pub(super) fn is_document(&self) -> bool {
        self.is_array || self.spans_lines
    }

    /// Whether the first object has all of these keys.
    pub(super) fn has_keys<const N: usize>(&self, keys: [&str; N]) -> bool {
        keys.iter().all(|key| self.keys.iter().any(|own| own == key))
    }
}

impl<'a> Sample<'a> {
    /// `head`: the first bytes of the file; only [`SAMPLE`] of them are used.
    pub(super) fn new(bundle: &'a str, path: &'a str, head: &'a [u8]) -> Self {
        Self::of(bundle, path, head, (head.len() < SAMPLE, 2))
    }

    /// The lines that have come of a text, the last of which is to be told: what those behind it are is
    /// not known, so less must be enough.
    pub(super) fn of_lines(bundle: &'a str, path: &'a str, head: &'a [u8], is_all: bool) -> Self {
        Self::of(bundle, path, head, (is_all, FEW))
    }

    fn of(
        bundle: &'a str,
        path: &'a str,
        head: &'a [u8],
        (is_whole, share): (bool, usize),
    ) -> Self {
        let head = &head[..head.len().min(SAMPLE)];
        let mut text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
        while let Some(newline) = memchr(b'\n', text)
            && is_blank(&text[..newline])
        {
            text = &text[newline + 1..];
        }
        let (texts, json, objects) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { bundle, path, text, is_whole, share, texts, json, objects }
    }

    /// Whether only what follows can say what the text is: a document that is not over, or an answer of
    /// a server if there is no more.
    pub(super) fn is_open(&self) -> bool {
        let text = self.text.trim_ascii_start();
        let may_be = matches!(text.first(), Some(b'[' | b'{'));
        may_be
            && (opening(text, Reading::Objects, Rest::More) == Opening::Unknown
                || apify::is_answer(text))
    }

    /// Whether it is known of few lines only what they are.
    pub(super) fn comes_by_lines(&self) -> bool {
        self.share == FEW
    }

    /// The complete lines that are not blank, without their line ends.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let text = self.text;
        let ends = memchr_iter(b'\n', text).chain(self.is_whole.then_some(text.len()));
        let mut start = 0;
        ends.filter_map(move |end| {
            let line = text.get(start..end)?;
            start = end + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            (!is_blank(line)).then_some(line)
        })
    }

    /// The [lines](Self::lines), each up to the first byte that is not UTF-8: every format looks at them.
    fn texts(&self) -> &[&'a str] {
        self.texts.get_or_init(|| self.lines().map(valid).collect())
    }

    /// The first line, complete or not.
    pub(super) fn first_line(&self) -> &'a [u8] {
        let end = memchr(b'\n', self.text).unwrap_or(self.text.len());
        self.text[..end].strip_suffix(b"\r").unwrap_or(&self.text[..end])
    }

    /// Whether the first line is of this kind, or at least half of all are: a log may begin with a banner.
    /// A tenth of a text that [comes by lines](Self::comes_by_lines).
    pub(super) fn has_lines(&self, is_one: impl Fn(&str) -> bool) -> bool {
        is_one(valid(self.first_line())) || self.is_half(is_one)
    }

    /// As [`has_lines`](Self::has_lines), of the first `count` lines that are not blank.
    pub(super) fn has_lines_among(&self, count: usize, is_one: impl Fn(&str) -> bool) -> bool {
        if is_one(valid(self.first_line())) {
            return true;
        }
        let first = &self.texts()[..self.texts().len().min(count)];
        let of_kind = first.iter().filter(|line| is_one(line)).count();
        of_kind > 0 && self.share * of_kind >= first.len()
    }

    /// Whether one of the first `count` lines that are not blank is of this kind.
    pub(super) fn has_one_among(&self, count: usize, is_one: impl Fn(&str) -> bool) -> bool {
        is_one(valid(self.first_line())) || self.texts().iter().take(count).any(|line| is_one(line))
    }

    /// Whether at least one line, and half of all, are of this kind; a tenth of a text that comes by lines.
    pub(super) fn is_half(&self, is_one: impl Fn(&str) -> bool) -> bool {
        let of_kind = self.count_lines(is_one);
        of_kind > 0 && self.share * of_kind >= self.texts().len()
    }

    /// Whether most lines are of another kind than those that few marks may be among: they begin with a time, or are
    /// objects.
    pub(super) fn is_mostly_of_others(&self) -> bool {
        let begins = |line: &str| line.starts_with(|first: char| first.is_ascii_digit());
        let stamped = self.count_lines(|line| begins(line) && stamped_text::is_stamped(line));
        2 * (stamped + self.objects().count) >= self.texts().len().max(1)
    }

    /// The keys of a line that is a JSON object, in alphabetical order; `None` for other lines.
    pub(super) fn keys_of_line(line: &[u8]) -> Option<Vec<String>> {
        let object: BTreeMap<String, IgnoredAny> = serde_json::from_slice(line).ok()?;
        Some(object.into_keys().collect())
    }

    /// Counts the objects among its lines.
    pub(super) fn objects(&self) -> Objects {
        *self.objects.get_or_init(|| {
            let mapping = Mapping::usual();
            let mut objects = Objects::default();
            for line in self.lines() {
                objects.lines += 1;
                let line = line.trim_ascii_start();
                let line = ndjson::behind_mark(line).map_or(line, |at| &line[at..]);
                let keys = line.starts_with(b"{").then(|| Self::keys_of_line(line)).flatten();
                let Some(keys) = keys else { continue };
                let telling = keys.iter().filter(|key| mapping.is_telling(key)).count();
                if telling > 0 {
                    objects.clear += usize::from(telling > 1 && self.comes_by_lines());
                    objects.count += 1;
                    objects.harness += usize::from(harness::is_record(&keys));
                    objects.docker += usize::from(docker::is_record(&keys));
                }
            }
            objects
        })
    }

    /// How many lines are of this kind.
    pub(super) fn count_lines(&self, is_one: impl Fn(&str) -> bool) -> usize {
        self.texts().iter().filter(|line| is_one(line)).count()
    }

    /// The shape of the JSON that it begins with; `None` if it is not JSON.
    pub(super) fn json(&self) -> Option<&Json> {
        self.json.get_or_init(|| self.look_at_json()).as_ref()
    }

    /// Whether all there is is one line with an object that holds records: it may be longer than a line may be,
    /// so it is read record by record.
    fn is_one_envelope(&self) -> bool {
        let end = memchr(b'\n', self.text);
        let behind = end.map_or(&[][..], |end| &self.text[end..]);
        let is_all =
            self.is_whole || self.text.len() + BYTE_ORDER_MARK.len() >= SAMPLE && end.is_none();
        is_all
            && behind.trim_ascii().is_empty()
            && envelope::begins(self.text.trim_ascii_start()).is_some()
    }

    /// Whether it is a JSON text sequence (RFC 7464), with a mark before each object, or an event stream,
    /// whose data are objects.
    pub(super) fn is_marked(&self) -> bool {
        let is_field = |line: &[u8]| {
            let names: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
            names.iter().any(|name| line.starts_with(name))
        };
        let is_object = |line: &[u8]| {
            ndjson::behind_mark(line).is_some_and(|at| Self::keys_of_line(&line[at..]).is_some())
        };
        let line = self.first_line();
        line.first() == Some(&RS) && is_object(line)
            || is_field(line) && self.lines().all(is_field) && self.lines().any(is_object)
    }

    /// Whether it is a JSON text sequence whose objects go over several lines.
    pub(super) fn is_marked_document(&self) -> bool {
        let is_object = ndjson::behind_mark(self.text).is_some();
        self.text.first() == Some(&RS) && is_object && !self.is_marked()
    }

    /// Looks at the first object, then decides whether the whole is JSON or text with brackets.
    fn look_at_json(&self) -> Option<Json> {
        let mut peek = Peek { bytes: self.text, at: 0, newlines: 0 };
        let is_array = peek.next_is(b'[');
        let rest = if self.is_whole { Rest::End } else { Rest::More };
        let is_document =
            || opening(self.text.trim_ascii_start(), Reading::Objects, rest) != Opening::Text;
        // `[]` has no keys; whether it is JSON depends on what follows.
        if is_array && peek.next_is(b']') {
            return is_document().then(|| Json {
                is_array,
                spans_lines: false,
                keys: Vec::new(),
                keys_of_data: Vec::new(),
            });
        }
        let is_object = peek.next_is(b'{');
        // Newlines before the object do not make it one of several lines.
        let before = peek.newlines;
        if !is_object || !matches!(peek.after_blanks(), Some(b'"' | b'}') | None) {
            return None;
        }
        let (mut keys, mut keys_of_data) = (Vec::new(), Vec::new());
        peek.object(&mut keys, Some(&mut keys_of_data));
        let spans_lines = peek.newlines > before || self.is_one_envelope();
        // A cheap test for lines that are objects: the first of them was looked at closely.
        // Of their bytes: what is not UTF-8 may be within them.
        let is_object = |line: &&[u8]| {
            let line = line.trim_ascii();
            line.starts_with(b"{") && line.ends_with(b"}")
        };
        let json = Json { is_array, spans_lines, keys, keys_of_data };
        // The same test as for cutting and decoding: what those take for text is not JSON here either.
        if json.is_document() {
            return is_document().then_some(json);
        }
        // A page has many records in its one line, so the lines that follow it count for little.
        let is_page = || {
            json.has_keys(PAGE)
                && opening(self.text.trim_ascii_start(), Reading::Pages, rest) != Opening::Text
        };
        let (objects, all) = (self.lines().filter(is_object).count(), self.lines().count());
        let is_json = all == 0 || objects > 0 && self.share * objects >= all || is_page();
        is_json.then_some(json)
    }
}

/// Reads tokens of text that may be JSON and may be cut off, without validating it.
struct Peek<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Newlines passed between tokens.
    newlines: usize,
}

impl Peek<'_> {
    /// The next byte that is not blank, which is not passed; `None` at the end.
    fn after_blanks(&mut self) -> Option<u8> {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.bytes.get(self.at) {
            self.newlines += usize::from(*byte == b'\n');
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Whether this byte is next; it is passed if so.
    fn next_is(&mut self, byte: u8) -> bool {
        let is_next = self.after_blanks() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes a string and decodes it; `None` if it does not end on its line. Empty if an escape in it is
    /// invalid.
    fn string(&mut self) -> Option<String> {
        if !self.next_is(b'"') {
            return None;
        }
        let start = self.at;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                b'\n' => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        // With its quotes, so that the parser decodes its escapes.
        let quoted = &self.bytes[start - 1..self.at];
        Some(serde_json::from_slice(quoted).unwrap_or_default())
    }

    /// Collects the keys of the object whose brace was just passed; `None` if it is cut off or is not JSON.
    /// The keys before that are kept.
    fn object(&mut self, keys: &mut Vec<String>, of_data: Option<&mut Vec<String>>) -> Option<()> {
        let mut of_data = of_data;
        while !self.next_is(b'}') {
            let key = self.string()?;
            let is_data = key == "data";
            keys.push(key);
            if !self.next_is(b':') {
                return None;
            }
            if is_data && let Some(inner) = of_data.take() {
                // The first record is read twice: here for its keys, then passed with the rest of the value.
                let start = (self.at, self.newlines);
                if self.next_is(b'[') && self.next_is(b'{') {
                    let _ = self.object(inner, None);
                }
                (self.at, self.newlines) = start;
            }
            self.value()?;
            if !self.next_is(b',') && self.after_blanks() != Some(b'}') {
                return None;
            }
        }
        Some(())
    }

    /// Passes a value of any kind, without validating it.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.after_blanks()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                // It closes the object around a number or word.
                b'}' | b']' => return Some(()),
                b',' if depth == 0 => return Some(()),
                // A byte of a number, a word, a comma or a colon within brackets.
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}
