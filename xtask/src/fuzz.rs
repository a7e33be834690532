//! `cargo xtask fuzz`: the parsers of what strangers give are fed damaged files for a bounded time.
//!
//! The fuzzer (libFuzzer) is linked in by a crate of its own, outside the workspace, which is built with the coverage
//! instrumentation of LLVM. That needs no nightly compiler.

use crate::run::{command, root, run, target_dir};
use anyhow::Result;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long, all targets together
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub seconds: u32,
    /// Only this target; else all share the time
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
}

/// The targets, and files that they begin with.
const TARGETS: [(&str, Option<&str>); 4] = [
    ("certificates", Some("crates/coldkeep-keys/tests/fixtures")),
    ("parts", None),
    ("records", None),
    ("pages", None),
];
const TARGET: &str = "x86_64-unknown-linux-gnu";
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

pub fn run_for(args: &Args) -> Result<()> {
    let home = target_dir().join("fuzz");
    let manifest = root().join("fuzz/Cargo.toml");
    // With `--target` the flags are for the program alone, not for build scripts.
    let mut build = command("cargo", &["build", "--release", "--locked", "--target", TARGET]);
    build
        .arg("--manifest-path")
        .arg(manifest)
        .env("CARGO_TARGET_DIR", &home)
        .env("RUSTFLAGS", INSTRUMENTED);
    run(&mut build)?;
    let chosen = TARGETS
        .iter()
        .filter(|(name, _)| args.target.as_deref().is_none_or(|wanted| wanted == *name));
    let chosen: Vec<_> = chosen.collect();
    if chosen.is_empty() {
        anyhow::bail!("there is no such target");
    }
    let share = args.seconds / u32::try_from(chosen.len())?;
    for (name, seeds) in chosen {
        fuzz(&home, name, seeds.map(|seeds| root().join(seeds)), share.max(1))?;
    }
    Ok(())
}

fn fuzz(home: &Path, name: &str, seeds: Option<PathBuf>, seconds: u32) -> Result<()> {
    let program = home.join(TARGET).join("release").join(name);
    let corpus = home.join("corpus").join(name);
    let artifacts = home.join("artifacts").join(name);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut fuzz = command(&program.to_string_lossy(), &[]);
    fuzz.arg(format!("-max_total_time={seconds}"))
        .args([
            "-timeout=20",
            "-rss_limit_mb=512",
            "-max_len=16384",
            "-verbosity=0",
            "-print_final_stats=1",
        ])
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(corpus)
        .args(seeds);
    run(&mut fuzz)
}
