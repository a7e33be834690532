//! What to do next, as this command line has it: a field is its flag, an allowance is its flag, an action is its command.
//! A new field or verb in core gets its flag or command here; nothing below knows them.

use coldkeep_core::{
    Fix, Problem,
    problem::{Action, Allowance, Argument, Field, Piece, Setting, Verb},
};
use std::str::FromStr;

/// What to do about a problem.
pub fn hint(problem: &Problem) -> String {
    problem.fix_written(word)
}

/// A problem as one paragraph.
pub fn problem_text(problem: &Problem) -> String {
    format!("{} {}", problem.said(), hint(problem))
}

/// One sentence.
pub fn sentence(fix: &Fix) -> String {
    fix.written(word)
}

/// Several sentences, in one line.
pub fn sentences(fixes: &[Fix]) -> String {
    fixes.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

fn word(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Field(field) => flag(*field).0.to_owned(),
        Piece::Set(setting) => format!("`{}`", set(setting)),
        Piece::Allow(allowance) => allowing(*allowance).to_owned(),
        Piece::Action(action) => format!("`{}`", command_line(action)),
    }
}

fn set(setting: &Setting) -> String {
    format!("{} {}", flag(setting.field).0, shell_word(&setting.value))
}

/// The command that does it, with words in capitals for what the person has to fill in.
pub fn command_line(action: &Action) -> String {
    let (words, thing) = command(action.verb);
    let mut parts = vec!["coldkeep".to_owned(), words.join(" ")];
    parts.extend(thing.map(|placeholder| match &action.name {
        Some(name) => shell_word(name),
        None => placeholder.to_owned(),
    }));
    parts.extend(action.with.iter().map(|argument| match argument {
        Argument::Set(setting) => set(setting),
        Argument::Field(field) => usage(*field),
    }));
    parts.join(" ")
}

/// A text as one word of the shell: in quotes where it has anything that means something there.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Reads an argument; where it is refused, the fix names commands as they are typed.
pub fn parsed<T: FromStr<Err = Problem>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|problem| problem_text(&problem))
}

/// A field as it is typed, with what stands for its value.
pub fn usage(field: Field) -> String {
    match flag(field) {
        (flag, Some(placeholder)) => format!("{flag} {placeholder}"),
        (flag, None) => flag.to_owned(),
    }
}

