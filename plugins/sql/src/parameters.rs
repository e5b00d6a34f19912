//! Values of a statement's parameters, as a caller gives them.

use toolbay_sdk::prelude::*;
use toolbay_sdk::{SqlValue, Statement};

/// A statement with its parameters.
pub(crate) fn statement(sql: String, parameters: &[Value]) -> Result<Statement, Problem> {
    let value = |(number, value): (usize, &Value)| {
        SqlValue::of_json(value).ok_or_else(|| {
            Problem::invalid_input(format!("Parameter {} is no value of a column.", number + 1))
                .hint("Parameters are texts, numbers, true, false and null; give a list or an object as JSON in a text.")
        })
    };
    let parameters = parameters.iter().enumerate().map(value).collect::<Result<_, _>>()?;
    Ok(Statement { sql, parameters })
}
