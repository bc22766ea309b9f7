//! GitHub Actions run archives: `<n>_<job>.txt`, the whole log of a job, and `<job>/<n>_<step>.txt`,
//! the same lines step by step (actions/runner, src/Runner.Common/Logging.cs; cli/cli,
//! pkg/cmd/run/view/logs.go).

use std::collections::HashSet;

use super::stamped::{Anchor, Clock, Decoder, Stamped, whole_if};
use super::{Format, Sample, Settings};
use crate::batch::{Origin, Stamp};
use crate::identity::Identity;
use crate::record::ansi::CUT_MARK;
use crate::source::Catalog;

/// GitHub Actions.
pub(super) static FORMAT: Format = Format {
    name: "github",
    title: "GitHub Actions run archives",
    told_by: "lines that begin with a UTC time of seven fraction digits",
    columns: &[
        ("stage", "the job"),
        ("step", "the step, without its number"),
        ("timestamp, zone", "the stamp"),
        ("level", "##[error], ##[warning], ##[notice], ##[debug]"),
        ("message", "the text behind that"),
    ],
    recognise,
    identify: |_, path| identify(path),
    survey: Some(prefer_steps),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let max_line = settings.max_line;
        Box::new(Decoder { read, origin: &ORIGIN, cut_mark: None, max_line })
    },
};

static ORIGIN: Origin = Origin { name: "github", size_limits: &[], cut_marks: &[CUT_MARK] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    sample
        .has_lines(|line| anchor(line) == Anchor::Whole)
        .then(|| "lines with a time of seven fraction digits".into())
}

/// The number that a file's name begins with, and the rest without the extension.
fn numbered(name: &str) -> Option<&str> {
    let (number, rest) = name.strip_suffix(".txt")?.split_once('_')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(rest)
}

fn identify(path: &str) -> Identity {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = numbered(name).unwrap_or(name.strip_suffix(".txt").unwrap_or(name)).to_owned();
    let job = folder.rsplit('/').next().filter(|job| !job.is_empty());
    match job {
        Some(job) => {
            Identity { stage: Some(job.to_owned()), step: Some(name), ..Identity::default() }
        }
        None => Identity { stage: Some(name), ..Identity::default() },
    }
}

/// Moves the logs of whole jobs aside where there are logs of their steps.
fn prefer_steps(catalog: &mut Catalog, own: usize) {
    let folder_of = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let steps = catalog.entries.iter().filter(|entry| entry.format == Some(own));
    let folders: HashSet<(usize, String)> =
        steps.filter_map(|entry| Some((entry.bundle, folder_of(&entry.path)?))).collect();
    catalog.set_aside(|entry| {
        let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let job = numbered(name).filter(|_| entry.format == Some(own))?;
        let steps = if folder.is_empty() { job.to_owned() } else { format!("{folder}/{job}") };
        let reason = format!("the logs of its steps are in {steps}/");
        folders.contains(&(entry.bundle, steps)).then_some((own, reason))
    });
}

/// Digits of a stamp's fraction.
const DIGITS: usize = 7;

/// The level of a text, and the text behind its mark.
fn level(text: &str) -> (Option<&str>, &str) {
    if !text.starts_with("##[") {
        return (None, text);
    }
    for level in ["error", "warning", "notice", "debug"] {
        let behind = text.strip_prefix("##[").and_then(|rest| rest.strip_prefix(level));
        if let Some(rest) = behind.and_then(|rest| rest.strip_prefix(']')) {
            return (Some(&text[3..3 + level.len()]), rest);
        }
    }
    (None, text)
}

fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// The stamp of a line, and its text.
fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, &'a str)> {
    let (nanos, text) = clock.read::<DIGITS>(line)?;
    let (level, text) = level(text);
    Some((Stamp { timestamp: Some(nanos), zone: Some("Z"), level }, text))
}
