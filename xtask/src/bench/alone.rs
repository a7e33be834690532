//! `cargo xtask bench-sim`: how many small from-URL copies the simulator answers on one core, driven from another, and what a
//! million blobs weigh. It prints figures; it judges nothing.

use super::simulator::Simulator;
use crate::{
    run::{self, command, output, root},
    tools::{self, Tool},
};
use anyhow::{Context, Result, bail};
use std::process::Command;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often the copying is measured
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of each round
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// How many different blobs are weighed
    #[arg(long, default_value_t = 1_000_000)]
    blobs: u64,
}

/// How many blobs are copied again and again.
const SOURCES: u64 = 10_000;
const SIZE_BYTES: u64 = 1024;
const CONNECTIONS: &str = "-c32";

#[expect(clippy::print_stdout, reason = "the result of the chore")]
pub fn run(args: &Args) -> Result<()> {
    tools::ensure(&[Tool::Wrk])?;
    run::run(&mut command(
        "cargo",
        &["build", "--profile", "dist", "-p", "coldkeep-sim"],
    ))?;
    let simulator = Simulator::start_with(&["taskset", "-c", "0"], &[])?;
    simulator.seed("source", "m365/", SOURCES, SIZE_BYTES)?;
    simulator.create_container("copies")?;
    let token = simulator.token("https://storage.azure.com/.default")?;
    println!("Put Blob From URL of {SIZE_BYTES} bytes, bearer tokens, rights enforced, request log on:");
    for round in 0..args.rounds {
        let before = simulator.blobs_in("copies")?;
        let per_s = drive(&simulator, &token, (round, args.seconds))?;
        let copied = simulator.blobs_in("copies")? - before;
        println!("  {per_s:.0} a second ({copied} blobs)");
    }
    println!(
        "{} copies of {SOURCES} blobs, which share their bytes: {:.0} MiB",
        simulator.blobs_in("copies")?,
        simulator.resident_mib()?
    );
    drop(simulator);
    let simulator = Simulator::start_with(&[], &[])?;
    let empty = simulator.resident_mib()?;
    simulator.seed("source", "m365/", args.blobs, SIZE_BYTES)?;
    println!(
        "{} different blobs of {SIZE_BYTES} bytes: {:.0} MiB (empty: {empty:.0} MiB)",
        args.blobs,
        simulator.resident_mib()?
    );
    Ok(())
}

/// Copies for some seconds; answers wrk's rate. One refusal spoils the round.
fn drive(simulator: &Simulator, token: &str, (round, seconds): (u32, u32)) -> Result<f64> {
    let blob = simulator.world.blob.trim_end_matches("/{account}");
    let script = root().join("xtask/src/bench/copies.lua");
    let mut wrk = Command::new("taskset");
    wrk.args([
        "-c",
        "1",
        "wrk",
        "-t1",
        CONNECTIONS,
        &format!("-d{seconds}s"),
        "-s",
    ])
    .arg(script)
    .arg(blob)
    .env("COPIES_TOKEN", token)
    .env("COPIES_SOURCE", blob)
    .env("COPIES_ROUND", round.to_string());
    let said = output(&mut wrk)?;
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("not every copy was done: {said}");
    }
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    rate.and_then(|text| text.trim().parse().ok())
        .with_context(|| format!("wrk said no rate: {said}"))
}
