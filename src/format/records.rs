//! Records of CSV: fields between separators, perhaps in quotes, where they may have newlines.
//!
//! A quote that is never closed would take all that follows it for one text. What shows that it is not closed, where
//! it may not be, is in [`Next::Open`]. Then its line alone is no record, and the lines after it are read as if it were
//! not there.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::lines::is_blank;
use crate::simd::mask::{BITS, Fields};
use crate::source::{BYTE_ORDER_MARK, Ending, Framing, Piece};

/// What may separate fields, the likeliest first.
pub(super) const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];

/// Cuts after records. The context is the header, which every piece needs.
pub(super) struct Records {
    /// With its newline; empty before it has come.
    header: Vec<u8>,
    reader: Reader,
}

impl Records {
    pub(super) fn new(separator: u8, max_line: usize) -> Self {
        Self { header: Vec::new(), reader: Reader::new(separator, max_line) }
    }
}

impl Framing for Records {
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        // Without quotes, every newline ends a record.
        if !self.header.is_empty() && memchr(b'"', text).is_none() {
            return memrchr(b'\n', text).map(|newline| newline + 1);
        }
        let mut start = 0;
        self.reader.begin();
        // Up to the last complete record. A newline in quotes does not end one, so newlines alone are not enough.
        loop {
            match self.reader.read(text, true) {
                Next::More => break,
                Next::Record | Next::Open if self.header.is_empty() => {
                    self.header = text[start..self.reader.at].to_vec();
                    self.reader.columns = fields_of(&self.header, self.reader.separator).len();
                }
                _ => {}
            }
            start = self.reader.at;
        }
        (start > 0).then_some(start)
    }

    fn context(&self) -> Vec<u8> {
        self.header.clone()
    }
}

/// A record without its line end, `\n` or `\r\n`.
pub(super) fn trimmed(record: &[u8]) -> &[u8] {
    let line = record.strip_suffix(b"\n");
    line.map_or(record, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Where the records of a piece are, without their line ends. `header`: of the text before it; empty if it begins
/// with its own.
pub(super) fn ranges(
    (piece, text): (&Piece, &[u8]),
    (separator, header): (u8, &[u8]),
    max_line: usize,
) -> Vec<Range<usize>> {
    let has_mark = piece.offset == 0 && text.starts_with(BYTE_ORDER_MARK);
    let mark = if has_mark { BYTE_ORDER_MARK.len() } else { 0 };
    let text = &text[mark..];
    let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
    let mut reader = Reader::new(separator, max_line);
    reader.columns = fields_of(header, separator).len();
    let (mut ranges, mut start) = (Vec::new(), 0);
    loop {
        match reader.read(text, partial) {
            Next::More => {
                if start < text.len() {
                    ranges.push(mark + start..mark + text.len());
                }
                return ranges;
            }
            Next::Record | Next::Open => {
                let record = &text[start..reader.at];
                ranges.push(mark + start..mark + start + trimmed(record).len());
                if reader.columns == 0 {
                    reader.columns = fields_of(record, separator).len();
                }
            }
            Next::Blank => {}
        }
        start = reader.at;
    }
}

/// The fields of the first record; none if there is none.
pub(super) fn fields_of(text: &[u8], separator: u8) -> Vec<String> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut reader = Reader::new(separator, usize::MAX);
    loop {
        let start = reader.at;
        match reader.read(text, false) {
            Next::Record => return reader.texts(text).map(Cow::into_owned).collect(),
            // As written.
            Next::Open => {
                let line = trimmed(&text[start..reader.at]);
                let fields = line.split(|byte| *byte == separator);
                return fields.map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            }
            Next::Blank => {}
            Next::More => return Vec::new(),
        }
    }
}

/// What comes next in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A record, whose fields the reader has.
    Record,
    /// A blank line.
    Blank,
    /// The line of a quote that is not closed: neither in the text nor in as many bytes as a line may have, or only on
    /// another line with text after it, or so that the record has not as many fields as the header.
    Open,
    /// Nothing, or a record that may go on in more of the text.
    More,
}

