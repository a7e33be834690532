//! Signing in as a person meets it: in a browser, and as an `az` login that is there already.

use crate::scene::Scene;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
};

const ADMIN: &str = "admin@northwind.example";

/// One request as a browser sends it, and the whole answer.
pub fn browse(address: &str, method: &str, path: &str, form: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// `http://HOST:PORT/PATH` apart.
pub fn apart(url: &str) -> (&str, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host, format!("/{path}"))
}

pub fn location(answer: &str) -> &str {
    let line = answer.lines().find_map(|l| l.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("{answer}")).trim()
}

/// A plan that needs somebody to sign in.
fn plan(how: &str) -> Vec<&str> {
    vec![
        "--output",
        "json",
        "service-account",
        "add",
        "--plan",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "n",
        "--generate-certificate",
        "--sign-in",
        how,
    ]
}

fn ended(mut child: Child, stderr: impl BufRead) -> (i32, String, String) {
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let told = stderr.lines().map(|l| l.unwrap() + "\n").collect();
    (child.wait().unwrap().code().unwrap(), stdout, told)
}

/// Starts a sign-in in a browser; answers the process and the page to open.
fn begin(scene: &Scene) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let mut child = scene
        .bin
        .command(&plan("browser"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("http") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "no page was named");
    }
    (child, stderr, line.trim().to_owned())
}

#[test]
fn a_browser_brings_the_answer_to_loopback() {
    let scene = Scene::start();
    let (child, stderr, page) = begin(&scene);
    let (login, path) = apart(&page);
    assert!(browse(login, "GET", &path, "").contains("<form method=\"post\">"));
    let unknown = browse(login, "POST", &path, "user=nobody");
    assert!(unknown.contains("not known"), "{unknown}");
    let back = browse(login, "POST", &path, "user=admin%40northwind.example");
    let (here, answer) = apart(location(&back));
    let here = here.replace("localhost", "127.0.0.1");

    assert!(browse(&here, "GET", "/favicon.ico", "").starts_with("HTTP/1.1 404"));
    let wrong = browse(&here, "GET", "/?code=x&state=y", "");
    assert!(
        wrong.starts_with("HTTP/1.1 400") && wrong.contains("does not belong to the current sign-in"),
        "{wrong}"
    );
    let right = browse(&here, "GET", &answer, "");
    assert!(right.contains("You can close this window"), "{right}");

    let (code, stdout, told) = ended(child, stderr);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("Signed in as admin@northwind.example"), "{told}");
    let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plan["signed_in_as"], ADMIN);
    let code = answer.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert!(!told.contains(code), "the code stays unsaid: {told}");
}

#[test]
fn a_cancelled_browser_ends_the_wait_with_the_reason() {
    let scene = Scene::start();
    let (child, stderr, page) = begin(&scene);
    let (login, path) = apart(&page);
    let back = browse(login, "POST", &path, "cancel=yes&user=");
    let (here, answer) = apart(location(&back));
    let said = browse(&here.replace("localhost", "127.0.0.1"), "GET", &answer, "");
    assert!(said.contains("The sign-in failed"), "{said}");
    let (code, _, told) = ended(child, stderr);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("AADSTS65004") && told.contains("declined"),
        "{told}"
    );
}

/// A stand-in for `az`: it answers `cloud show` and `account get-access-token` in the real one's words (2.91).
fn stand_in(dir: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(dir).unwrap();
    let path = dir.join("az");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_az_login_is_taken_over_or_its_fix_is_named() {
    let scene = Scene::start();
    let dir = scene.bin.beside("az-bin");
    let run = || {
        let path = format!("{}:/usr/bin:/bin", dir.display());
        let output = scene
            .bin
            .command(&plan("azure-cli"))
            .env("PATH", path)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr).replace('\n', " "),
        )
    };
    std::fs::create_dir_all(&dir).unwrap();
    let (code, _, told) = run();
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("is not installed") && told.contains("az login"),
        "{told}"
    );

    let at = scene.world.endpoints().clone();
    let show = |login: &str| {
        format!(
            "case \"$*\" in 'cloud show'*) echo '{{\"name\":\"sim\",\"endpoints\":{{\"activeDirectory\":\"{login}/\",\
             \"resourceManager\":\"{}\"}}}}'; exit;; esac",
            at.resource_manager
        )
    };
    stand_in(&dir, &show("https://login.example.net"));
    let (code, _, told) = run();
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("az cloud register"), "{told}");

    let refusal = format!(
        "{}\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1",
        show(&at.login)
    );
    stand_in(&dir, &refusal);
    let (code, _, told) = run();
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("Sign in to the Azure CLI first: `az login`"),
        "{told}"
    );

    let admin = scene.world.principal(ADMIN).unwrap();
    let token = |audience: &str| scene.world.token_for(&admin, audience).unwrap();
    let (graph, manager) = (token(&at.graph), token(&at.resource_manager));
    let answer = |token: &str| {
        format!(
            "echo '{{\"accessToken\":\"{token}\",\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"expires_on\":4070908800,\
             \"tenant\":\"t\",\"tokenType\":\"Bearer\"}}'"
        )
    };
    let body = format!(
        "{}\ncase \"$*\" in *'--resource {}'*) {};; *) {};; esac",
        show(&at.login),
        at.graph,
        answer(&graph),
        answer(&manager)
    );
    stand_in(&dir, &body);
    let (code, stdout, told) = run();
    assert_eq!(code, 0, "{told}");
    let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plan["signed_in_as"], ADMIN);
    assert!(!told.contains(&graph) && !told.contains(&manager));
}
