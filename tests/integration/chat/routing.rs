//! A call goes to whoever provides its tool, and the answer says who that was.

use serde_json::{Value, json};
use toolbay_testing::ModelAnswer;

use super::{Chatting, calls_of, events, scripted};
use crate::harness::TestHost;

#[tokio::test(flavor = "multi_thread")]
async fn each_call_goes_to_its_provider_and_the_summarys_form_is_answered() {
    // The MCP server behind the host is another host.
    let other = TestHost::start(&["echo"]).await;
    let model = scripted(vec![
        ModelAnswer::calls(&[
            ("echo", json!({"message": "here"})),
            ("other_echo", json!({"message": "there"})),
        ]),
        ModelAnswer::calls(&[("job_list", json!({}))]),
        ModelAnswer::text("All three have answered."),
    ])
    .await;
    let chatting = Chatting::beside(&other, model, &["echo"]).await;

    let (status, answer) = chatting.post("/api/chat/multi", json!({"message": "Ask all of them."})).await;
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["response"], json!("All three have answered."));
    let called = |tool: &str, server: &str| (tool.to_owned(), server.to_owned());
    let own = &calls_of(&answer)[2].1;
    assert_eq!(
        calls_of(&answer),
        [called("echo", "echo"), called("other_echo", "other"), called("job_list", own)]
    );
    assert_eq!(answer["servers_used"], json!(["echo", "other", own]));
    for (call, word) in answer["tool_calls"].as_array().unwrap().iter().zip(["here", "there", "jobs"]) {
        assert!(call["result"].as_str().unwrap().contains(word), "{call:#}");
        assert_eq!(call["is_error"], json!(false));
    }
    assert_eq!(answer["tool_calls"][1]["arguments"], json!({"message": "there"}));
    assert!(answer["timestamp"].as_str().unwrap().contains('T'), "{answer:#}");

    // The model was offered all three, and told each result between marks of its own.
    let first = &chatting.model.requests()[0].body;
    let offered: Vec<&str> = first["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    for tool in ["echo", "other_echo", "job_list"] {
        assert!(offered.contains(&tool), "{offered:?}");
    }
    assert!(!first.to_string().contains("idempotency_key"), "a key is the client's");
    let results: Vec<Value> =
        chatting.last_prompt().into_iter().filter(|message| message["role"] == "tool").collect();
    assert_eq!(results.len(), 3);
    let marks: std::collections::BTreeSet<&str> =
        results.iter().map(|result| result["content"].as_str().unwrap().lines().next().unwrap()).collect();
    assert_eq!(marks.len(), 3, "{marks:?}");
    for result in &results {
        let text = result["content"].as_str().unwrap();
        let (first, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
        assert_eq!(first.strip_prefix("DATA "), last.strip_prefix("END "), "{text}");
    }

    // It goes on in the same conversation, and was told what was said before.
    let (_, again) = chatting.post("/api/chat/multi", json!({"message": "And again?"})).await;
    assert_eq!(again["conversation_id"], answer["conversation_id"]);
    assert_eq!(again["tool_calls"], json!([]), "those of this turn");
    assert!(chatting.last_prompt().iter().any(|message| message["content"] == "Ask all of them."));
    chatting.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_with_a_call_is_told_to_the_model_and_the_turn_goes_on() {
    let says = |calls: &[(&str, &str)]| ModelAnswer::Says {
        text: String::new(),
        calls: calls.iter().map(|(tool, arguments)| ((*tool).to_owned(), (*arguments).to_owned())).collect(),
        tokens: None,
    };
    let model = scripted(vec![
        says(&[
            ("no_such_tool", "{}"),
            ("Robert'); DROP TABLE", "{}"),
            ("echo", "{\"message\":"),
            ("echo", "[1]"),
            ("echo", "{}"),
            ("echo", "{\"message\":\"x\",\"idempotency_key\":\"mine\"}"),
            ("fetch", "{\"id\":\"00000000-0000-4000-8000-000000000000\"}"),
            ("echo", "{\"message\":\"at last\"}"),
        ]),
        ModelAnswer::text("One of eight worked."),
    ])
    .await;
    let chatting = Chatting::start(&["echo", "search", "pages"], model).await;
    let answer = chatting.say(json!({"message": "Try."})).await;
    assert_eq!((&answer["response"], &answer["ended"]), (&json!("One of eight worked."), &json!("answered")));
    assert_eq!(answer["tokens_are_estimated"], json!(true));
    let calls = answer["tool_calls"].as_array().unwrap();
    let wrong: Vec<bool> = calls.iter().map(|call| call["is_error"].as_bool().unwrap()).collect();
    assert_eq!(wrong, [true, true, true, true, true, true, true, false], "{calls:#?}");
    for (at, said) in [
        (0, "There is no tool `no_such_tool`. There are:"),
        (2, "The arguments are not JSON"),
        (3, "not an object"),
        (4, "message"),
        (5, "`idempotency_key` is not for a chat"),
        (6, "not_found"),
    ] {
        let result = calls[at]["result"].as_str().unwrap();
        assert!(result.contains(said), "{at}: {result}");
    }
    // What came to the door has an id there.
    assert!(calls[7]["request_id"].is_string() && calls[0].get("request_id").is_none());
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_of_everything_in_its_order() {
    let says = |text: &str, calls: Vec<(String, String)>| ModelAnswer::Says {
        text: text.into(),
        calls,
        tokens: Some(5),
    };
    let model = scripted(vec![
        says("I look. ", vec![("echo".into(), r#"{"message":"x"}"#.into())]),
        says("It says x.", vec![]),
    ])
    .await;
    let chatting = Chatting::start(&["echo"], model).await;
    for (path, by_header) in [("/v1/chat", true), ("/api/chat/multi", false)] {
        let before = chatting.model.requests().len();
        let mut body = json!({"message": "Look."});
        let mut request = chatting.host.request("POST", path);
        if by_header {
            request = request.header("Accept", "text/event-stream");
        } else {
            body["stream"] = json!(true);
        }
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let told = events(&answer.text().await.unwrap());
        if before > 0 {
            // The script has come to its end: the model answers at once.
            assert_eq!(told.last().unwrap().1["response"], json!("It says x."), "{told:?}");
            assert!(told.last().unwrap().1["timestamp"].is_string());
            continue;
        }
        let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["text", "text", "call_begun", "call_ended", "text", "text", "text", "done"]);
        assert_eq!(told[2].1, json!({"tool": "echo", "server": "echo", "arguments": {"message": "x"}}));
        assert!(told[3].1["result"].as_str().unwrap().contains('x'));
        let done = &told[7].1;
        assert_eq!(
            (&done["response"], &done["rounds"], &done["tokens"]),
            (&json!("It says x."), &json!(2), &json!(10))
        );
        assert_eq!(chatting.model.requests()[before].body["stream"], json!(true));
    }
    // What is refused before anything happened is refused as ever.
    let body =
        json!({"message": "x", "stream": true, "conversation_id": "00000000-0000-4000-8000-000000000000"});
    let (status, refused) = chatting.post("/v1/chat", body).await;
    assert_eq!((status, &refused["error"]["code"]), (404, &json!("not_found")));
    chatting.stop().await;
}
