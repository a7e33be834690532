//! The firewall of an account (<https://learn.microsoft.com/azure/storage/common/storage-network-security>).
//!
//! A client's address is that of its connection, or the configured one in its place; what a request
//! claims about itself (`X-Forwarded-For`) counts for nothing. Virtual networks and trusted services are not simulated.

use super::reply::Refusal;
use crate::{
    wire::write,
    world::{StorageAccount, state::World, unknown::Unknown},
};
use std::net::{IpAddr, Ipv4Addr};

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address that the firewall sees.
pub(super) fn client_address(world: &World, peer: Option<&Peer>) -> IpAddr {
    let connected = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    world.client_address().map_or(connected, IpAddr::V4)
}

impl World {
    /// Shuts all clients out of an account but those that a rule names, or lets them all in again.
    pub fn set_network(&self, account: &str, default_deny: bool, ip_rules: &[&str]) -> Result<(), Unknown> {
        write(&self.resources)
            .change_account(account, |account| {
                account.network_default_deny = default_deny;
                account.network_ip_rules = ip_rules.iter().map(|&rule| rule.to_owned()).collect();
            })
            .ok_or_else(|| Unknown(format!("account `{account}`")))
    }
}

/// Refuses clients that the account's rules shut out.
pub(super) fn admit(account: &StorageAccount, client: IpAddr) -> Result<(), Refusal> {
    let named = || account.network_ip_rules.iter().any(|rule| covers(rule, client));
    if account.network_closed || (account.network_default_deny && !named()) {
        return Err(Refusal::forbidden(
            "AuthorizationFailure",
            "This request is not authorized to perform this operation.",
        ));
    }
    Ok(())
}

/// Whether it is a rule at all.
pub(crate) fn is_rule(rule: &str) -> bool {
    let (address, bits) = rule.split_once('/').unwrap_or((rule, "32"));
    address.parse::<Ipv4Addr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 32)
}

/// Whether a rule (an IPv4 address or a range as `16.17.18.0/24`) has the address in it.
fn covers(rule: &str, client: IpAddr) -> bool {
    let IpAddr::V4(client) = client else { return false };
    let (base, bits) = rule.split_once('/').unwrap_or((rule, "32"));
    let (Ok(base), Ok(bits)) = (base.parse::<Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
    base.to_bits() & mask == client.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_addresses_and_ranges() {
        let client = "16.17.18.200".parse().unwrap();
        let hits = |rule| covers(rule, client);
        assert!(hits("16.17.18.200") && hits("16.17.18.0/24") && hits("0.0.0.0/0"));
        assert!(
            !hits("16.17.18.201") && !hits("16.17.18.0/25") && !hits("nonsense") && !hits("16.17.18.0/x")
        );
        assert!(!covers("0.0.0.0/0", "::1".parse().unwrap()));
    }
}
