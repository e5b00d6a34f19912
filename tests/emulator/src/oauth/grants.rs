//! Who agreed to what: codes that wait to be exchanged, and the pairs of tokens that were given.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::consent::Consent;
use crate::identifiers::{Minter, undashed};
use crate::model::Workspace;
use crate::model::integration::{Integration, Token};
use crate::model::user::{Kind, User};

/// How long a code can be exchanged. Notion doesn't say; the standard recommends ten minutes at most.
const CODE_LIFETIME: Duration = Duration::minutes(10);

/// Everything about OAuth that changes.
pub(crate) struct Grants {
    pub(crate) consent: Consent,
    codes: BTreeMap<String, Code>,
    grants: Vec<Grant>,
    minter: Minter,
    integration_id: String,
    /// Every code and token that was ever given, for tests that look for them where they must not be.
    pub(crate) secrets: Vec<String>,
}

struct Code {
    redirect_uri: String,
    workspace: String,
    person: Option<String>,
    given: OffsetDateTime,
    is_used: bool,
}

/// One workspace that a person opened to the integration.
pub(crate) struct Grant {
    workspace: String,
    person: Option<String>,
    workspace_id: String,
    bot_id: String,
    /// The tokens that work; none after a revocation.
    access_token: Option<String>,
    refresh_token: Option<String>,
    /// Those that were given in exchange for a newer one.
    spent: Vec<String>,
    issued: OffsetDateTime,
}

impl Grants {
    pub(crate) fn new(seed: u64) -> Grants {
        let mut minter = Minter::new(seed ^ 0x0A07_0000);
        let integration_id = minter.uuid();
        Grants {
            consent: Consent::default(),
            codes: BTreeMap::new(),
            grants: Vec::new(),
            minter,
            integration_id,
            secrets: Vec::new(),
        }
    }

    /// A code for the workspace that the person chooses now.
    pub(crate) fn code(&mut self, redirect_uri: &str, now: OffsetDateTime) -> String {
        let code = self.minter.uuid();
        self.secrets.push(code.clone());
        let kept = Code {
            redirect_uri: redirect_uri.to_owned(),
            workspace: self.consent.workspace.clone(),
            person: self.consent.person.clone(),
            given: now,
            is_used: false,
        };
        self.codes.insert(code.clone(), kept);
        code
    }

    /// The grant that a code opens; none for a code that isn't good, or belongs to another address. Either way the code
    /// is used up.
    pub(super) fn redeem(&mut self, code: &str, redirect_uri: &str, now: OffsetDateTime) -> Option<usize> {
        let code = self.codes.get_mut(code)?;
        let is_good = !code.is_used && code.redirect_uri == redirect_uri && now - code.given < CODE_LIFETIME;
        code.is_used = true;
        if !is_good {
            return None;
        }
        let (workspace, person) = (code.workspace.clone(), code.person.clone());
        let known =
            self.grants.iter().position(|grant| grant.workspace == workspace && grant.person == person);
        Some(known.unwrap_or_else(|| {
            self.grants.push(Grant {
                workspace,
                person,
                workspace_id: self.minter.uuid(),
                bot_id: self.minter.uuid(),
                access_token: None,
                refresh_token: None,
                spent: Vec::new(),
                issued: now,
            });
            self.grants.len() - 1
        }))
    }

    /// The grant that a refresh token renews. One that was spent already ends its grant: two holders can't both be
    /// right.
    pub(super) fn renewable(&mut self, refresh_token: &str, workspace: &mut Workspace) -> Option<usize> {
        let current = |grant: &Grant| grant.refresh_token.as_deref() == Some(refresh_token);
        if let Some(place) = self.grants.iter().position(current) {
            return Some(place);
        }
        let spent =
            self.grants.iter_mut().find(|grant| grant.spent.iter().any(|old| old == refresh_token))?;
        spent.end(workspace);
        None
    }

    /// Gives a grant a new pair; the old one is worthless from now on.
    pub(super) fn issue(&mut self, place: usize, workspace: &mut Workspace, now: OffsetDateTime) -> Value {
        let mut secret = |prefix: &str| {
            format!("{prefix}_{}{}", undashed(&self.minter.uuid()), undashed(&self.minter.uuid()))
        };
        let (access_token, refresh_token) = (secret("ntn"), secret("nrt"));
        self.secrets.extend([access_token.clone(), refresh_token.clone()]);
        let Some(grant) = self.grants.get_mut(place) else { return Value::Null };
        grant.expire(workspace);
        grant.spent.extend(grant.refresh_token.take());
        grant.access_token = Some(access_token.clone());
        grant.refresh_token = Some(refresh_token.clone());
        grant.issued = now;
        if workspace.user(&grant.bot_id).is_none() {
            let bot = User { id: grant.bot_id.clone(), name: Some("Toolbay".to_owned()), kind: Kind::Bot };
            workspace.users.push(Arc::new(bot));
        }
        workspace.integrations.push(Arc::new(Integration {
            id: self.integration_id.clone(),
            bot_id: grant.bot_id.clone(),
            token: Token::new(&access_token),
        }));
        json!({
            "access_token": access_token,
            "token_type": "bearer",
            "refresh_token": refresh_token,
            "bot_id": grant.bot_id,
            "workspace_id": grant.workspace_id,
            "workspace_name": grant.workspace,
            "workspace_icon": null,
            "owner": {"type": "user", "user": grant.owner(workspace).map(|user| user.to_json(workspace, true))},
            "duplicated_template_id": null,
        })
    }

    /// Ends the grant of an access or refresh token, if there is one.
    pub(super) fn revoke(&mut self, token: &str, workspace: &mut Workspace) {
        if let Some(grant) = self.grants.iter_mut().find(|grant| grant.holds(token)) {
            grant.end(workspace);
        }
    }

    /// When a token that works was given.
    pub(super) fn issued(&self, token: &str) -> Option<OffsetDateTime> {
        self.grants.iter().find(|grant| grant.holds(token)).map(|grant| grant.issued)
    }

    /// Makes every access token refused; the refresh tokens still work. Answers how many there were.
    pub(crate) fn expire(&mut self, workspace: &mut Workspace) -> usize {
        self.grants.iter_mut().filter_map(|grant| grant.expire(workspace)).count()
    }

    /// What happens when people remove the integration in Notion's settings: nothing of it works any more.
    pub(crate) fn disconnect(&mut self, workspace: &mut Workspace) -> usize {
        let living = self.grants.iter_mut().filter(|grant| grant.refresh_token.is_some());
        living.map(|grant| grant.end(workspace)).count()
    }
}

impl Grant {
    /// Who opened it.
    fn owner<'a>(&self, workspace: &'a Workspace) -> Option<&'a Arc<User>> {
        match &self.person {
            Some(name) => workspace.users.iter().find(|user| user.name.as_ref() == Some(name)),
            None => workspace.users.first(),
        }
    }

    fn holds(&self, token: &str) -> bool {
        [&self.access_token, &self.refresh_token].into_iter().any(|held| held.as_deref() == Some(token))
    }

    fn expire(&mut self, workspace: &mut Workspace) -> Option<()> {
        let token = self.access_token.take()?;
        workspace.integrations.retain(|integration| integration.token.token != token);
        Some(())
    }

    fn end(&mut self, workspace: &mut Workspace) {
        self.expire(workspace);
        self.spent.extend(self.refresh_token.take());
    }
}
