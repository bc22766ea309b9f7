//! `grep --json`: the messages of ripgrep's JSON format, with the columns of each row in addition.
//!
//! A file with matches gives `begin`, a `match` per row, and `end`; a `summary` comes last. Tools that
//! read ripgrep's output can read this one.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use ripsaw::query::KeyText;
use ripsaw::query::Matcher;
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::text::TextBuffer;
use ripsaw::table::lines_schema;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::hits::{Part, Printer};
use super::replace::replaced;
use super::rows::Rows;

/// Prints `begin`, `match`, `end` and `summary`.
pub(super) struct JsonPrinter<W> {
    pub(super) out: W,
    pub(super) names: Arc<[String]>,
    /// Finds the submatches; `None` if something other than messages was searched.
    pub(super) matcher: Option<Arc<Matcher>>,
    /// `-r`: what is put in place of matches.
    pub(super) replacement: Option<String>,
    /// Writes the columns of a row as a JSON object.
    pub(super) columns: JsonRows,
    /// For the time in the summary.
    pub(super) started: Instant,
    /// `begin` was printed for the current file.
    pub(super) begun: bool,
    /// Rows that matched.
    pub(super) lines: u64,
    /// Submatches in them.
    pub(super) matches: u64,
    /// Files with a match.
    pub(super) files_with: u64,
    /// Files that have ended.
    pub(super) files: u64,
}

impl<W: Write> JsonPrinter<W> {
    /// Prints a message of this type.
    fn print(&mut self, kind: &str, data: Value) -> io::Result<()> {
        writeln!(self.out, "{}", json!({ "type": kind, "data": data }))
    }

    /// The name of an entry as ripgrep writes paths.
    fn path(&self, entry: usize) -> Value {
        json!({ "text": self.names[entry] })
    }

    /// Prints one row; `columns` is its JSON object.
    fn print_match(
        &mut self,
        entry: usize,
        rows: &Rows,
        row: usize,
        columns: &str,
    ) -> io::Result<()> {
        let message = rows.message(row);
        let (matcher, replacement) = (self.matcher.as_deref(), self.replacement.as_deref());
        let found = Submatches { message, matcher, replacement };
        self.lines += 1;
        self.matches += found.iter().count() as u64;
        let data = Match {
            absolute_offset: rows.offset(row),
            line_number: rows.line(row),
            lines: Text { text: &format!("{message}\n") },
            path: Text { text: &self.names[entry] },
            submatches: found,
        };
        self.out.write_all(b"{\"type\":\"match\",\"data\":")?;
        let mut data = serde_json::to_string(&data)?;
        // Without the closing brace: the columns become the last member.
        data.truncate(data.len() - 1);
        // Pasted as text: a `Value` would lose the order of the columns.
        writeln!(self.out, "{data},\"columns\":{columns}}}}}")
    }
}

/// Rows whose columns are held as text at once: limits memory, and still writes batches rather than rows.
pub(super) const AT_ONCE: usize = 64;

/// Writes rows as objects of their columns.
pub(super) struct JsonRows {
    /// Of those columns.
    writer: NdjsonWriter,
    /// By index.
    columns: Vec<usize>,
}

impl JsonRows {
    /// A writer of these columns of the table `lines`, by index; none: all. Those of `keys` come after them.
    pub(super) fn new(columns: &[usize], keys: &[KeyText]) -> Self {
        let all = KeyText::add_fields(&lines_schema(), keys);
        let columns = match columns {
            [] => (0..lines_schema().fields().len()).collect(),
            columns => columns.to_vec(),
        };
        let schema = all.project(&columns).expect("columns of the table");
        let writer = NdjsonWriter::new(&schema).expect("columns that have a text form");
        Self { writer, columns }
    }

    /// The rows that match, as one JSON object each, each on a line.
    pub(super) fn lines(&self, batch: &RecordBatch, hits: &[usize]) -> io::Result<String> {
        // Only the rows between the first and the last hit are filtered: a batch may have many thousand rows,
        // and this is called for every 64 hits.
        let &[first, .., last] = hits else { return self.lines_of(batch, hits) };
        let batch = batch.slice(first, last - first + 1);
        let hits: Vec<usize> = hits.iter().map(|row| row - first).collect();
        self.lines_of(&batch, &hits)
    }

