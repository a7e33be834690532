//! A service account's later life on the command line: edited, looked at by the doctor, renewed with a secret made by
//! hand.

use crate::{bin::Said, scene::Scene};

/// `service-account edit ready` with more words.
fn edit<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["service-account", "edit", "ready"], rest].concat()
}

/// A service account `ready` with the simulator's ready-made application and its secret.
fn with_ready_app() -> Scene {
    let scene = Scene::start();
    let app = scene.world.ready_app().unwrap();
    let secret = scene.bin.file("secret", &app.secret);
    let add = [
        "service-account",
        "add",
        "--name",
        "ready",
        "--cloud",
        "sim",
        "--existing",
    ];
    let which = [
        "--tenant",
        &app.tenant_id,
        "--application",
        &app.app_id,
        "--secret-file",
        &secret,
        "--yes",
    ];
    scene.bin.ok(&[&add[..], &which[..]].concat());
    scene
}

#[test]
fn what_may_change_changes_and_what_may_not_is_refused_with_the_reason() {
    let scene = with_ready_app();
    let bin = &scene.bin;
    bin.ok(&edit(&[
        "--description",
        "nightly copies",
        "--auto-renew-days",
        "off",
    ]));
    let shown = bin.json(&["service-account", "show", "ready"]);
    assert_eq!(shown["description"], "nightly copies");
    assert_eq!(shown["upkeep"]["auto_renew_days"], serde_json::Value::Null);
    assert_eq!(
        shown["days_left"],
        serde_json::Value::Null,
        "nobody knows when the secret ends"
    );
    let other = "11111111-2222-3333-4444-555555555555";
    for flag in ["--tenant", "--application"] {
        let told = bin.refused(&edit(&[flag, other]));
        assert!(told.contains("this cannot be changed"), "{told}");
    }
    let scope = "copy-source=/subscriptions/s/resourceGroups/g";
    assert!(bin.refused(&edit(&["--revoke", scope])).contains("has no grant"));
    assert_eq!(bin.run(&edit(&[])).code, 2, "nothing to change");
    assert_eq!(bin.run(&edit(&["--auto-renew-days", "0"])).code, 2);

    let wrong = bin.file("wrong", "not-it");
    let wrong = bin.run(&edit(&["--secret-file", &wrong, "--yes"]));
    let told = wrong.stderr.replace('\n', " ");
    assert_eq!(wrong.code, 1, "{told}");
    assert!(
        told.contains("AADSTS7000215") && told.contains("The old credential stays in use"),
        "{told}"
    );
    assert_eq!(bin.json(&["service-account", "check", "ready"])["ok"], true);
    let right = bin.beside("secret");
    bin.ok(&edit(&["--secret-file", right.to_str().unwrap(), "--yes"]));
    assert_eq!(bin.json(&["service-account", "check", "ready"])["ok"], true);
}

#[test]
fn the_doctor_names_what_is_wrong_and_the_fix() {
    let scene = with_ready_app();
    let Said { code, stdout, stderr } = scene.bin.run(&["doctor"]);
    assert_eq!(code, 0, "what is unknown is not wrong: {stderr}");
    assert!(
        stdout.contains("It is not known when its secret expires"),
        "{stdout}"
    );
    scene.world.advance_clock(3600);
    let said = scene.bin.run(&["--output", "json", "doctor"]);
    assert_eq!(said.code, 1, "{said:?}");
    let diagnosis: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(diagnosis["ok"], false);
    let worst = &diagnosis["findings"][0];
    assert_eq!(
        (&worst["level"], &worst["subject"]),
        (&"wrong".into(), &"cloud sim".into())
    );
    assert!(
        worst["what"].as_str().unwrap().contains("behind Entra's"),
        "{worst}"
    );
    assert_eq!(worst["code"], "clock_differs", "{worst}");
    assert!(worst["fix"].to_string().contains("timedatectl"), "{worst}");
}

#[test]
fn the_doctor_prints_questions_to_azure_and_asks_it_nothing() {
    let scene = with_ready_app();
    let bin = &scene.bin;
    let plain = bin.ok(&["doctor", "--azure-checklist"]);
    let page = include_str!("../../../../docs/azure-checklist.md");
    assert_eq!(plain.trim_end(), page.trim_end());
    let app = scene.world.ready_app().unwrap();
    let secret = app.secret.clone();
    scene
        .world
        .blobs
        .create_container("northsource", "backups", scene.world.now());
    bin.ok(&[
        "repository",
        "add",
        "src",
        "--cloud",
        "sim",
        "--account",
        "northsource",
        "--container",
        "backups",
        "--service-account",
        "ready",
    ]);
    let before = scene.world.log().count();
    let named = bin.ok(&["doctor", "--azure-checklist", "--source", "src"]);
    for line in [
        "CLOUD=sim".to_owned(),
        format!("TENANT={}", app.tenant_id),
        format!("APPLICATION={}", app.app_id),
        "SOURCE=northsource".to_owned(),
        "SOURCE_CONTAINER=backups".to_owned(),
        "TARGET=TARGET_ACCOUNT_NAME".to_owned(),
    ] {
        assert!(named.lines().any(|found| found == line), "{line}: {named}");
    }
    assert!(!named.contains(&secret));
    let json = bin.json(&["doctor", "--azure-checklist", "--cloud", "AzureChinaCloud"]);
    assert!(
        json["page"]
            .as_str()
            .unwrap()
            .contains("https://${TARGET}.blob.core.chinacloudapi.cn")
    );
    assert_eq!(scene.world.log().count(), before, "nobody was asked");
    let told = bin.refused(&[
        "doctor",
        "--azure-checklist",
        "--cloud",
        "AzureCloud",
        "--source",
        "src",
    ]);
    assert!(told.contains("one cloud"), "{told}");
    assert_eq!(bin.run(&["doctor", "--cloud", "AzureCloud"]).code, 2);
}
