//! Scripts that set up a service account elsewhere: what they print runs whatever the names are, and what they bring back
//! is proven before it is kept.

use crate::scene::here;
use crate::{
    tenant::{ADMIN, Scene, new_certificate, registering},
    tools::tools,
};
use coldkeep_api::{
    FromScript, NewCredential, NewServiceAccount, RemoveServiceAccount, SignInMethod, WriteScript,
};
use coldkeep_core::Shell;
use coldkeep_core::{
    Code, Kind, Problem,
    permission::{GrantRequest, PermissionSet},
    resource::ResourceId,
    service_account::{ServiceAccount, State},
};
use coldkeep_sim::Options;
use std::{
    path::Path,
    process::{Command, Output},
};

/// A name that would run a command if anything read it as more than a name.
const NASTY: &str = "it's \"$(touch pwned)\" `touch pwned` \\ ; touch pwned";

/// A stand-in for `az` that notes what it is asked and answers as the real one does: what is asked for first is not
/// there yet.
const STAND_IN: &str = r#"#!/usr/bin/env bash
{ printf '%s\n' "$@"; echo '--'; } >>"$AZ_DIR/calls"
once() { [ -e "$AZ_DIR/$1" ] && return 0; touch "$AZ_DIR/$1"; return 1; }
all="$*"
case "$all" in
  'cloud show'*) echo "$AZ_MANAGER/";;
  'account show'*) echo "$AZ_TENANT";;
  rest*'GET'*'length(keyCredentials'*) if once key; then echo 1; else echo 0; fi;;
  rest*'GET'*'keyCredentials: '*) echo '{"keyCredentials": []}';;
  rest*'GET'*'/servicePrincipals('*) once principal || exit 1; echo "$AZ_PRINCIPAL";;
  rest*'GET'*'/applications('*) once application || exit 1; printf '%s\n%s\n' "$AZ_OBJECT" "$AZ_APPLICATION";;
  rest*'GET'*'/roleDefinitions/'*) exit 1;;
  rest*) ;;
  'role assignment create'*) echo "$AZ_ASSIGNMENT";;
  *) echo "unexpected: $all" >&2; exit 9;;
esac
"#;

impl Scene {
    fn source_grant(&self) -> GrantRequest {
        self.sim.world().blobs_in("northsource", "backups");
        let account = self.sim.world().storage_account("northsource").unwrap();
        GrantRequest {
            folder: None,
            permission_set: PermissionSet::CopySource,
            scope: ResourceId(format!(
                "{}/blobServices/default/containers/backups",
                account.resource_id
            )),
        }
    }

    /// One with a condition.
    fn large_grant(&self) -> GrantRequest {
        GrantRequest {
            folder: Some("it is".into()),
            permission_set: PermissionSet::CopyLarge,
            ..self.source_grant()
        }
    }

    async fn write(&self, service_account: NewServiceAccount) -> Result<String, Problem> {
        let shell = Shell::AzureCli;
        let written = self
            .engine
            .identity(here())
            .write_script(WriteScript {
                shell,
                service_account,
            })
            .await?;
        Ok(written.text)
    }

    async fn take_back(&self, said: &str) -> Result<ServiceAccount, Problem> {
        let said = said.to_owned();
        self.engine
            .identity(here())
            .add_from_script(FromScript { said })
            .await
    }

    async fn key(&self) -> NewCredential {
        let request = new_certificate(Some("key"), 30);
        let made = self
            .engine
            .identity(here())
            .generate_certificate(request)
            .await
            .unwrap();
        NewCredential::Certificate {
            certificate: made.thumbprint_sha1,
        }
    }
}

fn key() -> NewCredential {
    NewCredential::Certificate {
        certificate: "key".into(),
    }
}

