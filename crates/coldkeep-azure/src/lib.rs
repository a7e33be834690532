//! The wire: the only crate that knows Microsoft's URLs, headers, JSON, XML, tokens and error codes. Retrying lives
//! here and nowhere else.

pub mod arm;
mod azure;
pub mod blob;
mod body;
mod call;
mod clock_skew;
mod deadlines;
mod error;
mod exchange;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod gate;
pub mod graph;
mod hints;
mod json;
mod loops;
mod meter;
mod network;
mod pace;
mod refusal_class;
mod retry;
pub mod script;
mod sign_in;
mod tenant;
mod token;
mod upload;

pub use azure::Azure;
pub(crate) use blob::CountsAs;
pub(crate) use call::{Call, Payload, Repeat, Said, Service};
pub use deadlines::Deadlines;
pub use error::Error;
pub use exchange::{Body, Exchange, HyperExchange};
pub use meter::Meter;
pub use network::{Network, Proxy, check_ca_pem};
pub use refusal_class::RefusalClass;
pub use retry::{
    Settle, credential_not_yet_known, given_credential_not_yet_known, right_not_yet_known, settle,
};
pub use sign_in::{AZURE_CLI_CLIENT_ID, Answered, BrowserSignIn, DeviceCode, GivenTokens, Person, Poll};
pub use token::{AppCredential, TokenSource};
pub use upload::{Pieces, Streamed};

#[cfg(test)]
mod scripted;
