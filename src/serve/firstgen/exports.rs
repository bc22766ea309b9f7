//! Exports: asked for, queued, ready, expired.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::hash::SecretIds;
use super::super::request::Request;
use super::super::zip::Zip;
use super::deployments::{Deployment, Deployments};
use super::error;
use super::graphql::{Asked, failed};

/// How long a link is good for.
const GOOD_FOR: Duration = Duration::from_secs(72 * 60 * 60);
/// Exports of an account in a day.
const A_DAY: usize = 25;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Exports of an account that wait at once.
const QUEUE: usize = 3;
/// How long an export waits, unless it is asked for before.
const WAITS: Duration = Duration::from_secs(5);
/// Deployments in an export.
const DEPLOYMENTS: usize = 1000;

/// An export that was asked for.
#[derive(Clone)]
struct Export {
    account: String,
    asked_at: SystemTime,
    deployments: usize,
    /// It was asked for by a client that polls.
    is_seen: bool,
    /// `None`: it failed.
    zip: Option<Arc<Zip>>,
}

/// The exports that were asked for, by id.
#[derive(Default)]
pub(super) struct Exports {
    ids: SecretIds,
    all: Mutex<HashMap<String, Export>>,
}

impl Export {
    /// The platform's word for how far it is.
    fn status(&self, now: SystemTime) -> &'static str {
        let age = now.duration_since(self.asked_at).unwrap_or_default();
        match &self.zip {
            _ if age > GOOD_FOR => "EXPIRED",
            _ if !self.is_seen && age < WAITS => "QUEUED",
            Some(_) => "READY",
            None => "FAILED",
        }
    }

    /// What is said of it.
    fn answer(&self, request: &Request, id: &str, status: &str) -> Map<String, Value> {
        let link = |what: &str| {
            let account = &self.account;
            format!("{}/api/export-executions/{what}/{id}?accountId={account}", request.origin)
        };
        let failure = (status == "FAILED").then_some("Unable to export executions");
        let answer = json!({
            "requestId": id,
            "status": status,
            "totalExecutions": self.deployments,
            "triggeredAt": millis(self.asked_at),
            "statusLink": link("status"),
            "downloadLink": link("download"),
            "expiresAt": millis(self.asked_at + GOOD_FOR),
            "errorMessage": failure,
        });
        match answer {
            Value::Object(answer) => answer,
            _ => Map::new(),
        }
    }
}

impl Exports {
    /// Asks for an export of what was found.
    pub(super) fn ask(
        &self,
        request: &Request,
        account: &str,
        asked: &Asked,
        deployments: &Deployments,
        found: &[&Deployment],
    ) -> Answer {
        const FIELD: Option<&str> = Some("exportExecutions");
        let now = SystemTime::now();
        if let Err(message) = self.check(account, found.len(), now) {
            return failed(FIELD, &message);
        }
        let zip = deployments.export(found).ok().map(Arc::new);
        let id = self.ids.make();
        let export = Export {
            account: account.to_owned(),
            asked_at: now,
            deployments: found.len(),
            is_seen: false,
            zip,
        };
        let mut answer = export.answer(request, &id, "QUEUED");
        answer.insert("clientMutationId".to_owned(), json!(asked.client_id));
        self.lock().insert(id, export);
        let data = json!({ "exportExecutions": asked.fields(answer) });
        Answer::json(StatusCode::OK, &json!({ "data": data }))
    }

    /// The platform's limits, in its words.
    fn check(&self, account: &str, count: usize, now: SystemTime) -> Result<(), String> {
        let mut all = self.lock();
        all.retain(|_, export| {
            now.duration_since(export.asked_at).is_ok_and(|age| age < GOOD_FOR + DAY)
        });
        let of_account = || all.values().filter(|export| export.account == account);
        let today = of_account()
            .filter(|export| now.duration_since(export.asked_at).is_ok_and(|age| age < DAY));
        if today.count() >= A_DAY {
            return Err(
                "Number of export executions requests from this account has reached its daily \
                        limit"
                    .to_owned(),
            );
        }
        let queued = of_account().filter(|export| export.status(now) == "QUEUED").count();
        if queued >= QUEUE {
            return Err(format!(
                "{queued} export executions requests are already in queue for the current account"
            ));
        }
        if count == 0 {
            return Err("No executions found matching request filters".to_owned());
        }
        if count > DEPLOYMENTS {
            return Err(format!(
                "Number of executions for the given filters is: {count} which is greater than the limit \
                 of number of executions per export: {DEPLOYMENTS}"
            ));
        }
        Ok(())
    }

    /// How far an export is. Who asks has waited.
    pub(super) fn status(&self, request: &Request, account: &str, id: &str) -> Answer {
        let Some((export, status)) = self.see(account, id) else { return unknown() };
        Answer::json(StatusCode::OK, &filled(export.answer(request, id, status)))
    }

    /// The zip of an export, or how far it is.
    pub(super) fn download(&self, request: &Request, account: &str, id: &str) -> Answer {
        let Some((export, status)) = self.see(account, id) else { return unknown() };
        let code = match (status, &export.zip) {
            ("READY", Some(zip)) => {
                return zip.answer("application/octet-stream", &format!("{account}_{id}.zip"));
            }
            ("QUEUED", _) => StatusCode::ACCEPTED,
            _ => StatusCode::GONE,
        };
        Answer::json(code, &filled(export.answer(request, id, status)))
    }

    /// An export, and its status before it was seen.
    fn see(&self, account: &str, id: &str) -> Option<(Export, &'static str)> {
        let mut all = self.lock();
        let export = all.get_mut(id).filter(|export| export.account == account)?;
        let status = export.status(SystemTime::now());
        export.is_seen = true;
        Some((export.clone(), status))
    }

    /// A panic elsewhere cannot leave the map in between.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Export>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without what is null.
fn filled(answer: Map<String, Value>) -> Value {
    Value::Object(answer.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

fn unknown() -> Answer {
    let message = "Invalid request: Export executions request does not exist";
    error(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
