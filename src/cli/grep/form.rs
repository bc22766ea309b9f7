//! A row as text.
//!
//! A [`Form`] says what precedes the text of a row, and which text: matches (`-o`), the raw line,
//! columns, or the message. A [`Line`] is what is being written: it colours, replaces and cuts.

use std::borrow::Cow;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use memchr::{memchr, memchr3};
use ripsaw::query::Matcher;

use super::super::terminal::{push_shown, shown};
use super::cut::Cut;
use super::replace::replaced;
use super::rows::Rows;

/// Names of entries. The first three colours are those of grep and ripgrep.
const NAME: Style = AnsiColor::Magenta.on_default();
/// Line numbers and offsets.
const NUMBER: Style = AnsiColor::Green.on_default();
/// The text that matches.
const MATCH: Style = AnsiColor::Red.on_default().bold();
/// Times.
const DIM: Style = Style::new().dimmed();

/// How a row is written.
pub(super) struct Form {
    /// Names of the entries by index in the catalog; already escaped if on a terminal.
    pub(super) names: Arc<[String]>,
    /// Finds what is marked in messages; `None` if other columns were searched, or nothing.
    pub(super) matcher: Option<Arc<Matcher>>,
    /// What is printed in place of matches, with references to groups.
    pub(super) replacement: Option<String>,
    /// Use styles.
    pub(super) colour: bool,
    /// Entries, by index, whose lines have neither time nor level: below their headings, these are left out.
    pub(super) is_timeless: Arc<[bool]>,
    /// Print the name of the entry before each line.
    pub(super) with_name: bool,
    /// Print the line number before each line.
    pub(super) with_number: bool,
    /// Print the byte offset before each line.
    pub(super) with_offset: bool,
    /// Follows the number in place of `:` and `-`.
    pub(super) delimiter: Option<char>,
    /// NUL after the name: a colon may be part of it.
    pub(super) nul: bool,
    /// Print each match on a line of its own, without the text around it.
    pub(super) only_matching: bool,
    /// Print these columns, by index, separated by tabs; empty: the message.
    pub(super) columns: Vec<usize>,
    pub(super) shape: Shape,
    /// Columns of the screen after which lines are cut.
    pub(super) max_columns: Option<usize>,
    /// Escape control characters, which a terminal would obey.
    pub(super) on_terminal: bool,
}

/// How the parts of a row are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// On one line, for programs: name, number, columns or message.
    Line,
    /// For people: time and level before the message, further lines of the message indented.
    Time(Clock),
}

/// What precedes a message that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// The times are of a day that a heading names, not each in UTC.
    pub(super) has_day: bool,
    /// Columns of the name of the entry, which precedes the message; 0: no name.
    pub(super) name_width: usize,
    /// Matches and the lines beside them are distinguished by a mark after the time.
    pub(super) is_marked: bool,
}

impl Form {
    /// Appends a row with its newline; with `-o` several lines, or none. `mark` follows the name and the
    /// number: `:` for a match, `-` for context.
    pub(super) fn write(
        &self,
        entry: usize,
        rows: &Rows,
        row: usize,
        mark: char,
        out: &mut Vec<u8>,
    ) {
        // Several rows of one line, such as elements of a JSON array: the raw line is printed once. The row
        // that ends a damaged entry has no line at all.
        if rows.raw(row).is_some_and(<[u8]>::is_empty) {
            return;
        }
        if self.only_matching && mark == ':' {
            for (_, text) in self.matches(rows.message(row)) {
                self.begin(entry, rows, row, mark, out);
                let mut line = Line::new(self, out);
                line.push_match(&self.one_line(&text));
                line.end();
            }
            return;
        }
        if let Shape::Time(clock) = self.shape {
            return self.write_after_time(entry, rows, row, mark, clock, out);
        }
        self.begin(entry, rows, row, mark, out);
        let mut line = Line::new(self, out);
        if let Some(raw) = rows.raw(row) {
            line.push_raw(raw);
        } else if self.columns.is_empty() {
            line.push_message(rows.message(row), mark, |part| self.one_line(part));
        }
        for (number, &column) in self.columns.iter().enumerate() {
            if number > 0 {
                line.push("\t");
            }
            if let Some(cell) = rows.cell(column, row) {
                // One column needs no separator, so backslashes and tabs stay.
                let cell = if self.columns.len() > 1 { one_cell(&cell) } else { one_line(&cell) };
                line.push(&if self.on_terminal { shown(&cell) } else { cell });
            }
        }
        line.end();
    }

