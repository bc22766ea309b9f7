//! Entries divided into stretches of lines of one stage and step, by marks in their lines.
//!
//! Which step a line is of depends on all lines before it, and what an entry is called must be known before its rows
//! are read. So an [`Outline`] looks at all lines in a pass of its own, and each stretch becomes an entry: filters
//! on stage and step rule it out as they do a file of its own.

use std::collections::{HashMap, HashSet};
use std::io;

use rayon::prelude::*;

use super::lines::{Place, is_blank};
use super::pass::lines_of;
use crate::error::Error;
use crate::identity::Identity;
use crate::source::{BYTE_ORDER_MARK, Catalog, Copies, Entry, FormatId, Part, PartOf, StoredText};

/// Most stretches of an entry; each has an entry of its own in memory.
const MOST: usize = 100_000;

/// What lines are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) stage: Option<String>,
    pub(super) step_group: Option<String>,
    pub(super) step: Option<String>,
}

/// The stretches that were found so far, and how the work ended.
#[derive(Default)]
pub(super) struct Stretches {
    /// Where each begins.
    found: Vec<(Place, Names)>,
    /// The word for how the work ended.
    pub(super) status: Option<String>,
}

impl Stretches {
    /// The lines from here on are of these names.
    pub(super) fn begin(&mut self, place: Place, names: &Names) {
        // A stretch without lines is none.
        self.found.pop_if(|(last, _)| last.offset == place.offset);
        let current = self.found.last().map(|(_, current)| current);
        if current.map_or(*names != Names::default(), |current| current != names) {
            self.found.push((place, names.clone()));
        }
    }
}

/// Follows the lines of an entry.
pub(super) trait Outline {
    /// Notes a line that is not blank, without its line end; `None` for one that is not UTF-8.
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches);

    /// There is a line that is too long.
    fn long_line(&mut self, _found: &mut Stretches) {}

    /// There are no more lines.
    fn end(&mut self, _found: &mut Stretches) {}
}

/// Divides all entries of a format; `outline` makes one for each, given the limit of lines.
pub(super) fn divide<O: Outline>(
    catalog: &mut Catalog,
    own: FormatId,
    outline: impl Fn(&Entry, usize) -> O + Sync,
) {
    let is_own = |entry: &Entry| entry.format == Some(own);
    divide_some(catalog, is_own, outline);
}

/// Divides those entries that `is_one` accepts.
pub(super) fn divide_some<O: Outline>(
    catalog: &mut Catalog,
    is_one: impl Fn(&Entry) -> bool,
    outline: impl Fn(&Entry, usize) -> O + Sync,
) {
    let is_own = |&at: &usize| is_one(&catalog.entries[at]) && catalog.can_be_copied(at);
    let own: HashSet<usize> = (0..catalog.entries.len()).filter(is_own).collect();
    let streamed = catalog.streamed_with(&own);
    let copies = Copies::default();
    let look = |entry: usize| {
        let max_line = catalog.options().max_line;
        let mut outline = outline(&catalog.entries[entry], max_line);
        (entry, look(catalog, entry, &copies, &mut outline))
    };
    let (mut looks, mut divided) = (Vec::new(), HashMap::new());
    // In the order of the tar file, which is decompressed once: all of its members are copied.
    for &entry in &streamed {
        if own.contains(&entry) {
            looks.push(look(entry));
        } else if let Ok(text) = copies.text(catalog, entry) {
            let whole = vec![Part::whole(&text)];
            divided.insert(entry, (text, whole));
        }
    }
    let apart: Vec<usize> = own.into_iter().filter(|entry| !streamed.contains(entry)).collect();
    looks.par_extend(apart.par_iter().map(|&entry| look(entry)));
    for (entry, look) in looks {
        // What cannot be read gives an error row later.
        let Ok((text, found)) = look else { continue };
        catalog.entries[entry].outcome.status = found.status;
        let parts = match found.found {
            found if found.len() > MOST => {
                let cause = format!("they change more than {MOST} times");
                let location = catalog.locate(entry);
                catalog.warnings.push(Error::new("cannot list the steps", location, cause));
                Vec::new()
            }
            found if found.is_empty() => Vec::new(),
            found => parts(&catalog.entries[entry].identity, &text, found),
        };
        if !parts.is_empty() {
            divided.insert(entry, (text, parts));
        } else if streamed.contains(&entry) {
            let whole = vec![Part::whole(&text)];
            divided.insert(entry, (text, whole));
        }
    }
    catalog.divide(divided);
}

/// Looks at all lines of an entry.
fn look(
    catalog: &Catalog,
    entry: usize,
    copies: &Copies,
    outline: &mut impl Outline,
) -> io::Result<(StoredText, Stretches)> {
    let max_line = catalog.options().max_line;
    let text = copies.text(catalog, entry)?;
    let mut lines = lines_of(&text, max_line);
    let (mut line, mut place) = (Vec::new(), Place { line: 1, offset: 0 });
    let (mut found, mut first) = (Stretches::default(), None);
    while let Some(length) = lines.next(&mut line)? {
        let own = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(own) if place.offset == 0 => own,
            _ => &line,
        };
        if !is_blank(own) {
            first.get_or_insert(place.offset);
            match own.len() > max_line {
                true => outline.long_line(&mut found),
                false => outline.line(std::str::from_utf8(own).ok(), place, &mut found),
            }
        }
        place = Place { line: place.line + 1, offset: place.offset + length };
        // More are not held in memory.
        if found.found.len() > MOST {
            break;
        }
    }
    outline.end(&mut found);
    // Blank lines at the beginning are of what follows.
    if let Some((place, _)) =
        found.found.first_mut().filter(|(place, _)| Some(place.offset) == first)
    {
        *place = Place { line: 1, offset: 0 };
    }
    Ok((text, found))
}

/// The parts of a text, of which the first begins with it.
fn parts(whole: &Identity, text: &StoredText, found: Vec<(Place, Names)>) -> Vec<Part> {
    let first = (Place { line: 1, offset: 0 }, Names::default());
    let has_first = found.first().is_some_and(|(place, _)| place.offset > 0);
    let ends: Vec<u64> = found.iter().map(|(place, _)| place.offset).chain([text.len()]).collect();
    let ends = ends.into_iter().skip(usize::from(!has_first));
    let all = has_first.then_some(first).into_iter().chain(found);
    let part = |((place, names), end): ((Place, Names), u64)| {
        let Names { stage, step_group, step } = names;
        let identity = Identity {
            stage: stage.or_else(|| whole.stage.clone()),
            step_group: step_group.or_else(|| whole.step_group.clone()),
            step: step.or_else(|| whole.step.clone()),
            ..whole.clone()
        };
        let bytes = place.offset..end;
        Part { of: PartOf::Step(identity), bytes, first_line: place.line, keyed: None }
    };
    all.zip(ends).map(part).collect()
}
