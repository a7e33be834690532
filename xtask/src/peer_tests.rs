//! Tests that other projects ship, fetched as they are: adlfs' source package from PyPI, `object_store`'s crate from crates.io.

use crate::{
    run::{command, output, say, tools_dir},
    tools::{once, pip},
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// With what its tests need and the clients of Microsoft's that it works with.
const ADLFS: &[&str] = &[
    "adlfs==2026.8.0",
    "azure-identity==1.27.0",
    "azure-storage-blob==12.31.1",
    "dask[dataframe]==2026.8.0",
    "pytest==9.2.0",
    "pytest-asyncio==1.5.0",
    "pytest-mock==3.17.0",
];
const OBJECT_STORE: &str = "0.14.2";

/// adlfs, built from its source package, which has its tests in it.
pub fn adlfs() -> Result<()> {
    pip("adlfs", &[&["--no-binary", "adlfs"], ADLFS].concat())
}

/// `object_store`'s tests as one program, `object_store/azure-tests`. They are built where cargo unpacked the crate, under the
/// crate's own lock file: neither is changed, and nothing of them enters our workspace.
pub fn object_store() -> Result<()> {
    let home = tools_dir().join("object_store");
    once(&home, &[OBJECT_STORE], || {
        say(&format!(
            "building the tests of object_store {OBJECT_STORE} from crates.io (some minutes, the first time)"
        ));
        let program = build(&unpacked(&home)?, &home)?;
        fs::copy(program, home.join("azure-tests"))?;
        Ok(fs::remove_dir_all(home.join("build"))?)
    })
}

/// Has cargo fetch the crate, by a package that does nothing but depend on it; returns the crate's manifest.
fn unpacked(home: &Path) -> Result<PathBuf> {
    let asking = home.join("fetch");
    fs::create_dir_all(asking.join("src"))?;
    fs::write(asking.join("src/lib.rs"), "")?;
    fs::write(
        asking.join("Cargo.toml"),
        format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             object_store = {{ version = \"={OBJECT_STORE}\", default-features = false }}\n"
        ),
    )?;
    let manifest = asking.join("Cargo.toml").to_string_lossy().into_owned();
    let said = output(&mut command(
        "cargo",
        &["metadata", "--format-version=1", "--manifest-path", &manifest],
    ))?;
    let said: Value = serde_json::from_str(&said)?;
    let packages = said["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let found = packages.iter().find(|package| package["name"] == "object_store");
    let path = found.and_then(|package| package["manifest_path"].as_str());
    path.map(PathBuf::from)
        .context("cargo did not say where it put object_store")
}

/// Builds the tests of its Azure feature; returns the program.
fn build(manifest: &Path, home: &Path) -> Result<PathBuf> {
    let (manifest, target) = (manifest.to_string_lossy(), home.join("build"));
    let target = target.to_string_lossy();
    let args = [
        "test",
        "--no-run",
        "--quiet",
        "--locked",
        "--lib",
        "--features",
        "azure",
    ];
    let places = [
        "--manifest-path",
        &manifest,
        "--target-dir",
        &target,
        "--message-format=json-render-diagnostics",
    ];
    let mut cargo = command("cargo", &[&args[..], &places].concat());
    // No debugging is needed.
    cargo
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS");
    let said = output(&mut cargo)?;
    let mut lines = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = lines.find_map(|line| line["executable"].as_str().map(PathBuf::from));
    program.context("cargo did not say which program it built")
}
