//! Writes the indexes that are missing: in a pass of their own, or beside another run.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::build::{Kept, Recorder, Recording, Wanted, Written};
use super::file::Key;
use super::unit::{Files, Unit, units};
use crate::error::Result;
use crate::pipeline::{self, Options, Report, Watcher};
use crate::sink::{Discard, Sink};
use crate::source::{Catalog, MapPolicy, Points};
use crate::table::Dictionaries;

/// How indexes are built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Building {
    /// Where they go; `None`: beside the logs.
    pub(crate) folder: Option<PathBuf>,
    /// Also those that are there and valid.
    pub(crate) anew: bool,
}

/// The files that must be read for an index, and those that are copied from the one that is there.
fn sort_out<'u>(
    catalog: &Catalog,
    units: &'u [Unit],
    key: Key,
    anew: bool,
    threads: usize,
) -> (Vec<&'u Unit>, HashMap<PathBuf, Vec<Kept>>) {
    let mut files = Files::default();
    if !anew {
        files.open(units, key, catalog.options().map != MapPolicy::Never, threads);
    }
    let (mut wanted, mut kept) = (Vec::new(), HashMap::<PathBuf, Vec<Kept>>::new());
    // What was given twice is indexed once.
    let mut taken = HashSet::new();
    for unit in units.iter().filter(|unit| taken.insert((&unit.index, &unit.path))) {
        let known = files.of(unit).ok().filter(|file| file.records(catalog, unit, key).is_ok());
        let known = known.and_then(|known| Some((known, *known.files.get(&unit.path)?)));
        // What is damaged is made anew.
        match known.filter(|(known, file)| known.index.has_whole_data(*file)) {
            Some((known, file)) => {
                let from = Arc::clone(&known.index);
                kept.entry(unit.index.clone()).or_default().push(Kept { from, file });
            }
            None => wanted.push(unit),
        }
    }
    (wanted, kept)
}

/// The entries, by index in the catalog, of files whose indexes are missing, do not fit or are damaged.
pub(crate) fn missing(
    catalog: &Catalog,
    key: Key,
    building: &Building,
    threads: usize,
) -> HashSet<usize> {
    let units = units(catalog, building.folder.as_deref());
    let (units, _) = sort_out(catalog, &units, key, building.anew, threads);
    units.iter().flat_map(|unit| &unit.entries).copied().collect()
}

/// What a run records.
struct Plan {
    wanted: Vec<Wanted>,
    kept: HashMap<PathBuf, Vec<Kept>>,
}

/// Files with their entries as they are in a catalog of these entries alone, in its order; `places`: where each
/// entry of the whole catalog is there.
fn wanted_of(units: &[&Unit], places: &[Option<usize>]) -> Vec<Wanted> {
    let wanted = |unit: &&Unit| Wanted {
        index: unit.index.clone(),
        path: unit.path.clone(),
        entries: unit.entries.iter().filter_map(|&entry| places[entry]).collect(),
    };
    units.iter().map(wanted).collect()
}

/// A catalog of these files alone, and the files as they are in it.
fn of_units(catalog: &Catalog, units: &[&Unit]) -> (Catalog, Vec<Wanted>) {
    // The place of each entry that is read.
    let mut places: Vec<Option<usize>> = vec![None; catalog.entries.len()];
    units.iter().flat_map(|unit| &unit.entries).for_each(|&entry| places[entry] = Some(0));
    places.iter_mut().flatten().enumerate().for_each(|(at, place)| *place = at);
    let mut own = catalog.clone();
    let mut is_wanted = places.iter().map(Option::is_some);
    own.entries.retain(|_| is_wanted.next().unwrap_or(false));
    (own, wanted_of(units, &places))
}

/// Writes the indexes of a catalog that are missing or do not fit; returns what was written, in order.
///
/// # Errors
/// An index that cannot be written; a thread that cannot be started; an interruption.
pub(crate) fn build(
    catalog: &Catalog,
    options: &Options,
    key: Key,
    building: &Building,
    watcher: &mut impl Watcher,
) -> Result<Vec<Written>> {
    let units = units(catalog, building.folder.as_deref());
    let (units, kept) = sort_out(catalog, &units, key, building.anew, options.threads);
    let (own, wanted) = of_units(catalog, &units);
    // Nothing but the index looks at the rows.
    let looked_at = Some(Arc::default());
    let options = Options { columns: None, keys: None, looked_at, ..options.of_all_rows() };
    let plan = Plan { wanted, kept };
    let dictionaries = Arc::new(Dictionaries::new(&own));
    let sink = Box::new(Discard);
    let (_, written) = record(own, plan, key, (&dictionaries, sink, &options), watcher)?;
    Ok(written.unwrap_or_default())
}

/// A run of the pipeline, but for its catalog.
type Run<'a> = (&'a Arc<Dictionaries>, Box<dyn Sink>, &'a Options);

/// Runs a catalog into a sink, and writes the indexes that are missing or do not fit beside that: not if the run
/// ends before the input. Returns what was written, in order; `None` if it has ended so.
///
/// # Errors
/// As for [`run`](crate::pipeline::run), and an index that cannot be written.
pub(crate) fn run(
    catalog: &Arc<Catalog>,
    run: Run<'_>,
    key: Key,
    building: &Building,
    watcher: &mut impl Watcher,
) -> Result<(Report, Option<Vec<Written>>)> {
    let units = units(catalog, building.folder.as_deref());
    let (mut units, kept) = sort_out(catalog, &units, key, building.anew, run.2.threads);
    // Of a file that has changed just now, an index may have left out blocks.
    let is_read =
        |unit: &&Unit| unit.entries.iter().all(|&entry| catalog.entries[entry].blocks.is_none());
    units.retain(is_read);
    if units.is_empty() {
        let (dictionaries, sink, options) = run;
        let report = pipeline::run(catalog, dictionaries, sink, options, watcher)?;
        return Ok((report, Some(Vec::new())));
    }
    let places: Vec<Option<usize>> = (0..catalog.entries.len()).map(Some).collect();
    let plan = Plan { wanted: wanted_of(&units, &places), kept };
    record(Catalog::clone(catalog), plan, key, run, watcher)
}

fn record(
    mut catalog: Catalog,
    plan: Plan,
    key: Key,
    (dictionaries, sink, options): Run<'_>,
    watcher: &mut impl Watcher,
) -> Result<(Report, Option<Vec<Written>>)> {
    for &entry in plan.wanted.iter().flat_map(|wanted| &wanted.entries) {
        catalog.entries[entry].points = Some(Points::default());
    }
    let catalog = Arc::new(catalog);
    let recorder = Recorder::new(&catalog, key, plan.wanted, plan.kept);
    let options = Options { observer: Some(Recorder::observer()), ..options.clone() };
    let mut recording = Recording { watcher, recorder };
    let report = pipeline::run(&catalog, dictionaries, sink, &options, &mut recording)?;
    let written = match report.is_whole {
        true => Some(recording.recorder.finish()?),
        false => None,
    };
    Ok((report, written))
}
