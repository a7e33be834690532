//! A whole container, or its account, that is not there (any more): no other blob will do better than the first.

use crate::Problem;

/// One of the two containers of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Source,
    Target,
}

impl End {
    pub fn word(self) -> &'static str {
        match self {
            End::Source => "source",
            End::Target => "target",
        }
    }
}

/// <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>
const CODES: [&str; 5] = [
    "ContainerNotFound",
    "ContainerBeingDeleted",
    "ContainerDisabled",
    "AccountIsDisabled",
    "ResourceNotFound",
];

/// Whether a failure says that a container or its whole account is not there: whatever else is tried fails like it.
pub fn says_gone(problem: &Problem) -> bool {
    let Some(system) = &problem.system else {
        return false;
    };
    let at_source = system.source_answered.as_deref().unwrap_or_default();
    let codes = [system.code.as_deref(), at_source.split(' ').next_back()];
    // Resource Manager has a code of the same name, about other things.
    system.name.contains("Blob Storage") && codes.into_iter().flatten().any(is_gone_code)
}

/// Whether a code of Blob Storage says so.
pub fn is_gone_code(code: &str) -> bool {
    CODES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;

    fn problem(name: &str, code: &str, answered: Option<&str>) -> Problem {
        Problem::not_found("a", "b").in_system(System {
            name: name.into(),
            code: Some(code.into()),
            source_answered: answered.map(Into::into),
            ..System::default()
        })
    }

    #[test]
    fn a_failure_says_whether_a_whole_container_is_gone() {
        let blob = "Azure Blob Storage (account north, container data)";
        for (problem, gone) in [
            (problem(blob, "ContainerNotFound", None), true),
            (problem(blob, "ContainerBeingDeleted", None), true),
            (problem(blob, "AccountIsDisabled", None), true),
            (problem(blob, "ResourceNotFound", None), true),
            (problem("Azure Resource Manager", "ResourceNotFound", None), false),
            (problem(blob, "BlobNotFound", None), false),
            (
                problem(blob, "CannotVerifyCopySource", Some("404 ContainerNotFound")),
                true,
            ),
            (
                problem(blob, "CannotVerifyCopySource", Some("404 BlobNotFound")),
                false,
            ),
            (Problem::not_found("a", "b"), false),
        ] {
            assert_eq!(says_gone(&problem), gone, "{problem}");
        }
    }
}
