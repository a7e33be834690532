//! Files that import each other in a circle: none of them can be read, or moved, without the others.

use super::{crate_tree::CrateTree, resolve::Use, rooms::Plan};
use std::collections::{BTreeMap, BTreeSet};

/// The circles of files, the largest first. A file that only declares modules ties nothing together.
pub(super) fn find_circles(tree: &CrateTree, uses: &BTreeSet<Use>) -> Vec<Vec<String>> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> =
        tree.files().into_iter().map(|f| (f, BTreeSet::new())).collect();
    for used in uses {
        if !tree.only_declares(&used.from) && !tree.only_declares(&used.to) {
            graph.entry(&used.from).or_default().insert(&used.to);
        }
    }
    // A file is in a circle with those that it reaches and that reach it.
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (*file, reach(&graph, file))).collect();
    let mut placed = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, others) in &reached {
        if placed.contains(file) || !others.contains(file) {
            continue;
        }
        let circle: Vec<&str> = others
            .iter()
            .copied()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
            .collect();
        placed.extend(circle.iter().copied());
        circles.push(circle.into_iter().map(str::to_owned).collect());
    }
    circles.sort_by_key(|circle: &Vec<String>| std::cmp::Reverse(circle.len()));
    circles
}

/// Every file that a file's imports lead to, itself among them only where they lead back.
fn reach<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        for to in graph.get(next).into_iter().flatten() {
            if reached.insert(*to) {
                open.push(to);
            }
        }
    }
    reached
}

/// Names every circle that is larger than the plan allows.
pub(super) fn find_breaches(plan: &Plan, circles: &[Vec<String>]) -> Vec<String> {
    circles
        .iter()
        .filter(|circle| circle.len() > plan.circle_max)
        .map(|circle| {
            format!(
                "{}: {} files import each other in a circle, {} are allowed: {}",
                plan.source,
                circle.len(),
                plan.circle_max,
                circle.join(", ")
            )
        })
        .collect()
}
