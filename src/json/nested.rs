//! Known keys in the objects of a record: `{"fields":{"message":"started"}}`.
//!
//! What a column takes is left out of the object in `extra`; an object of which nothing is left is left out
//! as well.

use std::cell::Cell;

use super::mapping::{Mapping, WRAPPED};
use super::thorough::{self, Extra};

/// A member of an object in a record, of a key that is known.
pub(super) struct Nested<'a> {
    /// The index of the record's member that it is in.
    pub(super) parent: usize,
    pub(super) rank: usize,
    /// The names in that member, the outer ones first.
    pub(super) path: Vec<&'a str>,
    /// As written.
    pub(super) value: &'a str,
    /// A column has the whole value.
    pub(super) taken: Cell<bool>,
}

/// Finds what is known in an object under `key`, the record's member at `parent`.
pub(super) fn find<'a>(
    mapping: &Mapping,
    parent: usize,
    key: &str,
    object: &'a str,
    found: &mut Vec<Nested<'a>>,
) {
    if !mapping.is_parent(key) {
        return;
    }
    let mut search = Search { mapping, parent, found };
    search.paths(key, object, &[], 0);
    if !mapping.is_wrapper(key) {
        return;
    }
    let inside = members(object).unwrap_or_default();
    for &(name, value) in &inside {
        let known = mapping.keys().iter().position(|known| known.name == name);
        if let Some(rank) = known {
            search.add(WRAPPED + rank, vec![name], value);
        }
    }
    for &(name, value) in inside.iter().filter(|(_, value)| value.starts_with('{')) {
        search.paths(name, value, &[name], WRAPPED);
    }
}

/// A search of one member of a record.
struct Search<'a, 's> {
    mapping: &'s Mapping,
    parent: usize,
    found: &'s mut Vec<Nested<'a>>,
}

impl<'a> Search<'a, '_> {
    /// Finds the known paths that begin with the key of an object, which is at `before`. `more` is added to
    /// their ranks.
    fn paths(&mut self, key: &str, object: &'a str, before: &[&'a str], more: usize) {
        let mapping = self.mapping;
        for (rank, known) in mapping.keys().iter().enumerate() {
            let Some((_, names)) = known.path.split_first().filter(|(first, _)| *first == key)
            else {
                continue;
            };
            let (mut path, mut value) = (before.to_vec(), Some(object));
            for name in names {
                let inside = value.take().and_then(members);
                let member = inside.and_then(|all| all.into_iter().find(|(key, _)| key == name));
                let Some((key, inner)) = member else { break };
                path.push(key);
                value = Some(inner);
            }
            if let Some(value) = value {
                self.add(more + rank, path, value);
            }
        }
    }

    /// Null is left where it is.
    fn add(&mut self, rank: usize, path: Vec<&'a str>, value: &'a str) {
        if value != "null" {
            let (parent, taken) = (self.parent, Cell::new(false));
            self.found.push(Nested { parent, rank, path, value, taken });
        }
    }
}

/// The members of an object. `None` for other values, and for objects with a key twice or with escapes in
/// keys: those stay as they are.
fn members(object: &str) -> Option<Vec<(&str, &str)>> {
    if !object.starts_with('{') {
        return None;
    }
    let object = thorough::members(object.as_bytes()).ok()?;
    let borrowed = |(key, value)| match key {
        std::borrow::Cow::Borrowed(key) => Some((key, value)),
        std::borrow::Cow::Owned(_) => None,
    };
    let is_plain = object.overridden.is_empty();
    object.members.into_iter().map(borrowed).collect::<Option<_>>().filter(|_| is_plain)
}

/// An object without the members at these paths; `None` if it has no others.
pub(super) fn without(object: &str, taken: &[&[&str]]) -> Option<String> {
    let mut rest = Extra::default();
    for (key, value) in members(object).unwrap_or_default() {
        let inside: Vec<&[&str]> = taken
            .iter()
            .filter_map(|path| path.split_first())
            .filter_map(|(first, inner)| (*first == key).then_some(inner))
            .collect();
        if inside.is_empty() {
            rest.add(key, value);
        } else if !inside.iter().any(|path| path.is_empty())
            && let Some(value) = without(value, &inside)
        {
            rest.add(key, &value);
        }
    }
    rest.finish().map(str::to_owned)
}
