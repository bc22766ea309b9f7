//! `ripsaw convert -o DIR/`: adds the bundles that are new or changed to a data set.

use std::io::{Write as _, stdout};
use std::path::Path;

use ripsaw::dataset::{Changes, Committed, DataSet};
use ripsaw::error::{Error, Location, Result};
use ripsaw::scan::KeyPolicy;
use ripsaw::table::KeySchema;

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::problems;
use super::quantity;
use super::receipt::Receipt;
use super::rejects::Rejects;
use super::report::{self, Late, Written};
use super::run::Run;
use super::settings::DataSetRun;

/// Adds to a data set, and reports on standard error.
pub(super) fn run(settings: DataSetRun) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let DataSetRun { mut reading, console, path, options, is_dry, .. } = settings;
    let prunes = options.prune;
    let mut set = match is_dry {
        true => DataSet::look(&path, options)?,
        false => {
            // From here on a signal lets the run end by itself, which leaves nothing.
            interrupt.hold();
            DataSet::open(&path, options)?
        }
    };
    if let Some(pinned) = set.key_policy() {
        refuse_other_keys(&reading.keys.0, &pinned)?;
        if !matches!(reading.keys.0, KeyPolicy::Extra) {
            reading.keys.0 = pinned;
        }
        reading.continues = true;
    }
    let mut changes = Changes::default();
    let mut run = Run::open_as(&reading, console, |reading| {
        let (scan, found) = set.scan(&reading.inputs, reading.options.clone())?;
        changes = found;
        Ok(scan)
    })?;
    // One that was moved is new under its new path.
    let mut gone = if prunes || !changes.added.is_empty() { set.gone() } else { Vec::new() };
    if !prunes && let [first, others @ ..] = &gone[..] {
        report::warning(&moved(&path, first, others.len()));
        gone.clear();
    }
    let counts = Counts::of(&changes, gone.len());
    set.check_settings(&run.scan)?;
    if is_dry {
        list(&changes, &gone, &counts, console.quiet)?;
        return Ok(Exit::Done);
    }
    let mut rejects = settings.rejects.as_ref().map(Rejects::create).transpose()?;
    let receipt = settings.report.as_ref().map(Receipt::create).transpose()?;
    let mut update = set.update(run.scan.clone(), changes)?;
    run.scan = update.scan().clone();
    let is_idle = update.is_empty();
    let sink = update.sink(|| interrupt.is_requested())?;
    let located = |error: Error| match error.is_interrupted() {
        true => error,
        false => error.at(Location::bundle(path.to_string_lossy())),
    };
    let outcome = run.send(sink, &interrupt, rejects.as_mut()).map_err(located)?;
    if let Some(rejects) = rejects {
        rejects.commit()?;
    }
    let committed = match is_idle {
        true => Committed::default(),
        false => update.commit(&outcome.report)?,
    };
    let name = path.to_string_lossy().into_owned();
    report::failures(run.catalog(), &outcome, "rows before the damage were kept");
    report::missing_pages(run.catalog(), &outcome.report.tallies);
    let unaccounted = match receipt {
        Some(receipt) => receipt.write(&run, &outcome, &name)?,
        None => None,
    };
    if !console.quiet {
        let written = Written {
            name,
            bytes: Some(committed.bytes).filter(|_| committed.files > 0),
            rows: committed.rows,
            elapsed: run.started.elapsed(),
            rejects: settings.rejects.as_ref().map(super::place::Place::name),
            has_lines: true,
            outcome: &outcome,
            late: Late::Pinned,
            bundles: Some(counts.summary(&committed)),
            problems: problems::notice_of(&run, &outcome, settings.console.quiet),
        };
        match is_idle {
            true => report::note(&format!("{}: nothing to do: {}", written.name, counts.text())),
            false => report::summary(run.catalog(), &written),
        }
    }
    run.print_stats(&outcome);
    unaccounted.map_or_else(|| Ok(run.exit(&outcome)), Err)
}