/// The flag for a field, and what stands for its value, if it has one.
fn flag(field: Field) -> (&'static str, Option<&'static str>) {
    match field {
        Field::Abandon => ("--abandon", None),
        Field::Account => ("--account", Some("A")),
        Field::AccountKey => ("--account-key-file", Some("FILE")),
        Field::ActiveDirectory => ("--active-directory", Some("URL")),
        Field::ApiVersion => ("--api-version", Some("V")),
        // The flag's value is the object id; elsewhere it has none.
        Field::ApplicationObjectId => ("--existing", Some("OBJECT-ID")),
        Field::BySignIn => ("--by-sign-in", None),
        Field::CaFile => ("--ca-file", Some("PEM")),
        Field::Certificate => ("--certificate", Some("CERTIFICATE")),
        Field::ClientId => ("--client-id", Some("ID")),
        Field::Cloud => ("--cloud", Some("C")),
        Field::Container => ("--container", Some("C")),
        Field::DataDir => ("--data-dir", Some("DIR")),
        Field::Deep => ("--deep", None),
        Field::DeleteObjects => ("--delete-objects", None),
        Field::Existing => ("--existing", None),
        Field::Folder => ("--folder", Some("FOLDER")),
        Field::Format => ("--format", Some("FORMAT")),
        Field::GenerateCertificate => ("--generate-certificate", None),
        Field::Grant => ("--grant", None),
        Field::GrantOn => ("--grant-on", Some("PERMISSION-SET=RESOURCE-ID")),
        Field::Listen => ("--listen", Some("ADDR")),
        Field::MasterKeyFile => ("--master-key-file", Some("FILE")),
        Field::MaxRequestsPerSecond => ("--max-requests-per-second", Some("N")),
        Field::Name => ("--name", Some("NAME")),
        Field::NewMasterKeyFile => ("--to", Some("FILE")),
        Field::OnChange => ("--on-change", Some("RULE")),
        Field::Pem => ("--pem", Some("CERT KEY")),
        Field::Pfx => ("--pfx", Some("FILE")),
        Field::Pin => ("--pin-file", Some("FILE")),
        Field::Proxy => ("--proxy", Some("URL")),
        Field::ProxyPassword => ("--proxy-password-file", Some("FILE")),
        Field::ProxyUser => ("--proxy-user", Some("NAME")),
        Field::Repository => ("--repository", Some("R")),
        Field::Retire => ("--retire", None),
        Field::Revoke => ("--revoke", Some("PERMISSION-SET=RESOURCE-ID")),
        Field::Sas => ("--sas-file", Some("FILE")),
        Field::Server => ("--server", Some("URL")),
        Field::ServerToken => ("--token-file", Some("FILE")),
        Field::ServiceAccount => ("--service-account", Some("SA")),
        Field::SignIn => ("--sign-in", Some("WAY")),
        Field::Subscription => ("--subscription", Some("ID")),
        Field::Tenant => ("--tenant", Some("ID")),
        Field::Thumbprint => ("--thumbprint", Some("THUMBPRINT")),
        Field::Tier => ("--tier", Some("TIER")),
        Field::To => ("--to", Some("REPOSITORY/FOLDER")),
        Field::ToDir => ("--to-dir", Some("DIR")),
        Field::Token => ("--token", Some("PKCS11-URI")),
        Field::UpdateRoles => ("--update-roles", None),
        Field::ValidDays => ("--valid-days", Some("N")),
        Field::Which => ("--which", Some("NAME")),
        Field::WriterKey => ("--writer-key", Some("HEX")),
    }
}

/// The flag that allows it.
pub fn allowing(allowance: Allowance) -> &'static str {
    match allowance {
        Allowance::BuiltInRoles => "--allow-built-in-roles",
        Allowance::Incomplete => "--allow-incomplete",
        Allowance::Overwrite => "--overwrite",
        Allowance::SameName => "--allow-same-name",
        Allowance::WideScope => "--allow-wide-scope",
    }
}

