//! Entries divided into stretches of lines of one stage and step, by marks in their lines.
//!
//! Which step a line is of depends on all lines before it, and what an entry is called must be known before its rows
//! are read. So an [`Outline`] looks at all lines in a pass of its own, and each stretch becomes an entry: filters
//! on stage and step rule it out as they do a file of its own.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::lines::{Place, is_blank};
use super::pass::lines_of;
use crate::error::Error;
use crate::identity::Identity;
use crate::source::{BYTE_ORDER_MARK, Catalog, Copies, Entry, FormatId, Part, PartOf, StoredText};

/// Most stretches of an entry; each has an entry of its own in memory.
const MOST: usize = 100_000;

/// Bytes of the names of all stretches of an entry: each has all of its own, and those of the entry.
const NAMES: usize = 64 << 20;

/// What lines are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) stage: Option<Arc<str>>,
    pub(super) step_group: Option<Arc<str>>,
    pub(super) step: Option<Arc<str>>,
}

impl Names {
    fn bytes(&self) -> usize {
        let names = [&self.stage, &self.step_group, &self.step];
        names.into_iter().flatten().map(|name| name.len()).sum()
    }
}

/// The longest name in bytes: what is longer names no step, and would be in each of its rows.
const LONGEST: usize = 4 << 10;

/// A name that lines have; `None` if it is empty, or too long for one.
pub(super) fn name(text: &str) -> Option<Arc<str>> {
    (1..=LONGEST).contains(&text.len()).then(|| text.into())
}

/// Names of what is open, from the outside.
#[derive(Default)]
pub(super) struct Open {
    names: Vec<Arc<str>>,
    /// How many of each there are.
    counts: HashMap<Arc<str>, usize>,
}

impl Open {
    pub(super) fn push(&mut self, name: Arc<str>) {
        *self.counts.entry(Arc::clone(&name)).or_default() += 1;
        self.names.push(name);
    }

    pub(super) fn pop(&mut self) -> Option<Arc<str>> {
        let name = self.names.pop()?;
        if let Some(count) = self.counts.get_mut(&name) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&name);
            }
        }
        Some(name)
    }

    /// Closes the innermost of this name, with those in it.
    pub(super) fn close(&mut self, name: &str) -> Option<Arc<str>> {
        self.named(name)?;
        while let Some(closed) = self.pop() {
            if *closed == *name {
                return Some(closed);
            }
        }
        None
    }

    /// One of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Arc<str>> {
        self.counts.get_key_value(name).map(|(own, _)| own)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// From the innermost.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter().rev()
    }
}

/// The stretches that were found so far, and how the work ended.
#[derive(Default)]
pub(super) struct Stretches {
    /// Where each begins.
    found: Vec<(Place, Names)>,
    /// Bytes of the entry's own names, which all stretches have.
    own: usize,
    /// Bytes of the names of those that were found.
    names: usize,
    /// The word for how the work ended.
    pub(super) status: Option<String>,
}

impl Stretches {
    /// Why there are too many, if so.
    fn excess(&self) -> Option<String> {
        if self.found.len() > MOST {
            return Some(format!("they change more than {MOST} times"));
        }
        (self.names > NAMES).then(|| format!("their names take more than {} MiB", NAMES >> 20))
    }

    /// The lines from here on are of these names.
    pub(super) fn begin(&mut self, place: Place, names: &Names) {
        // A stretch without lines is none.
        if let Some((_, gone)) = self.found.pop_if(|(last, _)| last.offset == place.offset) {
            self.names -= self.own + gone.bytes();
        }
        let current = self.found.last().map(|(_, current)| current);
        if current.map_or(*names != Names::default(), |current| current != names) {
            self.names += self.own + names.bytes();
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
        let excess = found.excess();
        catalog.entries[entry].outcome.status = found.status;
        let parts = match (found.found, excess) {
            (_, Some(cause)) => {
                let location = catalog.locate(entry);
                catalog.warnings.push(Error::new("cannot list the steps", location, cause));
                Vec::new()
            }
            (found, None) if found.is_empty() => Vec::new(),
            (found, None) => parts(&catalog.entries[entry].identity, &text, found),
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
    let own = catalog.entries[entry].identity.texts();
    let own = own.into_iter().flatten().map(str::len).sum();
    let (mut found, mut first) = (Stretches { own, ..Stretches::default() }, None);
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
        if found.excess().is_some() {
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
        let either = |own: Option<Arc<str>>, whole: &Option<String>| {
            own.map(|own| own.as_ref().to_owned()).or_else(|| whole.clone())
        };
        let identity = Identity {
            stage: either(stage, &whole.stage),
            step_group: either(step_group, &whole.step_group),
            step: either(step, &whole.step),
            ..whole.clone()
        };
        let bytes = place.offset..end;
        Part { of: PartOf::Step(identity), bytes, first_line: place.line, keyed: None }
    };
    all.zip(ends).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_with_what_is_in_it() {
        let mut open = Open::default();
        for name in ["a", "b", "a", "c"] {
            open.push(name.into());
        }
        assert_eq!(open.close("d"), None);
        assert_eq!(open.close("a").as_deref(), Some("a"));
        assert_eq!(open.iter().map(|name| &**name).collect::<Vec<_>>(), ["b", "a"]);
        assert!(open.named("c").is_none() && open.named("a").is_some());
        assert_eq!(open.close("a").as_deref(), Some("a"));
        assert_eq!((open.len(), open.named("b")), (0, None));
    }

    #[test]
    fn names_are_limited() {
        let place = |offset| Place { line: 1, offset };
        let long: Arc<str> = "n".repeat(LONGEST).into();
        let mut found = Stretches { own: 10 << 10, ..Stretches::default() };
        let names = |step| Names { step: Some(step), ..Names::default() };
        for offset in 0..4_000 {
            found.begin(place(2 * offset), &names(Arc::clone(&long)));
            found.begin(place(2 * offset + 1), &names("x".into()));
            let bytes = (offset + 1) as usize * (LONGEST + 1 + (20 << 10));
            assert_eq!(found.excess().is_some(), bytes > NAMES, "{offset}");
        }
        assert_eq!(name(&long), Some(long.clone()));
        assert_eq!(name(&format!("{long}n")), None);
        assert_eq!(name(""), None);
    }
}
