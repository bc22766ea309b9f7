//! Rows as lines of text.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use ripsaw::query::Matcher;

use super::super::terminal::{printable, push_shown, shown};
use super::hits::{Part, Printer};
use super::rows::Rows;

const NAME: Style = AnsiColor::Magenta.on_default();
const NUMBER: Style = AnsiColor::Green.on_default();
const MATCH: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();

/// How a row is written.
pub(super) struct Form {
    pub(super) names: Arc<[String]>,
    pub(super) matcher: Option<Arc<Matcher>>,
    pub(super) colour: bool,
    /// The name of the entry stands before each line.
    pub(super) with_name: bool,
    pub(super) with_number: bool,
    pub(super) nul: bool,
    pub(super) only_matching: bool,
    /// Columns of the table, with tabs between them; none: the message.
    pub(super) columns: Vec<usize>,
    pub(super) pretty: bool,
    /// Control characters are shown: a terminal would obey them.
    pub(super) on_terminal: bool,
}

impl Form {
    /// Appends a row as text with its newline. `mark` stands behind the name and the number: `:` for
    /// a match, `-` for a line beside one.
    pub(super) fn write(
        &self,
        entry: usize,
        rows: &Rows,
        row: usize,
        mark: char,
        out: &mut Vec<u8>,
    ) {
        if rows.raw(row).is_some_and(<[u8]>::is_empty) {
            // It shares its line with the row before, or has none.
            return;
        }
        let message = rows.message(row);
        if self.only_matching && mark == ':' {
            for found in self.matcher.iter().flat_map(|matcher| matcher.matches(message)) {
                if !found.is_empty() {
                    self.begin(entry, rows, row, mark, out);
                    self.push_styled(MATCH, &self.one_line(found.as_str()), out);
                    out.push(b'\n');
                }
            }
            return;
        }
        if self.pretty && rows.raw(row).is_none() {
            return self.write_pretty(rows, row, mark, out);
        }
        self.begin(entry, rows, row, mark, out);
        if let Some(raw) = rows.raw(row) {
            if self.on_terminal {
                push_shown(raw, out);
            } else {
                out.extend_from_slice(raw);
            }
        } else if self.columns.is_empty() {
            self.push_message(message, mark, |part| self.one_line(part), out);
        }
        for (number, &column) in self.columns.iter().enumerate() {
            if number > 0 {
                out.push(b'\t');
            }
            if let Some(cell) = rows.cell(column, row) {
                let cell = if self.columns.len() > 1 { one_cell(&cell) } else { one_line(&cell) };
                push(&if self.on_terminal { shown(&cell) } else { cell }, out);
            }
        }
        out.push(b'\n');
    }

    fn begin(&self, entry: usize, rows: &Rows, row: usize, mark: char, out: &mut Vec<u8>) {
        if self.with_name {
            self.push_styled(NAME, &self.names[entry], out);
            out.push(if self.nul { b'\0' } else { mark as u8 });
        }
        if self.with_number {
            self.push_styled(NUMBER, &rows.line(row).to_string(), out);
            out.push(mark as u8);
        }
    }

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

    fn push_styled(&self, style: Style, text: &str, out: &mut Vec<u8>) {
        if self.colour {
            let _ = write!(out, "{style}{text}{style:#}");
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// A message, its matches marked, each part of it as `show` has it.
    fn push_message<'m>(
        &self,
        message: &'m str,
        mark: char,
        show: impl Fn(&'m str) -> Cow<'m, str>,
        out: &mut Vec<u8>,
    ) {
        let mut at = 0;
        if let (Some(matcher), true, ':') = (&self.matcher, self.colour, mark) {
            for found in matcher.matches(message).filter(|found| !found.is_empty()) {
                push(&show(&message[at..found.start()]), out);
                self.push_styled(MATCH, &show(found.as_str()), out);
                at = found.end();
            }
        }
        push(&show(&message[at..]), out);
    }

    /// As people read it: number, time in UTC, level, message, further lines of the message indented.
    fn write_pretty(&self, rows: &Rows, row: usize, mark: char, out: &mut Vec<u8>) {
        let time = rows.text("timestamp", row).unwrap_or_default();
        let time = time.get(11..23).or(time.get(11..19)).unwrap_or_default().trim_end_matches('Z');
        let zone = if time.is_empty() { "" } else { "Z" };
        let level = rows.text("level", row).unwrap_or_default();
        let number = format!("{:>6}{mark} ", rows.line(row));
        self.push_styled(NUMBER, &number, out);
        self.push_styled(DIM, &format!("{:<13}", [time, zone].concat()), out);
        let style = match &*level {
            "ERROR" | "FATAL" => AnsiColor::Red.on_default().bold(),
            "WARN" => AnsiColor::Yellow.on_default(),
            _ => Style::new(),
        };
        out.push(b' ');
        self.push_styled(style, &format!("{level:<5}"), out);
        out.push(b' ');
        let mut text = Vec::new();
        self.push_message(rows.message(row), mark, shown, &mut text);
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if number > 0 {
                push(&format!("\n{:28}", ""), out);
            }
            out.extend_from_slice(line);
        }
        out.push(b'\n');
    }

    /// The heading of an entry.
    fn heading(&self, entry: usize, rows: &Rows, row: usize) -> Vec<u8> {
        let parts = ["stage", "step_group", "step", "unit"].map(|name| rows.text(name, row));
        let parts: Vec<String> =
            parts.into_iter().flatten().map(|part| printable(&part).into_owned()).collect();
        let name = printable(&self.names[entry]).into_owned();
        let mut text = Vec::new();
        if parts.is_empty() {
            self.push_styled(HEADING, &name, &mut text);
        } else {
            self.push_styled(HEADING, &parts.join(" / "), &mut text);
            self.push_styled(DIM, &format!("  {name}"), &mut text);
        }
        text.push(b'\n');
        text
    }
}

fn push(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.as_bytes());
}

