//! Where the server listens: a Unix socket in the data folder always, TCP on loopback where asked.

use crate::{
    data_dir::{DataDir, DataDirLock, data_folder},
    pages::SetupLink,
};
use coldkeep_api::SocketPath;
use coldkeep_core::{Code, Problem, SecretString, fix, problem::Field};
use data_encoding::BASE64URL_NOPAD;
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Read, Write},
    net::SocketAddr,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::{TcpListener, UnixListener};

/// The sockets of a server. Anyone who has them has the data folder's lock.
#[derive(Debug)]
pub struct Listeners {
    pub(crate) unix: UnixListener,
    pub(crate) tcp: Option<Tcp>,
    pub(crate) socket: PathBuf,
    pub(crate) _lock: DataDirLock,
}

/// A TCP socket on loopback and the token it asks for.
#[derive(Debug)]
pub struct Tcp {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) token: SecretString,
    pub(crate) link: Arc<SetupLink>,
}

impl Listeners {
    /// Opens the data folder's socket, mode 0600, in place of one that a dead process left.
    pub fn open(dir: &DataDir, lock: DataDirLock) -> Result<Self, Problem> {
        let socket = dir.socket();
        let failed = |e: io::Error| {
            Problem::new(
                Code::SocketUnusable,
                format!("The socket `{}` cannot be opened ({e})", socket.display()),
                fix![
                    "Choose another data folder (",
                    Field::DataDir,
                    "), on a file system that has Unix sockets."
                ],
            )
            .in_system(data_folder())
        };
        match std::fs::remove_file(&socket) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
        let address = SocketPath::of(&socket).map_err(failed)?;
        let unix = UnixListener::bind(address.path()).map_err(failed)?;
        std::fs::set_permissions(&socket, Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self {
            unix,
            tcp: None,
            socket,
            _lock: lock,
        })
    }

    /// The one-time link to the page that creates the first administrator; none without TCP. It holds a secret.
    pub fn setup_link(&self) -> Option<SecretString> {
        let tcp = self.tcp.as_ref()?;
        Some(tcp.link.address(tcp.address))
    }

    /// Listens on TCP too; answers the address. Loopback only: this server has no TLS.
    pub async fn listen_on(&mut self, dir: &DataDir, address: SocketAddr) -> Result<SocketAddr, Problem> {
        if !address.ip().is_loopback() {
            return Err(Problem::new(
                Code::ListenAddressInvalid,
                format!("`{address}` is not a loopback address"),
                "Listen on 127.0.0.1 or [::1], behind a proxy with TLS.",
            ));
        }
        let token = ensure_token(&dir.token_file())?;
        let failed = |e: io::Error| {
            Problem::new(
                Code::ListenAddressUnavailable,
                format!("The server cannot listen on {address} ({e})"),
                fix![
                    "Choose another port (",
                    Field::Listen,
                    "), or 0 for any free port."
                ],
            )
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        self.tcp = Some(Tcp {
            listener,
            address,
            token,
            link: Arc::new(SetupLink::new()?),
        });
        Ok(address)
    }
}

/// The token for TCP: 256 random bits, created at the first start, in a file that only its owner can read.
fn ensure_token(path: &Path) -> Result<SecretString, Problem> {
    let failed = |what: String| {
        Problem::new(
            Code::ServerTokenFileUnusable,
            format!("The token file `{}` cannot be used ({what})", path.display()),
            "Make it a file of this user with mode 0600, or delete it: the next start creates a new token.",
        )
        .in_system(data_folder())
    };
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(mut file) => {
            let mut random = [0_u8; 32];
            getrandom::fill(&mut random).map_err(|e| failed(e.to_string()))?;
            let token = BASE64URL_NOPAD.encode(&random);
            file.write_all(token.as_bytes())
                .map_err(|e| failed(e.to_string()))?;
            Ok(token.into())
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let file = File::open(path).map_err(|e| failed(e.to_string()))?;
            let about = file.metadata().map_err(|e| failed(e.to_string()))?;
            if about.mode() & 0o077 != 0 {
                return Err(failed(format!(
                    "other users can read it, mode {:o}",
                    about.mode() & 0o777
                )));
            }
            let mut token = String::new();
            (&file)
                .take(4096)
                .read_to_string(&mut token)
                .map_err(|e| failed(e.to_string()))?;
            let token = token.trim();
            if token.len() < 32 {
                return Err(failed("it is shorter than 32 characters".into()));
            }
            Ok(token.into())
        }
        Err(e) => Err(failed(e.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::ExposeSecret;
    use coldkeep_core::Kind;

    #[test]
    fn the_token_is_made_once_and_refused_when_others_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.token");
        let first = ensure_token(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(first.expose_secret().len(), 43);
        assert_eq!(
            ensure_token(&path).unwrap().expose_secret(),
            first.expose_secret()
        );
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(ensure_token(&path).unwrap_err().kind, Kind::Denied);
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "").unwrap();
        assert!(
            ensure_token(&path).is_err(),
            "an empty token would let everybody in"
        );
    }

    #[tokio::test]
    async fn a_socket_deep_below_is_reached_and_only_loopback_is_listened_on() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::prepare(&root.path().join("d".repeat(100)).join("e".repeat(100))).unwrap();
        let lock = dir.try_lock().unwrap().unwrap();
        let mut listeners = Listeners::open(&dir, lock).unwrap();
        assert_eq!(std::fs::metadata(dir.socket()).unwrap().mode() & 0o777, 0o600);
        let address = SocketPath::of(&dir.socket()).unwrap();
        tokio::net::UnixStream::connect(address.path()).await.unwrap();
        assert!(
            listeners
                .listen_on(&dir, "0.0.0.0:0".parse().unwrap())
                .await
                .is_err()
        );
        let address = listeners
            .listen_on(&dir, "127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        assert_ne!(address.port(), 0);
    }
}
