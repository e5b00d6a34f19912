//! Notion's two markdowns, as far as blocks that have a form in them go.
//!
//! **Enhanced** (`v1`, what a request gets that names no version). A line is a block; children are indented by a tab;
//! a color is an attribute list at the end of the line; what has no sign in markdown has a tag.
//!
//! **Notion-flavored** (`v2`). `CommonMark` with tables and task lists: blocks are separated by a blank line, a line break
//! alone starts none. Only lists are indented. A block that has a color, children or blanks at its ends is written as a
//! tag, its text behind the opening tag, its children after a blank line:
//!
//! ```text
//! <quote color="red">
//! What it says
//!
//! - a child
//! </quote>
//! ```
//!
//! Both are written from Notion's published descriptions. Where those are silent, this is how they are read here:
//!
//! * Items of one list stand on lines of their own, without blank lines between; another kind of list, or another block,
//!   comes after a blank line. Items whose children are no items are written as `<ul>` or `<ol>`, each item alone.
//! * A line break in a paragraph is a blank, as in `CommonMark`; a backslash before it, or `<br />`, keeps it.
//! * What interrupts a paragraph in `CommonMark` (a heading, a fence, a list, a quote, a divider, a tag) does here too.
//! * The body of a callout is its text and its children, as of a quote; one that begins with another block has no text.
//! * A tag that isn't Notion's, or has no end, is text; so are those of things that the emulator doesn't have (mail,
//!   meeting notes, folders, custom blocks). There are no `warnings`.
//! * A table is written with pipes when its first row is its one header, as a tag otherwise. The colors of cells, rows
//!   and columns become those of the texts in them, since the API has no other place for them.
//! * In a comment, a blank line is a line break.

pub(crate) mod enhanced;
pub(crate) mod flavored;
mod icon;
pub(crate) mod inline;
mod table;
pub(crate) mod tag;
mod unit;
mod version;

use serde_json::Value;

use crate::model::Workspace;

pub(crate) use unit::{Rendered, Unit};
pub(crate) use version::{VERSIONS, Version};

/// A text in top-level pieces.
pub(crate) fn units(version: Version, text: &str) -> Vec<Unit> {
    match version {
        Version::Enhanced => enhanced::parse::units(text),
        Version::Flavored => flavored::parse::units(text),
    }
}

/// All blocks of a text.
pub(crate) fn blocks(version: Version, text: &str) -> Vec<Value> {
    unit::blocks(units(version, text))
}

/// A page, or a block with what is below it.
pub(crate) fn page(version: Version, workspace: &Workspace, id: &str) -> Rendered {
    match version {
        Version::Enhanced => enhanced::render::page(workspace, id),
        Version::Flavored => flavored::render::page(workspace, id),
    }
}

/// One child alone, as [`page`] would write it.
pub(crate) fn one(version: Version, workspace: &Workspace, id: &str) -> String {
    match version {
        Version::Enhanced => enhanced::render::one(workspace, id),
        Version::Flavored => flavored::render::one(workspace, id),
    }
}
