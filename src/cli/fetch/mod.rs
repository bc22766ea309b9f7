//! `ripsaw fetch`: logs from the platforms.

mod bar;
mod events;
mod source;

use std::cell::Cell;
use std::io::{Write as _, stdout};
use std::path::Path;

use ripsaw::error::{Error, Location, Result};
use ripsaw::fetch::{self, Connection, FetchOptions, Secret, Summary};
use serde_json::json;

use super::args::{CommonArgs, FetchArgs, MessageArgs, PlatformArgs};
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::quantity;
use super::report;
use super::settings::messages;
use events::Observer;

/// Fetches what was asked for, and says what was fetched.
pub(super) fn run(args: FetchArgs) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let (name, common, shown) = parts(&args.platform);
    let console = messages(shown);
    let options = options(common, name)?;
    let is_json = common.json;
    let source = source::resolve(&args.platform, options.secret.as_ref())?;
    // The state of what is fetched is written at once; threads are given a moment to do so.
    interrupt.hold();
    let mut observer = Observer::new(is_json, console);
    let is_read = Cell::new(true);
    let is_stopped = || interrupt.is_requested() || !is_read.get();
    let summary = fetch::run(source, &options, &is_stopped, &mut |event| {
        // Nobody reads what is printed any more.
        is_read.set(observer.observe(event));
    });
    observer.finish()?;
    let summary = summary?;
    if options.dry_run {
        return plan(&summary, is_json);
    }
    if is_json {
        let Summary { fetched, kept, failed, bytes, .. } = summary;
        let line = json!({"event": "summary", "fetched": fetched, "kept": kept, "failed": failed, "bytes": bytes});
        print(&format!("{line}\n"))?;
    } else if !console.quiet {
        report::note(&said(&summary, &options.out));
    }
    Ok(match summary {
        Summary { failed: 1.., .. } => Exit::Failed,
        Summary { fetched: 0, kept: 0, .. } => Exit::NoMatch,
        _ => Exit::Done,
    })
}

/// The variable of the platform's key, and the arguments that all platforms have.
fn parts(args: &PlatformArgs) -> (&'static str, &CommonArgs, &MessageArgs) {
    match args {
        PlatformArgs::Harness(args) => ("HARNESS_API_KEY", &args.common, &args.messages),
        PlatformArgs::Firstgen(args) => ("HARNESS_API_KEY", &args.common, &args.messages),
        PlatformArgs::Apify(args) => ("APIFY_TOKEN", &args.common, &args.messages),
        PlatformArgs::Deepset(args) => ("DEEPSET_API_KEY", &args.common, &args.messages),
    }
}

fn options(args: &CommonArgs, secret_name: &'static str) -> Result<FetchOptions> {
    let jobs = usize::from(args.jobs);
    Ok(FetchOptions {
        out: args.out.clone(),
        jobs,
        connection: Connection {
            timeout: args.timeout,
            retries: args.retries,
            rate: args.rate,
            proxy: args.proxy.clone(),
            cacert: args.cacert.clone(),
            connections: jobs + 1,
        },
        secret: secret(args.token_file.as_deref(), secret_name)?,
        secret_name,
        wait: args.wait,
        force: args.force,
        refresh: args.refresh,
        allow_running: args.allow_running,
        dry_run: args.dry_run,
    })
}

/// The key: in the file, else in the environment.
fn secret(file: Option<&Path>, name: &'static str) -> Result<Option<Secret>> {
    let (text, place) = match file {
        Some(path) => {
            let location = Location::bundle(path.display().to_string());
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::io("cannot read the key", location.clone(), e))?;
            (text, location)
        }
        None => match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => (text, Location::bundle(name)),
            _ => return Ok(None),
        },
    };
    Secret::new(&text).map(Some).map_err(|why| Error::new("cannot use the key", place, why))
}

/// Prints what would be fetched.
fn plan(summary: &Summary, is_json: bool) -> Result<Exit> {
    for item in &summary.planned {
        let path = item.path.as_ref().map(|path| path.display().to_string());
        let line = if is_json {
            let (id, status, started_at) = (&item.id, &item.status, &item.started_at);
            json!({"event": "planned", "id": id, "status": status, "started_at": started_at, "file": path})
                .to_string()
        } else {
            let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "-".into());
            let there = path.map_or_else(|| "to fetch".into(), |path| format!("there: {path}"));
            let fields = [item.id.clone(), word(&item.status), word(&item.started_at), there];
            fields.map(|field| report::printable(&field).into_owned()).join("\t")
        };
        print(&format!("{line}\n"))?;
    }
    Ok(if summary.planned.is_empty() { Exit::NoMatch } else { Exit::Done })
}

/// The summary in words.
fn said(summary: &Summary, out: &Path) -> String {
    let Summary { fetched, kept, failed, bytes, .. } = summary;
    let mut parts = Vec::new();
    if *fetched > 0 {
        let logs = quantity::count(*fetched as u64, "item", "items");
        parts.push(format!("fetched {logs} to {} ({})", out.display(), quantity::bytes(*bytes)));
    }
    if *kept > 0 {
        parts.push(format!("{} already present", quantity::thousands(*kept as u64)));
    }
    if *failed > 0 {
        parts.push(format!("{} failed", quantity::thousands(*failed as u64)));
    }
    if parts.is_empty() { "nothing to fetch".into() } else { parts.join(", ") }
}

/// Prints to standard output.
fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Prints to standard output what need not be text.
fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(report::cannot_print)
}
