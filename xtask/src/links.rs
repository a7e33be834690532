//! Links between documents: each leads to a file and a heading that exist, and docs/README.md leads to every page.

use crate::{
    run::{root, say},
    words::collect,
};
use anyhow::{Result, bail};
use std::{collections::BTreeSet, fs, path::Path};

/// Documents outside docs/.
const TOP: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// Fails with every link that leads nowhere, not only the first.
pub fn check() -> Result<()> {
    let index = root().join("docs/README.md").canonicalize()?;
    let mut pages = Vec::new();
    collect(&root().join("docs"), &mut pages)?;
    let mut missing: BTreeSet<_> = pages.iter().map(fs::canonicalize).collect::<Result<_, _>>()?;
    missing.remove(&index);
    pages.extend(TOP.iter().map(|page| root().join(page)));
    let mut wrong = Vec::new();
    for page in &pages {
        let folder = page.parent().unwrap_or(Path::new("/"));
        for link in links(&fs::read_to_string(page)?) {
            let (path, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                folder.join(path)
            };
            let there = fs::read_to_string(&target);
            if !there.is_ok_and(|text| heading.is_empty() || has_heading(&text, heading)) {
                wrong.push(format!("{}: {link}", page.display()));
            } else if page.canonicalize()? == index {
                missing.remove(&target.canonicalize()?);
            }
        }
    }
    wrong.extend(
        missing
            .iter()
            .map(|page| format!("docs/README.md: no link to {}", page.display())),
    );
    if wrong.is_empty() {
        say("links: every link between documents leads somewhere");
        return Ok(());
    }
    bail!("links ({}):\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Relative links outside blocks of code.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("\n```").step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let relative = targets.filter(|(link, _)| !link.contains([':', ' ']));
    relative.map(|(link, _)| link.to_owned()).collect()
}

/// Whether a page has a heading that links call so.
fn has_heading(text: &str, called: &str) -> bool {
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let title = line
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .replace(' ', "-");
        title.replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '_', "") == called
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code_and_headings_by_their_slug() {
        assert_eq!(
            links("[a](b.md#c) [d](https://e)\n```\n[f](g)\n```\n[h](../i.md)"),
            ["b.md#c", "../i.md"]
        );
        assert!(has_heading("# One\n## What it *is*, really", "what-it-is-really"));
        assert!(!has_heading("What it is", "what-it-is"));
    }
}
