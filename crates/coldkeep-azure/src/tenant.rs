//! Finding a tenant, without signing in.

use crate::{Azure, Call, Error, transport::address::segment};
use coldkeep_core::Code;
use http::Method;
use serde::Deserialize;

impl Azure {
    /// The tenant's id, from its id or one of its verified domains, by its public OpenID configuration
    /// (<https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>).
    ///
    /// # Errors
    /// `AADSTS90002` where this cloud has no such tenant.
    pub async fn fetch_tenant_id(&self, tenant: &str) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Configuration {
            issuer: String,
        }
        let service = self.login();
        let address = format!(
            "{}/{}/v2.0/.well-known/openid-configuration",
            self.cloud().active_directory,
            segment(tenant)
        );
        let uri = address.parse().map_err(|_| {
            Error::without_answer(
                service.name(),
                Code::TenantIdInvalid,
                "the tenant cannot be part of an address",
            )
        })?;
        let answer = self
            .call_whole(Call::new(service, Method::GET, uri), 1024 * 1024)
            .await?;
        let configuration: Configuration = serde_json::from_slice(answer.body())
            .map_err(|e| Error::unreadable(service, answer.headers(), e))?;
        let id = configuration
            .issuer
            .trim_end_matches("/v2.0")
            .trim_end_matches('/')
            .rsplit('/')
            .next();
        id.filter(|id| uuid::Uuid::try_parse(id).is_ok())
            .map(str::to_ascii_lowercase)
            .ok_or_else(|| {
                let message = format!("`{tenant}` does not name one tenant");
                Error::without_answer(service.name(), Code::TenantIdInvalid, message)
            })
    }
}
