//! Secrets created without a request, as by another administrator.

use crate::{
    World,
    wire::write,
    world::{
        registered::{new_password, new_secret},
        unknown::Unknown,
    },
};
use coldkeep_core::Timestamp;

impl World {
    /// Creates a secret of an application (object id) that is valid until `end`; answers with its text.
    pub fn add_secret(&self, application: &str, name: &str, end: Timestamp) -> Result<String, Unknown> {
        let now = self.now();
        let mut directory = write(&self.directory);
        let found = directory
            .applications
            .iter_mut()
            .find(|app| app.object_id.eq_ignore_ascii_case(application))
            .ok_or_else(|| Unknown(format!("application `{application}`")))?;
        let text = new_secret();
        let password = new_password(&text, Some(name.to_owned()), now, end, now);
        found.password_credentials.push(password);
        Ok(text)
    }
}
