//! The first records of an order, out of any number.

use super::parameters::Order;
use super::record::{Key, Record};

/// Keeps so many records as are the first in an order.
#[derive(Debug)]
pub(super) struct Best {
    order: Order,
    most: usize,
    /// In the order; at most `most`.
    records: Vec<Record>,
}

impl Best {
    pub(super) fn new(order: Order, most: usize) -> Self {
        Self { order, most, records: Vec::new() }
    }

    /// What ascends in the order.
    fn rank(&self, (time, entry, row): Key) -> [i64; 3] {
        [time, entry as i64, row as i64].map(|part| self.order.rank(part))
    }

    /// Whether a record of this key would be kept.
    pub(super) fn takes(&self, key: Key) -> bool {
        let last = self.records.get(self.most - 1);
        last.is_none_or(|last| self.rank(key) < self.rank(last.key))
    }

    /// Whether a record of this time might be kept.
    pub(super) fn takes_time(&self, time: i64) -> bool {
        let last = self.records.get(self.most - 1).map(|last| last.key.0);
        last.is_none_or(|last| self.order.rank(time) <= self.order.rank(last))
    }

    /// The rows of those keys that may be kept, so that records are made of these only.
    pub(super) fn choose<T>(&self, keys: &mut Vec<(Key, T)>) {
        keys.retain(|(key, _)| self.takes(*key));
        if keys.len() > self.most {
            keys.select_nth_unstable_by_key(self.most - 1, |(key, _)| self.rank(*key));
            keys.truncate(self.most);
        }
    }

    /// Takes a record.
    pub(super) fn push(&mut self, record: Record) {
        let rank = self.rank(record.key);
        let place = self.records.partition_point(|other| self.rank(other.key) < rank);
        self.records.insert(place, record);
        self.records.truncate(self.most);
    }

    /// The records in the order.
    pub(super) fn finish(self) -> Vec<Record> {
        self.records
    }
}
