//! What else opens an application: credentials of its service principal, and other issuers whose tokens it takes.

use super::{Graph, KeyCredential, PasswordCredential, keys};
use crate::{Error, transport::address::segment};
use serde::Deserialize;
use serde_json::Value;

/// What a service principal has of its own: it opens the application in its tenant, beside the application's.
#[derive(Debug, Clone, Default)]
pub struct PrincipalCredentials {
    /// Those that prove who signs in; certificates that sign SAML answers are left out.
    pub keys: Vec<KeyCredential>,
    pub secrets: Vec<PasswordCredential>,
}

/// Another issuer, whose tokens for one subject are taken for the application's own proof
/// (<https://learn.microsoft.com/graph/api/resources/federatedidentitycredential>).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FederatedCredential {
    pub name: String,
    #[serde(default)]
    pub issuer: String,
    /// None where an expression stands in its place.
    #[serde(default)]
    pub subject: Option<String>,
}

impl Graph {
    /// The credentials of a service principal (object id).
    pub async fn fetch_principal_credentials(
        &self,
        principal_id: &str,
    ) -> Result<PrincipalCredentials, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            #[serde(default)]
            key_credentials: Vec<Value>,
            #[serde(default)]
            password_credentials: Vec<PasswordCredential>,
        }
        let path = format!(
            "/servicePrincipals/{}?$select=keyCredentials,passwordCredentials",
            segment(principal_id)
        );
        let raw: Raw = self.api.get(&path).await?;
        let verifies = |key: &&Value| !matches!(key["usage"].as_str(), Some("Sign"));
        Ok(PrincipalCredentials {
            keys: raw
                .key_credentials
                .iter()
                .filter(verifies)
                .map(keys::understand)
                .collect(),
            secrets: raw.password_credentials,
        })
    }

    /// The other issuers that an application (object id) trusts.
    pub async fn fetch_federated_credentials(
        &self,
        object_id: &str,
    ) -> Result<Vec<FederatedCredential>, Error> {
        let path = format!(
            "/applications/{}/federatedIdentityCredentials",
            segment(object_id)
        );
        self.api.list(&path).await
    }
}
