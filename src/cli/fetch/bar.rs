//! The progress of downloads.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::progress::target;
use crate::cli::quantity;

/// A bar of downloads.
pub(super) struct Transfer(ProgressBar);

impl Transfer {
    /// A bar of which nothing is known yet.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, target());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self(bar)
    }

    /// Shows how many items are done, and the bytes so far of those that are declared.
    pub(super) fn show(&self, (done, items): (u64, u64), (bytes, expected): (u64, u64)) {
        let elapsed = self.0.elapsed().as_secs_f64();
        let rate = bytes as f64 / elapsed.max(0.001);
        let (done, items) = (quantity::thousands(done), quantity::thousands(items));
        let (all, speed) = (quantity::bytes(expected.max(bytes)), quantity::bytes(rate as u64));
        let mut message = format!("{done}/{items}  {}/{all}  {speed}/s", quantity::bytes(bytes));
        if expected > bytes && rate > 0.0 {
            let left = (expected - bytes) as f64 / rate;
            let _ = write!(message, "  ETA {}", quantity::rough_seconds(left as u64));
        }
        self.0.set_message(message);
        self.0.tick();
    }

    /// Prints while the bar is away.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
