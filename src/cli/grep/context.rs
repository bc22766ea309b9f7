//! Rows beside those that match.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::page::Page;

/// Decides which rows are printed beside matches.
pub(super) struct Context {
    pub(super) before: usize,
    pub(super) after: usize,
    /// Rows that were seen.
    seen: u64,
    /// The last of them that was printed, counted from 1.
    printed: u64,
    /// Rows that are still to be printed after a match.
    left: usize,
    /// The last rows that were not printed, with their groups.
    waiting: VecDeque<(i64, Vec<u8>)>,
}

impl Context {
    pub(super) fn new(before: usize, after: usize) -> Self {
        Self { before, after, seen: 0, printed: 0, left: 0, waiting: VecDeque::new() }
    }

    /// Whether only matches are printed.
    pub(super) fn is_none(&self) -> bool {
        self.before == 0 && self.after == 0
    }

    /// Whether rows that follow are printed even if no more match.
    pub(super) fn wants_more(&self) -> bool {
        self.left > 0
    }

    /// The next row, as `write` appends it, which is called if the row may be printed. `done`: no match
    /// follows.
    pub(super) fn add<W: Write>(
        &mut self,
        page: &mut Page<W>,
        group: i64,
        is_hit: bool,
        done: bool,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.seen += 1;
        if is_hit {
            let mut is_after_gap = self.seen - 1 - self.waiting.len() as u64 != self.printed;
            for (group, text) in self.waiting.drain(..) {
                page.add(group, is_after_gap, |out| out.write_all(&text))?;
                is_after_gap = false;
            }
            page.add(group, is_after_gap && !self.is_none(), write)?;
            self.left = self.after;
        } else if self.left > 0 {
            page.add(group, false, write)?;
            self.left -= 1;
        } else {
            if self.before > 0 && !done {
                let mut text = Vec::new();
                write(&mut text)?;
                if self.waiting.len() == self.before {
                    self.waiting.pop_front();
                }
                self.waiting.push_back((group, text));
            }
            return Ok(());
        }
        self.printed = self.seen;
        Ok(())
    }

    /// Rows follow that are not beside those before, as those of another file.
    pub(super) fn break_off(&mut self) {
        // A gap lies before whatever comes next.
        *self = Self { seen: 1, ..Self::new(self.before, self.after) };
    }
}
