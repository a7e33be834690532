//! How requests leave and answers come back: connections, proxies, pace, retries, deadlines, counters and errors. It knows
//! no operation of any service.

pub(crate) mod address;
mod azure;
mod body;
mod call;
mod deadlines;
mod error;
mod exchange;
pub(crate) mod gate;
mod meter;
mod network;
mod pace;
mod refusal_class;
pub(crate) mod retry;
pub(crate) mod said;
mod upload;

pub use azure::Azure;
pub(crate) use call::{Call, Payload, Repeat, Service};
pub use deadlines::Deadlines;
pub use error::Error;
pub use exchange::{Body, Exchange, HyperExchange};
pub use meter::{CountsAs, Meter};
pub use network::{Network, Proxy, check_ca_pem};
pub use refusal_class::RefusalClass;

pub use retry::{
    ReplicationWait, credential_not_yet_known, given_credential_not_yet_known, right_not_yet_known,
    wait_until_consistent,
};
pub(crate) use said::{RefusalBody, Understand};
pub use upload::{Pieces, Streamed};
