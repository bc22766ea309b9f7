//! Rows as lines of text, as `grep` prints them.
//!
//! [`Form`] writes one row; it is also used by `sorted`. [`LinePrinter`] decides which rows are printed:
//! matches, the context around them, `--` between groups, and headings on a terminal.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use ripsaw::query::Matcher;

use super::super::terminal::{printable, push_shown, shown};
use super::hits::{Part, Printer};
use super::rows::Rows;

/// Names of entries. The first three colours are those of grep and ripgrep.
const NAME: Style = AnsiColor::Magenta.on_default();
/// Line numbers.
const NUMBER: Style = AnsiColor::Green.on_default();
/// The text that matches.
const MATCH: Style = AnsiColor::Red.on_default().bold();
/// Times, and names next to a heading.
const DIM: Style = Style::new().dimmed();
/// Headings of entries.
const HEADING: Style = Style::new().bold();

/// How a row is written. The forms, in order of precedence: only the matches (`-o`), pretty (with headings),
/// raw lines, columns, messages.
pub(super) struct Form {
    /// Names of the entries by index in the catalog; already escaped if on a terminal.
    pub(super) names: Arc<[String]>,
    /// Marks matches in messages; `None` if other columns were searched, or nothing.
    pub(super) matcher: Option<Arc<Matcher>>,
    /// Use styles.
    pub(super) colour: bool,
    /// Print the name of the entry before each line.
    pub(super) with_name: bool,
    /// Print the line number before each line.
    pub(super) with_number: bool,
    /// NUL after the name: a colon may be part of it.
    pub(super) nul: bool,
    /// Print each match on a line of its own, without the text around it.
    pub(super) only_matching: bool,
    /// Print these columns, by index, separated by tabs; empty: the message.
    pub(super) columns: Vec<usize>,
    /// Print headings, and time and level in fixed columns.
    pub(super) pretty: bool,
    /// Escape control characters, which a terminal would obey.
    pub(super) on_terminal: bool,
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
        let message = rows.message(row);
        if self.only_matching && mark == ':' {
            for found in self.matcher.iter().flat_map(|matcher| matcher.matches(message)) {
                // A pattern such as `x*` matches the empty text everywhere.
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
                // With one column nothing needs to be told apart, so backslashes and tabs stay as they are.
                let cell = if self.columns.len() > 1 { one_cell(&cell) } else { one_line(&cell) };
                push(&if self.on_terminal { shown(&cell) } else { cell }, out);
            }
        }
        out.push(b'\n');
    }

    /// Appends the name and the number, if they are wanted, each followed by its mark.
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

    /// Text on one line, escaped for a terminal.
    fn one_line<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let line = one_line(text);
        if !self.on_terminal {
            return line;
        }
        match line {
            Cow::Borrowed(line) => shown(line),
            // `shown` borrows from `line`, which does not outlive this arm.
            Cow::Owned(line) => shown(&line).into_owned().into(),
        }
    }

    /// Appends text in a style, if colours are on. `text` must have been escaped.
    fn push_styled(&self, style: Style, text: &str, out: &mut Vec<u8>) {
        if self.colour {
            let _ = write!(out, "{style}{text}{style:#}");
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// Appends a message with its matches marked. `show` escapes the parts: escaping the message as a whole
    /// would move the offsets of the matches.
    fn push_message<'m>(
        &self,
        message: &'m str,
        mark: char,
        show: impl Fn(&'m str) -> Cow<'m, str>,
        out: &mut Vec<u8>,
    ) {
        let mut at = 0;
        // Only on rows that matched: in context lines there is nothing to mark.
        if let (Some(matcher), true, ':') = (&self.matcher, self.colour, mark) {
            for found in matcher.matches(message).filter(|found| !found.is_empty()) {
                push(&show(&message[at..found.start()]), out);
                self.push_styled(MATCH, &show(found.as_str()), out);
                at = found.end();
            }
        }
        push(&show(&message[at..]), out);
    }

    /// Appends a row for people: number, time in UTC, level, message; further lines of the message are
    /// indented.
    fn write_pretty(&self, rows: &Rows, row: usize, mark: char, out: &mut Vec<u8>) {
        let time = rows.text("timestamp", row).unwrap_or_default();
        // The part after the date of `2024-05-01T10:15:00.123Z`: with milliseconds, or without if it is
        // shorter.
        let time = time.get(11..23).or(time.get(11..19)).unwrap_or_default().trim_end_matches('Z');
        let zone = if time.is_empty() { "" } else { "Z" };
        let level = rows.text("level", row).unwrap_or_default();
        let number = format!("{:>6}{mark} ", rows.line(row));
        self.push_styled(NUMBER, &number, out);
        self.push_styled(DIM, &format!("{:<13}", [time, zone].concat()), out);
        // `level` is normalized, so these names are the only ones.
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
                // 28 = number 6 + mark 1 + space 1, time 13, space 1, level 5, space 1.
                push(&format!("\n{:28}", ""), out);
            }
            out.extend_from_slice(line);
        }
        out.push(b'\n');
    }

    /// The heading of an entry: stage, groups, step and unit with the name after them, or the name alone.
    /// Taken from a row, because rows may name their stage.
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

