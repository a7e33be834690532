//! Two service accounts of one application, credentials that nobody here knows, names that are taken, and screens of 80
//! columns and fewer.

use crate::{
    bin::fixture,
    scene::Scene,
    terminal::{CTRL_C, ESC, Terminal},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_sim::blobs::Seed;

impl Scene {
    /// `reader`, registered with a certificate and a grant, and `reader-2`, the same application and certificate.
    fn with_two(&self) -> String {
        let bin = &self.bin;
        self.world.blobs_in("northsource", "backups");
        let grant = format!("copy-source={}", self.container_id(0, "northsource", "backups"));
        let add = [
            "service-account",
            "add",
            "--cloud",
            "sim",
            "--register",
            "--name",
            "reader",
        ];
        let more = [
            "--generate-certificate",
            "--grant-on",
            &grant,
            "--yes",
            "--sign-in",
            "device-code",
        ];
        let (code, _, told) = self.signed_in(&[&add[..], &more[..]].concat());
        assert_eq!(code, 0, "{told}");
        let reader = bin.json(&["service-account", "show", "reader"]);
        let (tenant, application) = (
            reader["tenant_id"].as_str().unwrap(),
            reader["application_id"].as_str().unwrap(),
        );
        let thumbprint = reader["credential"]["thumbprint_sha1"].as_str().unwrap();
        bin.ok(&[
            "service-account",
            "add",
            "--cloud",
            "sim",
            "--existing",
            "--tenant",
            tenant,
            "--application",
            application,
            "--name",
            "reader-2",
            "--certificate",
            thumbprint,
            "--yes",
        ]);
        grant
    }
}

#[test]
fn what_the_other_account_of_an_application_needs_stays_and_the_plan_says_why() {
    let scene = Scene::start();
    let grant = scene.with_two();
    let bin = &scene.bin;
    let plan = bin.json(&[
        "service-account",
        "remove",
        "reader",
        "--delete-objects",
        "--plan",
    ]);
    let steps = plan["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 6, "{plan}");
    for step in steps {
        assert_eq!(step["action"], "keep", "{step}");
        let why = step["detail"].as_str().unwrap();
        assert!(
            why.contains("it is kept, also used by the service account `reader-2`"),
            "{why}"
        );
    }
    let by_code = ["--sign-in", "device-code"];
    let revoke = ["service-account", "edit", "reader", "--revoke", &grant, "--yes"];
    let (code, _, told) = scene.signed_in(&[&revoke[..], &by_code[..]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("also used by the service account `reader-2`"),
        "{told}"
    );
    let remove = ["service-account", "remove", "reader", "--delete-objects", "--yes"];
    let (code, _, told) = scene.signed_in(&[&remove[..], &by_code[..]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("also used by the service account `reader-2`"),
        "{told}"
    );
    bin.ok(&["service-account", "check", "reader-2"]);
    let remove = [
        "service-account",
        "remove",
        "reader-2",
        "--delete-objects",
        "--yes",
    ];
    let (code, _, told) = scene.signed_in(&[&remove[..], &by_code[..]].concat());
    assert_eq!(code, 0, "{told}");
    assert_eq!(
        bin.json(&["certificate", "list"]),
        serde_json::json!([]),
        "the last takes it away"
    );
}

#[test]
fn a_check_by_sign_in_fails_for_what_nobody_here_knows_and_names_it_by_a_code() {
    let scene = Scene::start();
    scene.with_two();
    let check = |output: &str| {
        let args = [
            "--output",
            output,
            "service-account",
            "check",
            "reader",
            "--by-sign-in",
        ];
        scene.signed_in(&[&args[..], &["--sign-in", "device-code"]].concat())
    };
    let (code, found, told) = check("json");
    assert_eq!(code, 0, "{found} {told}");
    let reader = scene.bin.json(&["service-account", "show", "reader"]);
    let object_id = reader["application_object_id"].as_str().unwrap();
    scene
        .world
        .add_secret(object_id, "theirs", coldkeep_core::Timestamp::MAX)
        .unwrap();
    let (code, found, told) = check("json");
    assert_eq!(code, 1, "{found} {told}");
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let codes: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|f| f["code"].as_str())
        .collect();
    assert_eq!((codes, &found["ok"]), (vec!["foreign_secret"], &false.into()));
    let (code, shown, _) = check("table");
    assert_eq!(code, 1);
    assert!(
        shown.contains("failed") && shown.contains("Coldkeep does not know it"),
        "{shown}"
    );
}

#[test]
fn what_is_wrong_by_itself_is_told_before_anybody_signs_in() {
    let scene = Scene::start();
    scene.with_two();
    let bin = &scene.bin;
    let add = |more: &[&str]| {
        let first = [
            "service-account",
            "add",
            "--cloud",
            "sim",
            "--register",
            "--generate-certificate",
            "--yes",
        ];
        bin.run(&[&first[..], more].concat())
    };
    let blob = format!(
        "copy-source={}/blobs/x",
        scene.container_id(0, "northsource", "backups")
    );
    let named = "copy-source=/subscriptions/Production/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/north";
    let odd = format!("copy-source={}", scene.container_id(0, "northsource", "back_ups"));
    for (more, code, told) in [
        (
            vec!["--name", "reader"],
            1,
            "The service account `reader` already exists",
        ),
        (
            vec!["--name", "new", "--grant-on", &blob],
            2,
            "is not the id of a subscription",
        ),
        (
            vec!["--name", "new", "--grant-on", named],
            1,
            "a subscription is named by its GUID",
        ),
        (vec!["--name", "new", "--grant-on", &odd], 1, "back_ups"),
    ] {
        let said = add(&more);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.stderr.contains(told), "{said:?}");
        assert!(!said.stderr.contains("type the code"), "{said:?}");
    }
}

/// No line of a screen is wider than it, and each of these words stands whole in one.
fn stands_whole(screen: &str, words: &[&str]) {
    for word in words {
        assert!(
            screen.lines().any(|line| line.contains(word)),
            "{word}:\n{screen}"
        );
    }
}

/// A job between two repositories with names as people give them, and a run of it.
fn with_a_run(scene: &Scene) -> serde_json::Value {
    let bin = &scene.bin;
    scene.add_repository("m365-production-backups", "northsource", "backups");
    scene.add_repository("offsite-vault-sweden", "northtarget", "coldkeep-vault");
    bin.ok(&[
        "job",
        "add",
        "nightly-m365-copy",
        "--source",
        "m365-production-backups",
        "--target",
        "offsite-vault-sweden",
    ]);
    scene
        .world
        .blobs_in("northsource", "backups")
        .put("a/b", "content", &Seed::default());
    scene.world.advance_clock(3);
    bin.json(&["job", "run", "nightly-m365-copy"])
}

#[test]
fn lists_fit_eighty_columns_and_no_word_is_cut_on_narrower_screens() {
    let scene = Scene::start();
    scene.with_two();
    let bin = &scene.bin;
    let run = with_a_run(&scene);
    let (run_id, point) = (run["id"].as_str().unwrap(), run["point_id"].as_str().unwrap());
    let shown = |columns: u16, args: &[&str], words: &[&str]| {
        let mut terminal = Terminal::start(bin, columns, args);
        for word in words {
            terminal.sees(word);
        }
        let code = terminal.ends();
        (code, terminal.screen())
    };
    for (args, rows, words) in [
        (
            vec!["service-account", "list"],
            3,
            vec!["reader-2", "certificate", "DAYS LEFT", "ready"],
        ),
        (vec!["certificate", "list"], 2, vec!["reader", "THUMBPRINT"]),
        (
            vec!["repository", "list"],
            3,
            vec!["m365-production-backups", "northtarget", "account key"],
        ),
        (
            vec!["job", "list"],
            2,
            vec!["nightly-m365-copy", "offsite-vault-sweden"],
        ),
        (
            vec!["cloud", "list"],
            5,
            vec!["AzureUSGovernment", "https://login.microsoftonline.com"],
        ),
        (vec!["run", "list"], 4, vec![run_id, "nightly-m365-copy", "done"]),
        (
            vec!["point", "list"],
            4,
            vec![point, "offsite-vault-sweden", "exact"],
        ),
    ] {
        let (code, screen) = shown(80, &args, &words);
        assert_eq!(code, 0, "{screen}");
        assert_eq!(screen.trim_end().lines().count(), rows, "{args:?}:\n{screen}");
        stands_whole(&screen, &words);
        for columns in [40, 60] {
            stands_whole(&shown(columns, &args, &words).1, &words);
        }
    }
    let words = [
        "storageAccounts/",
        "northsource/",
        "containers/",
        "automatic renewal",
    ];
    let (_, screen) = shown(60, &["service-account", "show", "reader"], &words);
    stands_whole(&screen, &words);
    let words = ["lasts", "backups"];
    let (_, screen) = shown(40, &["service-account", "check", "reader"], &words);
    stands_whole(&screen, &words);
}

#[test]
fn an_unfinished_page_keeps_what_was_typed_and_nobody_waits_who_did_not_press_ctrl_c() {
    let scene = Scene::start();
    let start = || Terminal::start(&scene.bin, 80, &["service-account", "add"]);
    let mut terminal = start();
    terminal.chooses("Which cloud?", "sim");
    terminal.chooses("Which application?", "Use an existing");
    terminal.types("Tenant", "northwind.example");
    terminal.types("Application (client) id", "11111111-2222-3333-4444-555555555555");
    terminal.asked("Name of the service account in Coldkeep");
    // Half an answer, and away.
    terminal.press("half-a-na");
    terminal.sees("half-a-na");
    terminal.press(ESC);
    terminal.chooses("Where to?", "Back to the previous step");
    terminal.takes("Which cloud?");
    terminal.takes("Which application?");
    terminal.takes("Tenant");
    terminal.takes("Application (client) id");
    terminal.asked("Name of the service account in Coldkeep");
    terminal.sees("half-a-na");
    terminal.press(CTRL_C);
    terminal.asked("Where to?");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ends(), 1);
    assert!(!terminal.screen().contains("Waiting"), "{}", terminal.screen());

    let mut terminal = start();
    terminal.chooses("There is an unfinished setup", "Resume the cancelled setup");
    terminal.takes("Tenant");
    terminal.sees("northwind.example");
    terminal.takes("Application (client) id");
    terminal.sees("11111111-2222-3333-4444-555555555555");
    terminal.takes("Name of the service account in Coldkeep");
    terminal.sees("half-a-na");
    terminal.chooses("How does it authenticate?", "Application certificate");
    terminal.press(ESC);
    terminal.chooses("Where to?", "Leave");
    assert_eq!(terminal.ends(), 1);
    assert!(!terminal.screen().contains("Waiting"), "{}", terminal.screen());
}

#[test]
fn a_pfx_under_its_own_base64_or_as_pem_is_imported_and_other_files_are_named() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let import =
        |file: &str, name: &str| bin.run(&["certificate", "import", file, "--name", name, "--no-input"]);
    let pfx = std::fs::read(fixture("ossl-none-nomac.pfx")).unwrap();
    let base64 = STANDARD.encode(&pfx);
    let file = bin.file("vault.txt", &format!("\u{feff}{base64}\n"));
    assert_eq!(import(&file, "one").code, 0);
    for (content, told) in [
        ("", "an empty file"),
        ("<!DOCTYPE html><html></html>", "a web page (HTML)"),
        ("\u{feff}", "an empty file"),
    ] {
        let said = import(&bin.file("odd.pfx", content), "two");
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stderr.contains(told), "{said:?}");
    }
    let der = bin.beside("cert.pfx");
    std::fs::copy(fixture("leaf.der"), &der).unwrap();
    let said = import(der.to_str().unwrap(), "three");
    assert!(
        said.stderr.contains("it is a DER certificate without a key"),
        "{said:?}"
    );
}
