//! Chance that can be repeated: whether a random fault strikes follows from a seed, from what is asked, and from how often
//! it was asked before. It does not hang on the order in which concurrent requests happen to arrive.

use super::fault::RequestInfo;
use std::collections::HashMap;

/// The dice of one fault.
#[derive(Debug, Default)]
pub(super) struct Dice {
    /// How often each request was asked, by the hash of method and path.
    asked: HashMap<u64, u32>,
}

impl Dice {
    /// Whether this request is struck, with a probability of `chance`.
    pub(super) fn strike(&mut self, seed: u64, chance: f64, request: &RequestInfo<'_>) -> bool {
        let key = hash_of(request);
        let times = self.asked.entry(key).or_insert(0);
        *times = times.wrapping_add(1);
        let drawn = mix(seed ^ mix(key ^ mix(u64::from(*times))));
        // The upper 53 bits make a number from 0 to below 1.
        ((drawn >> 11) as f64) < chance * (1_u64 << 53) as f64
    }
}

/// FNV-1a, which is the same in every process and release. What clients sign again for each request is left out.
fn hash_of(request: &RequestInfo<'_>) -> u64 {
    let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
    let signed = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !matches!(name, "sig" | "se" | "st" | "skt" | "ske")
    };
    let parts = [request.service, request.method, path];
    let parts = parts.into_iter().chain(query.split('&').filter(signed));
    parts.fold(0xcbf2_9ce4_8422_2325, |hash, part| {
        let bytes = part.bytes().chain([0]);
        bytes.fold(hash, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    })
}

/// `SplitMix64`.
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(seed: u64, chance: f64, paths: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut dice = Dice::default();
        paths
            .filter(|n| {
                let path = format!("/account/container/{n}?sig={seed}");
                let request = RequestInfo {
                    service: "blob",
                    method: "PUT",
                    path: &path,
                    copy_source: false,
                };
                dice.strike(seed, chance, &request)
            })
            .collect()
    }

    #[test]
    fn a_seed_strikes_the_same_requests_in_whatever_order() {
        let first = struck(7, 0.1, 0..1000);
        let mut backwards = struck(7, 0.1, (0..1000).rev());
        backwards.reverse();
        assert_eq!(first, backwards);
        assert!((60..140).contains(&first.len()), "{}", first.len());
        assert_ne!(first, struck(8, 0.1, 0..1000));
        assert_eq!(struck(7, 0.0, 0..1000).len(), 0);
        assert_eq!(struck(7, 1.0, 0..1000).len(), 1000);
    }
}
