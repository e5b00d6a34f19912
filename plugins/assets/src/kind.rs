//! The kinds of block that show a file or a link.

use std::borrow::Cow;

use schemars::{SchemaGenerator, json_schema};
use toolbay_sdk::prelude::*;

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Image,
    Video,
    Audio,
    Pdf,
    File,
    Bookmark,
    Embed,
}

/// What files end in. Whatever else Notion could show is a bookmark unless the caller says what it is.
const ENDINGS: [(Kind, &[&str]); 5] = [
    (Kind::Image, &["png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "heic", "tif", "tiff", "ico", "avif"]),
    (Kind::Video, &["mp4", "mov", "webm", "mkv", "avi", "m4v", "mpeg", "wmv"]),
    (Kind::Audio, &["mp3", "wav", "ogg", "oga", "m4a", "aac", "flac", "wma"]),
    (Kind::Pdf, &["pdf"]),
    (
        Kind::File,
        &[
            "zip", "gz", "7z", "csv", "tsv", "txt", "json", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
            "odt", "ods", "odp", "rtf", "epub", "ics",
        ],
    ),
];

impl Kind {
    /// Notion's name for the type of block.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Pdf => "pdf",
            Self::File => "file",
            Self::Bookmark => "bookmark",
            Self::Embed => "embed",
        }
    }

    /// True for the kinds that hold only a link.
    pub(crate) fn is_link(self) -> bool {
        matches!(self, Self::Bookmark | Self::Embed)
    }

    /// What a file of this name is.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        ENDINGS.iter().find(|(_, endings)| endings.contains(&ending.as_str())).map(|(kind, _)| *kind)
    }

    /// What content of this type is, such as `image/png`.
    pub(crate) fn of_content_type(content_type: &str) -> Self {
        match content_type.split_once('/') {
            Some(("image", _)) => Self::Image,
            Some(("video", _)) => Self::Video,
            Some(("audio", _)) => Self::Audio,
            Some(("application", rest)) if rest.starts_with("pdf") => Self::Pdf,
            _ => Self::File,
        }
    }
}

// By hand, because a derived optional one would publish a union with null.
impl JsonSchema for Kind {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Kind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "string", "enum": ["image", "video", "audio", "pdf", "file", "bookmark", "embed"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_ending_or_its_type() {
        for (name, kind) in [
            ("a.PNG", Some(Kind::Image)),
            ("a.tar.gz", Some(Kind::File)),
            ("a.pdf", Some(Kind::Pdf)),
            ("pdf", None),
            ("a.html", None),
        ] {
            assert_eq!(Kind::of_name(name), kind, "{name}");
        }
        assert_eq!(Kind::of_content_type("application/pdf; x=y"), Kind::Pdf);
        assert_eq!(Kind::of_content_type("video/mp4"), Kind::Video);
        assert_eq!(Kind::of_content_type("text"), Kind::File);
    }
}
