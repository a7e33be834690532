//! How this machine's clock stands to Entra's, without signing in.

use crate::{Azure, Call, Error, transport::address::segment};
use coldkeep_core::Code;
use http::{Method, header::DATE};

impl Azure {
    /// Seconds by which this machine's clock is ahead of Entra's (negative: behind), by the `Date` of its public OpenID
    /// configuration, which has a resolution of one second.
    pub async fn fetch_clock_skew_s(&self, tenant: &str) -> Result<i64, Error> {
        let service = self.login();
        let invalid = |what: &str| Error::without_answer(service.name(), Code::TenantIdInvalid, what);
        let address = format!(
            "{}/{}/v2.0/.well-known/openid-configuration",
            self.cloud().active_directory,
            segment(tenant)
        );
        let uri = address
            .parse()
            .map_err(|_| invalid("the tenant cannot be part of an address"))?;
        let call = Call::new(service, Method::GET, uri);
        let answer = self.call_whole(call, 1024 * 1024).await?;
        let theirs = answer
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .ok_or_else(|| Error::unreadable(service, answer.headers(), "it has no date"))?;
        Ok(self.clock().now().as_second() - theirs.timestamp().as_second())
    }
}
