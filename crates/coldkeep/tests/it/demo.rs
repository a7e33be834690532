//! The demo tells the whole story and says whether everything held.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// The demo on some real files: this crate's sources.
fn demo(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coldkeep"))
        .args(["demo", "--source", concat!(env!("CARGO_MANIFEST_DIR"), "/src")])
        .args(flags)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

#[test]
fn everything_holds_and_no_content_crosses_the_host_while_copying() {
    let output = demo(&["--output", "json", "--quiet"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON");
    let checks = report["checks"].as_array().expect("checks");
    assert_eq!(checks.len(), 8, "{report}");
    assert!(checks.iter().all(|c| c["held"] == true), "{report}");
    let step = |name: &str| {
        let steps = report["steps"].as_array().expect("steps");
        steps
            .iter()
            .find(|s| s["step"] == name)
            .unwrap_or_else(|| panic!("{name}: {report}"))
            .clone()
    };
    let (first, second) = (step("first copy"), step("second copy"));
    assert_eq!(first["items"], report["files"], "{report}");
    assert_eq!(first["requests_per_item"], 1.0, "{report}");
    assert_eq!(
        (&first["data_bytes"], &second["data_bytes"]),
        (&0.into(), &0.into()),
        "{report}"
    );
    let changed = report["changes"]["changed"]
        .as_u64()
        .zip(report["changes"]["added"].as_u64());
    assert_eq!(second["items"].as_u64(), changed.map(|(c, a)| c + a), "{report}");
    assert!(
        output.stderr.is_empty(),
        "quiet: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_folder_without_files_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_coldkeep"))
        .args(["demo", "--source"])
        .arg(empty.path())
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("There are no files in") && said.contains("hint: "),
        "{said}"
    );
}
