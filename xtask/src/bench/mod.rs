//! `cargo xtask bench`: the same copy by Coldkeep, AzCopy and rclone against the same simulator, one after the other in one
//! run, each into a container of its own. It prints figures and ratios; it judges nothing.

pub mod alone;
mod measure;
mod peers;
mod simulator;

use crate::{
    run::{self, command, say},
    tools::{self, Tool},
};
use anyhow::{Result, bail};
use measure::Cost;
use peers::Contender;
use simulator::Simulator;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many blobs, for each round
    #[arg(long, value_delimiter = ',', default_value = "20000,200000")]
    blobs: Vec<u64>,
    /// Bytes of each blob
    #[arg(long, default_value_t = 1024)]
    size_bytes: u64,
    /// Leave the peers out
    #[arg(long)]
    coldkeep_only: bool,
}

/// One line of the table.
struct Row {
    name: &'static str,
    blobs: u64,
    cost: Cost,
    requests: u64,
}

pub fn run(args: &Args) -> Result<()> {
    if !args.coldkeep_only {
        tools::ensure(&[Tool::AzCopy, Tool::Rclone])?;
    }
    run::run(&mut command(
        "cargo",
        &["build", "--release", "-p", "coldkeep", "-p", "coldkeep-sim"],
    ))?;
    let mut rows = Vec::new();
    for blobs in &args.blobs {
        let round = round(*blobs, args)?;
        print_round(&round);
        rows.extend(round);
    }
    print_memory(&rows);
    Ok(())
}

/// Every contender copies `blobs` blobs from one account to the other; a simulator of its own for each round keeps one
/// round's garbage out of the next.
fn round(blobs: u64, args: &Args) -> Result<Vec<Row>> {
    say(&format!("round: {blobs} blobs of {} bytes", args.size_bytes));
    let simulator = Simulator::start()?;
    simulator.seed("source", blobs, args.size_bytes)?;
    let mut rows = Vec::new();
    for contender in peers::contenders(args.coldkeep_only) {
        rows.push(one(&simulator, contender, blobs)?);
    }
    Ok(rows)
}

fn one(simulator: &Simulator, contender: Contender, blobs: u64) -> Result<Row> {
    let target = contender.container();
    simulator.create_container(&target)?;
    let mut command = contender.prepare(simulator, &target)?;
    simulator.reset_counters()?;
    say(&format!("{} ...", contender.name()));
    let cost = measure::measure(&mut command)?;
    let requests = simulator.requests()?;
    let arrived = simulator.blobs_in(&target)?;
    if arrived < blobs {
        bail!("{} copied {arrived} of {blobs} blobs", contender.name());
    }
    Ok(Row {
        name: contender.name(),
        blobs,
        cost,
        requests,
    })
}

#[expect(clippy::print_stdout, reason = "the result of the chore")]
fn print_round(rows: &[Row]) {
    let Some(ours) = rows.first() else { return };
    println!();
    println!(
        "{:<18} {:>8} {:>9} {:>10} {:>12} {:>10} {:>9} {:>10} {:>10}",
        "", "blobs", "seconds", "items/s", "CPU ms/item", "req/item", "peak MiB", "speed x", "CPU x"
    );
    for row in rows {
        let n = row.blobs as f64;
        println!(
            "{:<18} {:>8} {:>9.2} {:>10.0} {:>12.3} {:>10.2} {:>9.1} {:>10.2} {:>10.2}",
            row.name,
            row.blobs,
            row.cost.wall_s,
            n / row.cost.wall_s,
            row.cost.cpu_s * 1000.0 / n,
            row.requests as f64 / n,
            row.cost.peak_mib,
            row.cost.wall_s / ours.cost.wall_s,
            row.cost.cpu_s / ours.cost.cpu_s,
        );
    }
    println!("(speed x, CPU x: how many times longer, how many times more CPU time than Coldkeep)");
}

#[expect(clippy::print_stdout, reason = "the result of the chore")]
fn print_memory(rows: &[Row]) {
    let ours: Vec<&Row> = rows
        .iter()
        .filter(|r| r.name == Contender::Coldkeep.name())
        .collect();
    if let (Some(first), Some(last)) = (ours.first(), ours.last())
        && ours.len() > 1
    {
        println!(
            "\nColdkeep's peak memory: {:.1} MiB for {} blobs, {:.1} MiB for {} ({:+.1} %).",
            first.cost.peak_mib,
            first.blobs,
            last.cost.peak_mib,
            last.blobs,
            (last.cost.peak_mib / first.cost.peak_mib - 1.0) * 100.0
        );
    }
}
