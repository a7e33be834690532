//! Permission sets as they are typed: a folder in a grant, what cannot be one, and moving over.

use crate::scene::Scene;

#[test]
fn a_grant_names_the_folder_that_it_is_confined_to() {
    let scene = Scene::start();
    let bin = &scene.bin;
    scene.world.blobs_in("northtarget", "copies");
    let target = scene.container_id(1, "northtarget", "copies");
    let (create, large) = (
        format!("copy-target={target}"),
        format!("copy-large={target},folder=north/2026"),
    );
    let add = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "writer",
        "--generate-certificate",
        "--grant-on",
        &create,
        "--grant-on",
        &large,
    ];
    let (code, made, told) = scene.signed_in(&[&["--yes"], &add[..]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("north/2026/b/"), "the plan says where: {told}");
    assert!(made.contains("copy-large on /subscriptions/"), "{made}");
    assert!(made.contains(", folder north/2026"), "{made}");
    let shown = bin.json(&["service-account", "show", "writer"]);
    assert_eq!(shown["grants"][1]["folder"], "north/2026", "{shown}");
    assert_eq!(shown["storage_accounts"][0]["sku"], "Standard_LRS", "{shown}");
    let check = bin.json(&["service-account", "check", "writer"]);
    assert_eq!(check["ok"], true, "{check}");

    // Nothing changed since, so there is nothing to move over and nobody signs in.
    bin.ok(&["service-account", "edit", "writer", "--update-roles"]);
    let (code, _, told) =
        scene.signed_in(&["--yes", "service-account", "edit", "writer", "--revoke", &large]);
    assert_eq!(code, 0, "{told}");
    let shown = bin.json(&["service-account", "show", "writer"]);
    assert_eq!(shown["grants"].as_array().map(Vec::len), Some(1), "{shown}");
}

#[test]
fn a_folder_that_cannot_be_meant_is_refused_before_anybody_signs_in() {
    let scene = Scene::start();
    let target = scene.container_id(1, "northtarget", "copies");
    let account = target.split("/blobServices").next().unwrap().to_owned();
    for (grants, part) in [
        (
            vec![format!("copy-target={target},folder=a")],
            "cannot be granted for a folder",
        ),
        (
            vec![format!("copy-large={target},folder=a/../b")],
            "cannot be a folder",
        ),
        (
            vec![format!("copy-large={target},folder=a*")],
            "has a special meaning in a condition",
        ),
        (vec![format!("copy-large={account}")], "at a container only"),
        (
            vec![
                format!("copy-large={target},folder=a"),
                format!("copy-large={target}"),
            ],
            "twice",
        ),
    ] {
        let mut args = vec![
            "service-account",
            "add",
            "--cloud",
            "sim",
            "--register",
            "--name",
            "w",
        ];
        args.push("--generate-certificate");
        for grant in &grants {
            args.extend(["--grant-on", grant]);
        }
        let said = scene.bin.run(&args);
        assert_ne!(said.code, 0, "{grants:?}: {said:?}");
        let told = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(part), "{grants:?}: {told}");
        assert!(!told.contains("type the code"), "{told}");
    }
}

#[test]
fn a_script_gives_the_assignment_its_condition() {
    let scene = Scene::start();
    let target = scene.container_id(1, "northtarget", "copies");
    let large = format!("copy-large={target},folder=north");
    for (shell, parts) in [
        ("azure-cli", ["--condition-version 2.0 --condition ", "north/b/*"]),
        ("powershell", ["conditionVersion", "north/b/"]),
    ] {
        let said = scene.bin.run(&[
            "service-account",
            "script",
            "--cloud",
            "sim",
            "--register",
            "--name",
            "n",
            "--generate-certificate",
            "--shell",
            shell,
            "--grant-on",
            &large,
        ]);
        assert_eq!(said.code, 0, "{said:?}");
        for part in parts {
            assert!(said.stdout.contains(part), "{shell} {part}: {}", said.stdout);
        }
    }
}
