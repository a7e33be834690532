//! Device codes, and the users' answers to them.

use super::{Unknown, directory::DeviceState, sign_in_rules::DeviceCodes, state::World};
use crate::wire::{read, write};

impl World {
    /// Approves a device sign-in as a person (user principal name or object id).
    pub fn approve_device_code(&self, user_code: &str, user: &str) -> Result<(), Unknown> {
        let person = read(&self.directory).user(user).map(|u| u.object_id.clone());
        let person = person.ok_or_else(|| Unknown(format!("user `{user}`")))?;
        if self.sign_in_rules().device_codes == DeviceCodes::RefusedOnPage {
            return Ok(());
        }
        self.answer_device_code(user_code, DeviceState::Approved(person))
    }

    /// Declines a device sign-in.
    pub fn decline_device_code(&self, user_code: &str) -> Result<(), Unknown> {
        self.answer_device_code(user_code, DeviceState::Declined)
    }

    fn answer_device_code(&self, user_code: &str, state: DeviceState) -> Result<(), Unknown> {
        let now = self.now();
        let wanted = user_code.replace('-', "");
        let mut directory = write(&self.directory);
        let sign_in = directory
            .device_sign_ins
            .values_mut()
            .find(|d| d.user_code.replace('-', "").eq_ignore_ascii_case(&wanted) && d.expires_at > now)
            .ok_or_else(|| Unknown(format!("device sign-in `{user_code}`")))?;
        sign_in.state = state;
        Ok(())
    }
}
