//! A text as a file of each format: the rows of its pieces, cut where the format lets it be cut, are
//! those of the whole, and in formats of lines the oracle's.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ripsaw::format::{Decoder, Settings};
use ripsaw::source::{Ending, Feed, FormatId, MapPolicy, Piece, Portion};
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi, expand, lines_schema};
use serde_json::Value;

use crate::read::Input;
use ripsaw_testkit::cells::Cells;
use ripsaw_testkit::formats as oracle;

thread_local! {
    static CHECK: RefCell<Check> = RefCell::new(Check::new());
}

/// The first byte is the format, the second how much is read at a time.
///
/// # Panics
/// Where they differ.
pub fn run(bytes: &[u8]) {
    if let [format, step, text @ ..] = bytes {
        let formats: Vec<FormatId> = FormatId::all().collect();
        let format = formats[usize::from(*format) % formats.len()];
        CHECK.with_borrow_mut(|check| check.run(format, 1 + usize::from(*step), text));
    }
}

const MAX_LINE: usize = 64 << 20;

struct Check {
    /// A whole entry; any text will do for it.
    piece: Piece,
    dictionaries: Dictionaries,
    decoder: Decoder,
    rows: LinesBuilder,
}

impl Check {
    fn new() -> Self {
        let input = Input::new("file.log", b"{}\n");
        let catalog = input.open(MapPolicy::Auto).expect("a file can be opened");
        let mut feed = Feed::new(Arc::clone(&catalog), Arc::default(), 0..1);
        let mut portion = Portion::new();
        feed.fill(&mut portion);
        Self {
            piece: portion.pieces()[0].clone(),
            dictionaries: Dictionaries::new(&catalog),
            decoder: Decoder::new(Settings { max_line: MAX_LINE, ..Settings::default() }),
            rows: LinesBuilder::new(MessageAnsi::Strip, false),
        }
    }

    fn run(&mut self, format: FormatId, step: usize, text: &[u8]) {
        let whole = self.decode(format, text, text.len() + 1);
        let name = format.format().name;
        // What kind of export a file is, or an API's answer in its place, is told by its beginning,
        // which is longer than these texts and never cut.
        let is_answer = |value: Value| value.get("error").is_some();
        let is_told =
            matches!(name, "deepset" | "csv") || serde_json::from_slice(text).is_ok_and(is_answer);
        if !is_told {
            let pieces = self.decode(format, text, step);
            // Broken documents are left out: whether a text is one, and where it continues, the library decides by more
            // text than there is here.
            let has_errors = |rows: &RecordBatch| {
                rows.column_by_name("parse_error").expect("a column").null_count() < rows.num_rows()
            };
            let is_broken = name == "json" && (has_errors(&whole) || has_errors(&pieces));
            assert!(
                is_broken || pieces == whole,
                "{name}: {:#?}\nin pieces: {:#?}",
                shown(&whole),
                shown(&pieces)
            );
        }
        // Of stamped text the oracle knows the layouts that loggers write alone; steps come from a look at the file, and
        // years from its stored time.
        let is_other = matches!(name, "json" | "deepset" | "stamped" | "csv" | "klog");
        // Nor does it know those that are data.
        let is_other = is_other || !oracle::FORMATS.contains(&name);
        if is_other || oracle::has_any_level(name) || oracle::has_steps(name) {
            return;
        }
        let mut expected = oracle::rows(name, text, MAX_LINE);
        let cells = Cells::new(&whole);
        let lines = whole.column_by_name("line").expect("a column").as_primitive::<Int64Type>();
        let lines = lines.values();
        let mut read: Vec<usize> = (0..cells.rows).collect();
        // How a broken line of several records is divided is the library's to decide.
        if name == "ndjson" {
            let of_oracle: Vec<i64> = expected.iter().map(|row| row.line).collect();
            let texts: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
            let is_sure = |line: i64| {
                let count = |all: &[i64]| all.iter().filter(|&&other| other == line).count();
                let text = texts.get(line as usize - 1).copied().unwrap_or_default();
                count(lines).max(count(&of_oracle)) < 2
                    || serde_json::from_slice::<Value>(text).is_ok()
            };
            read.retain(|&at| is_sure(lines[at]));
            expected.retain(|row| is_sure(row.line));
        }
        for (&at, mut row) in read.iter().zip(expected.iter().cloned()) {
            row.file = "file.log".to_owned();
            assert_eq!(cells.difference(at, &row), None, "{name}, line {}", row.line);
        }
        assert_eq!(read.len(), expected.len(), "{name}");
    }

    /// The rows of the text when `step` bytes are read at a time.
    fn decode(&mut self, format: FormatId, text: &[u8], step: usize) -> RecordBatch {
        let mut framing = format.framing();
        let (mut start, mut end, mut first_line) = (0, 0, 1);
        while end < text.len() || end == 0 {
            end = text.len().min(end + step);
            let context = framing.context();
            let part = &text[start..end];
            let marked = part.strip_prefix(b"\xef\xbb\xbf").filter(|_| start == 0);
            let seen = marked.unwrap_or(part);
            let cut = if end == text.len() { None } else { framing.cut(seen, false) };
            let cut = cut.map(|cut| part.len() - seen.len() + cut);
            let ending = match cut {
                _ if end == text.len() => Ending::Whole,
                Some(_) => Ending::More,
                None => continue,
            };
            let part = &text[start..cut.map_or(end, |cut| start + cut)];
            let piece = &mut self.piece;
            (piece.first_line, piece.offset) = (first_line, start as u64);
            (piece.ending, piece.format, piece.context) = (ending, format, context);
            self.decoder.decode(piece, part, &mut self.rows);
            start += part.len();
            first_line += part.iter().filter(|&&byte| byte == b'\n').count() as i64;
            if text.is_empty() {
                break;
            }
        }
        let batch = self.rows.finish(&self.dictionaries).batch;
        expand(&batch, &lines_schema()).expect("the columns of the table")
    }
}

/// What tells most of rows.
fn shown(batch: &RecordBatch) -> Vec<String> {
    let columns = ["line", "level_text", "message", "args", "extra", "parse_error"];
    let columns = columns.map(|name| {
        let column = batch.column_by_name(name).expect("a column");
        ArrayFormatter::try_new(column, &FormatOptions::new()).expect("it can be shown")
    });
    let row = |at| columns.iter().map(|column| column.value(at).to_string()).collect::<Vec<_>>();
    (0..batch.num_rows()).map(|at| row(at).join(" | ")).collect()
}