    /// As [`lines`](Self::lines), looking at the whole batch.
    fn lines_of(&self, batch: &RecordBatch, hits: &[usize]) -> io::Result<String> {
        let mut is_hit = vec![false; batch.num_rows()];
        hits.iter().for_each(|&row| is_hit[row] = true);
        let batch = batch.project(&self.columns).map_err(io::Error::other)?;
        let batch = filter_record_batch(&batch, &BooleanArray::from(is_hit));
        let mut text = TextBuffer::default();
        self.writer
            .write_rows(&batch.map_err(io::Error::other)?, &mut text)
            .map_err(io::Error::other)?;
        String::from_utf8(text.into()).map_err(io::Error::other)
    }
}

/// The data of a `match`, with the names that ripgrep uses.
#[derive(Serialize)]
struct Match<'a> {
    /// With `-b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute_offset: Option<u64>,
    /// Physical line in the entry, from 1.
    line_number: i64,
    /// The message with a newline; ripgrep has the raw line here.
    lines: Text<'a>,
    /// The name of the entry.
    path: Text<'a>,
    submatches: Submatches<'a>,
}

/// ripgrep distinguishes `text` from `bytes` (base64); here everything is UTF-8.
#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// The matches in a message, serialized while they are found: there may be millions.
struct Submatches<'a> {
    message: &'a str,
    matcher: Option<&'a Matcher>,
    /// With the references to groups that are put in place of each.
    replacement: Option<&'a str>,
}

/// A match; `start` and `end` are byte offsets in the message.
#[derive(Serialize)]
struct Submatch<'a> {
    end: usize,
    r#match: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<Replaced>,
    start: usize,
}

#[derive(Serialize)]
struct Replaced {
    text: String,
}

impl<'a> Submatch<'a> {
    fn new(found: regex::Match<'a>, replacement: Option<String>) -> Self {
        Self {
            end: found.end(),
            r#match: Text { text: found.as_str() },
            replacement: replacement.map(|text| Replaced { text }),
            start: found.start(),
        }
    }
}

impl<'a> Submatches<'a> {
    fn iter(&self) -> Box<dyn Iterator<Item = Submatch<'a>> + 'a> {
        let (message, replacement) = (self.message, self.replacement);
        let Some(matcher) = self.matcher else { return Box::new(std::iter::empty()) };
        match replacement {
            None => Box::new(matcher.matches(message).map(|found| Submatch::new(found, None))),
            Some(replacement) => Box::new(
                replaced(matcher, message, replacement)
                    .map(|(found, text)| Submatch::new(found, Some(text))),
            ),
        }
    }
}

impl Serialize for Submatches<'_> {
    /// As a JSON array, one match at a time.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<W: Write> Printer for JsonPrinter<W> {
    /// Prints the matches, and `begin` before the first of the file.
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        // A file without matches gets no `begin`.
        if part.hits.is_empty() {
            return Ok(());
        }
        if !self.begun {
            self.print("begin", json!({ "path": self.path(part.entry) }))?;
            self.begun = true;
        }
        for hits in part.hits.chunks(AT_ONCE) {
            let columns = self.columns.lines(rows.batch, hits)?;
            for (&row, columns) in hits.iter().zip(columns.lines()) {
                self.print_match(part.entry, rows, row, columns)?;
            }
        }
        Ok(())
    }

    /// Prints `end`, if the file had a `begin`.
    fn end_file(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        self.files += 1;
        if self.begun {
            self.files_with += 1;
            let stats = json!({ "matched_lines": hits });
            let data = json!({ "path": self.path(entry), "binary_offset": null, "stats": stats });
            self.print("end", data)?;
            self.begun = false;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Prints the summary, also if nothing matched.
    fn finish(&mut self) -> io::Result<()> {
        let elapsed = self.started.elapsed();
        let human = format!("{:.6}s", elapsed.as_secs_f64());
        let data = json!({
            "elapsed_total": {
                "secs": elapsed.as_secs(), "nanos": elapsed.subsec_nanos(), "human": human,
            },
            "stats": {
                "matched_lines": self.lines,
                "matches": self.matches,
                "searches": self.files,
                "searches_with_match": self.files_with,
            },
        });
        self.print("summary", data)
    }
}
