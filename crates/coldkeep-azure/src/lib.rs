//! The wire: the only crate that knows Microsoft's URLs, headers, JSON, XML, tokens and error codes. Retrying lives
//! here and nowhere else.

pub mod arm;
pub mod blob;
mod clock_skew;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod graph;
mod hints;
mod json;
mod loops;
pub mod script;
mod sign_in;
mod tenant;
mod token;
mod transport;

pub use sign_in::{AZURE_CLI_CLIENT_ID, Answered, BrowserSignIn, DeviceCode, GivenTokens, Person, Poll};
pub use token::{AppCredential, TokenSource};
pub use transport::{
    Azure, Body, CountsAs, Deadlines, Error, Exchange, HyperExchange, Meter, Network, Pieces, Proxy,
    RefusalClass, ReplicationWait, Streamed, check_ca_pem, credential_not_yet_known,
    given_credential_not_yet_known, right_not_yet_known, wait_until_consistent,
};
pub(crate) use transport::{Call, Payload, RefusalBody, Repeat, Service};

#[cfg(test)]
mod scripted;
