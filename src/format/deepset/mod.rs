//! deepset's pipeline logs: pages `{"data":[...],"has_more":...,"total":...}` as the API gives them, arrays
//! of their records, records one per line, or CSV with a header.
//!
//! ```text
//! {"data":[{"log_id":"a1","logged_at":"2026-03-09T10:00:00Z","level":"info","message":"started",
//!           "origin":"querypipeline","exceptions":null,"extra_fields":{}}],"has_more":false,"total":1}
//! ```
//!
//! Answers of the API are saved in all these ways, also several pages in one file. How a file is
//! [written](Writing) is seen from its first bytes; then it is cut and decoded as that.

mod csv;

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::document::{Documents, Item, Items, PAGE, Reading, State, each_item, key_of};
use super::envelope::WHOLE;
use super::lines::{Place, TextLine, each_line};
use super::opening::Rest;
use super::records::{Records, fields_of, ranges};
use super::wanted::{may_be, search_of};
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::json::{AnyParser, MappedColumn, Mapping};
#[cfg(any(feature = "fetch", feature = "serve"))]
use crate::query::MemberNames;
use crate::query::Wanted;
use crate::source::{BYTE_ORDER_MARK, Ending, Framing, Long, Newlines, Piece};
use crate::table::{LinesBuilder, Origin, Pages};

/// deepset's logs. Before `ndjson` and `json`, which would read all but the CSV.
pub(super) static FORMAT: Format = Format {
    name: "deepset",
    title: "deepset pipeline logs (pages, records, CSV)",
    detected_by: "the keys data, has_more, total, or log_id and logged_at; or CSV with these",
    columns: &[
        ("stage", "origin"),
        ("timestamp, zone", "logged_at"),
        ("level", "level"),
        ("message", "message"),
        ("extra", "log_id, exceptions, extra_fields, all other keys"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: ORIGINS,
    framing: || Box::new(Deepset::Unknown(usize::MAX)),
    decoder: |settings: &Settings| Box::new(Decoder::new(settings.max_line)),
};

/// A record may span lines, and a line may have several.
static ORIGIN: Origin =
    Origin { name: "deepset", spans_lines: true, own_lines: true, size_limits: &[] };

/// The members that a filter of the API may name.
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) const MEMBERS: MemberNames = MemberNames {
    plain: &["log_id", "message", "level", "origin", "exceptions"],
    times: &["logged_at"],
    objects: &["extra_fields"],
};

/// The values that the API gives to `origin`, which become the stage.
pub(super) const ORIGINS: &[&str] = &["querypipeline", "indexingpipeline", "haystack", "unknown"];

/// Pages by their keys, records by `log_id` and `logged_at`, CSV by its header.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if let Some(json) = sample.json() {
        let has = |keys: &[String]| {
            ["log_id", "logged_at"].iter().all(|key| keys.iter().any(|k| k == key))
        };
        // A page that is cut off by the sample's end may not show its last keys.
        let is_page = json.has_keys(PAGE) || json.has_keys(["data"]) && has(&json.keys_of_data);
        if is_page {
            return Some("a page of records".into());
        }
        return has(&json.keys).then(|| "records with log_id and logged_at".into());
    }
    let header = fields_of(sample.text, COMMA);
    let has = |key: &str| header.iter().any(|own| own == key);
    let all = ["log_id", "logged_at", "message"].into_iter().all(has);
    all.then(|| "CSV with log_id, logged_at and message".into())
}

/// What separates the fields of CSV.
const COMMA: u8 = b',';

/// How the records are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// Arrays or pages, or objects over several lines.
    Documents,
    /// A record or a page per line.
    Lines,
    /// With a header that names the keys.
    Csv,
}

impl Writing {
    /// Decides from the first line that is not blank, or from [as much of it](WHOLE) as decides whether it is
    /// large; `None`: it may have more.
    fn of(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).trim_ascii_start();
        let head = &text[..text.len().min(WHOLE)];
        let newline = memchr(b'\n', head);
        let line = &head[..newline.unwrap_or(head.len())];
        let is_closed =
            || Items::new(line, State::Top, Reading::Lines, Rest::More).close(0).is_some();
        Some(match text.first() {
            Some(b'[') => Self::Documents,
            Some(b'{') if newline.is_none() && head.len() < WHOLE => return None,
            Some(b'{') if is_closed() => Self::Lines,
            // A large page is read record by record, on however many lines.
            Some(b'{') => Self::Documents,
            _ => Self::Csv,
        })
    }
}

