//! What the contenders are measured in.

use super::{
    Args,
    peers::{self, Contender},
    simulator::Simulator,
};
use anyhow::Result;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Answers come at once
    Near,
    /// Every answer takes 50 ms longer
    Far,
    /// Each account allows 2,000 requests a second
    Limited,
    /// Each account allows 20 requests a second
    Slow,
    /// Nothing is copied: names are listed, every answer takes 100 ms longer
    Listing,
}

impl Scenario {
    pub fn title(self, blobs: u64) -> String {
        let what = match self {
            Scenario::Near => "answers at once".to_owned(),
            Scenario::Far | Scenario::Listing => format!("{} ms an answer", self.latency_ms()),
            Scenario::Limited | Scenario::Slow => {
                format!(
                    "{} requests a second allowed",
                    self.requests_per_s().unwrap_or_default()
                )
            }
        };
        let verb = if self == Scenario::Listing {
            "listed"
        } else {
            "copied"
        };
        format!("{blobs} blobs {verb}, {what}")
    }

    /// Rounds of this many blobs.
    pub fn blobs(self) -> &'static [u64] {
        match self {
            Scenario::Near => &[20_000, 200_000],
            Scenario::Far | Scenario::Limited => &[20_000],
            Scenario::Slow => &[200],
            Scenario::Listing => &[1_000_000],
        }
    }

    pub fn latency_ms(self) -> u32 {
        match self {
            Scenario::Far => 50,
            Scenario::Listing => 100,
            _ => 0,
        }
    }

    pub fn requests_per_s(self) -> Option<u32> {
        match self {
            Scenario::Limited => Some(2000),
            Scenario::Slow => Some(20),
            _ => None,
        }
    }

    /// Whether everybody is expected to succeed.
    pub fn is_easy(self) -> bool {
        self.requests_per_s().is_none()
    }

    pub fn seed(self, simulator: &Simulator, blobs: u64, size_bytes: u64) -> Result<()> {
        if self != Scenario::Listing {
            return simulator.seed("source", "m365/", blobs, size_bytes);
        }
        // As a backup tool lays it out: folders in folders, one of them with half of everything.
        for folder in 0..20u64 {
            let many = blobs / if folder == 0 { 2 } else { 38 };
            simulator.seed("source", &format!("m365/mail/box-{folder:02}/"), many, 16)?;
        }
        Ok(())
    }

    pub fn contenders(self, args: &Args) -> Vec<Contender> {
        let all = peers::contenders(args.coldkeep_only, args.before.clone());
        all.into_iter()
            .filter(|contender| match contender {
                Contender::RcloneMany => self != Scenario::Near && self != Scenario::Listing,
                Contender::AzCopy | Contender::AzCopyTuned => self != Scenario::Listing,
                _ => true,
            })
            .collect()
    }
}
