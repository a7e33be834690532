//! Only the terminal knows flags and commands: what is below says fields, allowances and actions, so that REST and a page can
//! say the same. And every code that is documented is used.

use crate::run::root;
use anyhow::Result;
use std::{fs, path::Path};

/// The crates that have no command line.
const BELOW: &[&str] = &[
    "crates/coldkeep-core/src",
    "crates/coldkeep-azure/src",
    "crates/coldkeep-keys/src",
    "crates/coldkeep-store/src",
    "crates/coldkeep-engine/src",
    "crates/coldkeep-server/src",
];

/// What is said there of other programs, with their flags: the file, and the words that are about them.
const OTHER_PROGRAMS: &[(&str, &str)] = &[
    (
        "crates/coldkeep-azure/src/hints/entra.rs",
        "`az ad sp create --id`",
    ),
    (
        "crates/coldkeep-azure/src/sign_in/given.rs",
        "`az login --tenant {wanted}`",
    ),
    ("crates/coldkeep-store/src/testing.rs", "\"--no-sync\""),
    (
        "crates/coldkeep-keys/src/token/pair.rs",
        "`pkcs11-tool --list-objects --login`",
    ),
];

/// Scripts for `az` and PowerShell are made here; they have those programs' flags, and no command of ours.
const SCRIPTS: &str = "crates/coldkeep-azure/src/script";

/// The first words of our commands.
const NOUNS: &[&str] = &[
    "certificate",
    "cloud",
    "demo",
    "doctor",
    "job",
    "point",
    "repository",
    "restore",
    "run",
    "serve",
    "service-account",
    "settings",
];

/// The second words.
const VERBS: &[&str] = &[
    "add", "admit", "attach", "check", "edit", "export", "files", "folder", "generate", "import", "link",
    "list", "network", "rekey", "remove", "renew", "run", "script", "show", "verify",
];

/// Every line below the terminal that names a flag or a command.
pub fn breaches(file: &Path, text: &str) -> Vec<String> {
    let shown = file.strip_prefix(root()).unwrap_or(file).display().to_string();
    let is_test = shown.ends_with("tests.rs") || shown.contains("/tests/");
    if is_test || !BELOW.iter().any(|crate_| shown.starts_with(crate_)) {
        return Vec::new();
    }
    let script = shown.starts_with(SCRIPTS);
    // Tests stand last in a file.
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = (1..)
        .zip(product.lines())
        .filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .filter_map(|(number, line)| {
            let mut line = line.to_owned();
            for (_, words) in OTHER_PROGRAMS.iter().filter(|(name, _)| *name == shown) {
                line = line.replace(words, "");
            }
            let named = (!script)
                .then(|| flag_in(&line))
                .flatten()
                .or_else(|| command_in(&line));
            named.map(|what| {
                format!("{shown}:{number} names `{what}`: only crates/coldkeep knows flags and commands")
            })
        })
        .collect()
}

/// Two hyphens and a letter, where a word begins.
fn flag_in(line: &str) -> Option<String> {
    line.match_indices("--").find_map(|(at, _)| {
        let before = line[..at].chars().next_back();
        let word: String = line[at + 2..]
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '-')
            .collect();
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '-');
        (begins && word.starts_with(|c: char| c.is_ascii_lowercase())).then(|| format!("--{word}"))
    })
}

/// `coldkeep` with a command, or a command by itself in backticks.
fn command_in(line: &str) -> Option<String> {
    let words = |text: &str| -> Vec<String> {
        let kept = |c: char| c.is_ascii_lowercase() || c == '-';
        text.split(|c: char| !kept(c))
            .take(2)
            .map(str::to_owned)
            .collect()
    };
    let after_name = line.match_indices("coldkeep ").find_map(|(at, name)| {
        let [noun, ..] = words(&line[at + name.len()..])
            .try_into()
            .unwrap_or([String::new(), String::new()]);
        NOUNS.contains(&noun.as_str()).then(|| format!("coldkeep {noun}"))
    });
    let alone = line.match_indices('`').find_map(|(at, _)| {
        let [noun, verb] = words(&line[at + 1..])
            .try_into()
            .unwrap_or([String::new(), String::new()]);
        (NOUNS.contains(&noun.as_str()) && VERBS.contains(&verb.as_str())).then(|| format!("{noun} {verb}"))
    });
    after_name.or(alone)
}

/// Codes of the table that nothing in the product has.
pub fn unused_codes<'a>(sources: impl Iterator<Item = &'a Path>) -> Result<Vec<String>> {
    const TABLE: &str = "crates/coldkeep-core/src/problem/code.rs";
    let table = fs::read_to_string(root().join(TABLE))?;
    let mut unused: Vec<String> = table
        .lines()
        .filter_map(variant)
        .map(|v| format!("Code::{v}"))
        .collect();
    for file in sources {
        if file.ends_with(TABLE) || !file.to_string_lossy().contains("/src/") {
            continue;
        }
        let text = fs::read_to_string(file)?;
        unused.retain(|code| {
            !text.match_indices(code.as_str()).any(|(at, _)| {
                let behind = text[at + code.len()..].chars().next();
                behind.is_none_or(|c| !c.is_alphanumeric())
            })
        });
    }
    Ok(unused
        .iter()
        .map(|code| format!("{code} is documented, and nothing has it"))
        .collect())
}

/// `    JobRunning, "job_running", Conflict, "…";`
fn variant(line: &str) -> Option<&str> {
    let (variant, rest) = line.strip_prefix("    ")?.split_once(", \"")?;
    let named = variant.chars().all(|c| c.is_ascii_alphanumeric()) && rest.ends_with(';');
    named.then_some(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> bool {
        !breaches(&root().join("crates/coldkeep-core/src/x.rs"), line).is_empty()
    }

    #[test]
    fn flags_and_commands_are_seen_wherever_they_stand() {
        for line in [
            r#""Allow it with --allow-wide-scope.""#,
            "   (`--sign-in browser`), or wait.\",",
            r#""`coldkeep job list` shows them.""#,
            r#""See coldkeep doctor.""#,
            r#""Use `service-account renew` again.""#,
        ] {
            assert!(found(line), "{line}");
        }
        for line in [
            "/// As `--plan` shows it.",
            r#""-----BEGIN CERTIFICATE-----""#,
            r#""a--b""#,
            r#"b"coldkeep proves that this key belongs to its certificate""#,
            "let point = `job`;",
        ] {
            assert!(!found(line), "{line}");
        }
    }

    #[test]
    fn the_terminal_may_and_other_programs_are_excepted_word_by_word() {
        let flag = r#""--force""#;
        assert!(breaches(&root().join("crates/coldkeep/src/x.rs"), flag).is_empty());
        assert!(breaches(&root().join(SCRIPTS).join("x.rs"), flag).is_empty());
        assert!(!breaches(&root().join(SCRIPTS).join("x.rs"), "`coldkeep job list`").is_empty());
        let (file, words) = OTHER_PROGRAMS[0];
        let file = root().join(file);
        assert!(breaches(&file, &format!("\"{words}\"")).is_empty());
        assert!(!breaches(&file, &format!("\"{words} --force\"")).is_empty());
    }

    #[test]
    fn every_exception_is_still_needed() {
        for (file, words) in OTHER_PROGRAMS {
            let text = fs::read_to_string(root().join(file)).unwrap();
            assert!(text.contains(words), "{file} no longer says {words}");
        }
    }
}
