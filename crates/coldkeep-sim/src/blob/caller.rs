//! Who is asking, and what a shared access signature allows.

use super::{
    address::{Address, Query},
    reply::Refusal,
};
use crate::{storage::container_rules::PublicAccess, world::Principal};

/// What a verified signature allows.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) permissions: String,
    pub(super) reach: Reach,
    /// The principal that requested the user delegation key; the signature does not allow more than it has.
    pub(super) signer: Option<Principal>,
}

/// How far a signature reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    Account {
        resources: String,
    },
    Container(String),
    Blob {
        container: String,
        blob: String,
    },
    /// One version or snapshot: the query's parameter that names it, and its id.
    Moment {
        container: String,
        blob: String,
        parameter: &'static str,
        id: String,
    },
}

impl Grant {
    /// Why the signature does not allow what it does not allow.
    pub(super) fn refusal(&self, resource: char) -> Refusal {
        match &self.reach {
            Reach::Account { resources } if !resources.contains(resource) => Refusal::forbidden(
                "AuthorizationResourceTypeMismatch",
                "This request is not authorized to perform this operation using this resource type.",
            ),
            _ => super::refusals::mismatch(),
        }
    }

    /// Whether the signature allows `letter` on a resource of type `resource` at `address`.
    pub(super) fn allows(&self, letter: char, resource: char, address: &Address, query: &Query) -> bool {
        let here = |container: &str| address.container.as_deref() == Some(container);
        let this = |blob: &str| address.blob.as_deref() == Some(blob);
        let reaches = match &self.reach {
            Reach::Account { resources } => resources.contains(resource),
            // Listing is all that a container's signature can do to the container itself.
            Reach::Container(container) => here(container) && (resource == 'o' || letter == 'l'),
            Reach::Blob { container, blob } => here(container) && this(blob) && resource == 'o',
            Reach::Moment {
                container,
                blob,
                parameter,
                id,
            } => here(container) && this(blob) && resource == 'o' && query.get(parameter) == Some(id),
        };
        reaches && self.permissions.contains(letter)
    }
}

/// Who is asking.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// A caller with an account key, who is allowed everything.
    Owner,
    /// The bearer of a token: is allowed what their roles grant.
    Bearer(Principal),
    /// The holder of a shared access signature.
    Signature(Box<Grant>),
    /// An anonymous caller, in a public container.
    Anonymous(PublicAccess),
}

impl Caller {
    /// How the request log names the caller.
    pub(super) fn log_name(&self) -> String {
        match self {
            Self::Owner => "account key".to_owned(),
            Self::Bearer(principal) => principal.name.clone(),
            Self::Signature(grant) => match &grant.signer {
                Some(signer) => format!("SAS of {}", signer.object_id),
                None => "SAS of account key".to_owned(),
            },
            Self::Anonymous(_) => "anonymous".to_owned(),
        }
    }
}
