//! The addresses of Harness's services, and the headers that they take.
//!
//! Hosted, all are below `/gateway`; self-managed installations may have them at the top. The log service
//! takes the API key (`x-api-key`), older ones a token of their own beside it (`X-Harness-Token`).

use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::super::address::Address;
use super::super::client::{Call, Client, Reply};
use super::super::secret::Secret;
use crate::error::Result;

/// The services of one installation, for one account.
#[derive(Debug)]
pub(super) struct Routes {
    base: Address,
    /// What comes before the services' paths, once an answer has shown it.
    gateway: OnceLock<&'static str>,
    pub(super) account: String,
    /// The log service's own token, if it wants one.
    token: Mutex<Option<Secret>>,
}

impl Routes {
    /// `base`: as the user gave it, with or without `/gateway`.
    pub(super) fn new(base: Address, account: String) -> Self {
        let gateway = OnceLock::new();
        // A path that was given is meant.
        if !matches!(base.path(), "" | "/") {
            let _ = gateway.set("");
        }
        Self { base, gateway, account, token: Mutex::default() }
    }

    /// The address of the installation.
    pub(super) fn base(&self) -> &Address {
        &self.base
    }

    /// An address of a service.
    pub(super) fn address(&self, path: &str, query: &[(&str, &str)]) -> Address {
        let gateway = self.gateway.get().copied().unwrap_or("/gateway");
        self.base.below(&format!("{gateway}{path}"), query)
    }

    /// Asks a service. The first answer shows whether there is a gateway.
    pub(super) fn ask(
        &self,
        client: &Client,
        id: &str,
        (path, query): (&str, &[(&str, &str)]),
        post: Option<&[u8]>,
        is_final: impl Fn(&Reply) -> bool,
    ) -> Result<(Address, Reply)> {
        loop {
            let address = self.address(path, query);
            let call = match post {
                Some(body) => Call::post(id, address.clone(), body.to_vec()),
                None => Call::get(id, address.clone()),
            };
            let reply = client.reply(&self.authorised(client, call), &is_final)?;
            let is_service = reply.status != 404 || is_json(&reply);
            if self.gateway.get().is_none() {
                let _ = self.gateway.set(if is_service { "/gateway" } else { "" });
                if !is_service {
                    continue;
                }
            }
            if self.wants_token(client, id, &reply)? {
                continue;
            }
            return Ok((address, reply));
        }
    }

    /// A request with the key, and the log service's token if it wants one.
    pub(super) fn authorised(&self, client: &Client, call: Call) -> Call {
        let Some(key) = client.secrets.first() else { return call };
        let call = call.secret("x-api-key", key.header(""));
        match &*self.token.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(token) => call
                .secret("x-harness-token", token.header(""))
                .secret("authorization", key.header("Bearer ")),
            None => call,
        }
    }

    /// Whether an answer asks for the log service's token; then it is there now.
    fn wants_token(&self, client: &Client, id: &str, reply: &Reply) -> Result<bool> {
        let asks = matches!(reply.status, 400 | 401) && reply.text().contains("no token in header");
        let is_known = || self.token.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !asks || client.secrets.is_empty() || is_known() {
            return Ok(false);
        }
        let address = self.address("/log-service/token", &[("accountID", &self.account)]);
        let call = self.authorised(client, Call::get(id, address));
        let answer = client.reply(&call, |_| false)?;
        let Ok(token) = Secret::new(&answer.text()) else { return Ok(false) };
        if answer.status != 200 {
            return Ok(false);
        }
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(true)
    }
}

/// Whether an answer is from a service, not from what is in front of it.
fn is_json(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body).is_ok()
        // The log service says this one in plain text.
        || reply.body.starts_with(b"parameter ")
        || reply.body.starts_with(b"cannot list")
}
