//! The terminal: parses arguments, talks to the REST API, prints.

mod cli;
mod cmd;
#[cfg(feature = "demo")]
mod demo;
#[cfg(not(feature = "demo"))]
mod demo_left_out;
mod failure;
mod input;
mod open_files;
mod print;
mod restore_dir;
mod session;

use clap::Parser;
#[cfg(not(feature = "demo"))]
use demo_left_out as demo;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything can open a TLS connection: two providers in one process would panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    open_files::allow_many();
    let cli = cli::Cli::parse();
    print::prepare();
    let out = print::Out::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let what = format!("The program could not start its threads ({error})");
            return out.finish(Err(coldkeep_core::Problem::internal(what).into()));
        }
    };
    let outcome = runtime.block_on(cmd::run(cli, &out));
    // What is left (for example a prompt that waits for a line) must not hold up the end.
    runtime.shutdown_background();
    out.finish(outcome)
}
