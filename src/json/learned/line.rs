//! Reads one object by the keys of those before: values go straight into their columns.
//!
//! Every byte is verified, as the thorough way would: the structure, strings and their escapes, the
//! grammar of numbers. Anything else (escapes in keys, keys that come twice, exponents, values that do not
//! fit their column, keys without a column inside an object) is left to it; what was written of the
//! row is then undone.

use memchr::memchr2;

use super::layout::{ROOT, Target};
use super::nested::{Beside, Parent, beside};
use super::shape::NONE;
use super::{Found, Reader};
use crate::json::mapping::Mapping;
use crate::json::members::value_end;
use crate::json::number;
use crate::json::string::{Kind, string};
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{CHUNK, Scan, Simd};
use crate::table::{Item, KeyColumns, Scalar, Slot};

/// Bytes that must follow the text, because whole chunks are loaded.
pub(super) const MARGIN: usize = 2 * CHUNK;

/// Structs in one another; deeper objects are not structs.
const MAX_DEPTH: usize = 16;

/// Reads an object; `padded` is its text and a margin of any bytes after it, a newline first. `None`: it is for the thorough way, and the columns
/// may have some of its values. Returns whether the row has values in columns of keys; other members are in
/// [`Reader::found`].
pub(super) fn read(
    reader: &mut Reader,
    mapping: &Mapping,
    json: &str,
    padded: &[u8],
    row: usize,
    columns: &mut KeyColumns,
) -> Option<bool> {
    reader.found.clear();
    reader.texts.clear();
    let (parent, has_keys) = (Parent::default(), false);
    let line = Line { reader, mapping, json, text: padded, at: 0, row, columns, has_keys, parent };
    match line.reader.simd {
        // SAFETY: the token exists only if the processor has the features.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512(simd) => unsafe { read_avx512(simd, line) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2(simd) => unsafe { read_avx2(simd, line) },
        Simd::Portable(simd) => line.read(simd),
    }
}

/// [`Line::read`], compiled with AVX-512: all that is inlined into it may use the instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2")]
fn read_avx512(simd: Avx512, line: Line<'_>) -> Option<bool> {
    line.read(simd)
}

/// [`Line::read`], compiled with AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn read_avx2(simd: Avx2, line: Line<'_>) -> Option<bool> {
    line.read(simd)
}

/// An object that is being read.
pub(super) struct Line<'p> {
    pub(super) reader: &'p mut Reader,
    mapping: &'p Mapping,
    pub(super) json: &'p str,
    /// The same text, and the margin.
    pub(super) text: &'p [u8],
    /// The first byte that is not read yet.
    pub(super) at: usize,
    row: usize,
    columns: &'p mut KeyColumns,
    has_keys: bool,
    parent: Parent,
}

