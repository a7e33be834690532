//! `cargo xtask words`: words that are never right in what we write (STYLE.md), found in sources and documents.

use crate::run::{root, say};
use anyhow::{Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A word or phrase, and what to write in its place. Compared without regard to case, as whole words.
const FORBIDDEN: &[(&str, &str)] = &[
    ("whom", "name the person: the signed-in user, an administrator"),
    ("whoever", "name the person or the thing"),
    ("anew", "again, from the start"),
    ("goes on", "continues, resumes"),
    ("go on", "continue, resume"),
    ("so many", "the number of, at most"),
    ("takes away", "deletes, removes, revokes"),
    ("take away", "delete, remove, revoke"),
    ("taken away", "deleted, removed, revoked"),
    ("cannot be understood", "unexpected response"),
    ("all the same", "anyway"),
    ("wish", "request, spec, answers"),
    ("wishes", "requests, specs, answers"),
    ("wished", "requested"),
    ("shall", "must, has to; or the present tense"),
    ("heeded", "used"),
];

/// Words that are never right in sources, where the actor always has a name.
const FORBIDDEN_IN_SOURCES: &[(&str, &str)] = &[
    (
        "somebody",
        "name the person: the signed-in user, an administrator, another client",
    ),
    (
        "anybody",
        "name the person: a user, an administrator, another client",
    ),
];

/// How no doc comment begins: in rustdoc there is no neighbour to be the same as.
const FORBIDDEN_START: &str = "/// the same";

/// Where no word is looked for: the list of words itself, the guide that shows them, and what others wrote.
const EXEMPT: &[&str] = &["xtask/src/words.rs", "STYLE.md", "CHANGELOG.md"];

/// Folders and files that are read. Tests may quote what they refuse.
const PLACES: &[&str] = &[
    "crates",
    "xtask/src",
    "docs",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
];

/// Fails with every place, not only the first.
pub fn check() -> Result<()> {
    let mut files = Vec::new();
    for place in PLACES {
        collect(&root().join(place), &mut files)?;
    }
    let mut found = Vec::new();
    for file in files {
        let shown = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if EXEMPT.contains(&shown.as_str()) || shown.contains("/tests/") {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        let is_source = shown.ends_with(".rs");
        found.extend(
            breaches(&text, is_source)
                .into_iter()
                .map(|breach| format!("{shown}:{breach}")),
        );
    }
    if found.is_empty() {
        say("words: none of those that STYLE.md forbids");
        return Ok(());
    }
    bail!("words ({}):\n  {}", found.len(), found.join("\n  "));
}

/// All sources and documents of a folder.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|e| e == "rs" || e == "md") {
        files.push(path.to_owned());
    }
    Ok(())
}

/// `12: "anew": write …` for each forbidden word of a text.
fn breaches(text: &str, is_source: bool) -> Vec<String> {
    let in_sources = FORBIDDEN_IN_SOURCES.iter().filter(|_| is_source);
    let words: Vec<_> = FORBIDDEN.iter().chain(in_sources).collect();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        for (word, instead) in &words {
            if holds_word(&lower, word) {
                found.push(format!("{}: \"{word}\": write {instead}", number + 1));
            }
        }
        if is_source && begins_with_the_same(&lower) {
            found.push(format!(
                "{}: \"{FORBIDDEN_START}\": write the noun again",
                number + 1
            ));
        }
    }
    found
}

/// A noun may follow ("the same rows give …"); a pronoun may not ("the same, …", "the same of …").
fn begins_with_the_same(line: &str) -> bool {
    const PRONOUNS: [&str; 7] = [",", ";", " of ", " for ", " where ", " with ", " in "];
    let rest = line.trim_start().strip_prefix(FORBIDDEN_START);
    rest.is_some_and(|rest| PRONOUNS.iter().any(|next| rest.starts_with(next)))
}

fn holds_word(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !is_part(before) && !is_part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_words_are_named_with_their_line_and_parts_of_words_are_not() {
        let text = "It ends.\nWhoever signs in, and a renewal Goes On.\nwhomsoever, so_many\n";
        assert_eq!(
            breaches(text, false),
            [
                "2: \"whoever\": write name the person or the thing",
                "2: \"goes on\": write continues, resumes",
            ]
        );
    }

    #[test]
    fn a_doc_comment_does_not_begin_with_the_same_as_a_pronoun() {
        let text = "    /// The same, with a pace.\n/// The same of a record.\n/// The same rows give the same bytes.\n";
        let found = breaches(text, true);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("1: \"/// the same\""), "{found:?}");
        assert_eq!(breaches(text, false), [""; 0], "documents quote what they forbid");
    }

    #[test]
    fn sources_name_the_actor() {
        let text = "/// Somebody signs in.\n";
        assert_eq!(breaches(text, true).len(), 1);
        assert_eq!(breaches(text, false).len(), 0);
    }
}
