//! The walls between the floors, checked against `cargo metadata`: what is not listed here is forbidden.

use crate::{
    run::{command, output, root},
    surfaces,
};
use anyhow::Result;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

/// Which of our crates each crate may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("coldkeep-core", &[]),
    ("coldkeep-azure", &["coldkeep-core"]),
    ("coldkeep-keys", &["coldkeep-core"]),
    ("coldkeep-store", &["coldkeep-core"]),
    ("coldkeep-api", &["coldkeep-core"]),
    (
        "coldkeep-engine",
        &[
            "coldkeep-core",
            "coldkeep-api",
            "coldkeep-azure",
            "coldkeep-keys",
            "coldkeep-store",
        ],
    ),
    (
        "coldkeep-server",
        &["coldkeep-core", "coldkeep-api", "coldkeep-engine"],
    ),
    ("coldkeep-sim", &["coldkeep-core"]),
    (
        "coldkeep",
        &["coldkeep-core", "coldkeep-api", "coldkeep-server", "coldkeep-sim"],
    ),
    ("xtask", &[]),
];

/// Which of our crates may besides be imported by a crate's tests.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    // With the other database.
    ("coldkeep-store", &["coldkeep-store"]),
    ("coldkeep-engine", &["coldkeep-sim"]),
    ("coldkeep-server", &["coldkeep-sim"]),
    ("coldkeep", &["coldkeep-engine", "coldkeep-sim"]),
];

/// Outside crates that only the named crates may import.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx", &["coldkeep-store"]),
    ("axum", &["coldkeep-server"]),
    ("clap", &["coldkeep", "coldkeep-sim", "xtask"]),
    ("parquet", &["coldkeep-engine"]),
    ("quick-xml", &["coldkeep-azure", "coldkeep-sim"]),
    ("rcgen", &["coldkeep-keys", "coldkeep-sim"]),
    ("anyhow", &["coldkeep", "xtask"]),
    ("indicatif", &["coldkeep"]),
];

/// What the pure floor must not import, nor name in its sources.
const NOT_IN_CORE: &[&str] = &[
    "tokio",
    "hyper",
    "http",
    "sqlx",
    "reqwest",
    "tracing",
    "getrandom",
    "rand",
];
const NOT_IN_CORE_SOURCE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "async fn",
];

/// The demo is the only part of the binary that may name the simulator.
const SIM_ONLY_IN: &str = "crates/coldkeep/src/demo";

/// What starts a server in the process of the command line, and nothing else of it: everything else it needs of the server
/// is a type of `coldkeep-api` or an answer over REST.
const SERVER_ONLY_IN: &[&str] = &[
    "crates/coldkeep/src/session.rs",
    "crates/coldkeep/src/cmd/serve.rs",
];
const SERVER_NAMES: &[&str] = &["coldkeep_server", "coldkeep_engine", "coldkeep_store"];

/// Names every breach.
pub(super) fn find_breaches() -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    let text = output(&mut command(
        "cargo",
        &["metadata", "--format-version", "1", "--no-deps", "--offline"],
    ))
    .or_else(|_| {
        output(&mut command(
            "cargo",
            &["metadata", "--format-version", "1", "--no-deps"],
        ))
    })?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    for package in &packages {
        breaches.extend(package_breaches(package));
    }
    let sources = sources()?;
    for file in &sources {
        breaches.extend(source_breaches(file)?);
    }
    breaches.extend(surfaces::unused_codes(
        sources.iter().map(std::path::PathBuf::as_path),
    )?);
    let tree = output(&mut command(
        "cargo",
        &[
            "tree",
            "--workspace",
            "--prefix",
            "none",
            "--edges",
            "normal,build",
        ],
    ))?;
    if tree.lines().any(|l| l.starts_with("ring v")) {
        breaches.push("`ring` is in the tree: rustls would have two providers and panic at run time".into());
    }
    Ok(breaches)
}

fn package_breaches(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = ARROWS.iter().find(|(n, _)| *n == name) else {
        return vec![format!(
            "{name} is not on the map: add it to ARROWS and to ARCHITECTURE.md"
        )];
    };
    let in_tests = TEST_ARROWS
        .iter()
        .find(|(n, _)| *n == name)
        .map_or(&[][..], |(_, a)| *a);
    let mut breaches = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let to = dependency["name"].as_str().unwrap_or_default();
        let test_only = dependency["kind"].as_str() == Some("dev");
        let ours = to.starts_with("coldkeep");
        if ours && !allowed.contains(&to) && !(test_only && in_tests.contains(&to)) {
            breaches.push(format!("{name} imports {to}"));
        }
        if let Some((_, homes)) = ONLY_IN.iter().find(|(n, _)| *n == to)
            && !homes.contains(&name)
            && !test_only
        {
            breaches.push(format!(
                "{name} imports {to}, which belongs to {} only",
                homes.join(", ")
            ));
        }
        if name == "coldkeep-core" && NOT_IN_CORE.contains(&to) {
            breaches.push(format!("coldkeep-core imports {to}: decisions are pure"));
        }
    }
    breaches
}

fn source_breaches(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file)?;
    let shown = file.strip_prefix(root()).unwrap_or(file).display().to_string();
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!(
            "{shown} does not start with a `//!` sentence saying what it owns"
        ));
    }
    if shown.starts_with("crates/coldkeep-core/src") {
        for word in NOT_IN_CORE_SOURCE.iter().filter(|w| text.contains(**w)) {
            breaches.push(format!("{shown} names `{word}`: core is pure"));
        }
    }
    if shown.starts_with("crates/coldkeep/src")
        && !shown.starts_with(SIM_ONLY_IN)
        && text.contains("coldkeep_sim")
    {
        breaches.push(format!("{shown} names the simulator: only the demo may"));
    }
    if shown.starts_with("crates/coldkeep/src") && !SERVER_ONLY_IN.contains(&shown.as_str()) {
        for word in SERVER_NAMES.iter().filter(|w| text.contains(**w)) {
            breaches.push(format!(
                "{shown} names `{word}`: the command line takes its types from coldkeep-api; only {} start a server",
                SERVER_ONLY_IN.join(" and ")
            ));
        }
    }
    breaches.extend(surfaces::breaches(file, &text));
    Ok(breaches)
}

/// Every Rust file of the workspace.
fn sources() -> Result<BTreeSet<std::path::PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join("crates"), root().join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.insert(path);
            }
        }
    }
    Ok(found)
}
