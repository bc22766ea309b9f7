//! Which columns the keys of records need: what was seen of each key, and the type that holds all of it.
//!
//! Only what has no fixed column is looked at: the members of `extra`. Types are not guessed: a key has
//! the type of all its values, or is JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use super::spread::items;
use crate::json::members::{Quick, quick_members};
use crate::json::number;
use crate::json::thorough::{self, DUPLICATES};
use crate::table::{KeyField, KeySchema, KeyType, Names, Scalar};

/// Objects in one another that are structs; deeper ones are JSON.
const MAX_LEVELS: usize = 6;

/// Examples that are kept of each key, and their greatest length in bytes.
const EXAMPLES: usize = 3;
const EXAMPLE_BYTES: usize = 60;

/// What was seen of the keys of records.
#[derive(Debug, Default)]
pub struct Inference {
    keys: Keys,
    records: u64,
}

/// The keys of an object, in the order in which they were seen first.
#[derive(Debug, Default)]
struct Keys {
    index: HashMap<String, usize>,
    seen: Vec<(String, Seen)>,
}

/// The values of a key, counted by what they are.
#[derive(Debug, Default)]
struct Seen {
    nulls: u64,
    scalars: Scalars,
    objects: u64,
    /// The members of the objects.
    keys: Keys,
    /// Arrays of scalars and null, and their items.
    lists: u64,
    items: Scalars,
    /// Arrays with arrays or objects in them.
    nested: u64,
    examples: Vec<String>,
}

/// Scalars, counted by type.
#[derive(Debug, Default)]
struct Scalars {
    booleans: u64,
    integers: u64,
    /// Integers, of 64 bits, that no double equals.
    inexact: u64,
    /// Integers of more bits.
    large: u64,
    fractions: u64,
    strings: u64,
}

/// A key as [`Inference::describe`] has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The names of the column and of the structs it is in, joined by `/`.
    pub path: String,
    /// The type.
    pub kind: KeyType,
    /// Records with a value that is not null.
    pub present: u64,
    /// Values as written, the first different ones; long ones are cut.
    pub examples: Vec<String>,
}

impl Scalars {
    /// Counts a value; `None` for null, which is of any type. The value is an item of an array, or a member.
    fn add(&mut self, value: &str) {
        let count = match value.as_bytes().first() {
            Some(b't' | b'f') => &mut self.booleans,
            Some(b'"') => &mut self.strings,
            Some(b'n') | None => return,
            _ if number::is_fraction(value) => &mut self.fractions,
            _ => match value.parse::<i64>() {
                Ok(integer) => {
                    self.inexact += u64::from(!number::is_exact(integer));
                    &mut self.integers
                }
                Err(_) => &mut self.large,
            },
        };
        *count += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.booleans += other.booleans;
        self.integers += other.integers;
        self.inexact += other.inexact;
        self.large += other.large;
        self.fractions += other.fractions;
        self.strings += other.strings;
    }

    fn numbers(&self) -> u64 {
        self.integers + self.large + self.fractions
    }

    fn count(&self) -> u64 {
        self.numbers() + self.booleans + self.strings
    }

    /// The type that holds all of them; `None` if they differ. Text, if there are none.
    fn scalar(&self) -> Option<Scalar> {
        match (self.booleans > 0, self.numbers() > 0, self.strings > 0) {
            (true, false, false) => Some(Scalar::Boolean),
            (false, true, false) if self.fractions == 0 => Some(Scalar::Int64),
            // Integers become doubles only if that changes none of them.
            (false, true, false) if self.inexact == 0 => Some(Scalar::Double),
            (false, false, _) => Some(Scalar::String),
            _ => None,
        }
    }
}

impl Seen {
    fn add(&mut self, value: &str) {
        match value.as_bytes().first() {
            Some(b'n') => self.nulls += 1,
            Some(b'{') => {
                self.objects += 1;
                self.keys.add_object(value);
            }
            Some(b'[') => self.add_array(value),
            _ => self.scalars.add(value),
        }
        if self.examples.len() < EXAMPLES && value != "null" {
            let is_end = |end: &usize| value.is_char_boundary(*end);
            let cut = (0..=value.len().min(EXAMPLE_BYTES)).rev().find(is_end).unwrap_or(0);
            let example = &value[..cut];
            if self.examples.iter().all(|other| other != example) {
                self.examples.push(example.to_owned());
            }
        }
    }

