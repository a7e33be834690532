//! Samples of stored documents that must continue parsing, and be written again as they are. A sample is never changed: a new
//! version of a document has a new one.

use super::*;
use coldkeep_core::{Kind, network::NetworkSetting};
use serde_json::json;

/// Parses a sample as its noun and answers with what is written of it.
fn again<T: Document + Serialize + DeserializeOwned>(sample: &str) -> Result<String, Problem> {
    match to_body(&from_body::<T>(sample)?)? {
        Value::Text(text) => Ok(text),
        other => panic!("{other:?}"),
    }
}

type Again = fn(&str) -> Result<String, Problem>;

macro_rules! sample {
    ($file:literal, $thing:ty) => {
        (
            $file,
            include_str!(concat!("../../tests/documents/", $file)),
            again::<$thing> as Again,
        )
    };
}

const SAMPLES: &[(&str, &str, Again)] = &[
    sample!("cloud.v1.json", Cloud),
    sample!("certificate.v1.json", Certificate),
    sample!("service-account.v1.json", ServiceAccount),
    sample!("repository.v1.json", Repository),
    sample!("job.v1.json", Job),
    sample!("run.v1.json", RunDocument),
    sample!("caller.v1.json", Caller),
    sample!("failed-item.v1.json", Problem),
    sample!("failure-reason.v1.json", FailureReason),
    sample!("known-target.v1.json", KnownTarget),
    sample!("damage.v1.json", Damage),
    sample!("verification.v1.json", VerificationSummary),
    sample!("setting-network.v1.json", Setting<NetworkSetting>),
    sample!(
        "setting-certificate-folders.v1.json",
        Setting<Vec<std::path::PathBuf>>
    ),
];

#[test]
fn every_sample_is_read_and_written_again_as_it_is() {
    for (file, sample, again) in SAMPLES {
        let written = again(sample).unwrap_or_else(|e| panic!("{file}: {e}"));
        let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parsed(&written), parsed(sample), "{file}");
    }
}

#[test]
fn every_sample_in_the_folder_is_among_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/documents");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut known: Vec<_> = SAMPLES.iter().map(|(file, ..)| (*file).to_owned()).collect();
    files.sort();
    known.sort();
    assert_eq!(files, known);
}

#[test]
fn a_newer_document_is_unsupported_and_says_so() {
    for (file, sample, again) in SAMPLES {
        let mut newer: serde_json::Value = serde_json::from_str(sample).unwrap();
        newer["v"] = json!(2);
        newer["body"] = json!({"mood": "sunny"});
        let problem = again(&newer.to_string()).unwrap_err();
        assert_eq!(problem.kind, Kind::Unsupported, "{file}: {problem}");
        assert!(problem.what.contains("written by a newer Coldkeep"), "{problem}");
    }
}

#[test]
fn what_is_no_document_is_damage() {
    for text in [
        "",
        "{}",
        "[]",
        "{\"v\":1}",
        "{\"v\":1,\"body\":{}}",
        "{\"v\":\"1\",\"body\":{}}",
    ] {
        assert_eq!(from_body::<Job>(text).unwrap_err().kind, Kind::Corrupt, "{text}");
    }
}
