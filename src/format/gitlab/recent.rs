//! Which lines continue others: one with `+` the newest row of its stream, if that is among the last rows. A line that is
//! too long ends what can be continued.
//!
//! In how many lines a row may be continued must not depend on how a text is cut into pieces, so the number of rows
//! that are looked back at is fixed, and a text is cut only where no line after it can join one before.

use std::collections::{HashMap, HashSet, VecDeque};

use memchr::{memchr_iter, memrchr};

use super::{PREFIX, Prefix, STAMP};
use crate::format::lines::is_blank;
use crate::format::stamped::Clock;
use crate::source::{BYTE_ORDER_MARK, Piece};

/// Rows that a line may continue.
pub(super) const ROWS: usize = 16;

/// The last rows. `T` is what is known of each.
pub(super) struct Rows<T> {
    rows: VecDeque<Row<T>>,
}

/// A row that may be continued.
pub(super) struct Row<T> {
    /// `None`: nothing continues it.
    stream: Option<[u8; 3]>,
    /// Bytes of its content.
    bytes: usize,
    pub(super) own: T,
    /// A row before it was continued after it, so nothing may come between the two.
    pub(super) is_spanned: bool,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: VecDeque::with_capacity(ROWS + 1) }
    }
}

impl<T> Rows<T> {
    /// The row that a line continues.
    pub(super) fn continued(
        &mut self,
        prefix: Option<Prefix>,
        bytes: usize,
        max_line: usize,
    ) -> Option<&mut Row<T>> {
        let Prefix { stream, .. } = prefix.filter(|prefix| prefix.is_continued)?;
        let at = self.rows.iter().rposition(|row| row.stream == Some(stream))?;
        if self.rows[at].bytes > max_line {
            return None;
        }
        self.rows.range_mut(at + 1..).for_each(|row| row.is_spanned = true);
        let row = &mut self.rows[at];
        row.bytes += bytes;
        Some(row)
    }

    /// Adds a row; returns the one that can be continued no more.
    pub(super) fn push(&mut self, prefix: Option<Prefix>, bytes: usize, own: T) -> Option<Row<T>> {
        let stream = prefix.map(|prefix| prefix.stream);
        self.rows.push_back(Row { stream, bytes, own, is_spanned: false });
        if self.rows.len() > ROWS { self.rows.pop_front() } else { None }
    }

    /// The oldest of the last rows, if there are as many as can be continued.
    fn oldest(&self) -> Option<&Row<T>> {
        self.rows.front().filter(|_| self.rows.len() == ROWS)
    }

    /// The rows that are left.
    pub(super) fn into_rest(self) -> impl Iterator<Item = Row<T>> {
        self.rows.into_iter()
    }
}

/// The prefix of a line, and its content.
pub(super) fn divided<'a>(line: &'a str, clock: &mut Clock) -> (Option<Prefix>, &'a str) {
    match Prefix::of(line, clock) {
        Some((prefix, _)) => (Some(prefix), &line[PREFIX..]),
        None => (None, line),
    }
}

/// Where a text can be cut: the end of the last row that no line after it can continue. How long a line may be is not known
/// here; with that, no line would be joined to one further back.
pub(super) fn cut(text: &[u8], is_long: bool) -> Option<usize> {
    let end = memrchr(b'\n', text)? + 1;
    let (mut rows, mut clock) = (Rows::default(), Clock::default());
    let is_text = simdutf8::basic::from_utf8(&text[..end]).is_ok();
    let (mut start, mut clean) = (0, 0);
    for newline in memchr_iter(b'\n', &text[..end]) {
        let line = &text[start..newline];
        if !is_blank(line) {
            let head = line.get(..PREFIX).filter(|_| is_text || std::str::from_utf8(line).is_ok());
            let head = head.and_then(|head| std::str::from_utf8(head).ok());
            let prefix = head.and_then(|head| Prefix::of(head, &mut clock));
            let prefix = prefix.map(|(prefix, _)| prefix);
            if rows.continued(prefix, 0, usize::MAX).is_none() {
                rows.push(prefix, 0, start);
                if let Some(oldest) = rows.oldest().filter(|oldest| !oldest.is_spanned) {
                    clean = oldest.own;
                }
            }
        }
        start = newline + 1;
    }
    // A text longer than the longest line is cut between its lines rather than held.
    if clean > 0 { Some(clean) } else { is_long.then_some(end) }
}

/// What is joined to a line.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) content: String,
    /// As written.
    pub(super) times: Vec<String>,
}

/// The lines of a piece that continue others.
#[derive(Default)]
pub(super) struct AllJoined {
    /// By the number of the line that they are joined to.
    to: HashMap<i64, Joined>,
    /// The numbers of those that are joined.
    joined: HashSet<i64>,
}

impl AllJoined {
    pub(super) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    pub(super) fn is_joined(&self, line: i64) -> bool {
        self.joined.contains(&line)
    }

    /// What is joined to a line.
    pub(super) fn to(&self, line: i64) -> Option<&Joined> {
        self.to.get(&line)
    }
}

/// Finds the lines of a piece that continue others.
pub(super) fn joined(piece: &Piece, text: &[u8], max_line: usize) -> AllJoined {
    let mut all = AllJoined::default();
    if piece.cut.is_some() || !has_continuations(text) {
        return all;
    }
    let rest = text.strip_prefix(BYTE_ORDER_MARK).filter(|_| piece.offset == 0).unwrap_or(text);
    let (mut rows, mut clock) = (Rows::default(), Clock::default());
    for (number, line) in (piece.first_line..).zip(rest.split(|&byte| byte == b'\n')) {
        if is_blank(line) {
            continue;
        }
        if line.len() > max_line {
            rows = Rows::default();
            continue;
        }
        let Ok(line) = std::str::from_utf8(line) else {
            rows.push(None, 0, number);
            continue;
        };
        let (prefix, content) = divided(line, &mut clock);
        match rows.continued(prefix, content.len(), max_line) {
            Some(row) => {
                let joined = all.to.entry(row.own).or_default();
                joined.content.push_str(content);
                joined.times.push(line[..STAMP - 1].to_owned());
                all.joined.insert(number);
            }
            None => drop(rows.push(prefix, content.len(), number)),
        }
    }
    all
}

/// Whether any line may be continued: a quick look.
fn has_continuations(text: &[u8]) -> bool {
    memchr_iter(b'+', text).any(|at| {
        matches!(text.get(at.wrapping_sub(1)), Some(b'O' | b'E'))
            && at >= PREFIX - 1
            && (at == PREFIX - 1
                || text.get(at - PREFIX) == Some(&b'\n')
                || at < PREFIX + BYTE_ORDER_MARK.len())
    })
}
