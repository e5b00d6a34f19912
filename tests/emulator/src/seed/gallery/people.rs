//! People of every kind, and the workspace's own emojis and files.

use std::sync::Arc;

use serde_json::json;

use crate::model::Stamps;
use crate::model::small::FileUpload;
use crate::model::user::{Kind, User};
use crate::seed::gallery::planter::Planter;

/// More members than one property shows.
const MEMBERS: usize = 26;

pub(super) fn plant(planter: &mut Planter) {
    let named = |name: &str, email: Option<&str>| (Some(name.to_owned()), email.map(str::to_owned));
    let mut people = vec![
        ("grace".to_owned(), named("Grace Hopper", Some("grace@example.com"))),
        ("other_grace".to_owned(), named("Grace Hopper", Some("hopper@example.com"))),
        ("without_email".to_owned(), named("Émilie du Châtelet", None)),
        ("without_name".to_owned(), (None, None)),
        ("right_to_left".to_owned(), named("אדה", Some("ada.he@example.com"))),
    ];
    for number in 1..=MEMBERS {
        let email = format!("member{number}@example.com");
        people.push((format!("member_{number}"), named(&format!("Member {number}"), Some(&email))));
    }
    for (key, (name, email)) in people {
        let id = planter.workspace.minter.uuid();
        let user = User { id: id.clone(), name, kind: Kind::Person { email } };
        planter.workspace.users.push(Arc::new(user));
        planter.ids.insert(key, id);
    }
    for name in ["bufo", "gear"] {
        let id = planter.workspace.minter.uuid();
        let url = format!("https://example.com/{name}.png");
        planter.workspace.custom_emojis.push(json!({"id": id, "name": name, "url": url}));
        planter.ids.insert(format!("emoji_{name}"), id);
    }
    for (key, status) in [("uploaded_file", "uploaded"), ("pending_file", "pending")] {
        let id = planter.workspace.mint();
        let upload = FileUpload {
            id: id.clone(),
            sequence: planter.workspace.next_sequence(),
            stamps: Stamps::new(planter.owner.now, planter.owner.bot()),
            created_by_kind: "bot",
            own_status: status,
            import: None,
            filename: Some("drawing.png".to_owned()),
            content_type: Some("image/png".to_owned()),
            content_length: (status == "uploaded").then_some(1_234),
            parts: None,
            part_bytes: 0,
        };
        planter.workspace.file_uploads.insert(id.clone(), upload.into());
        planter.ids.insert(key.to_owned(), id);
    }
}
