//! The GraphQL requests: how many deployments there are, and the export of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::address::Address;
use super::super::context::Context;
use super::super::exchange::{Call, Reply};
use super::ranges::Range;
use crate::error::Result;

/// The answer to a request for an export.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    #[serde(rename = "requestId")]
    pub(super) request: String,
    pub(super) status: Option<String>,
    #[serde(rename = "totalExecutions")]
    pub(super) total: Option<i64>,
    pub(super) status_link: Option<String>,
    pub(super) download_link: Option<String>,
}

/// The outcome of a request for an export.
pub(super) enum Asked {
    Queued(Answer),
    /// There are so many deployments, more than an export may have.
    TooMany(u64),
    /// No deployment matches.
    Nothing,
}

const EXPORT: &str = "mutation($filters: [ExecutionFilter!]) {
  exportExecutions(input: {clientMutationId: \"ripsaw\", filters: $filters}) {
    clientMutationId requestId status totalExecutions triggeredAt statusLink downloadLink expiresAt errorMessage
  }
}";

const COUNT: &str = "query($filters: [ExecutionFilter!]) {
  executions(filters: $filters, limit: 1) { pageInfo { total } }
}";

/// The filters of an application's deployments in a range. Whether AFTER and BEFORE include the time itself
/// is not documented: a deployment in two exports is better than one in none.
fn filters(app: &str, range: Range) -> Value {
    json!([
        {"application": {"operator": "IN", "values": [app]}},
        {"startTime": {"operator": "AFTER", "value": range.since - 1}},
        {"startTime": {"operator": "BEFORE", "value": range.until}},
    ])
}

/// Sends a request; `is_counted`: it must not be repeated if it may have arrived.
fn send(
    context: &Context,
    (base, account): (&Address, &str),
    query: &str,
    filters: Value,
    is_counted: bool,
) -> Result<(Address, Reply)> {
    let query = json!({"query": query, "variables": {"filters": filters}});
    let gateway = if matches!(base.path(), "" | "/") { "/gateway" } else { "" };
    let address = base.below(&format!("{gateway}/api/graphql"), &[("accountId", account)]);
    let mut call = Call::post("", address.clone(), query.to_string().into_bytes());
    call.is_counted = is_counted;
    let reply = context.client.reply(&context.client.with_key(call), |_| false)?;
    Ok((address, reply))
}

/// How many deployments there are; `None` if the service does not say.
pub(super) fn count(
    context: &Context,
    base: &Address,
    account: &str,
    app: &str,
    range: Range,
) -> Result<Option<u64>> {
    let (address, reply) = send(context, (base, account), COUNT, filters(app, range), false)?;
    if matches!(reply.status, 401 | 403) {
        return Err(context.client.refused(&address, &reply));
    }
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Ok(answer["data"]["executions"]["pageInfo"]["total"].as_u64())
}

/// Asks for an export. While as many as the platform takes are queued, it waits.
pub(super) fn ask(
    context: &Context,
    base: &Address,
    account: &str,
    app: &str,
    range: Range,
) -> Result<Asked> {
    let client = &context.client;
    let mut polls = context.polls();
    loop {
        let (address, reply) = send(context, (base, account), EXPORT, filters(app, range), true)?;
        if reply.status != 200 {
            return Err(client.refused(&address, &reply));
        }
        let mut answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let export = answer["data"]["exportExecutions"].take();
        let message = [&answer["errors"][0]["message"], &export["errorMessage"]]
            .into_iter()
            .find_map(|message| message.as_str().filter(|text| !text.is_empty()))
            .map(str::to_owned);
        let Some(message) = message else {
            return match serde_json::from_value(export) {
                Ok(answer) => Ok(Asked::Queued(answer)),
                Err(_) => {
                    let cause = format!("unexpected answer: {}", client.said(&reply));
                    Err(client.error(&address, cause))
                }
            };
        };
        if message.contains("No executions found") {
            return Ok(Asked::Nothing);
        }
        if let Some(count) = too_many(&message) {
            return Ok(Asked::TooMany(count));
        }
        if !message.contains("already in queue") || polls.is_over() {
            return Err(client.error(&address, message));
        }
        if polls.is_first() {
            client.notice("", format!("waiting: {message}"));
        }
        client.stop.sleep(polls.pause())?;
    }
}

/// The number in `Number of executions for the given filters is: 2345 which is greater than the limit ...`.
fn too_many(message: &str) -> Option<u64> {
    let rest = message.split_once("given filters is:")?.1.trim_start();
    if !message.contains("greater than the limit") {
        return None;
    }
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_too_many() {
        let message = "Number of executions for the given filters is: 2345 which is greater than the limit of 1000";
        assert_eq!(too_many(message), Some(2345));
        assert_eq!(
            too_many(
                "Number of export executions requests from this account has reached its daily limit"
            ),
            None
        );
    }

    #[test]
    fn a_range_is_halved_down_to_a_millisecond() {
        let range = Range { since: 10, until: 13 };
        let halves = (Range { since: 10, until: 11 }, Range { since: 11, until: 13 });
        assert_eq!(range.halves(), Some(halves));
        assert_eq!(halves.0.halves(), None);
        assert_eq!(
            Range { since: 0, until: 1_000 }.to_string(),
            "the beginning to 1970-01-01T00:00:01Z"
        );
    }
}
