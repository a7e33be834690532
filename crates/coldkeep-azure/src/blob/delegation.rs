//! The key that signs SAS in the name of an Entra principal.

use bytes::Bytes;
use coldkeep_core::Timestamp;
use http::Method;

use super::{Container, CountsAs, UserDelegationKey, dates::iso_seconds, list, request::BlobRequest};
use crate::Error;

impl Container {
    /// A user delegation key of the container's account, at most 7 days long. Only for tokens; needs
    /// `generateUserDelegationKey/action` at the account.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>
    ///
    /// # Errors
    /// `AuthorizationPermissionMismatch` without that right; `InvalidXmlDocument` or the like for times that lie
    /// wrongly.
    pub async fn fetch_user_delegation_key(
        &self,
        start: Timestamp,
        expiry: Timestamp,
    ) -> Result<UserDelegationKey, Error> {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>{}</Start><Expiry>{}</Expiry></KeyInfo>",
            iso_seconds(start),
            iso_seconds(expiry)
        );
        let request = BlobRequest::account(Method::POST)
            .query("restype", "service")
            .query("comp", "userdelegationkey")
            .header("content-type", "application/xml")
            .body(Bytes::from(body), CountsAs::Control);
        let answer = self.send_whole(request).await?;
        list::parse_delegation_key(answer.body()).map_err(|e| self.unreadable(answer.headers(), e))
    }
}
