//! The default description of a service account: who, where, when.

use coldkeep_core::{Clock, SystemClock};

/// `Created by ada on backup01 at 2026-01-02 03:04:05 UTC`.
pub fn own() -> String {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| "an unknown user".into());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!(
        "Created by {user} on {host} at {}",
        crate::print::when(SystemClock.now())
    )
}
