//! The sentences about uncertain blobs.

use coldkeep_core::DoubtKind;

/// Why a blob is uncertain, as the text after its name and a colon.
pub fn doubt_words(kind: &DoubtKind) -> String {
    match kind {
        DoubtKind::Missing { detail, .. } if detail.is_empty() => "missing".into(),
        DoubtKind::Missing { detail, .. } => format!("missing: {detail}"),
        DoubtKind::LeftOut => "it was deleted around or after the snapshot time, before it could be copied; \
            it is not in the point"
            .into(),
        DoubtKind::NewStateTaken => {
            "it was changed after the snapshot time; its new state is in the point".into()
        }
        DoubtKind::DeletedAroundCut => {
            "it was deleted around the snapshot time; whether it existed at that time is not known, and it \
             is included"
                .into()
        }
        DoubtKind::RecreatedAroundCut => {
            "it was deleted around the snapshot time and created again; whether it existed at that time is \
            not known, and its last earlier state is included"
                .into()
        }
        DoubtKind::AppearedLate => "it is older than the first listing of the source, which did not contain \
            it"
        .into(),
        DoubtKind::ShownAfterCopyOnly => {
            "its date is before the snapshot time, but only the listing after the copy contained it".into()
        }
        DoubtKind::OtherStateAfterCopy => {
            "its date is before the snapshot time, but the listing after the copy had another state than the \
             one that was copied"
                .into()
        }
        DoubtKind::MetadataNotKept { keys } => format!(
            "it has metadata names that the service no longer accepts (`{}`); these entries are not in the \
             point",
            keys.join("`, `")
        ),
        DoubtKind::Unknown { kind } => {
            format!(
                "uncertain for a reason (`{kind}`) that this version of Coldkeep does not know; a newer \
                version wrote the point"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_that_is_not_known_names_its_word() {
        let kind = DoubtKind::Unknown {
            kind: "melted".into(),
        };
        assert!(doubt_words(&kind).contains("`melted`"));
        let kind = DoubtKind::MetadataNotKept {
            keys: vec!["a-b".into(), "c-d".into()],
        };
        assert!(doubt_words(&kind).contains("(`a-b`, `c-d`)"));
    }
}
