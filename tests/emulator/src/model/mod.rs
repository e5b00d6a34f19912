//! The workspace in memory.
//!
//! Objects are in [`Table`]s, which are cheap to copy. That makes a write a transaction for free (it works on a
//! copy, which replaces the original when the handler succeeds) and gives lagging reads an older workspace to read.

pub(crate) mod block;
pub(crate) mod collection;
pub(crate) mod found;
pub(crate) mod integration;
pub(crate) mod page;
pub(crate) mod parent;
mod sees;
pub(crate) mod small;
mod stamps;
pub(crate) mod table;
pub(crate) mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use stamps::Stamps;

use crate::clock::Clock;
use crate::identifiers::Minter;
use crate::json::Peek;
use crate::model::block::Block;
use crate::model::collection::{DataSource, Database, Property};
use crate::model::found::Found;
use crate::model::integration::Integration;
use crate::model::page::Page;
use crate::model::parent::Parent;
use crate::model::small::{AsyncTask, Comment, FileUpload, View, ViewQuery};
use crate::model::table::Table;
use crate::model::user::User;

/// Everything that a token can reach.
#[derive(Clone)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) users: Vec<Arc<User>>,
    pub(crate) integrations: Vec<Arc<Integration>>,
    pub(crate) pages: Table<Page>,
    pub(crate) databases: Table<Database>,
    pub(crate) data_sources: Table<DataSource>,
    pub(crate) blocks: Table<Block>,
    /// The ordered content of a page or block: blocks, child pages and child databases.
    pub(crate) children: Table<Vec<String>>,
    /// The rows of each data source in the order of their arrival.
    rows: BTreeMap<String, Arc<Vec<Arc<str>>>>,
    pub(crate) comments: Table<Comment>,
    pub(crate) views: Table<View>,
    pub(crate) view_queries: Table<ViewQuery>,
    pub(crate) file_uploads: Table<FileUpload>,
    pub(crate) async_tasks: Table<AsyncTask>,
    pub(crate) custom_emojis: Vec<serde_json::Value>,
    /// How many looks at an import find it pending.
    pub(crate) looks_of_import: u64,
    /// The time by which formulas are evaluated.
    pub(crate) clock: Clock,
    /// Whether an append in the middle answers with the new blocks alone, without the siblings that follow.
    pub(crate) appended_alone: bool,
    /// Formulas and rollups, by name or id, whose values the API answers as unsupported.
    pub(crate) uncomputed: Arc<Vec<String>>,
    pub(crate) found: Found,
    pub(crate) minter: Minter,
    sequence: u64,
    /// What the current write made and changed, for the log of writes.
    pub(crate) touched: Touched,
}

/// The ids that one write made and changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) created: Vec<String>,
    pub(crate) changed: Vec<String>,
    known: BTreeSet<String>,
}

impl Workspace {
    pub(crate) fn new(seed: u64) -> Workspace {
        let mut minter = Minter::new(seed);
        Workspace {
            id: minter.uuid(),
            name: "Toolbay".to_owned(),
            users: Vec::new(),
            integrations: Vec::new(),
            pages: Table::default(),
            databases: Table::default(),
            data_sources: Table::default(),
            blocks: Table::default(),
            children: Table::default(),
            rows: BTreeMap::new(),
            comments: Table::default(),
            views: Table::default(),
            view_queries: Table::default(),
            file_uploads: Table::default(),
            async_tasks: Table::default(),
            custom_emojis: Vec::new(),
            looks_of_import: 1,
            clock: Clock::default(),
            appended_alone: false,
            uncomputed: Arc::default(),
            found: Found::default(),
            minter,
            sequence: 0,
            touched: Touched::default(),
        }
    }

    /// Mints the id of a new object and notes that this write made it.
    pub(crate) fn mint(&mut self) -> String {
        let id = self.minter.uuid();
        self.touched.known.insert(id.clone());
        self.touched.created.push(id.clone());
        id
    }

    /// The place of a new object in the order of creation, which times alone can't give.
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Notes that this write changed an object.
    pub(crate) fn changed(&mut self, id: &str) {
        if !self.touched.known.contains(id) {
            self.touched.known.insert(id.to_owned());
            self.touched.changed.push(id.to_owned());
        }
    }

    pub(crate) fn page_mut(&mut self, id: &str) -> Option<&mut Page> {
        self.changed(id);
        self.pages.get_mut(id)
    }

    pub(crate) fn block_mut(&mut self, id: &str) -> Option<&mut Block> {
        self.changed(id);
        self.blocks.get_mut(id)
    }

    pub(crate) fn database_mut(&mut self, id: &str) -> Option<&mut Database> {
        self.changed(id);
        self.databases.get_mut(id)
    }

    pub(crate) fn data_source_mut(&mut self, id: &str) -> Option<&mut DataSource> {
        self.changed(id);
        self.data_sources.get_mut(id)
    }

    pub(crate) fn children_of(&self, id: &str) -> &[String] {
        self.children.get(id).map(|children| children.as_slice()).unwrap_or_default()
    }

    pub(crate) fn children_mut(&mut self, id: &str) -> &mut Vec<String> {
        self.children.get_or_default(id)
    }

    /// The children that lists show: those that are not in the trash.
    pub(crate) fn live_children(&self, id: &str) -> Vec<String> {
        self.children_of(id).iter().filter(|child| !self.in_trash(child)).cloned().collect()
    }

