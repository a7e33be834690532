//! Behind a proxy, and where TLS is inspected: Microsoft's own hosts, led to the simulator.

use crate::{
    bin::{Bin, Said},
    scene::Scene,
};
use coldkeep_sim::{Options, Sim, World};
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::runtime::Runtime;

const LOGIN: &str = "DOM\\backup:p@ss/w%rd#1";
const LOGIN_ENCODED: &str = "DOM%5Cbackup:p%40ss%2Fw%25rd%231";

/// The simulator behind its own proxy, and a binary that is told no address of it.
struct Behind {
    bin: Bin,
    world: Arc<World>,
    proxy: String,
    ca: String,
    _sim: Sim,
    _runtime: Runtime,
}

impl Behind {
    fn start(login: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let options = Options {
            tls: true,
            proxy_login: login.map(str::to_owned),
            ..Options::default()
        };
        let sim = runtime.block_on(Sim::start(options)).unwrap();
        let (bin, world) = (Bin::new(), sim.world().clone());
        let ca = bin.file("ca.pem", sim.ca_pem().unwrap());
        world
            .blobs_in("northsource", "backups")
            .fill([("one".to_owned(), b"content".to_vec().into())]);
        Self {
            bin,
            proxy: sim.endpoints().proxy.unwrap(),
            world,
            ca,
            _sim: sim,
            _runtime: runtime,
        }
    }

    /// `http://USER:PASSWORD@127.0.0.1:PORT`.
    fn proxy_as(&self, login: &str) -> String {
        self.proxy.replacen("://", &format!("://{login}@"), 1)
    }

    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> Said {
        let mut command = self.bin.command(args);
        for name in [
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env_remove(name);
        }
        command
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("SSL_CERT_DIR");
        let output = command.envs(env.iter().copied()).output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap().replace('\n', " "),
        }
    }

    /// Adds a repository in Microsoft's cloud and lists it: two hosts' worth of requests.
    fn check(&self, env: &[(&str, &str)]) -> Said {
        let key = self
            .bin
            .file("north.key", &self.world.account_key("northsource").unwrap());
        let _ = self.run(&[], &["repository", "remove", "north", "--yes"]);
        let args = [
            "repository",
            "add",
            "north",
            "--cloud",
            "AzureCloud",
            "--account",
            "northsource",
            "--container",
            "backups",
            "--account-key-file",
            &key,
        ];
        let added = self.run(env, &args);
        if added.code != 0 {
            return added;
        }
        self.run(env, &["repository", "check", "north"])
    }
}

#[test]
fn the_environment_names_the_proxy_and_the_certificates() {
    let behind = Behind::start(None);
    let said = behind.check(&[("HTTPS_PROXY", &behind.proxy), ("SSL_CERT_FILE", &behind.ca)]);
    assert_eq!(said.code, 0, "{said:?}");
    let lower = [
        ("https_proxy", behind.proxy.as_str()),
        ("SSL_CERT_FILE", behind.ca.as_str()),
    ];
    assert_eq!(behind.check(&lower).code, 0);
    let all = [
        ("ALL_PROXY", behind.proxy.as_str()),
        ("SSL_CERT_FILE", behind.ca.as_str()),
    ];
    assert_eq!(behind.check(&all).code, 0);
}

#[test]
fn a_proxy_that_asks_who_this_is_is_told_and_a_wrong_answer_is_said_as_that() {
    let behind = Behind::start(Some(LOGIN));
    let ca = ("SSL_CERT_FILE", behind.ca.as_str());
    let with = behind.proxy_as(LOGIN_ENCODED);
    let said = behind.check(&[("HTTPS_PROXY", &with), ca]);
    assert_eq!(said.code, 0, "{said:?}");
    for (proxy, hint) in [
        (behind.proxy.clone(), "Set a user and a password"),
        (
            behind.proxy_as("backup:hush"),
            "does not accept this user and password",
        ),
    ] {
        let said = behind.check(&[("HTTPS_PROXY", &proxy), ca]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.stderr.contains(&format!("The proxy {}", behind.proxy)),
            "{said:?}"
        );
        assert!(
            said.stderr.contains("407 Proxy Authentication Required"),
            "{said:?}"
        );
        assert!(said.stderr.contains(hint), "{said:?}");
        assert!(!said.stderr.contains("hush"), "{said:?}");
    }
}

