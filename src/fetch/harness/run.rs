//! Executions: what a URL or the listing says of them, whether they have ended, and the keys of their logs.

use serde_json::{Map, Value};

use super::super::address::Address;
use super::super::context::time_of_millis;

/// An execution of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::fetch) struct Run {
    /// `planExecutionId`.
    pub(super) id: String,
    pub(super) org: String,
    pub(super) project: String,
    /// Of the answers; empty before there is one.
    pub(super) pipeline: String,
    pub(super) sequence: i64,
    pub(super) status: String,
    /// Milliseconds since 1970; 0 if it has not.
    pub(super) started: i64,
    pub(super) ended: i64,
    /// Whether its keys are the short ones, if that is known.
    pub(super) is_simplified: Option<bool>,
}

/// How executions end (`ExecutionStatus`, NextGen).
const ENDED: &[&str] = &[
    "success",
    "failed",
    "errored",
    "aborted",
    "abortedbyfreeze",
    "expired",
    "ignorefailed",
    "skipped",
    "suspended",
    "approvalrejected",
];

impl Run {
    /// From a summary, as the listing and the graph have it.
    pub(super) fn of(summary: &Value) -> Option<Self> {
        let text = |name: &str| summary[name].as_str().unwrap_or_default().to_owned();
        let id = text("planExecutionId");
        (!id.is_empty()).then(|| Self {
            id,
            org: text("orgIdentifier"),
            project: text("projectIdentifier"),
            pipeline: text("pipelineIdentifier"),
            sequence: summary["runSequence"].as_i64().unwrap_or_default(),
            status: text("status"),
            started: summary["startTs"].as_i64().unwrap_or_default(),
            ended: summary["endTs"].as_i64().unwrap_or_default(),
            is_simplified: summary["shouldUseSimplifiedKey"].as_bool(),
        })
    }

    /// With what is known otherwise in place of what the summary lacks.
    pub(super) fn or(mut self, known: &Self) -> Self {
        for (own, known) in [(&mut self.org, &known.org), (&mut self.project, &known.project)] {
            if own.is_empty() {
                own.clone_from(known);
            }
        }
        self
    }

    /// Whether nothing is added to its logs any more. A status that is not known counts if there is an end.
    pub(super) fn has_ended(&self) -> bool {
        let status = self.status.to_ascii_lowercase();
        ENDED.contains(&&*status) || self.ended > 0 && !status.contains("running")
    }

    /// The prefixes that its logs may have in the log service; the likely one first.
    pub(super) fn prefixes(&self, account: &str) -> Vec<String> {
        let Self { id, org, project, pipeline, sequence, .. } = self;
        let simplified = format!("{account}/pipeline/{pipeline}/{sequence}/-{id}");
        let standard = format!(
            "accountId:{account}/orgId:{org}/projectId:{project}/pipelineId:{pipeline}/\
             runSequence:{sequence}/level0:pipeline"
        );
        match self.is_simplified {
            Some(true) => vec![simplified],
            Some(false) => vec![standard],
            None => vec![simplified, standard],
        }
    }

    /// What the state has of it in addition to its status.
    pub(super) fn facts(&self, account: &str) -> Map<String, Value> {
        let Self { org, project, pipeline, sequence, .. } = self;
        let facts = [
            ("account", account.into()),
            ("org", org.as_str().into()),
            ("project", project.as_str().into()),
            ("pipeline", pipeline.as_str().into()),
            ("run", (*sequence).into()),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }

    pub(super) fn started_at(&self) -> Option<String> {
        time_of_millis(self.started)
    }

    pub(super) fn ended_at(&self) -> Option<String> {
        time_of_millis(self.ended)
    }
}

/// What a page of an execution says by its address, such as
/// `https://app.harness.io/ng/account/A/module/cd/orgs/O/projects/P/pipelines/I/executions/E/pipeline`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Scheme and host.
    pub base: Address,
    /// The account's identifier.
    pub account: String,
    /// The organisation's.
    pub org: String,
    /// The project's.
    pub project: String,
    /// `planExecutionId`.
    pub execution: String,
}

