//! The rooms of a crate: folders of its source that may import themselves and the rooms before them, and nothing else.

use super::{
    crate_tree::{CrateTree, MethodCall},
    resolve::Use,
};
use std::collections::BTreeSet;

/// How the source of a crate is laid out.
#[derive(Debug)]
pub(super) struct Plan {
    /// The source folder, from the root of the workspace.
    pub(super) source: &'static str,
    /// Layers of rooms, the lowest first. A room is a folder or a file of the source folder; the rooms of a layer must not
    /// import each other.
    pub(super) layers: &'static [&'static [&'static str]],
    /// How many files may import each other in a circle.
    pub(super) circle_max: usize,
    /// Whether calls of methods count, too. They are known by name alone: not where other crates have methods of the same
    /// names.
    pub(super) reads_methods: bool,
}

pub(super) const PLANS: &[Plan] = &[
    Plan {
        source: "crates/coldkeep-sim/src",
        layers: &[
            &["wire"],
            &["storage"],
            &["world"],
            &["login", "blob"],
            &["arm"],
            &["graph"],
            &["steer"],
            &["host"],
        ],
        circle_max: 10,
        reads_methods: true,
    },
    Plan {
        source: "crates/coldkeep-azure/src",
        layers: &[
            &["hints"],
            &["transport"],
            &["loops"],
            &["token"],
            &["json"],
            &["tenant", "clock_skew"],
            &["sign_in", "graph", "arm", "blob"],
            &["script", "fuzzing", "scripted"],
        ],
        circle_max: 10,
        reads_methods: false,
    },
    Plan {
        source: "crates/coldkeep-engine/src",
        layers: &[
            &["ground"],
            &["setup", "identity", "data"],
            &["engine"],
            &["doctor", "loops"],
        ],
        circle_max: 10,
        reads_methods: false,
    },
];

/// Names files outside of any room, and every mention of what a room must not know.
pub(super) fn find_breaches(
    plan: &Plan,
    tree: &CrateTree,
    uses: &BTreeSet<Use>,
    calls: &[(&MethodCall, BTreeSet<&str>)],
) -> Vec<String> {
    let source = plan.source;
    let mut breaches = Vec::new();
    for file in tree.files() {
        if !is_root(file) && plan.layer_of(file).is_none() {
            breaches.push(format!("{source}/{file} stands in no room of the plan"));
        }
    }
    for used in uses {
        if !plan.allows(&used.from, &used.to) {
            breaches.push(format!(
                "{source}/{}:{}: `{}` may not know `{}` (`{}`, defined in {})",
                used.from,
                used.line,
                room_of(&used.from),
                room_of(&used.to),
                used.path,
                used.to
            ));
        }
    }
    for (call, definers) in calls.iter().filter(|_| plan.reads_methods) {
        let all_above = definers.iter().all(|file| !plan.allows(&call.file, file));
        if let Some(definer) = definers.first().filter(|_| all_above) {
            breaches.push(format!(
                "{source}/{}:{}: `{}` may not know `{}` (method `{}`, defined in {definer})",
                call.file,
                call.line,
                room_of(&call.file),
                room_of(definer),
                call.name
            ));
        }
    }
    breaches
}

impl Plan {
    /// Which layer a file belongs to.
    fn layer_of(&self, file: &str) -> Option<usize> {
        let room = room_of(file);
        self.layers.iter().position(|layer| layer.contains(&room))
    }

    /// Whether one file may mention what another one defines. The root of a crate names its rooms.
    fn allows(&self, from: &str, to: &str) -> bool {
        if is_root(from) || room_of(from) == room_of(to) {
            return true;
        }
        match (self.layer_of(from), self.layer_of(to)) {
            (Some(from), Some(to)) => to < from,
            _ => false,
        }
    }
}

fn is_root(file: &str) -> bool {
    matches!(file, "lib.rs" | "main.rs") || file.starts_with("bin/")
}

/// The folder, or the file, of the source folder that a file belongs to.
fn room_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}
