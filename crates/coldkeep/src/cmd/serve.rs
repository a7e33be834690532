//! `coldkeep serve`.

use crate::{
    cli::Global,
    failure::{Done, Outcome},
    print::Out,
    session::{data_dir, in_use, master_key_file, open_engine},
};
use clap::Args;
use coldkeep_core::{Caller, ExposeSecret};
use coldkeep_server::{DataDir, Listeners, ServerRole, serve};
use serde::Serialize;
use std::{net::SocketAddr, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long runs under way may take once it is asked to end. A service manager kills what has not ended after 90 s.
const RUNS_PATIENCE: Duration = Duration::from_secs(12);

/// Longer than everything that ends in order, shorter than what was promised.
const ENDS_WITHIN: Duration = Duration::from_secs(28);

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Also listen on TCP, on loopback (port 0: any free port); clients need the token
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

/// Where the server can be reached: printed once it can.
#[derive(Debug, Serialize)]
struct ServerAddresses {
    data_dir: String,
    socket: String,
    url: Option<String>,
    token_file: Option<String>,
    /// Opens the page that creates the first administrator, once. None: that is done, or there are no pages.
    setup_link: Option<String>,
}

pub async fn run(args: ServeArgs, global: &Global, out: &Out) -> Outcome {
    let dir = DataDir::prepare(&data_dir(global)?)?;
    let lock = dir.try_lock()?.ok_or_else(|| in_use(&dir))?;
    let mut listeners = Listeners::open(&dir, lock)?;
    let engine = open_engine(&dir, master_key_file(global)?).await?;
    let address = match args.listen {
        Some(address) => Some(listeners.listen_on(&dir, address).await?),
        None => None,
    };
    let is_set_up = engine.setup(Caller::visitor()).is_set_up().await?;
    let link = listeners.setup_link().filter(|_| !is_set_up);
    let serving = ServerAddresses {
        data_dir: dir.path().display().to_string(),
        socket: dir.socket().display().to_string(),
        url: address.map(|a| format!("http://{a}")),
        token_file: address.map(|_| dir.token_file().display().to_string()),
        setup_link: link.map(|link| link.expose_secret().to_owned()),
    };
    // From here on no signal kills it half-way.
    let mut signals = Signals::listen();
    out.one(&serving, |s| {
        vec![
            ("data folder", s.data_dir.clone()),
            ("socket", s.socket.clone()),
            ("url", s.url.clone().unwrap_or_default()),
            ("token file", s.token_file.clone().unwrap_or_default()),
            ("one-time link", s.setup_link.clone().unwrap_or_default()),
        ]
    })?;
    let role = ServerRole::Daemon {
        patience: RUNS_PATIENCE,
    };
    let (end, asked) = tokio::sync::oneshot::channel::<()>();
    let ended = serve(engine, listeners, role, async {
        let _ = asked.await;
    });
    tokio::select! {
        ended = ended => ended?,
        () = async {
            signals.next().await;
            watch_the_end();
            let _ = end.send(());
            out.remark("Shutting down when the current runs have ended, within 30 seconds; a second signal \
                ends the server immediately.");
            signals.next().await;
        } => {}
    }
    Ok(Done::All)
}

/// Ends the process even if something holds up its orderly end; what is stored survives that.
fn watch_the_end() {
    std::thread::spawn(|| {
        std::thread::sleep(ENDS_WITHIN);
        std::process::exit(1);
    });
}

/// Ctrl-C, or a service manager's SIGTERM.
struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    fn listen() -> Self {
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// The next of either; never, where none can be listened to.
    async fn next(&mut self) {
        async fn receive_or_wait_forever(signal: &mut Option<Signal>) {
            let came = match signal {
                Some(signal) => signal.recv().await,
                None => None,
            };
            if came.is_none() {
                std::future::pending::<()>().await;
            }
        }
        tokio::select! {
            () = receive_or_wait_forever(&mut self.interrupt) => {}
            () = receive_or_wait_forever(&mut self.terminate) => {}
        }
    }
}
