//! Every bound of a turn, and what is done until it: told, and kept.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toolbay_chat::ChatSettings;
use toolbay_testing::ModelAnswer;

use super::{Chatting, events, scripted, soon};

fn echo(word: &str) -> ModelAnswer {
    ModelAnswer::calls(&[("echo", json!({"message": word}))])
}

async fn bounded(answers: Vec<ModelAnswer>, settings: ChatSettings) -> Chatting {
    Chatting::start_with(&["echo", "hostile", "probe"], scripted(answers).await, settings, |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_stops_is_stopped_and_told_on() {
    let settings = ChatSettings { max_rounds: 5, ..ChatSettings::default() };
    let chatting = bounded(vec![echo("again")], settings).await;
    let answer = chatting.say(json!({"message": "Go."})).await;
    assert_eq!((&answer["ended"], &answer["rounds"]), (&json!("max_rounds"), &json!(5)));
    assert_eq!((chatting.model.requests().len(), answer["tool_calls"].as_array().unwrap().len()), (5, 5));
    assert!(answer["response"].as_str().unwrap().contains("5 times"), "{answer:#}");
    // It goes on from there, when the person wants it.
    let goes_on = json!({"message": "Go on.", "conversation_id": answer["conversation_id"]});
    assert_eq!(chatting.say(goes_on).await["rounds"], json!(5));
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_those_of_a_turn_are_not_made() {
    let many: Vec<(&str, Value)> = (0..15).map(|_| ("echo", json!({"message": "x"}))).collect();
    let settings = ChatSettings { max_rounds: 50, ..ChatSettings::default() };
    let chatting = bounded(vec![ModelAnswer::calls(&many)], settings).await;
    let answer = chatting.say(json!({"message": "Go."})).await;
    assert_eq!((&answer["ended"], &answer["rounds"]), (&json!("max_calls"), &json!(5)));
    let calls = answer["tool_calls"].as_array().unwrap();
    let made = calls.iter().filter(|call| call.get("request_id").is_some()).count();
    assert_eq!((made, calls.len()), (64, 75));
    assert!(calls[74]["result"].as_str().unwrap().starts_with("Nothing was done"), "{}", calls[74]);
    // The conversation is whole: the next turn has no call that waits for a result.
    let goes_on = json!({"message": "Go on.", "conversation_id": answer["conversation_id"]});
    assert_eq!(chatting.say(goes_on).await["ended"], json!("max_calls"));
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_by_the_server_or_by_the_host() {
    let uncounted = |text: &str| ModelAnswer::Says {
        text: text.to_owned(),
        calls: vec![("echo".into(), json!({"message": "x".repeat(8_000)}).to_string())],
        tokens: None,
    };
    for (answer, is_estimated) in [(echo("x"), false), (uncounted(""), true)] {
        let settings = ChatSettings { max_tokens: 20_000, max_rounds: 100, ..ChatSettings::default() };
        // 100 tokens a round are 200 rounds; what is sent again each round is counted as well where nobody counts.
        let answer = match answer {
            ModelAnswer::Says { text, calls, tokens: Some(_) } => {
                ModelAnswer::Says { text, calls, tokens: Some(6_000) }
            }
            other => other,
        };
        let chatting = bounded(vec![answer], settings).await;
        let body = json!({"message": "Go.", "tools": ["echo"]});
        let told = chatting.say(body).await;
        assert_eq!(told["ended"], json!("max_tokens"), "{told:#}");
        assert_eq!(told["tokens_are_estimated"], json!(is_estimated));
        let rounds = told["rounds"].as_u64().unwrap();
        assert!((2..20).contains(&rounds), "{rounds}");
        chatting.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_answers_ends_with_the_time() {
    let settings = ChatSettings { time: Duration::from_millis(700), ..ChatSettings::default() };
    let chatting = bounded(vec![echo("first"), ModelAnswer::Never], settings).await;
    let begun = Instant::now();
    let answer = chatting.say(json!({"message": "Go."})).await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!((&answer["ended"], answer["tool_calls"].as_array().unwrap().len()), (&json!("max_time"), 1));
    soon("the model's server is left alone", async || chatting.model.left() == 1).await;
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_cut_to_its_bound_before_the_model_gets_it() {
    let settings = ChatSettings { max_result_bytes: 1_024, ..ChatSettings::default() };
    let long = ModelAnswer::calls(&[("echo", json!({"message": "y".repeat(5_000)}))]);
    let chatting = bounded(vec![long, ModelAnswer::text("long")], settings).await;
    let answer = chatting.say(json!({"message": "Go."})).await;
    let result = answer["tool_calls"][0]["result"].as_str().unwrap();
    assert!(result.len() < 1_200 && result.contains("cut off"), "{}", result.len());
    let prompt = chatting.last_prompt();
    let told = prompt.last().unwrap()["content"].as_str().unwrap();
    assert!(told.len() < 1_400, "{}", told.len());
    let last = told.lines().last().unwrap();
    assert!(last.starts_with("HOST: cut off"), "outside of the data: {last}");
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_chats_as_one_may_have_run_and_a_conversation_has_one_turn() {
    let settings =
        ChatSettings { max_concurrent: 2, time: Duration::from_secs(30), ..ChatSettings::default() };
    let chatting = bounded(vec![ModelAnswer::text("one"), ModelAnswer::Never], settings).await;
    let id = chatting.say(json!({"message": "x"})).await["conversation_id"].clone();
    let body = json!({"message": "wait", "conversation_id": id});
    let waiting = tokio::spawn(chatting.host.request("POST", "/v1/chat").json(&body).send());
    soon("the model is asked", async || chatting.model.requests().len() == 2).await;
    let busy = chatting.refused(body).await;
    assert_eq!(busy["code"], json!("conflict"), "{busy:#}");
    let other = tokio::spawn(chatting.host.request("POST", "/v1/chat").json(&json!({"message": "y"})).send());
    soon("the model is asked", async || chatting.model.requests().len() == 3).await;
    let refused = chatting.refused(json!({"message": "z"})).await;
    assert_eq!(refused["code"], json!("rate_limited"), "{refused:#}");
    // Who leaves gives back their places, and the conversation goes on.
    waiting.abort();
    other.abort();
    soon("both have left", async || chatting.model.left() == 2).await;
    let path = format!("/v1/chat/conversations/{}", id.as_str().unwrap());
    soon("the conversation is free", async || {
        chatting.post("/v1/chat", json!({"approve": "x", "conversation_id": id})).await.0 == 404
    })
    .await;
    let kept = chatting.host.get(&path).await;
    assert_eq!(kept["result"]["messages"].as_array().unwrap().len(), 3, "{kept:#}");
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_stops_with_its_caller_and_nothing_is_asked_after() {
    let wait = ModelAnswer::calls(&[("spin", json!({})), ("echo", json!({"message": "x"}))]);
    let chatting = bounded(vec![wait, ModelAnswer::text("never asked")], ChatSettings::default()).await;
    let request = chatting.host.request("POST", "/v1/chat").json(&json!({"message": "x", "stream": true}));
    let mut answer = request.send().await.unwrap();
    let begun = answer.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&begun).contains("call_begun"), "{begun:?}");
    drop(answer);
    soon("the turn has ended", async || {
        let listed = chatting.host.get("/v1/chat/conversations").await;
        let id = listed["result"]["conversations"][0]["id"].clone();
        chatting.post("/v1/chat", json!({"approve": "x", "conversation_id": id})).await.0 == 404
    })
    .await;
    assert_eq!(chatting.model.requests().len(), 1, "nobody waits for more");
    let listed = chatting.host.get("/v1/chat/conversations").await;
    let id = listed["result"]["conversations"][0]["id"].as_str().unwrap();
    let kept = chatting.host.get(&format!("/v1/chat/conversations/{id}")).await;
    let last = kept["result"]["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["tool"], &last["result"]),
        (&json!("echo"), &json!("Nothing was done: the turn had ended."))
    );
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_models_server_does_wrong_is_told_with_what_was_done() {
    let raw = |status: u16, head: &str, body: &str| ModelAnswer::Raw {
        status,
        head: head.to_owned(),
        body: body.as_bytes().to_vec(),
    };
    for (bad, status, code) in [
        (raw(500, "", "oops"), 502, "upstream_failed"),
        (raw(429, "retry-after: 9\r\n", ""), 429, "rate_limited"),
        (raw(200, "content-type: application/json\r\n", "<html>"), 502, "upstream_failed"),
        (ModelAnswer::Flood("application/json"), 502, "upstream_failed"),
    ] {
        let chatting = bounded(vec![echo("done before"), bad], ChatSettings::default()).await;
        let (answered, envelope) = chatting.post("/v1/chat", json!({"message": "x"})).await;
        let error = &envelope["error"];
        assert_eq!((answered, &error["code"]), (status, &json!(code)), "{envelope:#}");
        assert_eq!(error["details"]["tool_calls"], json!([{"tool": "echo", "is_error": false}]));
        let id = error["details"]["conversation_id"].as_str().unwrap();
        let kept = chatting.host.get(&format!("/v1/chat/conversations/{id}")).await;
        assert_eq!(kept["result"]["messages"].as_array().unwrap().len(), 3, "{kept:#}");
        if status == 429 {
            assert_eq!(error["details"]["retry_after_seconds"], json!(9));
        }
        chatting.stop().await;
    }
    // What never came to an answer leaves no conversation behind.
    let chatting = bounded(vec![raw(500, "", "oops")], ChatSettings::default()).await;
    for path in ["/v1/chat", "/api/chat/multi"] {
        assert_eq!(chatting.post(path, json!({"message": "x"})).await.0, 502);
    }
    let listed = chatting.host.get("/v1/chat/conversations").await;
    assert_eq!(listed["result"]["conversations"], json!([]));
    chatting.stop().await;
    // On a stream it is the last event.
    let chatting = bounded(vec![echo("x"), ModelAnswer::BreaksOff], ChatSettings::default()).await;
    let request = chatting.host.request("POST", "/v1/chat").json(&json!({"message": "x", "stream": true}));
    let told = events(&request.send().await.unwrap().text().await.unwrap());
    let (name, error): &(String, Value) = told.last().unwrap();
    assert_eq!((name.as_str(), &error["code"]), ("error", &json!("upstream_failed")), "{told:?}");
    assert!(error["hint"].is_string());
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_though_there_is_nothing_to_tell_yet() {
    let settings = ChatSettings { time: Duration::from_secs(8), ..ChatSettings::default() };
    let chatting = bounded(vec![ModelAnswer::Never], settings).await;
    let request = chatting.host.request("POST", "/v1/chat").json(&json!({"message": "x", "stream": true}));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let told = events(&answer.text().await.unwrap());
    let (name, done) = told.last().unwrap();
    assert_eq!((name.as_str(), &done["ended"]), ("done", &json!("max_time")), "{told:?}");
    assert_eq!((&done["rounds"], &done["tokens_are_estimated"]), (&json!(1), &json!(true)), "it was asked");
    chatting.stop().await;
}
