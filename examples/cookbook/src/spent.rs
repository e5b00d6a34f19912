use std::collections::BTreeMap;

use toolbay_sdk::jiff::civil::Date;
use toolbay_sdk::notion::{DataSource, Row};
use toolbay_sdk::prelude::*;

#[derive(Row)]
struct Expense {
    amount: Option<f64>,
    paid: Option<Date>,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database of expenses, id or link.
    database_id: String,
    /// Which rows count, such as {"Paid": "this year"}.
    #[serde(default)]
    filter: Value,
}

/// Adds up expenses by month.
#[tool(reads)]
pub(crate) fn spent(call: &Call, input: Input) -> Result<BTreeMap<String, f64>, Problem> {
    let mut months = BTreeMap::new();
    let mut source = DataSource::find(call, &input.database_id)?;
    for expense in source.rows(call).filter(&input.filter)?.typed::<Expense>()? {
        let expense = expense?;
        let (Some(amount), Some(paid)) = (expense.amount, expense.paid) else { continue };
        *months.entry(paid.strftime("%Y-%m").to_string()).or_default() += amount;
    }
    Ok(months)
}