fn run(dir: &Path, text: &str, bin: &Path, env: &[(&str, &str)]) -> Output {
    let script = dir.join("script.sh");
    std::fs::write(&script, text).unwrap();
    Command::new("bash")
        .arg(&script)
        .current_dir(dir)
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

/// Runs a script with the stand-in; answers what it printed and what `az` was asked.
fn run_with_stand_in(text: &str, ids: &[(&str, &str)]) -> (String, String) {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let az = dir.path().join("az");
    std::fs::write(&az, STAND_IN).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let dir_text = dir.path().to_str().unwrap();
    let env = [&[("AZ_DIR", dir_text), ("COLDKEEP_PAUSES", "0 0")], ids].concat();
    let output = run(dir.path(), text, dir.path(), &env);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    assert!(!dir.path().join("pwned").exists(), "a name was run as a command");
    (
        String::from_utf8(output.stdout).unwrap(),
        std::fs::read_to_string(dir.path().join("calls")).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_brings_back_is_proven_and_kept() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let identity = scene.engine.identity(here());
    let credential = scene.key().await;
    // Somebody with the rights makes the objects; then only they are left, as after a script that ran elsewhere.
    let code = scene.start(SignInMethod::DeviceCode, None).await;
    let world = scene.sim.world();
    world.approve_device_code(&code.user_code, ADMIN).unwrap();
    let sign_in_id = Some(scene.ended(code.id).await.id);
    let there = NewServiceAccount {
        sign_in_id,
        ..registering("n", credential, vec![scene.source_grant()])
    };
    let made = identity.add_service_account(there).await.unwrap();
    identity
        .remove_service_account("n", RemoveServiceAccount::default())
        .await
        .unwrap();

    let text = scene
        .write(registering(NASTY, key(), vec![scene.source_grant()]))
        .await
        .unwrap();
    assert!(!text.contains("PRIVATE KEY"), "{text}");
    let (object, principal) = (made.application_object_id.unwrap(), made.principal_id.unwrap());
    let manager = world.endpoints().resource_manager.clone();
    let ids = [
        ("AZ_TENANT", made.tenant_id.as_str()),
        ("AZ_OBJECT", &object),
        ("AZ_APPLICATION", &made.application_id),
        ("AZ_PRINCIPAL", &principal),
        ("AZ_ASSIGNMENT", &made.grants[0].assignment_id),
        ("AZ_MANAGER", &manager),
    ];
    let (said, calls) = run_with_stand_in(&text, &ids);
    assert!(
        calls.contains(&format!("Coldkeep service account `{NASTY}`")),
        "the name arrives whole: {calls}"
    );
    assert!(
        calls.contains("Prefer=create-if-missing") && calls.contains("blobs/read"),
        "{calls}"
    );

    let wrong = scene
        .take_back(&said.replace(&principal, &object))
        .await
        .unwrap_err();
    assert_eq!(wrong.code, Code::ScriptInvalid, "{wrong}");
    let cut = scene.take_back(&said[..said.len() - 30]).await.unwrap_err();
    assert_eq!(cut.kind, Kind::Invalid, "{cut}");
    let all = identity.list_service_accounts().await.unwrap();
    assert_eq!(all.len(), 0, "what is refused is not kept");

    let kept = scene.take_back(&said).await.unwrap();
    assert_eq!((kept.state, kept.name.as_str()), (State::Ready, NASTY));
    assert_eq!(kept.application_object_id, Some(object));
    assert!(kept.objects.is_empty() && !kept.grants[0].made_by_us);
    assert!(identity.check_service_account(NASTY).await.unwrap().ok);
    let twice = scene.take_back(&said).await.unwrap_err();
    assert_eq!(twice.kind, Kind::Conflict, "{twice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_in_a_script_is_refused_and_the_rest_is_the_same_every_time() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let generated = || NewCredential::GenerateCertificate(new_certificate(None, 30));
    let secret = NewCredential::Secret {
        secret: "hush".into(),
    };
    for bad in [
        registering("two\nlines", generated(), vec![]),
        registering("n", secret, vec![]),
    ] {
        assert_eq!(scene.write(bad).await.unwrap_err().kind, Kind::Invalid);
    }
    assert!(
        scene
            .engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .is_empty()
    );
    let first = scene.write(registering("n", generated(), vec![])).await.unwrap();
    assert_eq!(
        first,
        scene.write(registering("n", generated(), vec![])).await.unwrap()
    );
}

/// Prints what a grammar of PowerShell that is not ours finds wrong, and all that it reads as nothing but text.
const JUDGE: &str = r#"
import json, sys
import tree_sitter, tree_sitter_powershell
text = sys.stdin.buffer.read()
tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(text)
wrong, dead, nodes = [], [], [tree.root_node]
while nodes:
    node = nodes.pop()
    if node.is_error or node.is_missing:
        wrong.append([node.start_point.row + 1, text[node.start_byte:node.end_byte].decode()])
    if node.type in ("verbatim_string_characters", "verbatim_here_string_characters", "comment"):
        dead.append(text[node.start_byte:node.end_byte].decode())
    nodes.extend(node.children)
json.dump({"wrong": wrong, "dead": dead}, sys.stdout)
"#;

/// There is no PowerShell to run it with where the tests run.
#[tokio::test(flavor = "multi_thread")]
async fn powershell_is_written_by_its_grammar_and_names_are_nothing_but_text_in_it() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    scene.key().await;
    let sets = [
        PermissionSet::CopySource,
        PermissionSet::CopyTarget,
        PermissionSet::CopyLarge,
        PermissionSet::CopyRetire,
    ];
    let grants = sets.map(|permission_set| GrantRequest {
        permission_set,
        ..scene.source_grant()
    });
    let service_account = registering(NASTY, key(), grants.to_vec());
    let shell = Shell::Powershell;
    let written = scene
        .engine
        .identity(here())
        .write_script(WriteScript {
            shell,
            service_account,
        })
        .await;
    let text = written.unwrap().text;
    let judged = judge(&text);
    assert_eq!(judged["wrong"], serde_json::json!([]), "{text}");
    let dead = judged["dead"].as_array().unwrap();
    let within: usize = dead
        .iter()
        .filter_map(|text| text.as_str())
        .map(|text| text.matches("touch pwned").count())
        .sum();
    let everywhere = text.matches("touch pwned").count();
    assert!(everywhere > 0 && within == everywhere, "{judged}");
    // The judge finds faults at all.
    assert_ne!(judge(&text.replacen('}', "", 1))["wrong"], serde_json::json!([]));
}

fn judge(text: &str) -> serde_json::Value {
    use std::{io::Write, process::Stdio};
    let mut python = Command::new(tools().join("powershell-grammar/bin/python"))
        .args(["-c", JUDGE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the grammar is installed (cargo xtask tools installs it)");
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The Azure CLI itself, against the simulator over TLS.
#[tokio::test(flavor = "multi_thread")]
async fn the_azure_cli_itself_runs_a_script_twice() {
    let bin = tools().join("azure-cli/bin");
    let scene = Scene::of_two_tenants(Options {
        tls: true,
        ..Options::default()
    })
    .await;
    scene.key().await;
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let ca = file("ca.pem", scene.sim.ca_pem().unwrap());
    let config = dir.path().join("config");
    let env = [
        ("REQUESTS_CA_BUNDLE", ca.as_str()),
        ("AZURE_CONFIG_DIR", config.to_str().unwrap()),
        ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
        ("AZURE_CORE_INSTANCE_DISCOVERY", "false"),
        ("AZURE_CORE_LOGIN_EXPERIENCE_V2", "off"),
    ];
    let at = scene.sim.endpoints();
    let cloud = serde_json::json!({"endpoints": {
        "activeDirectory": at.login,
        "activeDirectoryResourceId": "https://management.azure.com",
        "management": at.resource_manager,
        "resourceManager": at.resource_manager,
        "microsoftGraphResourceId": format!("{}/", at.graph),
        "activeDirectoryGraphResourceId": format!("{}/", at.graph),
    }});
    let register = format!(
        "az cloud register -n sim --cloud-config @{} --skip-endpoint-discovery && az cloud set -n sim",
        file("cloud.json", &cloud.to_string())
    );
    let bin = bin.as_path();
    let output = run(dir.path(), &register, bin, &env);
    assert!(output.status.success(), "{output:?}");
    az_login(&scene, dir.path(), bin, &env).await;

    let text = scene
        .write(registering(
            NASTY,
            key(),
            vec![scene.source_grant(), scene.large_grant()],
        ))
        .await
        .unwrap();
    let mut said = Vec::new();
    for _ in 0..2 {
        let output = run(dir.path(), &text, bin, &env);
        assert!(output.status.success(), "{output:?}");
        said.push(String::from_utf8(output.stdout).unwrap());
    }
    assert_eq!(said[0], said[1], "the second run finds what the first made");
    assert!(!dir.path().join("pwned").exists());
    let kept = scene.take_back(&said[1]).await.unwrap();
    assert_eq!(kept.state, State::Ready);
    assert!(
        scene
            .engine
            .identity(here())
            .check_service_account(NASTY)
            .await
            .unwrap()
            .ok
    );
}

/// Signs the Azure CLI in by device code.
async fn az_login(scene: &Scene, dir: &Path, bin: &Path, env: &[(&str, &str)]) {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };
    let mut child = Command::new(bin.join("az"))
        .args(["login", "--use-device-code", "--output", "none"])
        .current_dir(dir)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        told.push_str(&line);
        told.push('\n');
        if let Some((_, rest)) = line.split_once("enter the code ") {
            let code = rest.split(' ').next().unwrap_or_default();
            scene.sim.world().approve_device_code(code, ADMIN).unwrap();
        }
    }
    assert!(child.wait().unwrap().success(), "{told}");
}