    /// Appends name, number and offset, if they are wanted, each followed by its mark.
    fn begin(&self, entry: usize, rows: &Rows, row: usize, mark: char, out: &mut Vec<u8>) {
        let mark = self.delimiter.unwrap_or(mark) as u8;
        if self.with_name {
            push_styled(self.colour, NAME, &self.names[entry], out);
            out.push(if self.nul { b'\0' } else { mark });
        }
        if self.with_number {
            push_styled(self.colour, NUMBER, &rows.line(row).to_string(), out);
            out.push(mark);
        }
        if let Some(offset) = rows.offset(row).filter(|_| self.with_offset) {
            push_styled(self.colour, NUMBER, &offset.to_string(), out);
            out.push(mark);
        }
    }

    /// Text on one line, escaped for a terminal.
    fn one_line<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let line = one_line(text);
        if !self.on_terminal {
            return line;
        }
        match line {
            Cow::Borrowed(line) => shown(line),
            Cow::Owned(line) => shown(&line).into_owned().into(),
        }
    }

    /// Where a message matches, and what is printed of each match. Empty ones count only if something
    /// is put in their place.
    fn matches<'m>(
        &'m self,
        message: &'m str,
    ) -> Box<dyn Iterator<Item = (Range<usize>, Cow<'m, str>)> + 'm> {
        let Some(matcher) = &self.matcher else { return Box::new(std::iter::empty()) };
        match &self.replacement {
            Some(replacement) => Box::new(
                replaced(matcher, message, replacement)
                    .map(|(found, text)| (found.range(), text.into())),
            ),
            None => {
                let found = matcher.matches(message).filter(|found| !found.is_empty());
                Box::new(found.map(|found| (found.range(), found.as_str().into())))
            }
        }
    }

    /// As people read it: number, time in UTC, level, name, message.
    fn write_after_time(
        &self,
        entry: usize,
        rows: &Rows,
        row: usize,
        mark: char,
        clock: Clock,
        out: &mut Vec<u8>,
    ) {
        let mut indent = 0;
        if self.with_number {
            let number = format!("{:>6}{mark} ", rows.line(row));
            indent += number.len();
            push_styled(self.colour, NUMBER, &number, out);
        }
        if let Some(offset) = rows.offset(row).filter(|_| self.with_offset) {
            let offset = format!("{offset:>8}{mark} ");
            indent += offset.len();
            push_styled(self.colour, NUMBER, &offset, out);
        }
        if clock.has_day || !self.is_timeless[entry] {
            let time = clock.time(rows, row, mark);
            let level = rows.text("level", row).unwrap_or_default();
            indent += time.len() + 7;
            push_styled(self.colour, DIM, &time, out);
            out.push(b' ');
            push_styled(self.colour, style_of(&level), &format!("{level:<5}"), out);
            out.push(b' ');
        }
        if clock.name_width > 0 {
            push_styled(self.colour, NAME, &self.names[entry], out);
            out.extend_from_slice(b"  ");
            indent += clock.name_width + 2;
        }
        let mut line = Line { indent: Some(indent), ..Line::new(self, out) };
        line.push_message(rows.message(row), mark, shown);
        line.end();
    }
}

impl Clock {
    /// The time of day to milliseconds.
    fn time(self, rows: &Rows, row: usize, mark: char) -> String {
        let time = rows.text("timestamp", row).unwrap_or_default();
        // The part after the date of `2024-05-01T10:15:00.123Z`: with milliseconds, or all of it if it is
        // shorter.
        let time = time.get(11..23).or(time.get(11..)).unwrap_or_default().trim_end_matches('Z');
        match self {
            _ if !self.has_day && time.is_empty() => format!("{:13}", ""),
            _ if !self.has_day => format!("{:<13}", format!("{time}Z")),
            _ if self.is_marked => format!("{:<13}", format!("{time}{mark}")),
            _ => format!("{time:<12}"),
        }
    }
}

