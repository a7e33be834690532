//! For tests: a private PostgreSQL cluster in a temporary folder, on a Unix socket, gone at the end.

use std::{
    ffi::OsStr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

const DEBIAN_BIN: &str = "/usr/lib/postgresql/15/bin";

/// A PostgreSQL server of its own, stopped and deleted when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    dir: tempfile::TempDir,
}

impl Cluster {
    /// Panics with what to install where there is no PostgreSQL: a suite that skips proves nothing.
    pub fn start() -> Cluster {
        let bin =
            std::env::var_os("COLDKEEP_TEST_POSTGRES_BIN").map_or_else(|| DEBIAN_BIN.into(), PathBuf::from);
        assert!(
            bin.join("initdb").exists(),
            "PostgreSQL is needed for this test: install Debian's `postgresql` (`cargo xtask test` does), or set \
             COLDKEEP_TEST_POSTGRES_BIN to the folder that has `initdb` and `pg_ctl`. There is no {}/initdb.",
            bin.display()
        );
        // Socket paths may have 107 octets: directly below the system's own folder for temporary files.
        let dir = tempfile::Builder::new()
            .prefix("ckpg")
            .tempdir()
            .expect("a temporary folder can be used");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))
            .expect("a temporary folder can be used");
        let home = dir.path().join("c");
        std::fs::create_dir(&home).expect("a temporary folder can be used");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&home));
        }
        let cluster = Cluster { bin, dir };
        run(cluster
            .tool("initdb")
            .args(["-A", "trust", "-U", "coldkeep", "--no-sync", "-E", "UTF8", "-D"])
            .arg(cluster.data()));
        let options = format!(
            "-c listen_addresses='' -c fsync=off -c unix_socket_directories='{}'",
            home.display()
        );
        run(cluster
            .tool("pg_ctl")
            .args(["-w", "-t", "60", "-o", &options, "-l"])
            .arg(home.join("log"))
            .arg("-D")
            .arg(cluster.data())
            .arg("start"));
        cluster
    }

    /// Creates an empty database; answers its address.
    pub fn make_database(&self, name: &str) -> String {
        let socket = self.dir.path().join("c");
        run(self
            .tool("createdb")
            .args(["-U", "coldkeep", "-h"])
            .arg(&socket)
            .arg(name));
        let host = socket.to_string_lossy().replace('/', "%2F");
        format!("postgres://coldkeep@{host}/{name}")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("c/data")
    }

    /// PostgreSQL refuses to be run by root: then as Debian's user for it.
    fn tool(&self, name: &str) -> Command {
        let tool = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command
                .args([OsStr::new("-u"), OsStr::new("postgres"), OsStr::new("--")])
                .arg(tool);
            command
        } else {
            Command::new(tool)
        };
        command.current_dir(Path::new("/"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Even when an assertion fails: no server may be left behind.
        let _ = self
            .tool("pg_ctl")
            .args(["-m", "immediate", "-w", "-D"])
            .arg(self.data())
            .arg("stop")
            .output();
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// `pg_ctl start` leaves a server that would hold a pipe open: output goes to files of its own, not to ours.
fn run(command: &mut Command) {
    let log = tempfile::NamedTempFile::new().expect("a temporary folder can be used");
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(log.reopen().expect("a temporary folder can be used"))
        .stderr(log.reopen().expect("a temporary folder can be used"))
        .status()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        status.success(),
        "{command:?}: {}",
        std::fs::read_to_string(log.path()).unwrap_or_default()
    );
}