/// Why a line has no record.
pub(super) const OPEN: &str = "a quote is not closed";

/// So many texts of a record may have newlines. Where quotes are not closed, what seems to be a record of many texts
/// would be read again from each of its lines.
const TEXTS: usize = 64;

/// Reads the records of a text.
pub(super) struct Reader {
    separator: u8,
    /// The longest record in bytes.
    max_line: usize,
    /// How many fields the header has; 0 before it is known.
    pub(super) columns: usize,
    /// What was read of the text.
    pub(super) at: usize,
    /// Lines that the last record, or what was in its place, has.
    pub(super) lines: i64,
    cursor: Cursor,
    /// Of the record that was read last.
    fields: Vec<Field>,
}

/// Where a field is in the text, without the quotes around it.
#[derive(Debug, Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    /// Where its quotes are closed: at its end, unless text follows them.
    close: usize,
    /// It has quotes that are doubled.
    has_doubled: bool,
}

impl Field {
    /// Whether it is in the text as it is.
    #[inline]
    fn is_plain(&self) -> bool {
        !self.has_doubled && self.close == self.end
    }

    /// Of a text that is valid; `at`: where that is in the text that was read.
    #[inline]
    fn text<'t>(&self, record: &'t str, at: usize) -> Cow<'t, str> {
        // All of these are places of ASCII characters.
        if self.is_plain() {
            return record.get(self.start - at..self.end - at).unwrap_or_default().into();
        }
        let mut field = String::with_capacity(self.end - self.start);
        let mut take = |part: Range<usize>| {
            field.push_str(record.get(part.start - at..part.end - at).unwrap_or_default());
        };
        self.parts(|from| memchr(b'"', &record.as_bytes()[from - at..self.close - at]), &mut take);
        field.into()
    }

    /// Of any text.
    fn bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.is_plain() {
            return text[self.start..self.end].into();
        }
        let mut field = Vec::with_capacity(self.end - self.start);
        let mut take = |part: Range<usize>| field.extend_from_slice(&text[part]);
        self.parts(|from| memchr(b'"', &text[from..self.close]), &mut take);
        field.into()
    }

    /// Hands out what stays of a field with quotes. `quote`: how far the next one in it is from a place.
    fn parts(&self, quote: impl Fn(usize) -> Option<usize>, take: &mut impl FnMut(Range<usize>)) {
        let Self { mut start, end, close, has_doubled } = *self;
        while has_doubled && let Some(quote) = quote(start) {
            take(start..start + quote + 1);
            start += quote + 2;
        }
        take(start..close);
        // After the quote that closes.
        if close < end {
            take(close + 1..end);
        }
    }
}

/// The separators, quotes and newlines of a text, in their order.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    /// Where the bytes begin that `fields` are of.
    base: usize,
    fields: Fields,
    /// Those that are still to come.
    left: u64,
}

impl Cursor {
    /// Those from a place on.
    fn of<const SEPARATOR: u8>(text: &[u8], at: usize) -> Self {
        let mut cursor = Self { base: at / BITS * BITS, ..Self::default() };
        cursor.look::<SEPARATOR>(text);
        cursor.left &= u64::MAX << (at % BITS);
        cursor
    }

    #[inline]
    fn look<const SEPARATOR: u8>(&mut self, text: &[u8]) {
        let rest = text.get(self.base..).unwrap_or_default();
        self.fields = match rest.first_chunk() {
            Some(bytes) => Fields::of::<SEPARATOR>(bytes),
            None => Self::last::<SEPARATOR>(rest),
        };
        let Fields { separators, quotes, newlines } = self.fields;
        self.left = separators | quotes | newlines;
    }

