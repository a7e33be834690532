//! Who gets into a container without a key: public access and stored access policies.

use super::{
    conditions::Conditions,
    containers::facts_reply,
    lease_check,
    need::{READ_ACL, WRITE_ACL},
    public_access::{access_name, public_access},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    xml,
};
use crate::storage::container_state::StoredPolicy;
use std::{collections::BTreeSet, sync::Arc};

use http::StatusCode;

const POLICIES_MAX: usize = 5;
const ID_MAX_CHARS: usize = 64;

/// Get Container ACL: <https://learn.microsoft.com/rest/api/storageservices/get-container-acl>.
pub(super) fn get_acl(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_ACL)?;
    let facts = ask.container()?.facts();
    lease_check::check_container(facts.lease.as_deref(), ask, false)?;
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers>");
    for policy in facts.policies.iter() {
        text.push_str("<SignedIdentifier>");
        xml::push_element(&mut text, "Id", &policy.id);
        text.push_str("<AccessPolicy>");
        let fields = [
            ("Start", &policy.start),
            ("Expiry", &policy.expiry),
            ("Permission", &policy.permission),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                xml::push_element(&mut text, name, value);
            }
        }
        text.push_str("</AccessPolicy></SignedIdentifier>");
    }
    text.push_str("</SignedIdentifiers>");
    let mut reply = Reply::xml(text);
    reply
        .set("etag", facts.modified.quoted_etag())
        .set("last-modified", facts.modified.http_date())
        .set_some("x-ms-blob-public-access", access_name(facts.rules.public_access));
    Ok(reply)
}

/// Set Container ACL: <https://learn.microsoft.com/rest/api/storageservices/set-container-acl>. Missing values are
/// removed: public access as well as policies.
pub(super) fn set_acl(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_ACL)?;
    let access = public_access(ask)?;
    let policies = parse_policies(&ask.body)?;
    let conditions = Conditions::of(ask)?;
    ask.container()?.with_facts(|facts| {
        lease_check::check_container(facts.lease.as_deref(), ask, false)?;
        conditions.on_container(facts.modified)?;
        facts.policies = Arc::new(policies);
        if facts.rules.public_access != access {
            Arc::make_mut(&mut facts.rules).public_access = access;
        }
        facts.modified = ask.tick();
        Ok(facts_reply(StatusCode::OK, facts))
    })
}

fn parse_policies(document: &[u8]) -> Result<Vec<StoredPolicy>, Refusal> {
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let elements = xml::parse_elements(document).ok_or_else(Refusal::invalid_xml)?;
    let mut policies: Vec<StoredPolicy> = Vec::new();
    for (_, name, text) in elements {
        if name == "SignedIdentifier" {
            policies.push(StoredPolicy::default());
            continue;
        }
        let Some(policy) = policies.last_mut() else {
            continue;
        };
        let value = Some(text).filter(|text| !text.is_empty());
        match name.as_str() {
            "Id" => policy.id = value.unwrap_or_default(),
            "Start" => policy.start = value,
            "Expiry" => policy.expiry = value,
            "Permission" => policy.permission = value,
            _ => {}
        }
    }
    let ids: BTreeSet<_> = policies.iter().map(|policy| &policy.id).collect();
    let good = ids
        .iter()
        .all(|id| (1..=ID_MAX_CHARS).contains(&id.chars().count()));
    if policies.len() > POLICIES_MAX || ids.len() < policies.len() || !good {
        return Err(Refusal::bad_request(
            "InvalidXmlDocument",
            "A container takes five stored access policies, each with an id of its own of 1 to 64 characters.",
        ));
    }
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_with_what_they_leave_out() {
        let document = b"<?xml version='1.0'?><SignedIdentifiers><SignedIdentifier><Id>a</Id><AccessPolicy>\
            <Expiry>2027-01-01</Expiry><Permission>r</Permission></AccessPolicy></SignedIdentifier>\
            <SignedIdentifier><Id>b</Id></SignedIdentifier></SignedIdentifiers>";
        let found = parse_policies(document).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0],
            StoredPolicy {
                id: "a".into(),
                start: None,
                expiry: Some("2027-01-01".into()),
                permission: Some("r".into()),
            }
        );
        assert_eq!(found[1].id, "b");
        for bad in [
            "<SignedIdentifier/>",
            "<SignedIdentifier><Id>a</Id></SignedIdentifier><SignedIdentifier><Id>a</Id></SignedIdentifier>",
        ] {
            let document = format!("<SignedIdentifiers>{bad}</SignedIdentifiers>");
            assert!(parse_policies(document.as_bytes()).is_err(), "{bad}");
        }
    }
}
