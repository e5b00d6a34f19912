//! What stands inside of a line: bold, italic, strikethrough, code, links, equations, and by Notion's own tags underline,
//! colors and mentions.

mod marks;
mod read;
mod tags;
mod write;

pub(crate) use read::parse;
pub(crate) use write::{render, render_cell};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::markdown::Version;
    use crate::model::Workspace;
    use crate::rich_text;

    #[test]
    fn marks_and_links_become_runs() {
        for version in [Version::Enhanced, Version::Flavored] {
            let runs = parse(version, "a **b** [c](https://d.example) `e`");
            let texts: Vec<&str> =
                runs.as_array().unwrap().iter().map(|run| run["text"]["content"].as_str().unwrap()).collect();
            assert_eq!(texts, ["a ", "b", " ", "c", " ", "e"]);
            assert_eq!(runs[1]["annotations"]["bold"], true);
            assert_eq!(runs[3]["text"]["link"]["url"], "https://d.example");
        }
    }

    #[test]
    fn what_is_rendered_reads_as_it_was() {
        let workspace = Workspace::new(1);
        for version in [Version::Enhanced, Version::Flavored] {
            for runs in [
                json!([{"text": {"content": "both"}, "annotations": {"bold": true, "italic": true}}]),
                json!([{"text": {"content": "a*b_c`d\\e<f>{g}|h^i$j~k[l] &amp; _m_"}}]),
                json!([{"text": {"content": "one\ntwo"}, "annotations": {"underline": true, "color": "red_background"}}]),
                json!([{"text": {"content": "x"}, "annotations": {"strikethrough": true}}, {"text": {"content": " costs $5"}}]),
                json!([{"text": {"content": "link", "link": {"url": "https://e.example/a?b=c"}}, "annotations": {"bold": true}}]),
                json!([{"equation": {"expression": "a^{2}"}}, {"text": {"content": " = 4"}}]),
                json!([{"mention": {"date": {"start": "2026-05-01", "end": "2026-05-02"}}}]),
                json!([{"mention": {"date": {"start": "2026-05-01T09:00:00.000+02:00", "end": "2026-05-01T10:30:00.000+02:00"}}}]),
                json!([{"mention": {"user": {"id": "00000000-0000-4000-8000-000000000000"}}}]),
                json!([{"text": {"content": "a`b``c"}, "annotations": {"code": true}}]),
                json!([{"text": {"content": "red "}, "annotations": {"color": "red"}}, {"text": {"content": "under"}, "annotations": {"color": "red", "underline": true}}]),
            ] {
                let filled = rich_text::fill(&workspace, &runs);
                let markdown = render(version, &filled);
                assert_eq!(rich_text::fill(&workspace, &parse(version, &markdown)), filled, "{markdown}");
            }
        }
    }

    #[test]
    fn blanks_inside_of_marks_and_marks_beside_letters_survive() {
        let workspace = Workspace::new(1);
        for runs in [
            json!([{"text": {"content": " bold "}, "annotations": {"bold": true}}, {"text": {"content": "then"}}]),
            json!([{"text": {"content": "un"}}, {"text": {"content": "real"}, "annotations": {"italic": true}}]),
            json!([{"text": {"content": "a"}, "annotations": {"bold": true}}, {"text": {"content": "b"}, "annotations": {"italic": true}}]),
        ] {
            let filled = rich_text::fill(&workspace, &runs);
            let markdown = render(Version::Flavored, &filled);
            let read = rich_text::fill(&workspace, &parse(Version::Flavored, &markdown));
            assert_eq!(read, filled, "{markdown}");
        }
    }

    #[test]
    fn literal_tags_entities_and_money_are_text_in_the_second_version() {
        let workspace = Workspace::new(1);
        for (markdown, wanted) in [
            ("1 \\<b> 2 &lt;i&gt; &#39;3&#x27;", "1 <b> 2 <i> '3'"),
            ("<div>x</div>", "<div>x</div>"),
            ("costs $5 to $10", "costs $5 to $10"),
            ("text {color=\"red\"}", "text {color=\"red\"}"),
            ("one\ntwo", "one two"),
            ("one\\\ntwo<br />three", "one\ntwo\nthree"),
            ("snake_case_name", "snake_case_name"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("a & b", "a & b"),
        ] {
            let read = rich_text::fill(&workspace, &parse(Version::Flavored, markdown));
            assert_eq!(rich_text::plain(&read), wanted, "{markdown}");
            assert_eq!(read[0]["annotations"]["bold"], false, "{markdown}");
        }
    }
}
