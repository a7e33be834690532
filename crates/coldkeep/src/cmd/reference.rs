//! `coldkeep reference PAGE`: pages of the documentation that are made from the program itself. `docs/reference/` holds what
//! they print.

use crate::{
    cli::Cli,
    failure::{Done, Outcome},
    print::Out,
};
use clap::{Command, CommandFactory, ValueEnum};
use coldkeep_core::permission::PermissionSet;

const COMMANDS_HEAD: &str = "# Commands\n\nMade by `coldkeep reference commands`. Every command also takes the global options, at the end of this \
                             page. `--help` shows the same, with the defaults of your machine.\n";

const PERMISSIONS_HEAD: &str = include_str!("reference/permissions.md");

/// A page of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Every command with its options
    Commands,
    /// Every permission set with what it grants
    Permissions,
}

/// Prints the page, in Markdown.
pub fn print(page: Page, out: &Out) -> Outcome {
    out.text(text_of(page).trim_end())?;
    Ok(Done::All)
}

fn text_of(page: Page) -> String {
    match page {
        Page::Commands => commands(),
        Page::Permissions => permissions(),
    }
}

fn commands() -> String {
    let mut lines = vec![COMMANDS_HEAD.to_owned()];
    let mut root = Cli::command();
    root.build();
    for noun in root.get_subcommands().filter(|noun| !noun.is_hide_set()) {
        describe(noun, &format!("coldkeep {}", noun.get_name()), &mut lines);
    }
    lines.push("## Global options\n".to_owned());
    lines.extend(
        root.get_arguments()
            .filter(|arg| arg.is_global_set())
            .map(option_line),
    );
    lines.join("\n") + "\n"
}

/// A noun is a chapter, its verbs are sections.
fn describe(command: &Command, path: &str, lines: &mut Vec<String>) {
    if command.get_name() == "help" {
        return;
    }
    let level = "#".repeat(path.split(' ').count().min(3));
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    lines.push(format!("{level} `{path}`\n\n{about}.\n"));
    let own: Vec<_> = command
        .get_arguments()
        .filter(|arg| {
            !arg.is_global_set() && !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
        })
        .map(option_line)
        .collect();
    if !own.is_empty() {
        lines.extend(own);
        lines.push(String::new());
    }
    for verb in command.get_subcommands() {
        describe(verb, &format!("{path} {}", verb.get_name()), lines);
    }
}

/// `- --plan: Show what would be made, and make nothing`
fn option_line(arg: &clap::Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let takes_value = arg.get_num_args().is_none_or(|number| number.takes_values());
    let value = match (takes_value, values.first()) {
        (true, Some(value)) => value.to_string(),
        _ => String::new(),
    };
    let usage = match arg.get_long() {
        Some(long) if value.is_empty() => format!("--{long}"),
        Some(long) => format!("--{long} {value}"),
        None => value,
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let choices: Vec<_> = match takes_value {
        true => arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect(),
        false => Vec::new(),
    };
    let choices = match choices.is_empty() {
        true => String::new(),
        false => format!(" ({})", choices.join(", ")),
    };
    match help.is_empty() {
        true => format!("- `{usage}`{choices}"),
        false => format!("- `{usage}`: {help}{choices}"),
    }
}

fn permissions() -> String {
    let mut lines = vec![PERMISSIONS_HEAD.to_owned()];
    for set in PermissionSet::ALL {
        lines.push(format!(
            "## `{}`\n\nVersion {}, role `{}`: {}.\n",
            set.word(),
            set.version(),
            set.role_name(),
            set.purpose()
        ));
        for (what, rights) in [("Actions", set.actions()), ("Data actions", set.data_actions())] {
            if !rights.is_empty() {
                let rights = rights.iter().map(|right| format!("- `{right}`\n"));
                lines.push(format!("{what}:\n\n{}", rights.collect::<String>()));
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_reference_are_in_the_docs() {
        for (page, docs) in [
            (
                Page::Commands,
                include_str!("../../../../docs/reference/commands.md"),
            ),
            (
                Page::Permissions,
                include_str!("../../../../docs/reference/permissions.md"),
            ),
        ] {
            assert!(
                docs == text_of(page).trim_end().to_owned() + "\n",
                "docs/reference/ is not what `coldkeep reference` prints: run `cargo run -- reference {page:?}` (in lower case)"
            );
        }
    }
}
