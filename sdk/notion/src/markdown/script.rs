//! Which characters belong to scripts that are written without blanks between words.

/// True for Chinese, Japanese and Korean characters and their full-width punctuation. Beside them a sign of emphasis
/// marks words, although no blank is there.
pub(super) fn is_east_asian(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x11FF        // Hangul letters
        | 0x2E80..=0x303F      // radicals, punctuation
        | 0x3040..=0x33FF      // kana, bopomofo, squares
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF      // ideographs
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF      // Hangul
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F      // vertical forms
        | 0xFF00..=0xFFEF      // full and half width
        | 0x1B000..=0x1B16F
        | 0x20000..=0x3FFFF)
        // Quotation marks and dots that Chinese shares with other languages.
        || matches!(character, '\u{2018}' | '\u{2019}' | '\u{201C}' | '\u{201D}' | '\u{2026}' | '\u{2014}' | '\u{00B7}')
}
