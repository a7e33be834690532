//! The address of the data folder's Unix socket, however long its path is.

use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

/// Octets that the address of a Unix socket holds on Linux, without the final zero (unix(7)).
const PATH_MAX_BYTES: usize = 107;

/// A path by which a socket can be bound or connected to. A long one leads through the descriptor of the socket's folder,
/// which is open as long as this value lives.
#[derive(Debug)]
pub struct SocketPath {
    path: PathBuf,
    _folder: Option<File>,
}

impl SocketPath {
    /// # Errors
    /// If the path is long and its folder cannot be opened.
    pub fn of(socket: &Path) -> io::Result<Self> {
        if socket.as_os_str().len() <= PATH_MAX_BYTES {
            return Ok(Self {
                path: socket.to_owned(),
                _folder: None,
            });
        }
        let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let folder = File::open(folder)?;
        let path = Path::new("/proc/self/fd")
            .join(folder.as_raw_fd().to_string())
            .join(name);
        Ok(Self {
            path,
            _folder: Some(folder),
        })
    }

    /// The path to bind or to connect to.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
