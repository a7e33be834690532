//! `coldkeep serve`.

use crate::{
    cli::Global,
    failure::{Done, Outcome},
    print::Out,
    session::{data_dir, in_use, master_key_file, open_engine},
};
use clap::Args;
use coldkeep_server::{DataDir, Listeners, serve};
use serde::Serialize;
use std::net::SocketAddr;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Listen on TCP too, on loopback (port 0: any free one); clients need the token
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

/// Where the server can be reached: printed once it can.
#[derive(Debug, Serialize)]
struct Serving {
    data_dir: String,
    socket: String,
    url: Option<String>,
    token_file: Option<String>,
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
    let serving = Serving {
        data_dir: dir.path().display().to_string(),
        socket: dir.socket().display().to_string(),
        url: address.map(|a| format!("http://{a}")),
        token_file: address.map(|_| dir.token_file().display().to_string()),
    };
    out.one(&serving, |s| {
        vec![
            ("data folder", s.data_dir.clone()),
            ("socket", s.socket.clone()),
            ("url", s.url.clone().unwrap_or_default()),
            ("token file", s.token_file.clone().unwrap_or_default()),
        ]
    })?;
    // What it does half-way is gone on with by the next server.
    let watching = tokio::spawn(engine.clone().watch_credentials());
    let ended = serve(engine, listeners, async {
        asked_to_end().await;
        out.remark("Ending once the runs under way have ended; a second signal ends at once.");
    });
    tokio::select! {
        ended = ended => ended?,
        () = async { asked_to_end().await; asked_to_end().await } => {}
    }
    watching.abort();
    Ok(Done::All)
}

/// Ctrl-C, or a service manager's SIGTERM.
async fn asked_to_end() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
