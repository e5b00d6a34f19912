//! The tools that run as they are as operations of `bulk`, and what each does to what its arguments name.

/// A tool, and where two operations of it may get in each other's way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) subject: Subject,
}

/// Whether a tool only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// At what it names.
    Looks,
    /// At more than it names.
    LooksAround,
    /// It writes.
    Changes,
}

/// What of the thing that it names a tool works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The page: its properties, its title, its place.
    Page,
    /// What a page or a block holds, and nothing else of a page.
    Content,
    /// Either: a page is a block too, and a file may go to a property.
    ContentOrPage,
    /// The comments on it.
    Comments,
    /// A database or a view: all rows stay as they are.
    Elsewhere,
}

/// All of them; the manifest's `tools.call` has the same names.
pub(crate) static TOOLS: [Tool; 31] = [
    tool("append_blocks", Work::Changes, Subject::Content),
    tool("archive", Work::Changes, Subject::Page),
    tool("attach_file", Work::Changes, Subject::ContentOrPage),
    tool("connections", Work::Looks, Subject::Page),
    tool("create_comment", Work::Changes, Subject::Comments),
    tool("create_database", Work::Changes, Subject::Elsewhere),
    tool("create_page", Work::Changes, Subject::Page),
    tool("create_view", Work::Changes, Subject::Elsewhere),
    tool("delete_block", Work::Changes, Subject::ContentOrPage),
    tool("delete_comment", Work::Changes, Subject::Comments),
    tool("delete_view", Work::Changes, Subject::Elsewhere),
    tool("edit_page", Work::Changes, Subject::Content),
    tool("fetch", Work::Looks, Subject::Page),
    tool("get_database", Work::Looks, Subject::Page),
    tool("get_page", Work::Looks, Subject::Page),
    tool("list_blocks", Work::Looks, Subject::Page),
    tool("list_comments", Work::Looks, Subject::Comments),
    tool("list_users", Work::Looks, Subject::Page),
    tool("list_views", Work::Looks, Subject::Page),
    tool("move_page", Work::Changes, Subject::Page),
    // A request that only reads looks around: `Kind::is_wide` tells.
    tool("notion_request", Work::Changes, Subject::Page),
    tool("properties", Work::Looks, Subject::Page),
    tool("query", Work::LooksAround, Subject::Page),
    tool("query_view", Work::LooksAround, Subject::Page),
    tool("search", Work::LooksAround, Subject::Page),
    tool("trash", Work::Changes, Subject::Page),
    tool("update_block", Work::Changes, Subject::Content),
    tool("update_comment", Work::Changes, Subject::Comments),
    tool("update_database", Work::Changes, Subject::Elsewhere),
    tool("update_page", Work::Changes, Subject::Page),
    tool("update_view", Work::Changes, Subject::Elsewhere),
];

const fn tool(name: &'static str, work: Work, subject: Subject) -> Tool {
    Tool { name, work, subject }
}

impl Tool {
    /// Whether it works on the page that it names, as a page.
    pub(crate) fn is_about_page(&self) -> bool {
        matches!(self.subject, Subject::Page | Subject::ContentOrPage)
    }

    /// Whether it changes what a page or a block holds.
    pub(crate) fn changes_content(&self) -> bool {
        matches!(self.subject, Subject::Content | Subject::ContentOrPage)
    }
}
