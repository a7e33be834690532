//! `service-account`: a person signs in by device code, an application is made with the rights named, and taken away.

use crate::{bin::fixture, daemon::Daemon, scene::Scene};
use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

impl Scene {
    /// Runs a command that somebody signs in for; approves its code. Answers its exit code, stdout and stderr.
    pub fn signed_in(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = self.bin.command(args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut told = String::new();
        let mut code_is_next = false;
        for line in lines.by_ref() {
            told.push_str(&line);
            told.push('\n');
            if code_is_next && !line.is_empty() {
                assert!(line.starts_with("    "), "{told}");
                self.world
                    .approve_device_code(line.trim(), "admin@northwind.example")
                    .unwrap();
                break;
            }
            code_is_next |= line.contains("type the code");
        }
        told.extend(lines.map(|line| line + "\n"));
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (child.wait().unwrap().code().unwrap(), stdout, told)
    }

    pub fn container_id(&self, subscription: usize, account: &str, container: &str) -> String {
        let tenant = &self.world.options().tenants[0];
        let s = &tenant.subscriptions[subscription];
        coldkeep_core::resource::ResourceId::container(&s.id, &s.resource_group, account, container).0
    }
}

#[test]
fn an_application_is_registered_proven_used_and_taken_away() {
    let scene = Scene::start();
    let bin = &scene.bin;
    scene.world.blobs_in("northsource", "backups");
    let grant = format!("copy-source={}", scene.container_id(0, "northsource", "backups"));
    let add = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "reader",
        "--generate-certificate",
        "--grant-on",
        &grant,
    ];
    let (code, plan, told) = scene.signed_in(&[&["--output", "json"], &add[..], &["--plan"]].concat());
    assert_eq!(code, 0, "{told}");
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["signed_in_as"], "admin@northwind.example");
    assert!(
        plan["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s["object"] == "application" && s["action"] == "create")
    );
    assert_eq!(
        bin.json(&["service-account", "list"]),
        serde_json::json!([]),
        "a plan makes nothing"
    );

    let other = format!("--plan-digest={}", "0".repeat(64));
    let (code, _, told) = scene.signed_in(&[&add[..], &[&other]].concat());
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("The plan has changed since it was confirmed"),
        "{told}"
    );
    // The digest is the consent: `--yes` need not be given.
    let agreed = format!("--plan-digest={}", plan["digest"].as_str().unwrap());
    let (code, made, told) = scene.signed_in(&[&add[..], &[&agreed]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("role assignment") && told.contains("blobs/read"),
        "the plan is shown: {told}"
    );
    assert!(
        made.contains("ready") && made.contains("copy-source on /subscriptions/"),
        "{made}"
    );
    assert_eq!(bin.json(&["service-account", "check", "reader"])["ok"], true);
    assert!(bin.ok(&["service-account", "list"]).contains("reader"));
    assert_eq!(
        bin.run(&["service-account", "remove", "reader"]).code,
        2,
        "nobody can be asked"
    );
    refused_while_used(&scene);
}

/// The repository `here` uses `reader`: nobody signs in for what is refused anyway. Without its users it goes.
fn refused_while_used(scene: &Scene) {
    let bin = &scene.bin;
    bin.ok(&[
        "repository",
        "add",
        "here",
        "--cloud",
        "sim",
        "--account",
        "northsource",
        "--container",
        "backups",
        "--service-account",
        "reader",
    ]);
    bin.ok(&[
        "repository",
        "add",
        "there",
        "--cloud",
        "sim",
        "--account",
        "northsource",
        "--container",
        "backups",
        "--folder",
        "copies",
        "--service-account",
        "reader",
    ]);
    let remove = ["service-account", "remove", "reader", "--yes"];
    for flags in [&remove[..], &[&remove[..], &["--delete-objects"]].concat()] {
        let said = bin.run(flags);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stderr.contains("`here`"), "it is used: {said:?}");
        assert!(!said.stderr.contains("type the code"), "{said:?}");
    }
    assert_eq!(
        bin.run(&["repository", "remove", "here"]).code,
        2,
        "nobody can be asked"
    );
    for name in ["here", "there"] {
        bin.ok(&["repository", "remove", name, "--yes"]);
    }
    assert_eq!(bin.json(&["repository", "list"]), serde_json::json!([]));
    let (code, _, told) = scene.signed_in(&[&remove[..], &["--delete-objects"]].concat());
    assert_eq!(code, 0, "{told}");
    assert_eq!(bin.json(&["service-account", "list"]), serde_json::json!([]));
}

#[test]
fn what_was_made_is_taken_away_again() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let add = [
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "n",
        "--generate-certificate",
    ];
    assert_eq!(scene.signed_in(&add).0, 0);
    let application = bin.json(&["service-account", "show", "n"])["application_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (code, _, told) = scene.signed_in(&["--yes", "service-account", "remove", "n", "--delete-objects"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&application), "what goes is shown: {told}");
    assert_eq!(bin.json(&["service-account", "list"]), serde_json::json!([]));
}

