//! The description of a tool, from its doc comment.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment up to its first heading: lines joined, paragraphs apart.
///
/// What stands below a heading (`# Errors`, `# Examples`) is for people who read the code.
pub(crate) fn description(attributes: &[Attribute]) -> Option<String> {
    let mut text = String::new();
    let mut paragraph_ended = false;
    for line in attributes.iter().filter_map(doc_text).flat_map(|doc| lines(&doc)) {
        if is_heading(&line) {
            break;
        }
        if line.is_empty() {
            paragraph_ended = !text.is_empty();
            continue;
        }
        if !text.is_empty() {
            text.push_str(if paragraph_ended {
                "\n\n"
            } else if starts_item(&line) {
                "\n"
            } else {
                " "
            });
        }
        paragraph_ended = false;
        text.push_str(&line);
    }
    (!text.is_empty()).then_some(text)
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

fn lines(doc: &str) -> Vec<String> {
    doc.split('\n').map(|line| line.trim().to_owned()).collect()
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    rest.len() < line.len() && (rest.is_empty() || rest.starts_with(' '))
}

fn starts_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}
