//! Keeps the requests of a principal who is narrowed to parts of a workspace within them.
//!
//! What an object is below is read from the outside, by requests of the host's own that count among those of the call, and
//! believed for as long as [`Facts`] keeps it. A write believes nothing that was read before it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::try_join_all;
use secrecy::SecretString;

use crate::cache::{CacheOwner, GateCache};
use crate::facts::Facts;
use crate::narrowing::{Denied, Fact, Narrowing, Object, View};
use crate::parts::Parts;
use crate::problem::{Code, Problem};
use crate::request::{ResolvedRequest, Response};
use crate::sending::{Intent, Sending};

/// Objects that are looked at for one request: a list of a hundred things in as many places, and what those are below.
const MAX_LOOKS: usize = 200;

/// Looks at the same time.
const LOOKS_AT_ONCE: usize = 8;

/// Requests that one is answered from, where most of what is found is outside.
const MAX_ANSWERS: usize = 5;

/// Whose request it is, and what is known of where objects are.
pub(crate) struct Within<'a> {
    pub(crate) narrowing: &'a dyn Narrowing,
    pub(crate) parts: &'a Parts,
    facts: &'a Facts,
    cache: &'a GateCache,
    owner: CacheOwner,
    /// Facts that were read earlier don't count.
    since: Option<Instant>,
    known: HashMap<Object, Arc<Fact>>,
    looks: usize,
}

impl<'a> Within<'a> {
    pub(crate) fn new(
        narrowing: &'a dyn Narrowing,
        parts: &'a Parts,
        facts: &'a Facts,
        cache: &'a GateCache,
        owner: CacheOwner,
        is_write: bool,
    ) -> Self {
        let since = is_write.then(Instant::now);
        Self { narrowing, parts, facts, cache, owner, since, known: HashMap::new(), looks: 0 }
    }

    /// Whether the request may be sent.
    ///
    /// # Errors
    ///
    /// Why it may not, and when that can't be found out.
    pub(crate) async fn admit(&mut self, sending: Sending<'_>) -> Result<(), Problem> {
        let narrowing = self.narrowing;
        match self.settled(sending, |view| narrowing.admit(sending.request, view)).await? {
            Ok(()) => Ok(()),
            Err(denied) => Err(self.denied(sending, denied).await),
        }
    }

    /// What may be seen of an answer, or of the refusal that came in its place.
    ///
    /// # Errors
    ///
    /// The refusal, and when nothing of the answer may be seen or it can't be found out what.
    pub(crate) async fn shown(
        &mut self,
        sending: Sending<'_>,
        answer: Result<Response, Problem>,
        credential: Option<&SecretString>,
    ) -> Result<Response, Problem> {
        let (narrowing, request) = (self.narrowing, sending.request);
        let first = match answer {
            Ok(first) => first,
            Err(refusal) => {
                // Words about an object that nobody has decided about yet.
                let tells = matches!(refusal.code, Code::InvalidInput | Code::Forbidden | Code::Conflict);
                if tells && narrowing.is_told_by_its_answer(request) {
                    self.admit(sending).await?;
                }
                return Err(narrowing.refusal(request, refusal));
            }
        };
        let mut answers = vec![first];
        while answers.len() < MAX_ANSWERS {
            let next = self.settled(sending, |view| narrowing.more(request, &answers, view)).await?;
            let Some(next) = next else { break };
            let next = Self::read(sending, &next).await;
            answers.push(next.map_err(|refusal| narrowing.refusal(request, refusal))?);
        }
        match self.settled(sending, |view| narrowing.shown(request, &answers, view, credential)).await? {
            Ok(shown) => Ok(shown),
            Err(denied) => Err(self.denied(sending, denied).await),
        }
    }

    /// Asks until nothing is missing that an answer needs.
    async fn settled<T>(&mut self, sending: Sending<'_>, ask: impl Fn(&View<'_>) -> T) -> Result<T, Problem> {
        loop {
            let (answer, missing) = {
                let view = View::new(self.parts, &self.known);
                let answer = ask(&view);
                (answer, view.into_missing())
            };
            if missing.is_empty() {
                return Ok(answer);
            }
            self.learn(sending, missing).await?;
        }
    }

    /// Reads where these are. Afterwards there is a fact of each.
    async fn learn(&mut self, sending: Sending<'_>, missing: BTreeSet<Object>) -> Result<(), Problem> {
        let mut unread = Vec::new();
        for object in missing {
            match self.facts.get(self.owner, &object, self.since) {
                Some(fact) => drop(self.known.insert(object, fact)),
                None => unread.push(object),
            }
        }
        self.looks += unread.len();
        if self.looks > MAX_LOOKS {
            let message =
                "what this names is in too many places to be held against the parts of the workspace";
            return Err(
                Problem::new(Code::LimitExceeded, message).hint("ask for less at once: a smaller page_size")
            );
        }
        for some in unread.chunks(LOOKS_AT_ONCE) {
            let looks: Vec<_> = some.iter().map(|object| self.look(sending, object)).collect();
            let told = try_join_all(looks).await?;
            self.known.extend(told.into_iter().flatten());
        }
        Ok(())
    }

    /// Reads where an object is. What can't be read isn't there.
    async fn look(&self, sending: Sending<'_>, object: &Object) -> Result<Vec<(Object, Arc<Fact>)>, Problem> {
        let asked_at = Instant::now();
        let mut told = Vec::new();
        for look in self.narrowing.looks(object) {
            let key = self.cache.key(self.owner, &look);
            let answer = Self::read(sending, &look).await;
            if let Some(key) = key {
                self.cache.keep(key, &answer);
            }
            match answer {
                Ok(answer) => {
                    told = self.narrowing.facts(object, &answer);
                    break;
                }
                Err(refusal) if matches!(refusal.code, Code::NotFound | Code::InvalidInput) => {}
                Err(problem) => return Err(problem),
            }
        }
        if !told.iter().any(|(about, _)| about == object) {
            told.push((object.clone(), Fact::absent()));
        }
        let told = told.into_iter().map(|(about, fact)| (about, Arc::new(fact))).collect::<Vec<_>>();
        for (about, fact) in &told {
            self.facts.keep(self.owner, about.clone(), asked_at, Arc::clone(fact));
        }
        Ok(told)
    }

    async fn read(sending: Sending<'_>, request: &ResolvedRequest) -> Result<Response, Problem> {
        sending.call.spend_effect()?;
        Sending { request, intent: Intent::none(), ..sending }.deliver().await
    }

    /// What the caller reads.
    async fn denied(&self, sending: Sending<'_>, denied: Denied) -> Problem {
        let object = match denied {
            Denied::Refused(problem) => return problem,
            Denied::Absent(object) => object,
        };
        let mut said = self.facts.words(self.owner, object.kind);
        if said.is_none()
            && let Some(look) = self.narrowing.look_for_nothing(&object)
            && let Err(refusal) = Self::read(sending, &look).await
            && refusal.code == Code::NotFound
        {
            self.facts.keep_words(self.owner, object.kind, &refusal);
            said = Some(refusal);
        }
        self.narrowing.absent(sending.request, &object, said.as_ref())
    }
}
