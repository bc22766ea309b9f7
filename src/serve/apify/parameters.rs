//! The parameters of lists, checked.

use crate::query::instant;
use crate::record::zone::Zone;
use crate::serve::request::Request;

/// Items of a page: the most, and what a request without a limit is given.
const LIMIT: usize = 1_000;

/// The statuses that runs and builds have.
const STATUSES: [&str; 8] =
    ["READY", "RUNNING", "SUCCEEDED", "FAILED", "TIMING-OUT", "TIMED-OUT", "ABORTING", "ABORTED"];

/// What a list shows, and in which order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) offset: usize,
    pub(super) limit: usize,
    /// The latest first.
    pub(super) is_descending: bool,
    /// Any of these statuses; empty: all.
    pub(super) statuses: Vec<String>,
    /// Runs that began then or later, in milliseconds since 1970.
    pub(super) since: Option<i64>,
    /// Runs that began then or earlier.
    pub(super) until: Option<i64>,
}

impl Parameters {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn of(request: &Request) -> Result<Self, String> {
        let limit = number(request, "limit")?;
        let statuses = request.query.filled("status").unwrap_or_default();
        let statuses: Vec<String> = statuses
            .split(',')
            .map(|status| status.trim().to_owned())
            .filter(|status| !status.is_empty())
            .collect();
        if let Some(other) = statuses.iter().find(|status| !STATUSES.contains(&&***status)) {
            return Err(format!("status {other:?} is not one of {}", STATUSES.join(", ")));
        }
        Ok(Self {
            offset: number(request, "offset")?.unwrap_or(0),
            // On the wire 0 means no limit of the client's.
            limit: limit.filter(|&limit| limit > 0).map_or(LIMIT, |limit| limit.min(LIMIT)),
            is_descending: flag(request, "desc")?,
            statuses,
            since: time(request, "startedAfter")?,
            until: time(request, "startedBefore")?,
        })
    }
}

/// A parameter that is `true` or `1`, `false` or `0`, or absent.
///
/// # Errors
/// It is anything else.
pub(super) fn flag(request: &Request, name: &str) -> Result<bool, String> {
    match request.query.first(name) {
        Some("true" | "1") => Ok(true),
        Some("false" | "0" | "") | None => Ok(false),
        Some(other) => Err(format!("{name} {other:?} is not true, 1, false or 0")),
    }
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, String> {
    let Some(text) = request.query.filled(name) else { return Ok(None) };
    let number = text.parse().map_err(|_| format!("{name} {text:?} is not a whole number from 0"));
    number.map(Some)
}

fn time(request: &Request, name: &str) -> Result<Option<i64>, String> {
    let Some(text) = request.query.filled(name) else { return Ok(None) };
    match instant(text, &Zone::default()) {
        Some(nanos) => Ok(Some(nanos.div_euclid(1_000_000))),
        None => Err(format!("{name} {text:?} is not a date and time in ISO 8601")),
    }
}
