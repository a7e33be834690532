//! What policies ask of people who sign in: whether device codes are taken, when a second factor is asked for. And which
//! audience a proof of a key must have.

use serde::{Deserialize, Serialize};

/// The rules in force; by default none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInRules {
    pub device_codes: DeviceCodes,
    /// Which policy refuses them.
    pub blocked_by: BlockedBy,
    pub mfa: Mfa,
    pub proof_audience: ProofAudience,
}

/// Where a sign-in by device code is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceCodes {
    #[default]
    Allowed,
    /// No code is given.
    RefusedAtStart,
    /// Polling returns it once the code has been used.
    RefusedAtPoll,
    /// Only the page shows it: polling continues until the code expires.
    RefusedOnPage,
    /// The first tokens are given; a refresh is refused
    /// (<https://learn.microsoft.com/entra/identity/conditional-access/concept-authentication-flows>).
    RefusedAtRefresh,
}

/// A policy that refuses device codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedBy {
    #[default]
    ConditionalAccess,
    SecurityDefaults,
}

/// When people need a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mfa {
    /// Every sign-in has one.
    #[default]
    Always,
    /// Tokens for Resource Manager need one: a sign-in for it asks for it, a refresh of a session without it is refused.
    ResourceManagerTokens,
    /// Resource Manager answers a write without it with a claims challenge
    /// (<https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication>).
    ResourceManagerWrites,
    /// The refusal in the words for clients that know no challenges.
    ResourceManagerWritesByPolicy,
}

/// Which audience of a proof is taken. The documentation named Microsoft Graph for years, and names Azure AD Graph today
/// (<https://learn.microsoft.com/graph/application-rollkey-prooftoken>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofAudience {
    #[default]
    AzureAdGraph,
    MicrosoftGraph,
    Either,
}

impl SignInRules {
    /// The defaults of tenants created since July 2026
    /// (<https://learn.microsoft.com/entra/fundamentals/security-defaults>).
    pub fn security_defaults() -> Self {
        Self {
            device_codes: DeviceCodes::RefusedAtPoll,
            blocked_by: BlockedBy::SecurityDefaults,
            mfa: Mfa::ResourceManagerTokens,
            ..Self::default()
        }
    }
}

impl ProofAudience {
    /// The audiences that are taken.
    pub(crate) fn taken(self) -> &'static [&'static str] {
        const OLD: &str = "00000002-0000-0000-c000-000000000000";
        const NEW: &str = "00000003-0000-0000-c000-000000000000";
        match self {
            Self::AzureAdGraph => &[OLD],
            Self::MicrosoftGraph => &[NEW],
            Self::Either => &[OLD, NEW],
        }
    }
}
