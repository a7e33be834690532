//! `service-account add` on a terminal: asked step by step, gone back, left, gone on with.

use crate::{
    bin::fixture,
    scene::Scene,
    terminal::{CTRL_C, ENTER, ESC, SPACE, Terminal},
};
use coldkeep_sim::world::faults::{Action, Fault};

const TENANT: &str = "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10";

impl Scene {
    fn wizard(&self, columns: u16) -> Terminal {
        Terminal::start(&self.bin, columns, &["service-account", "add"])
    }

    /// Reads the code off the screen.
    pub fn code(&self, terminal: &Terminal) -> String {
        terminal.sees("type the code");
        loop {
            let screen = terminal.screen();
            let after = screen.rsplit("type the code").next().unwrap_or_default();
            let line = after.lines().map(str::trim).find(|line| !line.is_empty());
            if let Some(code) = line.filter(|line| line.len() >= 8) {
                break code.split_whitespace().next().unwrap().to_owned();
            }
        }
    }

    /// Approves the code on the screen, as somebody at a browser.
    pub fn approves(&self, terminal: &Terminal) {
        self.world
            .approve_device_code(&self.code(terminal), "admin@northwind.example")
            .unwrap();
    }
}

fn names_certificate(terminal: &Terminal) {
    terminal.takes("Friendly name");
    terminal.takes("Subject (common name)");
}

/// Takes what is offered for a new certificate.
fn generates(terminal: &Terminal) {
    terminal.chooses("Which certificate?", "Generate a new");
    names_certificate(terminal);
    terminal.takes("Which key?");
    terminal.takes("Valid for how many days?");
}

fn names_new(terminal: &Terminal, name: &str) {
    terminal.chooses("Which cloud?", "sim");
    terminal.chooses("Which application?", "Register a new");
    terminal.types("Name of the new application", name);
    terminal.asked("Description (optional)");
    terminal.sees("Created by ada on ");
    terminal.press(ENTER);
}

#[test]
fn an_existing_application_with_a_secret_and_no_grant_skips_sign_in_and_scopes() {
    let scene = Scene::start();
    let app = scene.world.ready_app().unwrap();
    let mut terminal = scene.wizard(120);
    terminal.chooses("Which cloud?", "sim");
    terminal.chooses("Which application?", "Use an existing");
    terminal.types("Tenant", "northwind.example");
    terminal.types("Application (client) id", "no guid");
    terminal.sees("is not an application (client) id");
    terminal.types("Application (client) id", &app.app_id);
    terminal.types("Name of the service account in Coldkeep", "ours");
    terminal.chooses("How does it authenticate?", "Application secret");
    terminal.asked("Grant the required permissions");
    terminal.press("n");
    terminal.takes("Description (optional)");
    terminal.sees("Entra shows a client secret only once");
    terminal.asked("Client secret");
    terminal.press(&app.secret);
    terminal.press(ENTER);
    terminal.chooses("Continue with this plan?", "Test it and save it");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    let screen = terminal.screen();
    assert!(
        !screen.contains("sign in") && !screen.contains("be allowed"),
        "{screen}"
    );
    assert!(!terminal.ever_showed(&app.secret), "a secret is shown nowhere");
    let shown = scene.bin.json(&["service-account", "show", "ours"]);
    assert_eq!(
        (&shown["state"], &shown["tenant_id"]),
        (&"ready".into(), &TENANT.into())
    );
    assert!(
        shown["description"]
            .as_str()
            .unwrap()
            .starts_with("Created by ada on ")
    );
}

#[test]
fn a_wrong_secret_is_corrected_without_starting_again() {
    let scene = Scene::start();
    let app = scene.world.ready_app().unwrap();
    let args = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--existing",
        "--tenant",
        TENANT,
    ];
    let more = ["--application", &app.app_id, "--name", "ours"];
    let mut terminal = Terminal::start(&scene.bin, 80, &[&args[..], &more[..]].concat());
    // What the flags said is not asked again; what they left open is.
    terminal.chooses("Which certificate?", "Import one from a PFX file");
    terminal.asked("Path of the PFX file");
    terminal.press(ESC);
    terminal.chooses("Where to?", "Back to the previous step");
    terminal.takes("Tenant");
    terminal.takes("Application (client) id");
    terminal.takes("Name of the service account in Coldkeep");
    terminal.chooses("How does it authenticate?", "Application secret");
    terminal.takes("Grant the required permissions");
    terminal.takes("Description (optional)");
    terminal.asked("Client secret");
    terminal.press("wrong\r");
    terminal.chooses("Continue with this plan?", "Test it and save it");
    terminal.sees("7000215");
    terminal.chooses("What now?", "Back to the previous step");
    terminal.chooses("Continue with this plan?", "Back to the previous step");
    terminal.asked("Client secret");
    terminal.press(&app.secret);
    terminal.press(ENTER);
    terminal.chooses("Continue with this plan?", "Test it and save it");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    scene.bin.ok(&["service-account", "check", "ours"]);
}

