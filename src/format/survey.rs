//! Which format every file is of, before anything is read.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use rayon::prelude::*;

use super::sample::{SAMPLE, Sample};
use super::{FORMATS, harness};
use crate::identity::Identity;
use crate::source::{Catalog, Framing, Recognise};

/// The table of formats, for those who read.
#[derive(Debug, Default)]
pub struct Registry {
    forced: Option<usize>,
}

impl Recognise for Registry {
    fn recognise(&self, bundle: &str, path: &str, head: &[u8]) -> usize {
        self.forced.unwrap_or_else(|| tell(&Sample::new(bundle, path, head)).0)
    }

    fn framing(&self, format: usize) -> Box<dyn Framing> {
        (FORMATS[format].framing)()
    }
}

/// The format of a sample, and what says so.
fn tell(sample: &Sample<'_>) -> (usize, String) {
    let mut told = FORMATS.iter().enumerate();
    match told.find_map(|(index, format)| Some((index, (format.recognise)(sample)?))) {
        Some((index, reason)) if index + 1 < FORMATS.len() => (index, reason),
        _ if harness::has_record(sample) => (0, "a line with the keys of a Harness record".into()),
        last => last.unwrap_or((FORMATS.len() - 1, String::new())),
    }
}

/// Tells the formats of all entries, by `forced` if it is given, and what of them is known before
/// they are read. Looks at the first bytes of those whose paths do not tell, on up to `threads` threads.
/// Standard input and pipes, which can be read only once, are told when they are read.
pub fn survey(catalog: &mut Catalog, forced: Option<usize>, threads: usize) {
    catalog.set_recogniser(Arc::new(Registry { forced }));
    let look = |index: usize| -> Option<(usize, Cow<'static, str>)> {
        if let Some(forced) = forced {
            return Some((forced, "--format says so".into()));
        }
        let entry = &catalog.entries[index];
        // The path tells: nothing is read twice.
        if entry.identity != Identity::default() {
            return Some((0, harness::BY_PATH.into()));
        }
        if !catalog.can_be_read_twice(index) {
            return None;
        }
        let head = catalog.head(index, SAMPLE);
        let (format, reason) = tell(&Sample::new(catalog.bundle_of(entry), &entry.path, &head));
        Some((format, reason.into()))
    };
    let entries = 0..catalog.entries.len();
    let unknown = catalog.entries.iter().filter(|entry| entry.identity == Identity::default());
    let pool = (threads > 1 && forced.is_none() && unknown.count() > 64)
        .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok())
        .flatten();
    let told: Vec<_> = match pool {
        Some(pool) => pool.install(|| entries.into_par_iter().map(look).collect()),
        None => entries.map(look).collect(),
    };
    let mut found = vec![false; FORMATS.len()];
    for (entry, told) in catalog.entries.iter_mut().zip(told) {
        let Some((index, told_by)) = told else {
            entry.stages = &STAGES;
            continue;
        };
        let format = FORMATS[index];
        found[index] = true;
        entry.format = Some(index);
        entry.told_by = told_by;
        entry.stages = format.stages;
        if index != 0 {
            let bundle = &catalog.bundles[entry.bundle].name;
            let identity = (format.identify)(bundle, &entry.path);
            // A format that is forced may know nothing of paths.
            if identity != Identity::default() {
                entry.identity = identity;
            }
        }
    }
    let surveys: Vec<_> = (0..FORMATS.len())
        .filter(|&index| found[index])
        .filter_map(|index| Some((index, FORMATS[index].survey?)))
        .collect();
    if surveys.is_empty() {
        return;
    }
    let mut survey_all = || surveys.iter().for_each(|(index, survey)| survey(catalog, *index));
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(survey_all),
        Err(_) => survey_all(),
    }
}

/// All stages that rows of any format may name.
static STAGES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| FORMATS.iter().flat_map(|format| format.stages).copied().collect());

impl fmt::Debug for super::Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Format").field("name", &self.name).finish_non_exhaustive()
    }
}
