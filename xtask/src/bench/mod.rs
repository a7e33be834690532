//! `cargo xtask bench`: the same copy by Coldkeep, AzCopy and rclone against the same simulator, one after the other in one
//! run, each into a container of its own; on a near network, on a far one, and with accounts that allow few requests. It
//! prints figures and ratios; it judges nothing.

pub mod alone;
mod measure;
mod peers;
mod scenario;
mod simulator;
mod table;

use crate::{
    run::{self, command, say},
    tools::{self, Tool},
};
use anyhow::{Result, bail};
use measure::Cost;
use peers::Contender;
use scenario::Scenario;
use simulator::Simulator;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is measured
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "near,far,limited,slow,listing"
    )]
    scenario: Vec<Scenario>,
    /// How many blobs, for each round [default: what suits the scenario]
    #[arg(long, value_delimiter = ',')]
    blobs: Vec<u64>,
    /// Bytes of each blob
    #[arg(long, default_value_t = 1024)]
    size_bytes: u64,
    /// Leave the peers out
    #[arg(long)]
    coldkeep_only: bool,
    /// Another binary of Coldkeep, measured as well: one from before a change
    #[arg(long, value_name = "FILE")]
    before: Option<std::path::PathBuf>,
}

/// One line of the table.
struct Row {
    name: &'static str,
    blobs: u64,
    cost: Cost,
    requests: u64,
    refused: u64,
    /// Blobs that did not arrive, or what the contender said when it ended in failure.
    trouble: Option<String>,
}

pub fn run(args: &Args) -> Result<()> {
    if !args.coldkeep_only {
        tools::ensure(&[Tool::AzCopy, Tool::Rclone])?;
    }
    run::run(&mut command(
        "cargo",
        &[
            "build",
            "--profile",
            "dist",
            "-p",
            "coldkeep",
            "-p",
            "coldkeep-sim",
        ],
    ))?;
    let mut near = Vec::new();
    for scenario in &args.scenario {
        let blobs = match args.blobs.as_slice() {
            [] => scenario.blobs(),
            given => given,
        };
        for blobs in blobs {
            let round = round(*scenario, *blobs, args)?;
            table::print_round(&scenario.title(*blobs), &round);
            if let Some(allowed) = scenario.requests_per_s() {
                table::print_limited(allowed, &round);
            }
            if *scenario == Scenario::Near {
                near.extend(round);
            }
        }
    }
    table::print_memory(&near);
    Ok(())
}

/// Every contender copies `blobs` blobs from one account to the other; a simulator of its own for each round keeps one
/// round's garbage out of the next.
fn round(scenario: Scenario, blobs: u64, args: &Args) -> Result<Vec<Row>> {
    say(&scenario.title(blobs));
    let simulator = Simulator::start()?;
    scenario.seed(&simulator, blobs, args.size_bytes)?;
    let mut rows = Vec::new();
    for contender in scenario.contenders(args) {
        rows.push(one(&simulator, scenario, &contender, blobs)?);
    }
    Ok(rows)
}

fn one(simulator: &Simulator, scenario: Scenario, contender: &Contender, blobs: u64) -> Result<Row> {
    let target = contender.container();
    simulator.create_container(&target)?;
    // Setting up is not measured, and not slowed down.
    simulator.slow_down(None)?;
    let mut command = if scenario == Scenario::Listing {
        contender.prepare_listing(simulator, &target)?
    } else {
        contender.prepare(simulator, &target)?
    };
    simulator.slow_down(Some(scenario))?;
    simulator.reset_counters()?;
    say(&format!("{} ...", contender.name()));
    let (cost, mut trouble) = measure::measure(&mut command)?;
    let (requests, refused) = simulator.requests()?;
    simulator.slow_down(None)?;
    if scenario != Scenario::Listing {
        let arrived = simulator.blobs_in(&target)?;
        if arrived < blobs {
            trouble = Some(format!("copied {arrived} of {blobs}"));
        }
    }
    if let Some(trouble) = &trouble
        && scenario.is_easy()
    {
        bail!("{}: {trouble}", contender.name());
    }
    Ok(Row {
        name: contender.name(),
        blobs,
        cost,
        requests,
        refused,
        trouble,
    })
}
