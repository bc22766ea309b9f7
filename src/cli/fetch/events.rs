//! What a fetch reports: as lines for people, as JSON for programs, and as a bar.

use ripsaw::error::{Error, Result};
use ripsaw::fetch::{Event, Outcome, Progress};
use serde_json::{Value, json};

use super::bar::Transfer;
use super::print;
use crate::cli::quantity;
use crate::cli::report;
use crate::cli::settings::Console;

/// Prints events.
pub(super) struct Observer {
    is_json: bool,
    is_quiet: bool,
    bar: Option<Transfer>,
    /// The first error of printing: there is nobody to print for any more.
    broken: Option<Error>,
}

impl Observer {
    pub(super) fn new(is_json: bool, console: Console) -> Self {
        let bar = console.progress.then(Transfer::new);
        Self { is_json, is_quiet: console.quiet, bar, broken: None }
    }

    /// Prints an event.
    pub(super) fn observe(&mut self, event: Event) {
        if let Event::Progress(Progress { done, items, bytes, expected }) = event {
            if let Some(bar) = &self.bar {
                bar.show((done as u64, items as u64), (bytes, expected));
            }
            return;
        }
        let printed = match &event {
            _ if self.is_json => print_json(&event),
            Event::Text(text) => print(&String::from_utf8_lossy(text)),
            _ => {
                self.above_bar(&event);
                Ok(())
            }
        };
        if self.broken.is_none() {
            self.broken = printed.err();
        }
    }

    /// Prints a line while the bar is away.
    fn above_bar(&self, event: &Event) {
        let print = || say(event, self.is_quiet);
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the bar away.
    ///
    /// # Errors
    /// Standard output could not be written.
    pub(super) fn finish(self) -> Result<()> {
        self.broken.map_or(Ok(()), Err)
    }
}

/// Prints an event for people.
fn say(event: &Event, is_quiet: bool) {
    let of = |id: &str, text: &str| {
        if id.is_empty() { text.to_owned() } else { format!("{id}: {text}") }
    };
    match event {
        Event::Failed { error, .. } => report::error(error),
        _ if is_quiet => {}
        Event::Waiting { id, reason, pause } => {
            let seconds = quantity::seconds(pause.as_secs_f64());
            report::note(&of(id, &format!("{reason}; again in {seconds}")));
        }
        Event::Notice { id, text } => report::note(&of(id, text)),
        Event::Done(Outcome { path, bytes, is_kept: false, .. }) => {
            report::note(&format!("wrote {} ({})", path.display(), quantity::bytes(*bytes)));
        }
        _ => {}
    }
}

fn print_json(event: &Event) -> Result<()> {
    let value = value_of(event);
    if value.is_null() { Ok(()) } else { print(&format!("{value}\n")) }
}

/// An event for programs.
fn value_of(event: &Event) -> Value {
    match event {
        Event::Found { items } => json!({"event": "found", "items": items}),
        Event::Waiting { id, reason, pause } => {
            json!({"event": "waiting", "id": id, "reason": reason, "seconds": pause.as_secs_f64()})
        }
        Event::Notice { id, text } => json!({"event": "notice", "id": id, "text": text}),
        Event::Done(Outcome { id, path, bytes, status, is_kept, is_finished }) => json!({
            "event": "done", "id": id, "file": path.display().to_string(), "bytes": bytes,
            "status": status, "kept": is_kept, "finished": is_finished,
        }),
        Event::Failed { id, error } => {
            json!({"event": "failed", "id": id, "error": error.to_string(), "hint": error.hint()})
        }
        Event::Text(text) => json!({"event": "text", "text": String::from_utf8_lossy(text)}),
        _ => Value::Null,
    }
}
