//! The page of questions to Azure: that it is complete, filled in, and the one among the documents.

use super::*;
use serde_json::json;

fn cloud() -> Cloud {
    Cloud::builtin().remove(0)
}

fn nothing_known() -> String {
    azure_checklist(KnownNames {
        cloud: &cloud(),
        source: None,
        target: None,
        service_account: None,
    })
}

fn repository(account: &str, container: &str, endpoint: Option<&str>) -> Repository {
    serde_json::from_value(json!({
        "id": "0198f0de-0000-7000-8000-000000000001", "name": "r", "cloud": "AzureCloud", "account": account,
        "endpoint": endpoint, "container": container, "folder": "", "access": {"kind": "account_key"},
        "created_at": "2026-01-01T00:00:00Z",
    }))
    .unwrap()
}

/// `coldkeep --data-dir EMPTY doctor --azure-checklist > docs/azure-checklist.md` writes it.
#[test]
fn the_page_among_the_documents_is_the_one_that_is_printed() {
    assert!(
        include_str!("../../../../docs/azure-checklist.md") == nothing_known(),
        "docs/azure-checklist.md is not what `coldkeep doctor --azure-checklist` prints"
    );
}

#[test]
fn there_are_fourteen_questions_and_each_says_what_to_expect() {
    let page = nothing_known();
    assert!(!page.contains("{{"), "{page}");
    let steps: Vec<&str> = page.split("\n## ").skip(2).collect();
    let (last, steps) = steps.split_last().unwrap();
    assert!(last.starts_with("Cleaning up"), "{last}");
    assert_eq!(steps.len(), 14);
    for (step, number) in steps.iter().zip(1..) {
        assert!(step.starts_with(&format!("{number}. ")), "{step}");
        for part in [
            "- **We assume** ",
            "```sh\n",
            "- **Expected**: ",
            "- **If it differs**: ",
        ] {
            assert!(step.contains(part), "{part}: {step}");
        }
    }
    let wide = page.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn what_is_not_known_is_in_capitals() {
    let page = nothing_known();
    for line in [
        "CLOUD=AzureCloud",
        "TENANT=TENANT_ID",
        "SOURCE_SUBSCRIPTION=SOURCE_SUBSCRIPTION_ID",
        "SUBSCRIPTION=TARGET_SUBSCRIPTION_ID",
        "GROUP=TARGET_RESOURCE_GROUP",
        "APPLICATION=APPLICATION_ID",
        "SOURCE=SOURCE_ACCOUNT_NAME",
        "TARGET_CONTAINER=TARGET_CONTAINER_NAME",
        "TARGET_URL=https://${TARGET}.blob.core.windows.net",
        "LOGIN=https://login.microsoftonline.com",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn what_is_known_is_filled_in_as_words_of_the_shell() {
    let source = repository("northsource", "$web", None);
    let target = repository("northtarget", "vault", Some("https://vault.example.net:8443/x y"));
    let account: ServiceAccount = serde_json::from_value(json!({
        "id": "0198f0de-0000-7000-8000-000000000002", "name": "sa", "description": "", "cloud": "AzureCloud",
        "tenant_id": "contoso.example", "application_id": "11111111-2222-3333-4444-555555555555",
        "credential": {"kind": "secret"},
        "grants": [
            {"permission_set": "copy-source", "assignment_id": "", "role_definition_id": "", "made_by_us": true,
             "scope": "/subscriptions/s1/resourceGroups/first/providers/Microsoft.Storage/storageAccounts/northsource"},
            {"permission_set": "copy-target", "assignment_id": "", "role_definition_id": "", "made_by_us": true,
             "scope": "/subscriptions/s2/resourceGroups/it's (2)/providers/Microsoft.Storage/storageAccounts/NORTHTARGET\
                       /blobServices/default/containers/vault"},
        ],
        "subscriptions": [], "objects": [], "state": "ready", "proofs": [], "created_at": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    let page = azure_checklist(KnownNames {
        cloud: &cloud(),
        source: Some(&source),
        target: Some(&target),
        service_account: Some(&account),
    });
    for line in [
        "TENANT=contoso.example",
        "SOURCE_SUBSCRIPTION=s1",
        "SUBSCRIPTION=s2",
        r"GROUP='it'\''s (2)'",
        "APPLICATION=11111111-2222-3333-4444-555555555555",
        "SOURCE=northsource",
        "SOURCE_CONTAINER='$web'",
        "SOURCE_URL=https://${SOURCE}.blob.core.windows.net",
        "TARGET=northtarget",
        "TARGET_CONTAINER=vault",
        "TARGET_URL='https://vault.example.net:8443/x y'",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}");
    }
}
