//! Downloads: continued where they broke off, checked against what was declared, and complete before they
//! get their name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LAST_MODIFIED,
    RANGE,
};

use super::client::{Call, Client, Fault, Opened, Reply, is_passing, plain};
use super::context::Context;
use super::state::{Partial, Record};
use crate::error::{Error, Location, Result};

/// Where a download comes from.
pub(super) trait Link {
    /// The request; `is_stale`: the address of the last one does not work any more.
    ///
    /// # Errors
    /// There is no other address.
    fn call(&mut self, client: &Client, is_stale: bool) -> Result<Call>;

    /// What an answer that has no bytes of the file says.
    fn judge(&self, status: u16) -> Verdict {
        if is_passing(status) { Verdict::Again } else { Verdict::Refused }
    }

    /// Whether the file is an archive: then a page or JSON is not it.
    fn is_archive(&self) -> bool;
}

/// What an answer without bytes of the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Try again.
    Again,
    /// The address has expired.
    Stale,
    /// The file is not ready; this does not count as an attempt.
    NotReady,
    /// There is no such file, which is no error.
    Missing,
    /// There will be no file.
    Refused,
}

/// Attempts at which bytes arrived: a line that breaks all the time is given up at last.
const CONTINUED: u32 = 1000;
/// New addresses in a row.
const RENEWED: u32 = 3;
/// The state is written once so many bytes are there: less is fetched again as soon.
const WORTH_CONTINUING: u64 = 1 << 20;
/// Less than this in the time of a time-out, and the connection counts as broken.
const SLOWEST: u64 = 1 << 10;

/// What an attempt came to.
enum Attempt {
    Complete,
    Missing,
    /// It broke off, after so many bytes.
    Broken {
        reason: String,
        bytes: u64,
        pause: Option<Duration>,
    },
    Stale(Reply),
    NotReady(Option<Duration>),
}

/// How a part became complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Downloaded {
    /// In one answer.
    AtOnce,
    /// In several, perhaps by several fetches.
    InPieces,
    /// There is no such file.
    Missing,
}

/// Downloads to the item's part file, from where it is. The part is complete afterwards, but not verified.
///
/// # Errors
/// It was refused, or attempts ran out; what is there is kept and continued by the next fetch.
pub(super) fn download(
    context: &Context,
    record: &mut Record,
    part: &Path,
    link: &mut dyn Link,
) -> Result<Downloaded> {
    let client = &context.client;
    let (mut failed, mut continued, mut renewed) = (0, 0, 0);
    let deadline = Instant::now() + context.wait;
    let mut is_stale = false;
    let mut was_begun = record.partial.is_some();
    loop {
        let call = link.call(client, is_stale)?;
        is_stale = false;
        let (reason, pause) = match attempt(context, record, part, link, &call)? {
            Attempt::Complete if record.partial.is_some() && was_begun => {
                return Ok(Downloaded::InPieces);
            }
            Attempt::Complete => return Ok(Downloaded::AtOnce),
            Attempt::Missing => return Ok(Downloaded::Missing),
            Attempt::Stale(reply) => {
                renewed += 1;
                if renewed > RENEWED {
                    return Err(client.refused(&call.address, &reply));
                }
                is_stale = true;
                continue;
            }
            Attempt::NotReady(pause) => {
                if Instant::now() > deadline {
                    let cause = format!("not ready after {} s", context.wait.as_secs());
                    return Err(client.error(&call.address, cause).with_hint(
                        "run the same command again later, or allow more time with --wait",
                    ));
                }
                client.stop.sleep(pause.unwrap_or(context.poll(1)))?;
                continue;
            }
            Attempt::Broken { reason, bytes, pause } => {
                continued += 1;
                was_begun |= bytes > 0;
                failed = if bytes > 0 { 0 } else { failed + 1 };
                (reason, pause)
            }
        };
        if failed > client.retries
            || continued > client.retries.saturating_mul(CONTINUED).min(CONTINUED)
        {
            return Err(client.error(&call.address, reason));
        }
        client.wait_to_try_again(&call, failed.max(1), &reason, pause)?;
    }
}

