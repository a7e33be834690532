//! What is revoked while it is in use: credentials, sign-ins, account keys, the way through the firewall.

use super::{
    account::account_key,
    directory::{KeyCredential, PasswordCredential},
    state::World,
    unknown::Unknown,
};
use crate::wire::{read, write};

impl World {
    /// Removes one credential (by key id) or all from an application (application or object id); returns their number. Tokens
    /// issued before stay valid until they expire, as in Entra.
    pub fn revoke_credentials(&self, application: &str, key_id: Option<&str>) -> Result<usize, Unknown> {
        let mut directory = write(&self.directory);
        let directory = &mut *directory;
        let found = directory.applications.iter_mut().find(|a| {
            a.app_id.eq_ignore_ascii_case(application) || a.object_id.eq_ignore_ascii_case(application)
        });
        let found = found.ok_or_else(|| Unknown(format!("application `{application}`")))?;
        let stays = |id: &str| key_id.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(id));
        let clear = |keys: &mut Vec<KeyCredential>, passwords: &mut Vec<PasswordCredential>| {
            let before = keys.len() + passwords.len();
            keys.retain(|c| stays(&c.key_id));
            passwords.retain(|c| stays(&c.key_id));
            before - keys.len() - passwords.len()
        };
        let mut revoked = clear(&mut found.key_credentials, &mut found.password_credentials);
        let principals = directory.service_principals.iter_mut();
        for principal in principals.filter(|s| s.app_id == found.app_id) {
            revoked += clear(
                &mut principal.key_credentials,
                &mut principal.password_credentials,
            );
        }
        match key_id {
            Some(id) if revoked == 0 => Err(Unknown(format!("credential `{id}`"))),
            _ => Ok(revoked),
        }
    }

    /// Invalidates all refresh tokens of a user (user principal name or object id); returns their number
    /// (<https://learn.microsoft.com/graph/api/user-revokesigninsessions>).
    pub fn revoke_sessions(&self, user: &str) -> Result<usize, Unknown> {
        let person = read(&self.directory).user(user).map(|u| u.object_id.clone());
        let person = person.ok_or_else(|| Unknown(format!("user `{user}`")))?;
        let mut directory = write(&self.directory);
        let grants = directory.refresh_grants.values_mut();
        let ended = grants.filter(|grant| grant.user_id == person && !grant.revoked);
        Ok(ended.map(|grant| grant.revoked = true).count())
    }

    /// Gives an account two new keys.
    pub fn renew_account_keys(&self, account: &str) -> Result<(), Unknown> {
        let now = self.now();
        self.change_account(account, |a| {
            a.keys = [account_key(), account_key()];
            a.keys_made_at = [now; 2];
        })
    }
}
