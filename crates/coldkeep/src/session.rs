//! Finding a server to talk to: a named one, the daemon of the data folder, or one started in this process.

use crate::{cli::Global, input};
use coldkeep_api::Client;
#[cfg(feature = "demo")]
use coldkeep_core::SecretString;
use coldkeep_core::{Code, Problem, SystemClock, fix, problem::Field};

use coldkeep_server::{Config, DataDir, Engine, Listeners, ServerRole, serve};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinHandle};

/// How often and how long a starting or ending server is waited for.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(100);

/// How long a command waits at its end for the server to end the sign-ins.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(5);

/// A server to talk to, for the length of one command.
#[derive(Debug)]
pub struct Session {
    client: Client,
    own: Option<OwnServer>,
    /// Opens the pages of a server of this process, where it has some.
    #[cfg(feature = "demo")]
    setup_link: Option<SecretString>,
}

#[derive(Debug)]
struct OwnServer {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Problem>>,
}

impl Session {
    /// Finds or starts a server.
    pub async fn open(global: &Global) -> Result<Self, Problem> {
        if let Some(url) = &global.server {
            let token_file = match &global.token_file {
                Some(file) => file.clone(),
                None => data_dir(global)?.join("api.token"),
            };
            let client = Client::tcp(url, input::read_secret_text(&token_file)?)?;
            client.fetch_greeting().await?;
            return Ok(Self::remote(client));
        }
        Self::open_with(&data_dir(global)?, master_key_file(global)?).await
    }

    /// A server in this process over a folder of its own. With `pages`, it also has pages, on any free port.
    #[cfg(feature = "demo")]
    pub async fn open_data_dir(path: &Path, pages: bool) -> Result<Self, Problem> {
        let dir = DataDir::prepare(path)?;
        let lock = dir.try_lock()?.ok_or_else(|| in_use(&dir))?;
        let mut listeners = Listeners::open(&dir, lock)?;
        if pages {
            listeners.listen_on(&dir, ([127, 0, 0, 1], 0).into()).await?;
        }
        let setup_link = listeners.setup_link();
        let session = Self::start(&dir, listeners, None).await?;
        Ok(Self {
            setup_link,
            ..session
        })
    }

    /// The one-time link to the pages of this process's server.
    #[cfg(feature = "demo")]
    pub fn setup_link(&self) -> Option<&SecretString> {
        self.setup_link.as_ref()
    }

    async fn open_with(path: &Path, master_key_file: Option<PathBuf>) -> Result<Self, Problem> {
        let dir = DataDir::prepare(path)?;
        for _ in 0..TRIES {
            // The lock first: who holds it is the server, and a socket beside a free lock is a dead one's.
            if let Some(lock) = dir.try_lock()? {
                return Self::start(&dir, Listeners::open(&dir, lock)?, master_key_file).await;
            }
            let client = Client::unix(dir.socket());
            if client.fetch_greeting().await.is_ok() {
                return Ok(Self::remote(client));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(in_use(&dir))
    }

    async fn start(
        dir: &DataDir,
        listeners: Listeners,
        master_key_file: Option<PathBuf>,
    ) -> Result<Self, Problem> {
        let engine = open_engine(dir, master_key_file).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(engine, listeners, ServerRole::SingleCommand, async {
            let _ = stopped.await;
        }));
        Ok(Self {
            client: Client::unix(dir.socket()),
            own: Some(OwnServer { stop, serving }),
            #[cfg(feature = "demo")]
            setup_link: None,
        })
    }

    /// A server that stays when this command ends.
    fn remote(client: Client) -> Self {
        Self {
            client,
            own: None,
            #[cfg(feature = "demo")]
            setup_link: None,
        }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the server lives in this process, so that ending it ends what it does.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Ends what this command began and nothing else needs: its sign-ins, and a server of this process once its runs and its
    /// other clients have ended.
    pub async fn close(self) -> Result<(), Problem> {
        // A server that does not answer forgets them by itself, an hour after their last use.
        let _ = tokio::time::timeout(SIGN_OUT_PATIENCE, self.client.end_sign_ins()).await;
        // Its connections are open as long as it lives, and the server waits for them.
        drop(self.client);
        let Some(own) = self.own else { return Ok(()) };
        let _ = own.stop.send(());
        own.serving.await.unwrap_or_else(|_| {
            Err(Problem::internal(
                "The server in this process stopped unexpectedly",
            ))
        })
    }
}

/// Opens the engine of a data folder whose lock this process holds.
pub async fn open_engine(dir: &DataDir, master_key_file: Option<PathBuf>) -> Result<Arc<Engine>, Problem> {
    Engine::open(Config {
        data_dir: dir.path().to_owned(),
        database_url: None,
        master_key_file,
        clock: Arc::new(SystemClock),
    })
    .await
}

/// The master key's file, where one is named: by the flag, by its variable, or by systemd (`LoadCredential=`).
pub fn master_key_file(global: &Global) -> Result<Option<PathBuf>, Problem> {
    if let Some(file) = &global.master_key_file {
        return std::path::absolute(file).map(Some).map_err(|e| {
            Problem::new(
                Code::MasterKeyInvalid,
                format!("The master key file `{}` cannot be used ({e})", file.display()),
                "Write its absolute path.",
            )
        });
    }
    Ok(std::env::var_os("CREDENTIALS_DIRECTORY")
        .map(|folder| PathBuf::from(folder).join("coldkeep-master-key"))
        .filter(|file| file.is_absolute() && file.exists()))
}

/// The chosen data folder.
pub fn data_dir(global: &Global) -> Result<PathBuf, Problem> {
    if let Some(dir) = &global.data_dir {
        return Ok(dir.clone());
    }
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|share| share.join("coldkeep"))
        .ok_or_else(|| {
            Problem::new(
                Code::DataDirUnusable,
                "There is no home folder for Coldkeep's data",
                fix!["Name a data folder (", Field::DataDir, ", or COLDKEEP_DATA_DIR)."],
            )
        })
}

/// Another process holds the folder.
pub fn in_use(dir: &DataDir) -> Problem {
    Problem::new(
        Code::DataDirInUse,
        format!(
            "Another process uses the data folder `{}` and does not respond",
            dir.path().display()
        ),
        "Wait for it to end, or end it; `fuser` on the folder's file `lock` shows the process.",
    )
}
