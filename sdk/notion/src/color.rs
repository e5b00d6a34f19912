//! The colours of text and blocks.

/// A colour by Notion's name.
pub(crate) type Color = &'static str;

/// All but `default`, which is the absence of a colour.
pub(crate) const COLORS: [Color; 19] = [
    "gray",
    "brown",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "red",
    "default_background",
    "gray_background",
    "brown_background",
    "orange_background",
    "yellow_background",
    "green_background",
    "blue_background",
    "purple_background",
    "pink_background",
    "red_background",
];

/// The colour of a name; Notion's markdown writes `red_bg` for `red_background`. `None` for `default` too.
pub(crate) fn parse(name: &str) -> Option<Color> {
    COLORS.into_iter().find(|color| {
        *color == name
            || color
                .strip_suffix("_background")
                .is_some_and(|plain| name.strip_suffix("_bg").is_some_and(|named| named == plain))
    })
}
