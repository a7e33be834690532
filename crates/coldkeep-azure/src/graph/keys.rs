//! The certificates of an application. Graph replaces the whole collection on a write and has no ETag for it: every
//! write sends back what was there, byte for byte, and is read again afterwards.

use super::{APPLICATION, Application, Graph, looked_for, made};
use crate::{Error, transport::address::segment};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{Code, Timestamp, moment::parse_moment};
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

/// The number of times that a write is repeated after another client overwrote it.
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

    /// The certificates registered with the application, read until these key ids are among them: a new one is not
    /// visible immediately.
    pub async fn look_for_key_credentials(
        &self,
        object_id: &str,
        expected: &[String],
    ) -> Result<Vec<KeyCredential>, Error> {
        let all_there = |keys: &[KeyCredential]| {
            let there = |id: &String| keys.iter().any(|key| key.key_id.eq_ignore_ascii_case(id));
            expected.iter().all(there)
        };
        let whole = looked_for(|| async {
            let keys = self.fetch_key_credentials(object_id).await?;
            Ok(all_there(&keys).then_some(keys))
        });
        match whole.await? {
            Some(keys) => Ok(keys),
            None => self.fetch_key_credentials(object_id).await,
        }
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
            // A write may not be visible yet; another client's overwrite is rare.
            if added {
                let seen = looked_for(|| async {
                    let raw = self.fetch_raw_keys(object_id).await?;
                    Ok(raw.iter().map(understand).find(same))
                });
                if let Some(found) = seen.await? {
                    return Ok((found.key_id, added));
                }
            }
            let mut raw = self.fetch_raw_keys(object_id).await?;
            if let Some(found) = raw.iter().map(understand).find(same) {
                return Ok((found.key_id, added));
            }
            raw.push(sent(&key_id, key));
            self.write_raw_keys(object_id, raw).await?;
            added = true;
        }
        let message = "the certificate disappears as soon as it is registered: another client is also changing the \
             application";
        Err(Error::without_answer(
            "Microsoft Graph",
            Code::AzureConflict,
            message,
        ))
    }

    /// Takes one certificate away and leaves the others. Whether it was there.
    pub async fn remove_key_credential(&self, object_id: &str, key_id: &str) -> Result<bool, Error> {
        let mut removed = false;
        for _ in 0..LOST_WRITES {
            let is_it = |key: &Value| understand(key).key_id.eq_ignore_ascii_case(key_id);
            let with_it = async || {
                let raw = self.find_raw_keys(object_id).await?;
                Ok(raw.filter(|raw| raw.iter().any(is_it)))
            };
            // A new one may not be visible yet.
            let raw = match removed {
                true => with_it().await?,
                false => looked_for(with_it).await?,
            };
            let Some(mut raw) = raw else {
                return Ok(removed);
            };
            raw.retain(|key| !is_it(key));
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

    /// Of an application that was seen already.
    async fn fetch_raw_keys(&self, object_id: &str) -> Result<Vec<Value>, Error> {
        Ok(listed(self.api.get_made(&keys_of(object_id)).await?))
    }

    async fn find_raw_keys(&self, object_id: &str) -> Result<Option<Vec<Value>>, Error> {
        Ok(self.api.find(&keys_of(object_id)).await?.map(listed))
    }

    async fn write_raw_keys(&self, object_id: &str, keys: Vec<Value>) -> Result<(), Error> {
        let path = format!("/applications/{}", segment(object_id));
        let body = json!({ "keyCredentials": keys });
        made(|| self.api.put(Method::PATCH, &path, &body)).await?;
        Ok(())
    }
}

/// `key` is returned only if this property alone is selected on a single object.
fn keys_of(object_id: &str) -> String {
    format!("/applications/{}?$select=keyCredentials", segment(object_id))
}

fn listed(mut answer: Value) -> Vec<Value> {
    match answer["keyCredentials"].take() {
        Value::Array(keys) => keys,
        _ => vec![],
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
