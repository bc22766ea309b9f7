//! What entries are called in the output.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ripsaw::source::Catalog;

use super::super::layout::{column_width, width_of};
use super::super::names::{fitted, separator, step_name, step_name_within};
use super::super::terminal::printable;

/// The names of all entries, by index.
pub(super) struct EntryNames<'a> {
    catalog: &'a Catalog,
    /// For programs: `BUNDLE!FILE`.
    pub(super) paths: Arc<[String]>,
    /// Made when it is asked for: a pipe needs only paths.
    people: OnceCell<People>,
}

/// What people call entries.
struct People {
    /// The step, or the path in the bundle.
    steps: Vec<String>,
    /// The last part of the bundle's name.
    bundles: Vec<String>,
    /// Whether a step does not say which entry it is: the entries are of several bundles, or others
    /// are called so, too.
    is_ambiguous: Vec<bool>,
    /// Names without their bundle say too little.
    has_several_bundles: bool,
}

impl People {
    /// Names of all entries of a catalog.
    fn of(catalog: &Catalog) -> Self {
        let entries = &catalog.entries;
        let separator = separator();
        let steps: Vec<String> = entries
            .iter()
            .map(|entry| match step_name(&entry.identity, separator) {
                // Which of its stages a row is of, only the row says.
                Some(name) if entry.stages.is_empty() => name,
                _ => printable(&entry.path).into_owned(),
            })
            .collect();
        let bundles = entries.iter().map(|entry| {
            let path = catalog.bundle_of(entry);
            let name = Path::new(path).file_name().map(|name| name.to_string_lossy());
            printable(&name.unwrap_or(path.into())).into_owned()
        });
        let has_several_bundles = entries.windows(2).any(|pair| pair[0].bundle != pair[1].bundle);
        let mut count: HashMap<&str, usize> = HashMap::new();
        steps.iter().for_each(|name| *count.entry(name).or_default() += 1);
        let is_ambiguous =
            steps.iter().map(|name| has_several_bundles || count[name.as_str()] > 1).collect();
        Self { bundles: bundles.collect(), is_ambiguous, has_several_bundles, steps }
    }
}

impl<'a> EntryNames<'a> {
    /// Names of all entries of a catalog. `is_safe`: the output cannot reach a terminal as it is.
    pub(super) fn of(catalog: &'a Catalog, is_safe: bool) -> Self {
        let paths = (0..catalog.entries.len()).map(|entry| catalog.name_of(entry));
        let paths = paths.map(|path| if is_safe { path } else { printable(&path).into_owned() });
        Self { catalog, paths: paths.collect(), people: OnceCell::new() }
    }

    fn people(&self) -> &People {
        self.people.get_or_init(|| People::of(self.catalog))
    }

    /// Each step, whether it is ambiguous, and the path of the entry.
    fn all(&self) -> impl Iterator<Item = (&String, bool, &String)> {
        let People { steps, is_ambiguous, .. } = self.people();
        let entries = steps.iter().zip(is_ambiguous).zip(self.paths.iter());
        entries.map(|((step, &is_ambiguous), path)| (step, is_ambiguous, path))
    }

    /// As a prefix, or in place of lines: the step where that is enough.
    pub(super) fn for_people(&self, with_paths: bool) -> Arc<[String]> {
        let name = |(step, is_ambiguous, path): (&String, bool, &String)| {
            if with_paths || is_ambiguous { path.clone() } else { step.clone() }
        };
        self.all().map(name).collect()
    }

    /// Above the lines of an entry: the step and, where that is not enough, the path.
    pub(super) fn headings(&self, with_paths: bool) -> Vec<(String, Option<String>)> {
        let heading = |(step, is_ambiguous, path): (&String, bool, &String)| {
            let path = (with_paths || is_ambiguous).then(|| path.clone());
            // A path need not be repeated.
            match path {
                Some(path) if path.ends_with(step.as_str()) => (path, None),
                path => (step.clone(), path),
            }
        };
        self.all().map(heading).collect()
    }

    /// As a column beside lines of all entries, which has at most `room` columns; and its width.
    pub(super) fn column(&self, with_paths: bool, room: Option<usize>) -> (Arc<[String]>, usize) {
        let room = room.unwrap_or(usize::MAX);
        let People { steps, bundles, has_several_bundles, .. } = self.people();
        let separator = separator();
        let name = |entry: usize| {
            if with_paths {
                return fitted(&self.paths[entry], room);
            }
            let is_file = bundles[entry] == steps[entry];
            let bundle = match *has_several_bundles && !is_file {
                true => fitted(&bundles[entry], room / 2) + separator,
                false => String::new(),
            };
            let rest = room - width_of(&bundle).min(room);
            let entry_of = &self.catalog.entries[entry];
            let step = step_name_within(&entry_of.identity, separator, rest);
            let step = step.filter(|_| entry_of.stages.is_empty());
            bundle + &step.unwrap_or_else(|| fitted(&steps[entry], rest))
        };
        let mut names: Vec<String> = (0..steps.len()).map(name).collect();
        let widest = column_width(names.iter().map(|name| width_of(name)));
        for name in &mut names {
            let blanks = widest.saturating_sub(width_of(name));
            name.extend(std::iter::repeat_n(' ', blanks));
        }
        (names.into(), widest)
    }
}
