//! The scripts as text: every name stays one word, and both shells get equal requests.

use super::*;

/// Names as bad as they come: each must stay one word of the script.
const NASTY: [&str; 7] = [
    "it's",
    "$(touch pwned)",
    "`touch pwned`",
    "\"; touch pwned; \"",
    "\u{2019}; touch pwned; \u{2018}",
    "a\\\\' 'b",
    "Schl\u{fc}ssel \u{1f511} %s {0} !x",
];

fn script<'a>(cloud: &'a Cloud, name: &'a str, scope: &'a ResourceId) -> Script<'a> {
    Script {
        cloud,
        tenant_id: None,
        application: ScriptApplication::Register {
            unique_name: "coldkeep-1",
            display_name: name,
            notes: name,
        },
        certificate: ScriptKey {
            der: b"certificate",
            name,
            start: "2026-01-01T00:00:00Z".parse().unwrap(),
            end: "2027-01-01T00:00:00Z".parse().unwrap(),
        },
        roles: vec![],
        grants: vec![ScriptGrant {
            condition: None,
            scope,
            role_definition_id: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r".into(),
            description: format!("for {name}"),
        }],
        made_for: json!({"name": name}),
    }
}

#[test]
fn a_name_is_one_word_in_every_shell() {
    assert_eq!(text::posix_word("it's $(x)"), r"'it'\''s $(x)'");
    assert_eq!(text::powershell_word("it's \u{2019}"), "'it''s \u{2019}\u{2019}'");
    for name in NASTY {
        let safe = safe_json(&json!({ "n": name }));
        assert!(
            safe.chars()
                .all(|c| c.is_ascii_alphanumeric() || " .,:;/_-+=*(){}[]\"\\".contains(c)),
            "{safe}"
        );
        let back: Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back["n"], name);
    }
}

#[test]
fn bash_reads_the_script_whatever_is_in_the_names() {
    let cloud = Cloud::builtin().remove(0);
    for name in NASTY {
        let scope = ResourceId::container("s", name, "account", "container");
        let text = script(&cloud, name, &scope).render(Shell::AzureCli);
        // Only parsed: `-n` runs nothing.
        let output = std::process::Command::new("bash")
            .args(["-n", "-c", &text])
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {output:?}\n{text}");
    }
}

#[test]
fn the_ids_are_found_among_other_lines() {
    let ids = r#"{"made_for":{"name":"n"},"tenant_id":"t","application_id":"a","application_object_id":"o","principal_id":"p","assignment_ids":["x"]}"#;
    let old = ids.replace("\"t\"", "\"old\"");
    for said in [
        format!("coldkeep-ids: {ids}"),
        format!("Registering ...\r\nPS> coldkeep-ids: {ids}\r\n\r\nbye"),
        format!("coldkeep-ids: {old}\ncoldkeep-ids: {ids}\ncoldkeep-ids: broken"),
    ] {
        assert_eq!(find_ids(&said).unwrap().tenant_id, "t", "{said}");
    }
    for said in ["", "coldkeep-ids:", "coldkeep-ids: {}", ids] {
        assert_eq!(find_ids(said), None, "{said}");
    }
}
