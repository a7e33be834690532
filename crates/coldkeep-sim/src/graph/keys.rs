//! `keyCredentials`: a write replaces the collection, under Microsoft's rules
//! (<https://learn.microsoft.com/graph/api/resources/keycredential>).

use super::error::GraphError;
use crate::{
    wire::new_guid,
    world::{directory::KeyCredential, forever},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::Timestamp;
use jiff::SignedDuration;
use serde::Deserialize;
use sha1::Digest as _;
use x509_cert::{Certificate, der::Decode};

/// A credential as a client sends it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SentKey {
    key_id: Option<String>,
    r#type: Option<String>,
    usage: Option<String>,
    key: Option<String>,
    display_name: Option<String>,
    custom_key_identifier: Option<String>,
    #[serde(default)]
    start_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "forever::deserialize")]
    end_date_time: Option<Timestamp>,
}

impl SentKey {
    /// A certificate without any other properties.
    pub(super) fn of_der(der: &[u8]) -> Self {
        Self {
            key_id: None,
            r#type: Some("AsymmetricX509Cert".to_owned()),
            usage: Some("Verify".to_owned()),
            key: Some(STANDARD.encode(der)),
            display_name: None,
            custom_key_identifier: None,
            start_date_time: None,
            end_date_time: None,
        }
    }
}

/// What the collection becomes. New entries are usable from `usable_at` on.
pub(super) fn replace(
    current: &[KeyCredential],
    sent: Vec<SentKey>,
    now: Timestamp,
    usable_at: Timestamp,
) -> Result<Vec<KeyCredential>, GraphError> {
    let mut next: Vec<KeyCredential> = Vec::with_capacity(sent.len());
    for key in sent {
        check_words(&key)?;
        let known = key
            .key_id
            .as_ref()
            .and_then(|id| current.iter().find(|k| k.key_id.eq_ignore_ascii_case(id)));
        let entry = match known {
            Some(known) => unchanged(known, &key)?,
            None => new_key(key, now, usable_at)?,
        };
        if next.iter().any(|k| k.key_id.eq_ignore_ascii_case(&entry.key_id)) {
            return Err(GraphError::bad(format!(
                "Duplicate key credential with KeyId '{}'.",
                entry.key_id
            )));
        }
        next.push(entry);
    }
    Ok(next)
}

/// A certificate that is added by itself.
pub(super) fn one(
    current: &[KeyCredential],
    sent: SentKey,
    now: Timestamp,
    usable_at: Timestamp,
) -> Result<KeyCredential, GraphError> {
    check_words(&sent)?;
    let added = new_key(sent, now, usable_at)?;
    if current
        .iter()
        .any(|k| k.key_id.eq_ignore_ascii_case(&added.key_id))
    {
        return Err(GraphError::bad(format!(
            "Duplicate key credential with KeyId '{}'.",
            added.key_id
        )));
    }
    Ok(added)
}

fn check_words(key: &SentKey) -> Result<(), GraphError> {
    if key.r#type.as_deref() != Some("AsymmetricX509Cert") {
        return Err(GraphError::bad(
            "Invalid value specified for property 'type' of resource 'KeyCredential'.",
        ));
    }
    if key.usage.as_deref() != Some("Verify") {
        return Err(GraphError::bad(
            "Invalid value specified for property 'usage' of resource 'KeyCredential'.",
        ));
    }
    Ok(())
}

/// An entry that was there goes back as it was; the certificate itself may be left out.
fn unchanged(known: &KeyCredential, sent: &SentKey) -> Result<KeyCredential, GraphError> {
    let same_time =
        |sent: Option<Timestamp>, kept: Timestamp| sent.is_none_or(|t| t.as_second() == kept.as_second());
    let der = sent.key.as_ref().map(|k| decoded(k).unwrap_or_default());
    let same = same_time(sent.start_date_time, known.start)
        && same_time(sent.end_date_time, known.end)
        && sent
            .custom_key_identifier
            .as_ref()
            .is_none_or(|c| *c == known.custom_key_identifier)
        && sent
            .display_name
            .as_ref()
            .is_none_or(|d| Some(d) == known.display_name.as_ref())
        && der.is_none_or(|d| d == known.der);
    if same {
        return Ok(known.clone());
    }
    Err(GraphError::bad(format!(
        "Update to existing credential with KeyId '{}' is not allowed.",
        known.key_id
    )))
}

/// Base64 with or without line breaks: the Azure CLI sends the body of a PEM file as it is.
fn decoded(key: &str) -> Option<Vec<u8>> {
    let text: String = key.split_whitespace().collect();
    STANDARD.decode(text).ok()
}

fn new_key(sent: SentKey, now: Timestamp, usable_at: Timestamp) -> Result<KeyCredential, GraphError> {
    let invalid = |what: &str| {
        GraphError::bad(format!(
            "Invalid value specified for property '{what}' of resource 'KeyCredential'."
        ))
    };
    let text = sent.key.ok_or_else(|| invalid("key"))?;
    let der = decoded(&text).ok_or_else(|| invalid("key"))?;
    let certificate = Certificate::from_der(&der).map_err(|_| {
        GraphError::bad("Key credential is invalid: the value is not a certificate in X.509 DER.")
    })?;
    let validity = certificate.tbs_certificate().validity();
    let at = |t: &x509_cert::time::Time| {
        let seconds = i64::try_from(t.to_unix_duration().as_secs()).ok()?;
        // A certificate that never ends does so in the last second of 9999, which no timestamp reaches.
        Some(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
    };
    let (Some(not_before), Some(not_after)) = (at(&validity.not_before), at(&validity.not_after)) else {
        return Err(invalid("key"));
    };
    let start = sent.start_date_time.unwrap_or_else(|| now.max(not_before));
    let in_a_year = start
        .checked_add(SignedDuration::from_hours(365 * 24))
        .unwrap_or(not_after);
    let end = sent.end_date_time.unwrap_or_else(|| in_a_year.min(not_after));
    if start < not_before || start > not_after {
        return Err(GraphError::new(
            400,
            "KeyCredentialsInvalidStartDate",
            "Key credential start date is invalid.",
        ));
    }
    if end > not_after || end <= start {
        return Err(GraphError::new(
            400,
            "KeyCredentialsInvalidEndDate",
            "Key credential end date is invalid.",
        ));
    }
    let key_id = match sent.key_id {
        Some(id) => uuid::Uuid::parse_str(&id)
            .map_err(|_| invalid("keyId"))?
            .to_string(),
        None => new_guid(),
    };
    let custom_key_identifier = sent
        .custom_key_identifier
        .unwrap_or_else(|| STANDARD.encode(sha1::Sha1::digest(&der)));
    Ok(KeyCredential {
        key_id,
        display_name: sent.display_name,
        custom_key_identifier,
        start,
        end,
        der,
        usable_at,
    })
}
