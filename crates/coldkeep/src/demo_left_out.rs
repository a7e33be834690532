//! The message of `coldkeep demo` in a build without the simulator.

use crate::{cli::Global, failure::Outcome, print::Out};
use clap::Args;
use coldkeep_core::{Code, Problem};

/// `coldkeep demo`, with any flags that it has elsewhere.
#[derive(Debug, Args)]
pub struct DemoArgs {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

pub async fn run(_args: DemoArgs, _global: &Global, _out: &Out) -> Outcome {
    let problem = Problem::new(
        Code::BuildWithoutFeature,
        "This build of Coldkeep does not include the simulator that the demo needs",
        "Run the demo from the sources: `cargo run --release -- demo`.",
    );
    Err(problem.into())
}
