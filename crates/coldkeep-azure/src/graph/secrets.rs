//! The secrets of an application: Entra creates them and shows each only once
//! (<https://learn.microsoft.com/graph/api/application-addpassword>).

use super::{Graph, looked_for, made};
use crate::{Error, transport::address::segment};
use coldkeep_core::{SecretString, Timestamp, ValidityPeriod, moment::lenient};
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// A secret as Graph shows it: everything but its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordCredential {
    pub key_id: String,
    #[serde(default)]
    pub display_name: Option<String>,
    /// None where it is no date; one that means "never" is the last moment there is.
    #[serde(default, deserialize_with = "lenient")]
    pub end_date_time: Option<Timestamp>,
    /// Its first three letters.
    #[serde(default)]
    pub hint: Option<String>,
}

/// A secret that was just created.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSecret {
    pub key_id: String,
    pub secret_text: SecretString,
    #[serde(default, deserialize_with = "lenient")]
    pub end_date_time: Option<Timestamp>,
}

impl Graph {
    /// The application's secrets.
    pub async fn fetch_secrets(&self, object_id: &str) -> Result<Vec<PasswordCredential>, Error> {
        let found: Secrets = self.api.get_made(&secrets_of(object_id)).await?;
        Ok(found.password_credentials)
    }

    /// Creates a secret under a name that only the caller uses. An existing one with that name is from an attempt
    /// whose answer was lost: its text is unknown, so it is removed first.
    pub async fn make_secret(
        &self,
        object_id: &str,
        name: &str,
        validity: ValidityPeriod,
    ) -> Result<NewSecret, Error> {
        self.remove_secrets_named(object_id, name).await?;
        let path = format!("/applications/{}/addPassword", segment(object_id));
        let body = json!({"passwordCredential": {
            "displayName": name,
            "startDateTime": validity.start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "endDateTime": validity.end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }});
        let (_, answer) = made(|| self.api.put_once(Method::POST, &path, &body)).await?;
        self.api.read_secret(&answer)
    }

    /// Removes the secrets with that name; a new one may not be visible immediately.
    pub async fn remove_secrets_named(&self, object_id: &str, name: &str) -> Result<(), Error> {
        let named = looked_for(|| async {
            let found: Option<Secrets> = self.api.find(&secrets_of(object_id)).await?;
            let mut all = found.map(|f| f.password_credentials).unwrap_or_default();
            all.retain(|secret| secret.display_name.as_deref() == Some(name));
            Ok((!all.is_empty()).then_some(all))
        });
        for found in named.await?.unwrap_or_default() {
            self.remove_secret(object_id, &found.key_id).await?;
        }
        Ok(())
    }

    /// Takes one secret away. Whether it was there.
    pub async fn remove_secret(&self, object_id: &str, key_id: &str) -> Result<bool, Error> {
        let path = format!("/applications/{}/removePassword", segment(object_id));
        let body = json!({ "keyId": key_id });
        let removed = looked_for(|| async {
            match self.api.put(Method::POST, &path, &body).await {
                Ok(_) => Ok(Some(true)),
                Err(error) if error.status() == Some(404) => Ok(None),
                // Gone already, or removed by a try whose answer was lost.
                Err(error) if error.status() == Some(400) => {
                    let left = self.fetch_secrets(object_id).await?;
                    match left.iter().any(|s| s.key_id.eq_ignore_ascii_case(key_id)) {
                        true => Err(error),
                        false => Ok(Some(false)),
                    }
                }
                Err(error) => Err(error),
            }
        });
        Ok(removed.await?.unwrap_or(false))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Secrets {
    #[serde(default)]
    password_credentials: Vec<PasswordCredential>,
}

fn secrets_of(object_id: &str) -> String {
    format!("/applications/{}?$select=passwordCredentials", segment(object_id))
}