    fn add_array(&mut self, array: &str) {
        let items: Option<Vec<&str>> = items(array).map(Iterator::collect);
        let is_nested = |item: &&str| item.starts_with(['[', '{']);
        match items.filter(|items| !items.iter().any(is_nested)) {
            Some(items) => {
                self.lists += 1;
                items.iter().for_each(|item| self.items.add(item));
            }
            None => self.nested += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.nulls += other.nulls;
        self.scalars.merge(&other.scalars);
        self.objects += other.objects;
        self.keys.merge(other.keys);
        self.lists += other.lists;
        self.items.merge(&other.items);
        self.nested += other.nested;
        for example in other.examples {
            if self.examples.len() < EXAMPLES && !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
    }

    /// Values that are not null.
    fn present(&self) -> u64 {
        self.scalars.count() + self.objects + self.lists + self.nested
    }

    /// The type that holds all values; objects at `level` may be structs.
    fn kind(&self, level: usize) -> KeyType {
        let kinds = [self.scalars.count(), self.objects, self.lists, self.nested];
        if kinds.iter().filter(|&&count| count > 0).count() > 1 || self.nested > 0 {
            return KeyType::Json;
        }
        if self.lists > 0 {
            return self.items.scalar().map_or(KeyType::Json, KeyType::List);
        }
        if self.objects > 0 {
            // Parquet has no struct without members.
            let is_struct = level < MAX_LEVELS && !self.keys.seen.is_empty();
            return if is_struct { KeyType::Struct } else { KeyType::Json };
        }
        self.scalars.scalar().map_or(KeyType::Json, KeyType::Scalar)
    }
}

impl Keys {
    fn add(&mut self, key: Cow<'_, str>, value: &str) {
        let at = match self.index.get(&*key) {
            Some(at) => *at,
            None => {
                let key = key.into_owned();
                self.index.insert(key.clone(), self.seen.len());
                self.seen.push((key, Seen::default()));
                self.seen.len() - 1
            }
        };
        self.seen[at].1.add(value);
    }

    /// Adds the members of an object of valid JSON; of a key that comes twice the last one.
    fn add_object(&mut self, object: &str) {
        let mut members: Vec<Quick<'_>> = Vec::new();
        if quick_members(object, &mut members).is_some() {
            for Quick { key, value } in members {
                self.add(Cow::Borrowed(key), value);
            }
        } else if let Ok(object) = thorough::members(object.as_bytes()) {
            for (key, value) in object.members {
                self.add(key, value);
            }
        }
    }

    fn get(&self, key: &str) -> Option<&Seen> {
        self.index.get(key).map(|at| &self.seen[*at].1)
    }

    fn merge(&mut self, other: Self) {
        for (key, seen) in other.seen {
            match self.index.get(&key) {
                Some(at) => self.seen[*at].1.merge(seen),
                None => {
                    self.index.insert(key.clone(), self.seen.len());
                    self.seen.push((key, seen));
                }
            }
        }
    }

    /// The columns of these keys, as long as there are `leaves` left.
    fn fields(&self, mut names: Names, level: usize, leaves: &mut usize) -> Vec<KeyField> {
        let mut fields = Vec::new();
        for (key, seen) in &self.seen {
            if level == 1 && key == DUPLICATES {
                continue;
            }
            if *leaves == 0 {
                break;
            }
            let kind = seen.kind(level);
            let members = match kind {
                KeyType::Struct => seen.keys.fields(Names::of_struct(), level + 1, leaves),
                _ => {
                    *leaves -= 1;
                    Vec::new()
                }
            };
            fields.push(KeyField {
                key: key.clone(),
                name: names.name(key),
                kind,
                fields: members,
            });
        }
        fields
    }

    fn describe(&self, fields: &[KeyField], path: &str, all: &mut Vec<Described>) {
        for field in fields {
            let Some(at) = self.index.get(&field.key) else { continue };
            let seen = &self.seen[*at].1;
            let path = format!("{path}{}", field.name);
            let examples = match field.kind {
                KeyType::Struct => Vec::new(),
                _ => seen.examples.clone(),
            };
            let described = Described {
                path: path.clone(),
                kind: field.kind,
                present: seen.present(),
                examples,
            };
            all.push(described);
            seen.keys.describe(&field.fields, &format!("{path}/"), all);
        }
    }
}

impl Inference {
    /// Counts a record; `extra` is what of it has no fixed column.
    pub fn add(&mut self, extra: Option<&str>) {
        self.records += 1;
        if let Some(extra) = extra {
            self.keys.add_object(extra);
        }
    }

    /// Counts the records of another one, which come after these.
    pub fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.keys.merge(other.keys);
    }

    /// Records that were counted.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Whether some record has a value that is not null under this path of keys.
    pub fn has(&self, path: &[String]) -> bool {
        let Some((last, outer)) = path.split_last() else { return false };
        let mut keys = &self.keys;
        for key in outer {
            match keys.get(key) {
                Some(seen) => keys = &seen.keys,
                None => return false,
            }
        }
        keys.get(last).is_some_and(|seen| seen.present() > 0)
    }

    /// As [`has`](Self::has), of a path whose keys are joined by `/`.
    pub fn has_named(&self, path: &str) -> bool {
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        self.has(&path) || self.has(&[path.join("/")])
    }

    /// The columns of the keys, without structs at most `max_columns`.
    pub fn schema(&self, max_columns: usize) -> KeySchema {
        let mut leaves = max_columns;
        KeySchema { keys: self.keys.fields(Names::of_table(), 1, &mut leaves) }
    }

    /// What was seen of the keys of a schema, structs before their members.
    pub fn describe(&self, schema: &KeySchema) -> Vec<Described> {
        let mut all = Vec::new();
        self.keys.describe(&schema.keys, "", &mut all);
        all
    }
}
