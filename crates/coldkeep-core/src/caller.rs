//! Who asked for something, and by what way: every use case of the engine knows it.

use crate::{id::PersonId, person::Person};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who asked, and by what way. Runs keep it, and the log names it with every change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub who: CallerIdentity,
    pub via: Via,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CallerIdentity {
    /// A user of this machine, by the id that the operating system vouches for.
    SystemUser { uid: u32 },
    /// The client that holds the bearer token of this server.
    TokenHolder,
    /// A visitor of the pages who has not signed in.
    Visitor,
    /// A person who signed in to the pages.
    Person { id: PersonId, name: String },
    /// Coldkeep itself: one of its background loops.
    Loop { name: String },
}

/// By what way it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The Unix socket in the data folder.
    Socket,
    /// HTTP over TCP.
    Tcp,
    /// A page in a browser.
    Page,
    /// Inside the process.
    Process,
}

impl Caller {
    /// A user of this machine, through the socket in the data folder.
    pub fn system_user(uid: u32) -> Self {
        Self {
            who: CallerIdentity::SystemUser { uid },
            via: Via::Socket,
        }
    }

    /// The client that presented the server's bearer token.
    pub fn token_holder() -> Self {
        Self {
            who: CallerIdentity::TokenHolder,
            via: Via::Tcp,
        }
    }

    /// A visitor of the pages who has not signed in.
    pub fn visitor() -> Self {
        Self {
            who: CallerIdentity::Visitor,
            via: Via::Page,
        }
    }

    /// A person who signed in to the pages.
    pub fn person(person: &Person) -> Self {
        Self {
            who: CallerIdentity::Person {
                id: person.id,
                name: person.name.clone(),
            },
            via: Via::Page,
        }
    }

    /// One of Coldkeep's own background loops.
    pub fn background(name: &str) -> Self {
        Self {
            who: CallerIdentity::Loop {
                name: name.to_owned(),
            },
            via: Via::Process,
        }
    }
}

/// For the log and for people: "user 1000 (socket)".
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            CallerIdentity::SystemUser { uid } => write!(f, "user {uid}")?,
            CallerIdentity::Visitor => f.write_str("a visitor")?,
            CallerIdentity::Person { name, .. } => write!(f, "{name}")?,
            CallerIdentity::TokenHolder => f.write_str("the token's holder")?,
            CallerIdentity::Loop { name } => write!(f, "the {name} loop")?,
        }
        f.write_str(match self.via {
            Via::Socket => " (socket)",
            Via::Tcp => " (TCP)",
            Via::Page => " (page)",
            Via::Process => "",
        })
    }
}
