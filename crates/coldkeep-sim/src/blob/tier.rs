//! Access tiers, and the slow way out of Archive.

use serde::{Deserialize, Serialize};

use super::moment::Tick;

/// Access tiers of block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Tier {
    Hot,
    Cool,
    Cold,
    Archive,
}

impl Tier {
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Hot, Self::Cool, Self::Cold, Self::Archive]
            .into_iter()
            .find(|tier| tier.as_str() == text)
    }

    pub(super) fn as_str(self) -> &'static str {
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
pub(super) struct Tiering {
    tier: Tier,
    /// When somebody chose the tier; none means the account's default.
    changed: Option<Tick>,
    rehydration: Option<Rehydration>,
}

/// An archived blob on its way to an online tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rehydration {
    pub(super) to: Tier,
    pub(super) high_priority: bool,
    pub(super) ready: Tick,
}

impl Tiering {
    /// The account's default, which nobody chose.
    pub(super) fn by_default(tier: Tier) -> Self {
        Self {
            tier,
            changed: None,
            rehydration: None,
        }
    }

    /// Stays where it is: no rehydration goes on.
    pub(super) fn without_rehydration(self, now: Tick) -> Self {
        match self.rehydration(now) {
            Some(_) => Self {
                rehydration: None,
                ..self
            },
            None => self,
        }
    }

    /// The account's default tier, or the one chosen on the write.
    pub(super) fn on_write(tier: Option<Tier>, now: Tick) -> Self {
        Self {
            tier: tier.unwrap_or(Tier::Hot),
            changed: tier.map(|_| now),
            rehydration: None,
        }
    }

    /// Archived, and `rehydration` on its way.
    pub(super) fn pending(rehydration: Rehydration, now: Tick) -> Self {
        Self {
            tier: Tier::Archive,
            changed: Some(now),
            rehydration: Some(rehydration),
        }
    }

    /// The tier in force at `now`: a rehydration that is ready has happened.
    pub(super) fn tier(&self, now: Tick) -> Tier {
        match self.rehydration {
            Some(rehydration) if rehydration.ready <= now => rehydration.to,
            _ => self.tier,
        }
    }

    /// The rehydration that is still pending at `now`.
    pub(super) fn rehydration(&self, now: Tick) -> Option<Rehydration> {
        self.rehydration.filter(|rehydration| rehydration.ready > now)
    }

    pub(super) fn changed(&self) -> Option<Tick> {
        self.changed
    }
}
