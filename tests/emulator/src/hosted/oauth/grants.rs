//! Who agreed to what: codes that wait to be exchanged, and the families of tokens that came of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::requested::{Requested, Who};
use crate::hosted::settings::Rotation;
use crate::model::integration::Integration;

/// How long a code can be exchanged; the standard recommends ten minutes at most.
const CODE_LIFETIME: Duration = Duration::minutes(10);
/// How long a refresh token works, from the first one of its grant and from the last use (documented).
const REFRESH_LIFETIME: Duration = Duration::days(180);
const REFRESH_IDLE: Duration = Duration::days(30);

/// Codes that are kept, until those whose time is over are forgotten.
const MAX_CODES: usize = 10_000;

/// A code that was given.
pub(crate) struct Code {
    pub(super) requested: Requested,
    pub(super) who: Who,
    pub(super) given: OffsetDateTime,
    /// The grant that it opened, by its place.
    pub(super) opened: Option<usize>,
    pub(super) is_used: bool,
}

/// What one client may do for one person in one workspace, with all tokens that were given for it.
pub(crate) struct Grant {
    pub(super) client_id: String,
    pub(super) who: Who,
    pub(super) workspace_id: String,
    pub(super) resource: String,
    pub(super) integration: Arc<Integration>,
    pub(super) born: OffsetDateTime,
    pub(super) used: OffsetDateTime,
    access: Vec<Access>,
    /// The newest that was given.
    refresh: Option<String>,
    /// The one that the newest was given for. Only a lenient rotation takes it.
    previous: Option<String>,
    /// All others.
    spent: Vec<String>,
    pub(super) generation: u32,
    pub(super) is_ended: bool,
}

struct Access {
    token: String,
    until: OffsetDateTime,
}

#[derive(Default)]
pub(crate) struct Grants {
    codes: BTreeMap<String, Code>,
    /// How many codes were ever given.
    given: u64,
    all: Vec<Grant>,
}

/// What an access token opens.
pub(crate) struct Opened {
    pub(in crate::hosted) grant: usize,
    pub(in crate::hosted) resource: String,
    pub(in crate::hosted) integration: Arc<Integration>,
}

impl Grants {
    /// Keeps a code; answers with its label.
    pub(super) fn keep(&mut self, code: &str, kept: Code) -> String {
        let now = kept.given;
        if self.codes.len() >= MAX_CODES {
            self.codes.retain(|_, code| now - code.given < CODE_LIFETIME);
        }
        self.codes.insert(code.to_owned(), kept);
        self.given += 1;
        format!("code-{}", self.given)
    }

    /// What a code was given for, when it is good: known, not used, in time. Either way it is used up, and one that was
    /// used before ends the grant that it opened.
    pub(super) fn redeem(&mut self, code: &str, now: OffsetDateTime) -> Option<(Requested, Who)> {
        let kept = self.codes.get_mut(code)?;
        if kept.is_used {
            let opened = kept.opened;
            if let Some(grant) = opened.and_then(|place| self.all.get_mut(place)) {
                grant.end();
            }
            return None;
        }
        kept.is_used = true;
        (now - kept.given < CODE_LIFETIME).then(|| (kept.requested.clone(), kept.who.clone()))
    }

    /// Opens a grant, with a code where there was one; answers with its place.
    pub(super) fn open(&mut self, code: Option<&str>, grant: Grant) -> usize {
        self.all.push(grant);
        let place = self.all.len() - 1;
        if let Some(code) = code.and_then(|code| self.codes.get_mut(code)) {
            code.opened = Some(place);
        }
        place
    }

    /// The grant that a refresh token of a client renews. One that was used already ends its grant: two holders can't
    /// both be right.
    pub(super) fn renewable(
        &mut self,
        token: &str,
        client_id: &str,
        rotation: Rotation,
        now: OffsetDateTime,
    ) -> Option<usize> {
        let place = self.all.iter().position(|grant| grant.knows_refresh(token))?;
        let grant = self.all.get_mut(place)?;
        // Whose it is decides before anything else: a stranger can't end it either.
        if grant.client_id != client_id || grant.is_ended {
            return None;
        }
        if now - grant.born >= REFRESH_LIFETIME || now - grant.used >= REFRESH_IDLE {
            return None;
        }
        let is_previous = rotation == Rotation::Lenient && grant.previous.as_deref() == Some(token);
        if grant.refresh.as_deref() != Some(token) && !is_previous {
            grant.end();
            return None;
        }
        if is_previous {
            let unused = grant.refresh.take();
            grant.spent.extend(unused);
        } else {
            let older = std::mem::replace(&mut grant.previous, grant.refresh.take());
            grant.spent.extend(older);
        }
        Some(place)
    }

