//! Markdown, split into parts that fit into requests.

use toolbay_sdk::Problem;

/// Cuts a text into parts of at most so many bytes as JSON: `first`, and `max` for each further one. Joined they are the
/// text. It is cut at a blank line where there is one, else between lines, and inside a fence of code only when that is
/// longer than a part.
pub(crate) fn parts(text: &str, first: usize, max: usize) -> Result<Vec<&str>, Problem> {
    let mut parts = Vec::new();
    let (mut start, mut size, mut limit) = (0, 0, first);
    let (mut after_blank, mut after_line) = (None, None);
    let (mut at, mut is_code) = (0, false);
    for line in text.split_inclusive('\n') {
        let bytes = json_bytes(line);
        while size + bytes > limit {
            // The best place that is behind; where there is none, before this very line.
            let end = after_blank.or(after_line).unwrap_or(at);
            if end == start && limit >= max {
                return Err(Problem::limit_exceeded(
                    "One line of the content is larger than a request to Notion.",
                )
                .hint("Break it into several lines."));
            }
            parts.extend(text.get(start..end));
            size = json_bytes(text.get(end..at).unwrap_or_default());
            (start, limit, after_blank, after_line) = (end, max, None, None);
        }
        size += bytes;
        at += line.len();
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if !is_code {
            after_line = Some(at);
            if line.trim().is_empty() {
                after_blank = Some(at);
            }
        }
    }
    parts.extend(text.get(start..));
    Ok(parts)
}

/// How long a text is as a JSON string, without the quotes.
fn json_bytes(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_whole() {
        assert_eq!(parts("# a\n\nb", 100, 100).expect("parts"), ["# a\n\nb"]);
        assert_eq!(parts("", 100, 100).expect("parts"), [""]);
    }

    #[test]
    fn a_long_text_is_cut_at_blank_lines_before_other_lines() {
        assert_eq!(parts("aa\n\nbb\ncc\n", 12, 12).expect("parts"), ["aa\n\n", "bb\ncc\n"]);
        assert_eq!(parts("aa\nbb\ncc\n", 9, 9).expect("parts"), ["aa\nbb\n", "cc\n"]);
    }

    #[test]
    fn code_is_not_cut_where_it_fits_into_a_part() {
        let text = "aa\n```\nb\n\nc\n```\n";
        assert_eq!(parts(text, 20, 40).expect("parts"), ["aa\n", "```\nb\n\nc\n```\n"]);
    }

    #[test]
    fn a_line_that_fits_nowhere_is_refused() {
        assert!(parts(&"a".repeat(101), 100, 100).is_err());
        assert_eq!(
            parts(&"a".repeat(100), 50, 100).expect("the next part is larger"),
            ["", &"a".repeat(100)]
        );
    }

    #[test]
    fn parts_join_to_the_text_and_fit() {
        for lines in [1, 10, 500] {
            let text = "line \"of\" text\n\n```rust\nlet a = 1;\n\n```\nmore\n".repeat(lines);
            let parts = parts(&text, 300, 200).expect("parts");
            assert_eq!(parts.concat(), text);
            for (place, part) in parts.iter().enumerate() {
                let json = serde_json::to_string(part).expect("JSON").len() - 2;
                assert!(json <= if place == 0 { 300 } else { 200 }, "{part}");
            }
        }
    }
}
