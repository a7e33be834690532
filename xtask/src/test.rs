//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use crate::{
    fuzz, links,
    run::{self, command, exists, output, say, tools_dir},
    size, tools, walls, words,
};
use anyhow::{Result, bail};
use std::{ffi::OsString, path::PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the tests whose name contains this (skips the other checks)
    filter: Option<String>,
}

fn run_checks() -> Result<()> {
    run::run(&mut command("cargo", &["fmt", "--all", "--check"]))?;
    walls::check()?;
    size::check_packages()?;
    words::check()?;
    links::check()?;
    spelling()?;
    deny()?;
    run::run(&mut command(
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    ))?;
    // As packages are built: without the simulator and the demo.
    let packaged = ["--package", "coldkeep", "--no-default-features"];
    run::run(&mut command(
        "cargo",
        &[&["clippy"], &packaged[..], &["--", "-D", "warnings"]].concat(),
    ))?;
    let doc = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    run::run(command("cargo", &doc).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Misspelt words, by `_typos.toml`.
fn spelling() -> Result<()> {
    let program = tools_dir().join("typos/bin/typos");
    run::run(&mut command(&program.to_string_lossy(), &["--format", "brief"]))
}

pub fn run(args: &Args) -> Result<()> {
    tools::ensure(tools::ALL)?;
    if args.filter.is_none() {
        run_checks()?;
    }
    let mut nextest = command("cargo", &["nextest", "run", "--workspace", "--no-fail-fast"]);
    if let Some(filter) = &args.filter {
        nextest.arg(filter);
    }
    nextest
        .env("PATH", path_with_tools()?)
        .env("COLDKEEP_TEST_TOOLS", tools_dir());
    run::run(&mut nextest)?;
    if args.filter.is_none() {
        fuzz::run_for(&fuzz::Args {
            seconds: 60,
            target: None,
        })?;
    }
    Ok(())
}

/// Licences, bans and sources always; advisories where their database can be fetched, else it says that it did not.
fn deny() -> Result<()> {
    let program = tools_dir()
        .join("cargo-deny/bin/cargo-deny")
        .to_string_lossy()
        .into_owned();
    run::run(&mut command(
        &program,
        &["--log-level", "error", "check", "licenses", "bans", "sources"],
    ))?;
    let fetched = output(&mut command(&program, &["--log-level", "error", "fetch", "db"]));
    if let Err(error) = fetched {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
        say(&format!(
            "advisories NOT checked: their database cannot be fetched from here ({reason})"
        ));
        return Ok(());
    }
    run::run(&mut command(
        &program,
        &["--log-level", "error", "check", "--disable-fetch", "advisories"],
    ))
}

/// Installed cargo tools come first, so that `cargo nextest` is found.
fn path_with_tools() -> Result<OsString> {
    if !exists("cargo", "--version") {
        bail!("cargo is not on the PATH");
    }
    let mut folders = vec![tools_dir().join("cargo-nextest/bin")];
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    Ok(std::env::join_paths(folders.iter().map(PathBuf::as_path))?)
}
