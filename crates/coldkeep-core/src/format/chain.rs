//! Whether trusted commit records form one chain: each names the one before it, and none of them is gone.

use super::Previous;
use crate::{hash::Sha256Digest, writer_key::WriterPublicKey};
use std::collections::BTreeMap;

/// A trusted record as a link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub sequence: u64,
    /// Of the record's bytes.
    pub sha256: Sha256Digest,
    pub version_id: Option<String>,
    /// Who signed it.
    pub key: WriterPublicKey,
    pub previous: Option<Previous>,
    /// The key that it admits.
    pub admits: Option<WriterPublicKey>,
}

impl Link {
    /// As the record after it names it.
    pub fn as_previous(&self) -> Previous {
        Previous {
            sequence: self.sequence,
            sha256: self.sha256,
            version_id: self.version_id.clone(),
        }
    }

    /// Whether it is the record that is named.
    pub fn is(&self, named: &Previous) -> bool {
        self.sequence == named.sequence && self.sha256 == named.sha256
    }
}

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainBreak {
    /// A record that another one names, or that was seen earlier (`by` is none then), is gone or is another one.
    Gone { sequence: u64, by: Option<u64> },
    /// The record does not name the trusted record before it.
    Unlinked { sequence: u64, skipped: u64 },
}

/// What is broken in the chain of `links` (trusted, ascending by sequence). `seen`: records seen earlier that must still
/// be there.
///
/// A writer names the newest record that it trusts. So a record may skip those of a writer that was not admitted
/// at that time, unless it is that writer's own.
pub fn check_chain(links: &[Link], root: WriterPublicKey, seen: &[Previous]) -> Vec<ChainBreak> {
    let mut admitted: BTreeMap<WriterPublicKey, u64> = BTreeMap::from([(root, 0)]);
    for link in links {
        if let Some(key) = link.admits {
            admitted.entry(key).or_insert(link.sequence);
        }
    }
    let find = |sequence: u64| {
        let found = links.binary_search_by_key(&sequence, |link| link.sequence);
        found.ok().map(|at| &links[at])
    };
    let mut broken: Vec<ChainBreak> = Vec::new();
    for (at, link) in links.iter().enumerate() {
        let after = link.previous.as_ref().map_or(0, |p| p.sequence);
        if let Some(previous) = &link.previous
            && !find(previous.sequence).is_some_and(|found| found.is(previous))
        {
            broken.push(ChainBreak::Gone {
                sequence: previous.sequence,
                by: Some(link.sequence),
            });
        }
        let knows = |other: &Link| {
            other.key == link.key
                || admitted
                    .get(&other.key)
                    .is_some_and(|since| *since < link.sequence)
        };
        let between = links[..at]
            .iter()
            .rev()
            .take_while(|other| other.sequence > after);
        if let Some(skipped) = between.filter(|other| knows(other)).last() {
            broken.push(ChainBreak::Unlinked {
                sequence: link.sequence,
                skipped: skipped.sequence,
            });
        }
    }
    for seen in seen {
        let told =
            |b: &ChainBreak| matches!(b, ChainBreak::Gone { sequence, .. } if *sequence == seen.sequence);
        if !find(seen.sequence).is_some_and(|link| link.is(seen)) && !broken.iter().any(told) {
            broken.push(ChainBreak::Gone {
                sequence: seen.sequence,
                by: None,
            });
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: WriterPublicKey = WriterPublicKey([1; 32]);
    const SECOND: WriterPublicKey = WriterPublicKey([2; 32]);

    fn link(sequence: u64, key: WriterPublicKey, previous: u64) -> Link {
        Link {
            sequence,
            sha256: Sha256Digest::of(&sequence.to_le_bytes()),
            version_id: None,
            key,
            previous: (previous > 0).then(|| Previous {
                sequence: previous,
                sha256: Sha256Digest::of(&previous.to_le_bytes()),
                version_id: None,
            }),
            admits: None,
        }
    }

    fn chain() -> Vec<Link> {
        (1..=4).map(|n| link(n, ROOT, n - 1)).collect()
    }

    fn without(sequence: u64) -> Vec<Link> {
        chain().into_iter().filter(|l| l.sequence != sequence).collect()
    }

    #[test]
    fn a_record_that_is_gone_is_named_whichever_it_is() {
        assert_eq!(check_chain(&chain(), ROOT, &[]), []);
        for sequence in 1..=3 {
            let by = Some(sequence + 1);
            let gone = ChainBreak::Gone { sequence, by };
            assert_eq!(check_chain(&without(sequence), ROOT, &[]), [gone]);
        }
        let head = chain()[3].as_previous();
        let gone = ChainBreak::Gone {
            sequence: 4,
            by: None,
        };
        assert_eq!(check_chain(&without(4), ROOT, &[head]), [gone]);
    }

    #[test]
    fn a_record_replaced_by_another_is_named() {
        let mut links = chain();
        links[1].sha256 = Sha256Digest::of(b"other");
        let by = |by| ChainBreak::Gone { sequence: 2, by };
        assert_eq!(check_chain(&links, ROOT, &[]), [by(Some(3))]);
        assert_eq!(
            check_chain(&links[..2], ROOT, &[chain()[1].as_previous()]),
            [by(None)]
        );
    }

    #[test]
    fn a_record_that_passes_over_one_that_its_writer_knew_is_named() {
        let mut links = chain();
        links[3] = link(4, ROOT, 2);
        let unlinked = ChainBreak::Unlinked {
            sequence: 4,
            skipped: 3,
        };
        assert_eq!(check_chain(&links, ROOT, &[]), [unlinked]);
        links[3] = link(4, ROOT, 0);
        let unlinked = ChainBreak::Unlinked {
            sequence: 4,
            skipped: 1,
        };
        assert_eq!(check_chain(&links, ROOT, &[]), [unlinked]);
    }

    #[test]
    fn records_of_a_writer_that_is_admitted_later_may_be_passed_over() {
        let mut admission = link(4, ROOT, 2);
        admission.admits = Some(SECOND);
        let links = [
            link(1, ROOT, 0),
            link(2, ROOT, 1),
            link(3, SECOND, 2),
            admission,
            link(5, SECOND, 4),
            link(6, ROOT, 5),
        ];
        assert_eq!(check_chain(&links, ROOT, &[]), []);
        let mut links = links.to_vec();
        links[5] = link(6, ROOT, 4);
        let unlinked = ChainBreak::Unlinked {
            sequence: 6,
            skipped: 5,
        };
        assert_eq!(check_chain(&links, ROOT, &[]), [unlinked]);
    }
}
