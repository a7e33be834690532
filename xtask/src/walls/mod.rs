//! The walls of the house: between crates (`floors`), between the folders of a crate (`rooms`), around files that import
//! each other in a circle (`circles`); and what functions may take (`parameters`).

mod circles;
mod crate_tree;
mod floors;
mod mentions;
mod parameters;
mod resolve;
mod rooms;
#[cfg(test)]
mod tests;

use crate::run::{root, say};
use anyhow::{Result, bail};
use crate_tree::{CrateTree, read_sources};

/// Fails with every breach, not only the first.
pub fn check() -> Result<()> {
    let mut breaches = floors::find_breaches()?;
    for plan in rooms::PLANS {
        let tree = CrateTree::parse(&read_sources(&root().join(plan.source))?)?;
        let uses = resolve::find_uses(&tree);
        let calls = resolve::find_extension_calls(&tree);
        breaches.extend(rooms::find_breaches(plan, &tree, &uses, &calls));
        let circles = circles::find_circles(&tree, &uses);
        breaches.extend(circles::find_breaches(plan, &circles));
        let largest = circles.iter().map(Vec::len).max().unwrap_or(1);
        say(&format!(
            "walls: {}: {} files, the largest circle has {largest}",
            plan.source,
            tree.files().len()
        ));
    }
    for source in parameters::SOURCES {
        let tree = CrateTree::parse(&read_sources(&root().join(source))?)?;
        breaches.extend(parameters::find_breaches(source, &tree));
    }
    if breaches.is_empty() {
        say("walls: no breach");
        return Ok(());
    }
    bail!("walls:\n  {}", breaches.join("\n  "));
}