/// `level` is normalized, so these names are the only ones.
fn style_of(level: &str) -> Style {
    match level {
        "ERROR" | "FATAL" => AnsiColor::Red.on_default().bold(),
        "WARN" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}

/// A line that is being written, cut and coloured.
struct Line<'f> {
    form: &'f Form,
    cut: Cut,
    /// Further lines of the text begin with as many blanks; `None`: there are none.
    indent: Option<usize>,
    out: &'f mut Vec<u8>,
}

impl<'f> Line<'f> {
    fn new(form: &'f Form, out: &'f mut Vec<u8>) -> Self {
        Self { form, cut: Cut::new(form.max_columns), indent: None, out }
    }

    /// Appends a message with its matches marked or replaced. `show` escapes the parts: escaping the message
    /// as a whole would move the offsets of the matches.
    fn push_message(
        &mut self,
        message: &str,
        mark: char,
        show: impl for<'t> Fn(&'t str) -> Cow<'t, str>,
    ) {
        let form = self.form;
        let mut at = 0;
        // Only in rows that matched: in context lines there is nothing to mark.
        let is_marked = form.colour || form.replacement.is_some() || self.cut.is_limited();
        if is_marked && mark == ':' {
            for (found, text) in form.matches(message) {
                self.push(&show(&message[at..found.start]));
                self.push_match(&show(&text));
                at = found.end;
            }
        }
        self.push(&show(&message[at..]));
    }

    /// Appends text that has been escaped.
    fn push(&mut self, text: &str) {
        self.push_lines(text, |line, text| {
            let text = line.cut.fit(text);
            line.out.extend_from_slice(text.as_bytes());
        });
    }

    /// As [`push`](Self::push), of a match.
    fn push_match(&mut self, text: &str) {
        self.push_lines(text, |line, text| {
            let text = line.cut.fit_match(text);
            if !text.is_empty() {
                push_styled(line.form.colour, MATCH, text, line.out);
            }
        });
    }

    /// Passes each line of a text to `push`, further ones after the indentation.
    fn push_lines(&mut self, text: &str, push: impl Fn(&mut Self, &str)) {
        let Some(indent) = self.indent else { return push(self, text) };
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                self.cut.end_line(self.out);
                let _ = write!(self.out, "\n{:indent$}", "");
            }
            push(self, part);
        }
    }

    /// A line of a log, which need not be UTF-8.
    fn push_raw(&mut self, raw: &[u8]) {
        if !self.cut.is_limited() {
            match self.form.on_terminal {
                true => push_shown(raw, self.out),
                false => self.out.extend_from_slice(raw),
            }
            return;
        }
        for chunk in raw.utf8_chunks() {
            if self.form.on_terminal {
                self.push(&shown(chunk.valid()));
                let mut escaped = Vec::new();
                push_shown(chunk.invalid(), &mut escaped);
                self.out.extend_from_slice(self.cut.fit_bytes(&escaped));
            } else {
                self.push(chunk.valid());
                self.out.extend_from_slice(self.cut.fit_bytes(chunk.invalid()));
            }
        }
    }

    /// Ends the row.
    fn end(mut self) {
        self.cut.end_line(self.out);
        self.out.push(b'\n');
    }
}

/// Appends text in a style, if colours are on. `text` must have been escaped.
fn push_styled(colour: bool, style: Style, text: &str, out: &mut Vec<u8>) {
    if colour {
        let _ = write!(out, "{style}{text}{style:#}");
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Text as one of several cells of a line: a newline as `\n`, a tab as `\t`, a backslash as `\\`.
pub(super) fn one_cell(text: &str) -> Cow<'_, str> {
    if memchr3(b'\n', b'\t', b'\\', text.as_bytes()).is_none() {
        return text.into();
    }
    text.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t").into()
}

/// Text on one line: a newline as `\n`.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    match memchr(b'\n', text.as_bytes()) {
        Some(_) => text.replace('\n', "\\n").into(),
        None => text.into(),
    }
}
