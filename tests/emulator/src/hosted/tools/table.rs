//! All tools, in the order in which they are listed.

use super::definition::Tool;
use super::{comments, create_pages, fetch, move_pages, query, search, update_page, users};

pub(in crate::hosted) fn all() -> Vec<Tool> {
    vec![
        search::tool(),
        fetch::tool(),
        create_pages::tool(),
        update_page::tool(),
        move_pages::tool(),
        query::tool(),
        comments::create_tool(),
        comments::get_tool(),
        users::tool(),
    ]
}