    /// Whether a refresh token of a client was given for a resource. One that nobody knows isn't refused for that.
    pub(super) fn is_for(&self, token: &str, client_id: &str, resource: &str) -> bool {
        let theirs = self.all.iter().find(|grant| grant.client_id == client_id && grant.knows_refresh(token));
        theirs.is_none_or(|grant| grant.resource == resource)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Grant> {
        self.all.get_mut(place)
    }

    /// What an access token opens, while it works.
    pub(in crate::hosted) fn opened(&self, token: &str, now: OffsetDateTime) -> Option<Opened> {
        self.all.iter().enumerate().find_map(|(place, grant)| {
            let works = grant.access.iter().any(|access| access.token == token && now < access.until);
            works.then(|| Opened {
                grant: place,
                resource: grant.resource.clone(),
                integration: Arc::clone(&grant.integration),
            })
        })
    }

    /// How long the newest access token of a refresh token's grant still works.
    pub(in crate::hosted) fn access_left(&self, refresh: &str, now: OffsetDateTime) -> Option<i64> {
        let grant = self.all.iter().find(|grant| grant.knows_refresh(refresh))?;
        grant.access.last().map(|access| (access.until - now).whole_seconds())
    }

    /// Ends the grant of a client's token, if there is one.
    pub(super) fn revoke(&mut self, token: &str, client_id: &str) {
        let theirs = self.all.iter_mut().filter(|grant| grant.client_id == client_id);
        for grant in theirs {
            if grant.knows_refresh(token) || grant.access.iter().any(|access| access.token == token) {
                grant.end();
            }
        }
    }

    /// Makes every access token refused; the refresh tokens still work. Answers how many grants had one.
    pub(in crate::hosted) fn expire(&mut self, now: OffsetDateTime) -> usize {
        let mut count = 0;
        for grant in &mut self.all {
            let is_living = grant.access.iter().any(|access| now < access.until);
            for access in &mut grant.access {
                access.until = access.until.min(now);
            }
            count += usize::from(is_living);
        }
        count
    }

    /// Ends every grant, as when people remove the connection in Notion's settings. Answers how many there were.
    pub(in crate::hosted) fn end_all(&mut self) -> usize {
        self.all.iter_mut().filter(|grant| !grant.is_ended).map(Grant::end).count()
    }
}

impl Grant {
    pub(super) fn new(
        requested: Requested,
        who: Who,
        workspace_id: String,
        integration: Arc<Integration>,
        now: OffsetDateTime,
    ) -> Grant {
        Grant {
            client_id: requested.client_id,
            who,
            workspace_id,
            resource: requested.resource,
            integration,
            born: now,
            used: now,
            access: Vec::new(),
            refresh: None,
            previous: None,
            spent: Vec::new(),
            generation: 0,
            is_ended: false,
        }
    }

    /// Gives it a new pair.
    pub(super) fn give(
        &mut self,
        access: &str,
        refresh: Option<&str>,
        until: OffsetDateTime,
        rotation: Rotation,
        now: OffsetDateTime,
    ) {
        match rotation {
            Rotation::Strict => self.access.clear(),
            Rotation::Lenient => self.access.retain(|access| now < access.until),
        }
        self.access.push(Access { token: access.to_owned(), until });
        self.refresh = refresh.map(str::to_owned);
        self.used = now;
        self.generation += 1;
    }

    fn knows_refresh(&self, token: &str) -> bool {
        let living = [&self.refresh, &self.previous];
        living.into_iter().any(|held| held.as_deref() == Some(token))
            || self.spent.iter().any(|spent| spent == token)
    }

    fn end(&mut self) {
        self.access.clear();
        self.is_ended = true;
    }
}
