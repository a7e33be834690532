//! The sentences about names in doubt.

use coldkeep_core::DoubtKind;

/// What is in doubt about a name, as what follows it after a colon.
pub fn doubt_words(kind: &DoubtKind) -> String {
    match kind {
        DoubtKind::Missing { detail, .. } if detail.is_empty() => "missing".into(),
        DoubtKind::Missing { detail, .. } => format!("missing: {detail}"),
        DoubtKind::LeftOut => "it was deleted around the cut or after it, before it could be copied; it is not in the point".into(),
        DoubtKind::NewStateTaken => "it was changed after the cut; its new state is in the point".into(),
        DoubtKind::DeletedAroundCut => {
            "it was deleted around the cut; whether it was there at that moment is not known, and it is included".into()
        }
        DoubtKind::RecreatedAroundCut => "it was deleted around the cut and created again; whether it was there at that moment is \
             not known, and its last state before is included"
            .into(),
        DoubtKind::AppearedLate => "it is older than the first look at the source, which did not show it".into(),
        DoubtKind::ShownAfterCopyOnly => {
            "it is dated before the cut, but only the look after the copy showed it".into()
        }
        DoubtKind::OtherStateAfterCopy => {
            "it is dated before the cut, but the look after the copy showed another state than was copied".into()
        }
        DoubtKind::MetadataNotKept { keys } => format!(
            "it has metadata under names that the service takes no more (`{}`); these entries are not in the point",
            keys.join("`, `")
        ),
        DoubtKind::Unknown { kind } => {
            format!("in doubt in a way (`{kind}`) that this Coldkeep does not know; a newer one wrote the point")
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
