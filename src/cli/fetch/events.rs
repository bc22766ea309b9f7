//! What a fetch reports: as lines for people, as JSON for programs, and as a bar.

use ripsaw::error::{Error, Result};
use ripsaw::fetch::{Event, Fetched, Transferred};
use serde_json::{Value, json};

use super::bar::Transfer;
use super::{print, print_bytes};
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
    /// The beginning of a line of a log that is followed.
    line: Vec<u8>,
}

impl Observer {
    pub(super) fn new(is_json: bool, console: Console) -> Self {
        let bar = console.progress.then(Transfer::new);
        Self { is_json, is_quiet: console.quiet, bar, broken: None, line: Vec::new() }
    }

    /// Prints an event; whether what is printed is still read.
    pub(super) fn observe(&mut self, event: Event) -> bool {
        if let Event::Progress(Transferred { done, items, bytes, expected }) = event {
            if let Some(bar) = &self.bar {
                bar.show((done as u64, items as u64), (bytes, expected));
            }
            return self.broken.is_none();
        }
        let printed = match &event {
            Event::Text(text) if self.is_json => self.print_lines(text),
            Event::Text(text) => print_bytes(text),
            _ if self.is_json => print_json(&event),
            _ => {
                self.above_bar(&event);
                Ok(())
            }
        };
        if self.broken.is_none() {
            self.broken = printed.err();
        }
        self.broken.is_none()
    }

    /// Prints the whole lines of a text as events: its chunks may end in the middle of a character.
    fn print_lines(&mut self, text: &[u8]) -> Result<()> {
        self.line.extend_from_slice(text);
        let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        let rest = self.line.split_off(end + 1);
        let lines = std::mem::replace(&mut self.line, rest);
        print_json(&Event::Text(lines))
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
        if !self.line.is_empty() && self.broken.is_none() {
            print_json(&Event::Text(self.line))?;
        }
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
        Event::Done(Fetched { path, bytes, is_kept: false, .. }) => {
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
        Event::Done(Fetched { id, path, bytes, status, is_kept, is_finished }) => json!({
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
