//! Downloads: continued where they broke off, checked against what was declared, and complete before they
//! get their name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LAST_MODIFIED,
    RANGE,
};

use super::client::Client;
use super::context::Context;
use super::exchange::{Call, Fault, Flow, Opened, Reply, is_passing, plain};
use super::state::{Partial, Record, cannot};
use crate::error::Result;

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

    /// Kinds of content that the file cannot be, as parts of their names: what servers say in its place.
    fn excludes(&self) -> &'static [&'static str];

    /// Whether nothing is added to the file any more.
    fn is_final(&self) -> bool {
        true
    }
}

/// What is not an archive.
pub(super) const NOT_ARCHIVES: &[&str] = &["json", "xml", "html"];

/// What an answer without bytes of the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Try again.
    Again,
    /// The address has expired.
    Stale,
    /// The file is not ready; this does not count as an attempt.
    NotReady,
    /// There is no such file, and none is expected.
    Missing,
    /// There will be no file.
    Refused,
}

/// Attempts at which bytes arrived: a line that breaks all the time is given up at last.
const CONTINUED: u32 = 1000;
/// New addresses in a row.
const RENEWED: u32 = 3;
/// The state is written once so many bytes are there: fetching fewer again costs no more than writing it.
const WORTH_CONTINUING: u64 = 1 << 20;

/// The outcome of an attempt.
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

