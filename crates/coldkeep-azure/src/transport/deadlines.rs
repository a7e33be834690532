//! How long anything may take: the head of an answer, its body, and all tries of a request together.

use std::time::Duration;

/// Bytes a second that a request's body is expected to leave with at least.
const UPLOAD_BYTES_PER_S: u64 = 32 * 1024;

/// What is waited for, and how long. The default is for real services; tests are less patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// The answer's head, from the moment a connection is asked for; longer for what carries a long body.
    pub head: Duration,
    /// The head of the answer to a server-side copy: the service reads the whole source first.
    pub copy: Duration,
    /// A body that stands still.
    pub idle: Duration,
    /// In so much waiting for a body ...
    pub window: Duration,
    /// ... at least this many bytes must come.
    pub window_bytes: u64,
    /// The body of an answer that is read into memory.
    pub whole: Duration,
    /// A request whose tries took so long together is not sent again. Waits that the service asked for do not count.
    pub tries: Duration,
    /// A storage account that refuses every request because there are too many is given up after so long.
    pub throttled: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(100),
            copy: Duration::from_secs(600),
            idle: Duration::from_secs(60),
            window: Duration::from_secs(60),
            // A kilobyte a second: slower than any line on which a backup is copied.
            window_bytes: 60 * 1024,
            whole: Duration::from_secs(300),
            tries: Duration::from_secs(300),
            throttled: Duration::from_secs(60),
        }
    }
}

impl Deadlines {
    /// The deadlines of unattended work: a run survives a quarter of an hour in which an account accepts no requests.
    #[must_use]
    pub fn patient(self) -> Self {
        Self {
            throttled: Duration::from_secs(15 * 60),
            ..self
        }
    }

    /// For the answer's head to a request whose body has this length in bytes.
    pub(crate) fn head_of(&self, copies: bool, body_bytes: u64) -> Duration {
        let head = if copies { self.copy } else { self.head };
        head + Duration::from_secs(body_bytes / UPLOAD_BYTES_PER_S)
    }
}