#[test]
fn a_wrong_password_is_corrected_where_it_was_typed() {
    let scene = Scene::start();
    let terminal = scene.wizard(80);
    names_new(&terminal, "north");
    terminal.chooses("Which certificate?", "Import one from a PFX file");
    terminal.types("Path of the PFX file", "/nowhere.pfx");
    terminal.sees("cannot be used");
    terminal.types("Path of the PFX file", &fixture("ossl-default.pfx"));
    terminal.asked("Its password");
    terminal.press("wrong\r");
    // The first question is over before the second is looked for: they read alike.
    terminal.sees("◇  Its password");
    terminal.asked("Its password");
    terminal.press("swordfish\r");
    terminal.asked("How do you want to sign in?");
}

#[test]
fn who_leaves_finds_the_answers_again() {
    let scene = Scene::start();
    let mut terminal = scene.wizard(80);
    names_new(&terminal, "north");
    terminal.chooses("Which certificate?", "Generate a new");
    names_certificate(&terminal);
    terminal.takes("Which key?");
    terminal.types("Valid for how many days?", "90");
    terminal.asked("How do you want to sign in?");
    terminal.press(CTRL_C);
    terminal.chooses("Where to?", "Leave");
    assert_eq!(terminal.ends(), 1, "{}", terminal.screen());
    assert_eq!(
        scene.bin.json(&["service-account", "list"]),
        serde_json::json!([])
    );
    assert_eq!(scene.bin.json(&["certificate", "list"]), serde_json::json!([]));

    // Ctrl-C while somebody is waited for ends the command; the answers are there all the same.
    let mut terminal = scene.wizard(80);
    terminal.chooses(
        "There is an unfinished setup.",
        "Resume the cancelled setup (`north`)",
    );
    terminal.takes("How do you want to sign in?");
    terminal.sees("type the code");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ends(), 1, "{}", terminal.screen());

    let mut terminal = scene.wizard(80);
    terminal.chooses("There is an unfinished setup.", "Resume the cancelled");
    terminal.takes("How do you want to sign in?");
    scene.approves(&terminal);
    through_scopes(&terminal);
    terminal.sees("90 days");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    scene.bin.ok(&["service-account", "check", "north"]);
    assert!(!scene.bin.data_dir().join("service-account-draft.json").exists());
}

/// Nothing in particular: no subscription, no right.
fn through_scopes(terminal: &Terminal) {
    terminal.takes("Search which subscriptions");
    terminal.takes("Which permissions does it need?");
}

#[test]
fn a_new_application_is_set_up_from_start_to_end_with_a_step_back_on_the_way() {
    let scene = Scene::start();
    scene.world.blobs_in("northsource", "backups");
    let mut terminal = scene.wizard(80);
    names_new(&terminal, "nort");
    terminal.asked("Which certificate?");
    terminal.press(ESC);
    terminal.chooses("Where to?", "Back to the previous step");
    // What was said is offered.
    terminal.asked("Name of the new application");
    terminal.sees("nort (default)");
    terminal.types("Name of the new application", "north");
    terminal.takes("Description (optional)");
    terminal.chooses("Which certificate?", "Generate a new");
    terminal.types("Friendly name", "north key");
    terminal.types("Subject (common name)", "north.example");
    terminal.chooses("Which key?", "RSA 2048");
    terminal.takes("Valid for how many days?");
    terminal.takes("How do you want to sign in?");
    scene.approves(&terminal);
    terminal.asked("Search which subscriptions");
    terminal.sees("Northwind Vault");
    terminal.press(SPACE);
    terminal.press(ENTER);
    terminal.chooses("Which permissions does it need?", "copy-source");
    terminal.chooses("copy-source: in which storage account?", "northsource");
    terminal.asked("copy-source: which containers?");
    terminal.press(SPACE);
    terminal.press(ENTER);
    terminal.sees("copy-source (at 1 place)");
    terminal.chooses("Which permissions does it need?", "No more permissions");
    terminal.sees("blobs/read");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    let shown = scene.bin.json(&["service-account", "show", "north"]);
    assert_eq!(shown["state"], "ready");
    assert_eq!(shown["grants"].as_array().unwrap().len(), 1);
    assert!(shown["answers"].is_null(), "a finished one asks nothing any more");
    assert_eq!(
        scene.bin.json(&["certificate", "show", "north key"])["key"],
        "RSA 2048"
    );
    scene.bin.ok(&["service-account", "check", "north"]);
}

