//! A log: as it is now, or as it goes.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use super::super::address::Address;
use super::super::client::{Call, Client, Fault, Reply, is_passing, plain};
use super::super::context::Context;
use super::super::download::Link;
use super::super::event::Event;
use super::authorised;
use crate::error::{Error, Location, Result};

/// The request for a log.
pub(super) struct Log<'a> {
    pub(super) id: &'a str,
    pub(super) address: Address,
    /// Until its run ends.
    pub(super) is_followed: bool,
}

impl Link for Log<'_> {
    fn call(&mut self, client: &Client, _: bool) -> Result<Call> {
        Ok(self.request(client))
    }

    fn is_archive(&self) -> bool {
        false
    }
}

impl Log<'_> {
    fn request(&self, client: &Client) -> Call {
        let call = Call::get(self.id, self.address.clone()).bytes("text/plain");
        Call { is_patient: self.is_followed, ..authorised(client, call) }
    }
}

/// Writes a log to a part and reports its bytes as they come, until the server says that it has ended. A
/// stream begins at the beginning of the log each time: after a break, what is there is left out.
pub(super) fn follow(context: &Context, log: &Log<'_>, part: &Path) -> Result<()> {
    let client = &context.client;
    let error = |e| Error::io("cannot write", Location::bundle(part.display().to_string()), e);
    let mut file = File::create(part).map_err(error)?;
    let (mut have, mut attempt) = (0_u64, 0);
    let call = log.request(client);
    loop {
        let reason = match client.open(&call) {
            Err(Fault::Lasting(error)) => return Err(error),
            Err(Fault::Passing { reason, .. }) => reason,
            Ok(opened) if opened.status == 200 => {
                let mut reader = opened.body.into_reader();
                let (mut passed, mut buffer) = (0_u64, vec![0; 64 << 10]);
                loop {
                    client.stop.check()?;
                    let read = match reader.read(&mut buffer) {
                        Ok(0) => return Ok(()),
                        Ok(read) => read,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                        Err(e) => break plain(&e),
                    };
                    let known = have.saturating_sub(passed).min(read as u64);
                    passed += read as u64;
                    let new = &buffer[known as usize..read];
                    if !new.is_empty() {
                        file.write_all(new).map_err(error)?;
                        have += new.len() as u64;
                        attempt = 0;
                        context.received.fetch_add(new.len() as u64, Ordering::Relaxed);
                        client.emit(Event::Text(new.to_vec()));
                    }
                }
            }
            Ok(opened) => {
                let status = opened.status;
                let mut body = Vec::new();
                // What it says is for the message alone.
                let _ = opened.body.into_reader().take(64 << 10).read_to_end(&mut body);
                let reply = Reply { status, body };
                if !is_passing(status) {
                    return Err(client.refused(&log.address, &reply));
                }
                client.said(&reply)
            }
        };
        attempt += 1;
        if attempt > client.retries {
            return Err(client.error(&log.address, reason));
        }
        client.wait_to_try_again(&call, attempt, &reason, None)?;
    }
}
