//! What is taken from the audit's log convinces readers that others wrote, and shows what was done to the log since.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::{Value, json};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint as TheirCheckpoint, Hash as TheirHash, check_record, check_tree, record_hash};
use toolbay_kernel::PrincipalId;
use toolbay_kernel::audit::{Checkpoint, LEAF_PREFIX, Proved};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_store::{AuditItem, Finding, NotProved, Store};

use crate::audit::{ended, started};
use crate::audit_log::{grants, verified, without_triggers};
use crate::harness::{Installation, connect, store};

/// The size and root of a checkpoint, by those who wrote `signed_note` and `tlog_tiles`.
fn their_checkpoint(note: &str, key: &str) -> Result<TheirCheckpoint, String> {
    let verifier = StandardVerifier::new(key).map_err(|error| format!("{error:?}"))?;
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let opened = Note::from_bytes(note.as_bytes()).map_err(|error| format!("{error:?}"))?;
    let (signed, _) = opened.verify(&known).map_err(|error| format!("{error:?}"))?;
    assert_eq!(signed.len(), 1);
    TheirCheckpoint::from_reader(&mut Cursor::new(note), false).map_err(|error| format!("{error:?}"))
}

fn their_hashes(proof: &Value) -> Result<Vec<TheirHash>, String> {
    let hashes = proof.as_array().unwrap().iter();
    hashes
        .map(|hash| TheirHash::parse_hash(hash.as_str().unwrap()).map_err(|error| format!("{error:?}")))
        .collect()
}

/// Verifies a receipt with nothing of ours.
fn they_verify(receipt: &Value, key: &str) -> Result<(), String> {
    let signed = their_checkpoint(receipt["checkpoint"].as_str().unwrap(), key)?;
    let leaf = record_hash(receipt["leaf"].as_str().unwrap().as_bytes());
    let index = receipt["index"].as_u64().unwrap();
    check_record(&their_hashes(&receipt["proof"])?, signed.size(), *signed.hash(), index, leaf)
        .map_err(|error| format!("{error:?}"))
}

/// The text with one bit of one character flipped, so that it stays text.
fn flipped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = (at..bytes.len()).chain(0..at).find(|at| bytes[*at].is_ascii_alphanumeric()).unwrap();
    bytes[at] ^= 1;
    String::from_utf8(bytes).unwrap()
}

async fn receipts(store: &Store, item: AuditItem) -> Vec<Value> {
    store.audit_receipts(item).await.unwrap().iter().map(|(_, receipt)| json!(receipt)).collect()
}

#[tokio::test]
async fn a_receipt_convinces_readers_that_others_wrote_and_one_changed_bit_does_not() {
    let (store, _installation) = store().await;
    let start = started("create_page", PrincipalId::new());
    grants(&store, 6).await;
    store.append(&start).await.unwrap();
    store.append(&ended(&start, None)).await.unwrap();
    grants(&store, 5).await;
    let key = store.audit_key().await.unwrap();
    let text = key.to_string();

    let of_call = receipts(&store, AuditItem::Call(start.call.unwrap())).await;
    assert_eq!(of_call.len(), 2, "one for each event");
    for place in 0..13_u64 {
        let seq = store.logged_from(place).await.unwrap()[0].seq;
        let receipt = receipts(&store, AuditItem::Event(seq)).await.remove(0);
        assert_eq!(receipt["index"], place);
        they_verify(&receipt, &text).unwrap();
        let document = receipt.to_string();
        assert!(matches!(Proved::of(&document, &key), Ok(Ok(Proved::Included(_)))));
    }
    let receipt = &of_call[1];
    they_verify(receipt, &text).unwrap();
    assert!(receipt["leaf"].as_str().unwrap().starts_with(LEAF_PREFIX));

    let mut forgeries = Vec::new();
    for at in [0, 20, 60, 100, 140, 200] {
        for member in ["leaf", "checkpoint"] {
            let mut forged = receipt.clone();
            forged[member] = json!(flipped(receipt[member].as_str().unwrap(), at));
            forgeries.push(forged);
        }
    }
    for (place, hash) in receipt["proof"].as_array().unwrap().iter().enumerate() {
        let mut bytes = STANDARD.decode(hash.as_str().unwrap()).unwrap();
        bytes[place] ^= 0x80;
        let mut forged = receipt.clone();
        forged["proof"][place] = json!(STANDARD.encode(bytes));
        forgeries.push(forged);
    }
    let mut forged = receipt.clone();
    forged["index"] = json!(receipt["index"].as_u64().unwrap() ^ 1);
    forgeries.push(forged);
    for forged in forgeries {
        assert!(they_verify(&forged, &text).is_err(), "{forged:#}");
        assert!(matches!(Proved::of(&forged.to_string(), &key), Ok(Err(_))), "{forged:#}");
    }
    assert!(they_verify(receipt, &flipped(&text, text.len() - 10)).is_err(), "another key");
    assert!(receipts(&store, AuditItem::Event(1_000)).await.is_empty());
}

