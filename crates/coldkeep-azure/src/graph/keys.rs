//! The certificates of an application. Graph replaces the whole collection on a write and has no ETag for it: every
//! write sends back what was there, byte for byte, and is read again afterwards.

use super::{APPLICATION, Application, Graph, REPLICATION};
use crate::{Error, json::segment, settle};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{Kind, Timestamp, moment::parse_moment};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A certificate that is registered with an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCredential {
    pub key_id: String,
    pub display_name: String,
    /// The certificate, DER; Graph leaves it out at times.
    pub der: Option<Vec<u8>>,
    pub end: Option<Timestamp>,
}

/// A certificate to register.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    pub der: &'a [u8],
    pub name: &'a str,
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The id under which a certificate (DER) is registered with an application: the same every time.
pub fn key_id(object_id: &str, der: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut bound = object_id.as_bytes().to_vec();
    bound.extend_from_slice(&Sha256::digest(der));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &bound).to_string()
}

/// How often a write that somebody else overwrote is made again.
const LOST_WRITES: usize = 4;

impl Graph {
    /// The certificates registered with the application.
    pub async fn fetch_key_credentials(&self, object_id: &str) -> Result<Vec<KeyCredential>, Error> {
        Ok(self
            .fetch_raw_keys(object_id)
            .await?
            .iter()
            .map(understand)
            .collect())
    }

    /// Registers the certificate beside the others unless it is there; answers with its key id and whether it was
    /// added now.
    pub async fn ensure_key_credential(
        &self,
        object_id: &str,
        key: &NewKey<'_>,
    ) -> Result<(String, bool), Error> {
        let key_id = key_id(object_id, key.der);
        let same =
            |k: &KeyCredential| k.key_id.eq_ignore_ascii_case(&key_id) || k.der.as_deref() == Some(key.der);
        let mut added = false;
        for _ in 0..LOST_WRITES {
            let mut raw = self.fetch_raw_keys(object_id).await?;
            if let Some(found) = raw.iter().map(understand).find(same) {
                return Ok((found.key_id, added));
            }
            raw.push(sent(&key_id, key));
            self.write_raw_keys(object_id, raw).await?;
            added = true;
        }
        let message =
            "the certificate disappears again as soon as it is registered: somebody else is writing";
        Err(Error::without_answer("Microsoft Graph", Kind::Conflict, message))
    }

    /// Takes one certificate away and leaves the others. Whether it was there.
    pub async fn remove_key_credential(&self, object_id: &str, key_id: &str) -> Result<bool, Error> {
        let mut removed = false;
        for _ in 0..LOST_WRITES {
            let mut raw = match self.fetch_raw_keys(object_id).await {
                Err(error) if error.status() == Some(404) => return Ok(removed),
                raw => raw?,
            };
            let before = raw.len();
            raw.retain(|key| !understand(key).key_id.eq_ignore_ascii_case(key_id));
            if raw.len() == before {
                return Ok(removed);
            }
            self.write_raw_keys(object_id, raw).await?;
            removed = true;
        }
        Ok(removed)
    }

    /// The application by its object id.
    pub async fn fetch_application_by_object_id(
        &self,
        object_id: &str,
    ) -> Result<Option<Application>, Error> {
        self.api
            .find(&format!("/applications/{}?{APPLICATION}", segment(object_id)))
            .await
    }

    async fn fetch_raw_keys(&self, object_id: &str) -> Result<Vec<Value>, Error> {
        // `key` is told only where this property alone is selected on a single object.
        let path = format!("/applications/{}?$select=keyCredentials", segment(object_id));
        let mut answer: Value = self.api.get(&path).await?;
        Ok(match answer["keyCredentials"].take() {
            Value::Array(keys) => keys,
            _ => vec![],
        })
    }

    async fn write_raw_keys(&self, object_id: &str, keys: Vec<Value>) -> Result<(), Error> {
        let path = format!("/applications/{}", segment(object_id));
        let body = json!({ "keyCredentials": keys });
        settle(
            REPLICATION,
            |e| e.status() == Some(404),
            || self.api.put(Method::PATCH, &path, &body),
        )
        .await?;
        Ok(())
    }
}

/// A certificate as Graph takes it.
pub(super) fn sent(key_id: &str, key: &NewKey<'_>) -> Value {
    json!({
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "keyId": key_id,
        "key": STANDARD.encode(key.der),
        "displayName": key.name,
        "startDateTime": whole_seconds(key.start),
        "endDateTime": whole_seconds(key.end),
    })
}

fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

pub(super) fn understand(raw: &Value) -> KeyCredential {
    let text = |key: &str| raw[key].as_str().unwrap_or_default();
    KeyCredential {
        key_id: text("keyId").to_owned(),
        display_name: text("displayName").to_owned(),
        der: STANDARD.decode(text("key")).ok().filter(|der| !der.is_empty()),
        end: parse_moment(text("endDateTime")),
    }
}
