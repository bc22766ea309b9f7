//! ripgrep's JSON messages, with our columns.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use ripsaw::query::Matcher;
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::text::TextBuffer;
use ripsaw::table::lines_schema;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::hits::{Part, Printer};
use super::rows::Rows;

/// Prints `begin`, `match`, `end` and `summary`.
pub(super) struct JsonPrinter<W> {
    pub(super) out: W,
    pub(super) names: Arc<[String]>,
    pub(super) matcher: Option<Arc<Matcher>>,
    /// What is printed in place of matches.
    pub(super) replacement: Option<String>,
    pub(super) columns: JsonRows,
    pub(super) started: Instant,
    pub(super) begun: bool,
    /// Rows that match, matches in them, entries with one, entries.
    pub(super) lines: u64,
    pub(super) matches: u64,
    pub(super) entries_with: u64,
    pub(super) entries: u64,
}

impl<W: Write> JsonPrinter<W> {
    fn print(&mut self, kind: &str, data: Value) -> io::Result<()> {
        writeln!(self.out, "{}", json!({ "type": kind, "data": data }))
    }

    fn path(&self, entry: usize) -> Value {
        json!({ "text": self.names[entry] })
    }

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
        data.truncate(data.len() - 1);
        // As they are: a Value would lose the order of the columns.
        writeln!(self.out, "{data},\"columns\":{columns}}}}}")
    }
}

/// Rows of which the columns are held as text at once.
pub(super) const AT_ONCE: usize = 64;

/// Writes rows as objects of their columns.
pub(super) struct JsonRows {
    writer: NdjsonWriter,
    /// Columns of the table `lines`, by index; none: all.
    columns: Vec<usize>,
}

impl JsonRows {
    pub(super) fn new(columns: &[usize]) -> Self {
        let all = lines_schema();
        let some = all.project(columns).expect("columns of the table");
        let schema = if columns.is_empty() { &*all } else { &some };
        let writer = NdjsonWriter::new(schema).expect("columns that have a text form");
        Self { writer, columns: columns.to_vec() }
    }

    /// The rows that match, a line each.
    pub(super) fn lines(&self, batch: &RecordBatch, hits: &[usize]) -> io::Result<String> {
        let &[first, .., last] = hits else { return self.lines_of(batch, hits) };
        let batch = batch.slice(first, last - first + 1);
        let hits: Vec<usize> = hits.iter().map(|row| row - first).collect();
        self.lines_of(&batch, &hits)
    }

    fn lines_of(&self, batch: &RecordBatch, hits: &[usize]) -> io::Result<String> {
        let mut is_hit = vec![false; batch.num_rows()];
        hits.iter().for_each(|&row| is_hit[row] = true);
        let batch = match self.columns.is_empty() {
            true => batch.clone(),
            false => batch.project(&self.columns).map_err(io::Error::other)?,
        };
        let batch = filter_record_batch(&batch, &BooleanArray::from(is_hit));
        let mut text = TextBuffer::default();
        self.writer
            .write_rows(&batch.map_err(io::Error::other)?, &mut text)
            .map_err(io::Error::other)?;
        String::from_utf8(text.into()).map_err(io::Error::other)
    }
}

#[derive(Serialize)]
struct Match<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute_offset: Option<u64>,
    line_number: i64,
    lines: Text<'a>,
    path: Text<'a>,
    submatches: Submatches<'a>,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// The matches in a message, written as they are found: there may be millions.
struct Submatches<'a> {
    message: &'a str,
    matcher: Option<&'a Matcher>,
    /// With the references to groups that are put in place of each.
    replacement: Option<&'a str>,
}

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
            Some(replacement) => Box::new(matcher.captures(message).map(|captures| {
                let mut text = String::new();
                captures.expand(replacement, &mut text);
                Submatch::new(captures.get_match(), Some(text))
            })),
        }
    }
}

impl Serialize for Submatches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<W: Write> Printer for JsonPrinter<W> {
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
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

    fn end_entry(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        self.entries += 1;
        if self.begun {
            self.entries_with += 1;
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
                "searches": self.entries,
                "searches_with_match": self.entries_with,
            },
        });
        self.print("summary", data)
    }
}
