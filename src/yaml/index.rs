//! Where the keys of a map stand: a map may have hundreds of thousands, and is mostly small.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Most keys that are looked through one by one.
const MAX_UNINDEXED: usize = 64;

/// Where each key stands, once one is looked for among so many that looking through them all would take long.
///
/// In a box, since a map takes memory for it that is never asked for one.
#[derive(Debug, Default)]
pub(super) struct Index(OnceLock<Box<Positions>>);

type Positions = HashMap<Box<str>, usize>;

impl Index {
    /// Returns where a key stands among the keys of the map.
    pub(super) fn position<'k>(
        &self,
        mut keys: impl ExactSizeIterator<Item = &'k str>,
        key: &str,
    ) -> Option<usize> {
        if keys.len() <= MAX_UNINDEXED {
            return keys.position(|known| known == key);
        }
        let positions = self
            .0
            .get_or_init(|| Box::new(keys.map(Box::from).zip(0..).collect()));
        positions.get(key).copied()
    }

    /// Adds a key that is not there yet.
    pub(super) fn add(&mut self, key: &str, position: usize) {
        if let Some(positions) = self.0.get_mut() {
            positions.insert(key.into(), position);
        }
    }

    /// Forgets where the keys stand, because they do not stand there any more.
    pub(super) fn forget(&mut self) {
        self.0.take();
    }
}
