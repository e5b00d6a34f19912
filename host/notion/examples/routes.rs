//! Prints the route table as JSON: `cargo run -p toolbay-notion --example routes`.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&toolbay_notion::routes())?);
    Ok(())
}
