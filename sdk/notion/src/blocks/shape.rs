//! What Notion asks of a block and the blocks in it, together.

use serde_json::{Map, Value};

use super::kind::{Children, Kind};
use super::member::number;
use super::tree::{body, kind_of};
use crate::ARRAY_LIMIT;
use crate::Error;

/// Checks what a block holds, and adds to its content what follows from that: a table's width, and that a heading with
/// something in it can be folded.
pub(super) fn check(kind: &Kind, content: &mut Map<String, Value>, children: &[Value]) -> Result<(), Error> {
    for child in children {
        fits(kind, kind_of(child))?;
    }
    let too_few = |least: &str, hint: &str| {
        Err(Error::invalid_input(format!("A block of type `{}` needs at least {least}.", kind.name))
            .hint(hint))
    };
    match kind.children {
        Children::Rows if children.is_empty() => {
            too_few("one row", "Give `rows`: an array of rows, each an array of texts.")
        }
        Children::Rows => {
            let width = table_width(children)?;
            content.insert("table_width".to_owned(), number(width));
            Ok(())
        }
        Children::Columns if children.len() < 2 => {
            too_few("two columns", "Give `children` of type `column`, each with its own `children`.")
        }
        Children::Columns | Children::Tabs if children.len() > ARRAY_LIMIT => {
            Err(Error::limit_exceeded(format!(
                "A block of type `{}` can be created with at most {ARRAY_LIMIT} blocks in it.",
                kind.name
            )))
        }
        Children::Tabs if children.is_empty() => too_few(
            "one tab",
            "Give `children` of type `paragraph`: the text is the tab's name, what it holds its content.",
        ),
        Children::None if !children.is_empty() => {
            Err(Error::invalid_input(format!("A block of type `{}` holds no blocks.", kind.name))
                .hint("Put them after it."))
        }
        Children::Blocks if kind.name.starts_with("heading_") && !children.is_empty() => {
            content.insert("is_toggleable".to_owned(), true.into());
            Ok(())
        }
        Children::Blocks if kind.name == "synced_block" && !children.is_empty() => {
            let is_mirror = content.get("synced_from").is_some_and(|from| !from.is_null());
            if is_mirror {
                return Err(Error::invalid_input("A block that mirrors another holds no blocks of its own.")
                    .hint("Leave `children` out, or `synced_from`."));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a block of type `kind` can hold one of type `child`.
fn fits(kind: &Kind, child: &str) -> Result<(), Error> {
    let wanted = match kind.children {
        Children::Rows => Some("table_row"),
        Children::Columns => Some("column"),
        Children::Tabs => Some("paragraph"),
        Children::None | Children::Blocks | Children::Column => None,
    };
    let alone = matches!(child, "table_row" | "column")
        || kind.children == Children::Column && child == "column_list";
    match wanted {
        Some(wanted) if wanted != child => Err(Error::invalid_input(format!(
            "A block of type `{}` holds blocks of type `{wanted}` only, not `{child}`.",
            kind.name
        ))),
        None if alone => {
            Err(Error::invalid_input(format!("A block of type `{}` can't hold a `{child}`.", kind.name))
                .hint(match child {
                    "table_row" => "Rows are in a `table`.",
                    "column" => "Columns are in a `column_list`.",
                    _ => "Columns can't be in columns.",
                }))
        }
        _ => Ok(()),
    }
}

/// The number of cells that all rows have.
fn table_width(rows: &[Value]) -> Result<usize, Error> {
    let width = |row: &Value| {
        body(row).and_then(|row| row.get("cells")).and_then(Value::as_array).map_or(0, Vec::len)
    };
    let first = rows.first().map_or(0, width);
    if first == 0 || first > ARRAY_LIMIT {
        return Err(Error::invalid_input(format!(
            "A row has 1 to {ARRAY_LIMIT} cells, and the first has {first}."
        )));
    }
    match rows.iter().position(|row| width(row) != first) {
        None => Ok(first),
        Some(other) => Err(Error::invalid_input(format!(
            "The rows of a table are equally long; the first has {first} cells, row {} has {}.",
            other + 1,
            rows.get(other).map_or(0, width)
        ))
        .hint("Fill it up with empty texts.")),
    }
}