#[test]
fn what_broke_off_half_way_is_offered_and_finished() {
    let scene = Scene::start();
    let refused = Fault::new(Action::Status {
        status: 409,
        code: Some("Locked".into()),
        retry_after_s: None,
    });
    let refused = refused.service("arm").method("PUT");
    scene.world.faults().add(refused.path_contains("roleAssignments"));
    let source = scene.container_id(0, "northsource", "backups");
    scene.world.blobs_in("northsource", "backups");
    let mut terminal = scene.wizard(120);
    names_new(&terminal, "north");
    generates(&terminal);
    terminal.takes("How do you want to sign in?");
    scene.approves(&terminal);
    terminal.takes("Search which subscriptions");
    terminal.chooses("Which permissions does it need?", "copy-source");
    terminal.types("copy-source: where?", &source);
    terminal.chooses("Which permissions does it need?", "No more permissions");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    terminal.sees("The setup could not be finished.");
    terminal.asked("What now?");
    terminal.press(CTRL_C);
    terminal.chooses("Where to?", "Leave");
    assert_eq!(terminal.ends(), 1, "{}", terminal.screen());
    assert_eq!(
        scene.bin.json(&["service-account", "show", "north"])["state"],
        "incomplete"
    );

    scene.world.faults().clear();
    let mut terminal = scene.wizard(120);
    terminal.chooses(
        "There is an unfinished setup.",
        "Resume `north`, which is unfinished",
    );
    terminal.takes("How do you want to sign in?");
    scene.approves(&terminal);
    terminal.takes("Search which subscriptions");
    terminal.sees("copy-source (at 1 place)");
    terminal.chooses("Which permissions does it need?", "No more permissions");
    terminal.sees("exists");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    let shown = scene.bin.json(&["service-account", "show", "north"]);
    assert_eq!(
        (&shown["state"], shown["grants"].as_array().unwrap().len()),
        (&"ready".into(), 1)
    );
    scene.bin.ok(&["service-account", "check", "north"]);
}

#[test]
fn a_certificate_is_searched_in_the_store_by_whatever_its_line_shows() {
    let scene = Scene::start();
    for name in ["alpha", "beta"] {
        let subject = format!("{name}.example");
        let args = ["certificate", "generate", "--name", name, "--subject", &subject];
        scene.bin.ok(&[&args[..], &["--key", "rsa2048"]].concat());
    }
    let terminal = scene.wizard(120);
    names_new(&terminal, "north");
    terminal.chooses("Which certificate?", "Select one");
    terminal.asked("Which one?");
    terminal.sees("alpha: CN=alpha.example, self-signed, RSA 2048");
    terminal.sees("key: Coldkeep's store");
    terminal.press("beta.exa");
    terminal.sees("● beta: CN=beta.example");
    terminal.press(ENTER);
    terminal.asked("How do you want to sign in?");
    terminal.sees("beta: CN=beta.example");
}

#[test]
fn of_several_keys_in_a_pfx_file_the_wizard_asks_which() {
    let scene = Scene::start();
    let mut terminal = scene.wizard(120);
    names_new(&terminal, "north");
    terminal.chooses("Which certificate?", "Import one from a PFX file");
    terminal.types("Path of the PFX file", &fixture("java-two-keys.pfx"));
    terminal.asked("Its password");
    terminal.press("swordfish\r");
    terminal.chooses("Which key and certificate", "weekly");
    terminal.takes("How do you want to sign in?");
    scene.approves(&terminal);
    terminal.takes("Search which subscriptions");
    terminal.chooses("Which permissions does it need?", "Nothing");
    terminal.sees("4FD20BD34D01657A69874E029CDB7DDFBDC27861");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    let shown = scene.bin.json(&["service-account", "show", "north"]);
    assert_eq!(
        shown["credential"]["thumbprint_sha1"], "4FD20BD34D01657A69874E029CDB7DDFBDC27861",
        "{shown}"
    );
}

#[test]
fn a_fresh_code_is_made_on_request_and_the_old_one_counts_no_more() {
    let scene = Scene::start();
    let mut terminal = scene.wizard(80);
    names_new(&terminal, "north");
    generates(&terminal);
    terminal.takes("How do you want to sign in?");
    let first = scene.code(&terminal);
    terminal.press("n");
    let fresh = loop {
        let shown = scene.code(&terminal);
        if shown != first {
            break shown;
        }
    };
    scene
        .world
        .approve_device_code(&fresh, "admin@northwind.example")
        .unwrap();
    terminal.takes("Search which subscriptions");
    terminal.chooses("Which permissions does it need?", "Nothing");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
}