/// Cuts by the way the records are written. The context begins with a letter for it: `D`, `L` or `C`.
enum Deepset {
    /// Nothing was seen of the text yet. The longest record.
    Unknown(usize),
    Documents(Documents),
    Lines,
    Csv(Records),
}

impl Framing for Deepset {
    /// The first text decides how the records are written, and so how all of the entry is cut.
    /// An unfinished line is never a whole record.
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        if let Self::Unknown(max_line) = *self {
            *self = match Writing::of(text)? {
                Writing::Documents => Self::Documents(Documents::new(Reading::Pages)),
                Writing::Lines => Self::Lines,
                Writing::Csv => Self::Csv(Records::new(COMMA, max_line)),
            };
        }
        match self {
            // The text above has decided.
            Self::Unknown(_) => None,
            Self::Documents(documents) => documents.cut(text, is_long),
            Self::Lines => Newlines.cut(text, is_long),
            Self::Csv(records) => records.cut(text, is_long),
        }
    }

    fn begin_long(&mut self, text: &[u8], max_line: usize) -> Long {
        match self {
            Self::Documents(documents) => documents.begin_long(text, max_line),
            _ => Long::Lines,
        }
    }

    fn pass(&mut self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Documents(documents) => documents.pass(text),
            _ => None,
        }
    }

    /// A letter for the way of writing, then the state of documents or the header of CSV.
    fn context(&self) -> Vec<u8> {
        match self {
            Self::Unknown(_) => Vec::new(),
            Self::Documents(documents) => [&b"D"[..], &documents.context()].concat(),
            Self::Lines => b"L".to_vec(),
            Self::Csv(records) => [&b"C"[..], &records.context()].concat(),
        }
    }

    fn limit(&mut self, max_line: usize) {
        if let Self::Unknown(longest) = self {
            *longest = max_line;
        }
    }

    /// Lines and CSV have no state that the missing text could have changed.
    fn skipped(&mut self) {
        if let Self::Documents(documents) = self {
            documents.skipped();
        }
    }
}

/// Where the records of a piece of CSV are.
pub(super) fn records(piece: &Piece, text: &[u8], max_line: usize) -> Option<Vec<Range<usize>>> {
    let header = match piece.context.split_first() {
        Some((b'C', header)) => header,
        None if Writing::of(text) == Some(Writing::Csv) => &[],
        _ => return None,
    };
    Some(ranges((piece, text), (COMMA, header), max_line))
}

/// The parser knows deepset's own keys; `--map` does not apply.
struct Decoder {
    max_line: usize,
    parser: AnyParser,
}

impl Decode for Decoder {
    /// Decodes by the letter of the context. Pages are counted per piece and added up by the table.
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        // What is left out is counted: the pages say how many records there are.
        let wanted = search_of(piece, Some(wanted)).unwrap_or_default();
        // Only documents are cut before a first line ends.
        let is_cut = piece.ending == Ending::More;
        let unfinished = if is_cut { Writing::Documents } else { Writing::Lines };
        let (writing, context) = match piece.context.split_first() {
            Some((b'D', context)) => (Writing::Documents, context),
            Some((b'L', context)) => (Writing::Lines, context),
            // The only other letter.
            Some((_, context)) => (Writing::Csv, context),
            // The first piece of an entry, which begins before its framing has seen any text.
            None => (Writing::of(text).unwrap_or(unfinished), &[][..]),
        };
        let mut pages = Pages::default();
        match writing {
            Writing::Documents => {
                let reading = (Reading::Pages, self.max_line);
                each_item(piece, text, context, reading, &ORIGIN, rows, |item, place, rows| {
                    self.push(item, place, wanted, &mut pages, rows);
                });
            }
            Writing::Lines => {
                each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
                    self.push_line(line, wanted, &mut pages, rows);
                });
            }
            Writing::Csv => self.decode_csv(piece, text, (context, wanted), rows),
        }
        rows.count_pages(&pages);
    }
}

