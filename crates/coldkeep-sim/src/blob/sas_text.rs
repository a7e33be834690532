//! The strings that shared access signatures sign.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>,
//! [service SAS](https://learn.microsoft.com/rest/api/storageservices/create-service-sas),
//! [account SAS](https://learn.microsoft.com/rest/api/storageservices/create-account-sas).

use super::{
    address::{Address, Query},
    reply::Refusal,
    shared_key::{DETAIL, refused},
    versions,
};
use crate::world::StorageAccount;

/// The permissions of a signature for one service, in the order in which they must be written:
/// <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#specify-permissions>.
const PERMISSIONS: &str = "racwdxyltfmeopi";

/// Those of an account, in any order; `u` is for queues and tables:
/// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas#specify-the-account-sas-parameters>.
const ACCOUNT_PERMISSIONS: &str = "racwdxyltfmeopiu";

/// Refuses signatures that are malformed: of no version of the service, or with permissions that are unknown, occur
/// twice or in another order.
pub(super) fn check_sas_fields(query: &Query) -> Result<(), Refusal> {
    let wrong = |what: &str| refused().detail(DETAIL, format!("{what} is not valid in the signature."));
    if !versions::is_known(query.get("sv").unwrap_or_default()) {
        return Err(wrong("sv"));
    }
    let letters = query.get("sp").unwrap_or_default();
    let good = if query.some("ss").is_some() {
        letters.chars().all(|letter| ACCOUNT_PERMISSIONS.contains(letter))
    } else {
        let mut rest = PERMISSIONS.chars();
        letters.chars().all(|letter| rest.any(|known| known == letter))
    };
    good.then_some(()).ok_or_else(|| wrong("sp"))
}

/// The parameter that names what a signature for a version or snapshot is bound to.
pub(super) fn moment(kind: &str) -> &'static str {
    if kind == "bs" { "snapshot" } else { "versionid" }
}

/// `/blob/ACCOUNT/CONTAINER[/BLOB]`, and the version a signature is bound to.
fn resource<'a>(
    account: &StorageAccount,
    address: &Address,
    query: &'a Query,
) -> Result<(String, &'a str), Refusal> {
    let container = format!(
        "/blob/{}/{}",
        account.name,
        address.container.as_deref().ok_or_else(refused)?
    );
    let version = match query.get("sr") {
        Some(kind @ ("bv" | "bs")) => query.get(moment(kind)).unwrap_or_default(),
        _ => "",
    };
    match query.get("sr") {
        Some("c") => Ok((container, version)),
        _ => Ok((
            format!("{container}/{}", address.blob.as_deref().ok_or_else(refused)?),
            version,
        )),
    }
}

fn push(text: &mut Vec<String>, query: &Query, names: &[&str]) {
    text.extend(
        names
            .iter()
            .map(|name| query.get(name).unwrap_or_default().to_owned()),
    );
}

/// The string to sign of a user delegation signature; how many fields it has depends on the version.
pub(super) fn delegated_text(
    account: &StorageAccount,
    address: &Address,
    query: &Query,
) -> Result<String, Refusal> {
    let version = query.get("sv").unwrap_or_default();
    let (resource, bound_to) = resource(account, address, query)?;
    let mut text = Vec::with_capacity(28);
    push(&mut text, query, &["sp", "st", "se"]);
    text.push(resource);
    push(&mut text, query, &["skoid", "sktid", "skt", "ske", "sks", "skv"]);
    if version >= "2020-02-10" {
        push(&mut text, query, &["saoid", "suoid", "scid"]);
    }
    if version >= "2025-07-05" {
        push(&mut text, query, &["skdutid", "sduoid"]);
    }
    push(&mut text, query, &["sip", "spr", "sv", "sr"]);
    text.push(bound_to.to_owned());
    if version >= "2020-12-06" {
        push(&mut text, query, &["ses"]);
    }
    if version >= "2026-04-06" {
        push(&mut text, query, &["srh", "srq"]);
    }
    push(&mut text, query, &["rscc", "rscd", "rsce", "rscl", "rsct"]);
    Ok(text.join("\n"))
}

/// The string to sign of a service's signature, from version 2015-04-05 on.
pub(super) fn service_text(
    account: &StorageAccount,
    address: &Address,
    query: &Query,
) -> Result<String, Refusal> {
    let (resource, bound_to) = resource(account, address, query)?;
    let mut text = Vec::with_capacity(16);
    push(&mut text, query, &["sp", "st", "se"]);
    text.push(resource);
    push(&mut text, query, &["si", "sip", "spr", "sv"]);
    let version = query.get("sv").unwrap_or_default();
    if version >= "2018-11-09" {
        push(&mut text, query, &["sr"]);
        text.push(bound_to.to_owned());
    }
    if version >= "2020-12-06" {
        push(&mut text, query, &["ses"]);
    }
    push(&mut text, query, &["rscc", "rscd", "rsce", "rscl", "rsct"]);
    Ok(text.join("\n"))
}

/// The string to sign of an account's signature; unlike the others it ends in a line end.
pub(super) fn account_text(account: &StorageAccount, query: &Query) -> String {
    let mut text = vec![account.name.clone()];
    push(
        &mut text,
        query,
        &["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"],
    );
    if query.get("sv").unwrap_or_default() >= "2020-12-06" {
        push(&mut text, query, &["ses"]);
    }
    text.push(String::new());
    text.join("\n")
}