    /// The children that a block is seen with: a synced block that shows another one has that one's.
    pub(crate) fn shown_children(&self, id: &str) -> Vec<String> {
        let original = self.blocks.get(id).and_then(|block| block.content.at("synced_from").text("block_id"));
        match original {
            Some(original) if !self.is_gone(original) => self.live_children(original),
            Some(_) => Vec::new(),
            None => self.live_children(id),
        }
    }

    /// Whether an original would be seen within itself if a copy of it stood below this object. Copies count: what stands in
    /// another original is seen wherever that one is copied.
    pub(crate) fn is_seen_within(&self, original: &str, place: &str) -> bool {
        let copies = |of: &str| {
            let shows = |from: Option<&str>| from.is_some_and(|from| from == of);
            let copies =
                self.blocks.values().filter(|block| shows(block.content.at("synced_from").text("block_id")));
            copies.map(|block| block.id.clone()).collect::<Vec<_>>()
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut open = vec![place.to_owned()];
        while let Some(at) = open.pop() {
            if at == original {
                return true;
            }
            if seen.insert(at.clone()) {
                open.extend(self.blocks.get(&at).and_then(|block| block.parent.id()).map(str::to_owned));
                open.extend(copies(&at));
            }
        }
        false
    }

    pub(crate) fn user(&self, id: &str) -> Option<&Arc<User>> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The parent of a page, block, database or data source.
    pub(crate) fn parent_of(&self, id: &str) -> Option<&Parent> {
        if let Some(page) = self.pages.get(id) {
            return Some(&page.parent);
        }
        if let Some(block) = self.blocks.get(id) {
            return Some(&block.parent);
        }
        if let Some(database) = self.databases.get(id) {
            return Some(&database.parent);
        }
        self.data_sources.get(id).map(|data_source| &data_source.parent)
    }

    /// The ids above an object, nearest first.
    pub(crate) fn above(&self, id: &str) -> impl Iterator<Item = &str> {
        let parent = |id: &str| self.parent_of(id).and_then(Parent::id);
        // A move below itself is refused, so a cycle can't come to be; a bound costs nothing.
        std::iter::successors(parent(id), move |above| parent(above)).take(1_000)
    }

    /// The same as a list.
    pub(crate) fn ancestors(&self, id: &str) -> Vec<String> {
        self.above(id).map(str::to_owned).collect()
    }

    /// Whether the object itself is in the trash.
    pub(crate) fn in_trash(&self, id: &str) -> bool {
        self.pages.get(id).is_some_and(|page| page.in_trash)
            || self.blocks.get(id).is_some_and(|block| block.in_trash)
            || self.databases.get(id).is_some_and(|database| database.in_trash)
            || self.data_sources.get(id).is_some_and(|data_source| data_source.in_trash)
    }

    /// Whether the object or anything above it is in the trash.
    pub(crate) fn is_gone(&self, id: &str) -> bool {
        self.in_trash(id) || self.above(id).any(|above| self.in_trash(above))
    }

    /// Whether the values of a formula or rollup are answered as unsupported.
    pub(crate) fn leaves_uncomputed(&self, property: &Property) -> bool {
        self.uncomputed.iter().any(|key| property.answers_to(key))
    }

    /// Whether a block above the object is in the trash.
    pub(crate) fn is_below_trashed_block(&self, id: &str) -> bool {
        self.above(id).filter_map(|above| self.blocks.get(above)).any(|above| above.in_trash)
    }

    /// Puts a page into the workspace, where its parent is.
    pub(crate) fn put_page(&mut self, page: Page) {
        if let Parent::DataSource(data_source_id) = &page.parent {
            self.rows_mut(data_source_id).push(Arc::from(page.id.as_str()));
        }
        self.pages.insert(page.id.clone(), page.into());
    }

    /// Gives a page another parent. Its place among the children of a page is the caller's to change.
    pub(crate) fn reparent_page(&mut self, id: &str, parent: &Parent) {
        let Some(old) = self.pages.get(id).map(|page| page.parent.clone()) else { return };
        if let Parent::DataSource(data_source_id) = &old {
            self.rows_mut(data_source_id).retain(|row| &**row != id);
        }
        if let Parent::DataSource(data_source_id) = parent {
            self.rows_mut(data_source_id).push(Arc::from(id));
        }
        if let Some(page) = self.page_mut(id) {
            page.parent = parent.clone();
        }
    }

    fn rows_mut(&mut self, data_source_id: &str) -> &mut Vec<Arc<str>> {
        Arc::make_mut(self.rows.entry(data_source_id.to_owned()).or_default())
    }

    /// The rows of a data source in the order of creation, those in the trash included.
    pub(crate) fn rows(&self, data_source_id: &str) -> Vec<Arc<Page>> {
        let ids = self.rows.get(data_source_id).map(|ids| ids.as_slice()).unwrap_or_default();
        let mut rows: Vec<Arc<Page>> = ids.iter().filter_map(|id| self.pages.get(id)).cloned().collect();
        rows.sort_by_key(|row| row.sequence);
        rows
    }

    /// The data source that a page is a row of.
    pub(crate) fn data_source_of(&self, page: &Page) -> Option<&Arc<DataSource>> {
        match &page.parent {
            Parent::DataSource(id) => self.data_sources.get(id),
            _ => None,
        }
    }
}
