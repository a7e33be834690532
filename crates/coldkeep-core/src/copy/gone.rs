//! A whole container, or its account, that is not there (any more): no other blob will do better than the first.

use crate::{Code, Problem};

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

/// Whether a failure means that a container or its whole account does not exist: every other request fails like it.
pub fn says_gone(problem: &Problem) -> bool {
    let answered = problem.system.as_ref().and_then(|s| s.source_answered.as_deref());
    let at_source = answered.and_then(|text| text.split(' ').next_back());
    let here = matches!(
        problem.code,
        Code::ContainerNotFound
            | Code::ContainerUnavailable
            | Code::StorageAccountDisabled
            | Code::StorageAccountNotFound
    );
    here || at_source.is_some_and(is_gone_code)
}

/// Whether a code of Blob Storage means this.
pub fn is_gone_code(code: &str) -> bool {
    CODES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;

    fn problem(code: Code, answered: Option<&str>) -> Problem {
        Problem::new(code, "a", "b").in_system(System {
            source_answered: answered.map(Into::into),
            ..System::default()
        })
    }

    #[test]
    fn a_failure_says_whether_a_whole_container_is_gone() {
        for (problem, gone) in [
            (problem(Code::ContainerNotFound, None), true),
            (problem(Code::ContainerUnavailable, None), true),
            (problem(Code::StorageAccountDisabled, None), true),
            (problem(Code::StorageAccountNotFound, None), true),
            (problem(Code::ResourceNotFound, None), false),
            (problem(Code::BlobNotFound, None), false),
            (
                problem(Code::AzureObjectNotFound, Some("404 ContainerNotFound")),
                true,
            ),
            (
                problem(Code::AzureObjectNotFound, Some("404 BlobNotFound")),
                false,
            ),
            (Problem::new(Code::AzureObjectNotFound, "a", "b"), false),
        ] {
            assert_eq!(says_gone(&problem), gone, "{problem}");
        }
    }
}
