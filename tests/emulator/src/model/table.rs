//! Objects by id, cheap to copy whole: a write works on a copy of the workspace, and a workspace of ten thousand
//! pages must not cost ten thousand copies for each of ten thousand writes.

use std::collections::BTreeMap;
use std::sync::Arc;

type Shard<Item> = Arc<BTreeMap<String, Arc<Item>>>;

/// Objects by id, in the order of their ids.
#[derive(Debug)]
pub(crate) struct Table<Item> {
    /// By the first two digits of the ids, which are even over them: each shard holds a 256th.
    shards: BTreeMap<u8, Shard<Item>>,
}

impl<Item> Clone for Table<Item> {
    fn clone(&self) -> Self {
        Table { shards: self.shards.clone() }
    }
}

impl<Item> Default for Table<Item> {
    fn default() -> Self {
        Table { shards: BTreeMap::new() }
    }
}

fn place(id: &str) -> u8 {
    id.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

impl<Item: Clone> Table<Item> {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Item>> {
        self.shards.get(&place(id))?.get(id)
    }

    pub(crate) fn contains_key(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// The object to change; what other copies of the table hold stays as it is.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Item> {
        if !self.contains_key(id) {
            return None;
        }
        let shard = Arc::make_mut(self.shards.get_mut(&place(id))?);
        shard.get_mut(id).map(Arc::make_mut)
    }

    /// The object to change, made empty where there is none.
    pub(crate) fn get_or_default(&mut self, id: &str) -> &mut Item
    where
        Item: Default,
    {
        let shard = Arc::make_mut(self.shards.entry(place(id)).or_default());
        Arc::make_mut(shard.entry(id.to_owned()).or_default())
    }

    pub(crate) fn insert(&mut self, id: String, item: Arc<Item>) {
        Arc::make_mut(self.shards.entry(place(&id)).or_default()).insert(id, item);
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if self.contains_key(id)
            && let Some(shard) = self.shards.get_mut(&place(id))
        {
            Arc::make_mut(shard).remove(id);
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.shards.values().flat_map(|shard| shard.values())
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.values().map(|shard| shard.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut table = Table::default();
        table.insert("ff".to_owned(), Arc::new(1));
        table.insert("00".to_owned(), Arc::new(2));
        let copy = table.clone();
        *table.get_mut("ff").unwrap() = 3;
        table.remove("00");
        let values = |table: &Table<i32>| table.values().map(|item| **item).collect::<Vec<i32>>();
        assert_eq!((values(&table), values(&copy)), (vec![3], vec![2, 1]));
        assert_eq!((table.len(), table.get_mut("0a")), (1, None));
    }
}
