//! By what way a request came, and whether a signature allows it.

use super::{address::Query, reply::Refusal};
use std::net::{IpAddr, Ipv4Addr};

pub(super) fn covers(range: &str, client: IpAddr) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (IpAddr::V4(client), Ok(first), Ok(last)) =
        (client, first.trim().parse::<Ipv4Addr>(), last.trim().parse())
    else {
        return false;
    };
    (first..=last).contains(&client)
}

/// How a request comes in: what `sip` and `spr` are about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) client: IpAddr,
    pub(super) https: bool,
}

impl Way {
    /// Refuses addresses outside `sip` (one, or a range as `168.1.5.60-168.1.5.70`), and HTTP if `spr` is `https`.
    pub(super) fn check(&self, query: &Query) -> Result<(), Refusal> {
        if query.some("spr").is_some_and(|protocols| protocols == "https") && !self.https {
            return Err(Refusal::forbidden(
                "AuthorizationProtocolMismatch",
                "This request is not authorized to perform this operation using this protocol.",
            ));
        }
        if query.some("sip").is_some_and(|range| !covers(range, self.client)) {
            return Err(Refusal::forbidden(
                "AuthorizationSourceIPMismatch",
                format!(
                    "This request is not authorized to perform this operation using this source IP {}.",
                    self.client
                ),
            ));
        }
        Ok(())
    }
}