#[test]
fn an_existing_application_needs_no_sign_in_and_a_wrong_one_is_named() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let app = scene.world.ready_app().unwrap();
    let secret = bin.file("secret", &app.secret);
    let add = |name: &str, tenant: &str, credential: &[&str]| {
        let args = [
            "--yes",
            "service-account",
            "add",
            "--cloud",
            "sim",
            "--existing",
            "--name",
            name,
        ];
        let of = ["--tenant", tenant, "--application", &app.app_id];
        bin.run(&[&args[..], &of, credential].concat())
    };
    let said = add("mine", &app.tenant_id, &["--secret-file", &secret]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.stdout.contains(&app.secret) && !said.stderr.contains(&app.secret));

    let said = add(
        "no-tenant",
        "00000000-1111-2222-3333-444444444444",
        &["--secret-file", &secret],
    );
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("AADSTS90002"), "{said:?}");

    let wrong = bin.file("wrong", "not-the-secret-at-all");
    let said = add("wrong", &app.tenant_id, &["--secret-file", &wrong]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.contains("AADSTS7000215") && !said.stderr.contains("not-the-secret"),
        "{said:?}"
    );

    let said = add(
        "pfx",
        &app.tenant_id,
        &[
            "--pfx",
            &fixture("ossl-default.pfx"),
            "--pfx-password-file",
            &wrong,
        ],
    );
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(bin.json(&["certificate", "list"]), serde_json::json!([]));
    let names = bin.json(&["service-account", "list"]);
    assert_eq!(
        names.as_array().unwrap().len(),
        1,
        "what was refused is not kept: {names}"
    );
}

#[test]
fn a_whole_subscription_needs_a_yes_of_its_own_before_anybody_signs_in() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let ids: Vec<String> = scene.world.options().tenants[0]
        .subscriptions
        .iter()
        .map(|s| s.id.clone())
        .collect();
    let grants = [0, 1].map(|n| format!("archiver-appliance=/subscriptions/{}", ids[n]));
    let add = [
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "appliance",
        "--generate-certificate",
        "--subscription",
        &ids[1],
        "--grant-on",
        &grants[0],
        "--grant-on",
        &grants[1],
    ];
    let said = bin.run(&add);
    assert_eq!(said.code, 1, "--yes is not that yes: {said:?}");
    assert!(said.stderr.contains("--allow-wide-scope"), "{said:?}");
    assert!(!said.stderr.contains("type the code"), "{said:?}");

    let container = format!(
        "archiver-appliance={}",
        scene.container_id(0, "northsource", "backups")
    );
    let mut elsewhere = add[..11].to_vec();
    elsewhere.extend(["--grant-on", &container]);
    let said = bin.run(&elsewhere);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("at a subscription only"), "{said:?}");

    let (code, made, told) = scene.signed_in(&[&add[..], &["--allow-wide-scope"]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("Microsoft.Compute/virtualMachines/*"), "{told}");
    assert!(made.contains(&ids[1]) && made.contains("Created by"), "{made}");
    let shown = bin.json(&["service-account", "show", "appliance"]);
    assert_eq!(shown["subscriptions"], serde_json::json!([ids[1]]));
    assert_eq!(shown["grants"].as_array().unwrap().len(), 2);
    let (code, _, told) = scene.signed_in(&[
        "--yes",
        "service-account",
        "remove",
        "appliance",
        "--delete-objects",
    ]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn of_several_keys_in_a_file_the_one_that_is_named_is_tried() {
    let scene = Scene::start();
    let app = scene.world.ready_app().unwrap();
    let tenant = scene.world.options().tenants[0].id.clone();
    let password = scene.bin.file("password", "swordfish");
    let pfx = fixture("java-two-keys.pfx");
    let mut add = vec!["--yes", "service-account", "add", "--cloud", "sim", "--existing"];
    add.extend([
        "--tenant",
        &tenant,
        "--application",
        &app.app_id,
        "--name",
        "ours",
    ]);
    add.extend(["--pfx", &pfx, "--pfx-password-file", &password]);
    let told = scene.bin.refused(&add);
    assert!(
        told.contains("2 private keys") && told.contains("--which"),
        "{told}"
    );
    // Read, and tried: the application does not know it.
    let said = scene.bin.run(&[&add[..], &["--which", "weekly"]].concat());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("AADSTS700027"), "{said:?}");
}

/// The leases of sign-ins in the database: how many there ever were, and how many are held.
fn sign_ins_in(bin: &crate::bin::Bin) -> (u32, u32) {
    let query = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); print(*c.execute(\"select count(*), \
                 count(nullif(until_ms, 0)) from lease where kind = 'sign_in'\").fetchone())";
    let counted = std::process::Command::new("python3")
        .args(["-c", query])
        .arg(bin.data_dir().join("coldkeep.db"))
        .output()
        .unwrap();
    assert!(counted.status.success(), "{counted:?}");
    let text = String::from_utf8(counted.stdout).unwrap();
    let (all, held) = text.trim().split_once(' ').unwrap();
    (all.parse().unwrap(), held.parse().unwrap())
}

#[test]
fn a_command_ends_its_sign_ins_at_a_server_that_stays() {
    let scene = Scene::start();
    let daemon = Daemon::start(&scene.bin, &[]);
    let plan = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "reader",
        "--generate-certificate",
        "--plan",
    ];
    let (code, _, told) = scene.signed_in(&plan);
    assert_eq!(code, 0, "{told}");
    assert_eq!(sign_ins_in(&scene.bin), (1, 0));

    // Also where the command fails afterwards.
    let other = format!("--plan-digest={}", "0".repeat(64));
    let (code, _, told) = scene.signed_in(&[&plan[..8], &[&other]].concat());
    assert_eq!(code, 1, "{told}");
    assert_eq!(sign_ins_in(&scene.bin), (2, 0));
    assert!(daemon.end());
}
