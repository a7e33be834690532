//! Open files: as many connections as a far or fast account needs are more than many shells allow.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the connections to two accounts, and everything else.
const WANTED: u64 = 4096;

/// Raises this process's own limit as far as the system lets it. Where it does not, fewer requests are in flight.
pub(crate) fn allow_many() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if current.is_some_and(|current| current < wanted) {
        let limit = Rlimit {
            current: Some(wanted),
            maximum,
        };
        // Refused: it stays as it is.
        let _stays = setrlimit(Resource::Nofile, limit);
    }
}
