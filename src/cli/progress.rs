//! The progress bar on standard error.
//!
//! [`Bar`] shows how much of the inputs has been read, for one run of the pipeline; [`Turns`] counts the
//! measurements of a benchmark. Both clear their line when they are dropped, also after an error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _, stderr};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use ripsaw::source::{Catalog, Progress};

use super::quantity;

/// Time between two drawings, and before the first: a run that takes less shows no bar.
const PAUSE: Duration = Duration::from_millis(100);

/// A bar of the stored bytes read so far, or a spinner if their total is not known (standard input).
pub(super) struct Bar {
    /// Has a length if the total is known.
    bar: ProgressBar,
    /// Entries of the catalog.
    entries: usize,
    /// For the rate.
    started: Instant,
    /// When it was last drawn; at first, when it was made.
    drawn: Instant,
}

impl Bar {
    /// A bar for all entries of a catalog; not drawn before [`show`](Self::show).
    pub(super) fn new(catalog: &Catalog) -> Self {
        // Not `catalog.stored_bytes`: it includes directories and headers of archives, which never count as
        // read, so that the bar would stop short of 100 %.
        let total = catalog.bytes_to_read();
        let bar = ProgressBar::with_draw_target(total, target());
        let template = match total {
            // A wide message is cut at the width of the terminal, so the bar stays on one line.
            Some(_) => "{bar:16} {percent:>3}%  {wide_msg}",
            None => "{spinner} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        let now = Instant::now();
        Self { bar, entries: catalog.entries.len(), started: now, drawn: now }
    }

    /// Draws how far the run has come, if the last drawing is long enough ago.
    pub(super) fn show(&mut self, progress: &Progress) {
        if self.drawn.elapsed() < PAUSE {
            return;
        }
        self.drawn = Instant::now();
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let stored = count(&progress.stored);
        match self.bar.length() {
            // A file that grows while it is read would pass 100 %.
            Some(total) => self.bar.set_position(stored.min(total)),
            None => self.bar.tick(),
        }
        let message = self.message(stored, count(&progress.entries), count(&progress.inflated));
        self.bar.set_message(message);
    }

    /// `1.20 MB/45.2 MB  3/500 entries  1.10 GB/s  ETA 4 s`; the rate is that of decompressed text.
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

/// A bar of measurements that are made one after the other.
pub(super) struct Turns(ProgressBar);

impl Turns {
    /// A bar of `total` measurements, none of them begun.
    pub(super) fn new(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target());
        if let Ok(style) = ProgressStyle::with_template("{bar:16} {pos:>3}/{len}  {wide_msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self(bar)
    }

    /// Shows what begins now, while `done` measurements are complete.
    pub(super) fn show(&self, done: u64, begun: String) {
        self.0.set_position(done);
        self.0.set_message(begun);
        // Even if the last drawing was a moment ago: the next one may be minutes away.
        self.0.force_draw();
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Where bars are drawn: standard error, also if it is not a terminal (`--progress always`).
pub(super) fn target() -> ProgressDrawTarget {
    if stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::term_like_with_hz(Box::new(Lines), 10)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // Otherwise the half-drawn bar would stand in front of the next message.
        self.bar.finish_and_clear();
    }
}

/// Standard error that is not a terminal, such as a CI log: as wide as a terminal of 80 columns, and cleared
/// with a carriage return. indicatif draws nothing on non-terminals by itself.
#[derive(Debug)]
struct Lines;

impl TermLike for Lines {
    /// Fixed: without a terminal there is no width to ask for.
    fn width(&self) -> u16 {
        80
    }

    /// Not needed: there is only one line.
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

    /// Back to column 0, then erase to the end of the line (ECMA-48 `EL`).
    fn clear_line(&self) -> io::Result<()> {
        stderr().write_all(b"\r\x1b[K")
    }

    fn flush(&self) -> io::Result<()> {
        stderr().flush()
    }
}