/// Asks for the rest of a file, and takes what comes.
fn attempt(
    context: &Context,
    record: &mut Record,
    part: &Path,
    link: &dyn Link,
    call: &Call,
) -> Result<Attempt> {
    let client = &context.client;
    let have =
        record.partial.as_ref().map_or(0, |_| fs::metadata(part).map_or(0, |data| data.len()));
    let mut call = call.clone();
    if let Some(partial) = record.partial.as_ref().filter(|_| have > 0) {
        // All is there, if the last fetch ended before it was verified.
        if have == partial.total {
            return Ok(Attempt::Complete);
        }
        call = call.header(RANGE, &format!("bytes={have}-")).header(IF_RANGE, &partial.validator);
    }
    let opened = match client.open(&call) {
        Ok(opened) => opened,
        Err(Fault::Lasting(error)) => return Err(error),
        Err(Fault::Passing { reason, .. }) => {
            return Ok(Attempt::Broken { reason, bytes: 0, pause: None });
        }
    };
    let pause = opened.retry_after();
    match opened.status {
        200 if !link.is_archive() || may_be_archive(&opened) => {
            record.partial = None;
            take(context, record, part, opened, 0)
        }
        206 if continues(&opened, record, have) => take(context, record, part, opened, have),
        // Not the range that was asked for, or a range beyond the end: from the beginning, then.
        206 | 416 => {
            forget(context, record, part)?;
            let reason = "the server has another range of the file".into();
            Ok(Attempt::Broken { reason, bytes: 0, pause })
        }
        status => {
            let mut body = Vec::new();
            // What it says is for the message alone.
            let _ = opened.body.into_reader().take(64 << 10).read_to_end(&mut body);
            let reply = Reply { status, body };
            Ok(match link.judge(status) {
                Verdict::Again => Attempt::Broken { reason: client.said(&reply), bytes: 0, pause },
                Verdict::Stale => Attempt::Stale(reply),
                Verdict::NotReady => Attempt::NotReady(pause),
                Verdict::Missing => Attempt::Missing,
                Verdict::Refused if status == 200 => {
                    let cause = format!("not an archive: {}", client.said(&reply));
                    return Err(client.error(&call.address, cause));
                }
                Verdict::Refused => return Err(client.refused(&call.address, &reply)),
            })
        }
    }
}

/// Whether an answer of 200 may be an archive: JSON, XML and pages are what servers say in its place.
fn may_be_archive(opened: &Opened) -> bool {
    let kind = opened.header(&CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    !["json", "xml", "html"].iter().any(|other| kind.contains(other))
}

/// Whether an answer of 206 begins where the part ends, and is of the same file.
fn continues(opened: &Opened, record: &Record, have: u64) -> bool {
    let Some(partial) = &record.partial else { return false };
    let expected = format!("bytes {have}-{}/{}", partial.total - 1, partial.total);
    opened.header(&CONTENT_RANGE) == Some(&expected) && opened.header(&CONTENT_ENCODING).is_none()
}

/// Writes what comes after the first `have` bytes.
fn take(
    context: &Context,
    record: &mut Record,
    part: &Path,
    opened: Opened,
    have: u64,
) -> Result<Attempt> {
    let error =
        |e: io::Error| Error::io("cannot write", Location::bundle(part.display().to_string()), e);
    let length = opened.header(&CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    // The client leaves the length out if it decodes what comes.
    let total = length.map(|length| have + length);
    let validator = validator(&opened);
    let partial = validator.zip(total).map(|(validator, total)| Partial { validator, total });
    let mut file = open(part, have).map_err(error)?;
    context.expected.fetch_add(length.unwrap_or(0), Ordering::Relaxed);
    let (mut bytes, mut is_noted) = (0, have > 0);
    let mut reader = opened.body.into_reader();
    let mut buffer = vec![0; 128 << 10];
    let (mut since, mut window) = (Instant::now(), 0);
    let broken = loop {
        context.client.stop.check()?;
        let read = match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => break Some(plain(&e)),
        };
        file.write_all(&buffer[..read]).map_err(error)?;
        (bytes, window) = (bytes + read as u64, window + read as u64);
        context.received.fetch_add(read as u64, Ordering::Relaxed);
        if !is_noted && have + bytes >= WORTH_CONTINUING && partial.is_some() {
            is_noted = true;
            record.partial.clone_from(&partial);
            context.store.save(record)?;
        }
        if since.elapsed() >= context.timeout {
            if window < SLOWEST {
                break Some("almost nothing comes".into());
            }
            (since, window) = (Instant::now(), 0);
        }
    };
    let is_short = total.is_some_and(|total| have + bytes < total);
    if broken.is_none() && !is_short {
        record.partial = partial;
        return Ok(Attempt::Complete);
    }
    // What does not arrive was expected in vain, and is expected again.
    let missing = length.map_or(0, |length| length.saturating_sub(bytes));
    context.expected.fetch_sub(missing, Ordering::Relaxed);
    record.partial = partial;
    context.store.save(record)?;
    let reason = broken.unwrap_or_else(|| "the connection was closed before the end".into());
    Ok(Attempt::Broken { reason, bytes, pause: None })
}

/// The part, to be written from `have` on.
fn open(part: &Path, have: u64) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(part)?;
    file.set_len(have)?;
    Ok(file)
}

/// What shows that the next answer is of the same file. A weak tag does not.
fn validator(opened: &Opened) -> Option<String> {
    let tag = opened.header(&ETAG).filter(|tag| !tag.starts_with("W/"));
    let is_as_sent = opened.header(&CONTENT_ENCODING).is_none();
    tag.or_else(|| opened.header(&LAST_MODIFIED)).filter(|_| is_as_sent).map(str::to_owned)
}

/// Drops what is there of a file.
///
/// # Errors
/// The operating system's.
pub(super) fn forget(context: &Context, record: &mut Record, part: &Path) -> Result<()> {
    record.partial = None;
    match fs::remove_file(part) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", Location::bundle(part.display().to_string()), e))
        }
        _ => context.store.save(record),
    }
}
