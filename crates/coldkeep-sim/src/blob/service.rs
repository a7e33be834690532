//! What concerns a whole account: user delegation keys, account information.

use http::StatusCode;

use super::{
    address::Address,
    caller::Caller,
    need::{ACCOUNT_INFORMATION, DELEGATION_KEY, READ_SERVICE},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::{Scope, scope},
    sas::DelegationKey,
    xml,
};
use crate::storage::moment::parse_iso;

/// The version of user delegation keys.
const KEY_VERSION: &str = "2025-11-05";

/// Get User Delegation Key: <https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>.
pub(super) fn user_delegation_key(ask: &Ask<'_>) -> Answer {
    const LONGEST_H: i64 = 7 * 24;
    let Caller::Bearer(principal) = &ask.caller else {
        return Err(Refusal::forbidden(
            "AuthenticationFailed",
            "Only authentication scheme Bearer is supported.",
        ));
    };
    scope(ask).require(&ask.caller, DELEGATION_KEY)?;
    let elements = xml::parse_elements(&ask.body).ok_or_else(Refusal::invalid_xml)?;
    let find = |wanted: &str| {
        elements
            .iter()
            .find(|(_, name, _)| name == wanted)
            .map(|(_, _, text)| text.trim())
            .filter(|text| !text.is_empty())
    };
    let bad_value = || {
        Refusal::bad_request(
            "InvalidXmlNodeValue",
            "The XML specified has an invalid node value.",
        )
    };
    let expiry = find("Expiry").and_then(parse_iso).ok_or_else(bad_value)?;
    let start = match find("Start") {
        Some(text) => parse_iso(text).ok_or_else(bad_value)?,
        None => ask.now,
    };
    let latest = ask.now + jiff::SignedDuration::from_hours(LONGEST_H);
    if expiry <= start || expiry <= ask.now || expiry > latest {
        return Err(bad_value());
    }
    let (start, expiry) = (format!("{start:.0}"), format!("{expiry:.0}"));
    let key = DelegationKey {
        account: &ask.account.name,
        object_id: &principal.object_id,
        tenant_id: &principal.tenant_id,
        start: &start,
        expiry: &expiry,
        service: "b",
        version: ask.header("x-ms-version").unwrap_or(KEY_VERSION),
        delegated_tenant_id: find("DelegatedUserTid").unwrap_or_default(),
    };
    Ok(Reply::xml(key_document(&key, &key.value(&ask.world.blobs))))
}

fn key_document(key: &DelegationKey<'_>, value: &str) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey>");
    let fields = [
        ("SignedOid", key.object_id),
        ("SignedTid", key.tenant_id),
        ("SignedStart", key.start),
        ("SignedExpiry", key.expiry),
        ("SignedService", key.service),
        ("SignedVersion", key.version),
        ("SignedDelegatedUserTid", key.delegated_tenant_id),
        ("Value", value),
    ];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        xml::push_element(&mut text, name, value);
    }
    text.push_str("</UserDelegationKey>");
    text
}

/// Get Blob Service Stats, which only secondary endpoints answer:
/// <https://learn.microsoft.com/rest/api/storageservices/get-blob-service-stats>.
pub(super) fn stats(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_SERVICE)?;
    if !ask.address.secondary {
        return Err(Refusal::invalid_query("comp"));
    }
    Ok(Reply::xml(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceStats><GeoReplication><Status>live</Status>\
         <LastSyncTime>{}</LastSyncTime></GeoReplication></StorageServiceStats>",
        crate::storage::moment::http_date(ask.now)
    )))
}

/// Get Account Information: <https://learn.microsoft.com/rest/api/storageservices/get-account-information>. Keys and
/// signatures created with them are allowed; a token needs a permission at the account, for every resource that is addressed.
pub(super) fn account_information(ask: &Ask<'_>) -> Answer {
    let of_account = Address {
        account: ask.address.account.clone(),
        ..Address::default()
    };
    let scope = Scope {
        address: &of_account,
        ..scope(ask)
    };
    scope.require_of_token(&ask.caller, ACCOUNT_INFORMATION)?;
    let mut reply = Reply::new(StatusCode::OK);
    reply
        .set("x-ms-sku-name", &ask.account.sku)
        .set("x-ms-account-kind", &ask.account.kind)
        .set(
            "x-ms-is-hns-enabled",
            if ask.account.hns { "true" } else { "false" },
        );
    Ok(reply)
}
