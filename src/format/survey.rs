//! The format of every entry, found before anything is decoded.
//!
//! A path of a Harness layout decides alone; other files are opened for their first bytes, which the
//! formats examine in their order. Afterwards each format may [survey](super::Format) its entries.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::sync::{Arc, LazyLock};

use super::choice::Formats;
use super::sample::{SAMPLE, Sample};
use super::{FORMATS, deepset, harness, ripsaw, rules};
use crate::error::Result;
use crate::identity::Identity;
use crate::parallel;
use crate::record::reference::day_in;
use crate::source::{
    Catalog, Entry, FormatId, Framing, ReadOptions, Recognise, Recognised, Reference, Unit,
};

/// The table of formats as the source rooms see it, which know no format.
#[derive(Debug, Default)]
struct Registry {
    formats: Formats,
    /// The longest row, if lines that continue a record are part of it.
    joined: Option<usize>,
}

impl Recognise for Registry {
    /// Harness, unless a format is forced.
    fn by_path(&self, identity: &Identity) -> Option<Recognised> {
        // Only a path of a Harness layout gives an identity here, and reading the file is saved.
        let is_harness = self.formats.forced.is_none() && *identity != Identity::default();
        is_harness.then_some((HARNESS, harness::BY_PATH.into()))
    }

    /// The first format that recognises the sample; plain text takes what is left.
    fn by_content(&self, bundle: &str, path: &str, head: &[u8]) -> Recognised {
        if let Some(forced) = self.formats.forced {
            return (forced, "forced".into());
        }
        let (format, reason) = self.tell(&Sample::new(bundle, path, head));
        (format, reason.into())
    }

    /// As [`by_content`](Self::by_content), but without formats that need a pass before the decoding one.
    fn in_passing(&self, bundle: &str, path: &str, head: &[u8]) -> FormatId {
        let (format, _) = self.by_content(bundle, path, head);
        ripsaw::in_passing(format)
    }

    fn by_lines(&self, bundle: &str, path: &str, head: &[u8], is_all: bool) -> Option<FormatId> {
        let sample = Sample::of_lines(bundle, path, head, is_all);
        let is_told = is_all || head.len() >= SAMPLE || !sample.is_open();
        is_told.then(|| ripsaw::in_passing(self.tell(&sample).0))
    }

    fn written(&self) -> Recognised {
        (ripsaw::id(), ripsaw::IN_FILE.into())
    }

    fn stages_of_rows(&self) -> &'static [&'static str] {
        deepset::ORIGINS
    }

    /// Nothing has to be read if the format is forced.
    fn sample(&self) -> usize {
        if self.formats.forced.is_some() { 0 } else { SAMPLE }
    }

    fn is_forced(&self) -> bool {
        self.formats.forced.is_some()
    }

    fn framing(&self, format: FormatId) -> Box<dyn Framing> {
        let mut framing = format.framing();
        if let Some(max_line) = self.joined {
            framing.join(max_line);
        }
        framing
    }
}

/// The format `harness`. A file with any of its records is of it, even if most of its lines are not.
const HARNESS: FormatId = FormatId::at(0);

impl Registry {
    /// The format of a sample, and the reason.
    fn tell(&self, sample: &Sample<'_>) -> (FormatId, String) {
        let last = FormatId::at(FORMATS.len() - 1);
        let mut all = self.formats.own.iter().copied().chain(FormatId::all());
        match all.find_map(|id| Some((id, reason(id, sample)?))) {
            // Before plain text is accepted, look for a record anywhere: the first lines may be rubbish.
            Some((id, reason)) if id != last => (id, reason),
            _ if harness::has_record(sample) => {
                (HARNESS, "a line with the keys of a Harness record".into())
            }
            found => found.unwrap_or((last, String::new())),
        }
    }
}

/// The reason if a sample is of a format.
fn reason(id: FormatId, sample: &Sample<'_>) -> Option<String> {
    match rules::rule_of(id) {
        Some(rule) => rule.recognises(sample).then(|| id.format().detected_by.to_owned()),
        None => (id.format().recognise)(sample),
    }
}

/// How inputs are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    /// Limits, and whether files are mapped.
    pub(crate) read: ReadOptions,
    /// Which formats are asked for.
    pub(crate) formats: Formats,
    /// Threads that look at the beginnings of files.
    pub(crate) threads: usize,
    /// An input that cannot be opened is one of the catalog's problems.
    pub(crate) is_lenient: bool,
}

