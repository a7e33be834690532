//! A secret on its way to the server: the one kind of secret that can be serialized, and only in requests.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// A secret given to Coldkeep. A [`SecretString`] cannot be serialized, so that none is written by mistake;
/// this can, because a request has to carry it. No answer holds one.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Given(SecretString);

impl Given {
    /// The octets of a file, as base64.
    pub fn file(octets: &SecretSlice<u8>) -> Self {
        Self(STANDARD.encode(octets.expose_secret()).into())
    }

    /// The secret itself.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The secret itself.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl From<SecretString> for Given {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl From<String> for Given {
    fn from(secret: String) -> Self {
        Self(secret.into())
    }
}

impl From<&str> for Given {
    fn from(secret: &str) -> Self {
        Self(secret.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_secret_is_sent_and_never_printed() {
        let given = Given::from("hush");
        assert!(!format!("{given:?}").contains("hush"));
        let sent = serde_json::to_string(&given).unwrap();
        assert_eq!(sent, "\"hush\"");
        let received: Given = serde_json::from_str(&sent).unwrap();
        assert_eq!(received.secret().expose_secret(), "hush");
    }

    #[test]
    fn a_file_is_sent_as_base64() {
        let file = Given::file(&vec![0, 255].into());
        assert_eq!(file.into_secret().expose_secret(), "AP8=");
    }
}