/// The words of a command, and what stands for the name of what it is about, if it takes one.
fn command(verb: Verb) -> (&'static [&'static str], Option<&'static str>) {
    const NAME: Option<&str> = Some("NAME");
    const POINT: Option<&str> = Some("POINT");
    match verb {
        Verb::CertificateFolderList => (&["certificate", "folder", "list"], None),
        Verb::CertificateFolderRemove => (&["certificate", "folder", "remove"], Some("PATH")),
        Verb::CertificateGenerate => (&["certificate", "generate"], None),
        Verb::CertificateImport => (&["certificate", "import"], Some("FILE")),
        Verb::CertificateLink => (&["certificate", "link"], None),
        Verb::CertificateList => (&["certificate", "list"], None),
        Verb::CloudList => (&["cloud", "list"], None),
        Verb::JobList => (&["job", "list"], None),
        Verb::JobRemove => (&["job", "remove"], NAME),
        Verb::PointFiles => (&["point", "files"], POINT),
        Verb::PointList => (&["point", "list"], None),
        Verb::PointShow => (&["point", "show"], POINT),
        Verb::PointVerify => (&["point", "verify"], POINT),
        Verb::RepositoryAdd => (&["repository", "add"], NAME),
        Verb::RepositoryAdmit => (&["repository", "admit"], NAME),
        Verb::RepositoryAttach => (&["repository", "attach"], NAME),
        Verb::RepositoryCheck => (&["repository", "check"], NAME),
        Verb::RepositoryEdit => (&["repository", "edit"], NAME),
        Verb::RepositoryList => (&["repository", "list"], None),
        Verb::RepositoryRemove => (&["repository", "remove"], NAME),
        Verb::RunList => (&["run", "list"], None),
        Verb::Serve => (&["serve"], None),
        Verb::ServiceAccountCheck => (&["service-account", "check"], NAME),
        Verb::ServiceAccountEdit => (&["service-account", "edit"], NAME),
        Verb::ServiceAccountList => (&["service-account", "list"], None),
        Verb::ServiceAccountRemove => (&["service-account", "remove"], NAME),
        Verb::ServiceAccountRenew => (&["service-account", "renew"], NAME),
        Verb::ServiceAccountScript => (&["service-account", "script"], None),
        Verb::ServiceAccountShow => (&["service-account", "show"], NAME),
        Verb::SettingsNetwork => (&["settings", "network"], None),
        Verb::SettingsRekey => (&["settings", "rekey"], None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::{Command, CommandFactory};
    use coldkeep_core::fix;

    /// Every command there is, with its words.
    fn commands(command: &Command, words: &[String], found: &mut Vec<(Vec<String>, Command)>) {
        found.push((words.to_vec(), command.clone()));
        for sub in command.get_subcommands() {
            let mut words = words.to_vec();
            words.push(sub.get_name().to_owned());
            commands(sub, &words, found);
        }
    }

    fn all() -> Vec<(Vec<String>, Command)> {
        let mut root = Cli::command();
        root.build();
        let mut found = Vec::new();
        commands(&root, &[], &mut found);
        found
    }

    /// Whether the command has the flag, and whether that takes a value.
    fn takes_value(command: &Command, flag: &str) -> Option<bool> {
        let name = flag.trim_start_matches("--");
        let argument = command.get_arguments().find(|argument| {
            let aliases = argument.get_all_aliases().unwrap_or_default();
            argument.get_long() == Some(name) || aliases.contains(&name)
        })?;
        Some(argument.get_action().takes_values())
    }

    #[test]
    fn every_field_and_allowance_has_a_flag_that_exists() {
        let all = all();
        for field in Field::ALL {
            let (flag, placeholder) = flag(*field);
            let taken =
                |(_, command): &(_, Command)| takes_value(command, flag) == Some(placeholder.is_some());
            assert!(all.iter().any(taken), "{field:?}: no command takes {flag}");
        }
        for allowance in Allowance::ALL {
            let flag = allowing(*allowance);
            let taken = |(_, command): &(_, Command)| takes_value(command, flag) == Some(false);
            assert!(all.iter().any(taken), "{allowance:?}: no command takes {flag}");
        }
    }

    #[test]
    fn every_action_is_a_command_that_exists_and_takes_what_is_given_along() {
        let all = all();
        for verb in Verb::ALL {
            let (words, thing) = command(*verb);
            let found = all.iter().find(|(there, _)| there == words);
            let (_, found) = found.unwrap_or_else(|| panic!("{verb:?}: there is no `{}`", words.join(" ")));
            let required = found.get_positionals().any(|argument| argument.is_required_set());
            assert_eq!(required, thing.is_some(), "{verb:?}: what it is about");
            for field in verb.takes() {
                let (flag, placeholder) = flag(*field);
                let taken = takes_value(found, flag);
                assert_eq!(taken, Some(placeholder.is_some()), "{verb:?} and {flag}");
            }
        }
    }

    #[test]
    fn a_sentence_names_flags_and_commands_as_they_are_typed() {
        let fix = fix![
            "Give it (",
            Field::Sas,
            "), allow it (",
            Allowance::WideScope,
            "), say ",
            Field::ValidDays.set(30),
            ", or: ",
            Verb::RepositoryEdit
                .of("the vault's")
                .with(Field::Sas)
                .with(Field::Tier.set("cold")),
            "; ",
            Verb::PointVerify.any().with(Field::Deep),
            "."
        ];
        assert_eq!(
            sentence(&fix),
            "Give it (--sas-file), allow it (--allow-wide-scope), say `--valid-days 30`, or: `coldkeep repository edit \
             'the vault'\\''s' --sas-file FILE --tier cold`; `coldkeep point verify POINT --deep`."
        );
    }
}
