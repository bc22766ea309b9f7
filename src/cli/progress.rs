//! The progress bar on standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _, stderr};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use ripsaw::source::{Catalog, Progress};

use super::quantity;

/// Time between two drawings, and before the first: what is done at once needs no bar.
const PAUSE: Duration = Duration::from_millis(100);

/// A bar of the input read so far, or a spinner where its size is not known.
pub(super) struct Bar {
    bar: ProgressBar,
    entries: usize,
    started: Instant,
    drawn: Instant,
}

impl Bar {
    /// A bar for the whole of a catalog; not drawn before [`show`](Self::show).
    pub(super) fn new(catalog: &Catalog) -> Self {
        // Not `catalog.stored_bytes`: the lists and headers of archives are never counted as read.
        let total = catalog.bytes_to_read();
        let bar = ProgressBar::with_draw_target(total, target());
        let template = match total {
            // A wide message is cut at the width of the terminal: the bar keeps to one line.
            Some(_) => "{bar:16} {percent:>3}%  {wide_msg}",
            None => "{spinner} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        let now = Instant::now();
        Self { bar, entries: catalog.entries.len(), started: now, drawn: now }
    }

    /// Draws how far it has come, if it is time.
    pub(super) fn show(&mut self, progress: &Progress) {
        if self.drawn.elapsed() < PAUSE {
            return;
        }
        self.drawn = Instant::now();
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let stored = count(&progress.stored);
        match self.bar.length() {
            Some(total) => self.bar.set_position(stored.min(total)),
            None => self.bar.tick(),
        }
        let message = self.message(stored, count(&progress.entries), count(&progress.inflated));
        self.bar.set_message(message);
    }

    fn message(&self, stored: u64, entries: u64, inflated: u64) -> String {
        let mut message = quantity::bytes(stored);
        // Writing to a String cannot fail.
        if let Some(total) = self.bar.length() {
            let _ = write!(message, "/{}", quantity::bytes(total));
        }
        let all = quantity::thousands(self.entries as u64);
        let _ = write!(message, "  {}/{all} entries", quantity::thousands(entries));
        let rate = inflated as f64 / self.started.elapsed().as_secs_f64();
        let _ = write!(message, "  {}/s", quantity::bytes(rate as u64));
        if self.bar.length().is_some() {
            let _ = write!(message, "  ETA {}", quantity::rough_seconds(self.bar.eta().as_secs()));
        }
        message
    }
}

/// A bar of things that are done one after the other.
pub(super) struct Turns(ProgressBar);

impl Turns {
    /// A bar of `total` things, none of them begun.
    pub(super) fn new(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target());
        if let Ok(style) = ProgressStyle::with_template("{bar:16} {pos:>3}/{len}  {wide_msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self(bar)
    }

    /// Says what is begun, while `done` are done.
    pub(super) fn show(&self, done: u64, begun: String) {
        self.0.set_position(done);
        self.0.set_message(begun);
        // However soon after the one before: each is shown for as long as it takes.
        self.0.force_draw();
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn target() -> ProgressDrawTarget {
    if stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::term_like_with_hz(Box::new(Lines), 10)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Standard error that is no terminal: the line is written over, as in a terminal of 80 columns.
#[derive(Debug)]
struct Lines;

impl TermLike for Lines {
    fn width(&self) -> u16 {
        80
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        writeln!(stderr(), "{text}")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        stderr().write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        stderr().write_all(b"\r\x1b[K")
    }

    fn flush(&self) -> io::Result<()> {
        stderr().flush()
    }
}
