//! Tenants that ask for more, and what is chosen where nobody said, as somebody at a terminal or a script meets it.

use crate::{
    scene::Scene,
    sign_in::{apart, browse, location},
    terminal::{ENTER, Terminal},
};
use coldkeep_sim::world::{
    faults::{Action, Fault},
    sign_in_rules::{Mfa, SignInRules},
};
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

const ADMIN: &str = "admin@northwind.example";

impl Scene {
    fn asks_for_a_second_factor(&self) {
        self.world.set_sign_in_rules(SignInRules {
            mfa: Mfa::ResourceManagerWrites,
            ..SignInRules::default()
        });
    }

    fn grant(&self) -> String {
        self.world.blobs_in("northsource", "backups");
        format!("copy-source={}", self.container_id(0, "northsource", "backups"))
    }

    /// Runs a command and approves every code that it shows; answers its exit code, stdout, stderr and how many there were.
    fn signed_in_often(&self, args: &[&str]) -> (i32, String, String, usize) {
        let mut child = self
            .bin
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut told, mut codes, mut code_is_next) = (String::new(), 0, false);
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            told.push_str(&line);
            told.push('\n');
            if code_is_next && !line.trim().is_empty() {
                self.world.approve_device_code(line.trim(), ADMIN).unwrap();
                codes += 1;
                code_is_next = false;
            }
            code_is_next |= line.contains("type the code");
        }
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (child.wait().unwrap().code().unwrap(), stdout, told, codes)
    }
}

