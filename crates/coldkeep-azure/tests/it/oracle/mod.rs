//! Microsoft's own crate `azure_storage_blob` as the oracle of our Blob wire: both clients are asked for the same operation, and
//! what leaves them is compared part by part. What may differ is listed in `differences.rs`, each with its reason;
//! anything else fails, and so does an entry that no request needs.

mod answers;
mod differences;
mod operations;
mod reads;
mod theirs;
mod tree;
mod wire;
mod writes;

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use coldkeep_azure::blob::Container;
use futures::future::BoxFuture;

use crate::script::{Script, sent, with_sas};
use differences::{ALLOWED, Allowed};
use theirs::Theirs;
use wire::{Wire, compare};

/// Names that a careless client mangles. None is a single or double dot: Microsoft's crate leaves such a segment out
/// and would address the container.
const NAMES: &[&str] = &[
    "plain.txt",
    "a b",
    "a+b",
    "100%",
    "%2F",
    "a#b?c",
    "folder/sub folder/file",
    "//a//b/",
    "x/../y/./z",
    "é/名前/😀",
    "a&b=c;d:e,f@g$h!i'(j)*k~l_m-n",
    "[x]{y}|<z>\"^`\\",
];

/// One operation of both clients. Each is told the same and gets the same answers.
struct Operation {
    name: &'static str,
    answers: fn() -> Vec<http::Response<Bytes>>,
    ours: for<'a> fn(&'a Container, &'a str) -> BoxFuture<'a, ()>,
    theirs: for<'a> fn(&'a Theirs, &'a str) -> BoxFuture<'a, ()>,
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<Bytes> {
    crate::script::answer(status, headers, body).expect("an answer")
}

/// What our client sent.
fn wires(script: &Arc<Script>) -> Vec<Wire> {
    let wire = |sent: crate::script::Sent| {
        let (method, address) = sent.line.split_once(' ').expect("a method and an address");
        let headers = sent
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().expect("text").to_owned()));
        Wire::new(method, address, headers, sent.body)
    };
    sent(script).into_iter().map(wire).collect()
}

fn both(answers: Vec<http::Response<Bytes>>) -> (Container, Arc<Script>, Theirs) {
    let (ours, script, _) = with_sas(answers.iter().cloned().map(Some).collect());
    let theirs = Theirs::new(&ours.azure().cloud().api_version, answers);
    (ours, script, theirs)
}

#[tokio::test]
async fn our_requests_are_microsofts_but_for_what_is_listed() {
    let mut failures = Vec::new();
    let mut used = BTreeSet::new();
    let operations: Vec<&Operation> = reads::OPERATIONS.iter().chain(writes::OPERATIONS).collect();
    for operation in &operations {
        for name in NAMES {
            let (ours, script, theirs) = both((operation.answers)());
            (operation.ours)(&ours, name).await;
            (operation.theirs)(&theirs, name).await;
            let (ours, theirs) = (wires(&script), theirs.sent());
            assert_eq!(
                ours.len(),
                theirs.len(),
                "{}: the number of requests",
                operation.name
            );
            assert!(!ours.is_empty(), "{}: nothing was sent", operation.name);
            for difference in ours
                .iter()
                .zip(&theirs)
                .flat_map(|(ours, theirs)| compare(ours, theirs))
            {
                match ALLOWED
                    .iter()
                    .position(|allowed| allowed.covers(operation.name, &difference))
                {
                    Some(index) => drop(used.insert((index, operation.name))),
                    None => failures.push(format!("{} of {name:?}: {difference}", operation.name)),
                }
            }
        }
    }
    for (index, allowed) in ALLOWED.iter().enumerate() {
        for name in allowed.operations(&operations) {
            if !used.contains(&(index, name)) {
                failures.push(format!(
                    "{name} no longer needs the entry of {} ({:?}): {}",
                    allowed.part, allowed.how, allowed.reason
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

impl Allowed {
    /// The operations it speaks of: all of them where it names none.
    fn operations(&self, all: &[&Operation]) -> Vec<&'static str> {
        if self.operations.is_empty() {
            all.iter().map(|operation| operation.name).collect()
        } else {
            self.operations.to_vec()
        }
    }
}
