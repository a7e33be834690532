//! A repository: a storage account's container and folder, and who opens it.

use crate::{
    Code, Problem, Timestamp,
    blob_names::{NAME_MAX_CHARS, NAME_MAX_SEGMENTS, UnfitName, check_segments},
    fix,
    id::{RepositoryId, ServiceAccountId},
    problem::Field,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Access tier of block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    Hot,
    Cool,
    Cold,
    Archive,
}

impl Tier {
    /// As Blob Storage writes it.
    pub fn header(self) -> &'static str {
        match self {
            Tier::Hot => "Hot",
            Tier::Cool => "Cool",
            Tier::Cold => "Cold",
            Tier::Archive => "Archive",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.header().to_ascii_lowercase())
    }
}

impl FromStr for Tier {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        [Tier::Hot, Tier::Cool, Tier::Cold, Tier::Archive]
            .into_iter()
            .find(|t| t.header().eq_ignore_ascii_case(s))
            .ok_or_else(|| {
                Problem::new(
                    Code::ChoiceUnknown,
                    format!("`{s}` is not an access tier"),
                    "Choose hot, cool, cold or archive.",
                )
            })
    }
}

/// Who opens the repository. Keys and signatures themselves are kept apart, encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Access {
    ServiceAccount {
        service_account_id: ServiceAccountId,
    },
    AccountKey,
    Sas {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts_at: Option<Timestamp>,
        /// None if a stored access policy sets it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stored_policy: Option<String>,
    },
}

/// A storage account + container + folder + tier + who opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub id: RepositoryId,
    pub name: String,
    pub cloud: String,
    pub account: String,
    /// The account's blob endpoint, where it is not the cloud's template. No trailing slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    pub container: String,
    /// Without leading and trailing slash; empty: the whole container.
    pub folder: String,
    /// Tier of what Coldkeep writes here; none: the account's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    pub access: Access,
    pub created_at: Timestamp,
}

/// A folder leaves room for a slash and a name of one character.
const FOLDER_MAX_CHARS: usize = NAME_MAX_CHARS - 2;
const FOLDER_MAX_SEGMENTS: usize = NAME_MAX_SEGMENTS - 1;
/// What a target's own names take at most: their characters, and their segments.
const TARGET_NAME_MAX_CHARS: usize = 128;
const TARGET_NAME_MAX_SEGMENTS: usize = 4;

/// A folder as given or as stored: without slashes around it. Empty: the whole container. Empty
/// segments inside (`a//b`) stay: the service keeps them.
///
/// # Errors
/// If the service would refuse names in it, or make other names of them.
pub fn check_folder(text: &str) -> Result<String, Problem> {
    let folder = text.trim_matches('/');
    // XML, in which listings come, knows none of these.
    let unlistable = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    let why = if folder.contains(unlistable) {
        "it has a control character".to_owned()
    } else if let Err(unfit) = check_segments(folder) {
        unfit.to_string()
    } else if folder.chars().count() > FOLDER_MAX_CHARS {
        format!("with a name in it, {}", UnfitName::TooLong)
    } else if folder.split('/').count() > FOLDER_MAX_SEGMENTS {
        format!("with a name in it, {}", UnfitName::TooDeep)
    } else {
        return Ok(folder.to_owned());
    };
    Err(Problem::new(
        Code::FolderInvalid,
        format!("`{}` cannot be a folder: {why}", folder.escape_debug()),
        "Write names separated by slashes; no name can be `.` or `..` or end in a dot, for example \
        `backups/2026`.",
    ))
}

/// A prefix and those of all folders around it, each empty or with its slash: the innermost first, `""` last.
pub fn enclosing_prefixes(prefix: &str) -> impl Iterator<Item = &str> {
    prefix
        .rmatch_indices('/')
        .map(|(slash, _)| &prefix[..=slash])
        .chain(std::iter::once(""))
}

/// Refuses what cannot be a container's name, before a request is sent
/// (<https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>).
pub fn check_container(container: &str) -> Result<(), Problem> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = (3..=63).contains(&container.len())
        && container.bytes().all(|b| plain(b) || b == b'-')
        && container.bytes().next().is_some_and(plain)
        && container.bytes().last().is_some_and(plain)
        && !container.contains("--");
    if fits || matches!(container, "$root" | "$web" | "$logs" | "$blobchangefeed") {
        return Ok(());
    }
    Err(Problem::new(
        Code::ContainerNameInvalid,
        format!("`{container}` is not a container's name"),
        "Give the name alone: 3 to 63 lower-case letters, digits and single hyphens; or `$web`, `$logs`, \
         `$blobchangefeed` or `$root` as a source.",
    ))
}

