//! Client assertions shown to judges that know nothing of Coldkeep: npm's `oidc-provider` gives a token for them, and
//! PyJWT checks their claims.

use crate::bin::Bin;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const TENANT: &str = "8f9f3a6e-1b1f-4c53-9a0e-0a6f1f9f2a11";
const CLIENT: &str = "3d0b5c3e-7a52-4f0e-8b27-52a9a0f5c111";

fn tools() -> PathBuf {
    std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    )
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/judges")
        .join(name)
}

/// The OpenID provider, ended with the test.
struct Provider {
    process: Child,
    address: String,
    log: PathBuf,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    fn start(bin: &Bin, certificate_pem: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let home = tools().join("oidc-provider");
        let node = home.join("node_modules/node/bin/node");
        assert!(
            node.is_file(),
            "oidc-provider is missing; `cargo xtask test` installs it"
        );
        let (log, said) = (bin.beside("assertions"), bin.beside("provider.log"));
        let process = Command::new(node)
            .arg(script("provider.mjs"))
            .arg(&home)
            .args([&port.to_string(), TENANT, CLIENT, certificate_pem])
            .arg(&log)
            .stdin(Stdio::null())
            .stdout(File::create(&said).unwrap())
            .stderr(File::options().append(true).open(&said).unwrap())
            .spawn()
            .unwrap();
        let mut provider = Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
            log,
        };
        let limit = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = provider.process.try_wait().unwrap();
            let told = fs::read_to_string(&said).unwrap();
            assert!(
                ended.is_none() && Instant::now() < limit,
                "oidc-provider does not listen: {told}"
            );
            std::thread::yield_now();
        }
        provider
    }

    /// What it was shown, with the status it answered.
    fn judged(&self) -> Vec<(String, String)> {
        let log = BufReader::new(File::open(&self.log).unwrap());
        log.lines()
            .map(|line| {
                line.unwrap()
                    .split_once(' ')
                    .map(|(s, a)| (s.to_owned(), a.to_owned()))
                    .unwrap()
            })
            .collect()
    }
}

/// What PyJWT reads out of an assertion that it accepts.
fn claims(certificate_pem: &str, audience: &str, assertion: &str) -> Result<serde_json::Value, String> {
    use std::io::Write;
    let python = tools().join("python-crypto/bin/python");
    assert!(
        python.is_file(),
        "PyJWT is missing; `cargo xtask test` installs it"
    );
    let mut child = Command::new(python)
        .arg(script("claims.py"))
        .args([certificate_pem, audience, CLIENT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(assertion.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap())
}

/// Sets up a service account with the certificate `judged` against the provider.
fn add(bin: &Bin, provider: &Provider) -> crate::bin::Said {
    bin.ok(&[
        "cloud",
        "add",
        "judge",
        "--active-directory",
        &provider.address,
        "--blob-endpoint",
        "http://127.0.0.1:9/{account}",
    ]);
    bin.run(&[
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "judge",
        "--existing",
        "--tenant",
        TENANT,
        "--application",
        CLIENT,
        "--name",
        "judged",
        "--certificate",
        "judged",
    ])
}

fn accepted_by_both(bin: &Bin) {
    let pem = bin.file("judged.pem", &bin.ok(&["certificate", "export", "judged"]));
    let provider = Provider::start(bin, &pem);
    let said = add(bin, &provider);
    assert_eq!(
        said.code,
        0,
        "{said:?} {:?}",
        fs::read_to_string(bin.beside("provider.log"))
    );
    let judged = provider.judged();
    assert!(
        !judged.is_empty() && judged.iter().all(|(status, _)| status == "200"),
        "{judged:?}"
    );

    let audience = format!("{}/{TENANT}/oauth2/v2.0/token", provider.address);
    let (_, assertion) = &judged[0];
    let found = claims(&pem, &audience, assertion).unwrap();
    assert_eq!((&found["iss"], &found["sub"]), (&CLIENT.into(), &CLIENT.into()));
    let other = claims(&pem, "https://elsewhere.example/token", assertion).unwrap_err();
    assert!(other.contains("InvalidAudienceError"), "{other}");
    let mut ids: Vec<String> = judged
        .iter()
        .map(|(_, a)| claims(&pem, &audience, a).unwrap()["jti"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), judged.len(), "each assertion is shown once");
}

#[test]
fn an_assertion_signed_with_a_stored_key_is_accepted() {
    let bin = Bin::new();
    bin.ok(&["certificate", "generate", "--name", "judged", "--key", "rsa2048"]);
    accepted_by_both(&bin);
}

#[test]
fn an_assertion_signed_in_a_token_is_accepted() {
    let bin = Bin::new();
    let pin = bin.softhsm("vault", "271828");
    bin.ok(&[
        "certificate",
        "generate",
        "--name",
        "judged",
        "--key",
        "rsa2048",
        "--token",
        "pkcs11:token=vault",
        "--pin-file",
        &pin,
    ]);
    accepted_by_both(&bin);
}

/// The judge is one: it refuses an assertion of another key.
#[test]
fn an_assertion_of_another_key_is_refused() {
    let bin = Bin::new();
    for name in ["judged", "other"] {
        bin.ok(&["certificate", "generate", "--name", name, "--key", "rsa2048"]);
    }
    let pem = bin.file("other.pem", &bin.ok(&["certificate", "export", "other"]));
    let provider = Provider::start(&bin, &pem);
    let said = add(&bin, &provider);
    assert_eq!(said.code, 1, "{said:?}");
    let judged = provider.judged();
    assert!(judged.iter().all(|(status, _)| status != "200"), "{judged:?}");
    claims(&pem, "x", &judged[0].1).unwrap_err();
}
