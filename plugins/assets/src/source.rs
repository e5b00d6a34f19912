//! Where the file is: elsewhere, to be fetched by Notion, or in Notion already.

use toolbay_sdk::notion::NotionId;
use toolbay_sdk::prelude::*;

use crate::link::Link;

/// What a caller wants to attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A link that stays one.
    External(Link),
    /// A link whose file Notion shall fetch and host.
    Import(Link),
    /// A file upload.
    Upload(NotionId),
}

impl Source {
    /// Reads `url`.
    pub(crate) fn read(text: &str, import: bool) -> Result<Self, Problem> {
        // A link of Notion has an id in it too, and is a link all the same.
        if !text.contains('/')
            && let Ok(id) = text.parse()
        {
            if import {
                return Err(Problem::invalid_input(
                    "A file upload is at Notion already; there is nothing to import.",
                )
                .hint("Leave `import` out, or give the file's https link as `url`."));
            }
            return Ok(Self::Upload(id));
        }
        let link = Link::read(text)?;
        if !import {
            return Ok(Self::External(link));
        }
        if !link.is_https() {
            return Err(Problem::invalid_input("Notion fetches files over https only.")
                .hint("Give an https link, or leave `import` out to attach the link itself."));
        }
        Ok(Self::Import(link))
    }
}