#[test]
fn settings_count_before_the_environment() {
    let behind = Behind::start(Some(LOGIN));
    let password = behind.bin.file("proxy.password", "p@ss/w%rd#1\n");
    let set = [
        "settings",
        "network",
        "--proxy",
        &behind.proxy,
        "--proxy-user",
        "DOM\\backup",
        "--proxy-password-file",
        &password,
        "--ca-file",
        &behind.ca,
    ];
    let wrong = [("HTTPS_PROXY", "http://127.0.0.1:1")];
    let said = behind.run(&wrong, &set);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout.contains("with a user and a password (settings)"),
        "{said:?}"
    );
    assert!(!said.stdout.contains("p@ss"), "{said:?}");
    assert_eq!(behind.check(&wrong).code, 0);
    // Whoever changes the row leads nobody elsewhere.
    let database = behind.bin.data_dir().join("coldkeep.db");
    let sql = "update setting set body = replace(body, '127.0.0.1', '127.0.0.2') where name = 'network'";
    let changed = Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
        ])
        .arg(&database)
        .arg(sql)
        .status()
        .unwrap();
    assert!(changed.success());
    let said = behind.run(&[], &["repository", "check", "north"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("settings network"), "{said:?}");
    // And back to the environment.
    assert_eq!(
        behind
            .run(&[], &["settings", "network", "--from-environment"])
            .code,
        0
    );
    let with = behind.proxy_as(LOGIN_ENCODED);
    let said = behind.check(&[("HTTPS_PROXY", &with), ("SSL_CERT_FILE", &behind.ca)]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_changed() {
    let behind = Behind::start(None);
    let not_pem = behind.bin.file("not.pem", "hello");
    for (args, words) in [
        (&["--proxy", "http://me:hush@proxy:3128"][..], "--proxy-user"),
        (&["--proxy", "socks5://proxy:1080"], "HTTP proxy"),
        (
            &["--proxy", "http://proxy:3128", "--ca-file", &not_pem],
            "holds no certificate",
        ),
    ] {
        let said = behind.run(&[], &[&["settings", "network"], args].concat());
        assert_eq!(said.code, 1, "{args:?} {said:?}");
        assert!(said.stderr.contains(words), "{said:?}");
        assert!(!said.stderr.contains("hush"), "{said:?}");
    }
    let shown = behind.run(&[], &["settings", "network"]);
    assert!(shown.stdout.contains("none"), "{shown:?}");
}

#[test]
fn failures_on_the_way_name_who_failed() {
    let behind = Behind::start(None);
    let ca = ("SSL_CERT_FILE", behind.ca.as_str());
    // No proxy there, an unknown host behind it, and an issuer that nobody trusts.
    let said = behind.check(&[("HTTPS_PROXY", "http://127.0.0.1:9"), ca]);
    assert!(
        said.code == 1 && said.stderr.contains("The proxy http://127.0.0.1:9"),
        "{said:?}"
    );
    let nothing = behind.bin.file("none.pem", "");
    let said = behind.check(&[("HTTPS_PROXY", &behind.proxy), ("SSL_CERT_FILE", &nothing)]);
    assert!(
        said.code == 1 && said.stderr.contains("SSL_CERT_FILE"),
        "{said:?}"
    );
    let said = behind.check(&[
        ("HTTPS_PROXY", &behind.proxy),
        ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    ]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("UnknownIssuer"), "{said:?}");
    assert!(said.stderr.contains("settings network --ca-file"), "{said:?}");
    let said = behind.check(&[("HTTPS_PROXY", "http://me:hu#sh@proxy"), ca]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.contains("HTTPS_PROXY") && !said.stderr.contains("hu#sh"),
        "{said:?}"
    );
    let said = behind.check(&[
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("NO_PROXY", ".blob.core.windows.net"),
        ca,
    ]);
    assert!(!said.stderr.to_lowercase().contains("the proxy"), "{said:?}");
}

/// A real proxy (Debian's tinyproxy) that asks for a user.
struct Tinyproxy {
    child: Child,
    port: u16,
    log: std::path::PathBuf,
}

impl Tinyproxy {
    /// `upstream`: the proxy that it passes everything on to.
    fn start(bin: &Bin, upstream: Option<&str>) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let log = bin.beside("tinyproxy.log");
        let upstream = upstream
            .map(|at| format!("Upstream http {at}\n"))
            .unwrap_or_default();
        let conf = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 50\n\
             BasicAuth backup s3cret\n{upstream}",
            log.display()
        );
        let conf = bin.file("tinyproxy.conf", &conf);
        let child = Command::new("tinyproxy")
            .args(["-d", "-c", &conf])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's `tinyproxy` is installed");
        let proxy = Self { child, port, log };
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        proxy
    }

    fn as_user(&self, login: &str) -> String {
        format!("http://{login}@127.0.0.1:{}", self.port)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_proxy_with_a_password_leads_to_another() {
    let behind = Behind::start(None);
    let proxy = Tinyproxy::start(&behind.bin, Some(behind.proxy.trim_start_matches("http://")));
    let ca = ("SSL_CERT_FILE", behind.ca.as_str());
    let said = behind.check(&[("HTTPS_PROXY", &proxy.as_user("backup:s3cret")), ca]);
    assert_eq!(said.code, 0, "{said:?}");
    let log = proxy.log();
    assert!(
        log.contains("CONNECT northsource.blob.core.windows.net:443"),
        "{log}"
    );
    let said = behind.check(&[("HTTPS_PROXY", &proxy.as_user("backup:wrong")), ca]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.contains("does not accept this user and password"),
        "{said:?}"
    );
}

#[test]
fn plain_http_on_this_machine_goes_through_a_proxy_on_this_machine_only() {
    let scene = Scene::start();
    scene.add_repository("north", "northsource", "backups");
    let proxy = Tinyproxy::start(&scene.bin, None);
    let check = |proxy: &str| {
        let mut command = scene.bin.command(&["repository", "check", "north"]);
        command
            .env("HTTP_PROXY", proxy)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
        (output.status.code(), said)
    };
    let said = check(&proxy.as_user("backup:s3cret"));
    assert_eq!(said.0, Some(0), "{said:?}");
    let log = proxy.log();
    assert!(log.contains("GET http://127.0.0.1:"), "{log}");
    let said = check(&proxy.as_user("backup:wrong"));
    assert!(
        said.1.contains("does not accept this user and password"),
        "{said:?}"
    );
    let elsewhere = check("http://proxy.invalid:3128");
    assert_eq!(elsewhere.0, Some(0), "{elsewhere:?}");
}
