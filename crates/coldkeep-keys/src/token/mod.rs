//! Keys in PKCS#11 tokens (SoftHSM, TPM, HSM): they sign there and never leave.

mod home;
mod make;
mod module;
mod pair;
mod sign;
#[cfg(test)]
mod tests;
mod uri;
mod words;

pub use make::generate_in_token;
pub use sign::TokenSigner;
pub use uri::TokenUri;

use crate::{pfx::Refusal, pfx::choose};
use coldkeep_core::{Problem, SecretString, Timestamp};
use home::Token;

/// A key of a token that is known to work, with its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub certificate_der: Vec<u8>,
    /// Its exact address, without a PIN.
    pub uri: String,
    /// What the token calls it.
    pub label: Option<String>,
}

/// Finds the one key that `uri` means and proves, by a signature, that it belongs to the certificate beside it. A
/// certificate that has run out by `now` is refused. Blocks for as long as the token takes.
pub fn link_token(uri: &str, pin: Option<SecretString>, now: Timestamp) -> Result<Linked, Problem> {
    let uri: TokenUri = uri.parse()?;
    let token = Token::find(&uri)?;
    let linked = token.with_session("look into the token", pin, move |at| {
        let pair = pair::find_pair(at, &uri)?;
        let exact = pair::exact(at, &pair);
        sign::prove(at, pair::private_key(at, &exact)?, &pair.certificate_der)?;
        Ok(Linked {
            uri: exact.to_string(),
            certificate_der: pair.certificate_der,
            label: pair.label,
        })
    })?;
    choose::refuse_expired(&linked.certificate_der, now).map_err(Refusal::problem_pem)?;
    Ok(linked)
}
