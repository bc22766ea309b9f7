//! Which items are meant: arguments to a source.

use ripsaw::error::{Error, Location, Result};
use ripsaw::fetch::{Address, Secret, Source, apify, deepset, firstgen, harness};
use ripsaw::query::{now_in, parse_instant};

use crate::cli::args::{
    ApifyArgs, DeepsetArgs, FirstgenArgs, HarnessArgs, PlatformArgs, RecordFormat, RunArgs,
};

/// Checks that no id is empty: it would name a list of all.
fn check<'a>(ids: impl IntoIterator<Item = &'a String>) -> Result<()> {
    match ids.into_iter().any(|id| id.trim().is_empty()) {
        true => Err(usage("an id is empty")),
        false => Ok(()),
    }
}

/// Refuses what selects runs of a list if runs are given by their ids.
fn check_ids(ids: &[String], runs: &RunArgs) -> Result<()> {
    let has_selection = runs.last.is_some() || runs.since.is_some() || !runs.status.is_empty();
    match !ids.is_empty() && has_selection {
        true => {
            Err(usage("--last, --since and --status select from a list; they do not go with ids"))
        }
        false => Ok(()),
    }
}

/// The source of a platform's arguments.
pub(super) fn resolve(args: &PlatformArgs, secret: Option<&Secret>) -> Result<Source> {
    Ok(match args {
        PlatformArgs::Harness(args) => Source::Harness(of_harness(args, secret)?),
        PlatformArgs::Firstgen(args) => Source::FirstGen(of_firstgen(args, secret)?),
        PlatformArgs::Apify(args) => Source::Apify(of_apify(args)?),
        PlatformArgs::Deepset(args) => Source::Deepset(of_deepset(args)?),
    })
}

fn of_harness(args: &HarnessArgs, secret: Option<&Secret>) -> Result<harness::Harness> {
    check(args.executions.iter().chain(&args.pipeline).chain(&args.project).chain(&args.account))?;
    check_ids(&args.executions, &args.runs)?;
    let mut pages: Vec<harness::Page> = Vec::new();
    let mut ids = Vec::new();
    for text in &args.executions {
        if !text.contains("://") {
            ids.push(text.clone());
            continue;
        }
        let page = harness::Page::parse(text)
            .map_err(|why| Error::new("cannot fetch", Location::bundle(shown(text)), why))?;
        ids.push(page.execution.clone());
        pages.push(page);
    }
    let page = pages.first();
    let is_same = |other: &harness::Page| {
        page.is_some_and(|page| {
            (&page.base, &page.account, &page.org, &page.project)
                == (&other.base, &other.account, &other.org, &other.project)
        })
    };
    if !pages.iter().all(is_same) {
        return Err(usage(
            "the executions are of several projects; fetch those of each by themselves",
        ));
    }
    let or = |given: &Option<String>, of_page: fn(&harness::Page) -> &String| {
        given.clone().or_else(|| page.map(|page| of_page(page).clone()))
    };
    let account = or(&args.account, |page| &page.account).or_else(|| account_of(secret));
    let account = account.ok_or_else(|| usage("--account is needed: the key does not name it"))?;
    let org = or(&args.org, |page| &page.org).unwrap_or_else(|| "default".into());
    let project = or(&args.project, |page| &page.project)
        .ok_or_else(|| usage("--project is needed, or the address of an execution's page"))?;
    let base = match (&args.common.base_url, page) {
        (None, Some(page)) => page.base.clone(),
        (given, _) => base(given.as_deref(), harness::HOST)?,
    };
    let wanted = match &args.pipeline {
        Some(pipeline) => harness::Executions::Pipeline {
            pipeline: pipeline.clone(),
            last: args.runs.last.map(|last| last as usize),
            since: millis("--since", args.runs.since.as_deref())?,
            status: args.runs.status.clone(),
        },
        None => harness::Executions::Executions(ids),
    };
    Ok(harness::Harness::new(base, (account, org, project), wanted))
}

fn of_firstgen(args: &FirstgenArgs, secret: Option<&Secret>) -> Result<firstgen::FirstGen> {
    check(args.account.iter().chain(&args.app).chain(&args.request))?;
    let account = args.account.clone().or_else(|| account_of(secret));
    let account = account.ok_or_else(|| usage("--account is needed: the key does not name it"))?;
    let wanted = match (&args.request, &args.app) {
        (Some(request), _) => firstgen::Exports::Request(request.clone()),
        (None, app) => firstgen::Exports::Deployments {
            app: app.clone().unwrap_or_default(),
            since: millis("--since", args.since.as_deref())?.unwrap_or(0),
            until: millis("--until", args.until.as_deref())?,
        },
    };
    let base = base(args.common.base_url.as_deref(), firstgen::HOST)?;
    Ok(firstgen::FirstGen::new(base, account, wanted))
}

fn of_apify(args: &ApifyArgs) -> Result<apify::Apify> {
    check(args.runs.iter().chain(&args.actor))?;
    check_ids(&args.runs, &args.selected)?;
    let wanted = match &args.actor {
        Some(actor) => apify::Logs::Runs {
            actor: actor.clone(),
            last: args.selected.last.map(|last| last as usize),
            since: millis("--since", args.selected.since.as_deref())?,
            status: args.selected.status.clone(),
        },
        None => apify::Logs::Logs(args.runs.clone()),
    };
    if args.follow && args.runs.len() > 1 {
        return Err(usage("--follow prints one log; give one run"));
    }
    let base = base(args.common.base_url.as_deref(), apify::HOST)?;
    Ok(apify::Apify::new(base, wanted, args.raw, args.follow))
}

fn of_deepset(args: &DeepsetArgs) -> Result<deepset::Deepset> {
    let split = |text: &String| match text.split_once('/') {
        Some((workspace, name)) if !workspace.is_empty() && !name.is_empty() => {
            Ok((workspace.to_owned(), name.to_owned()))
        }
        _ => Err(usage(&format!("{text:?} is not WORKSPACE/NAME"))),
    };
    let wanted = deepset::PipelineLogs {
        pipelines: args.pipelines.iter().map(split).collect::<Result<_>>()?,
        filter: args.filter.clone(),
        since: millis("--since", args.since.as_deref())?,
        is_csv: args.to == RecordFormat::Csv,
    };
    deepset::Deepset::new(base(args.common.base_url.as_deref(), deepset::HOST)?, wanted)
}

/// The platform's address.
fn base(given: Option<&str>, hosted: &str) -> Result<Address> {
    let text = given.unwrap_or(hosted);
    Address::parse(text)
        .map_err(|why| Error::new("invalid --base-url", Location::bundle(shown(text)), why))
}

/// An address for a message: without a query, a user or a password, which may be secret.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

/// The account in a key: `pat.ACCOUNT.ID.SECRET`, or `sat...`.
fn account_of(secret: Option<&Secret>) -> Option<String> {
    secret?.account().map(str::to_owned)
}

/// A time in milliseconds since 1970.
fn millis(name: &str, text: Option<&str>) -> Result<Option<i64>> {
    let Some(text) = text else { return Ok(None) };
    let nanos = now_in(None).and_then(|now| parse_instant(text, &now));
    let nanos = nanos.map_err(|why| usage(&format!("{name}: {why}")))?;
    Ok(Some(nanos.div_euclid(1_000_000)))
}

/// An error in the arguments.
fn usage(text: &str) -> Error {
    Error::new(text.to_owned(), Location::default(), "see ripsaw fetch --help")
}
