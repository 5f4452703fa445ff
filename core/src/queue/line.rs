// SPDX-License-Identifier: MIT OR Apache-2.0
//! The order in which waiting tickets are looked at: those that were placed at
//! the head first, then by arrival; equals in the order in which they entered.

use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Heads come first, then the place of arrival, then who entered first.
type Key = (bool, u64, u64);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    order: BTreeMap<Key, Uuid>,
    keys: HashMap<Uuid, Key>,
    entered: u64,
}

impl Line {
    pub fn enter(&mut self, id: Uuid, head: bool, arrival: u64) {
        self.leave(&id);
        self.entered += 1;
        let place = if head { 0 } else { arrival };
        let key = (!head, place, self.entered);
        self.order.insert(key, id);
        self.keys.insert(id, key);
    }

    pub fn leave(&mut self, id: &Uuid) {
        if let Some(key) = self.keys.remove(id) {
            self.order.remove(&key);
        }
    }

    pub fn is_head(&self, id: &Uuid) -> bool {
        self.keys.get(id).is_some_and(|(not_head, ..)| !not_head)
    }

    /// The place by which a waiting ticket stands, for one that is to stand behind it.
    pub fn place(&self, id: &Uuid) -> u64 {
        self.keys.get(id).map_or(0, |(_, place, _)| *place)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Uuid> {
        self.order.values()
    }
}
