//! `service-account script` and `add --from-script` as they are typed; what the script does is tested with the engine.

use crate::bin::Said;
use crate::scene::Scene;

fn write(scene: &Scene, more: &[&str]) -> Said {
    let args = [
        "service-account",
        "script",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "n",
    ];
    scene.bin.run(&[&args[..], more].concat())
}

#[test]
fn a_script_is_printed_alone_and_holds_no_key() {
    let scene = Scene::start();
    for (shell, part) in [
        ("azure-cli", "#!/usr/bin/env bash"),
        ("powershell", "Invoke-MgGraphRequest"),
    ] {
        let said = write(&scene, &["--generate-certificate", "--shell", shell]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            said.stdout.starts_with('#') && said.stdout.contains(part),
            "{said:?}"
        );
        assert!(!said.stdout.contains("PRIVATE KEY"));
        assert!(said.stderr.contains("--from-script"), "{said:?}");
    }
    let certificates = scene.bin.json(&["certificate", "list"]);
    assert_eq!(
        certificates.as_array().unwrap().len(),
        1,
        "the second script is about the same certificate: {certificates}"
    );
}

#[test]
fn what_is_no_answer_of_a_script_is_refused() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let file = bin.file("said", "Registering ...\ncoldkeep-ids: {\"tenant_id\":");
    let said = bin.refused(&["service-account", "add", "--from-script", &file]);
    assert!(said.contains("coldkeep-ids:"), "{said}");
    bin.refused(&["service-account", "add", "--from-script", "no-such-file"]);
    for usage in [
        &["add", "--from-script", &file, "--register"][..],
        &["add", "--from-script", &file, "--name", "n"],
        &["script", "--register", "--name", "n"],
        &["script", "--register", "--name", "n", "--secret-file", "f"],
        &["add", "--register", "--generate-certificate"],
    ] {
        let said = bin.run(&[&["service-account"], usage].concat());
        assert_eq!(said.code, 2, "{usage:?}: {said:?}");
    }
}