    /// Of the end of a text. By itself, as together with the other the compiler puts both together from single bytes.
    #[cold]
    #[inline(never)]
    fn last<const SEPARATOR: u8>(rest: &[u8]) -> Fields {
        let mut bytes = [0; BITS];
        bytes[..rest.len()].copy_from_slice(rest);
        Fields::of::<SEPARATOR>(&bytes)
    }

    /// Goes on to the next bytes; `false` at the end.
    #[inline]
    fn advance<const SEPARATOR: u8>(&mut self, text: &[u8]) -> bool {
        if self.base + BITS >= text.len() {
            return false;
        }
        self.base += BITS;
        self.look::<SEPARATOR>(text);
        true
    }

    #[inline]
    fn next<const SEPARATOR: u8>(&mut self, text: &[u8]) -> Option<usize> {
        while self.left == 0 {
            if !self.advance::<SEPARATOR>(text) {
                return None;
            }
        }
        let at = self.base + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(at)
    }

    /// The next quote among the bytes that are looked at, which is passed, and how many newlines come before it or the end
    /// of these bytes.
    #[inline]
    fn quote(&mut self) -> (Option<usize>, i64) {
        let quotes = self.fields.quotes & self.left;
        let before = quotes.wrapping_sub(1) & !quotes;
        let newlines = i64::from((self.fields.newlines & self.left & before).count_ones());
        self.left &= !(before | quotes & quotes.wrapping_neg());
        ((quotes != 0).then(|| self.base + quotes.trailing_zeros() as usize), newlines)
    }
}

impl Reader {
    pub(super) fn new(separator: u8, max_line: usize) -> Self {
        let (fields, cursor) = (Vec::new(), Cursor::default());
        Self { separator, max_line, columns: 0, at: 0, lines: 0, cursor, fields }
    }

    /// Begins another text.
    pub(super) fn begin(&mut self) {
        (self.at, self.cursor) = (0, Cursor::default());
    }

