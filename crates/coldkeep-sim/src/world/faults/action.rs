//! What a fault does to a request.

use serde::{Deserialize, Serialize};

/// What happens to a request. In JSON: `"lose_reply"`, `{"status": {"status": 503}}`, `{"hold": {"after_effect": true}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Refused with this status before it has any effect.
    Status {
        status: u16,
        /// The service's error code; by default, the service's code for the status. For `login` a number: `53003` is
        /// AADSTS53003.
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// It takes effect and the connection is cut instead of a reply.
    LoseReply,
    /// The connection is cut before it takes effect.
    Drop,
    /// Never answered (until the faults are cleared): it waits before or after its effect.
    Hold { after_effect: bool },
    /// Answered late.
    Delay { ms: u64 },
    /// The reply's body ends with a cut connection after this many bytes.
    CutBody { after_bytes: u64 },
    /// The reply's body trickles out.
    SlowBody { bytes_per_s: u64 },
    /// The reply's Content-Length is this many bytes, for a body of any length.
    LieLength { bytes: u64 },
    /// The reply's body has no length and no end.
    EndlessBody,
    /// A listing of blobs never ends: every page is the first one, with a marker for another. Its markers come again
    /// after this many pages; 0: never.
    RepeatMarkers { period: u64 },
    /// The connection is cut when this many bytes of the request's body have come; it has no effect.
    CutRequest { after_bytes: u64 },
    /// Answered by a replica without the objects created in the last `seconds`: an object that one request finds
    /// is missing in the next.
    Stale { seconds: u32 },
    /// The request's body is taken in slowly.
    SlowRequest { bytes_per_s: u64 },
}

impl Action {
    /// Keeps the dice of several random faults apart.
    pub(super) fn salt(&self) -> u64 {
        match self {
            Self::Status { status, .. } => u64::from(*status),
            Self::LoseReply => 1,
            Self::Drop => 2,
            Self::Hold { .. } => 3,
            Self::Delay { .. } => 4,
            Self::CutBody { .. } => 5,
            Self::SlowBody { .. } => 6,
            Self::CutRequest { .. } => 7,
            Self::SlowRequest { .. } => 8,
            Self::LieLength { .. } => 9,
            Self::EndlessBody => 10,
            Self::RepeatMarkers { .. } => 11,
            Self::Stale { .. } => 12,
        }
    }
}
