//! Running the built binary.

use serde_json::Value;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The binary with a data folder of its own.
pub struct Bin {
    dir: tempfile::TempDir,
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bin {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A path beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file beside the data folder; answers its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.beside(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Makes a SoftHSM token for this binary alone; answers the path of the file with its PIN.
    pub fn softhsm(&self, label: &str, pin: &str) -> String {
        let tokens = self.beside("tokens");
        std::fs::create_dir_all(&tokens).unwrap();
        let conf = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        let conf = self.file("softhsm2.conf", &conf);
        let output = Command::new("softhsm2-util")
            .args([
                "--init-token",
                "--free",
                "--label",
                label,
                "--pin",
                pin,
                "--so-pin",
                "31415926",
            ])
            .env("SOFTHSM2_CONF", conf)
            .output()
            .expect("Debian's `softhsm2` is installed");
        assert!(output.status.success(), "{output:?}");
        self.file(&format!("{label}.pin"), pin)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coldkeep"));
        command
            .env("COLDKEEP_DATA_DIR", self.data_dir())
            .env("SOFTHSM2_CONF", self.beside("softhsm2.conf"))
            .args(args)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs what must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said.stdout
    }

    /// Runs what must succeed, and reads its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.run(&[&["--output", "json"], args].concat());
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        serde_json::from_str(&said.stdout).unwrap_or_else(|e| panic!("{e}: {said:?}"))
    }

    /// Runs what must fail with exit code 1: says what, and what next.
    pub fn refused(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 1, "{args:?}: {said:?}");
        assert_eq!(said.stdout, "", "{said:?}");
        assert!(said.stderr.starts_with("error: "), "{said:?}");
        assert!(said.stderr.contains("\nhint: "), "{said:?}");
        said.stderr.replace('\n', " ")
    }
}

/// A file of the PFX reader's fixtures.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../coldkeep-keys/tests/fixtures")
        .join(name);
    path.to_str().unwrap().to_owned()
}
