//! Pages and databases in every place that one can be in, the trash among them, and long talk.

use serde_json::{Value, json};

use crate::call::Call;
use crate::handlers::{blocks, data_sources, databases, pages};
use crate::model::Workspace;
use crate::model::parent::Parent;
use crate::schemas::bodies;
use crate::seed::gallery::planter::{Planter, text};

/// More comments than one list shows.
const COMMENTS: usize = 120;

pub(super) fn plant(planter: &mut Planter) -> Result<(), String> {
    odd_pages(planter)?;
    two_sources(planter)?;
    wiki(planter)?;
    trash(planter)?;
    talk(planter)
}

fn odd_pages(planter: &mut Planter) -> Result<(), String> {
    planter.page("untitled_page", json!({"parent": {"page_id": planter.root_page}, "properties": {}}))?;
    planter.titled_page("right_to_left_page", "دفتر הערות 📓")?;
    let dressed = json!({
        "parent": {"page_id": planter.root_page},
        "properties": {"title": {"title": text("Dressed")}},
        "icon": {"custom_emoji": {"id": planter.id("emoji_bufo")}},
        "cover": {"file_upload": {"id": planter.id("uploaded_file")}},
    });
    let dressed = planter.page("dressed_page", dressed)?;
    let locked = json!({"is_locked": true});
    planter.send(&bodies::update_page(), pages::update, locked, &[("page_id", &dressed)]).map(drop)
}

/// A database with two data sources, each with its own schema.
fn two_sources(planter: &mut Planter) -> Result<(), String> {
    let (database, first) =
        planter.database("two_sources", "Two sources", &json!({"Name": {"title": {}}}))?;
    let body = json!({
        "parent": {"type": "database_id", "database_id": database},
        "title": text("The second"),
        "properties": {"Title": {"title": {}}, "Amount": {"number": {}}},
    });
    let second = planter.send(&bodies::create_data_source(), data_sources::create, body, &[])?;
    let second = planter.named("second_source", &second);
    planter.row("first_source_row", &first, &json!({"Name": {"title": text("In the first")}}))?;
    planter.row("second_source_row", &second, &json!({"Title": {"title": text("In the second")}})).map(drop)
}

/// A database whose content is pages, with pages of their own, and another database: what a wiki is.
fn wiki(planter: &mut Planter) -> Result<(), String> {
    let schema =
        json!({"Page": {"title": {}}, "Owner": {"people": {}}, "Verification": {"verification": {}}});
    let (wiki, source) = planter.database("wiki", "Wiki", &schema)?;
    let article = planter.row("wiki_article", &source, &json!({"Page": {"title": text("Article")}}))?;
    let below = json!({"parent": {"page_id": article}, "properties": {"title": {"title": text("Below the article")}}});
    planter.page("wiki_child", below)?;
    let (inner, _) = planter.database("wiki_database", "Inside the wiki", &json!({"Name": {"title": {}}}))?;
    // The API makes databases below pages only.
    let root = planter.root_page.clone();
    planter.workspace.children_mut(&root).retain(|child| *child != inner);
    if let Some(database) = planter.workspace.database_mut(&inner) {
        database.parent = Parent::Database(wiki);
    }
    Ok(())
}

fn trash(planter: &mut Planter) -> Result<(), String> {
    let gone = json!({"in_trash": true});
    let page = planter.titled_page("trashed_page", "In the trash")?;
    let below =
        json!({"parent": {"page_id": page}, "properties": {"title": {"title": text("Below the trash")}}});
    planter.page("below_trash_page", below)?;
    planter.send(&bodies::update_page(), pages::update, gone.clone(), &[("page_id", &page)])?;
    let (database, _) =
        planter.database("trashed_database", "Trashed database", &json!({"Name": {"title": {}}}))?;
    let parameters = [("database_id", database.as_str())];
    planter.send(&bodies::update_database(), databases::update, gone.clone(), &parameters)?;
    let everything = planter.id("everything_source");
    let row = planter.row("trashed_row", &everything, &json!({"Name": {"title": text("Trashed row")}}))?;
    planter.send(&bodies::update_page(), pages::update, gone, &[("page_id", &row)])?;
    let blocks_page = planter.id("blocks_page");
    let block = json!([{"paragraph": {"rich_text": text("Trashed block")}}]);
    let block = planter.append(&blocks_page, block)?.pop().unwrap_or_default();
    planter.ids.insert("trashed_block".to_owned(), block.clone());
    let delete: fn(&Call, &mut Workspace) -> _ = blocks::delete;
    planter.send(&bodies::nothing_at_all(), delete, json!({}), &[("block_id", &block)]).map(drop)
}

/// Comments in three discussions of a page, and one on a block.
fn talk(planter: &mut Planter) -> Result<(), String> {
    let page = planter.titled_page("talk_page", "Long talk")?;
    let block = json!([{"paragraph": {"rich_text": text("Talked about")}}]);
    let block = planter.append(&page, block)?.pop().unwrap_or_default();
    planter.ids.insert("talked_block".to_owned(), block.clone());
    let mut discussions: Vec<Value> = Vec::new();
    for number in 1..=COMMENTS {
        let words = text(&format!("Comment {number} 💬"));
        let body = match discussions.get(number % 3) {
            Some(discussion) => json!({"discussion_id": discussion, "rich_text": words}),
            None => json!({"parent": {"page_id": page}, "rich_text": words}),
        };
        let comment = planter.comment(&format!("comment_{number}"), body)?;
        if discussions.len() < 3 {
            discussions.push(comment.get("discussion_id").cloned().unwrap_or_default());
        }
    }
    let on_block = json!({
        "parent": {"block_id": block},
        "markdown": "**Bold** words on a block",
        "attachments": [{"file_upload_id": planter.id("uploaded_file")}],
        "display_name": {"type": "custom", "custom": {"name": "Reviewer"}},
    });
    planter.comment("comment_on_block", on_block).map(drop)
}
