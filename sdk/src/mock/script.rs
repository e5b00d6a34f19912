//! Answers that a test has prepared.

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::route::Route;
use crate::{Invocation, Problem, Question, Refusal, Request, Response};

/// What the mock host answers: a `Value` (with status 200), a [`Response`] or a [`Problem`].
#[derive(Clone, Debug)]
pub struct Reply(pub(super) Result<Response, Problem>);

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self::from(Response { status: 200, body })
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self(Ok(response))
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self(Err(problem))
    }
}

/// Makes the answer to a request.
pub(super) type Compute = Rc<dyn Fn(&Request) -> Result<Response, Problem>>;

/// Says whether an invocation would be refused.
type Find = dyn Fn(&Question) -> Result<(), Refusal>;

/// What is found of the invocations of a tool.
#[derive(Clone)]
pub(super) struct Check(pub(super) Rc<Find>);

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Check(..)")
    }
}

/// Runs an invocation.
type Running = dyn Fn(&Invocation) -> Result<Value, Problem>;

/// What a tool does.
#[derive(Clone)]
pub(super) struct Run(pub(super) Rc<Running>);

impl fmt::Debug for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Run(..)")
    }
}

/// What a route has to say.
#[derive(Clone)]
pub(super) enum Scripted {
    Given(Reply),
    Computed(Compute),
}

impl fmt::Debug for Scripted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(reply) => reply.fmt(formatter),
            Self::Computed(_) => formatter.write_str("Computed(..)"),
        }
    }
}

/// What one route or tool answers: in order, the last one for good.
#[derive(Clone, Debug)]
pub(super) struct Replies<T>(VecDeque<T>);

impl<T> Default for Replies<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> Replies<T> {
    pub(super) fn push(&mut self, reply: T) {
        self.0.push_back(reply);
    }

    pub(super) fn next(&mut self) -> Option<T> {
        if self.0.len() > 1 { self.0.pop_front() } else { self.0.front().cloned() }
    }
}

/// The scripted part of the Notion API.
#[derive(Debug, Default)]
pub(super) struct Script {
    routes: Vec<(Route, Replies<Scripted>)>,
}

impl Script {
    pub(super) fn add(&mut self, route: &str, reply: Scripted) {
        let route = Route::parse(route);
        match self.routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, replies)) => replies.push(reply),
            None => {
                let mut replies = Replies::default();
                replies.push(reply);
                self.routes.push((route, replies));
            }
        }
    }

    pub(super) fn next(&mut self, request: &Request) -> Option<Scripted> {
        self.routes
            .iter_mut()
            .filter(|(route, _)| route.matches(request))
            .min_by_key(|(route, _)| route.placeholders())
            .and_then(|(_, replies)| replies.next())
    }

    pub(super) fn known(&self) -> Vec<String> {
        self.routes.iter().map(|(route, _)| route.to_string()).collect()
    }
}
