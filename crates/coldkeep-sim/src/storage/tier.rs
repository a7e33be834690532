//! Access tiers, and the slow way out of Archive.

use serde::{Deserialize, Serialize};

use super::moment::Tick;

/// Access tiers of block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tier {
    Hot,
    Cool,
    Cold,
    Archive,
}

impl Tier {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Hot, Self::Cool, Self::Cold, Self::Archive]
            .into_iter()
            .find(|tier| tier.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "Hot",
            Self::Cool => "Cool",
            Self::Cold => "Cold",
            Self::Archive => "Archive",
        }
    }
}

/// How Archive is refused where an account's redundancy does not have it. Both were seen
/// (<https://github.com/Azure/azure-sdk-for-net/issues/32914>, <https://github.com/Azure/azure-cli/issues/10836>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ArchiveRefusal {
    #[default]
    BlobAccessTierNotSupportedForAccountType,
    InvalidHeaderValue,
}

/// The tier of a blob and the way out of Archive it may be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tiering {
    tier: Tier,
    /// When the tier was set; none means the account's default.
    changed: Option<Tick>,
    rehydration: Option<Rehydration>,
}

/// An archived blob on its way to an online tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rehydration {
    pub(crate) to: Tier,
    pub(crate) high_priority: bool,
    pub(crate) ready: Tick,
}

impl Tiering {
    /// The account's default, which was never set.
    pub(crate) fn by_default(tier: Tier) -> Self {
        Self {
            tier,
            changed: None,
            rehydration: None,
        }
    }

    /// Stays where it is: no rehydration is pending.
    pub(crate) fn without_rehydration(self, now: Tick) -> Self {
        match self.rehydration(now) {
            Some(_) => Self {
                rehydration: None,
                ..self
            },
            None => self,
        }
    }

    /// The account's default tier, or the one chosen on the write.
    pub(crate) fn on_write(tier: Option<Tier>, now: Tick) -> Self {
        Self {
            tier: tier.unwrap_or(Tier::Hot),
            changed: tier.map(|_| now),
            rehydration: None,
        }
    }

    /// Archived, and `rehydration` on its way.
    pub(crate) fn pending(rehydration: Rehydration, now: Tick) -> Self {
        Self {
            tier: Tier::Archive,
            changed: Some(now),
            rehydration: Some(rehydration),
        }
    }

    /// The tier in force at `now`: a rehydration that is ready has happened.
    pub(crate) fn tier(&self, now: Tick) -> Tier {
        match self.rehydration {
            Some(rehydration) if rehydration.ready <= now => rehydration.to,
            _ => self.tier,
        }
    }

    /// The rehydration that is still pending at `now`.
    pub(crate) fn rehydration(&self, now: Tick) -> Option<Rehydration> {
        self.rehydration.filter(|rehydration| rehydration.ready > now)
    }

    pub(crate) fn changed(&self) -> Option<Tick> {
        self.changed
    }
}
