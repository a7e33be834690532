//! A person who has signed in elsewhere, by the access tokens brought along: what is checked before they are used.

use super::{Claims, Person, claims_of};
use crate::{Azure, TokenSource, token::TokenAnswer};
use coldkeep_core::{Code, Problem, SecretString, fix, problem::Field};

/// The two access tokens that setting up needs.
#[derive(Debug)]
pub struct GivenTokens {
    pub graph: SecretString,
    pub resource_manager: SecretString,
}

/// Graph and Resource Manager as some authorities write them
/// (<https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in>).
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
const RESOURCE_MANAGER_ID: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// The older names of Resource Manager's audience, cloud by cloud.
const RESOURCE_MANAGER_OLD: [&str; 3] = [
    "https://management.core.windows.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.core.chinacloudapi.cn",
];

impl Azure {
    /// The person that the tokens are for. They are used until they run out, and are not renewed. `tenant_id`: the tenant that
    /// is wanted, where one is.
    ///
    /// # Errors
    /// If a token is for another audience, for another tenant, for another user than the other token, or has expired.
    pub fn accept_tokens(&self, tokens: &GivenTokens, tenant_id: Option<&str>) -> Result<Person, Problem> {
        let cloud = self.cloud();
        let graph = self.claims_for("Microsoft Graph", &tokens.graph, &[&cloud.graph, GRAPH_ID])?;
        let mut audiences = vec![
            cloud.resource_manager.as_str(),
            &cloud.resource_manager_audience,
            RESOURCE_MANAGER_ID,
        ];
        audiences.extend(RESOURCE_MANAGER_OLD);
        let manager = self.claims_for("Azure Resource Manager", &tokens.resource_manager, &audiences)?;
        if graph.oid != manager.oid || graph.tid != manager.tid {
            return Err(Problem::new(
                Code::TokensDiffer,
                "The two tokens belong to different users or tenants",
                "Get both from one sign-in: run `az login` again, then repeat this command.",
            ));
        }
        if let Some(wanted) = tenant_id
            && !wanted.eq_ignore_ascii_case(&graph.tid)
        {
            return Err(Problem::new(
                Code::SignInOtherTenant,
                format!(
                    "`{}` is signed in to the tenant {}, not to {wanted}",
                    graph.name(),
                    graph.tid
                ),
                format!("Sign in to that tenant first: `az login --tenant {wanted}`."),
            ));
        }
        let source = TokenSource::given(self, &graph.tid);
        let now_s = self.clock().now().as_second();
        for (audience, token, claims) in [
            (&cloud.graph, &tokens.graph, &graph),
            (
                &cloud.resource_manager_audience,
                &tokens.resource_manager,
                &manager,
            ),
        ] {
            let granted = TokenAnswer::given(token.clone(), claims.exp - now_s);
            source.keep(audience, &granted);
        }
        Ok(Person {
            user_principal_name: graph.name(),
            tenant_id: graph.tid,
            object_id: graph.oid,
            tokens: source,
        })
    }

    /// The token's claims, once it is for this audience and still valid. Its signature is the service's to check: a forged
    /// one is refused there.
    fn claims_for(&self, what: &str, token: &SecretString, audiences: &[&str]) -> Result<Claims, Problem> {
        let claims = claims_of(token).ok_or_else(|| {
            Problem::new(
                Code::AccessTokenInvalid,
                format!("The token for {what} is not an access token"),
                "Give it as `az account get-access-token` prints it (`accessToken`).",
            )
        })?;
        let plain = |audience: &str| audience.trim_end_matches('/').to_ascii_lowercase();
        if !audiences.iter().any(|a| plain(a) == plain(&claims.aud)) {
            return Err(Problem::new(
                Code::AccessTokenInvalid,
                format!("The token for {what} is for `{}`", claims.aud),
                fix![
                    format!(
                        "Get one for {}; if the cloud is another one, choose it with ",
                        audiences[0]
                    ),
                    Field::Cloud,
                    "."
                ],
            ));
        }
        if claims.exp <= self.clock().now().as_second() {
            return Err(Problem::new(
                Code::AccessTokenExpired,
                format!("The token for {what} has expired"),
                "Get a new one; `az account get-access-token` renews it automatically.",
            ));
        }
        Ok(claims)
    }
}
