//! Where each key of each object goes, by name.

use std::collections::HashMap;

use crate::table::{KeyColumns, KeyField, Slot};

/// The objects of a schema: the records, and the structs in them.
pub(in crate::json) struct Layout {
    /// The records first.
    pub(super) objects: Vec<Object>,
}

/// The keys of one object.
pub(super) struct Object {
    keys: HashMap<String, Target>,
}

/// Where the values of a key go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::json) struct Target {
    pub(in crate::json) slot: Slot,
    /// For a struct, the index of the object; else 0.
    pub(in crate::json) object: usize,
}

/// The index of the records among the objects.
pub(in crate::json) const ROOT: usize = 0;

impl Layout {
    pub(in crate::json) fn of(columns: &KeyColumns) -> Self {
        let mut layout = Self { objects: Vec::new() };
        let mut slots = columns.slots().iter().copied();
        layout.add(&columns.schema().keys, &mut slots);
        layout
    }

    /// Adds an object of these fields; returns its index.
    fn add(&mut self, fields: &[KeyField], slots: &mut impl Iterator<Item = Slot>) -> usize {
        let index = self.objects.len();
        self.objects.push(Object { keys: HashMap::new() });
        for field in fields {
            let Some(slot) = slots.next() else { break };
            let object = match slot {
                Slot::Struct(_) => self.add(&field.fields, slots),
                _ => 0,
            };
            self.objects[index].keys.insert(field.key.clone(), Target { slot, object });
        }
        index
    }

    /// Where a key of an object goes; `None` if it has no column, or the object has none.
    pub(in crate::json) fn target(&self, object: usize, key: &str) -> Option<Target> {
        self.objects.get(object)?.keys.get(key).copied()
    }
}
