//! The workspace in memory.
//!
//! Every object is behind an [`Arc`], so cloning the whole workspace copies pointers only. That makes
//! a write a transaction for free (it works on a copy, which replaces the original when the handler
//! succeeds) and gives lagging reads an older workspace to read.

pub(crate) mod block;
pub(crate) mod collection;
pub(crate) mod integration;
pub(crate) mod page;
pub(crate) mod parent;
pub(crate) mod small;
pub(crate) mod user;

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::identifiers::Minter;
use crate::model::block::Block;
use crate::model::collection::{DataSource, Database};
use crate::model::integration::Integration;
use crate::model::page::Page;
use crate::model::parent::Parent;
use crate::model::small::{AsyncTask, Comment, FileUpload, View, ViewQuery};
use crate::model::user::User;

/// Who made an object and when, and who changed it last.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    pub(crate) created_time: OffsetDateTime,
    pub(crate) created_by: String,
    pub(crate) last_edited_time: OffsetDateTime,
    pub(crate) last_edited_by: String,
}

impl Stamps {
    pub(crate) fn new(now: OffsetDateTime, by: &str) -> Stamps {
        Stamps {
            created_time: now,
            created_by: by.to_owned(),
            last_edited_time: now,
            last_edited_by: by.to_owned(),
        }
    }

    pub(crate) fn touch(&mut self, now: OffsetDateTime, by: &str) {
        self.last_edited_time = now;
        self.last_edited_by = by.to_owned();
    }
}

/// Everything that a token can reach.
#[derive(Clone)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) users: Vec<Arc<User>>,
    pub(crate) integrations: Vec<Arc<Integration>>,
    pub(crate) pages: BTreeMap<String, Arc<Page>>,
    pub(crate) databases: BTreeMap<String, Arc<Database>>,
    pub(crate) data_sources: BTreeMap<String, Arc<DataSource>>,
    pub(crate) blocks: BTreeMap<String, Arc<Block>>,
    /// The ordered content of a page or block: blocks, child pages and child databases.
    pub(crate) children: BTreeMap<String, Arc<Vec<String>>>,
    pub(crate) comments: BTreeMap<String, Arc<Comment>>,
    pub(crate) views: BTreeMap<String, Arc<View>>,
    pub(crate) view_queries: BTreeMap<String, Arc<ViewQuery>>,
    pub(crate) file_uploads: BTreeMap<String, Arc<FileUpload>>,
    pub(crate) async_tasks: BTreeMap<String, Arc<AsyncTask>>,
    pub(crate) custom_emojis: Vec<serde_json::Value>,
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
}

impl Workspace {
    pub(crate) fn new(seed: u64) -> Workspace {
        let mut minter = Minter::new(seed);
        Workspace {
            id: minter.uuid(),
            name: "Toolbay".to_owned(),
            users: Vec::new(),
            integrations: Vec::new(),
            pages: BTreeMap::new(),
            databases: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            blocks: BTreeMap::new(),
            children: BTreeMap::new(),
            comments: BTreeMap::new(),
            views: BTreeMap::new(),
            view_queries: BTreeMap::new(),
            file_uploads: BTreeMap::new(),
            async_tasks: BTreeMap::new(),
            custom_emojis: Vec::new(),
            minter,
            sequence: 0,
            touched: Touched::default(),
        }
    }

    /// Mints the id of a new object and notes that this write made it.
    pub(crate) fn mint(&mut self) -> String {
        let id = self.minter.uuid();
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
        let known = |ids: &[String]| ids.iter().any(|known| known == id);
        if !known(&self.touched.created) && !known(&self.touched.changed) {
            self.touched.changed.push(id.to_owned());
        }
    }

    pub(crate) fn page_mut(&mut self, id: &str) -> Option<&mut Page> {
        self.changed(id);
        self.pages.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn block_mut(&mut self, id: &str) -> Option<&mut Block> {
        self.changed(id);
        self.blocks.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn database_mut(&mut self, id: &str) -> Option<&mut Database> {
        self.changed(id);
        self.databases.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn data_source_mut(&mut self, id: &str) -> Option<&mut DataSource> {
        self.changed(id);
        self.data_sources.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn children_of(&self, id: &str) -> &[String] {
        self.children.get(id).map(|children| children.as_slice()).unwrap_or_default()
    }

    pub(crate) fn children_mut(&mut self, id: &str) -> &mut Vec<String> {
        Arc::make_mut(self.children.entry(id.to_owned()).or_default())
    }

    /// The children that lists show: those that are not in the trash.
    pub(crate) fn live_children(&self, id: &str) -> Vec<String> {
        self.children_of(id).iter().filter(|child| !self.in_trash(child)).cloned().collect()
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
    pub(crate) fn ancestors(&self, id: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut current = id.to_owned();
        while let Some(above) = self.parent_of(&current).and_then(Parent::id) {
            // A move below itself is refused, so a cycle can't come to be; a bound costs nothing.
            if found.len() > 1_000 {
                break;
            }
            found.push(above.to_owned());
            current = above.to_owned();
        }
        found
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
        self.in_trash(id) || self.ancestors(id).iter().any(|above| self.in_trash(above))
    }

    /// The rows of a data source in the order of creation, those in the trash included.
    pub(crate) fn rows(&self, data_source_id: &str) -> Vec<Arc<Page>> {
        let mut rows: Vec<Arc<Page>> = self
            .pages
            .values()
            .filter(|page| matches!(&page.parent, Parent::DataSource(id) if id == data_source_id))
            .cloned()
            .collect();
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
