//! The thorough way: from `extra` to columns. What does not fit its column stays, nested as it was.

use serde_json::value::RawValue;

use super::Outcome;
use crate::json::learned::{Layout, ROOT, Target};
use crate::json::members::value_as_text;
use crate::json::number;
use crate::json::thorough::{self, DUPLICATES, Extra};
use crate::table::{Item, KeyColumns, KeyType, Scalar, Slot};

/// Why a value is not in a column.
enum Rest {
    /// All of it is.
    None,
    /// It does not fit the column.
    Whole,
    /// These members of it do not.
    Members(String),
}

/// Gives `row` the members of `extra` that have a column; returns those that do not fit.
pub(super) fn spread(
    extra: &str,
    layout: &Layout,
    row: usize,
    columns: &mut KeyColumns,
    outcome: &mut Outcome,
) -> Option<String> {
    // What the parsers write is always an object.
    let Ok(object) = thorough::members(extra.as_bytes()) else { return Some(extra.to_owned()) };
    let mut rest = Extra::default();
    for (key, value) in &object.overridden {
        rest.add(key, value);
    }
    let mut spread = Spread { layout, row, columns, outcome, duplicates: Vec::new() };
    for (key, value) in &object.members {
        if key == DUPLICATES {
            rest.add_duplicates(key, value);
            continue;
        }
        match spread.member(ROOT, key, value, "") {
            Rest::None => {}
            Rest::Whole => rest.add(key, value),
            Rest::Members(members) => rest.add(key, &members),
        }
    }
    for (path, value) in spread.duplicates {
        rest.add_duplicate(&path, &value);
    }
    rest.finish().map(str::to_owned)
}

/// The values of one row on their way to the columns.
struct Spread<'a> {
    layout: &'a Layout,
    row: usize,
    columns: &'a mut KeyColumns,
    outcome: &'a mut Outcome,
    /// Overridden members of nested objects, by path.
    duplicates: Vec<(String, String)>,
}

impl Spread<'_> {
    /// Gives a member of an object to its column; `path` is that of the object, with a final `/`.
    fn member(&mut self, object: usize, key: &str, value: &str, path: &str) -> Rest {
        if value == "null" {
            return Rest::None;
        }
        let Some(target) = self.layout.target(object, key) else {
            self.outcome.is_late = true;
            return Rest::Whole;
        };
        let rest = match target.slot {
            Slot::Struct(at) if value.starts_with('{') => {
                self.columns.structs[at].set(self.row);
                return self.members(target, key, value, path);
            }
            _ => self.value(target.slot, value),
        };
        match rest {
            Rest::None => self.outcome.has_keys = true,
            // An integer of more than 64 bits is expected there, and no news.
            _ => self.outcome.is_late |= !is_large_integer(target.slot, value),
        }
        rest
    }

    /// Gives the members of an object to the columns of a struct.
    fn members(&mut self, target: Target, key: &str, value: &str, path: &str) -> Rest {
        // Even an empty object says something.
        self.outcome.has_keys = true;
        let Ok(object) = thorough::members(value.as_bytes()) else { return Rest::Whole };
        let path = format!("{path}{key}/");
        for (key, value) in object.overridden {
            self.duplicates.push((format!("{path}{key}"), value.to_owned()));
        }
        let mut rest = Extra::default();
        for (key, value) in object.members {
            match self.member(target.object, &key, value, &path) {
                Rest::None => {}
                Rest::Whole => rest.add(&key, value),
                Rest::Members(members) => rest.add(&key, &members),
            }
        }
        rest.finish().map_or(Rest::None, |rest| Rest::Members(rest.to_owned()))
    }

    /// Gives a value to a column that is not a struct.
    fn value(&mut self, slot: Slot, value: &str) -> Rest {
        let row = self.row;
        let fits = match slot {
            Slot::Json(at) => {
                self.columns.texts[at].set(row, value);
                Some(())
            }
            Slot::Text(at) => {
                value_as_text(value).map(|text| self.columns.texts[at].set(row, &text))
            }
            Slot::Int64(at) => {
                number::integer(value).map(|value| self.columns.integers[at].set(row, value))
            }
            Slot::Double(at) => {
                number::double(value).map(|value| self.columns.doubles[at].set(row, value))
            }
            Slot::Boolean(at) => {
                boolean(value).map(|value| self.columns.booleans[at].set(row, value))
            }
            Slot::List(at) => self.list(at, value),
            Slot::LeftOut(kind) => fits(kind, value).then_some(()),
            // Not an object.
            Slot::Struct(_) => None,
        };
        fits.map_or(Rest::Whole, |()| Rest::None)
    }

    /// Gives an array to a column of lists; `None` if any of its items does not fit.
    fn list(&mut self, at: usize, value: &str) -> Option<()> {
        let items = items(value)?;
        let (row, list) = (self.row, &mut self.columns.lists[at]);
        for item in items {
            let decoded = value_as_text(item);
            let item = match (list.item, item) {
                (_, "null") => Some(Item::Null),
                (Scalar::Boolean, item) => boolean(item).map(Item::Boolean),
                (Scalar::Int64, item) => number::integer(item).map(Item::Int64),
                (Scalar::Double, item) => number::double(item).map(Item::Double),
                (Scalar::String, _) => decoded.as_deref().map(Item::Text),
            };
            let Some(item) = item else {
                list.forget(row);
                return None;
            };
            list.push(item);
        }
        list.end(row);
        Some(())
    }
}

/// The items of an array, as written; `None` for other values.
pub(super) fn items(array: &str) -> Option<impl Iterator<Item = &str>> {
    let items: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    Some(items.into_iter().map(RawValue::get))
}

/// Whether a column of this type would take the value.
fn fits(kind: KeyType, value: &str) -> bool {
    match kind {
        KeyType::Json => true,
        KeyType::Scalar(Scalar::String) => value_as_text(value).is_some(),
        KeyType::Scalar(Scalar::Int64) => number::integer(value).is_some(),
        KeyType::Scalar(Scalar::Double) => number::double(value).is_some(),
        KeyType::Scalar(Scalar::Boolean) => boolean(value).is_some(),
        // They have slots of their own.
        KeyType::List(_) | KeyType::Struct => false,
    }
}

fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether the value is an integer that no column of numbers holds.
fn is_large_integer(slot: Slot, value: &str) -> bool {
    let of_numbers = matches!(
        slot,
        Slot::Int64(_)
            | Slot::Double(_)
            | Slot::LeftOut(KeyType::Scalar(Scalar::Int64 | Scalar::Double))
    );
    of_numbers && number::is_large_integer(value)
}
