//! What lines looked like: the keys that were seen, where each goes, and which came after which.
//!
//! A key of an object is a node. Each node remembers the two nodes that followed it last, so that the
//! next key of a line like the ones before is found by comparing it with what is expected.

use std::collections::HashMap;

use ahash::RandomState;

use super::layout::{Layout, ROOT, Target};
use crate::json::mapping::{MappedColumn, Mapping, PARENT, WRAPPED};
use crate::table::Slot;

/// Keys that are remembered. With more of them, as with ids for keys, all are forgotten.
const MAX_NODES: usize = 8192;

/// No node.
pub(super) const NONE: usize = usize::MAX;

/// All keys that were seen.
pub(super) struct Shapes {
    pub(super) nodes: Vec<Node>,
    pub(super) objects: Vec<Object>,
    /// The number of the line that is being read: keys that have it were seen in this line.
    pub(super) line: u64,
    /// Objects with keys for fixed columns are read member by member.
    opens: bool,
    /// How many objects have columns.
    known: usize,
    /// Of the tables of keys.
    seed: RandomState,
}

/// The keys of one object.
pub(super) struct Object {
    by_key: HashMap<Box<str>, usize, RandomState>,
    /// The record's key that it is under, if keys in it may fill fixed columns.
    parent: Option<Box<str>>,
    /// The keys that came first lately.
    pub(super) first: Next,
}

/// The nodes that came next the last time, and before that.
#[derive(Clone, Copy)]
pub(super) struct Next {
    pub(super) last: usize,
    pub(super) before: usize,
}

/// A key of an object.
pub(super) struct Node {
    /// The key in its quotes, and a colon.
    literal: Box<[u8]>,
    /// Its first bytes, and which of the sixteen they are.
    head: u128,
    mask: u128,
    /// Its rank among the keys of fixed columns.
    pub(super) rank: Option<usize>,
    /// Its column, if all its values go there.
    pub(super) column: Option<Target>,
    /// Its column.
    pub(super) target: Option<Target>,
    /// Its strings are messages.
    pub(super) is_message: bool,
    /// The object under it, if keys in that may fill fixed columns.
    pub(super) inside: usize,
    /// The line that had it last.
    pub(super) line: u64,
    pub(super) next: Next,
}

impl Next {
    const NONE: Self = Self { last: NONE, before: NONE };

    pub(super) fn learn(&mut self, node: usize) {
        if self.last != node {
            self.before = self.last;
            self.last = node;
        }
    }
}

impl Object {
    fn new(seed: RandomState) -> Self {
        Self { by_key: HashMap::with_hasher(seed), parent: None, first: Next::NONE }
    }
}

impl Node {
    fn new(key: &str, rank: Option<usize>, target: Option<Target>, inside: usize) -> Self {
        let literal: Box<[u8]> = format!("\"{key}\":").into_bytes().into();
        let mut head = [0; 16];
        let length = literal.len().min(16);
        head[..length].copy_from_slice(&literal[..length]);
        let mask = u128::MAX.checked_shr(8 * (16 - length as u32)).unwrap_or(u128::MAX);
        let head = u128::from_le_bytes(head);
        let column = target.filter(|_| rank.is_none() && inside == NONE);
        Self {
            literal,
            head,
            mask,
            rank,
            column,
            target,
            is_message: false,
            inside,
            line: 0,
            next: Next::NONE,
        }
    }

    /// The length of the key without its quotes.
    #[inline(always)]
    pub(super) fn key_length(&self) -> usize {
        self.literal.len() - 3
    }

    /// The length of the key with its colon, if the text goes on with it.
    #[inline(always)]
    pub(super) fn begins(&self, text: &[u8], at: usize) -> Option<usize> {
        let window = u128::from_le_bytes(*text.get(at..)?.first_chunk()?);
        let length = self.literal.len();
        let is_it = window & self.mask == self.head
            && (length <= 16 || text[at + 16..].starts_with(&self.literal[16..]));
        is_it.then_some(length)
    }
}

impl Shapes {
    pub(super) fn new(layout: &Layout, opens: bool) -> Self {
        let (seed, known) = (RandomState::new(), layout.objects.len());
        let objects = layout.objects.iter().map(|_| Object::new(seed.clone())).collect();
        Self { nodes: Vec::new(), objects, line: 0, opens, known, seed }
    }

    /// The node of a key that was seen before.
    pub(super) fn known(&self, object: usize, key: &str) -> Option<usize> {
        self.objects[object].by_key.get(key).copied()
    }

    /// Forgets all keys.
    fn clear(&mut self) {
        self.nodes.clear();
        self.objects.clear();
        let object = || Object::new(self.seed.clone());
        self.objects.extend(std::iter::repeat_with(object).take(self.known));
    }

    /// A node for a key that was not seen before; `None` if there are too many: then this line is for the
    /// thorough way.
    #[cold]
    pub(super) fn node(
        &mut self,
        object: usize,
        key: &str,
        layout: &Layout,
        mapping: &Mapping,
    ) -> Option<usize> {
        if self.nodes.len() == MAX_NODES {
            self.clear();
            return None;
        }
        let node = self.nodes.len();
        let rank = match &self.objects[object].parent {
            Some(parent) => mapping.rank_in(parent, key),
            None if object == ROOT => mapping.rank(key),
            None => None,
        };
        if object == ROOT || rank.is_some() {
            mapping.note(rank.map(|rank| rank % WRAPPED));
        }
        let target = layout.target(object, key);
        let inside = match target {
            _ if !self.opens || object != ROOT || !mapping.is_parent(key) => NONE,
            Some(Target { slot: Slot::Struct(_), object }) => object,
            // Nothing in it has a column of keys.
            _ => {
                self.objects.push(Object::new(self.seed.clone()));
                self.objects.len() - 1
            }
        };
        if let Some(inside) = self.objects.get_mut(inside) {
            inside.parent = Some(key.into());
        }
        let is_message = rank
            .filter(|&rank| rank != PARENT)
            .is_some_and(|rank| mapping.known(rank).column == MappedColumn::Message);
        self.nodes.push(Node { is_message, ..Node::new(key, rank, target, inside) });
        self.objects[object].by_key.insert(key.into(), node);
        Some(node)
    }
}