    /// Reads what comes next in the text, which is the same as before, and passes it. `more`: the text goes on.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8], more: bool) -> Next {
        match self.separator {
            b',' => self.read_by::<b','>(text, more),
            b'\t' => self.read_by::<b'\t'>(text, more),
            _ => self.read_by::<b';'>(text, more),
        }
    }

    #[inline]
    fn read_by<const SEPARATOR: u8>(&mut self, text: &[u8], more: bool) -> Next {
        let start = self.at;
        if start == 0 {
            self.cursor = Cursor::of::<SEPARATOR>(text, 0);
        }
        let Some(first) = text.get(start) else { return Next::More };
        if matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
            let end = memchr(b'\n', &text[start..]).map(|newline| start + newline);
            if is_blank(&text[start..end.unwrap_or(text.len())]) {
                return match end {
                    None if more => Next::More,
                    end => self.pass::<SEPARATOR>(text, end, Next::Blank),
                };
            }
        }
        match self.split::<SEPARATOR>(text, more) {
            Next::Record if self.is_likely(&text[start..self.at]) => Next::Record,
            Next::More => {
                // The newlines of what is no record yet are in quotes.
                let long = Some(&text[start..]).filter(|rest| rest.len() > self.max_line);
                match long.and_then(|rest| memchr(b'\n', rest)) {
                    Some(end) => self.pass::<SEPARATOR>(text, Some(start + end), Next::Open),
                    None => {
                        self.cursor = Cursor::of::<SEPARATOR>(text, start);
                        Next::More
                    }
                }
            }
            _ => {
                let end = memchr(b'\n', &text[start..]).map(|newline| start + newline);
                self.pass::<SEPARATOR>(text, end, Next::Open)
            }
        }
    }

    /// Whether a record of several lines, if it is one, is such: those of others are read one by one.
    #[inline]
    fn is_likely(&self, record: &[u8]) -> bool {
        self.lines <= 1
            || record.strip_suffix(b"\n").unwrap_or(record).len() <= self.max_line
                && (self.columns == 0 || self.fields.len() == self.columns)
    }

    /// Passes a line, which ends at a newline or at the end of the text.
    #[cold]
    fn pass<const SEPARATOR: u8>(
        &mut self,
        text: &[u8],
        newline: Option<usize>,
        next: Next,
    ) -> Next {
        self.at = newline.map_or(text.len(), |newline| newline + 1);
        self.lines = 1;
        self.cursor = Cursor::of::<SEPARATOR>(text, self.at);
        next
    }

    /// Finds the fields of a record, which is passed, or that a quote is not closed.
    #[inline]
    fn split<const SEPARATOR: u8>(&mut self, text: &[u8], more: bool) -> Next {
        let record = self.at;
        let most = if self.columns > 0 { self.columns } else { usize::MAX };
        let mut texts = 0;
        self.fields.clear();
        self.lines = 1;
        let mut start = record;
        // Of the field that begins there: its quotes, if it has some and text after them.
        let mut quoted: Option<Field> = None;
        loop {
            let at = self.cursor.next::<SEPARATOR>(text);
            if at == Some(start) && text[start] == b'"' {
                let lines = self.lines;
                let field = match self.quoted::<SEPARATOR>(text, start, record, more) {
                    Ok(field) => field,
                    Err(next) => return next,
                };
                let line_end =
                    matches!(&text[field.end + 1..], [] | [b'\n', ..] | [b'\r', b'\n', ..]);
                let is_over = line_end || text.get(field.end + 1) == Some(&SEPARATOR);
                if more && matches!(&text[field.end + 1..], [] | [b'\r']) {
                    return Next::More;
                }
                if self.lines > lines {
                    texts += 1;
                    // More likely, this is the first quote of another text.
                    if !is_over || texts > TEXTS {
                        return Next::Open;
                    }
                }
                quoted = Some(field);
                continue;
            }
            let (end, is_last) = match at {
                Some(at) if text[at] == b'"' => continue,
                Some(at) if text[at] == b'\n' => {
                    self.at = at + 1;
                    (at - usize::from(text[start..at].ends_with(b"\r")), true)
                }
                Some(at) => (at, false),
                None if more => return Next::More,
                None => {
                    self.at = text.len();
                    (text.len(), true)
                }
            };
            let plain = Field { start, end, close: end, has_doubled: false };
            self.fields.push(match quoted.take() {
                None => plain,
                // Nothing follows the quotes.
                Some(field) if field.end + 1 == end => field,
                Some(field) => Field { end, ..field },
            });
            if is_last {
                return Next::Record;
            }
            // That there are too many must be seen here: what such records span would be read again with each line.
            if self.lines > 1 && self.fields.len() >= most {
                return Next::Open;
            }
            start = end + 1;
        }
    }

    /// Passes a text in quotes.
    #[inline]
    fn quoted<const SEPARATOR: u8>(
        &mut self,
        text: &[u8],
        open: usize,
        record: usize,
        more: bool,
    ) -> Result<Field, Next> {
        let (start, mut has_doubled) = (open + 1, false);
        loop {
            let (at, newlines) = self.cursor.quote();
            self.lines += newlines;
            // As many bytes as that, or no more.
            if self.lines > 1
                && at.unwrap_or(self.cursor.base) > record.saturating_add(self.max_line)
            {
                return Err(Next::Open);
            }
            let Some(at) = at else {
                if !self.cursor.advance::<SEPARATOR>(text) {
                    return Err(if more { Next::More } else { Next::Open });
                }
                continue;
            };
            match text.get(at + 1) {
                Some(b'"') => {
                    has_doubled = true;
                    self.cursor.next::<SEPARATOR>(text);
                }
                None if more => return Err(Next::More),
                _ => return Ok(Field { start, end: at, close: at, has_doubled }),
            }
        }
    }

    /// How many fields the record has.
    pub(super) fn fields(&self) -> usize {
        self.fields.len()
    }

    /// A field of the record in the text that was read.
    pub(super) fn field<'t>(&self, text: &'t [u8], at: usize) -> Cow<'t, [u8]> {
        self.fields[at].bytes(text)
    }

    /// The fields as text, invalid bytes replaced.
    pub(super) fn texts<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = Cow<'t, str>> {
        (0..self.fields.len()).map(|at| match self.field(text, at) {
            Cow::Borrowed(field) => String::from_utf8_lossy(field),
            Cow::Owned(field) => String::from_utf8_lossy(&field).into_owned().into(),
        })
    }

    /// The fields of a record whose text is valid; `at`: where it is in the text that was read.
    #[inline]
    pub(super) fn valid_texts<'t>(
        &self,
        record: &'t str,
        at: usize,
    ) -> impl Iterator<Item = Cow<'t, str>> {
        self.fields.iter().map(move |field| field.text(record, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a text: the fields of records, or the line of a quote that is not closed.
    fn read(text: &str, columns: usize, max_line: usize) -> Vec<Result<Vec<String>, &str>> {
        let mut reader = Reader::new(b',', max_line);
        reader.columns = columns;
        let (mut all, mut start) = (Vec::new(), 0);
        loop {
            match reader.read(text.as_bytes(), false) {
                Next::More => return all,
                Next::Blank => {}
                Next::Open => all.push(Err(text[start..reader.at].trim_end())),
                Next::Record => {
                    all.push(Ok(reader.texts(text.as_bytes()).map(Cow::into_owned).collect()));
                }
            }
            start = reader.at;
        }
    }

    #[test]
    fn quotes_that_are_closed_and_others() {
        let ok = |fields: &[&str]| Ok(fields.iter().map(|field| (*field).to_owned()).collect());
        let cases = [
            ("a,\"b\n\n\"\"c\"\r\nd,\r", vec![ok(&["a", "b\n\n\"c"]), ok(&["d", "\r"])]),
            ("a,\"b\" c\"d\n", vec![ok(&["a", "b c\"d"])]),
            ("a,\"b\"\" c\"\"d\"e\nf,g", vec![ok(&["a", "b\" c\"de"]), ok(&["f", "g"])]),
            ("a,x\"\nb,\"\"", vec![ok(&["a", "x\""]), ok(&["b", ""])]),
            // Never closed, by the next quote of another record, and so that fields are missing or too many.
            ("a,\"b\nc,d\n", vec![Err("a,\"b"), ok(&["c", "d"])]),
            ("a,\"b\nc,\"d\"\n", vec![Err("a,\"b"), ok(&["c", "d"])]),
            ("a,\"b\n\"c\nd\",e\n", vec![Err("a,\"b"), ok(&["c\nd", "e"])]),
            ("\"a,b\nc\"\nd,e", vec![Err("\"a,b"), ok(&["c\""]), ok(&["d", "e"])]),
            ("a,\"b\nc\",d\n", vec![Err("a,\"b"), ok(&["c\"", "d"])]),
            ("a,\"b", vec![Err("a,\"b")]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, 2, 100), expected, "{text}");
        }
        let long = format!("a,\"{}\n\"\n", "b".repeat(90));
        assert!(read(&long, 2, long.len() - 1)[0].is_ok());
        assert_eq!(read(&long, 2, long.len() - 2).len(), 2);
    }

    /// Lines, each of which begins a text that is not closed.
    #[test]
    fn open_quotes_take_no_longer_than_others() {
        for (line, columns) in [
            ("a,b,\"c\n", 3),
            ("x\",\"\n", 100_000),
            ("\"\n", 2),
            ("\"\"\"\n", 2),
            ("a,\"b\"\"\n", 2),
        ] {
            let text = line.repeat(100_000);
            let mut reader = Reader::new(b',', usize::MAX);
            reader.columns = columns;
            let started = std::time::Instant::now();
            while reader.read(text.as_bytes(), false) != Next::More {}
            assert_eq!(reader.at, text.len());
            // Each line up to the end would take hours.
            assert!(started.elapsed().as_secs() < 60, "{line}");
        }
    }
}
