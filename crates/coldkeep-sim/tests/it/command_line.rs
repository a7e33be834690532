//! What the program refuses before it begins, what it leaves alone, and when it starts to answer.

use crate::blob::client::{Ask, client, send};
use serde_json::json;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Its exit code and what it says on standard error; it must end by itself.
fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_coldkeep-sim"))
        .args(flags)
        .output()
        .unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Starts it, reads the line that says it runs, and ends it.
fn runs(flags: &[&str]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_coldkeep-sim"))
        .args(["--output", "json"])
        .args(flags)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with('{'), "{line}");
}

#[test]
fn a_port_that_is_taken_is_named_with_what_it_was_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, said) = refused(&["--blob-port", &port]);
    assert_eq!(code, Some(1));
    let begin = format!("coldkeep-sim: cannot listen at port {port} for Blob Storage: ");
    assert!(said.starts_with(&begin) && said.contains("--port-base"), "{said}");
}

#[test]
fn ports_that_cannot_be_are_refused() {
    let (code, said) = refused(&["--port-base", "65535"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--port-base") && said.contains("65530"), "{said}");
    let (code, said) = refused(&["--proxy-port", "10505"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--https"), "{said}");
}

#[test]
fn the_certificate_is_written_over_nothing_but_its_like() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let https = |path: &Path| refused(&["--https", path.to_str().unwrap()]);
    let own = path("own.pem");
    runs(&["--https", own.to_str().unwrap()]);
    let certificate = fs::read_to_string(&own).unwrap();
    runs(&["--https", own.to_str().unwrap()]);
    assert_ne!(
        fs::read_to_string(&own).unwrap(),
        certificate,
        "its own is written anew"
    );

    let foreign = rcgen::generate_simple_self_signed(["example.com".to_owned()]).unwrap();
    for precious in [
        "the only copy".to_owned(),
        foreign.signing_key.serialize_pem(),
        foreign.cert.pem(),
        format!("{certificate}{certificate}"),
        format!("keep this\n{certificate}"),
    ] {
        let file = path("precious");
        fs::write(&file, &precious).unwrap();
        let (code, said) = https(&file);
        assert_eq!(code, Some(1), "{precious}");
        assert!(
            said.contains(file.to_str().unwrap()) && said.contains("delete it"),
            "{said}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), precious);
    }
    let empty = path("empty");
    fs::write(&empty, "").unwrap();
    runs(&["--https", empty.to_str().unwrap()]);

    let nowhere = path("no/such/ca.pem");
    let (code, said) = https(&nowhere);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(nowhere.to_str().unwrap()) && said.contains("the folder does not exist"),
        "{said}"
    );
}

/// Whoever waits for a port, as scripts do, must not see half a world.
#[tokio::test]
async fn the_first_answer_knows_the_whole_scenario() {
    let folder = TempDir::new().unwrap();
    let blobs: serde_json::Map<_, _> = (0..20_000)
        .map(|n| (format!("{n:05}"), json!({"text": "x"})))
        .collect();
    let account = json!({"name": "northsource", "key": "a2V5", "containers": {"data": {"blobs": blobs}}});
    let subscription = json!({"name": "One", "resource_group": "g", "accounts": [account]});
    let tenant = json!({"name": "Contoso", "domain": "contoso.example", "subscriptions": [subscription]});
    let scenario = folder.path().join("scenario.json");
    fs::write(&scenario, json!({"tenants": [tenant]}).to_string()).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let mut child = Command::new(env!("CARGO_BIN_EXE_coldkeep-sim"))
        .args(["--blob-port", &port, "--scenario"])
        .arg(&scenario)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let last = Ask::get("/northsource/data/19999").key("northsource", "a2V5");
    let answer = send(&client(), &format!("http://127.0.0.1:{port}"), last).await;
    child.kill().unwrap();
    child.wait().unwrap();
    answer.expect(200);
}
