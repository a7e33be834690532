//! The condition that confines a right to a target's data
//! (<https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes>).

use crate::{Code, Problem};

const WRITE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
const PATH: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path";

/// `FOLDER/b/`, where a target's data is stored (`docs/format.md`).
pub(super) fn prefix_of_data(folder: &str) -> String {
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}b/")
}

/// Writing is allowed there alone.
pub(super) fn of_data(folder: &str) -> String {
    let prefix = prefix_of_data(folder);
    format!("((!(ActionMatches{{'{WRITE}'}})) OR (@Resource[{PATH}] StringLike '{prefix}*'))")
}

/// Refuses a folder whose name has a special meaning in a condition.
pub(super) fn check_condition_folder(folder: &str) -> Result<(), Problem> {
    let Some(found) = folder.chars().find(|c| matches!(c, '*' | '?' | '\'' | '\\')) else {
        return Ok(());
    };
    Err(Problem::new(
        Code::FolderInvalid,
        format!(
            "A permission cannot be limited to the folder `{folder}`: `{found}` has a special meaning in a \
            condition"
        ),
        "Choose a folder without `*`, `?` and apostrophes for the target.",
    ))
}

/// Whether two conditions are equal, except for spaces. The names of actions and attributes have no case, texts
/// in quotation marks have.
pub fn same_condition(a: Option<&str>, b: Option<&str>) -> bool {
    let plain = |text: Option<&str>| {
        let parts = text.unwrap_or_default().split('\'').enumerate();
        let kept = parts.map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect::<String>().to_ascii_lowercase(),
            _ => part.to_owned(),
        });
        kept.collect::<Vec<_>>().join("'")
    };
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_names_the_data_of_one_folder() {
        assert_eq!(
            of_data("north/2026"),
            "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})) OR \
             (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike \
             'north/2026/b/*'))"
        );
        assert!(of_data("").ends_with("StringLike 'b/*'))"));
    }

    #[test]
    fn conditions_are_compared_by_what_they_say() {
        let ours = of_data("a b");
        let spaced = ours.replace("(!(", "(\n  !(").replace(" OR ", "\n OR\n ");
        assert!(same_condition(Some(&ours), Some(&spaced)));
        assert!(!same_condition(Some(&ours), Some(&of_data("ab"))));
        assert!(!same_condition(Some(&ours), Some(&of_data("A b"))));
        assert!(!same_condition(Some(&ours), None));
        assert!(same_condition(None, Some("")));
    }
}
