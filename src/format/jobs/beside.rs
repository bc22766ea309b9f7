//! What archives of Azure Pipelines have beside the logs of their jobs: how the run began, without times, and the pipeline
//! itself, which is not a log. Each is recognised by its own name and content, because a file may be read without those beside it.

use super::folders::split;
use crate::format::Sample;
use crate::format::lines::valid;
use crate::source::{Catalog, FormatId};

/// The log of how a run began.
const BEGINNING: &str = "initializeLog.txt";

/// The pipeline of a run, with all templates in it.
const PIPELINE: &str = "azure-pipelines-expanded.yaml";

/// Whether a file is called like one of these.
pub(super) fn is_beside(path: &str) -> bool {
    [BEGINNING, PIPELINE].contains(&split(path).1)
}

/// What a file is beside the logs of jobs. Its content must agree with its name.
pub(in crate::format) fn beside_jobs(sample: &Sample<'_>) -> Option<&'static str> {
    match split(sample.path).1 {
        BEGINNING => {
            let mut lines = sample.lines().map(valid);
            let has_mark = lines.any(|line| line.starts_with("##[") || line.starts_with("##vso["));
            has_mark.then_some("initializeLog.txt with lines of ##[")
        }
        PIPELINE => {
            // Comments and the beginning of a document may come before the first key.
            let is_other = |line: &&str| line.starts_with('#') || *line == "---";
            let first = sample.lines().map(valid).find(|line| !is_other(line))?;
            let (key, value) = first.split_once(':')?;
            let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
            (is_key && (value.is_empty() || value.starts_with(' ')))
                .then_some("the pipeline of a run")
        }
        _ => None,
    }
}

/// Sets aside the pipelines, unless they are to be read as this format.
pub(super) fn ignore_pipelines(catalog: &mut Catalog, azure: Option<FormatId>) {
    if catalog.has_forced_format() {
        return;
    }
    catalog.ignore_entries(|entry| {
        let is_one = entry.format == azure && split(&entry.path).1 == PIPELINE;
        azure.filter(|_| is_one).map(|azure| (azure, "not a log (the pipeline)".to_owned()))
    });
}