/// A warning of bundles that do not exist any more.
fn moved(set: &Path, first: &str, others: usize) -> Error {
    let what = match others {
        0 => format!("{first} does not exist"),
        others => {
            let others = quantity::thousands(others as u64);
            format!("{first} and {others} others do not exist")
        }
    };
    let cause = format!("{what} any more; if they were moved, their rows are there twice");
    Error::new("bundles are missing", Location::bundle(set.to_string_lossy()), cause)
        .with_hint("--prune removes the rows of bundles that do not exist")
}

/// Refuses columns of keys that are asked for and that a data set does not have.
fn refuse_other_keys(asked: &KeyPolicy, own: &KeyPolicy) -> Result<()> {
    let KeyPolicy::Pinned(own) = own else { return Ok(()) };
    // Names may have been changed, as keys may be called as folders are.
    let types = |schema: &KeySchema| -> Vec<_> {
        schema.keys.iter().map(|key| (key.key.clone(), key.kind, key.fields.clone())).collect()
    };
    let is_same = match asked {
        KeyPolicy::Pinned(asked) => types(asked) == types(own),
        KeyPolicy::Extra => own.keys.is_empty(),
        // What they would find is found by the first run alone.
        KeyPolicy::Sample | KeyPolicy::Scan => true,
    };
    if is_same {
        return Ok(());
    }
    let cause = "the columns of a data set are those of its first run";
    Err(Error::new("cannot use --schema or --keys", Location::default(), cause)
        .with_hint("leave it out, or write to another directory"))
}

/// How many bundles there are of each kind.
struct Counts {
    added: usize,
    changed: usize,
    unchanged: usize,
    damaged: usize,
    gone: usize,
}

impl Counts {
    fn of(changes: &Changes, gone: usize) -> Self {
        let (added, changed) = (changes.added.len(), changes.changed.len());
        let (unchanged, damaged) = (changes.unchanged, changes.damaged.len());
        Self { added, changed, unchanged, damaged, gone }
    }

    /// `3 new, 1 changed, 996 unchanged`.
    fn text(&self) -> String {
        let kinds = [
            (self.added, "new"),
            (self.changed, "changed"),
            (self.unchanged, "unchanged"),
            (self.gone, "removed"),
        ];
        let some = kinds.into_iter().filter(|(number, _)| *number > 0);
        let texts: Vec<String> = some
            .map(|(number, kind)| format!("{} {kind}", quantity::thousands(number as u64)))
            .collect();
        let text = if texts.is_empty() { "none".into() } else { texts.join(", ") };
        match self.damaged {
            0 => text,
            damaged => {
                let damaged = quantity::thousands(damaged as u64);
                format!("{text}; {damaged} of the unchanged could not be read to the end")
            }
        }
    }

    fn summary(&self, committed: &Committed) -> String {
        let files = quantity::count(committed.files as u64, "file", "files");
        let replaced = match committed.replaced {
            0 => String::new(),
            replaced => {
                let files = quantity::count(replaced as u64, "old file", "old files");
                format!(" in place of {files}")
            }
        };
        format!("bundles: {}; wrote {files}{replaced}", self.text())
    }
}

/// Lists what a run would do, and which of the unchanged bundles could not be read whole.
fn list(changes: &Changes, gone: &[String], counts: &Counts, is_quiet: bool) -> Result<()> {
    let Changes { added, changed, damaged, .. } = changes;
    let kinds =
        [("new", &added[..]), ("changed", changed), ("removed", gone), ("damaged", damaged)];
    let mut text = String::new();
    for (kind, path) in
        kinds.iter().flat_map(|(kind, paths)| paths.iter().map(move |path| (kind, path)))
    {
        text.push_str(&format!("{kind:<8} {path}\n"));
    }
    let mut out = stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    printed.map_err(report::cannot_print)?;
    if !is_quiet {
        report::note(&format!("bundles: {}; nothing was written", counts.text()));
    }
    Ok(())
}