impl Line<'_> {
    /// Reads the whole of it.
    #[inline(always)]
    fn read<S: Scan>(mut self, simd: S) -> Option<bool> {
        self.reader.shapes.line += 1;
        if self.ahead() != b'{' {
            return None;
        }
        self.at += 1;
        // The objects that the current one is in, and the node of it in each.
        let mut outer = [(ROOT, NONE); MAX_DEPTH];
        let (mut depth, mut object, mut last) = (0, ROOT, NONE);
        let mut is_open = self.ahead() != b'}';
        loop {
            if is_open {
                let (node, start) = self.key(object, last)?;
                last = node;
                let first = self.ahead();
                if let Some(inner) = self.value(simd, (node, start, object), first)? {
                    *outer.get_mut(depth)? = (object, node);
                    depth += 1;
                    (object, last) = (inner, NONE);
                    is_open = self.ahead() != b'}';
                    continue;
                }
                if self.ahead() == b',' {
                    self.at += 1;
                    self.ahead();
                    continue;
                }
            }
            self.expect(b'}')?;
            // The object ends here, and perhaps those around it.
            if depth == 0 {
                break;
            }
            depth -= 1;
            (object, last) = outer[depth];
            if depth == 0 && self.reader.shapes.nodes[last].inside != NONE {
                let found = self.reader.found.len();
                self.has_keys = self.parent.end(found, self.has_keys, self.row, self.columns)?;
            }
            is_open = self.ahead() == b',';
            if is_open {
                self.at += 1;
                self.ahead();
            }
        }
        self.blanks();
        (self.at == self.json.len()).then_some(self.has_keys)
    }

    /// The next byte; a newline after the end of the text.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(b'\n')
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte).then(|| self.at += 1)
    }

    /// The next byte that is not white space; what comes before it is passed.
    #[inline(always)]
    fn ahead(&mut self) -> u8 {
        let next = self.peek();
        if next > b' ' {
            return next;
        }
        self.blanks();
        self.peek()
    }

    /// Passes white space, but not the margin.
    #[cold]
    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') && self.at < self.json.len() {
            self.at += 1;
        }
    }

    /// Reads a key and its colon; returns its node, and where it began. `last` is the node of the key before
    /// it in this object.
    #[inline(always)]
    fn key(&mut self, object: usize, last: usize) -> Option<(usize, usize)> {
        let start = self.at;
        let shapes = &mut self.reader.shapes;
        let next = match last {
            NONE => shapes.objects[object].first,
            last => shapes.nodes[last].next,
        };
        for node in [next.last, next.before] {
            if let Some(node_length) =
                shapes.nodes.get(node).and_then(|node| node.begins(self.text, start))
            {
                let before = std::mem::replace(&mut shapes.nodes[node].line, shapes.line);
                self.at = start + node_length;
                // A key that comes twice is for the thorough way.
                return (before != shapes.line).then_some((node, start));
            }
        }
        self.other_key(object, last)
    }

    /// Reads a key that is not among the expected ones, and expects it from now on.
    #[inline(never)]
    fn other_key(&mut self, object: usize, last: usize) -> Option<(usize, usize)> {
        let start = self.at;
        let rest = self.text.get(start + 1..).filter(|_| self.peek() == b'"')?;
        let length = memchr2(b'"', b'\\', rest).filter(|&length| rest[length] == b'"')?;
        let (end, key) = (start + length + 2, self.json.get(start + 1..start + 1 + length)?);
        let Reader { layout, shapes, .. } = &mut *self.reader;
        let node = match shapes.known(object, key) {
            Some(node) => node,
            // A control character is no part of a string.
            None if value_end(self.json, start) != Some(end) => return None,
            None => shapes.node(object, key, layout, self.mapping)?,
        };
        match last {
            NONE => shapes.objects[object].first.learn(node),
            last => shapes.nodes[last].next.learn(node),
        }
        let before = std::mem::replace(&mut shapes.nodes[node].line, shapes.line);
        if before == shapes.line {
            return None;
        }
        self.at = end;
        self.blanks();
        self.expect(b':')?;
        Some((node, start))
    }

    /// Reads the value of a key. Returns the index of the object if it is one whose members come next.
    #[inline(always)]
    fn value<S: Scan>(
        &mut self,
        simd: S,
        (node, key, object): (usize, usize, usize),
        first: u8,
    ) -> Option<Option<usize>> {
        let known = &self.reader.shapes.nodes[node];
        if let Some(target) = known.column {
            return self.column(simd, target, first);
        }
        let (rank, length, is_message) = (known.rank, known.key_length(), known.is_message);
        if object != ROOT || known.inside != NONE {
            match beside(known, first)? {
                Beside::Found => {}
                Beside::Column(target) => return self.column(simd, target, first),
                Beside::Object(inside, slot) => {
                    self.at += 1;
                    let found = self.reader.found.len();
                    let had_keys = std::mem::take(&mut self.has_keys);
                    self.parent = Parent { slot, found, had_keys, has_null: false };
                    return Some(Some(inside));
                }
            }
        }
        let start = self.at;
        let texts = self.reader.texts.len();
        self.at = match first {
            b'"' => self.text_end(simd, start + 1, is_message)?,
            _ => value_end(self.json, start)?,
        };
        let text = texts..self.reader.texts.len();
        let key = key + 1..key + 1 + length;
        let is_nested = object != ROOT;
        self.reader.found.push(Found { key, value: start..self.at, text, rank, is_nested });
        Some(None)
    }

    /// Where a string ends, with its closing quote, that has begun before here. A message with escapes is
    /// decoded on the way.
    #[inline(always)]
    fn text_end<S: Scan>(&mut self, simd: S, start: usize, is_message: bool) -> Option<usize> {
        let mut at = start;
        loop {
            let chunk = self.text.get(at..)?.first_chunk()?;
            let marks = simd.specials(chunk);
            if marks == 0 {
                at += CHUNK;
                continue;
            }
            at += marks.trailing_zeros() as usize;
            return match self.text.get(at)? {
                b'"' => Some(at + 1),
                b'\\' if is_message => {
                    let texts = &mut self.reader.texts;
                    let (end, _) = string(simd, self.text, start, texts, Kind::Member)?;
                    Some(end + 1)
                }
                // An escape, which is to be valid, or a control character, which is not.
                _ => value_end(self.json, start - 1),
            };
        }
    }

    /// Reads a value into its column.
    #[inline(always)]
    fn column<S: Scan>(&mut self, simd: S, target: Target, first: u8) -> Option<Option<usize>> {
        if first == b'n' {
            self.word(b"null")?;
            self.parent.has_null = true;
            return Some(None);
        }
        self.has_keys = true;
        match target.slot {
            Slot::Text(at) => {
                if first != b'"' {
                    return None;
                }
                let column = &mut self.columns.texts[at];
                let out = column.begin(self.row);
                let (end, _) = string(simd, self.text, self.at + 1, out, Kind::Member)?;
                column.end();
                self.at = end + 1;
            }
            Slot::Int64(at) => {
                let (value, end) = number::read_integer(self.text, self.at)?;
                self.number_end(end)?;
                self.columns.integers[at].set(self.row, value);
            }
            Slot::Double(at) => {
                let (value, end) = number::read_double(self.text, self.at)?;
                self.number_end(end)?;
                self.columns.doubles[at].set(self.row, value);
            }
            Slot::Boolean(at) => {
                self.word(if first == b't' { b"true" } else { b"false" })?;
                self.columns.booleans[at].set(self.row, first == b't');
            }
            Slot::Json(at) => {
                let end = value_end(self.json, self.at)?;
                self.columns.texts[at].set(self.row, self.json.get(self.at..end)?);
                self.at = end;
            }
            Slot::Struct(at) => {
                self.expect(b'{')?;
                self.columns.structs[at].set(self.row);
                return Some(Some(target.object));
            }
            Slot::List(at) => self.list(simd, at)?,
            Slot::LeftOut(kind) => self.pass_over(simd, kind, first)?,
        }
        Some(None)
    }

    /// Passes a word.
    #[inline(always)]
    pub(super) fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// Passes a number that was read to here, if it ends here.
    #[inline(always)]
    pub(super) fn number_end(&mut self, end: usize) -> Option<()> {
        self.at = end;
        matches!(self.peek(), b',' | b'}' | b']' | b' ').then_some(())
    }

    /// Reads an array of scalars into its column.
    #[inline(always)]
    fn list<S: Scan>(&mut self, simd: S, at: usize) -> Option<()> {
        self.expect(b'[')?;
        self.blanks();
        let mut text = Vec::new();
        while self.peek() != b']' {
            let first = self.peek();
            let item = match (self.columns.lists[at].item, first) {
                (_, b'n') => self.word(b"null").map(|()| Item::Null),
                (Scalar::Boolean, b't') => self.word(b"true").map(|()| Item::Boolean(true)),
                (Scalar::Boolean, b'f') => self.word(b"false").map(|()| Item::Boolean(false)),
                (Scalar::Int64, _) => {
                    let (value, end) = number::read_integer(self.text, self.at)?;
                    self.number_end(end).map(|()| Item::Int64(value))
                }
                (Scalar::Double, _) => {
                    let (value, end) = number::read_double(self.text, self.at)?;
                    self.number_end(end).map(|()| Item::Double(value))
                }
                (Scalar::String, b'"') => {
                    text.clear();
                    let (end, _) = string(simd, self.text, self.at + 1, &mut text, Kind::Member)?;
                    self.at = end + 1;
                    std::str::from_utf8(&text).ok().map(Item::Text)
                }
                _ => None,
            };
            self.columns.lists[at].push(item?);
            self.blanks();
            if self.peek() != b',' {
                break;
            }
            self.at += 1;
            self.blanks();
            // A comma before the end is no JSON.
            if self.peek() == b']' {
                return None;
            }
        }
        self.expect(b']')?;
        self.columns.lists[at].end(self.row);
        Some(())
    }
}