/// Text as one of several cells of a line: a newline as `\n`, a tab as `\t`, a backslash as `\\`.
fn one_cell(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\t', '\\']) {
        return text.into();
    }
    text.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t").into()
}

/// Text on one line: a newline as `\n`.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { text.replace('\n', "\\n").into() } else { text.into() }
}

/// Prints rows that match, and those beside them.
pub(super) struct LinePrinter<W> {
    pub(super) out: W,
    pub(super) form: Form,
    pub(super) before: usize,
    pub(super) after: usize,
    state: State,
    text: Vec<u8>,
}

/// Where the printing of an entry stands.
#[derive(Default)]
struct State {
    /// Rows of the entry that were seen.
    seen: u64,
    /// The last of them that was printed, counted from 1.
    printed: u64,
    /// Rows that are still to be printed behind a match.
    after: usize,
    /// The last rows that were not printed.
    waiting: VecDeque<Vec<u8>>,
    headed: bool,
    /// Something was printed of any entry.
    any: bool,
}

impl<W: Write> LinePrinter<W> {
    pub(super) fn new(out: W, form: Form, before: usize, after: usize) -> Self {
        Self { out, form, before, after, state: State::default(), text: Vec::new() }
    }

    fn has_context(&self) -> bool {
        self.before > 0 || self.after > 0
    }

    fn head(&mut self, entry: usize, rows: &Rows, row: usize) {
        if self.form.pretty && !self.state.headed {
            if self.state.any {
                self.text.push(b'\n');
            }
            let heading = self.form.heading(entry, rows, row);
            self.text.extend_from_slice(&heading);
        } else if self.has_context()
            && self.state.any
            && self.state.seen - self.state.waiting.len() as u64 != self.state.printed
        {
            self.text.extend_from_slice(b"--\n");
        }
        self.state.headed = true;
        self.state.any = true;
    }

    /// One row in the order of the entry, where rows beside matches are printed too.
    fn step(&mut self, entry: usize, rows: &Rows, row: usize, is_hit: bool, done: bool) {
        if is_hit {
            self.head(entry, rows, row);
            for line in self.state.waiting.drain(..) {
                self.text.extend_from_slice(&line);
            }
            self.form.write(entry, rows, row, ':', &mut self.text);
            self.state.after = self.after;
        } else if self.state.after > 0 {
            self.form.write(entry, rows, row, '-', &mut self.text);
            self.state.after -= 1;
        } else {
            if self.before > 0 && !done {
                if self.state.waiting.len() == self.before {
                    self.state.waiting.pop_front();
                }
                let mut line = Vec::new();
                self.form.write(entry, rows, row, '-', &mut line);
                self.state.waiting.push_back(line);
            }
            self.state.seen += 1;
            return;
        }
        self.state.seen += 1;
        self.state.printed = self.state.seen;
    }
}

impl<W: Write> LinePrinter<W> {
    /// Writes out the text if it is longer than this.
    fn write_out(&mut self, limit: usize) -> io::Result<()> {
        if self.text.len() > limit {
            self.out.write_all(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }
}

impl<W: Write> Printer for LinePrinter<W> {
    fn rows(&mut self, part: &Part, rows: &Rows, done: bool) -> io::Result<()> {
        let mut hits = part.hits.iter().copied().peekable();
        if self.has_context() {
            for row in part.rows.clone() {
                let is_hit = hits.next_if_eq(&row).is_some();
                let done = done && hits.peek().is_none();
                self.step(part.entry, rows, row, is_hit, done);
                self.write_out(1 << 16)?;
            }
        } else {
            for row in hits {
                self.head(part.entry, rows, row);
                self.form.write(part.entry, rows, row, ':', &mut self.text);
                self.write_out(1 << 16)?;
            }
        }
        self.write_out(0)
    }

    fn end_entry(&mut self, _: usize, _: u64) -> io::Result<()> {
        let any = self.state.any;
        // A gap lies before whatever comes next.
        self.state = State { any, seen: 1, ..State::default() };
        Ok(())
    }

    fn wants_more(&self) -> bool {
        self.state.after > 0
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
