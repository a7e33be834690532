//! Whose a sealed secret is: the key of its row in the database, and the label that the vault's seal is bound to.

use crate::id::{CertificateId, RepositoryId, ServiceAccountId, TargetId};
use std::{fmt, str::FromStr};

/// The owner of a sealed secret. The text form is stored: it never changes, else no earlier seal opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretOwner {
    /// The private key of a certificate in the store.
    Certificate(CertificateId),
    /// The PIN of the token that holds a certificate's key.
    CertificatePin(CertificateId),
    /// A service account's secret.
    ServiceAccount(ServiceAccountId),
    /// The secret that a service account is about to be switched to.
    NextSecret(ServiceAccountId),
    /// The account key or shared access signature of a repository.
    Repository(RepositoryId),
    /// The key with which this installation signs its records in a target; by the target's id.
    Writer(TargetId),
    /// A custom cloud, by name. It has no secret; its seal proves that its row was not changed.
    Cloud(String),
    /// The proxy's password.
    Network,
    /// The pages of this installation: without this key, neither a password's hash nor a session can be written into the database.
    Pages,
}

impl fmt::Display for SecretOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(id) => write!(f, "certificate/{id}"),
            Self::CertificatePin(id) => write!(f, "certificate-pin/{id}"),
            Self::ServiceAccount(id) => write!(f, "service-account/{id}"),
            Self::NextSecret(id) => write!(f, "service-account/{id}/next"),
            Self::Repository(id) => write!(f, "repository/{id}"),
            Self::Writer(target) => write!(f, "writer/{target}"),
            Self::Cloud(name) => write!(f, "cloud/{name}"),
            Self::Network => f.write_str("network"),
            Self::Pages => f.write_str("pages"),
        }
    }
}

/// The text names no owner that this version knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOwner(pub String);

impl FromStr for SecretOwner {
    type Err = UnknownOwner;

    fn from_str(text: &str) -> Result<Self, UnknownOwner> {
        let unknown = || UnknownOwner(text.to_owned());
        if text == "network" {
            return Ok(Self::Network);
        }
        if text == "pages" {
            return Ok(Self::Pages);
        }
        let (kind, rest) = text.split_once('/').ok_or_else(unknown)?;
        let owner = match (kind, rest.strip_suffix("/next")) {
            ("service-account", Some(id)) => id.parse().ok().map(Self::NextSecret),
            ("service-account", None) => rest.parse().ok().map(Self::ServiceAccount),
            ("certificate", _) => rest.parse().ok().map(Self::Certificate),
            ("certificate-pin", _) => rest.parse().ok().map(Self::CertificatePin),
            ("repository", _) => rest.parse().ok().map(Self::Repository),
            ("writer", _) => rest.parse().ok().map(Self::Writer),
            ("cloud", _) => Some(Self::Cloud(rest.to_owned())),
            _ => None,
        };
        owner.ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_owner_is_read_back_from_its_text_and_the_text_never_changes() {
        let id: Uuid = "018f3c2e-0000-7000-8000-000000000001".parse().unwrap();
        for (owner, text) in [
            (
                SecretOwner::Certificate(CertificateId(id)),
                format!("certificate/{id}"),
            ),
            (
                SecretOwner::CertificatePin(CertificateId(id)),
                format!("certificate-pin/{id}"),
            ),
            (
                SecretOwner::ServiceAccount(ServiceAccountId(id)),
                format!("service-account/{id}"),
            ),
            (
                SecretOwner::NextSecret(ServiceAccountId(id)),
                format!("service-account/{id}/next"),
            ),
            (
                SecretOwner::Repository(RepositoryId(id)),
                format!("repository/{id}"),
            ),
            (SecretOwner::Writer(TargetId(id)), format!("writer/{id}")),
            (SecretOwner::Cloud("lab/next".into()), "cloud/lab/next".into()),
            (SecretOwner::Network, "network".into()),
            (SecretOwner::Pages, "pages".into()),
        ] {
            assert_eq!(owner.to_string(), text);
            assert_eq!(text.parse(), Ok(owner));
        }
        for text in ["", "network/", "certificate/x", "service-account/next", "job/1"] {
            assert!(text.parse::<SecretOwner>().is_err(), "{text}");
        }
    }
}
