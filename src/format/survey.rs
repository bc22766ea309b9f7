//! Which format every file is of, before anything is read.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::sample::{SAMPLE, Sample};
use super::{FORMATS, harness, ripsaw};
use crate::identity::Identity;
use crate::source::{Catalog, Framing, Recognise, Recognised};

/// The table of formats, for those who read.
#[derive(Debug, Default)]
pub struct Registry {
    forced: Option<usize>,
}

impl Recognise for Registry {
    fn by_path(&self, identity: &Identity) -> Option<Recognised> {
        let is_harness = self.forced.is_none() && *identity != Identity::default();
        is_harness.then_some((0, harness::BY_PATH.into()))
    }

    fn by_content(&self, bundle: &str, path: &str, head: &[u8]) -> Recognised {
        if let Some(forced) = self.forced {
            return (forced, "forced".into());
        }
        let (format, reason) = tell(&Sample::new(bundle, path, head));
        (format, reason.into())
    }

    fn in_passing(&self, bundle: &str, path: &str, head: &[u8]) -> usize {
        let (format, _) = self.by_content(bundle, path, head);
        ripsaw::in_passing(format)
    }

    fn sample(&self) -> usize {
        if self.forced.is_some() { 0 } else { SAMPLE }
    }

    fn is_forced(&self) -> bool {
        self.forced.is_some()
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
/// they are read. Looks at the first bytes of those whose paths do not tell, on up to `threads` threads,
/// and into the archives that are found so.
/// Standard input and pipes, which can be read only once, are told when they are read.
pub fn survey(catalog: &mut Catalog, forced: Option<usize>, threads: usize) {
    look_at_all(catalog, forced, threads);
    for (number, entry) in catalog.entries.iter_mut().enumerate() {
        entry.number = number;
    }
}

fn look_at_all(catalog: &mut Catalog, forced: Option<usize>, threads: usize) {
    catalog.set_recogniser(Arc::new(Registry { forced }));
    catalog.examine(threads);
    let mut found = vec![false; FORMATS.len()];
    for entry in &mut catalog.entries {
        let Some(index) = entry.format else {
            entry.stages = &STAGES;
            continue;
        };
        let format = FORMATS[index];
        found[index] = true;
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
