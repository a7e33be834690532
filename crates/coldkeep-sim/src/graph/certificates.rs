//! Certificates registered without a request, by the rules of one that is sent.

use super::keys::{self, SentKey};
use crate::{World, wire::write, world::Unknown};
use coldkeep_core::Timestamp;

impl World {
    /// Registers a certificate (X.509 in DER) with an application (object id), usable at once. Errors: no such application,
    /// no certificate, or one that is not good now.
    pub fn add_certificate(&self, application: &str, der: &[u8]) -> Result<(), Unknown> {
        let now = self.now();
        let mut directory = write(&self.directory);
        let found = directory
            .applications
            .iter_mut()
            .find(|app| app.object_id.eq_ignore_ascii_case(application))
            .ok_or_else(|| Unknown(format!("application `{application}`")))?;
        let key = keys::one(
            &found.key_credentials,
            SentKey::of_der(der),
            now,
            Timestamp::UNIX_EPOCH,
        )
        .map_err(|_| Unknown("certificate that is good now in what was given".to_owned()))?;
        found.key_credentials.push(key);
        Ok(())
    }
}
