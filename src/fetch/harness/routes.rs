//! The addresses of Harness's services, and the headers that they take.
//!
//! Hosted, all are below `/gateway`; self-managed installations may have them at the top. The log service
//! takes the API key (`x-api-key`), older ones also a token of their own (`X-Harness-Token`).

use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::super::address::Address;
use super::super::client::Client;
use super::super::exchange::{Call, Reply};
use super::super::secret::Secret;
use crate::error::Result;

/// The services of one installation, for one account.
#[derive(Debug)]
pub(super) struct Routes {
    base: Address,
    /// What comes before the services' paths, once an answer has shown it.
    gateway: OnceLock<&'static str>,
    /// Held by the first request, whose answer shows it.
    first: Mutex<()>,
    pub(super) account: String,
    /// Held while the token is asked for.
    asking: Mutex<()>,
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
        Self {
            base,
            gateway,
            first: Mutex::default(),
            asking: Mutex::default(),
            account,
            token: Mutex::default(),
        }
    }

    /// The address of the installation.
    pub(super) fn base(&self) -> &Address {
        &self.base
    }

    /// The parameters that name a project.
    pub(super) fn scope<'a>(&'a self, org: &'a str, project: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("accountIdentifier", &self.account),
            ("orgIdentifier", org),
            ("projectIdentifier", project),
        ]
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
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        // The others need not wait for one another.
        let _first = self.gateway.get().is_none().then_some(first);
        loop {
            let had_token = self.has_token();
            let address = self.address(path, query);
            let call = match post {
                Some(body) => Call::post(id, address.clone(), body.to_vec()),
                None => Call::get(id, address.clone()),
            };
            let reply = client.reply(&self.authorised(client, call), &is_final)?;
            // The page of a web application is not a service, whatever its status.
            let is_service = is_json(&reply) || matches!(reply.status, 401 | 403 | 500..);
            if self.gateway.get().is_none() {
                let _ = self.gateway.set(if is_service { "/gateway" } else { "" });
                if !is_service {
                    continue;
                }
            }
            if !had_token && self.wants_token(client, id, &reply)? {
                continue;
            }
            return Ok((address, reply));
        }
    }

    /// A request with the key, and the log service's token if it wants one.
    pub(super) fn authorised(&self, client: &Client, call: Call) -> Call {
        let Some(key) = client.secrets.first() else { return call };
        let call = client.with_key(call);
        match &*self.token.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(token) => call
                .secret("x-harness-token", token.header(""))
                .secret("authorization", key.header("Bearer ")),
            None => call,
        }
    }

    fn has_token(&self) -> bool {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether an answer asks for the log service's token; then it is there now.
    fn wants_token(&self, client: &Client, id: &str, reply: &Reply) -> Result<bool> {
        let asks = matches!(reply.status, 400 | 401) && reply.text().contains("no token in header");
        if !asks || client.secrets.is_empty() {
            return Ok(false);
        }
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        // Another request has asked for it meanwhile.
        if self.has_token() {
            return Ok(true);
        }
        let address = self.address("/log-service/token", &[("accountID", &self.account)]);
        let call = self.authorised(client, Call::get(id, address));
        let answer = client.reply(&call, |_| false)?;
        let Ok(token) = Secret::new(&answer.text()) else { return Ok(false) };
        if answer.status != 200 {
            return Ok(false);
        }
        client.hide(&token);
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
