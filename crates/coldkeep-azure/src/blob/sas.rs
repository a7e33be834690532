//! Shared access signatures of a container for reading
//! (<https://learn.microsoft.com/rest/api/storageservices/create-service-sas>,
//! <https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>).

use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{ExposeSecret, SecretString, Timestamp};

use super::{SasKey, UserDelegationKey, auth, dates::iso_seconds, names::encode_value};

/// The version by whose rules the signature is created. It also decides by which version a copy reads its source: from
/// 2019-12-12 on blocks may be 4000 MiB; before 2025-07-05 the string to sign has no fields that not every service
/// knows yet.
const VERSION: &str = "2023-11-03";

/// What is allowed: reading every blob of one container between two moments.
pub(super) struct Grant<'a> {
    pub(super) account: &'a str,
    pub(super) container: &'a str,
    pub(super) start: Timestamp,
    pub(super) expiry: Timestamp,
    /// Plain HTTP is good enough only for an endpoint that has nothing else.
    pub(super) https_only: bool,
}

impl Grant<'_> {
    fn protocol(&self) -> &'static str {
        if self.https_only { "https" } else { "" }
    }

    fn resource(&self) -> String {
        format!("/blob/{}/{}", self.account, self.container)
    }
}

/// The query string, without `?`. A key that is not base64 (which [`Container::new`](super::Container::new) and
/// the reader of delegation keys refuse) gives a signature that no service takes.
pub(super) fn sign_read(key: SasKey<'_>, grant: &Grant<'_>) -> SecretString {
    match key {
        SasKey::Account(key) => {
            let text = account_string(grant);
            finish(grant, "", key, &text)
        }
        SasKey::Delegation(key) => {
            let text = delegation_string(key, grant);
            let fields = format!(
                "&skoid={}&sktid={}&skt={}&ske={}&sks={}&skv={}",
                encode_value(&key.signed_oid),
                encode_value(&key.signed_tid),
                encode_value(&iso_seconds(key.signed_start)),
                encode_value(&iso_seconds(key.signed_expiry)),
                encode_value(&key.signed_service),
                encode_value(&key.signed_version),
            );
            finish(grant, &fields, &key.value, &text)
        }
    }
}

fn finish(grant: &Grant<'_>, key_fields: &str, key: &SecretString, string_to_sign: &str) -> SecretString {
    let key = BASE64_STANDARD
        .decode(key.expose_secret().trim())
        .unwrap_or_default();
    let signature = auth::sign(&key, string_to_sign.as_bytes());
    let protocol = if grant.https_only { "&spr=https" } else { "" };
    SecretString::from(format!(
        "sv={VERSION}&sr=c&sp=r&st={}&se={}{protocol}{key_fields}&sig={}",
        encode_value(&iso_seconds(grant.start)),
        encode_value(&iso_seconds(grant.expiry)),
        encode_value(&signature),
    ))
}

/// 16 fields from version 2020-12-06 on.
fn account_string(grant: &Grant<'_>) -> String {
    let (start, expiry) = (iso_seconds(grant.start), iso_seconds(grant.expiry));
    let resource = grant.resource();
    let (identifier, ip, snapshot, scope) = ("", "", "", "");
    let overridden_headers = ["", "", "", "", ""];
    let mut fields = vec![
        "r",
        &start,
        &expiry,
        &resource,
        identifier,
        ip,
        grant.protocol(),
        VERSION,
        "c",
        snapshot,
        scope,
    ];
    fields.extend(overridden_headers);
    fields.join("\n")
}

/// 24 fields from version 2020-12-06 to 2025-05-05.
fn delegation_string(key: &UserDelegationKey, grant: &Grant<'_>) -> String {
    let (start, expiry) = (iso_seconds(grant.start), iso_seconds(grant.expiry));
    let (key_start, key_expiry) = (iso_seconds(key.signed_start), iso_seconds(key.signed_expiry));
    let resource = grant.resource();
    let mut fields = vec!["r", &start, &expiry, &resource];
    fields.extend([key.signed_oid.as_str(), &key.signed_tid, &key_start, &key_expiry]);
    fields.extend([key.signed_service.as_str(), &key.signed_version]);
    let (authorized_user, unauthorized_user, correlation) = ("", "", "");
    fields.extend([authorized_user, unauthorized_user, correlation]);
    let (ip, snapshot, scope) = ("", "", "");
    fields.extend([ip, grant.protocol(), VERSION, "c", snapshot, scope]);
    let overridden_headers = ["", "", "", "", ""];
    fields.extend(overridden_headers);
    fields.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    fn grant(https_only: bool) -> Grant<'static> {
        Grant {
            account: "north",
            container: "backups",
            start: "2025-06-03T10:00:00Z".parse().unwrap(),
            expiry: "2025-06-03T12:00:00Z".parse().unwrap(),
            https_only,
        }
    }

    /// The signature is the one that Microsoft's `azure-storage-blob` for Python computes from the same key, times and version.
    #[test]
    fn an_account_key_signs_sixteen_fields() {
        assert_eq!(account_string(&grant(true)).split('\n').count(), 16);
        let key = SecretString::from(KEY);
        let sas = sign_read(SasKey::Account(&key), &grant(true));
        assert_eq!(
            sas.expose_secret(),
            "sv=2023-11-03&sr=c&sp=r&st=2025-06-03T10%3A00%3A00Z&se=2025-06-03T12%3A00%3A00Z&spr=https&sig=kYCf4hHzwb4ecXeRTG3%2FEcrFEwgdzcTPxS8BHM7c6S4%3D"
        );
        let sas = sign_read(SasKey::Account(&key), &grant(false));
        assert!(!sas.expose_secret().contains("spr="));
    }

    /// The signature was computed with Python's hmac module over the documented fields.
    #[test]
    fn a_delegation_key_signs_twenty_four_fields() {
        let key = UserDelegationKey {
            signed_oid: "11111111-1111-1111-1111-111111111111".into(),
            signed_tid: "22222222-2222-2222-2222-222222222222".into(),
            signed_start: "2025-06-03T09:00:00Z".parse().unwrap(),
            signed_expiry: "2025-06-04T09:00:00Z".parse().unwrap(),
            signed_service: "b".into(),
            signed_version: "2023-11-03".into(),
            value: SecretString::from(KEY),
        };
        assert_eq!(delegation_string(&key, &grant(true)).split('\n').count(), 24);
        let sas = sign_read(SasKey::Delegation(&key), &grant(true));
        assert_eq!(
            sas.expose_secret(),
            "sv=2023-11-03&sr=c&sp=r&st=2025-06-03T10%3A00%3A00Z&se=2025-06-03T12%3A00%3A00Z&spr=https\
             &skoid=11111111-1111-1111-1111-111111111111&sktid=22222222-2222-2222-2222-222222222222\
             &skt=2025-06-03T09%3A00%3A00Z&ske=2025-06-04T09%3A00%3A00Z&sks=b&skv=2023-11-03&sig=2GR8g9m94eVCJfymwuQpKyjcfSRhhkSJfkYzoAUQXBc%3D"
        );
    }
}
