//! A plugin to copy: it reads JSON from one host, and posts to another. Keys of either are the operator's, and never seen here.

use toolbay_sdk::http;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Place {
    /// The town, such as `Lisbon`.
    town: String,
}

/// What the server says of a town.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Weather {
    /// Degrees Celsius.
    temperature: f64,
    /// In a word, such as `sunny`.
    sky: String,
}

#[derive(Serialize, JsonSchema)]
struct Told {
    /// The line that was posted.
    line: String,
}

fn weather_of(call: &Call, town: &str) -> Result<Weather, Problem> {
    let request = http::Request::get("https://api.weather.example/v1/now").query("town", town);
    let answer = call.http().send(request)?;
    if answer.status == 404 {
        return Err(Problem::not_found(format!("There is no town `{town}`.")).hint("Write its English name."));
    }
    answer.json()
}

/// Reads the weather of a town.
#[tool(reads)]
fn weather_now(call: &Call, input: Place) -> Result<Weather, Problem> {
    weather_of(call, &input.town)
}

/// Tells a channel the weather of a town.
#[tool(writes)]
fn weather_tell(call: &Call, input: Place) -> Result<Told, Problem> {
    let Weather { temperature, sky } = weather_of(call, &input.town)?;
    let line = format!("{}: {sky}, {temperature} °C", input.town);
    // Whatever isn't carried out is a problem: a tool that ends well has told it.
    call.http().send(http::Request::post("https://hooks.example.com/in").json(&json!({ "text": line })))?;
    Ok(Told { line })
}

plugin!(weather_now, weather_tell);

#[cfg(test)]
mod tests {
    use toolbay_sdk::Code;
    use toolbay_sdk::http::{Body, Response};
    use toolbay_sdk::mock::MockHost;

    use super::*;

    const NOW: &str = "GET api.weather.example/v1/now";

    fn lisbon() -> Value {
        json!({ "town": "Lisbon" })
    }

    #[test]
    fn the_weather_is_posted_once() {
        let host = MockHost::new()
            .on_http(NOW, json!({ "temperature": 21.5, "sky": "sunny" }))
            .on_http("POST hooks.example.com/*", json!({}));
        let answer = host.run(&PLUGIN, "weather_tell", lisbon()).unwrap();
        assert_eq!(answer.value(), Some(json!({ "line": "Lisbon: sunny, 21.5 °C" })));
        let requests = host.http_requests();
        assert_eq!(requests[0].query, [("town".to_owned(), "Lisbon".to_owned())]);
        assert_eq!(requests[1].body, Some(r#"{"text":"Lisbon: sunny, 21.5 °C"}"#.into()));
        assert_eq!(requests.len(), 2);
    }

    #[test]
    fn an_unknown_town_is_told_as_one() {
        let none = Response { status: 404, headers: Vec::new(), body: Body::Text(String::new()) };
        let host = MockHost::new().on_http(NOW, none);
        assert_eq!(host.run(&PLUGIN, "weather_now", lisbon()).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn nothing_but_what_the_manifest_asks_for_is_sent() {
        let manifest = "name = \"webhook\"\n[capabilities]\nhttp = [\"GET api.weather.example/v2/*\"]\n";
        let host = MockHost::new().with_manifest(manifest).on_http(NOW, json!({}));
        let refusal = host.run(&PLUGIN, "weather_now", lisbon()).unwrap_err();
        assert!(
            refusal.message.contains("doesn't ask for http for GET api.weather.example/v1/now"),
            "{refusal:?}"
        );
        assert!(host.http_requests().is_empty());
    }
}