/// Whether a line begins with an object that is no page, as its first key says: then the line is its record,
/// whatever else is on it.
fn begins_record(line: &[u8]) -> bool {
    let Some(key) = line.strip_prefix(b"{\"") else { return false };
    let end = memchr2(b'"', b'\\', key);
    end.is_some_and(|end| key[end] == b'"' && !PAGE.iter().any(|own| own.as_bytes() == &key[..end]))
}

impl Decoder {
    /// A decoder for items and lines of up to so many bytes.
    fn new(max_line: usize) -> Self {
        let keys = [
            ("logged_at", MappedColumn::Timestamp),
            ("level", MappedColumn::Level),
            ("message", MappedColumn::Message),
            ("origin", MappedColumn::Stage),
        ];
        Self { max_line, parser: AnyParser::new(Mapping::of(keys, ORIGINS)) }
    }

    /// Writes the rows of a line: a record, a page, an array, or text among these.
    fn push_line(
        &mut self,
        line: &TextLine<'_, '_>,
        wanted: Wanted<'_>,
        pages: &mut Pages,
        rows: &mut LinesBuilder,
    ) {
        let text = line.text.as_bytes();
        if begins_record(text) {
            let record = Item::Record(text);
            return self.push(record, line.place, wanted, pages, rows);
        }
        let mut items = Items::new(text, State::Top, Reading::Pages, Rest::End);
        // A line may be a page or an array of its own: `curl` in a loop writes one page per line.
        let is_page = match items.next() {
            Some((_, Item::Record(_))) => items.state != State::Top,
            other => other.is_some(),
        };
        // A line of text among records.
        if items.state == State::Text && !text.trim_ascii_start().starts_with(b"{") {
            return super::text::push(line, rows);
        }
        if !is_page {
            let record = Item::Record(text);
            return self.push(record, line.place, wanted, pages, rows);
        }
        let mut items = Items::new(text, State::Top, Reading::Pages, Rest::End);
        while let Some((_, item)) = items.next() {
            self.push(item, line.place, wanted, pages, rows);
        }
        match items.state {
            State::Top => {}
            State::Text => {
                let rest = TextLine {
                    text: &line.text[items.at..],
                    onward: &line.onward[items.at..],
                    ..*line
                };
                super::text::push(&rest, rows);
            }
            _ => {
                let reason = "the line ends within a page or an array".to_owned();
                rows.push_malformed(line.place.line, line.place.offset, None, reason);
            }
        }
    }

    /// Counts an item and writes its row. The counts show whether pages are missing, so the fields that they
    /// come from have no rows; other fields of a page become rows with the field in `extra`.
    fn push(
        &mut self,
        item: Item<'_>,
        place: Place,
        wanted: Wanted<'_>,
        pages: &mut Pages,
        rows: &mut LinesBuilder,
    ) {
        match item {
            Item::Record(record) => {
                pages.records += 1;
                if may_be(wanted, record) {
                    super::ndjson::push(&mut self.parser, record, place, rows);
                }
            }
            Item::PageBegin => pages.pages += 1,
            // Only where objects may hold records otherwise.
            Item::Element(..) | Item::Leading(_) | Item::Trailing(_) => {}
            Item::Field(key, value) => {
                match (&*key_of(key), value) {
                    ("has_more", b"true" | b"false") => {
                        pages.with_more += i64::from(value == b"true");
                        return;
                    }
                    ("total", value) => {
                        let total = std::str::from_utf8(value).ok();
                        if let Some(total) = total.and_then(|total| total.parse().ok()) {
                            // Pages of one log repeat it, and a later one may know of more records.
                            pages.total = pages.total.max(total);
                            return;
                        }
                    }
                    _ => {}
                }
                // With no keys at all in the mapping, everything goes to `extra`.
                let extra = [b"{", key, b":", value, b"}"].concat();
                super::ndjson::push(&mut AnyParser::new(Mapping::of([], &[])), &extra, place, rows);
            }
        }
    }
}
