//! What was said is kept for whoever said it, and for nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_kernel::administration::{AdministrationStore as _, NewToken};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Parts, PrincipalId};
use toolbay_testing::{ModelAnswer, ScriptedModel};

use super::{Chatting, scripted, soon};

impl Chatting {
    async fn token(&self, name: &str, strongest: Access) -> String {
        self.token_with_id(name, strongest).await.0
    }

    async fn token_with_id(&self, name: &str, strongest: Access) -> (String, PrincipalId) {
        let new = NewToken {
            name: name.to_owned(),
            tools: Allowed::All,
            connections: Allowed::All,
            default_connection: None,
            strongest,
            parts: Parts::everything(),
            rates: Rates::default(),
            expires_at: None,
            administers: false,
        };
        let made = self.host.host().store.create_token(&new, &Actor::operator()).await.unwrap();
        let (token, record) = made.unwrap();
        (token.expose_secret().to_owned(), record.id)
    }

    async fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.host.url);
        let mut request = self.host.client.request(method.parse().unwrap(), url).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_and_continue_their_own_conversations_alone() {
    let model = scripted(vec![ModelAnswer::text("Noted.")]).await;
    let chatting = Chatting::start(&["echo"], model).await;
    let ada = chatting.token("ada", Access::Destroys).await;
    let bob = chatting.token("bob", Access::Destroys).await;
    let say = |text: &str| Some(json!({"message": text}));
    let (_, first) = chatting.ask_as(&ada, "POST", "/v1/chat", say("The word is canary-of-ada.")).await;
    let id = first["result"]["conversation_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/chat/conversations/{id}");
    let goes_on = Some(json!({"message": "What is the word?", "conversation_id": id}));
    let (status, _) = chatting.ask_as(&ada, "POST", "/v1/chat", goes_on.clone()).await;
    assert_eq!(status, 200);
    assert!(chatting.last_prompt().iter().any(|message| message.to_string().contains("canary-of-ada")));
    // The address without a conversation goes on with one's own.
    chatting.ask_as(&ada, "POST", "/api/chat/multi", say("canary-of-ada again")).await;
    chatting.ask_as(&bob, "POST", "/api/chat/multi", say("And I?")).await;
    assert!(!chatting.last_prompt().iter().any(|message| message.to_string().contains("canary")));

    for (method, path, body) in [
        ("GET", path.as_str(), None),
        ("DELETE", &path, None),
        ("POST", "/v1/chat", goes_on),
        ("POST", "/v1/chat", Some(json!({"approve": "x", "conversation_id": id}))),
        ("GET", "/v1/chat/conversations/nonsense", None),
    ] {
        let (status, refused) = chatting.ask_as(&bob, method, path, body).await;
        assert_eq!((status, &refused["error"]["code"]), (404, &json!("not_found")), "{method} {path}");
    }
    let (_, of_bob) = chatting.ask_as(&bob, "GET", "/v1/chat/conversations", None).await;
    assert_eq!(of_bob["result"]["conversations"].as_array().unwrap().len(), 1);
    let (_, page) = chatting.ask_as(&ada, "GET", "/v1/chat/conversations?limit=1", None).await;
    let next = page["result"]["next_cursor"].as_str().unwrap();
    let (_, rest) =
        chatting.ask_as(&ada, "GET", &format!("/v1/chat/conversations?cursor={next}"), None).await;
    assert_eq!(rest["result"]["conversations"][0]["id"], json!(id));
    assert_eq!(rest["result"]["conversations"][0]["title"], json!("The word is canary-of-ada."));
    assert!(rest["result"].get("next_cursor").is_none());

    let (_, kept) = chatting.ask_as(&ada, "GET", &path, None).await;
    let roles: Vec<&Value> =
        kept["result"]["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["person", "model", "person", "model"]);
    let (status, _) = chatting.ask_as(&ada, "DELETE", &path, None).await;
    assert_eq!((status, chatting.ask_as(&ada, "GET", &path, None).await.0), (200, 404));
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_offered_what_they_may_use_and_no_more_than_they_choose() {
    let model =
        scripted(vec![ModelAnswer::calls(&[("trash", json!({"id": "x"}))]), ModelAnswer::text("No.")]).await;
    let chatting = Chatting::start(&["echo", "pages", "search"], model).await;
    let reader = chatting.token("reader", Access::Reads).await;
    let offered = |at: usize| -> Vec<String> {
        let tools = chatting.model.requests()[at].body["tools"].as_array().unwrap().clone();
        tools.iter().map(|tool| tool["function"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let (_, answer) = chatting.ask_as(&reader, "POST", "/v1/chat", Some(json!({"message": "x"}))).await;
    assert!(!offered(0).contains(&"trash".to_owned()), "{:?}", offered(0));
    assert!(
        answer["result"]["tool_calls"][0]["result"].as_str().unwrap().contains("no tool `trash`"),
        "{answer:#}"
    );
    let at = chatting.model.requests().len();
    chatting.say(json!({"message": "x", "tools": ["echo"]})).await;
    assert_eq!(offered(at), ["echo"]);
    let at = chatting.model.requests().len();
    chatting.say(json!({"message": "x", "profile": "read"})).await;
    assert!(offered(at).contains(&"fetch".to_owned()) && !offered(at).contains(&"trash".to_owned()));
    for (body, code) in [
        (json!({"message": "x", "tools": ["no_such"]}), "not_found"),
        (json!({"message": "x", "profile": "no-such"}), "invalid_input"),
        (json!({"message": "  "}), "invalid_input"),
        (json!({"message": "x".repeat(70_000)}), "limit_exceeded"),
        (json!({"message": "x", "approve": "y"}), "invalid_input"),
        (json!({"mesage": "x"}), "invalid_input"),
    ] {
        assert_eq!(chatting.refused(body).await["code"], json!(code));
    }
    // A key would promise what a chat can't keep.
    let keyed = chatting.host.request("POST", "/v1/chat").header("Idempotency-Key", "k1");
    let refused: Value = keyed.json(&json!({"message": "x"})).send().await.unwrap().json().await.unwrap();
    assert!(refused["error"]["message"].as_str().unwrap().contains("`Idempotency-Key`"), "{refused:#}");
    // Without a token nobody says anything.
    for path in ["/v1/chat", "/api/chat/multi"] {
        let answer = chatting.host.client.post(format!("{}{path}", chatting.host.url));
        let answer = answer.json(&json!({"message": "x"})).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{path}");
    }
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_a_model_says_so_and_one_with_it_documents_it() {
    let host = crate::harness::TestHost::start(&["echo"]).await;
    for path in ["/v1/chat", "/api/chat/multi"] {
        let answer = host.request("POST", path).json(&json!({"message": "x"})).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404);
        let refused: Value = answer.json().await.unwrap();
        assert!(refused["error"]["hint"].as_str().unwrap().contains("OPENROUTER_API_KEY"), "{refused:#}");
    }
    assert!(host.get("/openapi/full.json").await["paths"].get("/v1/chat").is_none());
    host.stop().await;
    let chatting = Chatting::start(&["echo"], scripted(vec![ModelAnswer::Never]).await).await;
    let paths = chatting.host.get("/openapi/full.json").await["paths"].clone();
    for path in ["/v1/chat", "/api/chat/multi", "/v1/chat/conversations", "/v1/chat/conversations/{id}"] {
        assert!(paths.get(path).is_some(), "{path}");
    }
    chatting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_makes_no_further_call_of_its_turn() {
    let is_revoked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_revoked);
    let model = ScriptedModel::start(move |_, round| {
        // The second call is asked for when the token is gone.
        for _ in 0..2_000 {
            if round == 0 || seen.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        ModelAnswer::calls(&[("echo", json!({"message": round.to_string()}))])
    })
    .await
    .unwrap();
    let chatting = Chatting::start(&["echo"], model).await;
    let (token, id) = chatting.token_with_id("short", Access::Destroys).await;
    let saying = chatting.ask_as(&token, "POST", "/v1/chat", Some(json!({"message": "Go."})));
    let revoking = async {
        soon("the model is asked again", async || chatting.model.requests().len() == 2).await;
        let store = &chatting.host.host().store;
        assert!(store.revoke_token(id, &Actor::operator()).await.unwrap());
        is_revoked.store(true, Ordering::SeqCst);
    };
    let ((status, refused), ()) = tokio::join!(saying, revoking);
    assert_eq!((status, &refused["error"]["code"]), (401, &json!("unauthenticated")), "{refused:#}");
    let calls = refused["error"]["details"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.iter().map(|call| &call["is_error"]).collect::<Vec<_>>(), [&json!(false), &json!(true)]);
    chatting.stop().await;
}
