//! Which file defines what another file mentions: paths are followed through imports and re-exports to the definition.

use super::crate_tree::{CrateTree, MethodCall, Named};
use std::collections::{BTreeMap, BTreeSet};

/// One file mentions what another one defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) from: String,
    pub(super) line: usize,
    pub(super) to: String,
    /// As it is written.
    pub(super) path: String,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A module itself.
    Module(usize),
    /// Something that the module defines.
    ItemOf(usize),
}

/// How many imports a path may lead through.
const DEPTH_MAX: usize = 32;

/// Every mention of another file's definitions within the crate.
pub(super) fn find_uses(tree: &CrateTree) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    for (at, module) in tree.modules.iter().enumerate() {
        for mention in &module.mentions {
            let mut found = BTreeSet::new();
            resolve(tree, at, &mention.path, DEPTH_MAX, &mut found);
            for target in found {
                let to = match target {
                    // `use crate::*` says nothing by itself: what is used by it is followed.
                    Target::Module(to) if tree.modules[to].parent.is_none() => continue,
                    Target::Module(to) | Target::ItemOf(to) => to,
                };
                let to = &tree.modules[to].file;
                if *to != module.file {
                    uses.insert(Use {
                        from: module.file.clone(),
                        line: mention.line,
                        to: to.clone(),
                        path: mention.path.join("::"),
                    });
                }
            }
        }
    }
    uses
}

/// Calls of methods that stand in another file than their type: an `impl` may stand anywhere, so a call needs no import.
/// A call is known by the method's name alone; it comes with every file that defines a method of this name.
pub(super) fn find_extension_calls(tree: &CrateTree) -> Vec<(&MethodCall, BTreeSet<&str>)> {
    let mut definers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut extensions = BTreeSet::new();
    for method in &tree.methods {
        let file = tree.modules[method.module].file.as_str();
        definers.entry(&method.name).or_default().insert(file);
        let mut owners = BTreeSet::new();
        if let Some(owner) = &method.owner {
            resolve(tree, method.module, owner, DEPTH_MAX, &mut owners);
        }
        let is_elsewhere =
            |owner: &Target| matches!(owner, Target::ItemOf(module) if tree.modules[*module].file != file);
        if owners.iter().any(is_elsewhere) {
            extensions.insert(method.name.as_str());
        }
    }
    let calls = tree.method_calls.iter();
    calls
        .filter(|call| extensions.contains(call.name.as_str()))
        .filter_map(|call| Some((call, definers.get(call.name.as_str())?.clone())))
        .collect()
}

/// Follows a path from a module. A name may stand for a module and a function at once: both are found.
fn resolve(tree: &CrateTree, from: usize, path: &[String], depth: usize, found: &mut BTreeSet<Target>) {
    let Some((first, rest)) = path.split_first() else {
        found.insert(Target::Module(from));
        return;
    };
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match first.as_str() {
        "crate" => resolve(tree, root_of(tree, from), rest, depth, found),
        "self" => resolve(tree, from, rest, depth, found),
        "super" => {
            if let Some(parent) = tree.modules[from].parent {
                resolve(tree, parent, rest, depth, found);
            }
        }
        name => resolve_name(tree, from, name, rest, depth, found),
    }
}

fn resolve_name(
    tree: &CrateTree,
    from: usize,
    name: &str,
    rest: &[String],
    depth: usize,
    found: &mut BTreeSet<Target>,
) {
    let module = &tree.modules[from];
    for named in module.names.get(name).into_iter().flatten() {
        match named {
            // What follows is a variant, a constant or a function of the item.
            Named::Item => {
                found.insert(Target::ItemOf(from));
            }
            Named::Module(child) => resolve_below(tree, *child, rest, depth, found),
            Named::Alias(path) => {
                let mut targets = BTreeSet::new();
                resolve(tree, from, path, depth, &mut targets);
                for target in targets {
                    match target {
                        Target::Module(module) => resolve_below(tree, module, rest, depth, found),
                        item => {
                            found.insert(item);
                        }
                    }
                }
            }
        }
    }
    if module.names.contains_key(name) {
        return;
    }
    for glob in &module.globs {
        let mut targets = BTreeSet::new();
        resolve(tree, from, glob, depth, &mut targets);
        for target in targets {
            if let Target::Module(module) = target
                && module != from
            {
                resolve_name(tree, module, name, rest, depth, found);
            }
        }
    }
}

/// Follows a path that has led to a module. What the module does not show (a macro may define it) counts as the module itself.
fn resolve_below(
    tree: &CrateTree,
    module: usize,
    rest: &[String],
    depth: usize,
    found: &mut BTreeSet<Target>,
) {
    let mut below = BTreeSet::new();
    resolve(tree, module, rest, depth, &mut below);
    if below.is_empty() {
        below.insert(Target::Module(module));
    }
    found.append(&mut below);
}

fn root_of(tree: &CrateTree, mut module: usize) -> usize {
    while let Some(parent) = tree.modules[module].parent {
        module = parent;
    }
    module
}