/// Refuses a place where no target can be: one of the service's own containers, or a folder that leaves no room for
/// the names of a target.
pub fn check_target_place(container: &str, folder: &str) -> Result<(), Problem> {
    let reason = match container {
        "$root" => Some("names in it have no folders"),
        "$web" => Some("what is in it can be public"),
        _ => written_by_service(container),
    };
    if let Some(reason) = reason {
        return Err(Problem::new(
            Code::TargetPlaceInvalid,
            format!("The container `{container}` cannot be a target: {reason}"),
            "Choose a separate container for the target; this one can be a source.",
        ));
    }
    let long = folder.chars().count() + 1 + TARGET_NAME_MAX_CHARS > NAME_MAX_CHARS;
    let deep = folder.split('/').count() + TARGET_NAME_MAX_SEGMENTS > NAME_MAX_SEGMENTS;
    if long || deep {
        return Err(Problem::new(
            Code::TargetPlaceInvalid,
            format!("The folder `{folder}` is too long for the names of a target"),
            format!(
                "Choose one of at most {} characters and {} segments.",
                NAME_MAX_CHARS - 1 - TARGET_NAME_MAX_CHARS,
                NAME_MAX_SEGMENTS - TARGET_NAME_MAX_SEGMENTS
            ),
        ));
    }
    Ok(())
}

/// Refuses a container that nothing can be restored into.
pub fn check_restore_place(container: &str) -> Result<(), Problem> {
    let reason = match container {
        "$root" => Some("names in it have no folders, and its URLs overlap those of other containers"),
        _ => written_by_service(container),
    };
    match reason {
        None => Ok(()),
        Some(reason) => Err(Problem::new(
            Code::RestorePlaceInvalid,
            format!("Nothing can be restored into the container `{container}`: {reason}"),
            fix![
                "Restore into another container, or into a folder of this machine (",
                Field::ToDir,
                ")."
            ],
        )),
    }
}

fn written_by_service(container: &str) -> Option<&'static str> {
    matches!(container, "$logs" | "$blobchangefeed").then_some("only the storage service writes there")
}

/// The prefix all names below a folder have: empty for the whole container, or the folder with its slash.
pub fn prefix_of_folder(folder: &str) -> String {
    if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    }
}

impl Repository {
    /// The prefix all names of this repository have: empty, or the folder with its slash.
    pub fn prefix(&self) -> String {
        prefix_of_folder(&self.folder)
    }

    /// Whether two repositories overlap in the same container (same account and one prefix within the other).
    pub fn overlaps(&self, other: &Repository, same_account: bool) -> bool {
        let (a, b) = (self.prefix(), other.prefix());
        same_account && self.container == other.container && (a.starts_with(&b) || b.starts_with(&a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_lose_their_outer_slashes_alone() {
        let long = "x".repeat(1022);
        let deep = "d/".repeat(252) + "d";
        for (text, folder) in [
            ("", ""),
            ("/", ""),
            ("///", ""),
            ("a", "a"),
            ("/a/b/", "a/b"),
            ("a//b", "a//b"),
            (".hidden/a.b", ".hidden/a.b"),
            ("a b/%2E%2E", "a b/%2E%2E"),
            (&long, &long),
            (&deep, &deep),
        ] {
            assert_eq!(check_folder(text).unwrap(), folder, "{text:?}");
        }
    }

    #[test]
    fn folders_that_the_service_would_make_others_of_are_refused() {
        let long = "x".repeat(1023);
        let deep = "d/".repeat(253) + "d";
        for text in [
            ".", "..", "./a", "a/.", "a/./b", "a/../b", "../a", "/../a/", "a.", "a./b", "b/a..", "...",
            "a\\b", "\\", "a\\..\\b", "a\nb", "a\0", "\u{7f}", "\u{85}", "\u{fffe}", &long, &deep,
        ] {
            let problem = check_folder(text).unwrap_err();
            assert_eq!(problem.code, Code::FolderInvalid, "{text:?}: {problem}");
            assert!(!problem.what.contains(char::is_control), "{text:?}");
        }
    }

    #[test]
    fn a_folder_lies_in_every_folder_around_it() {
        let all = |prefix| enclosing_prefixes(prefix).collect::<Vec<_>>();
        assert_eq!(all(""), [""]);
        assert_eq!(all("a/"), ["a/", ""]);
        assert_eq!(all("a//b/"), ["a//b/", "a//", "a/", ""]);
    }

    #[test]
    fn the_services_own_containers_are_sources() {
        for container in ["$root", "$web", "$logs", "$blobchangefeed", "backups"] {
            check_container(container).unwrap();
        }
        for container in ["$other", "$", "a--b", "-ab", "ab", "a/b", "Abc", ""] {
            check_container(container).unwrap_err();
        }
        for container in ["$root", "$web", "$logs", "$blobchangefeed"] {
            check_target_place(container, "").unwrap_err();
        }
        for container in ["$root", "$logs", "$blobchangefeed"] {
            check_restore_place(container).unwrap_err();
        }
        check_restore_place("$web").unwrap();
        check_restore_place("backups").unwrap();
    }

    #[test]
    fn a_targets_folder_leaves_room_for_its_names() {
        check_target_place("backups", "").unwrap();
        check_target_place("backups", &"x".repeat(895)).unwrap();
        check_target_place("backups", &"x".repeat(896)).unwrap_err();
        check_target_place("backups", &("d/".repeat(249) + "d")).unwrap();
        check_target_place("backups", &("d/".repeat(250) + "d")).unwrap_err();
    }
}