/// A stand-in for a desktop's opener: it writes down what it is to open.
fn opener(scene: &Scene) -> (PathBuf, PathBuf) {
    let dir = scene.bin.beside("desktop");
    std::fs::create_dir_all(&dir).unwrap();
    let (program, opened) = (dir.join("xdg-open"), dir.join("opened"));
    let script = format!("#!/bin/sh\necho \"$1\" >> '{}'\n", opened.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (dir, opened)
}

/// The `nth` page that was opened.
fn page(opened: &Path, nth: usize) -> String {
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(opened).unwrap_or_default();
        if let Some(page) = text.lines().nth(nth) {
            return page.to_owned();
        }
        assert!(start.elapsed() < Duration::from_secs(60), "no page {nth}: {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Signs in on a page as a browser does.
fn signs_in(page: &str) {
    let (login, path) = apart(page);
    let back = browse(login, "POST", &path, "user=admin%40northwind.example");
    let (here, answer) = apart(location(&back));
    let here = here.replace("localhost", "127.0.0.1");
    let said = browse(&here, "GET", &answer, "");
    assert!(said.contains("You can close this window"), "{said}");
}

#[test]
fn with_a_display_the_browser_is_opened_and_opened_again_for_a_second_factor() {
    let scene = Scene::start();
    scene.asks_for_a_second_factor();
    let grant = scene.grant();
    let (dir, opened) = opener(&scene);
    let path = format!("{}:/usr/bin:/bin", dir.display());
    let args = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "north",
        "--generate-certificate",
        "--grant-on",
        &grant,
    ];
    let variables = [("DISPLAY", ":7"), ("PATH", path.as_str())];
    let mut terminal = Terminal::start_in(&scene.bin, 120, &args, &variables);
    terminal.sees("Signing in with a browser on this machine");
    let first = page(&opened, 0);
    let manager = &scene.world.endpoints().resource_manager;
    let scope = format!("scope={manager}/.default")
        .replace(':', "%3A")
        .replace('/', "%2F");
    assert!(first.contains(&scope) && !first.contains("claims="), "{first}");
    signs_in(&first);
    terminal.sees("Set up the service account `north` as listed?");
    terminal.press("y");
    terminal.press(ENTER);
    terminal.sees("multi-factor authentication");
    let second = page(&opened, 1);
    assert!(second.contains("claims=") && second.contains("acrs"), "{second}");
    signs_in(&second);
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    assert!(terminal.ever_showed("Nothing was created yet"));
    assert_eq!(
        scene.bin.json(&["service-account", "show", "north"])["state"],
        "ready"
    );
}

#[test]
fn without_a_terminal_a_code_is_shown_and_another_for_a_second_factor() {
    let scene = Scene::start();
    scene.asks_for_a_second_factor();
    let grant = scene.grant();
    let add = [
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "north",
        "--generate-certificate",
        "--grant-on",
        &grant,
    ];
    let (code, made, told, codes) = scene.signed_in_often(&add);
    assert_eq!((code, codes), (0, 2), "{told}");
    assert!(made.contains("ready"), "{made}");
    assert!(
        told.replace('\n', " ").contains("there is no terminal"),
        "which way, and why: {told}"
    );
    let unknown = told
        .replace('\n', " ")
        .matches("Cannot be checked in advance")
        .count();
    assert_eq!(unknown, 1, "told once: {told}");
    let (code, _, told, codes) =
        scene.signed_in_often(&["--yes", "service-account", "remove", "north", "--delete-objects"]);
    assert_eq!((code, codes), (0, 2), "{told}");
}

#[test]
fn for_an_az_login_the_command_that_is_enough_is_said() {
    let scene = Scene::start();
    scene.asks_for_a_second_factor();
    let grant = scene.grant();
    let at = scene.world.endpoints().clone();
    let admin = scene.world.principal(ADMIN).unwrap();
    let token = |audience: &str| scene.world.token_for(&admin, audience).unwrap();
    let dir = scene.bin.beside("az-bin");
    std::fs::create_dir_all(&dir).unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n'cloud show'*) echo '{{\"name\":\"sim\",\"endpoints\":{{\"activeDirectory\":\"{}\",\
         \"resourceManager\":\"{}\"}}}}';;\n*'--resource {}'*) echo '{{\"accessToken\":\"{}\"}}';;\n*) echo \
         '{{\"accessToken\":\"{}\"}}';;\nesac\n",
        at.login,
        at.resource_manager,
        at.graph,
        token(&at.graph),
        token(&at.resource_manager),
    );
    std::fs::write(dir.join("az"), script).unwrap();
    std::fs::set_permissions(dir.join("az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let add = [
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "north",
        "--generate-certificate",
        "--sign-in",
        "azure-cli",
        "--grant-on",
        &grant,
    ];
    let path = format!("{}:/usr/bin:/bin", dir.display());
    let output = scene.bin.command(&add).env("PATH", path).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap().replace('\n', " ");
    assert_eq!(output.status.code(), Some(1), "{told}");
    let tenant = &scene.world.options().tenants[0].id;
    for part in [
        "az logout",
        &format!("az login --tenant \"{tenant}\""),
        &format!("--scope \"{}/.default\"", at.resource_manager),
        "--claims-challenge \"eyJ",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(
        scene.bin.json(&["service-account", "list"]),
        serde_json::json!([])
    );
}

#[test]
fn the_wizard_asks_for_nothing_that_a_flag_gave() {
    let scene = Scene::start();
    let grant = scene.grant();
    let subscription = scene.world.options().tenants[0].subscriptions[0].id.clone();
    let terminal = Terminal::start(&scene.bin, 120, &["service-account", "add", "--cloud", "sim"]);
    terminal.asked("Which application?");
    assert!(!terminal.ever_showed("Which cloud?"), "{}", terminal.screen());
    drop(terminal);

    let args = [
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--description",
        "for nights",
        "--tenant",
        "northwind.example",
        "--sign-in",
        "device-code",
        "--subscription",
        &subscription,
        "--grant-on",
        &grant,
    ];
    let mut terminal = Terminal::start(&scene.bin, 120, &args);
    terminal.types("Name of the new application", "north");
    terminal.chooses("Which certificate?", "Generate a new");
    terminal.takes("Friendly name");
    terminal.takes("Subject (common name)");
    terminal.takes("Which key?");
    terminal.takes("Valid for how many days?");
    scene.approves(&terminal);
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    for question in [
        "Which cloud?",
        "Which application?",
        "Description (optional)",
        "How do you want to sign in?",
        "Search which subscriptions",
        "Which permissions does it need?",
    ] {
        assert!(!terminal.ever_showed(question), "{question}");
    }
    let shown = scene.bin.json(&["service-account", "show", "north"]);
    assert_eq!(
        (&shown["description"], shown["grants"].as_array().unwrap().len()),
        (&"for nights".into(), 1)
    );
    assert_eq!(shown["subscriptions"], serde_json::json!([subscription]));
}

#[test]
fn the_wizard_has_somebody_sign_in_again_and_goes_on_where_it_was() {
    let scene = Scene::start();
    scene.asks_for_a_second_factor();
    let grant = scene.grant();
    let args = ["service-account", "add", "--cloud", "sim", "--register"];
    let more = [
        "--name",
        "north",
        "--sign-in",
        "device-code",
        "--grant-on",
        &grant,
    ];
    let mut terminal = Terminal::start(&scene.bin, 120, &[&args[..], &more].concat());
    terminal.chooses("Which certificate?", "Generate a new");
    terminal.takes("Friendly name");
    terminal.takes("Subject (common name)");
    terminal.takes("Which key?");
    terminal.takes("Valid for how many days?");
    let first = scene.code(&terminal);
    scene.world.approve_device_code(&first, ADMIN).unwrap();
    terminal.takes("Search which subscriptions");
    terminal.chooses("Continue with this plan?", "Set it up as listed");
    terminal.sees("Nothing was created yet");
    let second = loop {
        let code = scene.code(&terminal);
        if code != first {
            break code;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    scene.world.approve_device_code(&second, ADMIN).unwrap();
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    assert_eq!(
        scene.bin.json(&["service-account", "show", "north"])["state"],
        "ready"
    );
}

#[test]
fn an_existing_application_needs_no_name_and_its_new_secret_is_waited_for_aloud() {
    let scene = Scene::start();
    let app = scene
        .world
        .register_app("northwind.example", "Night copies")
        .unwrap();
    let secret = scene.bin.file("secret", &app.secret);
    let add = [
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--existing",
        "--tenant",
        "northwind.example",
        "--application",
        &app.app_id,
        "--secret-file",
        &secret,
    ];
    // The first token tells the name; then come those that prove the secret.
    let refused = Fault::new(Action::Status {
        status: 401,
        code: Some("7000215".into()),
        retry_after_s: None,
    });
    let refused = refused.service("login").method("POST").after(1, 4);
    scene.world.faults().add(refused);
    let said = scene.bin.run(&add);
    assert_eq!(said.code, 0, "{said:?}");
    let told = said.stderr.replace('\n', " ");
    assert!(told.contains("can take some seconds"), "{told}");
    assert_eq!(
        scene.bin.json(&["service-account", "show", "Night copies"])["state"],
        "ready"
    );
}