impl Page {
    /// Reads the address of an execution's page.
    ///
    /// # Errors
    /// It is not one, or its host is not allowed.
    pub fn parse(url: &str) -> Result<Self, String> {
        // Older pages have all of it after a `#`.
        let url = url.replacen("/#/", "/", 1);
        let address = Address::parse(&url)?;
        if !address.is_loopback() && !address.is_hosted_harness() {
            return Err("its host is not Harness's own: if it may have the key, fetch by id, with --base-url".into());
        }
        let parts: Vec<&str> = address.path().split('/').collect();
        let after = |names: &[&str]| {
            let at = parts.iter().position(|part| names.contains(part))?;
            parts.get(at + 1).filter(|id| !id.is_empty()).map(|id| (*id).to_owned())
        };
        let missing =
            |what: &str| format!("the address has no {what}; copy that of the execution's page");
        Ok(Self {
            account: after(&["account"]).ok_or_else(|| missing("account"))?,
            org: after(&["orgs"]).ok_or_else(|| missing("organisation"))?,
            project: after(&["projects"]).ok_or_else(|| missing("project"))?,
            execution: after(&["executions", "deployments"]).ok_or_else(|| missing("execution"))?,
            base: address.with("/", &[]),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_of_executions() {
        let new = "https://app.harness.io/ng/account/aCC_1/module/cd/orgs/default/projects/Shop/pipelines/Rel/executions/aT5-x/pipeline?stage=b";
        let old = "https://acme.harness.io/ng/#/account/aCC_1/cd/orgs/default/projects/Shop/pipelines/Rel/deployments/aT5-x/pipeline";
        for (url, host) in [(new, "app.harness.io"), (old, "acme.harness.io")] {
            let page = Page::parse(url).unwrap();
            assert_eq!((page.account.as_str(), page.org.as_str()), ("aCC_1", "default"));
            assert_eq!((page.project.as_str(), page.execution.as_str()), ("Shop", "aT5-x"));
            assert_eq!(page.base.host(), host);
        }
        assert!(Page::parse("https://app.harness.io/ng/account/a/home").is_err());
        // Whoever sends such an address would be sent the key.
        assert!(Page::parse(&new.replace("app.harness.io", "app.harness.io.example")).is_err());
        assert!(
            Page::parse("http://app.harness.io/ng/account/a/orgs/o/projects/p/executions/e")
                .is_err()
        );
    }

    #[test]
    fn when_an_execution_has_ended() {
        let run = |status: &str, end: i64| {
            Run::of(&json!({"planExecutionId": "e", "status": status, "endTs": end}))
                .unwrap()
                .has_ended()
        };
        for status in [
            "Success",
            "Failed",
            "Aborted",
            "Expired",
            "ApprovalRejected",
            "IgnoreFailed",
            "SUCCESS",
        ] {
            assert!(run(status, 0), "{status}");
        }
        for status in [
            "Running",
            "Paused",
            "ApprovalWaiting",
            "Queued",
            "NotStarted",
            "InterventionWaiting",
            "",
        ] {
            assert!(!run(status, 0), "{status}");
        }
        assert!(run("SomethingNew", 1) && !run("AsyncRunning", 1));
    }

    #[test]
    fn prefixes_of_both_kinds() {
        let mut run = Run {
            id: "e".into(),
            org: "o".into(),
            project: "p".into(),
            pipeline: "i".into(),
            sequence: 3,
            ..Run::default()
        };
        let both = [
            "A/pipeline/i/3/-e",
            "accountId:A/orgId:o/projectId:p/pipelineId:i/runSequence:3/level0:pipeline",
        ];
        assert_eq!(run.prefixes("A"), both);
        run.is_simplified = Some(false);
        assert_eq!(run.prefixes("A"), both[1..]);
    }
}