/// Appends text as it is.
fn push(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.as_bytes());
}

/// Text as one of several cells of a line: a newline as `\n`, a tab as `\t`, a backslash as `\\`. It can be
/// read back.
fn one_cell(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\t', '\\']) {
        return text.into();
    }
    // Backslashes first: those of the other escapes must not be doubled.
    text.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t").into()
}

/// Text on one line: a newline as `\n`. Backslashes stay, so it cannot be read back with certainty.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { text.replace('\n', "\\n").into() } else { text.into() }
}

/// Prints rows that match, and the context around them.
pub(super) struct LinePrinter<W> {
    pub(super) out: W,
    pub(super) form: Form,
    /// `-B`: rows of context before a match.
    pub(super) before: usize,
    /// `-A`: rows of context after a match.
    pub(super) after: usize,
    /// Starts anew with each entry, except for `any`.
    state: State,
    /// Lines that have not been written out yet; reused.
    text: Vec<u8>,
}

/// How far the printing of an entry has come.
#[derive(Default)]
struct State {
    /// Rows of the entry that were seen; between entries one more, so that a gap shows.
    seen: u64,
    /// Number of the last of them that was printed, from 1; 0 if none was.
    printed: u64,
    /// Rows of context that are still to be printed after the last match.
    after: usize,
    /// The last rows that were not printed, as text: context if a match follows. At most `before`.
    waiting: VecDeque<Vec<u8>>,
    /// The heading of the entry was printed.
    headed: bool,
    /// Something was printed, of any entry.
    any: bool,
}

impl<W: Write> LinePrinter<W> {
    /// A printer for rows in input order.
    pub(super) fn new(out: W, form: Form, before: usize, after: usize) -> Self {
        Self { out, form, before, after, state: State::default(), text: Vec::new() }
    }

    /// Whether rows other than matches are printed.
    fn has_context(&self) -> bool {
        self.before > 0 || self.after > 0
    }

    /// What comes before a match: the heading of its entry, or `--` if rows between it and what was printed
    /// last are left out.
    fn head(&mut self, entry: usize, rows: &Rows, row: usize) {
        if self.form.pretty && !self.state.headed {
            if self.state.any {
                self.text.push(b'\n');
            }
            let heading = self.form.heading(entry, rows, row);
            self.text.extend_from_slice(&heading);
        } else if self.has_context()
            && self.state.any
            // The rows before this one, without those that wait, are `seen - waiting`; unless the last of
            // them was printed, there is a gap.
            && self.state.seen - self.state.waiting.len() as u64 != self.state.printed
        {
            self.text.extend_from_slice(b"--\n");
        }
        self.state.headed = true;
        self.state.any = true;
    }

    /// Prints, keeps or drops one row. With context, rows come one by one in the order of the entry. `done`:
    /// no match follows, so context before one need not be kept.
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
                // As text, because the batch is gone when a match in a later block needs it.
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
    /// Writes the text out if it has more bytes than `limit`.
    fn write_out(&mut self, limit: usize) -> io::Result<()> {
        if self.text.len() > limit {
            self.out.write_all(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }
}

impl<W: Write> Printer for LinePrinter<W> {
    /// Prints the matches; with context looks at every row between them. Text is written out whenever 64 KiB
    /// have come together, since a part may be much larger.
    fn rows(&mut self, part: &Part, rows: &Rows, done: bool) -> io::Result<()> {
        let mut hits = part.hits.iter().copied().peekable();
        if self.has_context() {
            for row in part.rows.clone() {
                let is_hit = hits.next_if_eq(&row).is_some();
                // `-m` is reached, but perhaps with a later row of this part.
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
        // Whatever is left: `Hits` flushes `out` after this part.
        self.write_out(0)
    }

    /// Forgets the rows that wait: context never crosses entries.
    fn end_entry(&mut self, _: usize, _: u64) -> io::Result<()> {
        let any = self.state.any;
        // With `seen` one ahead of `printed` there is a gap before the next entry, even at its first row.
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
