//! The project's own chores: `cargo xtask test`, `fuzz`, `walls`, `size`, `bench`, `bench-sim`.

mod bench;
mod fuzz;
mod links;
mod peer_tests;
mod record;
mod run;
mod size;
mod surfaces;
mod test;
mod tools;
mod walls;
mod words;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Chores of the Coldkeep project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Installs what the tests need and runs every check and test; what CI runs
    Test(test::Args),
    /// Feeds damaged files to the parsers of certificates and PFX files for a while
    Fuzz(fuzz::Args),
    /// Checks that no crate imports what the map in ARCHITECTURE.md does not draw
    Walls,
    /// Builds the program and says how many packages it is built of and how large it is; fails past the bars
    Size(size::Args),
    /// Copies the same blobs with Coldkeep, AzCopy and rclone against the same simulator and prints the ratios
    Bench(bench::Args),
    /// Measures the simulator alone: from-URL copies a second on one core, and memory
    BenchSim(bench::alone::Args),
    /// Runs the demo in a terminal and draws the screen as docs/images/demo.svg
    Record(record::Args),
    /// Looks for words that STYLE.md forbids, and for links between documents that lead nowhere
    Words,
    /// Installs the outside programs the tests and benchmarks use, and nothing else
    Tools,
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Fuzz(args) => fuzz::run_for(&args),
        Chore::Walls => walls::check(),
        Chore::Size(args) => size::check(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::BenchSim(args) => bench::alone::run(&args),
        Chore::Record(args) => record::run(&args),
        Chore::Words => words::check().and_then(|()| links::check()),
        Chore::Tools => tools::ensure(tools::ALL).map(|_| ()),
    }
}
