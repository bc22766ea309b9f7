//! Objects in which keys may fill fixed columns: `{"fields":{"message":"started","n":1}}`.
//!
//! Beside the values for fixed columns their members go to a struct, as those of any object.

use super::layout::Target;
use super::shape::{NONE, Node};
use crate::json::mapping::PARENT;
use crate::table::{KeyColumns, Slot};

/// What becomes of a value that has no column of its own.
pub(super) enum Beside {
    /// It is found, for a fixed column or `extra`.
    Found,
    /// It goes to this column after all.
    Column(Target),
    /// It is an object whose members come next, of this index and struct.
    Object(usize, Option<usize>),
}

/// What to do with a value in an object whose keys may fill fixed columns, or with such an object. `None`:
/// it is for the thorough way.
#[inline(never)]
pub(super) fn beside(node: &Node, first: u8) -> Option<Beside> {
    let Node { rank, target, inside, .. } = *node;
    match (rank, target) {
        _ if inside != NONE && first == b'{' => {
            let slot = target.and_then(|target| match target.slot {
                Slot::Struct(slot) => Some(slot),
                _ => None,
            });
            Some(Beside::Object(inside, slot))
        }
        // No object, so no keys in it.
        (Some(PARENT), Some(target)) if inside != NONE => Some(Beside::Column(target)),
        _ if inside != NONE => Some(Beside::Found),
        // Nested once more, or it would be in `extra` under its parents.
        (Some(PARENT) | None, _) => None,
        _ if first == b'{' => None,
        // A null in an object stays there.
        _ if first == b'n' => target.map(Beside::Column),
        _ => Some(Beside::Found),
    }
}

/// The object that is being read, if keys in it may fill fixed columns. What they take is left out of its struct, and
/// a struct of which nothing is left is null.
#[derive(Default)]
pub(super) struct Parent {
    /// Its struct, if it has one.
    pub(super) slot: Option<usize>,
    /// How many members were found before it.
    pub(super) found: usize,
    /// Whether values before it are in columns of keys.
    pub(super) had_keys: bool,
    /// Whether it has a member that is null.
    pub(super) has_null: bool,
}

impl Parent {
    /// Ends it, with so many members found, and perhaps values in columns of keys; returns whether the row has
    /// such values. `None`: it is for the thorough way.
    #[inline(never)]
    pub(super) fn end(
        &self,
        found: usize,
        has_keys: bool,
        row: usize,
        columns: &mut KeyColumns,
    ) -> Option<bool> {
        let is_all_taken = found > self.found && !has_keys && !self.has_null;
        if !is_all_taken {
            // Without a struct it would be in `extra`.
            columns.structs[self.slot?].set(row);
        }
        Some(!is_all_taken || self.had_keys)
    }
}