#[tokio::test]
async fn the_log_of_one_checkpoint_goes_on_from_the_log_of_another() {
    let (store, installation) = store().await;
    let key = store.audit_key().await.unwrap();
    let mut kept = Vec::new();
    for number in [1, 2, 4, 6] {
        grants(&store, number).await;
        kept.push(store.audit_checkpoint().await.unwrap().unwrap());
    }
    for old in &kept {
        let proof = store.audit_consistency(old).await.unwrap();
        let (then, now) = proof.verify(&key).unwrap();
        assert_eq!(now.size, 13);
        let document = json!(proof);
        let signed =
            |member: &str| their_checkpoint(document[member].as_str().unwrap(), &key.to_string()).unwrap();
        let (their_old, their_new) = (signed("old"), signed("new"));
        assert_eq!(their_old.size(), then.size);
        let hashes = their_hashes(&document["proof"]).unwrap();
        let checked = |proof: &Vec<TheirHash>| {
            check_tree(proof, now.size, *their_new.hash(), then.size, *their_old.hash())
        };
        checked(&hashes).unwrap();
        if let Some(first) = hashes.first() {
            let mut forged = hashes.clone();
            forged[0] = TheirHash(first.0.map(|byte| byte ^ 1));
            assert!(checked(&forged).is_err());
        }
        let told = store.verify_audit(Some(&then), &|_| {}).await.unwrap();
        assert_eq!((told.finding, told.checkpoints), (None, 4));
    }
    let elsewhere = crate::harness::store().await.0;
    let refused = elsewhere.audit_consistency(&kept[0]).await;
    assert!(matches!(refused, Err(NotProved::Checkpoint(_))), "{:?}", refused.map(|_| ()));
    drop(installation);
}

/// As somebody can who has the host's data folder.
fn forget_own_checkpoint(installation: &Installation) {
    std::fs::remove_file(installation.settings.data_dir.join("audit-checkpoint")).unwrap();
}

/// Everything in the database fits together; only what was kept elsewhere tells.
#[tokio::test]
async fn a_truncated_log_is_found_by_a_checkpoint_that_was_kept() {
    let (store, installation) = store().await;
    grants(&store, 5).await;
    store.audit_checkpoint().await.unwrap();
    grants(&store, 4).await;
    let note = store.audit_checkpoint().await.unwrap().unwrap();
    let kept = Checkpoint::open(&note, &store.audit_key().await.unwrap()).unwrap();
    without_triggers(&installation).await;
    for sql in [
        "DELETE FROM audit_events WHERE seq IN (SELECT seq FROM audit_leaves WHERE leaf_index >= 5)",
        "DELETE FROM audit_leaves WHERE leaf_index >= 5",
        "DELETE FROM audit_nodes WHERE NOT (level = 1 AND node_index < 2 OR level = 2 AND node_index = 0)",
        "DELETE FROM audit_checkpoints WHERE size > 5",
    ] {
        assert!(installation.tamper(sql).await.unwrap() > 0, "{sql}");
    }
    // The host has kept one itself; then whoever takes that away too.
    assert_eq!(verified(&store).await.finding, Some(Finding::Truncated { leaves: 5, size: 9 }));
    forget_own_checkpoint(&installation);
    assert_eq!(verified(&store).await.finding, None);
    let told = store.verify_audit(Some(&kept), &|_| {}).await.unwrap();
    assert_eq!(told.finding, Some(Finding::Truncated { leaves: 5, size: 9 }));
    let refused = store.audit_consistency(&note).await.unwrap_err();
    assert!(matches!(refused, NotProved::Truncated { now: 5, then: 9 }), "{refused}");
}

#[tokio::test]
async fn a_rewritten_log_is_found_by_a_checkpoint_that_was_kept() {
    let (store, installation) = store().await;
    grants(&store, 9).await;
    let note = store.audit_checkpoint().await.unwrap().unwrap();
    let kept = Checkpoint::open(&note, &store.audit_key().await.unwrap()).unwrap();
    without_triggers(&installation).await;
    for sql in [
        "UPDATE audit_events SET principal_name = 'Eve' WHERE seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 2)",
        "DELETE FROM audit_leaves",
        "DELETE FROM audit_nodes",
        "DELETE FROM audit_checkpoints",
    ] {
        assert!(installation.tamper(sql).await.unwrap() > 0, "{sql}");
    }
    // Whoever has the host's folder too can have it signed: what is in the database fits together again.
    forget_own_checkpoint(&installation);
    grants(&store, 1).await;
    store.audit_checkpoint().await.unwrap();
    assert_eq!(verified(&store).await.finding, None);
    let told = store.verify_audit(Some(&kept), &|_| {}).await.unwrap();
    assert_eq!(told.finding, Some(Finding::OtherLog { size: 9 }));
    let refused = store.audit_consistency(&note).await.unwrap_err();
    assert!(matches!(refused, NotProved::Rewritten(9)), "{refused}");
}

#[tokio::test]
async fn no_secret_is_in_what_is_taken_from_the_log() {
    let (store, installation) = store().await;
    let secret = SecretString::from("ntn_canary");
    connect(&store, "team", &secret, Default::default()).await.unwrap();
    let (token, _) = crate::harness::administration(&store)
        .create_token(crate::tokens::token("laptop"), &crate::harness::operator())
        .await
        .unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    let note = store.audit_checkpoint().await.unwrap().unwrap();
    let mut taken = vec![note.clone(), store.audit_key().await.unwrap().to_string()];
    for logged in store.logged_from(0).await.unwrap() {
        taken.push(logged.event.unwrap().data());
        taken.extend(receipts(&store, AuditItem::Event(logged.seq)).await.iter().map(ToString::to_string));
    }
    taken.push(json!(store.audit_consistency(&note).await.unwrap()).to_string());
    assert!(taken.len() > 6);
    for text in taken {
        assert!(!text.contains("canary") && !text.contains(&token), "{text}");
    }
    // The key that signs lies sealed: what is stored has neither it nor its beginning.
    let sealed = installation.ask("SELECT CAST(LENGTH(seed) AS TEXT) FROM audit_log_keys").await;
    assert_eq!(sealed.parse::<usize>().unwrap(), 6 + 24 + 32 + 16);
}
