//! A log: what there is of it now, or all of it as it grows.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use super::super::address::Address;
use super::super::client::Client;
use super::super::context::Context;
use super::super::download::Link;
use super::super::event::Event;
use super::super::exchange::{Call, Fault, Opened, is_passing, plain};
use super::super::state::cannot;
use crate::error::{Error, Result};

/// The request for a log.
pub(super) struct Log<'a> {
    pub(super) id: &'a str,
    pub(super) address: Address,
    /// Until its run ends.
    pub(super) is_followed: bool,
    /// Its run has ended.
    pub(super) is_final: bool,
}

impl Link for Log<'_> {
    fn call(&mut self, client: &Client, _: bool) -> Result<Call> {
        Ok(self.request(client))
    }

    fn excludes(&self) -> &'static [&'static str] {
        &["html", "json"]
    }

    fn is_final(&self) -> bool {
        self.is_final
    }
}

impl Log<'_> {
    fn request(&self, client: &Client) -> Call {
        let call = Call::get(self.id, self.address.clone()).bytes("text/plain");
        Call { is_patient: self.is_followed, ..client.with_token(call) }
    }
}

/// Writes a log to a part and reports its bytes as they come, until `is_over`: a stream may also end because the
/// line breaks, or something on the way has waited long enough. A stream begins at the beginning of the log each
/// time, so what is there is left out.
pub(super) fn follow(
    context: &Context,
    log: &Log<'_>,
    part: &Path,
    mut is_over: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let client = &context.client;
    let error = |e| cannot("write", part, e);
    let mut file = File::create(part).map_err(error)?;
    let (mut have, mut attempt) = (0_u64, 0);
    // Streams that ended though the run had not.
    let mut ended = context.polls();
    let call = log.request(client);
    loop {
        attempt += 1;
        let (reason, pause) = match client.open(&call) {
            Err(Fault::Lasting(error)) => return Err(error),
            Err(Fault::Passing { reason, .. }) => (reason, None),
            Ok(opened) if opened.status == 200 => {
                let before = have;
                let broken = take(context, opened, &mut file, &mut have).map_err(|e| match e {
                    Failed::Stopped(error) => error,
                    Failed::Writing(e) => error(e),
                })?;
                if have > before {
                    (attempt, ended) = (1, context.polls());
                }
                match broken {
                    None if is_over()? => return Ok(()),
                    // The end of a stream before that of its run is not a failure, however often.
                    None => {
                        client.stop.sleep(ended.pause())?;
                        continue;
                    }
                    Some(reason) => (reason, None),
                }
            }
            Ok(opened) => {
                let (status, pause) = (opened.status, opened.retry_after());
                let reply = client.read_reason(status, opened.body);
                if !is_passing(status) {
                    return Err(client.refused(&log.address, &reply));
                }
                (client.said(&reply), pause)
            }
        };
        if attempt > client.retries {
            return Err(client.error(&log.address, reason));
        }
        client.wait_to_try_again(&call, attempt, &reason, pause)?;
    }
}

/// Why a stream is not read on.
enum Failed {
    Stopped(Error),
    Writing(io::Error),
}

/// Takes what is new of a stream; the reason if it breaks.
fn take(
    context: &Context,
    opened: Opened,
    file: &mut File,
    have: &mut u64,
) -> Result<Option<String>, Failed> {
    let client = &context.client;
    let mut reader = opened.body.into_reader();
    let (mut passed, mut buffer) = (0_u64, vec![0; 64 << 10]);
    loop {
        client.stop.check().map_err(Failed::Stopped)?;
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Ok(Some(plain(&e))),
        };
        let known = have.saturating_sub(passed).min(read as u64);
        passed += read as u64;
        let new = &buffer[known as usize..read];
        if !new.is_empty() {
            file.write_all(new).map_err(Failed::Writing)?;
            *have += new.len() as u64;
            context.received.fetch_add(new.len() as u64, Ordering::Relaxed);
            client.emit(Event::Text(new.to_vec()));
        }
    }
}
