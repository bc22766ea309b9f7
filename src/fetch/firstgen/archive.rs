//! The archive of an export.

use std::cell::Cell;

use super::super::address::Address;
use super::super::client::Client;
use super::super::download::{Link, NOT_ARCHIVES, Verdict};
use super::super::exchange::Call;
use crate::error::Result;

/// The archive of an export.
pub(super) struct Export<'a> {
    pub(super) id: &'a str,
    pub(super) address: Address,
    /// The service does not have it any more.
    pub(super) is_gone: Cell<bool>,
}

impl Link for Export<'_> {
    fn call(&mut self, _: &Client, _: bool) -> Result<Call> {
        Ok(Call::get(self.id, self.address.clone()).bytes("*/*"))
    }

    fn judge(&self, status: u16) -> Verdict {
        match status {
            202 => Verdict::NotReady,
            404 | 410 => {
                self.is_gone.set(true);
                Verdict::Refused
            }
            408 | 425 | 429 | 500.. => Verdict::Again,
            _ => Verdict::Refused,
        }
    }

    fn excludes(&self) -> &'static [&'static str] {
        NOT_ARCHIVES
    }
}
