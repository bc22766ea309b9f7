//! The log service: archives of all logs below a prefix, which it prepares on demand, and single logs.

use serde::Deserialize;

use super::super::address::Address;
use super::super::client::Client;
use super::super::context::Context;
use super::super::download::{Link, NOT_ARCHIVES, Verdict};
use super::super::exchange::{Call, Reply};
use super::routes::Routes;
use crate::error::{Error, Result};

/// The answer to `POST blob/download`.
#[derive(Debug, Deserialize)]
struct Job {
    link: Option<String>,
    status: Option<String>,
    message: Option<String>,
}

/// The outcome of a request for an archive.
pub(super) enum Prepared {
    /// It is at this address.
    Ready(Address),
    /// There are more logs below the prefix than the service puts into an archive.
    TooMany,
    /// There is none.
    Nothing,
}

/// What the service says above its limit, which has been 500, 1,500 and 2,000 files; as 500 or, by what is in
/// front of it, 403.
const TOO_MANY: &str = "Prefix Key Exceeds Maximum Download Limit";

/// Asks for an archive of all logs below a prefix, and waits until it is ready.
pub(super) fn prepare(
    context: &Context,
    routes: &Routes,
    id: &str,
    prefix: &str,
) -> Result<Prepared> {
    let client = &context.client;
    let query = [("accountID", routes.account.as_str()), ("prefix", prefix)];
    let is_limit = |reply: &Reply| reply.text().contains(TOO_MANY);
    let (mut polls, mut failed) = (context.polls(), 0);
    loop {
        let path = ("/log-service/blob/download", &query[..]);
        let (address, reply) = routes.ask(client, id, path, Some(b""), is_limit)?;
        if is_limit(&reply) {
            return Ok(Prepared::TooMany);
        }
        if reply.status == 404 && reply.text().contains("cannot list files for prefix") {
            return Ok(Prepared::Nothing);
        }
        if reply.status != 200 {
            return Err(client.refused(&address, &reply));
        }
        let Ok(job) = serde_json::from_slice::<Job>(&reply.body) else {
            return Err(
                client.error(&address, format!("unexpected answer: {}", client.said(&reply)))
            );
        };
        let message = job.message.unwrap_or_default();
        match job.status.as_deref().unwrap_or_default() {
            "success" => {
                if !message.is_empty() {
                    client.notice(id, format!("the log service says of the archive: {message}"));
                }
                return link(routes, &job.link.unwrap_or_default()).map(Prepared::Ready).map_err(
                    |why| client.error(&address, format!("the link to the archive: {why}")),
                );
            }
            // The service has forgotten the job, and the next request begins it anew.
            "error" if failed < client.retries => failed += 1,
            "error" => {
                let cause = format!("the service could not prepare the archive: {message}");
                return Err(client.error(&address, cause));
            }
            "queued" | "in_progress" => {}
            other => return Err(client.error(&address, format!("unknown status {other:?}"))),
        }
        if polls.is_over() {
            return Err(too_slow(context, &address));
        }
        client.stop.sleep(polls.pause())?;
    }
}

fn too_slow(context: &Context, address: &Address) -> Error {
    let cause = format!("the archive was not ready after {} s", context.wait.as_secs());
    context
        .client
        .error(address, cause)
        .with_hint("run the same command again later, or allow more time with --wait")
}

/// The address of an archive. Self-managed installations may name the hosted one in links to themselves.
fn link(routes: &Routes, link: &str) -> Result<Address, String> {
    if link.is_empty() {
        return Err("there is none".into());
    }
    let base = routes.base();
    // A link without a host is to the installation; one with plain http, too, if it is moved there below.
    let address = match Address::parse(link) {
        Ok(address) => address,
        Err(_) if link.starts_with('/') => return base.resolve(link),
        Err(why) => {
            let secure = link.strip_prefix("http://").map(|rest| format!("https://{rest}"));
            Address::parse(&secure.ok_or_else(|| why.clone())?)
                .ok()
                .filter(is_wrapped)
                .ok_or(why)?
        }
    };
    Ok(address.at_installation(base))
}

/// Whether a link goes through the installation instead of to the storage itself.
fn is_wrapped(address: &Address) -> bool {
    address.path().starts_with("/storage/")
}

/// An archive below a prefix. Its address is signed and expires; the key is not sent to it.
pub(super) struct Archive<'a> {
    pub(super) context: &'a Context,
    pub(super) routes: &'a Routes,
    pub(super) id: &'a str,
    pub(super) prefix: &'a str,
    pub(super) address: Address,
}

impl Link for Archive<'_> {
    fn call(&mut self, client: &Client, is_stale: bool) -> Result<Call> {
        if is_stale {
            match prepare(self.context, self.routes, self.id, self.prefix)? {
                Prepared::Ready(address) => self.address = address,
                Prepared::TooMany | Prepared::Nothing => {
                    let cause = "the service does not offer the archive any more".to_owned();
                    return Err(client.error(&self.address, cause));
                }
            }
        }
        Ok(Call::get(self.id, self.address.clone()).bytes("*/*"))
    }

    /// Storage says 400 or 403 of a signature that has expired, and 404 of a file that it has deleted.
    fn judge(&self, status: u16) -> Verdict {
        match status {
            400 | 401 | 403 | 404 | 410 => Verdict::Stale,
            200 => Verdict::Refused,
            _ => Verdict::Again,
        }
    }

    fn excludes(&self) -> &'static [&'static str] {
        NOT_ARCHIVES
    }
}

/// A single log, by its key.
pub(super) struct Key<'a> {
    pub(super) routes: &'a Routes,
    pub(super) id: &'a str,
    pub(super) key: &'a str,
}

impl Link for Key<'_> {
    fn call(&mut self, client: &Client, _: bool) -> Result<Call> {
        let query = [("accountID", self.routes.account.as_str()), ("key", self.key)];
        let address = self.routes.address("/log-service/blob", &query);
        Ok(self.routes.authorised(client, Call::get(self.id, address).bytes("*/*")))
    }

    fn judge(&self, status: u16) -> Verdict {
        match status {
            404 => Verdict::Missing,
            408 | 425 | 429 | 500.. => Verdict::Again,
            _ => Verdict::Refused,
        }
    }

    fn excludes(&self) -> &'static [&'static str] {
        // Lines of JSON may be said to be JSON.
        &["html"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_moved_to_the_installation() {
        let to = |base: &str, target: &str| {
            let routes = Routes::new(Address::parse(base).unwrap(), "A".into());
            link(&routes, target).map(|address| address.uri().to_string())
        };
        let own = "https://logs.example:8443";
        let hosted = "https://app.harness.io/storage/harness-download/x/logs.zip?sig=1";
        let storage = "https://storage.googleapis.com/b/logs.zip?Signature=2";
        assert_eq!(
            to(own, hosted).unwrap(),
            "https://logs.example:8443/storage/harness-download/x/logs.zip?sig=1"
        );
        assert_eq!(to("https://app.harness.io", hosted).unwrap(), hosted);
        assert_eq!(to("https://acme.harness.io", hosted).unwrap(), hosted);
        assert_eq!(to(own, storage).unwrap(), storage);
        assert_eq!(to(own, "/storage/x").unwrap(), "https://logs.example:8443/storage/x");
        let plain = "http://app.harness.io/storage/harness-download/x";
        assert_eq!(to(own, plain).unwrap(), "https://logs.example:8443/storage/harness-download/x");
        assert!(to(own, "http://storage.example/x").is_err());
        assert!(to(own, "").is_err());
        assert!(to(own, "file:///etc/passwd").is_err());
    }
}
