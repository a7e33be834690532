//! `cloud`, the simplest noun: what holds here holds for all of them.

use crate::bin::Bin;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_custom_cloud_comes_and_goes() {
    let bin = Bin::new();
    let added = bin.json(&[
        "cloud",
        "add",
        "box",
        "--blob-endpoint",
        "http://127.0.0.1:10000/{account}/",
    ]);
    assert_eq!(added["name"], "box");
    assert_eq!(added["blob_endpoint"], "http://127.0.0.1:10000/{account}");
    assert_eq!(added["builtin"], false);

    let listed = bin.json(&["cloud", "list"]);
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"AzureCloud") && names.contains(&"box"),
        "{names:?}"
    );
    assert_eq!(bin.json(&["cloud", "show", "box"]), added);

    let lines = bin.ok(&["--output", "jsonl", "cloud", "list"]);
    assert_eq!(lines.lines().count(), names.len());
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }

    let table = bin.ok(&["cloud", "list"]);
    assert!(table.starts_with("NAME"), "{table}");
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("box ") && line.contains("custom")),
        "{table}"
    );

    bin.ok(&["cloud", "remove", "box"]);
    assert!(bin.refused(&["cloud", "show", "box"]).contains("box"));
    assert!(
        bin.refused(&["cloud", "remove", "AzureCloud"])
            .contains("AzureCloud")
    );
}

#[test]
fn a_refusal_is_a_paragraph_and_as_json_the_problem_too() {
    let bin = Bin::new();
    let add = [
        "cloud",
        "add",
        "box",
        "--blob-endpoint",
        "http://storage.example.net/{account}",
    ];
    let told = bin.refused(&add);
    assert!(told.contains("plain HTTP"), "{told}");
    let said = bin.run(&[&["--output", "json"], &add[..]].concat());
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    let problem: serde_json::Value = serde_json::from_str(said.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(
        (problem["code"].as_str(), problem["status"].as_u64()),
        (Some("endpoint_invalid"), Some(400))
    );
    bin.ok(&[
        "cloud",
        "add",
        "box",
        "--blob-endpoint",
        "https://{account}.example.net",
    ]);
    assert!(
        bin.refused(&[
            "cloud",
            "add",
            "box",
            "--blob-endpoint",
            "https://{account}.example.net"
        ])
        .contains("box")
    );
}

#[test]
fn the_data_folder_belongs_to_its_owner_alone() {
    let bin = Bin::new();
    bin.ok(&["cloud", "list"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bin.data_dir()), 0o700);
    for entry in std::fs::read_dir(bin.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    assert!(
        !bin.data_dir().join("coldkeep.sock").exists(),
        "the server of the command is gone"
    );
}