impl Survey {
    /// Lists the inputs and detects the format of each entry. Looks at the first bytes of those whose
    /// paths do not say it, and into the archives that are found so. The format of standard input and
    /// pipes, which can be read only once, is detected while they are read. `know` may tell formats before any look.
    pub(crate) fn catalog<I, S>(self, inputs: I, know: impl FnOnce(&mut Catalog)) -> Result<Catalog>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let recogniser = self.recogniser();
        let mut catalog =
            Catalog::list(inputs, self.read, recogniser, self.is_lenient, self.threads)?;
        know(&mut catalog);
        catalog.examine(self.threads);
        identify(&mut catalog, self.threads);
        number(&mut catalog);
        Ok(catalog)
    }

    fn recogniser(&self) -> Arc<dyn Recognise> {
        let joined = self.read.join.then_some(self.read.max_line);
        Arc::new(Registry { formats: self.formats.clone(), joined })
    }

    /// Lists the files of inputs, for an extraction.
    pub(crate) fn files<I, S>(&self, inputs: I) -> Result<Catalog>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Catalog::list_unopened(inputs, self.read, self.recogniser())
    }

    /// Lists an input for a plan: no entry is looked at, and only the archive that the input is is opened.
    pub(crate) fn list(&self, input: &str) -> Result<Catalog> {
        Catalog::list_flat(input, self.read, self.recogniser())
    }

    /// The same for a zip archive below an input.
    pub(crate) fn list_found(&self, input: &str, path: &str) -> Catalog {
        Catalog::list_found(input, path, self.read, self.recogniser())
    }

    /// Lists units, each by itself, and detects the formats of their entries. `inputs`: all of the plan; those
    /// beside a unit are looked at if its logs are read together with others.
    pub(crate) fn catalog_of(
        self,
        units: &[&Unit],
        inputs: &[String],
        know: impl Fn(&mut Catalog) + Sync,
    ) -> Result<Catalog> {
        let numbered: Vec<(usize, &Unit)> = units.iter().copied().enumerate().collect();
        let open = |&(number, unit): &(usize, &Unit)| {
            let mut catalog = Catalog::of_unit(unit, number, self.read, self.recogniser())?;
            know(&mut catalog);
            catalog.look_further(1, false);
            let is_joint = |entry: &Entry| {
                entry.unit.is_some() && entry.format.is_some_and(FormatId::is_read_together)
            };
            if catalog.entries.iter().any(is_joint) {
                if let Unit::Files { .. } = unit {
                    let recogniser = self.recogniser();
                    catalog = Catalog::around(unit, number, inputs, self.read, recogniser);
                    know(&mut catalog);
                }
                catalog.look_further(1, true);
            }
            identify(&mut catalog, 1);
            Ok(catalog)
        };
        let mut all = Catalog::empty(self.read, self.recogniser());
        for catalog in parallel::map(&numbered, self.threads, units.len(), open) {
            all.append(catalog?);
        }
        number(&mut all);
        Ok(all)
    }
}

/// Numbers the entries.
fn number(catalog: &mut Catalog) {
    for (number, entry) in catalog.entries.iter_mut().enumerate() {
        entry.number = number;
    }
}

/// Fills in what names and surveys say of the entries: identity, stages, outcome, lines to leave out.
fn identify(catalog: &mut Catalog, threads: usize) {
    let mut found = BTreeSet::new();
    for entry in &mut catalog.entries {
        let Some(id) = entry.format else {
            // Its format shows only while it is read (standard input), so it may be any.
            entry.stages = &STAGES;
            continue;
        };
        let format = id.format();
        found.insert(id);
        entry.stages = match entry.written() {
            Some(log) if log.has_stages() => deepset::ORIGINS,
            _ => format.stages,
        };
        // The source has already taken Harness's identity from the path.
        if id != HARNESS {
            let bundle = &catalog.bundles[entry.bundle].name;
            let identity = (format.identify)(bundle, &entry.path);
            // A format that is forced may know nothing of paths.
            if identity != Identity::default() {
                entry.identity = identity.shared();
            }
        }
    }
    let surveys = found.into_iter().filter_map(|id| Some((id, id.format().survey?)));
    let surveys: Vec<_> = surveys.collect();
    for index in 0..catalog.entries.len() {
        if catalog.entries[index].format.is_some_and(FormatId::needs_reference) {
            let stored = catalog.stored_time(index);
            let day = day_in(&catalog.entries[index].path);
            catalog.entries[index].reference = Reference { stored, begun: None, day };
        }
    }
    if surveys.is_empty() {
        return;
    }
    let mut survey_all = || surveys.iter().for_each(|(id, survey)| survey(catalog, *id));
    // A pool of the caller's size; without it, surveys would use all cores.
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(survey_all),
        Err(_) => survey_all(),
    }
}

/// The stages that rows of any format may give themselves.
static STAGES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| FORMATS.iter().flat_map(|format| format.stages).copied().collect());

impl fmt::Debug for super::Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Format").field("name", &self.name).finish_non_exhaustive()
    }
}
