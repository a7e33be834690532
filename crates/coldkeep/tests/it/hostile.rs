//! Clients, texts, numbers and files that mean no good: the program stays up, in order, and on its line.

use crate::{bin::Bin, daemon::Daemon, scene::Scene};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coldkeep_sim::world::faults::{Action, Fault};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    time::Duration,
};

fn address(daemon: &Daemon) -> String {
    let url = daemon.serving["url"].as_str().unwrap();
    url.strip_prefix("http://").unwrap().to_owned()
}

#[test]
fn a_flood_over_tcp_locks_nobody_out_of_the_socket_and_holds_up_no_end() {
    let bin = Bin::new();
    let daemon = Daemon::start(&bin, &["--listen", "127.0.0.1:0"]);
    let address = address(&daemon);
    let heads = [
        "",
        "GET /api",
        "POST /api/v1/clouds HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    ];
    let mut open: Vec<TcpStream> = (0..256)
        .map(|n| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(heads[n % 2].as_bytes()).unwrap();
            stream
        })
        .collect();
    // One too many is told so, and let go.
    let mut late = TcpStream::connect(&address).unwrap();
    late.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut said = String::new();
    let _ = late.read_to_string(&mut said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 503"), "{said}");
    // Over the socket everything is as usual, beside clients that ask half a question.
    let socket = daemon.serving["socket"].as_str().unwrap();
    let halves: Vec<UnixStream> = heads
        .iter()
        .map(|head| {
            let mut stream = UnixStream::connect(socket).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert!(bin.json(&["cloud", "list"]).as_array().unwrap().len() >= 3);
    // Who is not let in keeps no connection.
    open.truncate(100);
    let mut stranger = loop {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(heads[2].as_bytes()).unwrap();
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        if said.starts_with("HTTP/1.1 403") {
            break said;
        }
    };
    stranger.make_ascii_lowercase();
    assert!(stranger.contains("connection: close"), "{stranger}");
    assert!(daemon.end());
    drop((open, halves));
}

#[test]
fn a_server_that_is_told_to_end_stops_a_run_that_hangs_and_the_next_goes_on() {
    let scene = Scene::start();
    let source = scene.world.blobs_in("northsource", "backups");
    for n in 0..5 {
        source.put(&format!("blob{n}"), "x", &Default::default());
    }
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    scene
        .bin
        .ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    let mut held = Fault::new(Action::Hold { after_effect: false })
        .service("blob")
        .method("PUT");
    held.copy_source = Some(true);
    scene.world.faults().add(held);
    let daemon = Daemon::start(&scene.bin, &[]);
    let mut run = scene.bin.command(&["job", "run", "nightly"]).spawn().unwrap();
    assert!(scene.wait_held(1, Duration::from_secs(60)));
    assert!(daemon.end(), "it ended in order");
    let _ = run.wait();
    scene.world.faults().clear();
    let runs = scene.bin.json(&["run", "list"]);
    assert_eq!(runs[0]["state"], "interrupted");
    assert_eq!(runs[0]["problem"]["kind"], "cancelled");
    assert_eq!(scene.bin.json(&["job", "run", "nightly"])["state"], "done");
    assert_eq!(scene.bin.json(&["point", "list"])[0]["item_count"], 5);
}

#[test]
fn globs_that_would_break_the_program_are_refused() {
    let scene = Scene::start();
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    let deep = |open: &str| format!("{}a{}", open.repeat(3000), "}".repeat(3000));
    for glob in [deep("{"), deep("{a,"), "{".repeat(3000), "?".repeat(100_000)] {
        let add = ["job", "add", "n", "--source", "here", "--target", "there"];
        let said = scene.bin.refused(&[&add[..], &["--include", &glob]].concat());
        assert!(said.contains("glob"), "{said}");
    }
    assert_eq!(scene.bin.json(&["job", "list"]), serde_json::json!([]));
}

#[test]
fn texts_from_elsewhere_stay_on_their_line_and_steer_no_terminal() {
    let scene = Scene::start();
    let source = scene.world.blobs_in("northsource", "backups");
    let evil = "a\nerror: fake\r\u{1b}[31mred\u{9b}2J\u{202e}txt";
    source.put(evil, "x", &Default::default());
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    let job = "nightly\u{1b}[5m";
    let bin = &scene.bin;
    bin.ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    bin.ok(&["job", "run", "nightly"]);
    let point = bin.json(&["point", "list"])[0]["id"].as_str().unwrap().to_owned();
    let quiet = |text: &str| {
        assert!(!text.contains(['\u{1b}', '\r', '\u{9b}', '\u{202e}']), "{text:?}");
        assert!(
            !text.lines().any(|line| line.starts_with("error: fake")),
            "{text:?}"
        );
    };
    let listed = bin.ok(&["point", "files", &point]);
    quiet(&listed);
    assert!(
        listed.contains(r"a\nerror: fake\r\u{1b}[31mred\u{9b}2J\u{202e}txt"),
        "{listed:?}"
    );
    let json = bin.ok(&["--output", "jsonl", "point", "files", &point]);
    quiet(&json);
    let entry: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(entry["name"], evil);
    let cloud = "box\nerror: fake\u{1b}[31m";
    let said = bin.run(&["cloud", "show", cloud]);
    assert_eq!(said.code, 1);
    quiet(&said.stderr);
    quiet(&bin.run(&["job", "show", job]).stderr);
    // Logs too, and without colours.
    let output = bin
        .command(&["job", "run", "nightly"])
        .env("COLDKEEP_LOG", "debug")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    quiet(&String::from_utf8_lossy(&output.stderr));
}

#[test]
fn secret_files_that_others_can_read_are_warned_about() {
    let scene = Scene::start();
    scene.world.blobs_in("northsource", "backups");
    let key = scene
        .bin
        .file("shared.key", &scene.world.account_key("northsource").unwrap());
    let add = |name: &str| {
        scene.bin.run(&[
            "repository",
            "add",
            name,
            "--cloud",
            "sim",
            "--account",
            "northsource",
            "--container",
            "backups",
            "--account-key-file",
            &key,
        ])
    };
    let said = add("own");
    assert_eq!(
        (said.code, said.stderr.contains("warning")),
        (0, false),
        "{said:?}"
    );
    for mode in [0o640, 0o604] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let said = add(&format!("shared{mode}"));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            said.stderr.starts_with("warning: ") && said.stderr.contains(&format!("chmod 600 '{key}'")),
            "{said:?}"
        );
    }
}

/// A sign-in host that answers what it is told to, to every request for a code and for tokens.
fn sign_in_host(code: String, tokens: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), code, tokens) = (stream, code.clone(), tokens.clone()) else {
                return;
            };
            std::thread::spawn(move || {
                let mut asked = Vec::new();
                let mut buffer = [0; 4096];
                // The form comes with the head or right behind it.
                while !String::from_utf8_lossy(&asked).contains("client_id=") {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => return,
                        Ok(n) => asked.extend_from_slice(&buffer[..n]),
                    }
                }
                let body = match String::from_utf8_lossy(&asked).contains("/devicecode ") {
                    true => code,
                    false => tokens,
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    url
}

#[test]
fn a_sign_in_host_s_numbers_and_tenant_are_not_believed() {
    let (here, there) = (
        "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10",
        "c0a80101-0000-4000-8000-00000000c0de",
    );
    let claims = serde_json::json!({"tid": there, "oid": here, "preferred_username": "eve@there.example"});
    let token = format!("x.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let tokens = serde_json::json!({
        "access_token": token, "id_token": token, "refresh_token": "r", "expires_in": 400_000_000_000_u64,
    });
    for lasts in [400_000_000_000_u64, u64::MAX, 0] {
        let code = serde_json::json!({
            "device_code": "d", "user_code": "U\nerror: fake\u{1b}[31m", "verification_uri": "https://example.net",
            "expires_in": lasts, "interval": if lasts == 0 { 1 } else { 0 },
        });
        let url = sign_in_host(code.to_string(), tokens.to_string());
        let bin = Bin::new();
        bin.ok(&[
            "cloud",
            "add",
            "evil",
            "--active-directory",
            &url,
            "--graph",
            &url,
            "--resource-manager",
            &url,
            "--blob-endpoint",
            &format!("{url}/{{account}}"),
        ]);
        let said = bin.run(&[
            "service-account",
            "add",
            "--cloud",
            "evil",
            "--register",
            "--name",
            "n",
            "--generate-certificate",
            "--sign-in",
            "device-code",
            "--tenant",
            here,
            "--yes",
        ]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            !said.stderr.contains("defect") && !said.stderr.contains('\u{1b}'),
            "{said:?}"
        );
        if lasts > 0 {
            assert!(
                said.stderr.contains(here) && said.stderr.contains(there),
                "{said:?}"
            );
        }
        assert_eq!(bin.json(&["service-account", "list"]), serde_json::json!([]));
    }
}