/// Downloads to the item's part file, from where it is. The part is complete afterwards, but not
/// verified; `false`: there is no such file.
///
/// # Errors
/// It was refused, or attempts ran out; what is there is kept and continued by the next fetch.
pub(super) fn download(
    context: &Context,
    record: &mut Record,
    part: &Path,
    link: &mut dyn Link,
) -> Result<bool> {
    let client = &context.client;
    let is_stale_part = |partial: &Partial| context.force || context.refresh || !partial.is_final;
    if record.partial.as_ref().is_some_and(is_stale_part) {
        forget(context, record, part)?;
    }
    let (mut failed, mut continued, mut renewed) = (0, 0, 0);
    let mut polls = context.polls();
    let mut is_stale = false;
    loop {
        let call = link.call(client, is_stale)?;
        is_stale = false;
        let (reason, pause) = match attempt(context, record, part, link, &call)? {
            Attempt::Complete => return Ok(true),
            Attempt::Missing => return Ok(false),
            Attempt::Stale(reply) => {
                renewed += 1;
                if renewed > RENEWED {
                    return Err(client.error(&call.address, client.said(&reply)));
                }
                is_stale = true;
                continue;
            }
            Attempt::NotReady(pause) => {
                if polls.is_over() {
                    let cause = format!("not ready after {} s", context.wait.as_secs());
                    return Err(client.error(&call.address, cause).with_hint(
                        "run the same command again later, or allow more time with --wait",
                    ));
                }
                let pause = pause.unwrap_or_default().max(polls.pause());
                client.stop.sleep(pause.min(polls.left() + Duration::from_secs(1)))?;
                continue;
            }
            Attempt::Broken { reason, bytes, pause } => {
                continued += 1;
                renewed = if bytes > 0 { 0 } else { renewed };
                // Bytes that the next attempt must ask for again are no progress.
                failed = if bytes > 0 && record.partial.is_some() { 0 } else { failed + 1 };
                (reason, pause)
            }
        };
        if failed > client.retries || continued > CONTINUED || client.retries == 0 {
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
        200 | 206 if encoding(&opened).is_some() => {
            let encoding = encoding(&opened).unwrap_or_default();
            let cause = format!("the server sent it as {encoding}, which was not asked for");
            Err(client.error(&call.address, cause))
        }
        200 if !is_excluded(&opened, link) => {
            // What is there is overwritten, so the state must not say that it can be continued.
            if record.partial.take().is_some() {
                context.store.save(record)?;
            }
            take(context, record, part, opened, (0, link.is_final()))
        }
        206 if continues(&opened, record, have) => {
            take(context, record, part, opened, (have, link.is_final()))
        }
        // Not the range that was asked for, or a range beyond the end: from the beginning, then.
        206 | 416 => {
            forget(context, record, part)?;
            let reason = "the server has another range of the file".into();
            Ok(Attempt::Broken { reason, bytes: 0, pause })
        }
        _ => without_bytes(context, link, &call, opened),
    }
}

/// What an answer means that has no bytes of the file.
fn without_bytes(
    context: &Context,
    link: &dyn Link,
    call: &Call,
    opened: Opened,
) -> Result<Attempt> {
    let (client, pause, status) = (&context.client, opened.retry_after(), opened.status);
    let reply = client.read_reason(status, opened.body);
    Ok(match link.judge(status) {
        Verdict::Again => Attempt::Broken { reason: client.said(&reply), bytes: 0, pause },
        Verdict::Stale => Attempt::Stale(reply),
        Verdict::NotReady => Attempt::NotReady(pause),
        Verdict::Missing => Attempt::Missing,
        Verdict::Refused if status == 200 => {
            let cause = format!("not the file that was asked for: {}", client.said(&reply));
            return Err(client.error(&call.address, cause));
        }
        Verdict::Refused => return Err(client.refused(&call.address, &reply)),
    })
}

/// Whether an answer of 200 is something else than the file, by its kind.
fn is_excluded(opened: &Opened, link: &dyn Link) -> bool {
    let kind = opened.header(&CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    link.excludes().iter().any(|other| kind.contains(other))
}

/// An encoding that the client does not decode.
fn encoding(opened: &Opened) -> Option<&str> {
    let encoding = opened.header(&CONTENT_ENCODING)?;
    let is_decoded = |known: &&str| encoding.eq_ignore_ascii_case(known);
    (!["identity", "gzip", "x-gzip", ""].iter().any(is_decoded)).then_some(encoding)
}

/// Whether an answer of 206 begins where the part ends, and is of the same file.
fn continues(opened: &Opened, record: &Record, have: u64) -> bool {
    let Some(partial) = &record.partial else { return false };
    // A server that does not heed If-Range may have another file now.
    let is_same = |name| opened.header(&name).is_none_or(|now| now == partial.validator);
    let is_of_tag = partial.validator.starts_with('"');
    if !(if is_of_tag { is_same(ETAG) } else { is_same(LAST_MODIFIED) }) || have >= partial.total {
        return false;
    }
    let expected = format!("bytes {have}-{}/{}", partial.total - 1, partial.total);
    opened.header(&CONTENT_RANGE) == Some(&expected) && opened.header(&CONTENT_ENCODING).is_none()
}

/// Writes what comes after the first `have` bytes.
fn take(
    context: &Context,
    record: &mut Record,
    part: &Path,
    opened: Opened,
    (have, is_final): (u64, bool),
) -> Result<Attempt> {
    let error = |e| cannot("write", part, e);
    let length = opened.header(&CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    // The client leaves the length out if it decodes what comes.
    let new = validator(&opened).zip(length);
    let new = new.map(|(validator, total)| Partial { validator, total, is_final });
    // An answer to a range need not repeat what it is of.
    let partial = record.partial.clone().or(new);
    let total = partial.as_ref().map(|partial| partial.total).or(length);
    let mut file = open(part, have).map_err(error)?;
    context.expected.fetch_add(length.unwrap_or(0), Ordering::Relaxed);
    let (mut bytes, mut is_noted) = (0, have > 0);
    let mut reader = opened.body.into_reader();
    let mut buffer = vec![0; 128 << 10];
    let mut flow = Flow::new(context.timeout);
    let broken = loop {
        context.client.stop.check()?;
        let read = match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => break Some(plain(&e)),
        };
        file.write_all(&buffer[..read]).map_err(error)?;
        bytes += read as u64;
        context.received.fetch_add(read as u64, Ordering::Relaxed);
        if !is_noted && bytes >= WORTH_CONTINUING && partial.is_some() {
            is_noted = true;
            record.partial.clone_from(&partial);
            context.store.save(record)?;
        }
        if let Err(reason) = flow.check(read) {
            break Some(reason);
        }
    };
    let is_short = total.is_some_and(|total| have.saturating_add(bytes) < total);
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
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(cannot("remove", part, e)),
        _ => context.store.save(record),
    }
}
