//! Ids that the host gives out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Uuid);

        impl $type {
            /// A new id; ids made later sort later (UUID version 7).
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id behind this type, for storage.
            #[must_use]
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl Default for $type {
            fn default() -> Self {
                Self::new()
            }
        }

        impl From<Uuid> for $type {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $type {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id_type!(
    /// One run of one tool.
    CallId
);
id_type!(
    /// One authorised Notion workspace.
    ConnectionId
);
id_type!(
    /// Somebody who calls.
    PrincipalId
);
id_type!(
    /// A call that runs in the background.
    JobId
);
id_type!(
    /// The durable record of a call or a job; it has the id of what it records.
    RunId
);

id_type!(
    /// One conversation of a person with a model.
    ConversationId
);

impl ConversationId {
    /// The conversation that a principal goes on with who names none: always the same.
    #[must_use]
    pub fn ongoing_of(principal: PrincipalId) -> Self {
        Self(Uuid::new_v5(&principal.0, b"conversation"))
    }
}

impl From<CallId> for RunId {
    fn from(call: CallId) -> Self {
        Self(call.0)
    }
}

impl From<JobId> for RunId {
    fn from(job: JobId) -> Self {
        Self(job.0)
    }
}

impl JobId {
    /// The job that a call starts whose run this is: the same call starts the same job again.
    #[must_use]
    pub fn started_by(run: RunId) -> Self {
        Self(Uuid::new_v5(&run.0, b"job"))
    }
}

impl PrincipalId {
    /// The id of a principal that comes from the environment or is the operator at the machine: the same in every
    /// process, so that events of several processes belong together.
    #[must_use]
    pub fn of_environment(name: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("toolbay/principal/{name}").as_bytes()))
    }
}

impl ConnectionId {
    /// The id of the connection that the environment names, stable across restarts.
    #[must_use]
    pub fn of_environment(name: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("toolbay/connection/{name}").as_bytes()))
    }
}
